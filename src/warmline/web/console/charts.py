"""Lines of the Dashboard as paths of an SVG. Their words stand beside the drawing, so that it may be stretched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from warmline.domain.series import Day

WIDTH, HEIGHT = 1000.0, 240.0
SPARK_WIDTH, SPARK_HEIGHT = 100.0, 28.0


@dataclass(frozen=True, slots=True)
class Chart:
    """`agent` is drawn dashed, `team` solid. `as_rates` False: too few conversations for percentages."""

    agent: str
    team: str
    team_area: str
    grid: tuple[float, ...]
    scale: tuple[int, ...]
    """What the grid's lines mean, from the bottom: percent, or conversations."""
    ticks: tuple[Day, ...]
    as_rates: bool
    days: tuple[Day, ...]


def chart_of(days: Sequence[Day], as_rates: bool) -> Chart:
    """Both lines over the same scale."""
    agent = [day.resolution_rate if as_rates else float(day.resolved) for day in days]
    team = [day.routed_rate if as_rates else float(day.routed) for day in days]
    top = 1.0 if as_rates else float(_round_up(max([*(value or 0 for value in agent + team), 1])))
    steps = 4 if as_rates or top % 4 == 0 else (2 if top % 2 == 0 else 1)
    scale = tuple(round((100 if as_rates else top) * n / steps) for n in range(steps + 1))
    grid = tuple(round(HEIGHT - HEIGHT * n / steps, 1) for n in range(steps + 1))
    paths = [_points(values, top, WIDTH, HEIGHT) for values in (agent, team)]
    return Chart(
        agent=_path(paths[0]),
        team=_path(paths[1]),
        team_area=_area(paths[1]),
        grid=grid,
        scale=scale,
        ticks=tuple(_ticks(days)),
        as_rates=as_rates,
        days=tuple(days),
    )


def spark(values: Sequence[float | None]) -> str:
    """A small line of its own scale."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    span = high - low or 1.0
    moved = [None if value is None else (value - low) / span * 0.9 + 0.05 for value in values]
    return _path(_points(moved, 1.0, SPARK_WIDTH, SPARK_HEIGHT))


Points = list[list[tuple[float, float]]]
"""Stretches of a line: a day on which nobody asked anything is a gap, and not a zero."""


def _points(values: Sequence[float | None], top: float, width: float, height: float) -> Points:
    stretches: Points = [[]]
    last = max(len(values) - 1, 1)
    for n, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append((round(n / last * width, 1), round(height - value / top * height, 1)))
    return [stretch for stretch in stretches if stretch]


def _path(stretches: Points) -> str:
    return " ".join(_move(stretch) for stretch in stretches)


def _move(stretch: list[tuple[float, float]]) -> str:
    """A single day is a short dash: a point would not be seen."""
    if len(stretch) == 1:
        x, y = stretch[0]
        return f"M{max(x - 4, 0)} {y}H{min(x + 4, WIDTH)}"
    return "M" + "L".join(f"{x} {y}" for x, y in stretch)


def _area(stretches: Points) -> str:
    return " ".join(
        f"M{stretch[0][0]} {HEIGHT}L" + "L".join(f"{x} {y}" for x, y in stretch) + f"L{stretch[-1][0]} {HEIGHT}Z"
        for stretch in stretches
        if len(stretch) > 1
    )


def _round_up(value: float) -> int:
    """A top that its quarters divide."""
    return max(4, math.ceil(value / 4) * 4)


def _ticks(days: Sequence[Day]) -> list[Day]:
    """At most seven days under the chart, the first and the last among them."""
    if len(days) <= 7:
        return list(days)
    step = (len(days) - 1) / 6
    return [days[round(n * step)] for n in range(7)]
