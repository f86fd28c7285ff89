"""A village and a county that show their pages to a browser without a network."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from hub.console import desk
from node.care import people
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS, ManualClock
from node.language import CHINESE
from node.link import Exchange
from node.replica import Replica
from node.web import aide
from node.web.doorway import Access, Doorway
from node.web.site import Site
from node.web.words import translator
from tests.cli.conftest import made_in

HOST = "127.0.0.1:8800"
KEY = "k" * 43
NOW_MS = BOOT_FLOOR_MS + 21 * 86_400_000 + 3 * 3_600_000
"""2026-11-22 11:00 in China."""


def zh(text: str, **values: object) -> str:
    """A sentence of the pages as the catalogue has it."""
    known = translator(CHINESE)(text, **values)
    assert known != text, f"not in the catalogue: {text}"
    return known


def han(page: str) -> list[str]:
    """The Chinese on a page in English, without the switch and the names of places."""
    body = re.sub(r'<(a|button) [^>]*\blang="zh-CN">中文</\1>', "", page)
    return re.findall(r"[\u3000-\u9fff]+", re.sub("赤城[县镇]|南大街村", "", body))


class Browser:
    """A browser at one node.

    Args:
        runner: The event loop.
        app: What answers.
        replica: The node.
        access: By what it lets browsers in.
    """

    def __init__(
        self, runner: asyncio.Runner, app: Doorway, replica: Replica, access: Access
    ) -> None:
        self._runner = runner
        self._app = app
        self.replica = replica
        self.access = access
        self.now_s = 0.0
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=f"http://{HOST}"
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._runner.run(self._client.get(path, headers=headers))

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **given))

    def post(self, path: str, data: dict[str, Any], **headers: str) -> httpx.Response:
        """Sends a form as a page of the node would."""
        own = {"origin": f"http://{HOST}", **headers}
        return self._runner.run(self._client.post(path, data=data, headers=own))

    def both(self, *data: dict[str, Any]) -> list[httpx.Response]:
        """Sends several forms at the same time."""

        async def send() -> list[httpx.Response]:
            own = {"origin": f"http://{HOST}"}
            return list(
                await asyncio.gather(
                    *(self._client.post("/visits", data=one, headers=own) for one in data)
                )
            )

        return self._runner.run(send())

    def enter(self) -> Browser:
        """Comes in with the key."""
        assert self.get(f"/?key={KEY}").status_code == 303
        return self

    def add(self, route: Route) -> None:
        """Adds a page."""
        assert isinstance(self._app.app, Starlette)
        self._app.app.router.routes.append(route)

    def another(self) -> Browser:
        """Another browser at the same node."""
        return Browser(self._runner, self._app, self.replica, self.access).enter()

    def forget(self) -> None:
        self._client.cookies.clear()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def form(self, person: str, **typed: Any) -> dict[str, Any]:
        """The visit form of a person as it comes, with some fields typed over."""
        page = self.get(f"/visits/new?person={person}").text
        values = dict(re.findall(r'name="(token|day|start|minutes)"[^>]*value="([^"]*)"', page))
        assert values.keys() == {"token", "day", "start", "minutes"}, page
        return {**values, "person": person, "service": "SH01", **typed}

    def close(self) -> None:
        self._runner.run(self._client.aclose())


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nodes, made once."""
    folder = tmp_path_factory.mktemp("made")
    made_in(folder)
    return folder


@pytest.fixture
def homes(made: Path, tmp_path: Path) -> dict[str, Path]:
    """A copy of them for one test."""
    shutil.copytree(made, tmp_path / "nodes")
    return {tier: tmp_path / "nodes" / tier for tier in ("county", "township", "village")}


Opens = Callable[[str], Browser]


@pytest.fixture
def opens(homes: dict[str, Path]) -> Iterator[Opens]:
    """Opens a browser at a tier."""
    with asyncio.Runner() as runner:
        left: list[Any] = []

        def at(tier: str) -> Browser:
            replica = Replica(homes[tier], SCHEMA, ManualClock(NOW_MS))
            exchange = Exchange(replica)
            access = Access(KEY, replica.author, frozenset({HOST, "localhost:8800"}), False)
            site = Site(exchange, access)
            build = desk.build if tier == "county" else aide.build
            browser = Browser(runner, Doorway(build(site), access, site), replica, access)
            site.steady_s = lambda: browser.now_s
            left.append((browser, exchange))
            return browser

        yield at
        for browser, exchange in left:
            browser.close()
            runner.run(exchange.close())
            browser.replica.close()


@pytest.fixture
def village(opens: Opens) -> Browser:
    """A browser that is in, at the village."""
    return opens("village").enter()


@pytest.fixture
def worker(village: Browser) -> str:
    values = {"name": "李秀英"}
    return people.add_worker(village.replica, village.replica.division, values, user="镇里")


@pytest.fixture
def person(village: Browser) -> str:
    values = {"name": "王桂兰", "phone": "13812345678", "address": "南大街12号"}
    return people.add_person(
        village.replica, village.replica.division, values, user="村里", groups=["GL", "DJ"]
    )
