"""The one door to protobuf: what the ledger looks like in bytes.

Encoding is canonical only in the sense that nobody ever encodes twice: a segment's bytes are made once, by its author,
and signatures stand over those bytes. Decoding trusts nothing: sizes are bounded before anything is unpacked, lists
must have the lengths that they state, and whatever does not fit is refused as malformed.

The frames of a session are protobuf messages too; `Frame` is handed through here, with helpers that turn its parts
into the words of `node.feed` and back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import sub
from typing import Any

import zstandard
from google.protobuf.message import DecodeError

from linli.v1 import error_pb2, ledger_pb2, sync_pb2
from node.errors import RefusedBytes
from node.feed import FeedKey, Head, VersionName
from node.identity import author_bytes, author_text
from node.schema import Channel
from node.segment import Beacon, Body, Cells, Changes, Header, Rows, Segment

Frame = sync_pb2.Frame
Reason = error_pb2.Reason

_SIGNATURE = ledger_pb2.SIGNATURE_ALGORITHM_ECDSA_P256_SHA256
_SHA256 = ledger_pb2.HASH_ALGORITHM_SHA256
_COLUMN = ledger_pb2.Column
_ZSTD_LEVEL = 3
_DICTIONARY_ROWS_MIN = 4
_HASH_BYTES = 32
_AUTHOR_BYTES = 20
_DIVISION_CHARACTERS_MAX = 16


def malformed(what: str) -> RefusedBytes:
    """The refusal of bytes that are not what they claim to be."""
    return RefusedBytes(
        f"Malformed bytes: {what}.",
        reason="MALFORMED",
        hint="Nothing of them was applied; report it to whoever runs the node that sent them.",
    )


def need(claim: bool, what: str) -> None:
    """Raises `malformed` unless the claim holds."""
    if not claim:
        raise malformed(what)


# --- columns -------------------------------------------------------------------------------------


def _put_column(column: ledger_pb2.Column, values: Sequence[Any], type_: type) -> None:
    """Fills a column message with values of one type, None for null."""
    present = [value for value in values if value is not None]
    if not present:
        return
    if len(present) < len(values):
        bits = bytearray((len(values) + 7) // 8)
        for position, value in enumerate(values):
            if value is None:
                bits[position >> 3] |= 1 << (position & 7)
        column.nulls = bytes(bits)
    if type_ is str:
        _put_texts(column, ["" if value is None else value for value in values])
    else:
        filled = list(accumulate(values, lambda last, value: last if value is None else value))
        _put_integers(column, [0 if value is None else value for value in filled])


def _put_texts(column: ledger_pb2.Column, texts: list[str]) -> None:
    words = dict.fromkeys(texts)
    if len(words) == 1 or (len(texts) >= _DICTIONARY_ROWS_MIN and len(words) * 2 <= len(texts)):
        column.encoding = _COLUMN.ENCODING_DICTIONARY
        column.texts.extend(words)
        if len(words) > 1:
            places = {word: place for place, word in enumerate(words)}
            column.words.extend(map(places.__getitem__, texts))
    else:
        column.encoding = _COLUMN.ENCODING_TEXT
        column.texts.extend(texts)


def _put_integers(column: ledger_pb2.Column, integers: list[int]) -> None:
    steps = [integers[0], *map(sub, integers[1:], integers)]
    if sum(map(abs, steps)) < sum(map(abs, integers)):
        column.encoding = _COLUMN.ENCODING_DELTA
        column.integers.extend(steps)
    else:
        column.encoding = _COLUMN.ENCODING_INTEGER
        column.integers.extend(integers)


def _get_column(column: ledger_pb2.Column, count: int) -> list[Any]:
    """Reads a column of `count` values."""
    values: list[Any]
    encoding = column.encoding
    if encoding == _COLUMN.ENCODING_UNSPECIFIED:
        return [None] * count
    if encoding == _COLUMN.ENCODING_TEXT:
        values = list(column.texts)
    elif encoding == _COLUMN.ENCODING_DICTIONARY:
        values = _get_dictionary(column, count)
    elif encoding == _COLUMN.ENCODING_INTEGER:
        values = list(column.integers)
    elif encoding == _COLUMN.ENCODING_DELTA:
        values = list(accumulate(column.integers))
    else:
        raise malformed(f"column {column.name!r} has encoding {encoding}")
    need(len(values) == count, f"column {column.name!r} has {len(values)} values for {count} rows")
    if encoding == _COLUMN.ENCODING_DELTA and count:
        low, high = min(values), max(values)
        need(-(1 << 63) <= low and high < 1 << 63, f"column {column.name!r} leaves 64 bits")
    nulls = column.nulls
    if nulls:
        need(len(nulls) == (count + 7) // 8, f"column {column.name!r} has a torn null list")
        for position in range(count):
            if nulls[position >> 3] >> (position & 7) & 1:
                values[position] = None
    return values


def _get_dictionary(column: ledger_pb2.Column, count: int) -> list[str]:
    texts = list(column.texts)
    if not column.words:
        need(len(texts) == 1, f"column {column.name!r} has a dictionary without words")
        return texts * count
    need(max(column.words) < len(texts), f"column {column.name!r} names a missing word")
    return list(map(texts.__getitem__, column.words))


def _value_type(values: Iterable[Any]) -> type:
    return str if any(isinstance(value, str) for value in values) else int


# --- bodies --------------------------------------------------------------------------------------


def encode_body(body: Body) -> bytes:
    """A body in wire bytes, not compressed."""
    message = ledger_pb2.Body()
    changes, first = body.changes, message.changes
    numbers = changes.number
    first.number.extend([0, *map(sub, numbers[1:], numbers)])
    first.time.extend([changes.time[0], *map(sub, changes.time[1:], changes.time)])
    _put_column(first.user, changes.user, str)
    _put_column(first.reason, changes.reason, str)
    _put_column(first.act, changes.act, str)
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
        _put_column(column, values, _value_type(values))


def _put_cells(
    message: ledger_pb2.Cells, cells: Cells, origins: dict[tuple[str, int], int]
) -> None:
    message.table = cells.table
    message.column = cells.column
    message.count = len(cells)
    _put_positions(message.change, cells.change)
    _put_column(message.row, cells.row, str)
    _put_column(message.element, cells.element, str)
    _put_column(message.value, cells.value, _value_type(cells.value))
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
    users = [user or "" for user in _get_column(first.user, count)]
    changes = Changes(
        numbers, times, users, _get_column(first.reason, count), _get_column(first.act, count)
    )
    origins = [(_author(origin.author), origin.boot) for origin in message.origins]
    return Body(
        changes,
        [_get_rows(rows, count) for rows in message.rows],
        [_get_cells(cells, count, origins) for cells in message.cells],
    )


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
    columns = {column.name: _get_column(column, count) for column in message.columns}
    need(len(columns) == len(message.columns), "two columns of one name")
    need(len(set(zip(change, index, strict=True))) == count, "two rows of one id")
    return Rows(message.table, change, index, columns)


def _get_cells(message: ledger_pb2.Cells, changes: int, origins: list[tuple[str, int]]) -> Cells:
    count = message.count
    change = _get_positions(message.change, count, changes)
    row = _get_column(message.row, count)
    need(None not in row and all(isinstance(one, str) for one in row), "a cell without a row id")
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
        tuple(names[end - size : end])
        for size, end in zip(message.named_count, ends, strict=True)
    ]
    return Cells(
        message.table,
        message.column,
        change,
        row,
        _get_column(message.element, count),
        _get_column(message.value, count),
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


# --- headers, heads, beacons ---------------------------------------------------------------------


def _author(raw: bytes) -> str:
    need(len(raw) == _AUTHOR_BYTES, f"an author id of {len(raw)} bytes")
    return author_text(raw)


def _channel(number: int) -> Channel:
    need(number in Channel.__members__.values(), f"channel {number}")
    return Channel(number)


def partition_message(division: str, channel: Channel) -> ledger_pb2.Partition:
    """A partition in wire form."""
    return ledger_pb2.Partition(division=division, channel=int(channel))  # type: ignore[arg-type]


def feed_key(author: bytes, partition: ledger_pb2.Partition) -> FeedKey:
    """A feed's name from its wire form."""
    need(0 < len(partition.division) <= _DIVISION_CHARACTERS_MAX, "a partition without division")
    return FeedKey(_author(author), partition.division, _channel(partition.channel))


