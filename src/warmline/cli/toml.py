"""Writes the tables of a workspace as TOML: texts, numbers, truth values, lists and tables of these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def to_toml(document: Mapping[str, Any], groups: Sequence[str] = ()) -> str:
    """`document` maps names to tables, or to lists of tables; those in `groups` hold tables by name."""
    blocks: list[str] = []
    for name, value in document.items():
        if name in groups:
            blocks += [_block(f"[{key(name)}.{key(inner)}]", table) for inner, table in value.items()]
        elif isinstance(value, Mapping):
            blocks.append(_block(f"[{key(name)}]", value))
        else:
            blocks += [_block(f"[[{key(name)}]]", table) for table in value]
    return "\n".join(blocks)


def _block(head: str, table: Mapping[str, Any]) -> str:
    return "".join(f"{line}\n" for line in (head, *(f"{key(name)} = {inline(value)}" for name, value in table.items())))


def key(name: str) -> str:
    return name if _BARE.fullmatch(name) else inline(name)


def inline(value: Any) -> str:
    """A value on one line. Raises TypeError for what no settings hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{"".join(_character(each) for each in value)}"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key(name)} = {inline(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(inline(inner) for inner in value) + "]"
    raise TypeError(f"{type(value).__name__} has no place in these tables")


def _character(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    return f"\\u{ord(one):04x}" if ord(one) < 32 or one == "\x7f" else one
