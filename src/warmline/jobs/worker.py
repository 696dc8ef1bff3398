"""The worker: runs what is owed, whoever owed it.

Effects born in this process come straight from the commit, leased to it; a sweeper claims what is due and held by
nobody: timers, retries, and what a dead process left.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from prometheus_client import Histogram

from warmline.actions.alarms import mail_alarm
from warmline.actions.alert_team import alert_team
from warmline.actions.answer_visitor import answer_visitor
from warmline.actions.app import App
from warmline.actions.append_to_ticket import append_to_ticket
from warmline.actions.check_health import check_health
from warmline.actions.deliver_ticket import deliver_ticket, delivery_failed
from warmline.actions.keep_promises import keep_promises
from warmline.actions.learn_in_background import learn_in_background
from warmline.actions.learn_source import encode_knowledge
from warmline.actions.look_at_ticket import look_at_ticket
from warmline.actions.look_up_profile import look_up_for_inbox
from warmline.actions.mail_receipt import mail_receipt
from warmline.actions.mail_replies import mail_replies
from warmline.actions.second_destination import hand_to_second
from warmline.actions.tell_profile import tell_profile
from warmline.actions.try_again import pause
from warmline.actions.watch_doubles import verify_single, watch_double
from warmline.domain.effect import EffectKind, OwedEffect
from warmline.domain.ids import WorkerId
from warmline.errors import Unavailable
from warmline.store.base import Transaction

log = logging.getLogger(__name__)

Handler = Callable[[App, OwedEffect], Awaitable[None]]

HANDLERS: dict[EffectKind, Handler] = {
    EffectKind.ANSWER: answer_visitor,
    EffectKind.TICKET: deliver_ticket,
    EffectKind.APPEND: append_to_ticket,
    EffectKind.MAIL: mail_replies,
    EffectKind.PROFILE: look_up_for_inbox,
    EffectKind.SAVED: keep_promises,
    EffectKind.QUEUE_TIMEOUT: keep_promises,
    EffectKind.SECOND: hand_to_second,
    EffectKind.DOUBLE: watch_double,
    EffectKind.VERIFY: verify_single,
    EffectKind.ALARM: mail_alarm,
    EffectKind.RECEIPT: mail_receipt,
    EffectKind.HEALTH: check_health,
    EffectKind.ENCODE: encode_knowledge,
    EffectKind.ALERT: alert_team,
    EffectKind.LEARN: learn_in_background,
    EffectKind.LOOK: look_at_ticket,
    EffectKind.EVENT: tell_profile,
}
AT_ONCE: dict[EffectKind, int] = {
    EffectKind.ANSWER: 16,
    EffectKind.TICKET: 8,
    EffectKind.APPEND: 4,
    EffectKind.MAIL: 4,
    EffectKind.PROFILE: 4,
    EffectKind.ENCODE: 1,
    EffectKind.LEARN: 2,
    EffectKind.LOOK: 4,
    EffectKind.EVENT: 4,
}
"""So many of a kind run side by side: a slow helpdesk must not keep answers waiting."""
ELSE, WAITING = 8, 2
"""So many of any other kind. A sweep takes no more than twice as many: the rest stays free for another process, and no
lease has to end first when this one dies."""
WORK = Histogram(
    "warmline_work_seconds",
    "How long a piece of owed work took; kind answer is the agent's turn",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30),
)
SWEEP = 64
ALIVE_WITHIN = 60.0
RENEW_EVERY = 20.0
SHORTEST_REST = timedelta(milliseconds=20)
NEVER = datetime.max.replace(tzinfo=UTC)
STOP_WITHIN = 18.0
"""Seconds that running work gets at a stop; with what open requests get it stays under 30 (THREATS G9)."""
DROPPED = "dropped"
"""The topic on which processes tell each other of answers that nobody wants any more: a hint, checked in the store."""
RESUMABLE = {EffectKind.ENCODE}
"""Long work that loses nothing when it is cut."""


class Worker:
    """Runs effects of one process. `start` once, `stop` once."""

    def __init__(self, app: App, id: WorkerId) -> None:
        self.app, self.id = app, id
        self._running: dict[str, asyncio.Task[None]] = {}
        self._held: dict[str, OwedEffect] = {}
        self._next: dict[str, OwedEffect] = {}
        self._room = {kind: asyncio.Semaphore(AT_ONCE.get(kind, ELSE)) for kind in EffectKind}
        self._stopping, self._moved = asyncio.Event(), asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._telling: set[asyncio.Task[None]] = set()
        self._beat, self._turn = time.monotonic(), NEVER
        self._crowded: set[EffectKind] = set()

    def start(self) -> None:
        self.app.store.after_commit = self._after_commit
        self._loops = [asyncio.create_task(each()) for each in (self._sweep_all, self._renew_all, self._hear_all)]

    async def stop(self) -> None:
        """Take nothing new, give running work some seconds, put the rest back."""
        self._stopping.set()
        for loop in self._loops:
            loop.cancel()
        self._next.clear()
        for id, effect in self._held.items():
            if effect.kind in RESUMABLE:
                self._running[id].cancel()
        running = list(self._running.values())
        if running:
            await asyncio.wait(running, timeout=STOP_WITHIN)
        for task in running:
            task.cancel()
        await asyncio.gather(*self._loops, *running, return_exceptions=True)
        try:
            await self.app.store.write(lambda tx: tx.let_go(self.id))
        except Unavailable:
            log.error("leases could not be given back; they end by themselves")

    def alive(self) -> bool:
        """Does it still look for what is due? A store that is locked may keep it waiting for half a minute."""
        return not any(loop.done() for loop in self._loops) and time.monotonic() - self._beat < ALIVE_WITHIN

    async def idle(self) -> None:
        """Wait until nothing runs (for tests and benchmarks)."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    def _after_commit(self, born: Sequence[OwedEffect], cancelled: Sequence[str]) -> None:
        for key in cancelled:
            self._cancel(key)
            if key.startswith("answer:") and not self._stopping.is_set():
                telling = asyncio.create_task(self.app.live.tell(DROPPED, {"key": key}))
                self._telling.add(telling)
                telling.add_done_callback(self._telling.discard)
        for effect in born:
            self._start(effect)

    def _start(self, effect: OwedEffect) -> None:
        if self._stopping.is_set():
            return
        if effect.id in self._running:
            self._next[effect.id] = effect
            return
        self._held[effect.id] = effect
        task = asyncio.create_task(self._run(effect), name=effect.key)
        self._running[effect.id] = task
        task.add_done_callback(lambda _: self._ended(effect))

    def _ended(self, effect: OwedEffect) -> None:
        self._running.pop(effect.id, None)
        self._held.pop(effect.id, None)
        crowd = sum(each.kind is effect.kind for each in self._held.values())
        if effect.line is not None or (effect.kind in self._crowded and crowd <= AT_ONCE.get(effect.kind, ELSE)):
            self._moved.set()
        following = self._next.pop(effect.id, None)
        if following is not None:
            self._start(following)

    def _cancel(self, key: str) -> None:
        """A take-over ends a running generation. A call to a helpdesk is never cut: its end must be known."""
        for task in self._running.values():
            if task.get_name() == key and key.startswith("answer:"):
                task.cancel()

    async def _hear_all(self) -> None:
        """A take-over in another process ends what this one is thinking about."""
        while not self._stopping.is_set():
            try:
                async with self.app.live.listen(DROPPED) as ear:
                    while not self._stopping.is_set():
                        for hint in await ear.wait(RENEW_EVERY):
                            await self._dropped(str(hint.get("key")))
            except Exception:
                log.exception("the worker cannot hear of dropped answers")
                await asyncio.sleep(1)

    async def _dropped(self, key: str) -> None:
        """The hint may be older than what runs now under the same key: the fence tells."""
        for id, held in list(self._held.items()):
            if (
                held.kind is EffectKind.ANSWER
                and held.key == key
                and not await self.app.store.read(partial(_is_ours, held))
            ):
                task = self._running.get(id)
                if task is not None and self._held.get(id) is held:
                    task.cancel()

    async def _run(self, effect: OwedEffect) -> None:
        async with self._room[effect.kind]:
            try:
                with WORK.labels(effect.kind.value).time():
                    await HANDLERS[effect.kind](self.app, effect)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 nothing that is owed may be lost to a bug
                await self._failed(effect, error)

    async def _failed(self, effect: OwedEffect, error: Exception) -> None:
        """Nothing is dropped: it is put off; when even that cannot be stored, its lease ends by itself."""
        log.warning("%s failed: %s", effect.kind.value, type(error).__name__)
        try:
            if effect.kind in {EffectKind.TICKET, EffectKind.APPEND}:
                await delivery_failed(self.app, effect, error)
                return
            now = self.app.clock()
            await self.app.store.write(lambda tx: tx.put_off(effect, now + pause(effect, now), str(error)))
        except Unavailable:
            log.error("%s could not be put off; it is tried again when its lease ends", effect.kind.value)

    async def _sweep_all(self) -> None:
        while not self._stopping.is_set():
            self._beat = time.monotonic()
            self._moved.clear()
            try:
                if self.app.store.health.trouble is not None:
                    # Nobody may want to write for hours: find out by ourselves that it works again.
                    await self.app.store.write(lambda tx: tx.prove_writable())
                await self.app.store.look_at_clock()
                full = await self._sweep()
            except Unavailable:
                full = False  # the store has said why
            except Exception:
                log.exception("the sweeper failed")
                full = False
            if not full:
                # Sooner when a line has moved, or when the turn of who stands first in one comes.
                rest = max(min(self.app.timings.poll, self._turn - self.app.clock()), SHORTEST_REST)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), rest.total_seconds())

    async def _sweep(self) -> bool:
        """Claim what is due; True when there may be more."""
        now = self.app.clock()
        held = Counter(effect.kind for effect in self._held.values())
        crowded = {kind for kind in held if held[kind] >= _most(kind)}
        due, firsts = await self.app.store.read(
            lambda tx: (tx.due_effects(now, SWEEP, crowded), tx.firsts_in_line(now))
        )
        self._turn = min((first.due for first in firsts if first.due > now), default=NEVER)
        wanted = []
        for effect in due:
            if held[effect.kind] < _most(effect.kind):
                held[effect.kind] += 1
                wanted.append(effect)
        self._crowded = {kind for kind in held if held[kind] >= _most(kind)}
        if wanted:
            for claimed in await self.app.store.write(partial(self._claim, wanted)):
                self._start(claimed)
        in_line = any(effect.line is not None for effect in due)
        return len(due) == SWEEP or len(wanted) < len(due) or in_line

    def _claim(self, due: Sequence[OwedEffect], tx: Transaction) -> list[OwedEffect]:
        """All in one commit."""
        now = self.app.clock()
        claimed = [tx.claim(effect.id, self.id, now) for effect in due]
        return [effect for effect in claimed if effect is not None]

    def _renew(self, held: Sequence[OwedEffect], tx: Transaction) -> None:
        for effect in held:
            tx.renew(effect, self.app.clock())

    async def _renew_all(self) -> None:
        while not self._stopping.is_set():
            await asyncio.sleep(RENEW_EVERY)
            held = list(self._held.values())
            if held:
                try:
                    await self.app.store.write(partial(self._renew, held))
                except Unavailable:
                    log.error("leases could not be renewed")


def _most(kind: EffectKind) -> int:
    return WAITING * AT_ONCE.get(kind, ELSE)


def _is_ours(held: OwedEffect, tx: Transaction) -> bool:
    return tx.still_ours(held)
