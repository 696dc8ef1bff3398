"""Tests that share a costly server run on one worker, and the longest start first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures import order

FOUND = [f"tests/test_{file}.py::test_{number}" for number in range(3) for file in "abcde"]
GROUPS = {
    "tests/test_b.py": "kill",
    "tests/test_c.py": "browser_console",
    "tests/test_d.py": "kill",
    "tests/test_e.py": "small",
}


@dataclass(eq=False)
class Node:
    """A worker as the scheduler sees it."""

    name: str
    run: str
    got: list[str] = field(default_factory=list)
    shutting_down: bool = False

    @property
    def workerinput(self) -> dict[str, str]:
        return {"testrunuid": self.run, "workerid": self.name}

    @property
    def gateway(self) -> Any:
        return SimpleNamespace(id=self.name)

    def send_runtest_some(self, indices: list[int]) -> None:
        self.got += [FOUND[index] for index in indices]

    def shutdown(self) -> None:
        self.shutting_down = True


def found(id: str) -> Any:
    group = GROUPS.get(id.partition("::")[0])
    marks = [pytest.mark.xdist_group(group).mark] if group else []
    return SimpleNamespace(nodeid=id, iter_markers=lambda _: marks)


def test_a_group_has_one_worker_and_the_longest_starts_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    config: Any = SimpleNamespace(
        getvalue=lambda _: ["popen", "popen"], option=SimpleNamespace(loadscopereorder=True, maxschedchunk=None)
    )
    scheduler, run = order.LongestFirst(config, None), uuid4().hex
    nodes = [Node("gw0", run), Node("gw1", run)]
    for node in nodes:
        order.tell_groups([found(id) for id in FOUND], run, node.name)
        scheduler.add_node(node)
        scheduler.add_node_collection(node, FOUND)
    scheduler.schedule()
    assert not list(tmp_path.iterdir())
    done: set[str] = set()
    while waiting := [(node, id) for node in nodes for id in node.got if id not in done]:
        for node, id in waiting:
            done.add(id)
            scheduler.mark_test_complete(node, FOUND.index(id))
    first, second = (node.got for node in nodes)
    assert sorted(first + second) == sorted(FOUND), "each runs once"
    of = {id: GROUPS.get(id.partition("::")[0], id.partition("::")[0]) for id in FOUND}
    assert not {of[id] for id in first} & {of[id] for id in second}
    assert [of[id] for id in first[:6]] == ["kill"] * 6
    assert [of[id] for id in second[:3]] == ["browser_console"] * 3
