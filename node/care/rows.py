"""Finding a row and changing its fields: what people, facilities and cases have in common.

A change of fields becomes one assignment per field and one element per addition or removal, all in
one write, so that each merges by the kind of its column. Facts have no fields that change; visits
have a room of their own for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from node.errors import UsageError
from node.replica import AddElement, Assign, RemoveElement, Replica, Write
from node.schema import Table

PAGE_ROWS = 2_000


def find(replica: Replica, table: Table, row_id: str) -> dict[str, Any]:
    """The row of that id.

    Raises:
        UsageError: This node holds no such row.
    """
    row = replica.row(table.name, row_id)
    if row is None:
        raise UsageError(
            f"No {table.name} with the id {row_id!r} is on this node.",
            hint="Copy the id from a listing; a record of another division is not kept here.",
        )
    return row


def pages(
    replica: Replica,
    table: str,
    within: str | None = None,
    where: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """Rows by id, fetched by the page, so that a long register fits into a small box."""
    after = ""
    while True:
        page = replica.rows(table, within, where, PAGE_ROWS, after)
        yield from page
        if len(page) < PAGE_ROWS:
            return
        after = page[-1]["id"]


def change(
    replica: Replica,
    table: Table,
    row_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
    add: Mapping[str, Sequence[str]] | None = None,
    remove: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Writes checked changes of one row: new values, and elements that join or leave its sets.

    Raises:
        UsageError: The row is not here, or nothing would change.
    """
    row = find(replica, table, row_id)
    writes: list[Write] = [
        Assign(table.name, row_id, column, value) for column, value in changes.items()
    ]
    for column, elements in (add or {}).items():
        writes += [AddElement(table.name, row_id, column, element) for element in elements]
    for column, elements in (remove or {}).items():
        writes += [RemoveElement(table.name, row_id, column, element) for element in elements]
    if not writes:
        raise UsageError(
            f"Nothing was given to change in the {table.name} {row_id}.",
            hint="Name at least one field.",
        )
    replica.write(row["division#"], writes, user=user, reason=reason)
