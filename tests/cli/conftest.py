"""Three nodes in three folders, and `linli` as a person types it.

The folders are real; what a link would carry is carried by hand, so that no test needs a port.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from node import identity
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS
from node.config import Config, ParentAddress
from node.replica import Insert, Replica
from node.store import Store

DIVISIONS = {
    "county": ("c", "130732", "赤城县", ""),
    "township": ("t", "130732100", "赤城镇", "c"),
    "village": ("v", "130732100201", "南大街村", "t"),
    "other": ("w", "130732100202", "东关村", "t"),
}
NOBODY = "127.0.0.1:1"
"""An address at which nobody listens."""

Linli = Callable[..., Result]


@pytest.fixture
def linli(monkeypatch: pytest.MonkeyPatch) -> Linli:
    """Runs one sentence and returns what came of it."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: object, home: Path | None = None, code: int | None = 0) -> Result:
        before = ["--home", str(home)] if home else []
        result = CliRunner().invoke(app, [*before, *map(str, words)], prog_name="linli")
        if code is not None:
            assert result.exit_code == code, f"{words}: {result.output}\n{result.exception!r}"
        return result

    return run


def read(result: Result) -> Any:
    return json.loads(result.stdout)


def settle_in(home: Path, key: identity.Key, division: str, chain: list[bytes]) -> Path:
    home.mkdir(mode=0o700)
    key.save(home / "node.key")
    (home / "chain.pem").write_bytes(identity.chain_to_pem(chain))
    root = identity.read_certificate(chain[-1])
    parents = [] if len(chain) == 1 else [ParentAddress(root.author, NOBODY, root.division)]
    Config(division, key.author, "张三", root.author, parents=parents).save(home)
    Store.create(home, SCHEMA).close()
    return home


@pytest.fixture
def homes(tmp_path: Path) -> dict[str, Path]:
    """A county, a township and a village that know of each other; `other` has no node."""
    return made_in(tmp_path)


def made_in(tmp_path: Path) -> dict[str, Path]:
    """The folders of three nodes that know of each other."""
    tiers = ("county", "township", "village")
    keys = {tier: identity.Key.generate(bytes([n + 1]) * 32) for n, tier in enumerate(tiers)}
    root = identity.new_root(keys["county"], "c", BOOT_FLOOR_MS, 3650)
    homes = {"county": settle_in(tmp_path / "county", keys["county"], "c", [root])}
    with Replica(homes["county"], SCHEMA) as county:
        county.write("c", [_established(tier) for tier in DIVISIONS])
        for tier in tiers[1:]:
            division, request = DIVISIONS[tier][0], identity.make_request(keys[tier])
            der = identity.issue(keys["county"], root, request, division, BOOT_FLOOR_MS, 3650, True)
            row = {"author": keys[tier].author, "stands_at": division}
            row["der"] = base64.b64encode(der).decode()
            county.write(division, [Insert("certificate", row)])
            homes[tier] = settle_in(tmp_path / tier, keys[tier], division, [der, root])
    meet(homes)
    return homes


def _established(tier: str) -> Insert:
    subject, code, name, parent = DIVISIONS[tier]
    level = "village" if tier == "other" else tier
    values = {"subject": subject, "kind": "establish", "level": level, "code": code}
    return Insert(
        "division_act", values | {"name": name, "parent": parent, "valid_from": "2026-01-01"}
    )


def meet(homes: dict[str, Path]) -> None:
    """Brings every segment and receipt to every node that may hold it."""
    replicas = [Replica(home, SCHEMA) for home in homes.values()]
    for _ in range(2):
        for giver in replicas:
            giver.seal()
            for taker in replicas:
                if taker is not giver:
                    _give(giver, taker)
    for replica in replicas:
        replica.close()


def _give(giver: Replica, taker: Replica) -> None:
    segments = []
    scope = giver.scope(taker.division)
    for feed, heads in giver.store.ledger.all_heads().items():
        known = [h for h in taker.store.ledger.heads(feed) if giver.store.ledger.has(feed, h)]
        for head in giver.store.ledger.lacking(feed, known) if heads else []:
            segment = giver.store.ledger.segment(feed, head)
            assert segment is not None
            if scope.holds(feed):
                segments.append(segment)
    taker.take(sorted(segments, key=lambda one: (one.header.feed.channel, one.header.number)))
    taker.take_receipts([one.content for one in giver.store.peers.receipts_after(0, 1000)])
