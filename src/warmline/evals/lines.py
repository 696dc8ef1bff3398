"""JSON lines that somebody else wrote: sets, and rows of other products. What is wrong is said in one sentence."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warmline.errors import Invalid

Record = Mapping[str, Any]
LONGEST_QUOTED = 40


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand in a field: `holds` says whether, `words` say what. `each`: the shape of all objects in a list."""

    holds: Callable[[Any], bool]
    words: str
    needed: bool = False
    each: Shape | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a line, and those of which at least one must say something. Other fields are not looked at."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    one_of: Collection[str] = ()


ANY = Shape()


def lines(file: Path, shape: Callable[[Record], Shape], given_as: str) -> Iterator[tuple[int, Record]]:
    """The number and the object of each line that is not empty; none when there is no such file.

    Raises Invalid, naming file, line and field. A line that is no object has no field: there it is `given_as`, the
    argument that the file came by.
    """
    for number, line in enumerate(_bytes_of(file, given_as).split(b"\n"), start=1):
        # A line ends at "\n" alone: U+2028 and U+0085 may stand in a string of JSON, and splitlines() would cut there.
        if line.strip():
            place = f"line {number} of {file}"
            record = _object(line, place, given_as)
            check(record, shape(record), place)
            yield number, record


def _bytes_of(file: Path, given_as: str) -> bytes:
    if not file.is_file():
        return b""
    try:
        return file.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.", given_as) from error


def _object(line: bytes, place: str, given_as: str) -> Record:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        byte = line[error.start]
        raise Invalid(f"{place} is no UTF-8 (byte 0x{byte:02x}). Save the file as UTF-8.", given_as) from error
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{place} is no JSON: {error}. Each line must be one object.", given_as) from error
    if not isinstance(record, dict):
        raise Invalid(f'{place} is {_quoted(record)}; it must be an object such as {{"id": "1"}}.', given_as)
    return record


def check(record: Record, shape: Shape, place: str, within: str = "") -> None:
    """Raises Invalid for a field that does not hold what it must."""
    for name, known in shape.fields.items():
        value = record.get(name)
        if value is None and not known.needed:
            continue
        if not known.holds(value):
            is_there = f"is {_quoted(value)}" if name in record else "is missing"
            raise Invalid(f"{within}{name} in {place} {is_there}; it must be {known.words}.", f"{within}{name}")
        if known.each is not None:
            for at, one in enumerate(value or ()):
                check(one, known.each, place, f"{within}{name}[{at}].")
    if shape.one_of and not any(_says_something(record.get(name)) for name in shape.one_of):
        first, *others = shape.one_of
        raise Invalid(f"{first} in {place} is empty, as are {' and '.join(others)}; fill one of them.", first)


def _says_something(value: Any) -> bool:
    return any(map(_says_something, value)) if isinstance(value, list) else bool(value and value.strip())


def _quoted(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST_QUOTED else f"{text[:LONGEST_QUOTED]}…"
