"""Checks answers of the sandbox against the OpenAPI slices of the vendors, which live outside this repository."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[3] / "shared")) / "helpdesks"
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check(vendor: str, template: str, answer: httpx.Response) -> None:
    """Raise what is wrong with the answer. `template` is the path as the slice writes it."""
    operation = _slice(vendor)["paths"][template][answer.request.method.lower()]
    response = _response(vendor, operation["responses"], answer.status_code)
    content = response.get("content", {})
    if not content:
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in content, f"{kind} is not among {list(content)}"
    _validator(vendor, content[kind]["schema"]).validate(answer.json())


def _response(vendor: str, responses: dict[str, Any], status: int) -> dict[str, Any]:
    found = responses.get(str(status)) or responses.get(f"{status // 100}XX")
    assert found is not None, f"{vendor} never answers {status} here, only {list(responses)}"
    if "$ref" in found:
        found = _slice(vendor)["components"]["responses"][found["$ref"].rpartition("/")[2]]
    return dict(found)


def _validator(vendor: str, schema: dict[str, Any]) -> Draft202012Validator:
    resource = Resource.from_contents(_slice(vendor), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("slice:", resource)
    schema = _absolute(schema)
    return Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def _slice(vendor: str) -> dict[str, Any]:
    text = (FOLDER / f"{vendor}.openapi.yaml").read_text()
    document: dict[str, Any] = _nulls(yaml.load(text, Loader=Loader))  # noqa: S506 - it is a safe loader
    return document


def _absolute(schema: Any) -> Any:
    """References inside one schema, pointing into the registered document."""
    if isinstance(schema, dict):
        return {k: f"slice:{v}" if k == "$ref" else _absolute(v) for k, v in schema.items()}
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def _nulls(value: Any) -> Any:
    """OpenAPI 3.0 says nullable where JSON Schema says type null; the slices' x-nullable means the same."""
    if isinstance(value, list):
        return [_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    schema = {key: _nulls(item) for key, item in value.items() if key not in ("nullable", "x-nullable", "example")}
    if value.get("nullable") is True or value.get("x-nullable") is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
