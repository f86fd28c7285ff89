"""Bodies in wire bytes: a run of changes, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import Any

import zstandard
from google.protobuf.message import DecodeError

from linli.v1 import ledger_pb2
from node.feed import VersionName
from node.identity import author_bytes
from node.segment import Body, Cells, Changes, Rows, Segment
from node.wire.columns import get_column, malformed, need, put_column, value_type
from node.wire.headers import read_author

_ZSTD_LEVEL = 3
_SIZE_UNSTATED = -1


def encode_body(body: Body) -> bytes:
    """A body in wire bytes, not compressed."""
    message = ledger_pb2.Body()
    changes, first = body.changes, message.changes
    numbers = changes.number
    first.number.extend([0, *map(sub, numbers[1:], numbers)])
    first.time.extend([changes.time[0], *map(sub, changes.time[1:], changes.time)])
    put_column(first.user, changes.user, str)
    put_column(first.reason, changes.reason, str)
    put_column(first.act, changes.act, str)
    for rows in body.rows:
        _put_rows(message.rows.add(), rows)
    origins: dict[tuple[str, int], int] = {}
    for cells in body.cells:
        _put_cells(message.cells.add(), cells, origins)
    for author, boot in origins:
        message.origins.add(author=author_bytes(author), boot=boot)
    return message.SerializeToString(deterministic=True)


def _put_positions(into: Any, change: Sequence[int]) -> None:
    """Writes positions, or nothing where the i-th entry belongs to the i-th change."""
    if any(map(int.__ne__, change, range(len(change)))):
        into.extend(change)


def _put_rows(message: ledger_pb2.Rows, rows: Rows) -> None:
    message.table = rows.table
    message.count = len(rows)
    _put_positions(message.change, rows.change)
    if any(rows.index):
        message.index.extend(rows.index)
    for name, values in rows.columns.items():
        column = message.columns.add(name=name)
        put_column(column, values, value_type(values))


def _put_cells(
    message: ledger_pb2.Cells, cells: Cells, origins: dict[tuple[str, int], int]
) -> None:
    message.table = cells.table
    message.column = cells.column
    message.count = len(cells)
    _put_positions(message.change, cells.change)
    put_column(message.row, cells.row, str)
    put_column(message.element, cells.element, str)
    put_column(message.value, cells.value, value_type(cells.value))
    message.named_count.extend(map(len, cells.named))
    for names in cells.named:
        for author, boot, number in names:
            message.named_origin.append(origins.setdefault((author, boot), len(origins)))
            message.named_number.append(number)


def decode_body(raw: bytes, first_change: int) -> Body:
    """Reads `encode_body`.

    Args:
        raw: The bytes, decompressed.
        first_change: From the header: body numbers are relative to it.

    Raises:
        RefusedBytes: The bytes are malformed.
    """
    try:
        message = ledger_pb2.Body.FromString(raw)
    except DecodeError:
        raise malformed("a body does not parse") from None
    first = message.changes
    count = len(first.number)
    need(count > 0 and len(first.time) == count, "a body without changes, or without their times")
    numbers = list(accumulate([first_change, *first.number]))[1:]
    times = list(accumulate(first.time))
    need(0 < numbers[0] and numbers[-1] < 1 << 63, "change numbers leave their range")
    need(all(map(int.__lt__, numbers, numbers[1:])), "change numbers do not grow")
    need(min(times) >= 0 and max(times) < 1 << 63, "times leave their range")
    users = [user or "" for user in _get_texts(first.user, count)]
    changes = Changes(
        numbers, times, users, _get_texts(first.reason, count), _get_texts(first.act, count)
    )
    origins = [(read_author(origin.author), origin.boot) for origin in message.origins]
    need(all(boot < 1 << 63 for _, boot in origins), "a boot out of range")
    rows = [_get_rows(one, count) for one in message.rows]
    places = {
        (block.table, *place)
        for block in rows
        for place in zip(block.change, block.index, strict=True)
    }
    need(len(places) == sum(map(len, rows)), "two rows of one id")
    cells = [_get_cells(one, count, origins) for one in message.cells]
    written = {
        (block.table, block.column, *place)
        for block in cells
        for place in zip(block.change, block.row, block.element, strict=True)
    }
    need(len(written) == sum(map(len, cells)), "two versions of one name in one cell")
    return Body(changes, rows, cells)


def _get_texts(column: ledger_pb2.Column, count: int) -> list[str | None]:
    """Reads a column that can only hold text."""
    texts = get_column(column, count)
    need(all(text is None or isinstance(text, str) for text in texts), "a number in place of text")
    return texts


def _get_positions(change: Sequence[int], count: int, changes: int) -> Sequence[int]:
    if not change:
        need(count <= changes, "more rows than changes, and no positions")
        return range(count)
    need(len(change) == count and max(change) < changes, "positions do not fit the changes")
    return list(change)


def _get_rows(message: ledger_pb2.Rows, changes: int) -> Rows:
    count = message.count
    change = _get_positions(message.change, count, changes)
    index = list(message.index) or [0] * count
    need(len(index) == count, "row indexes do not fit the rows")
    columns = {column.name: get_column(column, count) for column in message.columns}
    need(len(columns) == len(message.columns), "two columns of one name")
    return Rows(message.table, change, index, columns)


def _get_cells(message: ledger_pb2.Cells, changes: int, origins: list[tuple[str, int]]) -> Cells:
    count = message.count
    change = _get_positions(message.change, count, changes)
    row = [id_ for id_ in _get_texts(message.row, count) if id_ is not None]
    need(len(row) == count, "a cell without a row id")
    total = sum(message.named_count)
    need(
        len(message.named_count) == count
        and len(message.named_origin) == total == len(message.named_number)
        and (not total or max(message.named_origin) < len(origins)),
        "overwritten versions do not fit the cells",
    )
    names = [
        VersionName(*origins[origin], number)
        for origin, number in zip(message.named_origin, message.named_number, strict=True)
    ]
    need(all(name.number < 1 << 63 for name in names), "an overwritten version out of range")
    ends = list(accumulate(message.named_count))
    named = [
        tuple(names[end - size : end]) for size, end in zip(message.named_count, ends, strict=True)
    ]
    return Cells(
        message.table,
        message.column,
        change,
        row,
        _get_texts(message.element, count),
        get_column(message.value, count),
        named,
    )


def compress(raw: bytes) -> bytes:
    """Compresses a body."""
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(raw)


def decompress(body: bytes, size: int, limit: int) -> bytes:
    """Unpacks a body that states its size, never beyond the limit.

    Raises:
        RefusedBytes: It is larger than stated or allowed, or no zstd at all.
    """
    need(0 < size <= limit, f"a body of {size} bytes, {limit} allowed")
    try:
        # A frame that states its size is unpacked to that size, whatever is allowed: ask first.
        stated = zstandard.frame_content_size(body)
        need(stated in (size, _SIZE_UNSTATED), f"a body of {stated} bytes that states {size}")
        raw = zstandard.ZstdDecompressor().decompress(body, max_output_size=size)
    except zstandard.ZstdError:
        raise malformed("a body does not decompress to its stated size") from None
    need(len(raw) == size, f"a body of {len(raw)} bytes that states {size}")
    return raw


def body_of(segment: Segment, limit: int) -> Body:
    """The changes within a segment whose bytes have been checked against its hash."""
    header = segment.header
    size = header.body_bytes
    if segment.replacement:
        size = ledger_pb2.Replacement.FromString(segment.replacement).body_bytes
    body = decode_body(decompress(segment.body, size, limit), header.first_change)
    fits = (
        len(body.changes) == header.changes
        and body.changes.number[0] == header.first_change
        and body.changes.number[-1] == header.last_change
    )
    need(fits, "a body whose changes are not those of its header")
    return body