def feed_heads(feed: FeedKey, heads: Iterable[Head]) -> ledger_pb2.FeedHeads:
    """The heads of a feed in wire form."""
    return ledger_pb2.FeedHeads(
        author=author_bytes(feed.author),
        partition=partition_message(feed.division, feed.channel),
        heads=[ledger_pb2.Head(number=head.number, hash=head.hash) for head in heads],
    )


def read_heads(messages: Iterable[ledger_pb2.Head]) -> tuple[Head, ...]:
    """Heads from their wire form."""
    heads = tuple(Head(message.number, message.hash) for message in messages)
    need(all(0 < h.number < 1 << 63 and len(h.hash) == _HASH_BYTES for h in heads), "a torn head")
    return heads


def read_feed_heads(message: ledger_pb2.FeedHeads) -> tuple[FeedKey, tuple[Head, ...]]:
    """A feed and its heads from their wire form."""
    return feed_key(message.author, message.partition), read_heads(message.heads)


def beacon_message(beacon: Beacon) -> ledger_pb2.Beacon:
    """A beacon in wire form; without a signature it is what the county signs."""
    message = ledger_pb2.Beacon(
        time=beacon.time,
        trust_digest=beacon.trust_digest,
        registry_digest=beacon.registry_digest,
        author=author_bytes(beacon.author),
    )
    if beacon.signature:
        message.signature.CopyFrom(signature_message(beacon.signature))
    return message


