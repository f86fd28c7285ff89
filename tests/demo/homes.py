"""A county and a village in two folders, with what the reader needs beside them."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.demo.reader import ACKS, PLAN
from cli.demo.witness import Witness
from cli.demo.worker import Remembering, answer, declared
from node import identity
from node.care.records import SCHEMA
from node.codes import Listed
from node.config import CHAIN, NODE_KEY, Config
from node.members import add_divisions, init_county
from node.replica import Insert
from node.session import Session
from node.store import Store

LISTED = [
    Listed("130732", "赤城县", "county", ""),
    Listed("130732100", "赤城镇", "township", "130732"),
    Listed("130732100201", "南大街村", "village", "130732100"),
    Listed("130732100202", "东关村", "village", "130732100"),
]


class Pair:
    """A county and one of its villages, open, and a witness.

    Attributes:
        county: The county's node.
        village: The node of the first village.
        ids: The ids of all divisions by code.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.witness = Witness(folder / ACKS)
        homes = [folder / "county", folder / "village"]
        init_county(homes[0], SCHEMA, code="130732", name="赤城县", user="王芳").close()
        self.county = Remembering(homes[0])
        add_divisions(self.county, LISTED)
        tree = self.county.tree
        self.ids = {one.code: tree.find(one.code).id for one in LISTED}
        self.village = self._admit(homes[1], self.ids["130732100201"])
        self.meet()

    def _admit(self, home: Path, division: str) -> Remembering:
        key, core = identity.Key.generate(os.urandom(32)), self.county.core
        request = identity.make_request(key)
        der = identity.issue(core.key, core.chain[0], request, division, core.now_ms(), 365, False)
        stated = {
            "author": key.author,
            "stands_at": division,
            "der": base64.b64encode(der).decode(),
        }
        self.county.write(core.division, [Insert("certificate", stated)])
        home.mkdir()
        key.save(home / NODE_KEY)
        (home / CHAIN).write_bytes(identity.chain_to_pem([der, *core.chain]))
        Config(division, key.author, "张三", self.county.author).save(home)
        Store.create(home, SCHEMA).close()
        return Remembering(home)

    def do(self, node: Remembering, what: str, **given: Any) -> Any:
        """Does what the hands of a trial would do, and lets the witness note it."""
        told = answer(node, {"do": what, "with": given})
        self.witness.note(told["acknowledged"])
        return told["returned"]

    def visits(self, count: int) -> list[str]:
        """Registers somebody in the village and visits them."""
        division = self.ids["130732100201"]
        person = self.do(
            self.village,
            "add_person",
            division=division,
            values={"name": "王小明", "phone": "13812345678"},
            groups=["DB", "DJ"],
            user="张三",
        )
        values = {
            "person": person,
            "worker": person,
            "service": "SH01",
            "started_at": 1_795_000_000_000,
            "minutes": 30,
        }
        given = {"division": division, "values": values, "user": "张三", "reason": "L03"}
        return [person, *(self.do(self.village, "record_visit", **given) for _ in range(count))]

    def meet(self) -> None:
        """Holds one session between the two."""
        child = Session(
            self.village, self.county.author, self.county.division, dialled=True, once=True
        )
        parent = Session(self.county, self.village.author, self.village.division, dialled=False)
        up = child.start()
        while up:
            down = [one for frame in up for one in parent.receive(frame)]
            up = [one for frame in down for one in child.receive(frame)]
        assert child.synced and child.equal

    def close(self) -> None:
        """Writes the plan and closes everything."""
        nodes = [
            {
                "code": code,
                "name": node.tree.path(node.division)[-1],
                "tier": node.tier,
                "division": node.division,
                "author": node.author,
                "home": home,
            }
            for code, node, home in (
                ("130732", self.county, "county"),
                ("130732100201", self.village, "village"),
            )
        ]
        plan = {"nodes": nodes, **declared()}
        (self.folder / PLAN).write_text(json.dumps(plan))
        self.county.close()
        self.village.close()
        self.witness.close()


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """A county and a village; on leaving they are closed and the reader may read."""
    both = Pair(folder)
    try:
        yield both
    finally:
        both.close()


def tamper(home: Path, statement: str, values: Sequence[Any] = ()) -> int:
    """Changes a database behind the product's back; returns how many rows it hit."""
    from sqlcipher3 import dbapi2 as sqlcipher

    connection = sqlcipher.connect(str(home / "ledger.db"))
    key = (home / "ledger.key").read_text().strip()
    connection.execute(f"PRAGMA key = \"x'{key}'\"").fetchall()
    connection.execute("PRAGMA cipher_page_size = 8192").fetchall()
    hit: int = connection.execute(statement, values).rowcount
    connection.commit()
    connection.close()
    return hit
