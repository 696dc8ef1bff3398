"""F2: a process dies before and after every commit and every call to the outside, and nothing is lost or doubled.

For each fail point a server is started that dies there. A wave of shoppers brings it there: tickets that fail before
and after they were made, follow-ups, an account that is refused, replies by mail, alerts, a refused letter. Then the
server starts again, towards its next death, with everything of the waves before still under way. In the end the
stand-ins count tickets, follow-ups and letters. By default it dies at the steps of the outbox (CORE), once each;
-m slow dies at all; WARMLINE_F2_TIMES=3 at the first, second and third time that each is reached.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults import crowd
from tests.faults.crowd import DESKS, PATIENCE, FarSandbox, Patient, a_client, beside, counts, how_many, seed_of
from tests.faults.points import all_points
from tests.faults.zygote import QuickServer, Zygote
from tests.fixtures.limits import NO_LIMITS
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, parse_workspace
from warmline.failpoints import DIED, VARIABLE
from warmline.sandbox.credentials import GORGIAS_API_KEY, KLAVIYO_API_KEY
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

HOUSES = 3
"""So many servers die side by side, each with its own data and stand-ins."""
REACHED_WITHIN, NEXT_WAVE_AFTER = 40.0, 8.0
TIMEOUT, INDEX_DELAY = 1.0, 1.2
"""Seconds: a first retry comes after 0.5 to 2, so that some come before a look-up can be believed."""
IDENTITY = "an identity secret of at least 32 bytes"
STRANGER = "stranger@shop.example"
NOT_BY_A_WAVE = {
    "answer_visitor.answer_visitor:finish": "only when somebody takes over between the claim and the read",
    "deliver_ticket.deliver_ticket:finish": "only when a handoff is taken home between the claim and the read",
    "deliver_ticket._deliver:stick": "only after a restored backup, or when somebody asks where a stuck ticket is",
    "reply_as_teammate.take_conversation:look_first": "only for a handoff that may already be elsewhere",
    "deliver_ticket._is_elsewhere:_store_elsewhere": "only when another account was connected in the middle of a try",
    "follow_up.reopen": "only for a ticket that was solved meanwhile, where the chat goes on with it",
    "append_to_ticket._append:reopened": "the same",
    "append_to_ticket._append:take_turn": "only in a process that has made no ticket at this Gorgias since it started",
    "append_to_ticket.append_to_ticket:_done": "only when what was to follow is on the ticket already",
    "append_to_ticket.append_to_ticket:wait_for_account": "only when the account is refused after it took the ticket",
    "mail_replies.mail_replies:finish": "30 s after a reply that the shopper saw meanwhile",
    "append_to_ticket.append_to_ticket:finish": "only when a handoff is taken home before its follow-up is sent",
    "worker.Worker._renew": "after 20 s of one and the same work",
    "worker.Worker._sweep_all:prove_writable": "only after the disk was full (F5)",
}
CORE = {
    "append_to_ticket._append:_done",
    "bootstrap.Machine._start:let_go_of_all",
    "deliver_ticket._arrived:_store_arrival",
    "deliver_ticket._create:_begin",
    "deliver_ticket._known_absent:_store_absence",
    "deliver_ticket.delivery_failed:_store_failure",
    "follow_up.append",
    "identify_visitor.give_email:_give",
    "mail.send",
    "receive_message.receive_message:_receive",
    "ticket.create",
    "ticket.look_up",
}
"""What decides whether something is lost or doubled."""
AT_STOP = {"worker.Worker.stop:let_go"}
NEEDS_A_BUG = {"worker.Worker._failed:put_off": "mail.send.before=raise"}
SHOPS: Mapping[str, Mapping[str, Any]] = {
    "zendesk": {"handoff": {"method": "ticket", "helpdesk": "zendesk"}, "connect": [DESKS["zendesk"]]},
    "gorgias": {"handoff": {"method": "ticket", "helpdesk": "gorgias"}, "connect": [DESKS["gorgias"]]},
    "refused": {
        "handoff": {"method": "ticket", "helpdesk": "gorgias"},
        "connect": [
            Integration(
                "gorgias",
                "helpdesk",
                {"account": "acme", "email": STRANGER},
                {},
                {"api_key": GORGIAS_API_KEY},
                None,
                1,
            )
        ],
    },
    "inbox": {},
    "desk": {"handoff": {"method": "ticket", "helpdesk": "inbox", "wait_seconds": 5}},
    "thinker": {"agent": True},
}
KLAVIYO = Integration("klaviyo", "profiles", {}, {}, {"api_key": KLAVIYO_API_KEY}, None, 1)


@dataclass
class House:
    """A server that dies again and again, and everybody who ever came to it."""

    server: QuickServer
    sandbox: FarSandbox
    keys: Mapping[str, str]
    dice: random.Random
    people: list[Patient] = field(default_factory=list)
    late: dict[str, str] = field(default_factory=dict)
    """What somebody wrote after consent, by the external id of their ticket."""
    replies: dict[str, str] = field(default_factory=dict)
    """What Marta wrote, by the address that it goes to."""
    lives: list[asyncio.Task[None]] = field(default_factory=list)

    async def die_at(self, point: str, nth: int) -> bool:
        """Start towards this point, send a wave, and wait for the end; False when it was never reached."""
        name = _name_of(point)
        bug = NEEDS_A_BUG.get(name)
        plan = f"{point}=die@{nth}" + (f";{bug}" if bug else "")
        self.server.launch(**{VARIABLE: plan})
        code = await self._first_end(5.0) if name.startswith("bootstrap.") else None
        if code is None:
            code = await self._die_in_waves(name)
        if code is None:
            self.server.kill()
        return code == DIED

    async def _die_in_waves(self, name: str) -> int | None:
        self.wave(name)
        if name in AT_STOP:
            await asyncio.to_thread(self.server.await_ready)
            self.server.terminate()
        end = time.monotonic() + REACHED_WITHIN
        while (code := await self._first_end(NEXT_WAVE_AFTER)) is None and time.monotonic() < end:
            self.wave(name)
        return code

    async def _first_end(self, seconds: float) -> int | None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            code = await asyncio.to_thread(self.server.ended)
            if code is not None:
                return code
            await asyncio.sleep(0.05)
        return None

    def wave(self, towards: str) -> None:
        """Somebody of every kind comes, and the vendors fail once in every way; but where an alert has to arrive, mail
        does: one that has to be tried again comes too late, since somebody has the conversation by then."""
        for kind, operation in (
            ("error_after", "create"),
            ("error_before", "create"),
            ("error_after", "append"),
            ("error_before", "append"),
        ):
            self.sandbox.add_fault("zendesk", kind, operation=operation, times=1)
        self.sandbox.add_fault("gorgias", "rate_limited", operation="create", times=1, retry_after=6)
        if towards != "alert.send":
            self.sandbox.add_fault("mail", "error_before", times=2)
        plots = ["zendesk", "zendesk", "gorgias", "refused", "inbox", "desk"] + ["thinker"] * (
            towards == "answer.think"
        )
        for shop in plots:
            patient = Patient([self.server.url], len(self.people), shop, random.Random(self.dice.random()))
            self.people.append(patient)
            plot = {"inbox": self._mailed, "desk": self._taken, "thinker": self._answered}.get(shop, self._handed_off)
            self.lives.append(asyncio.create_task(self._life(plot, patient)))

    async def _life(self, plot: Any, patient: Patient) -> None:
        async with a_client() as http:
            await asyncio.sleep(patient.dice.random() * 0.2)
            started = await patient.until(http, "/conversations", {"site": f"pk_{patient.desk}"}, 201)
            patient.id, patient.token = started["conversation"]["id"], started["token"]
            await patient.say(http, f"question {patient.n}")
            await plot(http, patient)

    async def _handed_off(self, http: httpx.AsyncClient, patient: Patient) -> None:
        path = f"/conversations/{patient.id}"
        await patient.until(http, f"{path}/handoff", {"choice": "request"}, 200)
        await patient.until(http, f"{path}/email", {"email": f"shopper{patient.n}@example.com"}, 200)
        patient.consented = True
        text = f"and one thing more from {patient.n}"
        answer = await patient.until(http, f"{path}/messages", {"client_id": "one-thing", "text": text}, 201, 200, 409)
        if "seq" in answer:
            patient.acknowledged.append(text)
            self.late[patient.ticket] = text

    async def _mailed(self, http: httpx.AsyncClient, patient: Patient) -> None:
        """Nobody is there; Marta answers later, by mail."""
        path, address = f"/conversations/{patient.id}", f"reader{patient.n}@example.com"
        await patient.until(http, f"{path}/identity", {"identity": a_token(patient)}, 200)
        await patient.until(http, f"{path}/handoff", {"choice": "request"}, 200)
        await patient.until(http, f"{path}/email", {"email": address}, 200)
        text = self.replies[address] = f"Marta to {patient.n}"
        await self._as_marta(http, patient, "reply", {"text": text, "client_id": "marta-says"})

    async def _taken(self, http: httpx.AsyncClient, patient: Patient) -> None:
        """Marta is there, and takes it."""
        path = f"/conversations/{patient.id}"
        await patient.until(http, f"{path}/handoff", {"choice": "request"}, 200)
        await patient.until(http, f"{path}/email", {"skip": True}, 200)
        await self._as_marta(http, patient, "accept", {})

    async def _answered(self, http: httpx.AsyncClient, patient: Patient) -> None:
        """The agent thinks; that is all."""

    async def _as_marta(self, http: httpx.AsyncClient, patient: Patient, verb: str, body: Mapping[str, str]) -> None:
        url = f"{self.server.url}/api/v1/conversations/{patient.id}/{verb}"
        headers = {"Authorization": f"Bearer {self.keys[patient.desk]}"}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                answer = await http.post(url, json=body, headers=headers)
                if answer.is_success:
                    return
                assert answer.status_code == 503, f"{verb}: {answer.status_code} {answer.text}"
            await asyncio.sleep(0.1)
        raise AssertionError(f"{verb} was never answered")

    async def judge(self) -> None:
        """Start it whole, let everything arrive, and compare with what the stand-ins hold."""
        await asyncio.to_thread(self.server.start)
        await asyncio.gather(*self.lives)
        self.sandbox.clear_faults()
        self.sandbox.add_credential("gorgias", STRANGER, GORGIAS_API_KEY)
        away = [each for each in self.people if each.consented]
        async with beside(self.server.data, {**self.server.env, "WARMLINE_HELPDESK_TIMEOUT": "10"}) as machine:
            await crowd.all_arrive(self.sandbox, machine, away)
            await self._follow_ups_arrive()
        await self._letters_arrive()
        await crowd.all_is_told(away)
        assert self.server.stop() == 0, self.server.tail()
        found = counts(self.sandbox)
        assert {id: n for id, n in found.items() if n != 1} == {}, "doubled"
        assert found.keys() == {each.ticket for each in away}

    async def _follow_ups_arrive(self) -> None:
        end = time.monotonic() + PATIENCE
        while (copies := self._copies()) and 0 in copies.values():
            assert time.monotonic() < end, f"lost: {[id for id, n in copies.items() if not n]}"
            await asyncio.sleep(0.5)
        assert set(copies.values()) <= {1}, f"a follow-up came twice: {copies}"

    def _copies(self) -> dict[str, int]:
        tickets = {ticket.external_id: ticket for desk in DESKS for ticket in self.sandbox.tickets(desk)}
        return {id: sum(text in message.text for message in tickets[id].messages) for id, text in self.late.items()}

    async def _letters_arrive(self) -> None:
        """A letter may go out twice when nobody knows whether it did, but it is the same letter."""
        end = time.monotonic() + PATIENCE
        while missing := self.replies.keys() - (ids := self._message_ids()).keys():
            assert time.monotonic() < end, f"never mailed: {sorted(missing)}"
            await asyncio.sleep(0.5)
        assert {address: len(each) for address, each in ids.items() if len(each) != 1} == {}

    def _message_ids(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for mail in self.sandbox.mails():
            for recipient in mail.recipients:
                if self.replies.get(recipient, "\0") in mail.text:
                    head = mail.raw.decode(errors="replace").partition("\r\n\r\n")[0]
                    ids = [line for line in head.splitlines() if line.lower().startswith("message-id:")]
                    found.setdefault(recipient, set()).update(ids)
        return found


@pytest.mark.xdist_group("kill")
async def test_f2_a_death_at_the_steps_of_the_outbox_loses_nothing_and_doubles_nothing(
    tmp_path: Path, zygote: Zygote
) -> None:
    await die_everywhere(tmp_path, zygote, [point for point in all_points() if _name_of(point) in CORE])


@pytest.mark.slow
@pytest.mark.xdist_group("kill")
async def test_f2_a_death_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, zygote: Zygote) -> None:
    await die_everywhere(tmp_path, zygote, [point for point in all_points() if _name_of(point) not in NOT_BY_A_WAVE])


async def die_everywhere(folder: Path, zygote: Zygote, points: Sequence[str]) -> None:
    """Fails when something is lost or doubled, and when a point was never reached."""
    seed = seed_of()
    deaths = [(point, nth + 1) for nth in range(how_many("WARMLINE_F2_TIMES", 1)) for point in points]
    random.Random(seed).shuffle(deaths)
    began = time.monotonic()
    async with contextlib.AsyncExitStack() as stack:
        houses = [
            await _open_house(zygote, folder / str(n), stack.enter_context(crowd.sandbox_apart(seed + n)), seed + n)
            for n in range(HOUSES)
        ]
        reached = Counter[str]()
        left = iter(deaths)
        await asyncio.gather(*(_die_often(house, left, reached) for house in houses))
        never = sorted({point for point, _ in deaths} - reached.keys())
        await asyncio.gather(*(house.judge() for house in houses))
    people, took = sum(len(house.people) for house in houses), time.monotonic() - began
    print(f"{sum(reached.values())} deaths at {len(reached)} points, {people} shoppers, {took:.0f} s")
    assert never == [], f"never reached: {never}"


def test_f2_every_exception_is_a_point_that_exists() -> None:
    names = {point.rpartition(".")[0] for point in all_points()}
    assert CORE | NOT_BY_A_WAVE.keys() | AT_STOP | NEEDS_A_BUG.keys() <= names
    assert len(names) > 40


def _name_of(point: str) -> str:
    return point.rpartition(".")[0]


async def _die_often(house: House, deaths: Iterator[tuple[str, int]], reached: Counter[str]) -> None:
    for point, nth in deaths:
        began = time.monotonic()
        if await house.die_at(point, nth):
            reached[point] += 1
        print(f"{time.monotonic() - began:5.1f} s  {point}@{nth}")


async def _open_house(zygote: Zygote, folder: Path, sandbox: FarSandbox, seed: int) -> House:
    env = crowd.settings_for(sandbox) | {
        "WARMLINE_KLAVIYO_BASE_URL": sandbox.url("klaviyo"),
        "WARMLINE_SMTP_URL": f"{sandbox.smtp_url}?from=hello@shop.example",
        "WARMLINE_HELPDESK_TIMEOUT": str(TIMEOUT),
        "WARMLINE_INDEX_DELAY": str(INDEX_DELAY),
    }
    data = folder / "data"
    data.mkdir(parents=True)
    for desk in DESKS:
        sandbox.configure(desk, index_delay=INDEX_DELAY - 0.05)
    keys: dict[str, str] = {}
    async with beside(data, env) as machine:
        await machine.app.store.write(lambda tx: keys.update(_furnish(tx)))
    return House(QuickServer(zygote, data, env), sandbox, keys, random.Random(seed))


def _furnish(tx: Transaction) -> dict[str, str]:
    """The shops; and Marta's key in each of them."""
    now, keys = datetime.now(UTC), dict[str, str]()
    for name, shop in SHOPS.items():
        workspace = parse_workspace(
            {
                "workspace": {"name": name, "site": f"pk_{name}", "agent": shop.get("agent", False)},
                "handoff": shop.get("handoff", {"method": "ticket", "helpdesk": "inbox"}),
                "limits": NO_LIMITS,
            },
            holidays_of,
        )
        tx.save_workspace(workspace, now)
        for integration in (*shop.get("connect", ()), KLAVIYO):
            tx.save_integration(workspace.id, integration, now)
        tx.set_identity_keys(workspace.id, {"secret": IDENTITY})
        marta = tx.add_teammate(workspace.id, EmailAddress(f"marta@{name}.example"), "Marta", Role.SUPPORT, now)
        if name == "desk":
            tx.set_available(marta.id, now.replace(year=now.year + 1))
        keys[name] = tx.add_key(marta, [], "test", now)
    return keys


def a_token(patient: Patient) -> str:
    """What the shop signs for somebody who is signed in there, without an address."""
    now = int(time.time())
    parts: Sequence[Mapping[str, Any]] = (
        {"alg": "HS256", "typ": "JWT"},
        {"sub": f"customer-{patient.n}", "aud": f"pk_{patient.desk}", "iat": now, "exp": now + 3600},
    )
    signed = b".".join(_base64(json.dumps(part).encode()) for part in parts)
    return (signed + b"." + _base64(hmac.digest(IDENTITY.encode(), signed, hashlib.sha256))).decode()


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
