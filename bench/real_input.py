"""Real shoppers' messages through a running server, and whether the tickets are the handoffs that were accepted.

    .venv/bin/python -m bench.real_input          300 messages, 100 for each shop
    .venv/bin/python -m bench.real_input 60       60 messages

The messages are those of HINT3: what people typed to three shops' bots. Each shop is a workspace with its own knowledge
and helpdesk; each message is a conversation of its own, by the widget API. Every offer is accepted with an address of
its own. Exit code 1 when the sandbox counts other tickets than were accepted.

The set lies in `../shared/eval/hint3_shop` beside this repository, or in the folder that WARMLINE_SHARED names.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.floor import load
from bench.running import Running, Shop, a_folder, set_up
from warmline.sandbox import Sandbox

SET = Path("eval/hint3_shop")
DESKS = {"curekart": "zendesk", "powerplay11": "gorgias", "sofmattress": "zendesk"}
OUTCOMES = ("answered", "asked", "offered", "wanted a person", "small talk", "accepted")
AT_ONCE = 6
PATIENCE = 60.0
Row = Mapping[str, Any]


class NoData(Exception):
    """The evaluation data is not on this machine."""


@dataclass(frozen=True, slots=True)
class Met:
    """What one shopper met. `right` says whether the quoted page is one that answers; None without a quotation."""

    scope: str
    lang: str
    outcome: str
    right: bool | None
    accepted: bool


@dataclass
class Result:
    """What all of them met, and what the sandbox counts: tickets by external id, for each helpdesk."""

    met: list[Met] = field(default_factory=list)
    tickets: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def accepted(self) -> dict[str, int]:
        """Accepted handoffs by helpdesk."""
        return dict(Counter(DESKS[each.scope] for each in self.met if each.accepted))

    @property
    def exactly_once(self) -> bool:
        once = all(count == 1 for ids in self.tickets.values() for count in ids.values())
        return once and {desk: len(ids) for desk, ids in self.tickets.items() if ids} == self.accepted

    def table(self) -> str:
        lines = [f"{'shop':14}{'lang':6}{'messages':>9}" + "".join(f"{name:>17}" for name in OUTCOMES)]
        for scope, lang in sorted({(each.scope, each.lang) for each in self.met}):
            some = [each for each in self.met if (each.scope, each.lang) == (scope, lang)]
            found = Counter(each.outcome for each in some) + Counter(accepted=sum(each.accepted for each in some))
            cells = [f"{found[name]:>17}" for name in OUTCOMES]
            lines.append(f"{scope:14}{lang:6}{len(some):>9}" + "".join(cells))
        quoted = [each.right for each in self.met if each.right is not None]
        lines.append(f"of {len(quoted)} answers {sum(quoted)} quoted a page that the set calls right")
        for desk, ids in sorted(self.tickets.items()):
            lines.append(f"{desk}: {self.accepted.get(desk, 0)} accepted handoffs, {sum(ids.values())} tickets")
        return "\n".join(lines)


def data() -> Path:
    """The folder of the set. Raises NoData, saying where it was looked for."""
    shared = Path(os.environ.get("WARMLINE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    folder = shared / SET
    if not (folder / "questions.jsonl").is_file():
        raise NoData(f"The HINT3 set is not here: {folder} is missing. Set WARMLINE_SHARED to the shared folder.")
    return folder


async def send(folder: Path, count: int, settle: bool = True) -> Result:
    """Start a sandbox and a server in `folder`, send `count` messages, wait for the last ticket. Raises NoData."""
    questions = some_of(rows(data() / "questions.jsonl"), count)
    shops = [Shop(scope, knowledge(folder, scope), desk) for scope, desk in DESKS.items()]
    with Sandbox() as sandbox:
        env = {f"WARMLINE_{name.upper()}_BASE_URL": sandbox.url(name) for name in ("zendesk", "gorgias", "klaviyo")}
        running = Running(folder, env)
        await set_up(running, shops, settle)
        running.start()
        try:
            result = Result(await everybody(running.url, questions))
        finally:
            running.stop()
        result.tickets = {desk: sandbox.count_by_external_id(desk) for desk in set(DESKS.values())}
        return result


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def some_of(questions: Sequence[Row], count: int) -> list[Row]:
    """The same share of each shop, spread over the whole set: the set is in order of time."""
    chosen: list[Row] = []
    for n, scope in enumerate(DESKS):
        mine = [question for question in questions if question["scope"] == scope]
        share = count // len(DESKS) + (n < count % len(DESKS))
        chosen += [mine[at * len(mine) // share] for at in range(min(share, len(mine)))]
    return chosen


def knowledge(folder: Path, scope: str) -> Path:
    """A shop's knowledge as the CSV that a merchant would upload. The set has no prose, so the text is the title."""
    path = folder / f"{scope}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("title", "text", "phrasings", "lang", "url"))
        for entry in rows(data() / "knowledge.jsonl"):
            if entry["scope"] == scope:
                phrasings = "|".join(each.replace("|", " ") for each in entry["examples"])
                out.writerow((entry["title"], f"{entry['title']}.", phrasings, entry["lang"], url_of(entry["id"])))
    return path


