"""The names of all fail points, read from the source: every commit and every wrapped call of the flows that matter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import warmline

PACKAGE = Path(warmline.__file__).parent
FLOWS = {
    "actions": (
        "start_conversation",
        "receive_message",
        "answer_visitor",
        "advance_handoff",
        "identify_visitor",
        "deliver_ticket",
        "append_to_ticket",
        "look_up_profile",
        "keep_promises",
        "reply_as_teammate",
        "mail_replies",
        "alert_team",
    ),
    "jobs": ("worker",),
    ".": ("bootstrap",),
}


def all_points() -> list[str]:
    """Sorted; each with `.before` or `.after` at its end."""
    names = {name for folder, files in FLOWS.items() for file in files for name in _names_in(PACKAGE / folder, file)}
    return sorted(f"{name}.{when}" for name in names for when in ("before", "after"))


def _names_in(folder: Path, module: str) -> Iterator[str]:
    tree = ast.parse((folder / f"{module}.py").read_text(encoding="utf-8"))
    for place, function in _functions(tree, ""):
        for call in _calls(function):
            if isinstance(call.func, ast.Name) and call.func.id == "step" and isinstance(call.args[0], ast.Constant):
                yield str(call.args[0].value)
            elif (
                isinstance(call.func, ast.Attribute) and call.func.attr == "write" and "store" in ast.unparse(call.func)
            ):
                yield _named(f"{module}.{place}", call.args[0], module)


def _named(place: str, work: ast.expr, module: str) -> str:
    """As `failpoints.name_of` does for the function itself."""
    match work:
        case ast.Lambda(body=ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called))):
            return f"{place}:{called}"
        case ast.Call(func=ast.Name(id="partial"), args=[ast.Attribute(attr=method), *_]):
            return f"{module}.{place.split('.')[1]}.{method}"
        case ast.Name(id=local):
            return f"{place}:{local}"
    raise AssertionError(f"{place} writes in a way that has no name: {ast.unparse(work)}")


def _functions(node: ast.AST, place: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{place}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{place}{child.name}.")


def _calls(function: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function) if isinstance(node, ast.Call))