def beacon_bytes(beacon: Beacon) -> bytes:
    """What the county signs: the beacon with no signature."""
    bare = Beacon(beacon.time, beacon.trust_digest, beacon.registry_digest, beacon.author)
    return beacon_message(bare).SerializeToString(deterministic=True)


def read_beacon(message: ledger_pb2.Beacon) -> Beacon:
    """A beacon from its wire form; its signature is the caller's to verify."""
    need(0 <= message.time < 1 << 47, "a beacon's time")
    return Beacon(
        message.time,
        message.trust_digest,
        message.registry_digest,
        _author(message.author),
        message.signature.value,
    )


def signature_message(value: bytes) -> ledger_pb2.Signature:
    """A signature in wire form."""
    return ledger_pb2.Signature(algorithm=_SIGNATURE, value=value)


def encode_header(header: Header) -> bytes:
    """A header in the bytes that its author signs."""
    message = ledger_pb2.SegmentHeader(
        format=header.format,
        cluster=author_bytes(header.cluster),
        author=author_bytes(header.feed.author),
        partition=partition_message(header.feed.division, header.feed.channel),
        number=header.number,
        previous=[ledger_pb2.Head(number=h.number, hash=h.hash) for h in header.previous],
        boot=header.boot,
        first_change=header.first_change,
        last_change=header.last_change,
        changes=header.changes,
        hash_algorithm=_SHA256,
        body_hash=header.body_hash,
        body_bytes=header.body_bytes,
        beacon=beacon_message(header.beacon) if header.beacon else None,
        trust=[feed_heads(feed, heads) for feed, heads in sorted(header.trust.items())],
        policy=header.policy,
        schema=header.schema,
    )
    return message.SerializeToString(deterministic=True)


def decode_header(raw: bytes) -> Header:
    """Reads `encode_header`.

    Raises:
        RefusedBytes: The bytes are malformed.
    """
    try:
        message = ledger_pb2.SegmentHeader.FromString(raw)
    except DecodeError:
        raise malformed("a header does not parse") from None
    previous = read_heads(message.previous)
    highest = max((head.number for head in previous), default=0)
    need(message.number == highest + 1, f"segment {message.number} after {highest}")
    need(list(previous) == sorted(set(previous)), "previous heads out of order")
    need(message.hash_algorithm == _SHA256, f"hash algorithm {message.hash_algorithm}")
    need(
        0 < message.first_change <= message.last_change < 1 << 63
        and 0 < message.changes <= message.last_change - message.first_change + 1
        and message.boot < 1 << 63,
        "change numbers out of range",
    )
    return Header(
        cluster=_author(message.cluster),
        feed=feed_key(message.author, message.partition),
        number=message.number,
        previous=previous,
        boot=message.boot,
        first_change=message.first_change,
        last_change=message.last_change,
        changes=message.changes,
        body_hash=message.body_hash,
        body_bytes=message.body_bytes,
        beacon=read_beacon(message.beacon) if message.HasField("beacon") else None,
        trust=dict(read_feed_heads(one) for one in message.trust),
        policy=message.policy,
        schema=message.schema,
        format=message.format,
    )


