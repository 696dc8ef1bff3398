"""S2: generated calls to every operation of the served description; no 5xx, and every answer is as described."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.house import a_house
from tests.web.served import served
from warmline.domain.workspace import Role

pytestmark = pytest.mark.xdist_group("schema")

EXAMPLES = [8, pytest.param(40, marks=pytest.mark.slow)]
OPERATIONS = 42
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Served:
    url: str
    owner: str
    article: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("served") / "data"
    owner, article = asyncio.run(_furnish(folder))
    with served(folder) as url:
        # The first run of a case starts the encoders, which on a busy machine takes longer than a call may.
        with httpx.Client(headers={"Authorization": f"Bearer {owner}"}, timeout=120) as http:
            assert http.post(f"{url}/api/v1/cases", json={"question": "Where?", "page": None}).status_code == 201
            assert http.post(f"{url}/api/v1/cases/run").status_code == 200
        yield Served(url, owner, article)


async def _furnish(folder: Path) -> tuple[str, str]:
    async with a_house(folder) as house:
        limits = dict.fromkeys(("messages_per_minute", "handoffs_per_network_day", "handoffs_per_address_day"), 0)
        await house.shop("acme", "https://shop.example", limits=limits, workspace={"name": "acme", "agent": False})
        return await house.key("acme", Role.OWNER), await house.article()


@pytest.mark.parametrize("examples", EXAMPLES)
def test_s2_every_operation_answers_as_described(server: Served, examples: int) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    tried = [each for each in operations if not each.path.endswith("/stream")]
    assert len(tried) >= OPERATIONS
    seen = Counter[int]()
    with requests.Session() as session:
        for operation in tried:
            _try(operation, server, session, examples, seen)
    # The calls went deep enough to mean something.
    assert {200, 201, 204, 401, 403, 404, 409, 422} - {403} <= set(seen), seen


def _try(operation: Any, server: Served, session: requests.Session, examples: int, seen: Counter[int]) -> None:
    """The same calls as nobody, as a visitor, and by an owner's key; every second one with an id that exists."""
    visitor, chat = _chat(server)
    known = server.article if "knowledge" in operation.path else chat

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=st.booleans())
    def one(case: Any, real: bool) -> None:
        if real and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = known
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        for token in (None, visitor, server.owner):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            response = case.call(headers=headers, session=session)
            seen[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

    one()


def _chat(server: Served) -> tuple[str, str]:
    answer = httpx.post(f"{server.url}/api/widget/conversations", json={"site": "pk_acme"})
    return answer.json()["token"], answer.json()["conversation"]["id"]
