"""Pages beside the sessions: where they are served, what is kept, and that a form is remembered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cli.serve import _pages_at as pages_at
from node.care.records import SCHEMA
from node.config import Config
from node.errors import UsageError
from node.replica import Replica
from node.server import Server
from node.store import posted

ANY_PORT = "127.0.0.1:0"


def serve(home: Path, pages_listen: str = "") -> tuple[str, str]:
    """Serves a node for a moment; gives where its pages were and the title of the first."""

    async def run() -> tuple[str, str]:
        server = Server(home, SCHEMA, pages_at=pages_at, pages_listen=pages_listen)
        await server.start()
        try:
            if server.pages is None:
                return "", ""
            async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as client:
                page = (await client.get(server.pages.opening)).text
            return server.pages.listen, page.partition("<title>")[2].partition("<")[0]
        finally:
            await server.stop()

    return asyncio.run(run())


def test_a_port_that_was_taken_is_kept_for_next_time(homes: dict[str, Path]) -> None:
    home = homes["village"]
    replace(Config.load(home), pages_listen=ANY_PORT).save(home)
    first, title = serve(home)
    assert title == "今日 · 邻里"
    assert not first.endswith(":0") and Config.load(home).pages_listen == first
    assert serve(home)[0] == first


def test_an_address_for_this_time_is_not_kept(homes: dict[str, Path]) -> None:
    home = homes["county"]
    listen, title = serve(home, ANY_PORT)
    assert listen and title == "设施 · 邻里"
    assert Config.load(home).pages_listen == ""
    assert serve(home) == ("", "")
    assert (home / "pages.key").exists()


def test_a_port_that_is_taken_stops_the_start_in_words(homes: dict[str, Path]) -> None:
    async def both() -> None:
        first = Server(homes["county"], SCHEMA, pages_at=pages_at, pages_listen=ANY_PORT)
        await first.start()
        try:
            assert first.pages is not None
            listen = first.pages.listen
            second = Server(homes["village"], SCHEMA, pages_at=pages_at, pages_listen=listen)
            with pytest.raises(UsageError, match=f"Pages cannot be served at {listen}"):
                await second.start()
        finally:
            await first.stop()

    asyncio.run(both())


def test_the_oldest_forms_are_forgotten(
    homes: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posted, "KEPT_MAX", 3)
    with Replica(homes["village"], SCHEMA) as replica, replica.store.transaction():
        for number in range(5):
            replica.store.posted.put(f"form {number}", f"visit {number}")
        kept = [replica.store.posted.answer(f"form {number}") for number in range(6)]
    assert kept == ["", "", "visit 2", "visit 3", "visit 4", ""]
