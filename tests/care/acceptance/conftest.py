"""A county, two townships and three villages on files, that meet in any order a test asks for."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node import identity
from node.care import people, visits
from node.care.parameters import publishing
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock, parse_local
from node.config import Config
from node.replica import Insert, Replica
from node.store import Store
from tests.care.test_records_kept import give

PLACES = {
    "c": ("county", "", "140430"),
    "t": ("township", "c", "140430100"),
    "u": ("township", "c", "140430101"),
    "v": ("village", "t", "140430100200"),
    "w": ("village", "t", "140430100201"),
    "x": ("village", "u", "140430101200"),
}
"""Each division with its tier, what it lies in, and its code."""


class County:
    """Six nodes with one clock.

    Attributes:
        nodes: By division.
        clock: Of all of them.
    """

    def __init__(self, folder: Path) -> None:
        self.nodes: dict[str, Replica] = {}
        self.clock = ManualClock(BOOT_FLOOR_MS + DAY_MS)
        self._found(folder)

    def _found(self, folder: Path) -> None:
        now = self.clock.ms
        keys = {one: identity.Key.generate(bytes([n + 1]) * 32) for n, one in enumerate(PLACES)}
        root = identity.new_root(keys["c"], "c", now, 3_650)
        acts = [
            Insert("division_act", {
                "subject": one, "kind": "establish", "level": level, "code": code, "name": one,
                "parent": parent, "valid_from": "2026-01-01",
            })
            for one, (level, parent, code) in PLACES.items()
        ]  # fmt: skip
        top = self._box(folder, keys["c"], "c", [root])
        top.write("c", acts, user="root")
        for one in [place for place in PLACES if place != "c"]:
            request = identity.make_request(keys[one])
            der = identity.issue(keys["c"], root, request, one, now, 3_650, False)
            text = base64.b64encode(der).decode()
            row = {"author": keys[one].author, "stands_at": one, "der": text}
            top.write(one, [Insert("certificate", row)], user="root")
            self._box(folder, keys[one], one, [der, root])
        self.meet(random.Random(0))

    def _box(self, folder: Path, key: identity.Key, place: str, chain: list[bytes]) -> Replica:
        home = folder / place
        home.mkdir()
        key.save(home / "node.key")
        (home / "chain.pem").write_bytes(identity.chain_to_pem(chain))
        root = identity.read_certificate(chain[-1])
        Config(division=place, author=key.author, user="test", cluster=root.author).save(home)
        Store.create(home, SCHEMA).close()
        self.nodes[place] = Replica(home, SCHEMA, self.clock)
        return self.nodes[place]

    def at(self, moment: str) -> None:
        """Sets the clock, as the one on the wall in China."""
        self.clock.ms = parse_local(moment)

    def meet(self, rng: random.Random, without: str = "") -> None:
        """Everybody meets everybody until all that may be known is, in an order of chance.

        Args:
            rng: Draws the order.
            without: The division of a node that is cut off.
        """
        here = [node for place, node in self.nodes.items() if place != without]
        for _ in range(3):
            pairs = [(one, other) for one in here for other in here if one is not other]
            rng.shuffle(pairs)
            for giver in here:
                giver.seal()
            for giver, taker in pairs:
                give(giver, taker)

    def publish(self, code: str) -> None:
        """The county publishes a pack that is shipped."""
        content = publishing.shipped()[code].read_bytes()
        publishing.publish(self.nodes["c"], content, source=f"{code}.toml", user="县里")

    def visit(self, place: str, person: str, worker: str, start: str, **more: Any) -> str:
        """A visit of an hour and a bit, typed at a village's box."""
        values = {
            "person": person, "worker": worker, "service": "SH02",
            "started_at": parse_local(start), "minutes": 61, **more,
        }  # fmt: skip
        node = self.nodes[place]
        return visits.record_visit(node, place, values, user="村里", reason="纸质补录")

    def people(self, place: str, count: int) -> list[str]:
        """So many people of a village."""
        return [
            people.add_person(self.nodes[place], place, {"name": f"{place}{n}"}, user="村里")
            for n in range(count)
        ]


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path)
    yield made
    for node in made.nodes.values():
        node.close()
