"""One visit on its way through the five files that README.md tells a newcomer to read.

The list is read from README.md. A visit is typed at a village, carried over real links to the
township and the county, and its ticks come back; a profiler watches which functions run. A file
that moved, a name that changed, or a function that is no longer on the way fails here.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from node import identity
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS
from node.config import CHAIN, NODE_KEY, Config, ParentAddress
from node.link import Exchange, SyncServicer, dial, open_port
from node.replica import Insert, Replica
from node.store import Store

ROOT = Path(__file__).resolve().parents[1]
YEARS_DAYS = 3650
PLACES = {
    "county": ("COUNTY01", "130732", "赤城县", ""),
    "township": ("TOWN0001", "130732100", "赤城镇", "COUNTY01"),
    "village": ("VILL0001", "130732100201", "南大村", "TOWN0001"),
}

Step = tuple[str, list[str]]


def steps() -> list[Step]:
    """The files to read, each with its functions, as README.md lists them."""
    found = re.findall(r"^\d\. \[`([\w/.]+)`\]\(\1\), ((?:`[\w.]+`(?: and )?)+): ",
                       (ROOT / "README.md").read_text(), re.M)  # fmt: skip
    return [(path, re.findall(r"`([\w.]+)`", names)) for path, names in found]


def test_the_readme_lists_five_files() -> None:
    assert [path for path, _ in steps()] == [
        "cli/visit.py",
        "node/replica/writing.py",
        "node/session/__init__.py",
        "node/link/answering.py",
        "node/replica/reading.py",
    ]


# --- a small county ------------------------------------------------------------------------------


def settle(home: Path, tier: str, key: identity.Key, chain: list[bytes]) -> Path:
    home.mkdir(mode=0o700)
    key.save(home / NODE_KEY)
    (home / CHAIN).write_bytes(identity.chain_to_pem(chain))
    root = identity.read_certificate(chain[-1])
    Config(PLACES[tier][0], key.author, "张三", root.author).save(home)
    Store.create(home, SCHEMA).close()
    return home


def establish(tier: str) -> Insert:
    subject, code, name, parent = PLACES[tier]
    values = {"subject": subject, "kind": "establish", "level": tier, "code": code, "name": name}
    return Insert("division_act", values | {"parent": parent, "valid_from": "2026-01-01"})


@pytest.fixture
def homes(tmp_path: Path) -> dict[str, Path]:
    """A county, a township and a village whose certificates chain, and that never met."""
    keys = {tier: identity.Key.generate(bytes([n + 1]) * 32) for n, tier in enumerate(PLACES)}
    chain = [identity.new_root(keys["county"], "COUNTY01", BOOT_FLOOR_MS, YEARS_DAYS)]
    homes = {"county": settle(tmp_path / "county", "county", keys["county"], chain)}
    certificates = []
    for above, tier in (("county", "township"), ("township", "village")):
        request, division = identity.make_request(keys[tier]), PLACES[tier][0]
        der = identity.issue(
            keys[above], chain[0], request, division, BOOT_FLOOR_MS, YEARS_DAYS, True
        )
        chain = [der, *chain]
        stated = {"author": keys[tier].author, "stands_at": division}
        certificates.append(Insert("certificate", stated | {"der": base64.b64encode(der).decode()}))
        homes[tier] = settle(tmp_path / tier, tier, keys[tier], chain)
    with Replica(homes["county"], SCHEMA) as county:
        county.write("COUNTY01", [*map(establish, PLACES), *certificates])
    return homes


def carry(homes: dict[str, Path], child: str, parent: str) -> None:
    """One session over a real link: the child dials, both end equal."""

    async def meet(below: Replica, above: Replica) -> None:
        answering, dialling = Exchange(above), Exchange(below)
        services = [SyncServicer(answering)]
        server, port = open_port(above, "127.0.0.1:0", services, members_only=True)
        await server.start()
        try:
            address = ParentAddress(above.author, f"127.0.0.1:{port}", above.division)
            assert (await dial(dialling, address, once=True)).equal
        finally:
            await server.stop(1)
            await answering.close()
            await dialling.close()

    with Replica(homes[child], SCHEMA) as below, Replica(homes[parent], SCHEMA) as above:
        asyncio.run(meet(below, above))


def linli(home: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["--home", str(home), *words], prog_name="linli")
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


# --- the story -----------------------------------------------------------------------------------


@contextlib.contextmanager
def watched() -> Iterator[set[tuple[str, str]]]:
    """The functions that run meanwhile, on this thread and on every new one."""
    seen: set[tuple[str, str]] = set()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(ROOT)):
            seen.add((code.co_filename[len(str(ROOT)) + 1 :], code.co_qualname))

    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def test_a_visit_goes_through_the_files_that_the_readme_lists(homes: dict[str, Path]) -> None:
    carry(homes, "township", "county")
    carry(homes, "village", "township")
    village = homes["village"]
    linli(village, "person", "add", "王桂兰")
    worker = linli(village, "worker", "add", "李秀英", "--worker-class", "普通")
    with watched() as seen:
        visit = linli(
            village, "visit", "add", "王桂兰", "--worker", worker, "--service", "助洁-居室",
            "--start", "2026-11-22 09:30", "--minutes", "60", "--reason", "纸质补录",
        )  # fmt: skip
        carry(homes, "village", "township")
        carry(homes, "township", "county")
        carry(homes, "village", "township")
        told = json.loads(linli(village, "visit", "show", visit, "--json"))
        at_county = json.loads(linli(homes["county"], "visit", "list", "--json"))
    assert [row["id"] for row in at_county] == [visit]
    assert at_county[0]["minutes"] == 60
    assert [tick["tier"] for tick in told["ticks"]] == ["village", "township", "county"]
    walked = {(path, name) for path, names in steps() for name in names}
    assert walked <= seen, f"not on the way: {sorted(walked - seen)}"
