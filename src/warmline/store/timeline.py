"""Two readings of one clock: what the wall says, and a time that never jumps (THREATS G14, F8).

People and office hours want the wall. Leases, timers and the wait before a look-up must not care when somebody sets it:
a day forward would end every lease and believe a search that is 20 ms old; a day back would let handoffs lie for a day.
So the outbox keeps steady time, which is the wall less all the jumps there were (`ahead`), and each reading of the wall
runs on by the monotonic clock until a jump is found. Both change in one step, so no value mixes an old wall with new
jumps.

The wall is that of the database's machine: on PostgreSQL its `clock_timestamp()`, so that several machines agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warmline.store.statements import Statements, micros, moment

JUMP = 2_000_000
"""Microseconds by which the wall may differ before it counts as set; less than that is drift."""
STALE = 60_000_000
"""So long after a jump a caller may still come with a reading of the wall from before it."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """At `steady` the wall showed `wall` (microseconds); it had been moved by `ahead` in all, before by `former`."""

    wall: int
    steady: int
    ahead: int
    former: int | None = None


class Timeline:
    """The clock of one process on one database."""

    def __init__(self, wall: Callable[[], int] | None = None, steady: Callable[[], int] | None = None) -> None:
        self._wall, self._steady = wall or _wall, steady or _steady
        self._reading = _Reading(self._wall(), self._steady(), 0)

    def now(self) -> datetime:
        """The wall, run on from its last reading."""
        reading = self._reading
        return moment(reading.wall + self._steady() - reading.steady)

    def read(self) -> tuple[int, int]:
        """(wall, steady) at this moment, in microseconds."""
        return self._wall(), self._steady()

    @property
    def ahead(self) -> int:
        """By how many microseconds the wall has been moved since the database began."""
        return self._reading.ahead

    def ticks(self, at: datetime) -> int:
        """A reading of the wall, now or to come, as steady time."""
        reading, plain = self._reading, micros(at)
        found = plain - reading.ahead
        now = self._steady()
        if reading.former is None or now - reading.steady > STALE or abs(reading.ahead - reading.former) <= 2 * STALE:
            return found
        # The wall was set a moment ago. Of what the value may mean the earliest that is not long past is meant.
        least = reading.wall - reading.ahead + now - reading.steady - STALE
        return min((each for each in (found, plain - reading.former) if each >= least), default=found)

    def jumped(self, wall: int | None = None) -> int:
        """By how much the wall (microseconds) has been set since the last reading; 0 when that is only drift."""
        seen = self._wall() if wall is None else wall
        off = seen - micros(self.now())
        return off if abs(off) >= JUMP else 0

    def follow(self, wall: int | None, ahead: int) -> None:
        """Read the wall anew; in all it has been moved by `ahead`."""
        before = self._reading.ahead
        seen = self._wall() if wall is None else wall
        self._reading = _Reading(seen, self._steady(), ahead, before if before != ahead else None)


class Clocks(Statements):
    """What a database knows of its clock across stops."""

    def ticks(self, at: datetime) -> int:
        """As the outbox keeps it."""
        return micros(at) if self.timeline is None else self.timeline.ticks(at)

    def when(self, ticks: int) -> datetime:
        """What the outbox keeps, as the wall shows it."""
        return moment(ticks + (self.timeline.ahead if self.timeline is not None else 0))

    def resume_clock(self, wall: int, steady: int, boot: str) -> int:
        """By how much the wall has been moved in all, now that a process starts, and keep it.

        In the same boot of the machine every jump during the stop is known. Else only that time does not go back: then
        it goes on where it was. `boot` is empty where the wall is that of another machine.
        """
        row = self.row("SELECT * FROM clock WHERE one = 1")
        ahead, jump = (int(row["ahead"]) if row else 0), 0
        if row and row["boot"] and row["boot"] == boot:
            jump = wall - (row["wall"] + steady - row["steady"])
        elif row and row["boot"]:
            jump = min(0, wall - row["wall"])
        ahead += jump if abs(jump) >= JUMP else 0
        # A full disk must not keep a server from starting to read: write what is new, and nothing else.
        if row is None or row["boot"] != boot or abs(jump) >= JUMP:
            self.keep_clock(ahead, wall, steady, boot)
        return ahead

    def keep_clock(self, ahead: int, wall: int, steady: int, boot: str) -> None:
        self.run(
            "INSERT INTO clock (one, ahead, wall, steady, boot, proof) VALUES (1, :ahead, :wall, :steady, :boot, 0)"
            " ON CONFLICT (one) DO UPDATE SET ahead = :ahead, wall = :wall, steady = :steady, boot = :boot",
            ahead=ahead,
            wall=wall,
            steady=steady,
            boot=boot,
        )

    def note_jump(self, before: int, jump: int, wall: int, steady: int, boot: str) -> int:
        """The wall was set: by how much in all. Another process on this database may have noted it already."""
        row = self.row("SELECT ahead FROM clock WHERE one = 1")
        known = int(row["ahead"]) if row else 0
        ahead = before + jump if known == before else known
        self.keep_clock(ahead, wall, steady, boot)
        return ahead

    def clock_ahead(self) -> int:
        """What the database knows."""
        row = self.row("SELECT ahead FROM clock WHERE one = 1")
        return int(row["ahead"]) if row else 0


def boot_id() -> str:
    """Which start of the machine this is; empty where nobody says: then only a clock that went back is noticed."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def _steady() -> int:
    """Microseconds since the machine was started, sleep included where the system counts it."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1000


def _wall() -> int:
    return micros(datetime.now(UTC))


__all__ = ["JUMP", "Clocks", "Timeline", "boot_id"]
