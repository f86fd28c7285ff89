"""A village, its township and the county as real nodes, and Debian's chromium before them.

The nodes run on a thread of their own with an event loop, as `linli serve` runs them, and meet over
gRPC. The browser is Debian's; Playwright brings none. Where it is missing the tests are skipped,
and in CI they fail.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from cli.demo import people as invented
from cli.serve import _pages_at as pages_at
from node.care import cases, facilities, people, photos, plans, visits
from node.care.parameters import publishing
from node.care.records import SCHEMA
from node.clock import DAY_MS, day
from node.replica import Replica
from node.server import Server
from tests.care.pictures import picture
from tests.exchange.neighbours import LOOPBACK, TOWN, VILLAGE, admit, found, until

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_S_MAX = 60.0
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
HOUR_MS = 3_600_000


@dataclass
class County:
    """Three nodes that are on.

    Attributes:
        servers: They, by tier.
        people: Ids of people in the village.
        worker: The id of a worker there.
    """

    loop: asyncio.AbstractEventLoop
    servers: dict[str, Server] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    worker: str = ""

    @property
    def case(self) -> str:
        """The id of a case in the village that has a photo."""
        found = self.at("village", lambda node: node.rows("modification_case", limit=1))
        return str(found[0]["id"])

    def run(self, work: Any) -> Any:
        """Does something on the nodes' loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(WAIT_S_MAX)

    def at(self, tier: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Lets a node write."""
        exchange = self.servers[tier].exchange
        return self.run(exchange.commit(work, exchange.replica, *arguments))

    def until(self, tier: str, claim: Callable[[Replica], Any]) -> None:
        self.run(until(self.servers[tier], claim))

    def opening(self, tier: str) -> str:
        pages = self.servers[tier].pages
        assert pages is not None
        return pages.opening


@contextmanager
def looping() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(county: County, folder: Path) -> None:
    found(folder / "county")
    await _serve(county, "county", folder)
    await admit(county.servers["county"], TOWN, folder / "township")
    await _serve(county, "township", folder)
    await admit(county.servers["township"], VILLAGE, folder / "village")
    await _serve(county, "village", folder)
    await until(county.servers["village"], lambda replica: replica.tier == "village")


async def _serve(county: County, tier: str, folder: Path) -> None:
    server = Server(folder / tier, SCHEMA, pages_at=pages_at, pages_listen=LOOPBACK)
    await server.start()
    county.servers[tier] = server


async def _stop(county: County) -> None:
    for server in reversed(county.servers.values()):
        await server.stop()


def publish(county: Replica) -> None:
    """What visits the county owes."""
    numbers = publishing.shipped()["140430"].read_bytes()
    publishing.publish(county, numbers, source="140430.toml", user="县里")


def fill(village: Replica) -> tuple[list[str], str]:
    """Invented people, a few visits, facilities and cases."""
    place, now = village.division, village.core.now_ms()
    who = [
        people.add_person(village, place, one.values, user="村里", groups=one.groups)
        for one in invented.clients(7, [(VILLAGE, "南大村")], 14)
    ]
    works = [
        people.add_worker(village, place, one.values, user="村里")
        for one in invented.workers(7, [(VILLAGE, "南大村")], 3)
    ]
    for number, person in enumerate(who[:9]):
        values = {
            "person": person, "worker": works[number % 3], "service": ("SH02", "JK01")[number % 2],
            "started_at": now - (number * 29 + 3) * HOUR_MS, "minutes": 45,
        }  # fmt: skip
        visits.record_visit(village, place, values, user="村里", reason="L03")
    for person, xun, codes in (
        (who[10], "S", "SH02,SH01"), (who[11], "S", "SH02"), (who[11], "Z", "JK01"),
    ):  # fmt: skip
        line = {"person": person, "services": codes, "since": day(now - 40 * DAY_MS)}
        plans.add_plan(village, {**line, "xun": xun}, user="村里")
    for person, grade in ((who[0], "BH"), (who[3], "QH")):
        people.set_person(village, person, {"care_grade": grade}, user="村里")
    for name, kind, services in (
        ("南大村幸福食堂", "CT", ["ZC01", "ZC02"]), ("南大村邻里互助点", "HZ", ["WY01"]),
        ("南大村日间照料站", "RJ", ["KF01", "WY01"]),
    ):  # fmt: skip
        values = {"name": name, "kind": kind, "seats": 40}
        facilities.add_facility(village, place, values, user="村里", services=services)
    for person, items in ((who[0], ["1", "13"]), (who[1], ["11"]), (who[2], ["17", "29"])):
        case = cases.open_case(village, place, {"person": person}, user="村里", items=items)
        cases.advance_case(village, case, 1, user="村里")
        small, values = photos.shrunk(picture(1600, 1200)), {"shows": "before", "note": "门槛太高"}
        photos.add(village, "modification_case", case, small, values, user="村里")
    return who, works[0]


@pytest.fixture(scope="module")  # a running browser holds the thread's event loop
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The three nodes, filled; the county has everything that the village wrote."""
    with looping() as loop:
        county = County(loop)
        county.run(_start(county, tmp_path_factory.mktemp("county")))
        try:
            county.at("county", publish)
            county.until("village", publishing.in_force)
            county.people, county.worker = county.at("village", fill)
            county.until("county", lambda replica: replica.count("stage_event") == 3)
            yield county
        finally:
            county.run(_stop(county))


# --- the browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")  # a running browser holds the thread's event loop
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


Opens = Callable[..., Page]
KEEPS_PAGES = ["--disable-back-forward-cache"]
"""What Playwright adds and nobody's phone has: a page to which one goes back stands as it was."""


@pytest.fixture
def opens(
    playwright: Playwright,
    county: County,
    tmp_path: Path,
    require_tool: Callable[..., str],
) -> Iterator[Opens]:
    """Opens the first page of a tier in a window of some size, in a new browser.

    Some of what Playwright adds to the command line may be left out.
    """
    require_tool("chromium", "--version")
    left: list[BrowserContext] = []

    def at(tier: str, size: dict[str, int], left_out: Sequence[str] = ()) -> Page:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / f"user{len(left)}",
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            ignore_default_args=list(left_out),
            env={**os.environ, "LANGUAGE": "zh_CN"},  # how dates are written in fields
            headless=True,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=size,  # type: ignore[arg-type]
        )
        left.append(context)
        page = context.pages[0]
        page.goto(county.opening(tier))
        assert "key=" not in page.url
        return page

    yield at
    for context in left:
        context.close()


def path_of(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url)
