"""The invariants of a simulation, told from the acknowledgements and from the databases alone.

While it runs: numbers and ids are given once, and every node holds its own writes. At the end the
separate reader of the demo opens each database: everyone equal where it should be, every
acknowledgement where it belongs, nothing where it does not, and every cell shows what its versions
say. All of this is asked of the databases in SQL. The product itself is asked for two things only:
whether two nodes are level, which the reader then compares line by line, and whether another box
holds what a lost disk held.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.demo.contents import dump
from cli.demo.reader import ACKS, PLAN, Reader
from cli.demo.worker import declared
from cli.simulation.boxes import Box
from node.care.records import SCHEMA
from node.feed import FeedKey
from node.replica import Replica

_REMEMBERED = 40
"""How many of a node's last writes are read again by itself."""

_DERIVED_ANEW = 2


@dataclass(frozen=True)
class Found:
    """Something that may never happen.

    Attributes:
        kind: Which invariant.
        text: What was seen.
    """

    kind: str
    text: str


class Judge:
    """Keeps what was acknowledged and says what is wrong.

    Args:
        folder: Where the reader's two files go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: list[Found] = []
        self.acknowledged = 0
        self.latencies_ms: list[int] = []
        self._acks: list[dict[str, Any]] = []
        self._own: dict[str, list[dict[str, Any]]] = {}
        self._loose: list[dict[str, Any]] = []
        self._ids: set[tuple[str, str]] = set()
        self._places: set[tuple[str, int, int]] = set()
        self._waiting: list[tuple[int, dict[str, Any]]] = []
        self._saved: dict[str, list[dict[str, Any]]] = {}

    # --- while it runs ---------------------------------------------------------------------------

    def note(self, node: str, acknowledged: list[dict[str, Any]], now_ms: int) -> None:
        """Takes what one write was answered; minds that no number or id was given before."""
        places = {(one["author"], one["boot"], one["number"]) for one in acknowledged}
        for place in sorted(places & self._places):
            self.found.append(Found("numbers", f"{place} was given out twice"))
        self._places |= places
        for one in acknowledged:
            if "values" not in one:
                continue
            if (one["table"], one["id"]) in self._ids:
                self.found.append(Found("ids", f"{one['table']} {one['id']} was made twice"))
            self._ids.add((one["table"], one["id"]))
            self._waiting.append((now_ms, one))
        self._acks += acknowledged
        self._own.setdefault(node, []).extend(acknowledged)
        self.acknowledged += len(acknowledged)

    def reads_its_writes(self, box: Box) -> None:
        """A node holds what it acknowledged last, whatever befell it but the loss of its disk."""
        for one in self._own.get(box.name, [])[-_REMEMBERED:]:
            if SCHEMA.by_name[one["table"]].name not in box.schema.by_name or "values" not in one:
                continue
            asked = f'SELECT 1 FROM "{one["table"]}" WHERE division = ? AND id = ?'
            if box.driver.execute(asked, (one["division"], one["id"])).fetchone() is None:
                self.found.append(
                    Found("own writes", f"{box.name} lost {one['table']} {one['id']}")
                )

    def reached(self, county: Replica, now_ms: int) -> None:
        """Notes how long acknowledgements took to the county."""
        ledger, waiting = county.store.ledger, []
        for since, one in self._waiting:
            channel = SCHEMA.by_name[one["table"]].channel
            feed = FeedKey(one["author"], one["division"], channel)
            if ledger.covers(feed, one["boot"], one["number"]) is None:
                waiting.append((since, one))
            else:
                self.latencies_ms.append(now_ms - since)
        self._waiting = waiting

    def cloned(self, node: str, other: str) -> None:
        """A copy knows what its original knew."""
        self._own[other] = list(self._own.get(node, []))

    def backed_up(self, node: str) -> None:
        """What a node holds of its own now comes back when this backup is put back."""
        self._saved[node] = list(self._own.get(node, []))

    def restored(self, node: str, elsewhere: Callable[[dict[str, Any]], bool]) -> int:
        """Strikes the acknowledgements that are neither in a node's backup nor anywhere else.

        Returns:
            How many.
        """
        saved = self._saved.get(node, [])
        kept = {id(one) for one in saved}
        count = self.give_up(node, lambda one: id(one) in kept or elsewhere(one))
        self._own[node] = list(saved)
        return count

    def give_up(self, node: str, elsewhere: Callable[[dict[str, Any]], bool]) -> int:
        """Strikes the acknowledgements that nobody holds any more, since a node lost its disk.

        What another node acknowledged is on its disk, unless that one has lost it before.

        Returns:
            How many.
        """
        loose = {id(one): one for one in (*self._loose, *self._own.get(node, []))}
        gone = {key for key, one in loose.items() if not elsewhere(one)}
        self._acks = [one for one in self._acks if id(one) not in gone]
        self._loose = [one for key, one in loose.items() if key not in gone]
        self._own[node] = []
        return len(gone)

    # --- at the end ------------------------------------------------------------------------------

    def read(self, boxes: Mapping[str, Box], chance: random.Random) -> None:
        """Lets the separate reader judge the databases, and some nodes derive themselves anew."""
        report = Reader(self.folder).read()
        self.found += [Found("reader", str(fault)[:300]) for fault in report["faults"]]
        channels: dict[str, int] = declared()["channels"]
        for box in chance.sample(list(boxes.values()), min(_DERIVED_ANEW, len(boxes))):
            if box.damaged():
                self.found.append(Found("storage", f"{box.name} is damaged"))
            replica, before = box.replica, set(dump(box.driver, channels))
            for partition in replica.partitions():
                replica.rebuild(partition)
            if set(dump(box.driver, channels)) != before:
                self.found.append(Found("rebuild", f"{box.name} derives its tables otherwise"))
            box.close()

    def state(self, boxes: Mapping[str, Box]) -> None:
        """Writes down, for the reader, which nodes there are and what was acknowledged.

        Asked while they run, because opening one reads all of its trust anew.
        """
        nodes = []
        for box in boxes.values():
            replica = box.replica
            nodes.append(
                {
                    "code": box.name,
                    "name": box.name,
                    "tier": replica.tier,
                    "division": replica.division,
                    "author": replica.author,
                    "home": box.home.name,
                }
            )
        plan = {"nodes": nodes, **declared()}
        (self.folder / PLAN).write_text(json.dumps(plan, ensure_ascii=False))
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in self._acks)
        (self.folder / ACKS).write_text("".join(lines))
