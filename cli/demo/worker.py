"""The hands at one node: a process of its own that does what it is told and says what is durable.

It opens the node's folder by the product's own replica, beside the service that runs there, as a
command typed at the box would. Each line on standard input asks for one thing, as JSON; each line
on standard output answers one. For every write the answer names, after the commit, exactly what was
acknowledged: rows by their ids and versions by author, boot and change number. Whoever reads these
lines can look for all of it later without trusting the node.

    python -m cli.demo.worker FOLDER
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from node.care import cases, facilities, people, visits
from node.care.records import SCHEMA
from node.errors import LinliError
from node.replica import (
    AddElement,
    Amend,
    Increment,
    Insert,
    RemoveElement,
    Replica,
    Write,
    Written,
)
from node.replica.core import canonical
from node.schema import AMENDMENT, Kind, Schema

WRITES: Mapping[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        people.add_person,
        people.set_person,
        people.add_worker,
        people.set_worker,
        visits.record_visit,
        visits.correct_visit,
        visits.void_visit,
        facilities.add_facility,
        facilities.set_facility,
        facilities.count_meals,
        cases.open_case,
        cases.set_case,
        cases.advance_case,
        cases.stop_case,
    )
}
"""What can be asked for: the record functions by their names."""


class Remembering(Replica):
    """A replica that remembers what it has acknowledged.

    Attributes:
        acknowledged: What the last writes made durable, as the answers name it.
    """

    def __init__(self, home: Path, schema: Schema = SCHEMA, **given: Any) -> None:
        super().__init__(home, schema, **given)
        self.acknowledged: list[dict[str, Any]] = []

    def act(
        self,
        parts: Sequence[tuple[str, Sequence[Write]]],
        *,
        user: str = "",
        reason: str | None = None,
    ) -> Written:
        """Writes, and notes what was written once it is durable."""
        written = super().act(parts, user=user, reason=reason)
        ids = iter(written.ids)
        for (division, writes), number in zip(parts, written.changes, strict=True):
            name = {
                "division": division,
                "author": self.author,
                "boot": written.boot,
                "number": number,
            }
            for write in writes:
                id_ = next(ids) if isinstance(write, Insert) else write.id
                self.acknowledged += ({**name, **fact} for fact in stated(write, id_))
        return written


def stated(write: Write, id_: str) -> list[dict[str, Any]]:
    """What one write leaves behind: a row, or a version of a cell."""
    if isinstance(write, Insert):
        table = SCHEMA.by_name[write.table]
        kept = {
            column.name: write.values[column.name]
            for column in table.columns
            if column.kind is Kind.FACT and write.values.get(column.name) is not None
        }
        first = {
            column.name: write.values[column.name]
            for column in table.columns
            if column.kind in (Kind.REGISTER, Kind.AUTHORITY)
            and write.values.get(column.name) is not None
        }
        row: dict[str, Any] = {"table": write.table, "id": id_, "values": kept, "first": first}
        members = [
            _version(write.table, id_, column, element, 1)
            for column, elements in write.sets.items()
            for element in elements
        ]
        return [row, *members]
    if isinstance(write, AddElement | RemoveElement):
        added = 1 if isinstance(write, AddElement) else None
        return [_version(write.table, id_, write.column, write.element, added)]
    if isinstance(write, Amend):
        return [_version(write.table, id_, AMENDMENT, "", canonical(write.value))]
    value = write.amount if isinstance(write, Increment) else write.value
    return [_version(write.table, id_, write.column, "", value)]


def _version(table: str, id_: str, column: str, element: str, value: Any) -> dict[str, Any]:
    return {"table": table, "id": id_, "column": column, "element": element, "value": value}


def declared() -> dict[str, Any]:
    """What the separate reader is told of the tables: their channels, and how columns merge."""
    tables = SCHEMA.tables
    return {
        "channels": {table.name: int(table.channel) for table in tables},
        "kinds": {
            table.name: {name: column.kind.value for name, column in table.cells.items()}
            for table in tables
        },
    }


# --- what can be asked without writing -----------------------------------------------------------


def divisions(replica: Replica) -> dict[str, str]:
    """The ids of all divisions by their codes."""
    tree = replica.tree
    known = (tree.get(id_) for id_ in tree.below(tree.root))
    return {division.code: division.id for division in known if division is not None}


def count(replica: Replica, table: str, ids: Sequence[str]) -> int:
    """How many of some rows are here."""
    return len(replica.rows(table, where={"id": list(ids)}))


def look(replica: Replica, table: str, id_: str) -> dict[str, Any] | None:
    """One row with its sets."""
    return replica.row(table, id_)


def figures(replica: Replica, peers: Sequence[str]) -> dict[str, Any]:
    """What tells whether a node is quiet, and equal to those with whom it speaks.

    Args:
        replica: The node.
        peers: The divisions of those nodes.
    """
    scopes = {peer: replica.scope(peer) for peer in peers}
    return {
        "tails": len(replica.store.ledger.tails()),
        "shared": {
            peer: [str(scope.digest()), str(scope.state_digest())] for peer, scope in scopes.items()
        },
        "set_aside": len(replica.store.quarantine.entries()),
    }


QUESTIONS: Mapping[str, Callable[..., Any]] = {
    function.__name__: function for function in (divisions, count, look, figures)
}


def answer(replica: Remembering, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Does one thing, and says what came of it."""
    replica.acknowledged = []
    does = WRITES.get(asked["do"]) or QUESTIONS[asked["do"]]
    try:
        returned = does(replica, **asked["with"])
    except LinliError as error:
        return {"refused": str(error)}
    return {"returned": returned, "acknowledged": replica.acknowledged}


def serve(home: Path, asks: TextIO, answers: TextIO) -> None:
    """Answers line by line until there are no more."""
    with contextlib.closing(Remembering(home)) as replica:
        about = {"author": replica.author, "division": replica.division}
        print(json.dumps(about), file=answers, flush=True)
        for line in asks:
            told = answer(replica, json.loads(line))
            print(json.dumps(told, ensure_ascii=False), file=answers, flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.stdin, sys.stdout)
