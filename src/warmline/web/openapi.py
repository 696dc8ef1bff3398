"""The served description: FastAPI's, the hot routes by hand (they are bare Starlette), and who may answer what."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from warmline.web.body import takes
from warmline.web.shapes import MessageAnswer, Problem, Window
from warmline.web.widget_api import MessageBody

_REF = "#/components/schemas/{model}"
_BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
_OPEN = ("/healthz", "/healthz/stream", "/readyz", "/metrics", "/api/widget/sites/{site}", "/api/widget/resume")
"""Without a token."""
_MAYBE_BEARER: list[dict[str, list[str]]] = [{}, {"bearer": []}]
_BEGIN = "/api/widget/conversations"
"""A token is welcome here: it keeps the same visitor."""
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}}
_WAIT = {"name": "wait", "in": "query", "schema": {"type": "number", "minimum": 0, "maximum": 25, "default": 0}}
_LAST = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"}}
_PROBLEM = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _json(description: str, name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def hot_routes() -> dict[str, dict[str, Any]]:
    """The three routes that FastAPI does not know."""
    stored = {"201": _json("Stored", "MessageAnswer"), "200": _json("Stored before: that one", "MessageAnswer")}
    frames = {"description": "Frames", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    return {
        "/api/widget/conversations/{id}/messages": {
            "post": _operation("Say something", "post_message", [_ID], stored) | takes(MessageBody)
        },
        "/api/widget/conversations/{id}/events": {
            "get": _operation(
                "Public events after a cursor; with wait, a long poll",
                "get_events",
                [_ID, _AFTER, _WAIT],
                {"200": _json("A window", "Window")},
            )
        },
        "/api/widget/conversations/{id}/stream": {
            "get": _operation(
                "The same as server-sent events; it stays open", "get_stream", [_ID, _AFTER, _LAST], {"200": frames}
            )
        },
    }


def _operation(summary: str, name: str, parameters: list[Any], responses: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": ["widget"],
        "summary": summary,
        "operationId": name,
        "parameters": parameters,
        "responses": responses,
    }


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's schema with the hot routes, the way in, and the problems that a route may answer."""
    schema["paths"] |= hot_routes()
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    shapes = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        shapes.pop(unused, None)
    for shape in (Problem, MessageAnswer, Window):
        described = TypeAdapter(shape).json_schema(ref_template=_REF, mode="serialization")
        shapes |= described.pop("$defs", {})
        shapes[shape.__name__] = described
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            for status in _may_answer(path, method, operation):
                operation["responses"].setdefault(str(status), _PROBLEM)
            if path not in _OPEN:
                operation["security"] = _MAYBE_BEARER if path == _BEGIN else _BEARER
    return schema


def _may_answer(path: str, method: str, operation: dict[str, Any]) -> set[int]:
    if not path.startswith("/api/"):
        return {"/readyz": {503}, "/healthz/stream": {429}}.get(path, set())
    problems = {403, 503}
    if path not in (*_OPEN, _BEGIN):
        problems.add(401)
    if "{" in path or "requestBody" in operation:
        problems.add(404)
    if operation.get("parameters") or "requestBody" in operation:
        problems.add(422)
    if method != "get":
        problems.add(409)
    if "requestBody" in operation:
        problems |= {413, 429}
    if path.endswith("/stream"):
        problems.add(429)
    return problems
