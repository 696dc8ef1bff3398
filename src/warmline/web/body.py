"""Request bodies: strict JSON within a size, read into a model; each fault names its field (THREATS T32)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from warmline.errors import Invalid, TooLarge

SMALL = 64 * 1024
LARGE = 1024 * 1024
DEPTH = 64
BODY_WITHIN = 30.0
"""Seconds: nobody holds a place here by sending a byte now and then."""
CLIENT_ID = r"^[A-Za-z0-9_-]{8,64}$"
"""What a client calls a message, so that a repeat is known as one."""

M = TypeVar("M", bound="Body")


class Body(BaseModel):
    """What a call takes. Unknown keys are refused, and nothing is converted: "1" is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


async def read_body(request: Request, model: type[M], limit: int = SMALL) -> M:
    """The body as a model. Raises TooLarge, or Invalid naming the field."""
    return checked(model, strict_json(await _bytes(request, limit)))


def body_of(model: type[M], limit: int = SMALL) -> Callable[[Request], Awaitable[M]]:
    """For `Depends`: runs after the dependencies before it, so that access is checked first."""

    async def read(request: Request) -> M:
        return await read_body(request, model, limit)

    return read


def takes(model: type[Body]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads this model."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(model)}}}}


def schema_of(model: type[Body]) -> dict[str, Any]:
    """The model's schema with its parts put in their places: the served document has no room for `$defs`."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def whole(node: Any) -> Any:
        if isinstance(node, list):
            return [whole(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return whole(parts[node["$ref"].rpartition("/")[2]])
        return {name: whole(each) for name, each in node.items()}

    found: dict[str, Any] = whole(schema)
    return found


def checked(model: type[M], value: Any) -> M:
    """Raises Invalid with the first fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in fault["loc"])
        raise Invalid(f"{field or 'The body'}: {_plain(fault)}", field or None) from error


def strict_json(raw: bytes) -> Any:
    """JSON without NaN, doubled keys, lone surrogates or deep nesting. Raises Invalid."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_no_doubles, parse_constant=_no_constant, parse_int=_whole
        )
        if _depth_or_surrogate(value):
            raise Invalid("The body nests too deeply or holds half a character.")
    except (ValueError, RecursionError) as error:
        raise Invalid("The body is not JSON in UTF-8.") from error
    return value


async def raw_body(request: Request, limit: int = LARGE) -> bytes:
    """The body as it came, for signatures. A packed one is refused unread: nobody unpacks for a stranger.

    Raises TooLarge.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise TooLarge("Send the body as it is: a packed one is not unpacked.")
    return await _bytes(request, limit)


async def _bytes(request: Request, limit: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 15 or int(declared) > limit):
        raise TooLarge(f"The body is larger than {limit // 1024} KiB.")
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"The body is larger than {limit // 1024} KiB.")
                chunks.append(chunk)
    except TimeoutError as error:
        raise Invalid(f"The body did not arrive within {BODY_WITHIN:g} seconds.") from error
    return b"".join(chunks)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _whole(text: str) -> int:
    if len(text) > 20:
        raise ValueError("a number is too long")
    return int(text)


def _depth_or_surrogate(value: Any) -> bool:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH or any(isinstance(item, str) and _broken(item) for item in level):
            return True
        level = [inner for item in level for inner in _inside(item)]
    return False


def _inside(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list) else []


def _broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False


def _plain(fault: Any) -> str:
    match fault["type"]:
        case "missing":
            return "is missing."
        case "extra_forbidden":
            return "is not known here."
        case _:
            return f"{fault['msg']}."
