"""Says where a JSON body breaks the required shape, in neutral words; each vendor puts them in its own error form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """What one key may hold. Keys that are not described are allowed, as all three vendors do."""

    kinds: tuple[type, ...]
    required: bool = False
    nullable: bool = True
    choices: tuple[str, ...] = ()
    longest: int | None = None
    fewest: int = 0
    most: int | None = None
    fields: "Mapping[str, Field] | None" = None
    items: "Field | None" = None


@dataclass(frozen=True)
class Problem:
    path: tuple[str, ...]
    message: str
    missing: bool = False

    @property
    def key(self) -> str:
        return ".".join(self.path)


def problems(value: object, fields: Mapping[str, Field]) -> list[Problem]:
    """Everything wrong with an object, in the order of its description."""
    return list(_in_value(value, Field((dict,), nullable=False, fields=fields), ()))


def _in_value(value: object, field: Field, path: tuple[str, ...]) -> Iterator[Problem]:
    if value is None and field.nullable:
        return
    if not _is_kind(value, field.kinds):
        yield Problem(path, f"Must be {' or '.join(_name(kind) for kind in field.kinds)}.")
        return
    yield from _in_size(value, field, path)
    if isinstance(value, dict) and field.fields is not None:
        yield from _in_object(value, field.fields, path)
    if isinstance(value, list) and field.items is not None:
        for number, item in enumerate(value):
            yield from _in_value(item, field.items, (*path, str(number)))


def _in_size(value: object, field: Field, path: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(value, str) and field.choices and value not in field.choices:
        yield Problem(path, f"Must be one of: {', '.join(field.choices)}.")
    if isinstance(value, str) and field.longest is not None and len(value) > field.longest:
        yield Problem(path, f"Longer than maximum length {field.longest}.")
    if isinstance(value, list) and len(value) < field.fewest:
        yield Problem(path, f"Shorter than minimum length {field.fewest}.")
    if isinstance(value, list) and field.most is not None and len(value) > field.most:
        yield Problem(path, f"Longer than maximum length {field.most}.")


def _in_object(value: Mapping[str, object], fields: Mapping[str, Field], path: tuple[str, ...]) -> Iterator[Problem]:
    for name, field in fields.items():
        if name in value:
            yield from _in_value(value[name], field, (*path, name))
        elif field.required:
            yield Problem((*path, name), "Missing data for required field.", missing=True)


def _is_kind(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):  # Python counts True as an int, JSON does not
        return bool in kinds
    return isinstance(value, kinds)


def _name(kind: type) -> str:
    return {str: "a string", int: "an integer", float: "a number", bool: "a boolean", list: "an array"}.get(
        kind, "an object"
    )
