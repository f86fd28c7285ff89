"""The separate reader: says from the database files alone whether anything was lost or differs.

A trial must not grade itself. This program opens each node's database with its key file and speaks
SQL to it; it imports nothing of the product, so a fault there cannot hide here. It looks for every
acknowledged row and version at every node that should hold it, compares what nodes hold in common,
line by line in an order of its own, and looks for records on nodes where they do not belong.

It reads two files that lie outside the nodes' folders: `plan.json`, which names the nodes, the
tables' channels and how their columns merge; and `acks.jsonl`, the acknowledgements as
they came. It ends with 0 where everything holds and with 1 otherwise, and prints a report as JSON.

    python -m cli.demo.reader FOLDER
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from cli.demo import bank
from cli.demo.contents import (
    contest_fault,
    described,
    dump,
    ledger_lines,
    parents_of,
    row_fault,
    standing,
)

PLAN = "plan.json"
ACKS = "acks.jsonl"
PAGE_BYTES = 8_192
COUNTYWIDE = (1, 4)
"""The channels of which every node of the county holds everything: trust and registry."""

CONTESTABLE = ("register", "authority")
"""How columns merge in which several values may stand until a person settles them."""

_SHOWN_MAX = 3

Key = tuple[Any, ...]


@dataclass
class Node:
    """One node: what the plan says, and what its database says.

    Attributes:
        parts: For each partition that it holds whole, and for each feed, a hash of its content.
        lost: What was acknowledged and is not here.
        unequal: What differs from the node at the top.
        strangers: Records that do not belong here.
        contests: Conflicts that are not shown.
        wrong: Cells that show something else than their versions say.
    """

    code: str
    name: str
    tier: str
    division: str
    author: str
    home: Path
    connection: Any = None
    records: int = 0
    acknowledged: int = 0
    parts: dict[Key, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    contests: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def label(self) -> str:
        """How to name it."""
        return f"{self.name} ({self.code})"


class Reader:
    """Reads the databases of one trial.

    Args:
        folder: Where the plan and the acknowledgements lie.
    """

    def __init__(self, folder: Path) -> None:
        plan = json.loads((folder / PLAN).read_text())
        self.channels: Mapping[str, int] = plan["channels"]
        self.kinds: Mapping[str, Mapping[str, str]] = plan["kinds"]
        self.nodes = [
            Node(**{**stated, "home": folder / stated["home"]}) for stated in plan["nodes"]
        ]
        lines = (folder / ACKS).read_text().splitlines()
        self.acks = [json.loads(line) for line in lines]
        self.divisions = {node.author: node.division for node in self.nodes}
        self.parents: dict[str, str] = {}

    def read(self) -> dict[str, Any]:
        """Reads everything and returns the report."""
        for node in self.nodes:
            node.connection = open_ledger(node.home)
        try:
            self.parents = parents_of(self.nodes[0].connection)
            for node in self.nodes:
                self._look_for_acknowledged(node)
                self._look_for_strangers(node)
                node.wrong = bank.told(bank.faults(node.connection, self.kinds))
                self._hash(node)
            self._compare()
            conflicts = self._conflicts(self.nodes[0])
        finally:
            for node in self.nodes:
                node.connection.close()
        return self._report(conflicts)

    def _report(self, conflicts: list[dict[str, Any]]) -> dict[str, Any]:
        nodes = [
            {
                "code": node.code,
                "records": node.records,
                "frontier": short(node.parts, "feed"),
                "digest": short(node.parts, "partition"),
                "acknowledged": node.acknowledged,
                "lost": node.lost,
                "unequal": node.unequal,
                "strangers": node.strangers,
                "contests": node.contests,
                "wrong": node.wrong,
            }
            for node in self.nodes
        ]
        faults = [
            f"{node.label()}: {text}"
            for node in self.nodes
            for text in (*node.lost, *node.unequal, *node.strangers, *node.contests, *node.wrong)
        ]
        written = sum("table" in ack for ack in self.acks)
        looks = sum(node.acknowledged for node in self.nodes)
        return {
            "written": written,
            "looked_for": looks,
            "nodes": nodes,
            "conflicts": conflicts,
            "faults": faults,
        }

    # --- scope: which node holds what ------------------------------------------------------------

    def covers(self, upper: str, lower: str) -> bool:
        """Whether a division is another or stands above it."""
        seen = set()
        while lower and lower not in seen:
            if lower == upper:
                return True
            seen.add(lower)
            lower = self.parents.get(lower, "")
        return False

    def whole(self, node: Node, division: str, channel: int) -> bool:
        """Whether a node should hold everything of a partition."""
        return channel in COUNTYWIDE or self.covers(node.division, division)

    def holds(self, node: Node, division: str, channel: int, author: str) -> bool:
        """Whether a node should hold an author's feed in a partition."""
        stands_at = self.divisions.get(author, "")
        return self.whole(node, division, channel) or self.covers(node.division, stands_at)

    # --- what was acknowledged -------------------------------------------------------------------

    def _look_for_acknowledged(self, node: Node) -> None:
        for ack in self.acks:
            channel = self.channels[ack["table"] if "table" in ack else ack["contest"]]
            if not self.holds(node, ack["division"], channel, ack.get("author", "")):
                continue
            if "contest" in ack:
                fault = contest_fault(node.connection, ack)
                node.contests += [fault] if fault else []
                continue
            node.acknowledged += 1
            fault = row_fault(node.connection, ack)
            if fault:
                node.lost.append(f"{described(ack)} {fault}")

    def _look_for_strangers(self, node: Node) -> None:
        """Looks for personal records on a node outside their scope, in tables and in segments."""
        for table, channel in sorted(self.channels.items()):
            rows = node.connection.execute(
                f'SELECT t.division, o.author, count(*) FROM "{table}" t '
                "JOIN origin o ON o.origin = t.origin GROUP BY 1, 2"
            )
            for division, author, count in rows:
                node.records += count
                if not self.holds(node, division, channel, author):
                    node.strangers.append(f"{count} rows of {table} belong to division {division}")
        feeds = node.connection.execute(
            "SELECT division, channel, author, count(*) FROM segment GROUP BY 1, 2, 3"
        )
        for division, channel, author, count in feeds:
            if not self.holds(node, division, channel, author):
                node.strangers.append(f"{count} segments belong to division {division}")

    # --- comparing -------------------------------------------------------------------------------

    def _hash(self, node: Node) -> None:
        """Hashes each part of a node's content, so that equal parts have equal hashes."""
        hashers: dict[Key, Any] = {}
        for key, line in self._lines(node):
            hasher = hashers.get(key)
            if hasher is None:
                hasher = hashers[key] = hashlib.sha256()
            hasher.update(line.encode() + b"\n")
        node.parts = {key: hasher.hexdigest() for key, hasher in hashers.items()}

    def _lines(self, node: Node) -> Iterator[tuple[Key, str]]:
        """The canonical lines of a node, each with the part that it belongs to."""
        for division, channel, line in dump(node.connection, self.channels):
            if self.whole(node, division, channel):
                yield ("partition", division, channel), line
        for division, channel, author, line in ledger_lines(node.connection):
            yield ("feed", division, channel, author), line

    def _compare(self) -> None:
        """Compares each part of the node at the top with the same part wherever it should be."""
        top = self.nodes[0]
        for node in self.nodes[1:]:
            for key in sorted({*top.parts, *node.parts}, key=str):
                kind, division, channel, *author = key
                if kind == "partition":
                    shared = self.whole(node, division, channel)
                else:
                    shared = self.holds(node, division, channel, author[0])
                if shared and top.parts.get(key) != node.parts.get(key):
                    node.unequal.append(self._difference(top, node, key))

    def _difference(self, top: Node, node: Node, key: Key) -> str:
        """Says how a part differs from the same part at the top."""
        theirs = [line for part, line in self._lines(top) if part == key]
        mine = [line for part, line in self._lines(node) if part == key]
        lacks = [line for line in theirs if line not in set(mine)]
        extra = [line for line in mine if line not in set(theirs)]
        shown = [f"- {line[:200]}" for line in lacks[:_SHOWN_MAX]]
        shown += [f"+ {line[:200]}" for line in extra[:_SHOWN_MAX]]
        return (
            f"{' '.join(map(str, key))} differs from {top.label()}: {len(lacks)} lines missing, "
            f"{len(extra)} others: {'; '.join(shown)}"
        )

    def _conflicts(self, node: Node) -> list[dict[str, Any]]:
        """Every contested cell that a node shows, with all its values."""
        rows = node.connection.execute(
            "SELECT division, tab, id, col FROM version WHERE standing = 1 "
            "GROUP BY division, tab, id, col, element HAVING count(*) > 1 ORDER BY 1, 2, 3, 4"
        )
        return [
            {
                "division": division,
                "table": table,
                "id": id_,
                "column": column,
                "versions": standing(node.connection, division, table, id_, column),
            }
            for division, table, id_, column in rows.fetchall()
            if self.kinds[table].get(column) in CONTESTABLE
        ]


def open_ledger(home: Path) -> Any:
    """Opens a node's database with its key, for reading."""
    path = home / "ledger.db"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing.")
    connection = sqlcipher.connect(str(path))
    key = (home / "ledger.key").read_text().strip()
    connection.execute("PRAGMA cipher_log_level = NONE").fetchall()
    connection.execute(f"PRAGMA key = \"x'{key}'\"").fetchall()
    connection.execute(f"PRAGMA cipher_page_size = {PAGE_BYTES}").fetchall()
    connection.execute("PRAGMA query_only = ON").fetchall()
    return connection


def short(parts: Mapping[Key, str], kind: str) -> str:
    """A few letters that stand for all parts of one kind."""
    chosen = sorted(f"{key} {value}" for key, value in parts.items() if key[0] == kind)
    return hashlib.sha256("\n".join(chosen).encode()).hexdigest()[:8]


def main(folder: Path) -> int:
    """Reads, prints the report, and says by the exit code whether everything holds."""
    report = Reader(folder).read()
    print(json.dumps(report, ensure_ascii=False))
    for fault in report["faults"]:
        print(fault, file=sys.stderr)
    return 1 if report["faults"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
