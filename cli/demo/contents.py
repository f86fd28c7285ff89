"""What a node's database says, in SQL alone: rows, versions, heads and segments as lines of text.

Written without the product, whose own dump it must not lean on: every table is read here in an
order and an encoding of this file's own. A node's private numbers (origins, arrivals) are replaced
by what they stand for, so that equal content gives equal lines on every node.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ROW = {"division", "id", "time", "origin", "number"}
_MEMBER = {"division", "id", "element"}


def parents_of(connection: Any) -> dict[str, str]:
    """The parent of each division, from the acts in the order of their dates."""
    acts = connection.execute(
        "SELECT subject, parent FROM division_act WHERE parent IS NOT NULL "
        "ORDER BY valid_from, time, number"
    )
    return dict(acts.fetchall())


def columns_of(connection: Any, table: str) -> list[str]:
    """The columns of a table, in order."""
    return [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]


def row_fault(connection: Any, ack: Mapping[str, Any]) -> str:
    """Looks for what was acknowledged; says what is wrong, or nothing."""
    if "column" in ack:
        return _version_fault(connection, ack)
    table, values = ack["table"], ack["values"]
    known = columns_of(connection, table)
    found = connection.execute(
        f'SELECT t.*, o.author, o.boot FROM "{table}" t JOIN origin o ON o.origin = t.origin '
        "WHERE t.division = ? AND t.id = ?",
        (ack["division"], ack["id"]),
    ).fetchone()
    if found is None:
        return "is not here"
    row = dict(zip([*known, "author", "boot"], found, strict=True))
    expected = {**values, **{name: ack[name] for name in ("author", "boot", "number")}}
    wrong = [name for name, value in expected.items() if row.get(name) != value]
    if wrong:
        return f"is here with another {wrong[0]}: {row.get(wrong[0])!r}"
    return _first_fault(connection, ack, row)


def _first_fault(connection: Any, ack: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Looks for what the registers of a row said first: shown, or kept below what came later."""
    for column, value in ack.get("first", {}).items():
        versions = connection.execute(
            "SELECT coalesce(v.text, v.integer), o.author = ? AND o.boot = ? AND v.number = ? "
            "FROM version v JOIN origin o ON o.origin = v.origin "
            "WHERE v.division = ? AND v.tab = ? AND v.id = ? AND v.col = ?",
            [ack[name] for name in ("author", "boot", "number", "division", "table", "id")]
            + [column],
        ).fetchall()
        first = [kept for kept, here in versions if here]
        if (first if versions else [row[column]]) != [value]:
            return f"began with {column} {value!r}, which is not kept"
    return ""


def _version_fault(connection: Any, ack: Mapping[str, Any]) -> str:
    found = connection.execute(
        "SELECT coalesce(v.text, v.integer), v.applied FROM version v "
        "JOIN origin o ON o.origin = v.origin "
        "WHERE v.division = ? AND v.tab = ? AND v.id = ? AND v.col = ? AND v.element = ? "
        "AND o.author = ? AND o.boot = ? AND v.number = ?",
        [
            ack[name]
            for name in (
                "division", "table", "id", "column", "element", "author", "boot", "number",
            )
        ],
    ).fetchone()  # fmt: skip
    if found is None:
        return "is not here"
    value, applied = found
    if value != ack["value"]:
        return f"is here with another value: {value!r}"
    return "" if applied else "is here and does not count"


def described(ack: Mapping[str, Any]) -> str:
    """Names what was acknowledged."""
    cell = f".{ack['column']} {ack['element']}".rstrip() if "column" in ack else ""
    return f"{ack['table']} {ack['id']}{cell} (change {ack['number']} of {ack['author'][:8]})"


def contest_fault(connection: Any, ack: Mapping[str, Any]) -> str:
    """Looks for a conflict that must be visible; says what is wrong, or nothing."""
    cell = (ack["division"], ack["contest"], ack["id"], ack["column"])
    found = [version["value"] for version in standing(connection, *cell)]
    if sorted(map(str, found)) == sorted(map(str, ack["values"])):
        return ""
    return (
        f"the conflict on {ack['contest']}.{ack['column']} of {ack['id']} shows {found}, and "
        f"{ack['values']} were written"
    )


