"""The lines of a thread as its page draws them: who said what, on which half of the line, and the card at the joint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from warmline.domain.ids import ConversationId
from warmline.store.base import Transaction
from warmline.store.statements import loads
from warmline.web.console.language import N_, Said
from warmline.web.shapes import Card, Whole

MARK = 0.8
"""Width of the limit's mark in a score bar, in percent of the bar."""
SHOWN_NOTICES = frozenset({"joined", "handback"})
"""System messages that the line itself tells; the others are shown as what the shopper was told."""


@dataclass(frozen=True, slots=True)
class Source:
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """What was reached, held against what was needed: probabilities in percent, drawn as they are."""

    reached: float
    limit: float

    @property
    def enough(self) -> bool:
        return self.reached >= self.limit

    @property
    def width(self) -> float:
        """Percent of the bar."""
        return round(max(0.0, min(100.0, self.reached)), 1)

    @property
    def limit_at(self) -> float:
        """Where the limit's mark begins, in percent of the bar; a limit of 100 stands inside it."""
        return round(max(0.0, min(100.0 - MARK, self.limit)), 1)


READ_AS = {
    "yes": N_("Read as a yes to the offer"),
    "no": N_("Read as a no to the offer"),
    "thanks": N_("Read as thanks"),
    "hello": N_("Read as a greeting"),
    "bye": N_("Read as a farewell"),
    "are_you_a_bot": N_("Read as the question whether this is a bot"),
    "remark": N_("Read as a remark that asks nothing"),
}
"""What a short message was taken for that no word list knows."""