def url_of(id: str) -> str:
    return f"/help/{id}"


async def everybody(url: str, questions: Sequence[Row]) -> list[Met]:
    room = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=f"{url}/api/widget", timeout=40, trust_env=False) as http:

        async def one(number: int, question: Row) -> Met:
            async with room:
                return await Visit(http, number, question).go()

        return await asyncio.gather(*(one(number, question) for number, question in enumerate(questions)))


class Visit:
    """One shopper from the first word to the ticket, by the public API alone."""

    def __init__(self, http: httpx.AsyncClient, number: int, question: Row) -> None:
        self._http, self._number, self._question = http, number, question
        self._path, self._headers, self._cursor = "/conversations", dict[str, str](), 0
        self._log: list[Row] = []
        self._state: Row = {}

    async def go(self) -> Met:
        scope, lang = self._question["scope"], self._question["lang"]
        begun = await self._post("", {"site": f"pk_{scope}", "locale": lang}, 201)
        self._headers = {"Authorization": f"Bearer {begun['token']}"}
        self._path = f"/conversations/{begun['conversation']['id']}"
        said = await self._post("/messages", {"client_id": "real-input-1", "text": self._question["text"]}, 201)
        answer = await self._until(lambda: self._answer_to(said["seq"]))
        outcome = self._outcome(answer)
        accepted = outcome in {"offered", "wanted a person"}
        if accepted:
            await self._accept()
        return Met(scope, lang, outcome, self._right(answer), accepted)

    async def _accept(self) -> None:
        if self._state["step"] == "offered":
            await self._post("/handoff", {"choice": "accept"})
        await self._post("/email", {"email": f"shopper-{self._number}@example.com"})
        await self._until(lambda: self._state if self._state["step"] == "delivered" else None)

    def _answer_to(self, seq: int) -> Row | None:
        return next((event for event in self._log if event.get("reply_to") == seq), None)

    def _outcome(self, answer: Row) -> str:
        if self._state["step"] is not None:
            return "offered" if self._state["step"] == "offered" else "wanted a person"
        if answer.get("sources"):
            return "answered"
        return "asked" if answer.get("choices") else "small talk"

    def _right(self, answer: Row) -> bool | None:
        if not answer.get("sources"):
            return None
        right = {url_of(id) for id in self._question["answer_ids"] or ()}
        return any(source["url"] in right for source in answer["sources"])

    async def _until(self, found: Any) -> Row:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if seen := found():
                return dict(seen)
            answer = await self._http.get(f"{self._path}/events?after={self._cursor}&wait=20", headers=self._headers)
            window = answer.raise_for_status().json()
            self._log += window["events"]
            self._cursor, self._state = window["cursor"], window["state"]
        raise TimeoutError(f"nothing came for {self._question['id']}; the state is {self._state}")

    async def _post(self, path: str, body: Row, status: int = 200) -> Any:
        answer = await self._http.post(f"{self._path}{path}", json=body, headers=self._headers)
        assert answer.status_code == status, f"{self._question['id']}: {answer.status_code} {answer.text}"
        return answer.json()


def main(count: int) -> int:
    begun = time.perf_counter()
    try:
        with a_folder() as folder:
            result = asyncio.run(send(folder, count))
    except NoData as missing:
        print(missing, file=sys.stderr)
        return 2
    print(result.table())
    print(f"{len(result.met)} messages in {time.perf_counter() - begun:.0f} s with set-up; {load()}")
    if not result.exactly_once:
        print("The tickets are not the accepted handoffs.", file=sys.stderr)
        return 1
    print("every accepted handoff is one ticket, and there is no other")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=300)
    sys.exit(main(parser.parse_args().count))