def standing(
    connection: Any, division: str, table: str, id_: str, column: str
) -> list[dict[str, Any]]:
    """The standing versions of a cell, the one that gives its value first."""
    rows = connection.execute(
        "SELECT v.text, v.integer, o.author, v.time, v.owner FROM version v "
        "JOIN origin o ON o.origin = v.origin WHERE v.division = ? AND v.tab = ? AND v.id = ? "
        "AND v.col = ? AND v.standing = 1 ORDER BY v.owner DESC, v.time DESC, o.author DESC, "
        "o.boot DESC, v.number DESC",
        (division, table, id_, column),
    )
    return [
        {"value": text if text is not None else integer, "author": author, "time": time}
        for text, integer, author, time, _ in rows.fetchall()
    ]


def dump(connection: Any, channels: Mapping[str, int]) -> Iterator[tuple[str, int, str]]:
    """Every derived row in a fixed order and encoding: division, channel, line.

    This node's own numbers for origins stand there as author and boot. Any table that looks like
    one of records and has no channel in the plan is an error, so that none is passed over.
    """
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (table,) in names.fetchall():
        columns = columns_of(connection, table)
        if set(columns) >= _ROW and "tab" not in columns:
            if table not in channels:
                raise ValueError(f"The plan has no channel for the table {table}.")
            yield from _record_lines(connection, table, columns, channels[table])
        elif set(columns) == _MEMBER:
            channel = channels[table.partition("__")[0]]
            for row in connection.execute(
                f'SELECT * FROM "{table}" ORDER BY division, id, element'
            ):
                yield row[0], channel, line_of(table, row)
    yield from _version_lines(connection, channels)


def _record_lines(
    connection: Any, table: str, columns: Sequence[str], channel: int
) -> Iterator[tuple[str, int, str]]:
    # A database that was upgraded has the younger columns last.
    ordered = ["division", *sorted(set(columns) - {"division", "origin"})]
    kept = ", ".join(f't."{name}"' for name in ordered)
    rows = connection.execute(
        f'SELECT {kept}, o.author, o.boot FROM "{table}" t JOIN origin o ON o.origin = t.origin '
        "ORDER BY t.division, t.id"
    )
    for row in rows:
        yield row[0], channel, line_of(table, row)


def _version_lines(connection: Any, channels: Mapping[str, int]) -> Iterator[tuple[str, int, str]]:
    versions = connection.execute(
        "SELECT v.division, v.tab, v.id, v.col, v.element, o.author, o.boot, v.number, v.time, "
        "v.text, v.integer, v.owner, v.applied, v.standing FROM version v "
        "JOIN origin o ON o.origin = v.origin ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
    )
    for row in versions:
        yield row[0], channels[row[1]], line_of("version", row)
    overwritten = connection.execute(
        "SELECT w.division, w.tab, w.id, w.col, w.element, o.author, o.boot, w.number, "
        "n.author, n.boot, w.named_number FROM overwrite w "
        "JOIN origin o ON o.origin = w.origin JOIN origin n ON n.origin = w.named_origin "
        "ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
    )
    for row in overwritten:
        yield row[0], channels[row[1]], line_of("overwrite", row)
    aside = connection.execute(
        "SELECT division, channel, author, number, hex(hash), tab, col, reason FROM quarantine "
        "ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
    )
    for row in aside:
        yield row[0], row[1], line_of("quarantine", row)


def ledger_lines(connection: Any) -> Iterator[tuple[str, int, str, str]]:
    """Every head and every segment, by its bytes: division, channel, author, line."""
    heads = connection.execute(
        "SELECT division, channel, author, number, hex(hash) FROM head ORDER BY 1, 2, 3, 4, 5"
    )
    for row in heads:
        yield row[0], row[1], row[2], line_of("head", row)
    segments = connection.execute(
        "SELECT division, channel, author, number, hash, header, signature, body, replacement "
        "FROM segment ORDER BY 1, 2, 3, 4, 5"
    )
    for row in segments:
        content = hashlib.sha256(b"\0".join(bytes(part) for part in row[4:]))
        yield row[0], row[1], row[2], line_of("segment", [*row[:4], content.hexdigest()])


def line_of(name: str, values: Sequence[Any]) -> str:
    """One line of a canonical dump."""
    return json.dumps([name, *values], ensure_ascii=False, separators=(",", ":"))