@dataclass(frozen=True, slots=True)
class How:
    """How an answer came about, in the trace's words."""

    decision: str
    passages: tuple[Source, ...]
    score: Score | None
    rules: tuple[str, ...]
    seq: int = 0
    question: str = ""
    read: tuple[Said, float] | None = None
    """What it was read as, and how surely, in per cent."""

    @property
    def page(self) -> str:
        """What a saved case would call the best page."""
        return (self.passages[0].url or self.passages[0].title) if self.passages else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `half` says which part of the line it stands on: `agent` is dashed, `team` is solid.

    `kind`: day, message, note, told (what the system told the shopper), event, card.
    """

    kind: str
    key: str
    at: datetime
    who: str = ""
    name: str = ""
    text: str = ""
    half: str = "agent"
    sources: tuple[Source, ...] = ()
    how: How | None = None
    choices: tuple[str, ...] = ()
    links: tuple[Mapping[str, str], ...] = ()
    helped: bool | None = None
    client_id: str | None = None
    what: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_mine: bool = False


def lines_of(tx: Transaction, whole: Whole, zone: str, me: str) -> list[Line]:
    """The thread, oldest first, with a line for each new day."""
    conversation = ConversationId(whole["conversation"]["id"])
    turns = {row["seq"]: _how(row) for row in tx.turns(conversation)}
    handoffs = {row["n"]: row for row in tx.handoff_rows(conversation)}
    maker = _Maker(whole, turns, handoffs, me)
    return list(_with_days(maker.lines(), ZoneInfo(zone)))


@dataclass
class _Maker:
    whole: Whole
    turns: Mapping[int, How]
    handoffs: Mapping[int, Mapping[str, Any]]
    me: str
    half: str = "agent"
    asked: str = ""
    """The last thing that the shopper said so far."""

    def lines(self) -> Iterable[Line]:
        rated = {event["seq"]: event["helped"] for event in self._events("helped")}
        for event in self.whole["events"]:
            line = self._line(event, rated)
            if line is not None:
                yield line

    def _events(self, kind: str) -> list[Any]:
        # A line of the log has the keys of its kind, which its shape leaves open.
        return [event for event in self.whole["events"] if event["kind"] == kind]

    def _line(self, event: Any, rated: Mapping[int, bool]) -> Line | None:
        at, key = datetime.fromisoformat(event["at"]), f"e{event['seq']}"
        match event["kind"]:
            case "message" | "outside":
                return self._message(event, at, key, rated)
            case "note":
                by = event["by"]
                mine = by["id"] == self.me
                id = event.get("client_id")
                return Line(
                    "note", key, at, "teammate", by["name"] or "", event["text"], self.half, is_mine=mine, client_id=id
                )
            case "handoff":
                return self._handoff(event, at, key)
            case "owner":
                return self._owner(event, at, key)
            case "closed":
                facts = {"by": event["by"], "reason": event.get("reason"), "solved": event.get("solved", False)}
                return Line("event", key, at, half=self.half, what="closed", facts=facts)
            case "reopened":
                return Line("event", key, at, half=self.half, what="reopened", facts={"by": event["by"]})
            case "episode":
                self.half = "team" if event["why"] in {"reopened", "followed"} else "agent"
                return Line("event", key, at, half=self.half, what=f"episode_{event['why']}")
            case "identity":
                return Line(
                    "event", key, at, half=self.half, what="identity", facts={"proven": event["email_verified"]}
                )
            case _:
                return None

    def _message(self, event: Any, at: datetime, key: str, rated: Mapping[int, bool]) -> Line | None:
        author = event["author"]
        if author["kind"] == "system":
            if event.get("notice") in SHOWN_NOTICES or not self.asked:
                return None  # the line tells it, or it is how every chat begins
            links = tuple(event.get("links", ()))
            return Line("told", key, at, "system", text=event["text"], half=self.half, links=links)
        if author["kind"] == "visitor" and not event.get("aside"):
            self.asked = event["text"]
        how = self.turns.get(event["reply_to"]) if event.get("reply_to") is not None else None
        return Line(
            "message",
            key,
            at,
            author["kind"],
            author["name"] or "",
            event["text"],
            self.half,
            _sources(event.get("sources", ())),
            how if author["kind"] == "agent" else None,
            tuple(choice["label"] for choice in event.get("choices", ())),
            helped=rated.get(event["seq"]),
            client_id=event.get("client_id"),
            facts={
                "via": event.get("via"),
                "mailed": event["kind"] == "outside",
                "verdict": event.get("verdict") if author["kind"] == "visitor" else None,
                "left_out": event.get("left_out", 0),
            },
            is_mine=author.get("id") == self.me,
        )

    def _handoff(self, event: Any, at: datetime, key: str) -> Line | None:
        """The card stands where people got it; offers and refusals are lines of their own."""
        card, n = self.whole["handoff"], event["n"]
        last = card is not None and card["n"] == n
        match event["step"]:
            case "owed" if not self._was_owed_before(event):
                self.half = "team"
                known = self.handoffs.get(n)
                question = (known["question"] if known else None) or self.asked
                facts = {"card": card if last else None, "reason": event["reason"], "question": question}
                return Line("card", key, at, half="team", what="handoff", facts=facts)
            case "owed" if event.get("instead_of"):
                facts = {"first": event["instead_of"], "second": event.get("helpdesk")}
                return Line("event", key, at, half="team", what="second", facts=facts)
            case "declined":
                return Line("event", key, at, half=self.half, what="declined")
            case "stuck":
                return Line("event", key, at, half=self.half, what="stuck", facts={"why": event.get("why", "")})
            case _:
                return None

    def _was_owed_before(self, event: Any) -> bool:
        """A stuck ticket that is sent again is owed a second time: one card is enough."""
        return any(
            each["n"] == event["n"] and each["step"] == "owed" and each["seq"] < event["seq"]
            for each in self._events("handoff")
        )

    def _owner(self, event: Any, at: datetime, key: str) -> Line | None:
        self.half = "agent" if event["owner"] == "agent" else "team"
        if event["owner"] == "teammate":
            facts = {"mine": event.get("teammate") == self.me}
            return Line("event", key, at, name=event.get("name") or "", half="team", what="joined", facts=facts)
        return None


def score_of(card: Card | None) -> Score | None:
    """How near the best passage came to the limit of answering."""
    best = card["best"] if card else None
    return score_in(best["limits"]) if best else None


def score_in(limits: Mapping[str, Any]) -> Score | None:
    if "confidence" not in limits or "cut" not in limits:
        return None
    return Score(100 * float(limits["confidence"]), 100 * min(float(limits["cut"]), 1.0))


def _how(row: Mapping[str, Any]) -> How:
    trace = loads(row["trace"])
    return How(
        row["decision"],
        pages_in(trace),
        score_in(trace.get("limits", {})),
        tuple(trace.get("rules", ())),
        row["seq"],
        row["question"],
        _read_as(trace.get("read")),
    )


def _read_as(told: Mapping[str, Any] | None) -> tuple[Said, float] | None:
    return (READ_AS[told["as"]], 100 * float(told["sure"])) if told else None


def pages_in(trace: Mapping[str, Any]) -> tuple[Source, ...]:
    """The pages that were looked at, each once, the likeliest first. What a passage scored says nothing to people."""
    return tuple(dict.fromkeys(Source(each["title"], each["url"]) for each in trace.get("passages", ())))


def _sources(shown: Iterable[Mapping[str, Any]]) -> tuple[Source, ...]:
    return tuple(Source(each["title"], each["url"]) for each in shown)


def _with_days(lines: Iterable[Line], zone: ZoneInfo) -> Iterable[Line]:
    day: date | None = None
    for line in lines:
        here = line.at.astimezone(zone).date()
        if here != day:
            day = here
            yield Line("day", f"d{here.isoformat()}", line.at, half=line.half)
        yield line
