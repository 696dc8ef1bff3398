"""The hot routes are bare Starlette and missing from FastAPI's schema: here they are, by hand. A test compares."""

from __future__ import annotations

from typing import Any

_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}}
_BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
_PROBLEM = {"description": "Problem", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
_WINDOW = {
    "type": "object",
    "required": ["events", "cursor", "prev", "more", "state"],
    "properties": {
        "events": {"type": "array", "items": {"type": "object", "required": ["seq", "at", "kind"]}},
        "cursor": {"type": "integer"},
        "prev": {"type": "integer"},
        "more": {"type": "boolean"},
        "state": {"type": "object"},
    },
}


def _problems(*statuses: int) -> dict[str, Any]:
    return {str(status): _PROBLEM for status in statuses}


HOT: dict[str, dict[str, Any]] = {
    "/api/widget/conversations/{id}/messages": {
        "post": {
            "tags": ["widget"],
            "summary": "Say something",
            "operationId": "post_message",
            "parameters": [_ID],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["client_id", "text"],
                            "additionalProperties": False,
                            "properties": {
                                "client_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
                                "text": {"type": "string", "minLength": 1, "maxLength": 8000},
                            },
                        }
                    }
                },
            },
            "responses": {
                status: {
                    "description": text,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["seq", "client_id"],
                                "properties": {"seq": {"type": "integer"}, "client_id": {"type": "string"}},
                            }
                        }
                    },
                }
                for status, text in (("201", "Stored"), ("200", "Stored before: the first result"))
            }
            | _problems(401, 403, 404, 409, 413, 422, 429, 503),
            "security": _BEARER,
        }
    },
    "/api/widget/conversations/{id}/events": {
        "get": {
            "tags": ["widget"],
            "summary": "Public events after a cursor; with wait, a long poll",
            "operationId": "get_events",
            "parameters": [
                _ID,
                _AFTER,
                {"name": "wait", "in": "query", "schema": {"type": "number", "minimum": 0, "maximum": 25}},
            ],
            "responses": {"200": {"description": "A window", "content": {"application/json": {"schema": _WINDOW}}}}
            | _problems(401, 403, 404, 422, 503),
            "security": _BEARER,
        }
    },
    "/api/widget/conversations/{id}/stream": {
        "get": {
            "tags": ["widget"],
            "summary": "The same as server-sent events; it stays open",
            "operationId": "get_stream",
            "parameters": [
                _ID,
                _AFTER,
                {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"}},
            ],
            "responses": {
                "200": {"description": "Frames", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
            }
            | _problems(401, 403, 404, 422, 429, 503),
            "security": _BEARER,
        }
    },
}


def with_hot_routes(schema: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's schema with the hot routes, the way in, and the problems that every route may answer."""
    schema["paths"] |= HOT
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            for status in (401, 403, 404, 409, 413, 422, 429, 502, 503):
                operation["responses"].setdefault(str(status), _PROBLEM)
            if path.startswith("/api/") and "/sites/" not in path and path != "/api/widget/resume":
                operation.setdefault("security", _BEARER)
    return schema