# --- segments ------------------------------------------------------------------------------------


def segment_message(segment: Segment) -> ledger_pb2.Segment:
    """A segment in wire form, the same bytes as stored."""
    message = ledger_pb2.Segment(
        header=segment.header_bytes,
        signature=signature_message(segment.signature),
        body=segment.body,
    )
    if segment.replacement:
        message.replacement.ParseFromString(segment.replacement)
    return message


def read_segment(message: ledger_pb2.Segment) -> Segment:
    """A segment from its wire form, with its body's hash checked.

    Raises:
        RefusedBytes: Malformed, or the body is not the one that the header was signed for.
    """
    need(message.signature.algorithm == _SIGNATURE, "an unknown signature algorithm")
    header = decode_header(message.header)
    replacement = b""
    expected = header.body_hash
    if message.HasField("replacement"):
        replacement = message.replacement.SerializeToString(deterministic=True)
        expected = message.replacement.body_hash
    if hashlib.sha256(message.body).digest() != expected:
        raise RefusedBytes(
            f"The body of segment {header.number} of {header.feed.author} does not fit its hash.",
            reason="HASH_MISMATCH",
            hint="It was altered or damaged on its way; it will be asked for again.",
        )
    return Segment(message.header, message.signature.value, message.body, header, replacement)


# --- what is kept or signed outside segments -----------------------------------------------------


def encode_trust(trust: Mapping[FeedKey, tuple[Head, ...]]) -> bytes:
    """A frontier of `trust` in one fixed form, as the store keeps it."""
    feeds = [feed_heads(feed, heads) for feed, heads in sorted(trust.items())]
    return sync_pb2.Heads(feeds=feeds).SerializeToString(deterministic=True)


def decode_trust(raw: bytes) -> dict[FeedKey, tuple[Head, ...]]:
    """Reads `encode_trust`."""
    return dict(read_feed_heads(one) for one in sync_pb2.Heads.FromString(raw).feeds)


def receipt_message(
    feed: FeedKey,
    head: Head,
    unapplied: Iterable[tuple[int, int, str]],
    time: int,
    issuer: str,
) -> ledger_pb2.Receipt:
    """A receipt with no signature: its deterministic bytes are what the issuer signs."""
    return ledger_pb2.Receipt(
        author=author_bytes(feed.author),
        partition=partition_message(feed.division, feed.channel),
        head=ledger_pb2.Head(number=head.number, hash=head.hash),
        unapplied=[
            ledger_pb2.Unapplied(first_change=first, last_change=last, reason=reason)
            for first, last, reason in unapplied
        ],
        time=time,
        issuer=author_bytes(issuer),
    )


def read_receipt(raw: bytes) -> ledger_pb2.Receipt:
    """A receipt from its bytes; its signature is the caller's to verify."""
    try:
        message = ledger_pb2.Receipt.FromString(raw)
    except DecodeError:
        raise malformed("a receipt does not parse") from None
    feed_key(message.author, message.partition)
    read_heads([message.head])
    _author(message.issuer)
    return message


def unsigned(message: ledger_pb2.Receipt) -> bytes:
    """What the issuer of a receipt signed."""
    bare = ledger_pb2.Receipt()
    bare.CopyFrom(message)
    bare.ClearField("signature")
    return bare.SerializeToString(deterministic=True)


def replacement_bytes(header: bytes, message: ledger_pb2.Replacement) -> bytes:
    """What the county signs when it puts a body in the place of an original."""
    return hashlib.sha256(header).digest() + message.order.encode() + message.body_hash
