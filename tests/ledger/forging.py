"""Segments that no honest node makes: in another's name, from another context, of any content."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from node import wire
from node.clock import stamp
from node.feed import FeedKey, Head
from node.identity import author_bytes
from node.schema import Channel
from node.segment import SEGMENT_DOMAIN, Body, Cells, Changes, Header, Rows, Segment
from node.trust import REPLACEMENT_DOMAIN
from tests.ledger.federation import START_MS, key_of


def signed(header: Header, packed: bytes, signer: str) -> Segment:
    """A segment with the signature of any node's key."""
    encoded = wire.encode_header(header)
    signature = key_of(signer).sign(SEGMENT_DOMAIN, encoded)
    return Segment(encoded, signature, packed, header)


def forge(
    author: str,
    division: str,
    body: Body,
    *,
    trust: Mapping[FeedKey, tuple[Head, ...]],
    channel: Channel = Channel.CARE,
    signer: str = "",
    after: Sequence[Segment] = (),
    **changed: Any,
) -> Segment:
    """A segment by hand.

    Args:
        author: The node named as its author.
        division: Where it is addressed to.
        body: Its changes, numbered from 1.
        trust: The frontier that it claims to have seen.
        channel: Its lane.
        signer: The node whose key signs it; the author's where nothing is said.
        after: The segments that it names.
        **changed: Fields of the header to state otherwise.
    """
    raw = wire.encode_body(body)
    packed = wire.compress(raw)
    header = Header(
        cluster=key_of("county").author,
        feed=FeedKey(key_of(author).author, division, channel),
        number=max((segment.header.number for segment in after), default=0) + 1,
        previous=tuple(sorted(segment.head for segment in after)),
        boot=1,
        first_change=body.changes.number[0],
        last_change=body.changes.number[-1],
        changes=len(body.changes),
        body_hash=hashlib.sha256(packed).digest(),
        body_bytes=len(raw),
        beacon=None,
        trust=trust,
        policy="",
        schema=2,
    )
    return signed(dataclasses.replace(header, **changed), packed, signer or author)


def changes(count: int = 1, first: int = 1, time: int = 0) -> Changes:
    """Some changes, a millisecond apart."""
    numbers = list(range(first, first + count))
    times = [time or stamp(START_MS + number) for number in numbers]
    return Changes(numbers, times, ["forger"] * count, [None] * count, [None] * count)


def new_rows(table: str, columns: dict[str, list[Any]]) -> Body:
    """A body of new rows, one a change."""
    count = len(next(iter(columns.values())))
    return Body(changes(count), [Rows(table, range(count), [0] * count, columns)])


def write_of(table: str, id_: str, column: str, value: Any, *named: Any) -> Body:
    """A body with one write of one cell."""
    cells = Cells(table, column, [0], [id_], [None], [value], [tuple(named)])
    return Body(changes(), [], [cells])


def replacement(original: Segment, author: str, signer: str) -> Segment:
    """A segment with its body put in the place of itself, as after an erasure.

    Args:
        original: The segment.
        author: The node that the replacement names.
        signer: The node whose key signs it.
    """
    message = wire.segment_message(original)
    put = message.replacement
    put.order = "01KRH7Y2G0ABCDEFGHJKMNPQRS"
    put.body_hash = original.header.body_hash
    put.body_bytes = original.header.body_bytes
    put.author = author_bytes(key_of(author).author)
    signed_bytes = wire.replacement_bytes(original.header_bytes, put)
    put.signature.CopyFrom(
        wire.signature_message(key_of(signer).sign(REPLACEMENT_DOMAIN, signed_bytes))
    )
    return wire.read_segment(message)


def flipped(segment: Segment, region: str, bit: int) -> Segment:
    """A segment with one bit turned over, its header read anew as a receiver does.

    Raises:
        RefusedBytes: The bytes no longer read as a segment.
    """
    message = wire.segment_message(segment)
    content = {
        "header": message.header, "signature": message.signature.value, "body": message.body
    }  # fmt: skip
    raw = bytearray(content[region])
    raw[bit >> 3] ^= 1 << (bit & 7)
    if region == "header":
        message.header = bytes(raw)
    elif region == "signature":
        message.signature.value = bytes(raw)
    else:
        message.body = bytes(raw)
    return wire.read_segment(message)
