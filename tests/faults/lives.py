"""S1: lives of conversations at random over the real store: shoppers, agent, teammates, merchant, clock, vendor faults,
two workers, late workers, and crashes in the middle of anything, after which the file is opened again.

After each step an auditor reads everything back and compares it with what was acknowledged, with what the helpdesk
holds, and with the log itself: G1-G9 and G15. What the actions think of themselves is never asked.

`test_lives.py` runs it, and `test_planted.py` shows that it finds what is wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.faults.world import FATES, MINDS, Clock, Mind, OneDesk, Vendor
from warmline.actions import reply_as_teammate as team
from warmline.actions.advance_handoff import advance_handoff
from warmline.actions.app import App
from warmline.actions.identify_visitor import give_email, skip_email
from warmline.actions.receive_message import receive_message
from warmline.actions.start_conversation import Start, start_conversation
from warmline.domain.effect import EffectKind, EffectState, OwedEffect
from warmline.domain.ids import ConversationId, Seq, SiteKey, WorkerId, fresh
from warmline.domain.message import Event, EventKind
from warmline.domain.outcome import recount
from warmline.domain.owner import CloseReason
from warmline.domain.visitor import EmailAddress, Visitor
from warmline.domain.workspace import Role, parse_workspace
from warmline.errors import WarmlineError
from warmline.jobs.worker import HANDLERS, Worker
from warmline.live.memory import MemoryLive
from warmline.store.base import Integration, Teammate, Transaction
from warmline.store.calendars import holidays_of
from warmline.store.sqlite import SqliteStore
from warmline.store.vault import Vault

KEY = "c2VjcmV0IGtleSBmb3IgdGVzdHMgb25seSwgMzIgYnl0ZXMh"
ZENDESK = Integration("zendesk", "helpdesk", {}, {}, {"client_secret": "s"}, None, 1)
METHODS = (
    {"method": "ticket", "helpdesk": "zendesk"},
    {"method": "ticket"},
    {"method": "message", "message": {"en": "No."}},
)
WORDS = ("How long may I return it?", "And in Poland?", "I want a person", "yes", "no", "ada@example.com", "thanks")
CHOICES = ("request", "accept", "request", "decline")
ACTS = [
    *["life_goes_on"] * 14,
    *["visitor_writes"] * 4,
    *["visitor_chooses", "visitor_gives_an_address", "teammate_acts"] * 2,
    *["vendor_will_fail", "time_passes"] * 4,
    *["agent_will", "another_server_looks", "a_worker_comes_too_late", "the_power_fails"] * 2,
    "visitor_comes",
    "visitor_sends_again",
    "marta_comes_or_goes",
    "merchant_chooses",
    "merchant_connects_again",
    "agent_ends_its_thought",
]
WAITS = (0.2, 6, 21, 35, 65, 125, 16 * 60, 25 * 3600)
FAST = Path("/dev/shm")
"""A file there is like any other, and fsync costs nothing."""
MADE_AFTER_ALL = ("made_and_fails", "made_and_silent")
TROUBLES = ("the_power_fails", "another_server_looks", "an_instant", "a_lease",
            *["seconds", "a_worker_comes_too_late"] * 2)  # fmt: skip
OUTSIDE = {EffectKind.ANSWER, EffectKind.TICKET, EffectKind.APPEND}
PAUSES = {"an_instant": 0.2, "seconds": 6, "a_lease": 65}
PAUSED_WORKERS = 8
MOST = 3
"""Conversations that something happens in at a time: the latest."""


@dataclass
class Known:
    """What the outside knows of one conversation."""

    id: ConversationId
    visitor: Visitor
    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    """client_id → (seq, text) that was acknowledged."""
    seen: list[Event] = field(default_factory=list)
    """The log as it was at the last look: it may only grow."""
    read: list[Event] = field(default_factory=list)
    """What a client read on from its cursor."""


@dataclass
class Facts:
    """One conversation as it lies in the store."""

    row: Any
    log: list[Event]
    fresh: Sequence[Event]
    effects: dict[str, Any]
    episodes: list[Any]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class Lives(RuleBasedStateMachine):
    """One shop, its visitors and its two teammates."""

    template: bytes | None = None

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="lives-", dir=FAST if FAST.is_dir() else None))
        self.clock = Clock()
        self.vendor, self.mind = Vendor(self.clock), Mind()
        self.known: list[Known] = []
        self.stale: list[OwedEffect] = []
        self.told = 0

    # The machine: opened, killed, opened again

    @initialize()
    def the_shop_opens(self) -> None:
        self.run(self.open())
        self.team: list[Teammate] = self.run(self.store.write(self.furnish))
        self.visitor_comes()

    @rule(act=st.sampled_from(ACTS), pick=st.integers(0, 11), which=st.integers(0, 23))
    def something_happens(self, act: str, pick: int, which: int) -> None:
        """One rule for all: Hypothesis would switch off a random half of many, and few lives would get anywhere."""
        getattr(self, act)(pick, which)

    @rule(
        fates=st.lists(st.sampled_from(MADE_AFTER_ALL + FATES), max_size=3),
        then=st.lists(st.sampled_from(TROUBLES), max_size=5),
    )
    def a_handoff_meets_trouble(self, fates: list[str], then: list[str]) -> None:
        """Straight to where it is hard: consent, a vendor that fails so and so, and what else happens meanwhile."""
        self.vendor.fates.extend(fates)
        self.run(self.store.write(lambda tx: self.method(tx, 0)))
        self.visitor_comes()
        newest = len(self.known[-MOST:]) - 1
        self.visitor_writes(newest, 0)
        self.visitor_chooses(newest, 0)
        self.visitor_gives_an_address(newest, 1)
        for n, trouble in enumerate(then):
            if trouble in PAUSES:
                self.wait(PAUSES[trouble])
            else:
                getattr(self, trouble)(newest, n | 1)

    async def open(self) -> None:
        worker = WorkerId(fresh("wrk"))
        self.store = SqliteStore(self.folder / "warmline.sqlite3", Vault(KEY), worker)
        await self.store.start()
        await self.store.write(lambda tx: tx.let_go_of_all(self.clock()))
        self.app = App(
            store=self.store, live=MemoryLive(), agent=self.mind, reader=None,  # type: ignore[arg-type]  # nothing is read
            desks=OneDesk(self.vendor), mail=None, public_url="http://here", clock=self.clock,
        )  # fmt: skip
        self.worker, self.other = Worker(self.app, worker), Worker(self.app, WorkerId(fresh("wrk")))
        self.store.after_commit = self.committed

    def committed(self, born: Sequence[OwedEffect], cancelled: Sequence[str]) -> None:
        """Whoever owes something may be paused before it looks at it."""
        self.remember(born)
        self.worker._after_commit(born, cancelled)

    def remember(self, held: Sequence[OwedEffect]) -> None:
        self.stale = [*self.stale, *(each for each in held if each not in self.stale)][-PAUSED_WORKERS:]

    def furnish(self, tx: Transaction) -> list[Teammate]:
        self.method(tx, 0)
        tx.save_integration(self.shop, ZENDESK, self.clock())
        return [
            tx.add_teammate(self.shop, EmailAddress(f"{name}@shop.example"), name, Role.SUPPORT, self.clock())
            for name in ("Marta", "Jan")
        ]

    def method(self, tx: Transaction, which: int) -> None:
        off = dict.fromkeys(("handoffs_per_network_day", "handoffs_per_address_day", "handoffs_per_visitor_day",
                             "messages_per_minute", "conversations_per_network_hour"), 0)  # fmt: skip
        tables = {"workspace": {"name": "Shop", "site": "pk_shop"}, "handoff": METHODS[which], "limits": off}
        workspace = parse_workspace(tables, holidays_of)
        self.shop = workspace.id
        tx.save_workspace(workspace, self.clock())

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(doing)

    def act(self, doing: Callable[[], Awaitable[Any]]) -> Any:
        """Do it, let the worker run, and return what it returned; None when it was refused."""

        async def go() -> Any:
            result = None
            with contextlib.suppress(WarmlineError):
                result = await doing()
            await self.settle()
            return result

        return self.run(go())

    async def settle(self) -> None:
        """Until everything that runs is done, or hangs at the vendor or in thought."""
        while running := [*self.worker._running.values(), *self.other._running.values()]:
            hung = len(self.vendor.hung.waiting) + len(self.mind.hung.waiting)
            if hung >= len(running):
                return
            await asyncio.wait(running, timeout=0.002, return_when=asyncio.FIRST_COMPLETED)

    def life_goes_on(self, pick: int, which: int) -> None:
        """What would come next, most often."""
        it = self.one(pick)
        row = self.run(self.store.read(lambda tx: tx.conversation(self.shop, it.id))) if it else None
        if row is None or not row.open:
            self.visitor_comes()
            return
        match row.handoff.name if row.handoff else None, row.owner.kind:
            case None | "declined", "agent":
                self.visitor_chooses(pick, 0)
            case "offered", _:
                self.visitor_chooses(pick, 1)
            case "needs_email", _:
                self.visitor_gives_an_address(pick, which | 1)
            case "owed", _:
                self.wait(WAITS[which % 5])
            case "stuck", _:
                self.merchant_connects_again()
                self.teammate_acts(pick, 2 * 7)
            case _, "queue":
                self.teammate_acts(pick, which % 4)
            case _:
                self.teammate_acts(pick, which % 2 + 2 * (4, 5)[which % 3 == 0])

    # Shoppers

    def visitor_comes(self, pick: int = 0, which: int = 0) -> None:
        if len(self.known) < 4 * MOST:
            started = self.act(lambda: start_conversation(self.app, Start(SiteKey("pk_shop")), None, None))
            self.known.append(Known(started.conversation.id, started.visitor))

    def visitor_writes(self, pick: int, which: int) -> None:
        if it := self.one(pick):
            self.send(it, f"client-{len(it.said):04}", WORDS[which % len(WORDS)])

    def visitor_sends_again(self, pick: int, which: int) -> None:
        if (it := self.one(pick)) and it.said:
            client_id, (seq, text) = list(it.said.items())[which % len(it.said)]
            same = pick % 2 == 0
            again = self.send(it, client_id, text if same else text + "!")
            assert again == ((seq, False) if same else None), (
                "G2: a repeat is the first result, another text is refused"
            )

    def send(self, it: Known, client_id: str, text: str) -> tuple[int, bool] | None:
        got: tuple[Seq, bool] | None = self.act(lambda: receive_message(self.app, it.visitor, it.id, text, client_id))
        if got is not None and got[1]:
            it.said[client_id] = (got[0], text)
        return got

    def visitor_chooses(self, pick: int, which: int) -> None:
        if it := self.one(pick):
            self.act(lambda: advance_handoff(self.app, it.visitor, it.id, CHOICES[which % len(CHOICES)], None))

    def visitor_gives_an_address(self, pick: int, which: int) -> None:
        if it := self.one(pick):
            if which % 4 == 0:
                self.act(lambda: skip_email(self.app, it.visitor, it.id))
            else:
                self.act(lambda: give_email(self.app, it.visitor, it.id, "ada@example.com"))

    # Teammates and the merchant

    def teammate_acts(self, pick: int, which: int) -> None:
        if it := self.one(pick):
            me = self.team[which % 2]
            self.told += 1
            verbs: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
                "take": lambda: team.take_conversation(self.app, me, it.id),
                "reply": lambda: team.reply_as_teammate(self.app, me, it.id, "Hello!", f"told-{self.told:04}"),
                "note": lambda: team.note_conversation(self.app, me, it.id, "A regular."),
                "close": lambda: team.close_conversation(self.app, me, it.id, CloseReason.ANSWERED),
                "hand_back": lambda: team.hand_back(self.app, me, it.id),
                "reopen": lambda: team.reopen_conversation(self.app, me, it.id),
                "send_again": lambda: team.send_again(self.app, me, it.id),
            }
            self.act(list(verbs.values())[which // 2 % len(verbs)])

    def marta_comes_or_goes(self, pick: int, which: int) -> None:
        until = self.clock() + timedelta(hours=8) if which % 2 else None
        self.run(self.store.write(lambda tx: tx.set_available(self.team[0].id, until)))

    def merchant_chooses(self, pick: int, which: int) -> None:
        self.run(self.store.write(lambda tx: self.method(tx, which % len(METHODS))))

    def merchant_connects_again(self, pick: int = 0, which: int = 0) -> None:
        self.run(self.store.write(lambda tx: tx.save_integration(self.shop, ZENDESK, self.clock())))

    # The world

    def vendor_will_fail(self, pick: int, which: int) -> None:
        self.vendor.fates.append(FATES[which % len(FATES)])

    def agent_will(self, pick: int, which: int) -> None:
        self.mind.minds.append(MINDS[which % len(MINDS)])

    def agent_ends_its_thought(self, pick: int = 0, which: int = 0) -> None:
        self.mind.hung.release()
        self.run(self.settle())

    def time_passes(self, pick: int, which: int) -> None:
        self.wait(WAITS[which % len(WAITS)])

    def wait(self, seconds: float) -> None:
        if seconds > 15:
            self.agent_ends_its_thought()
        if seconds > 20:
            # No call outlives its own time-out: who waits longer than that has given up before.
            self.vendor.hung.release()
            self.run(self.settle())
        self.clock.now += timedelta(seconds=seconds)
        self.sweep(self.worker)

    def another_server_looks(self, pick: int, which: int) -> None:
        self.sweep(self.other)

    def sweep(self, worker: Worker) -> None:
        async def go() -> None:
            held = await self.store.read(lambda tx: [e for e, s in self.effects(tx) if s is EffectState.PENDING])
            self.remember(held)
            await worker._sweep()
            await self.settle()

        self.run(go())

    def a_worker_comes_too_late(self, pick: int, which: int) -> None:
        """It was paused since it read its effect; others have gone on."""

        def lost(tx: Transaction) -> list[OwedEffect]:
            now = {effect.id: effect.fence for effect, state in self.effects(tx) if state is EffectState.PENDING}
            return [each for each in self.stale if each.kind in OUTSIDE and now.get(each.id) != each.fence]

        late = self.run(self.store.read(lost))
        for effect in late if which % 2 else late[:1]:
            self.act(partial(HANDLERS[effect.kind], self.app, effect))

    def the_power_fails(self, pick: int, which: int) -> None:
        """Everything that runs is gone; only the file is left."""

        async def go() -> None:
            running = [*self.worker._running.values(), *self.other._running.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            self.vendor.hung, self.mind.hung = type(self.vendor.hung)(), type(self.mind.hung)()
            await self.store.close()
            await self.open()

        self.run(go())

    # The auditor

    @invariant()
    def all_guarantees_hold(self) -> None:
        for it, facts in zip(self.known, self.look(), strict=True):
            self.audit_log(it, facts)
            self.audit_speakers(facts.log)
            self.audit_handoffs(it, facts)
            self.audit_outbox(it, facts)
            self.audit_figures(facts)
        assert max(Counter(key for key, _ in self.vendor.tickets).values(), default=1) == 1, "G5: a second ticket"
        assert max(Counter(self.vendor.notes).values(), default=1) == 1, "G5: a follow-up twice"

    def look(self) -> list[Facts]:
        def read(tx: Transaction) -> list[Facts]:
            effects = {effect.key: (effect, state) for effect, state in self.effects(tx)}
            return [
                Facts(
                    tx.conversation(self.shop, it.id),
                    tx.log(it.id),
                    tx.window(it.id, it.read[-1].seq if it.read else 0).events,
                    {key: each for key, each in effects.items() if each[0].conversation == it.id},
                    [row.episode for row in tx.episodes(self.shop, EPOCH, END) if row.conversation == it.id],
                )
                for it in self.known
            ]

        facts: list[Facts] = self.run(self.store.read(read)) if hasattr(self, "store") else []
        return facts

    def effects(self, tx: Transaction) -> list[tuple[OwedEffect, EffectState]]:
        return [each for kind in HANDLERS for each in tx.effects_of(self.shop, kind, 100)]

    def audit_log(self, it: Known, facts: Facts) -> None:
        log = facts.log
        assert [event.seq for event in log] == list(range(1, len(log) + 1)), "G3: a gap"
        assert log[: len(it.seen)] == it.seen, "G3: the past changed"
        it.seen = log
        said = {
            event.data["client_id"]: (event.seq, event.data["text"])
            for event in log
            if event.kind is EventKind.MESSAGE and event.data["author"]["kind"] == "visitor"
        }
        assert said == it.said, "G1, G2: the log and what was acknowledged differ"
        assert sum(_by(event) == "visitor" for event in log) == len(it.said), "G2: stored twice"
        it.read = [*it.read, *facts.fresh]
        public = [event for event in log if event.seq in {each.seq for each in it.read}]
        assert it.read == public and it.read == self.run(self.store.read(lambda tx: tx.window(it.id, 0).events)), "G4"

    def audit_speakers(self, log: list[Event]) -> None:
        owner, who, is_open = "agent", None, True
        for event in log:
            match event.kind:
                case EventKind.OWNER:
                    owner, who = event.data["owner"], event.data.get("teammate")
                case EventKind.CLOSED:
                    is_open = False
                case EventKind.EPISODE:
                    is_open = True
                case EventKind.MESSAGE:
                    assert is_open, "somebody spoke in a closed chat"
                    assert _by(event) != "agent" or owner == "agent", "G8: the agent talked over somebody"
                    assert _by(event) != "teammate" or event.data["author"]["id"] == who, "G8: two teammates at once"

    def audit_handoffs(self, it: Known, facts: Facts) -> None:
        steps: dict[int, list[str]] = {}
        desk: dict[int, str] = {}
        for event in facts.log:
            if event.kind is EventKind.HANDOFF:
                steps.setdefault(event.data["n"], []).append(event.data["step"])
                desk[event.data["n"]] = event.data.get("helpdesk", "")
        made = {int(key.rpartition("-")[2]) for key, _ in self.vendor.tickets if key.startswith(f"warmline-{it.id}-")}
        assert made <= {n for n, taken in steps.items() if "owed" in taken}, "G5: a ticket that nobody asked for"
        arrived = {n for n, taken in steps.items() if taken[-1] == "delivered" and desk[n] == "zendesk"}
        assert arrived <= made, "G6: delivered, but nowhere"
        notices = Counter(event.data.get("notice") for event in facts.log if event.kind is EventKind.MESSAGE)
        assert notices["ticket"] == len(arrived), "G6: the shopper was told another number of tickets"
        assert notices["saved"] <= sum("owed" in taken for taken in steps.values()), "G6: saved, again and again"

    def audit_outbox(self, it: Known, facts: Facts) -> None:
        row = facts.row
        if row.handoff is not None and row.handoff.name in ("owed", "stuck"):
            _, state = facts.effects[f"ticket:{it.id}-{row.handoff.n}"]
            wanted = {"owed": EffectState.PENDING, "stuck": EffectState.STUCK}[row.handoff.name]
            assert state is wanted, f"G6: {row.handoff.name}, and its effect is {state}"
        if row.open and row.owner.kind == "agent" and row.turn_open:
            _, state = facts.effects.get(f"answer:{it.id}", (None, None))
            assert state is EffectState.PENDING, "G7: a question that nobody will answer"

    def audit_figures(self, facts: Facts) -> None:
        counted = recount(facts.log)
        assert facts.episodes == counted, "G15: the stored figures are not those of the log"

    # The end: everybody is honest again, and every promise is kept

    def teardown(self) -> None:
        try:
            if hasattr(self, "store"):
                self.the_world_becomes_honest()
                self.all_guarantees_hold()
                self.every_promise_is_kept()
        finally:
            if hasattr(self, "store"):
                self.run(self.store.close())
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def the_world_becomes_honest(self) -> None:
        self.vendor.fates.clear()
        self.mind.minds.clear()
        self.merchant_connects_again()
        for _ in range(40):
            self.wait(16 * 60)
            if not self.run(self.store.read(lambda tx: tx.due_effects(self.clock() + timedelta(hours=1), 10))):
                break

    def every_promise_is_kept(self) -> None:
        for it, facts in zip(self.known, self.look(), strict=True):
            row = facts.row
            assert row.handoff is None or row.handoff.name != "owed", "G5, G6: promised and never delivered"
            assert not (row.open and row.owner.kind == "agent" and row.turn_open), "G7: silence"
            left = [key for key, (_, state) in facts.effects.items() if state is EffectState.PENDING]
            assert left == [], f"G9: still owed: {left}"
            assert it.seen == facts.log

    # Small steps

    def one(self, pick: int) -> Known | None:
        latest = self.known[-MOST:]
        return latest[pick % len(latest)] if latest else None


EPOCH, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def _by(event: Event) -> str:
    return str(event.data["author"]["kind"]) if event.kind is EventKind.MESSAGE else ""
