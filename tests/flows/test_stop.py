"""A stop in good order: streams say bye, nothing is lost, and it does not take long (G9)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from tests.flows.server_process import ServerProcess
from tests.flows.test_kill import SITE, prepare

pytestmark = pytest.mark.xdist_group("kill")


async def test_g9_sigterm_says_bye_to_streams_and_ends_with_0(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await prepare(data, {})
    server = ServerProcess(data)
    await asyncio.to_thread(server.start)
    async with httpx.AsyncClient(base_url=f"{server.url}/api/widget", timeout=30) as http:
        started = (await http.post("/conversations", json={"site": SITE})).json()
        http.headers["Authorization"] = f"Bearer {started['token']}"
        path = f"/conversations/{started['conversation']['id']}"
        lines: list[str] = []
        opened = asyncio.Event()

        async def listen() -> None:
            async with http.stream("GET", f"{path}/stream?after=0") as response:
                async for line in response.aiter_lines():
                    lines.append(line)
                    opened.set()

        listening = asyncio.create_task(listen())
        await asyncio.wait_for(opened.wait(), 10)
        said = await http.post(f"{path}/messages", json={"client_id": "just-before", "text": "One last thing"})
        assert said.status_code == 201
        began = time.monotonic()
        code = await asyncio.to_thread(server.stop)
        await asyncio.wait_for(listening, 5)
    assert code == 0, server.log()[-2000:]
    assert time.monotonic() - began < 15
    assert "event: bye" in lines
    await asyncio.to_thread(server.start)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {started['token']}"}) as http:
        found = (await http.get(f"{server.url}/api/widget{path}/events?after=0")).json()
    assert "One last thing" in str(found["events"])
    assert server.stop() == 0


async def test_two_servers_on_one_data_folder_are_refused_with_the_way_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server, second = ServerProcess(data), ServerProcess(data)
    await asyncio.to_thread(server.start)
    try:
        with pytest.raises(AssertionError, match="Another Warmline serves the folder"):
            await asyncio.to_thread(second.start)
    finally:
        assert server.stop() == 0
