"""Headers, heads, beacons, receipts and segments in wire bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from google.protobuf.message import DecodeError

from linli.v1 import ledger_pb2, sync_pb2
from node.errors import RefusedBytes
from node.feed import FeedKey, Head
from node.identity import author_bytes, author_text
from node.schema import Channel
from node.segment import BRANCHES_MAX, Beacon, Header, Segment
from node.wire.columns import malformed, need

_SIGNATURE = ledger_pb2.SIGNATURE_ALGORITHM_ECDSA_P256_SHA256
_SHA256 = ledger_pb2.HASH_ALGORITHM_SHA256
_HASH_BYTES = 32
_AUTHOR_BYTES = 20
_DIVISION_CHARACTERS_MAX = 16


def read_author(raw: bytes) -> str:
    """An author id from its 20 bytes."""
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
    return FeedKey(read_author(author), partition.division, _channel(partition.channel))


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
    """A feed and its heads from their wire form: each head once, and as many as a feed may have."""
    need(len(message.heads) <= BRANCHES_MAX, "a feed of too many branches")
    heads = read_heads(message.heads)
    need(len(set(heads)) == len(heads), "a head twice")
    return feed_key(message.author, message.partition), heads


def beacon_message(beacon: Beacon) -> ledger_pb2.Beacon:
    """A beacon in wire form, as it came; without a signature it is what the county signs."""
    if beacon.raw:
        return ledger_pb2.Beacon.FromString(beacon.raw)
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
    message = beacon_message(beacon)
    message.ClearField("signature")
    return message.SerializeToString(deterministic=True)


def read_beacon(message: ledger_pb2.Beacon) -> Beacon:
    """A beacon from its wire form; its signature is the caller's to verify."""
    need(0 <= message.time < 1 << 47, "a beacon's time")
    return Beacon(
        message.time,
        message.trust_digest,
        message.registry_digest,
        read_author(message.author),
        message.signature.value,
        message.SerializeToString(deterministic=True),
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
    need(message.number == highest + 1 < 1 << 63, f"segment {message.number} after {highest}")
    need(list(previous) == sorted(set(previous)), "previous heads out of order")
    need(message.hash_algorithm == _SHA256, f"hash algorithm {message.hash_algorithm}")
    need(
        0 < message.first_change <= message.last_change < 1 << 63
        and 0 < message.changes <= message.last_change - message.first_change + 1
        and message.boot < 1 << 63,
        "change numbers out of range",
    )
    trust = dict(read_feed_heads(one) for one in message.trust)
    need(
        all(feed.channel is Channel.TRUST for feed in trust),
        "a trust frontier with another lane in it",
    )
    return Header(
        cluster=read_author(message.cluster),
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
        trust=trust,
        policy=message.policy,
        schema=message.schema,
        format=message.format,
    )


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


def encode_trust(trust: Mapping[FeedKey, tuple[Head, ...]]) -> bytes:
    """A frontier of `trust` in one fixed form, as the store keeps it."""
    feeds = [feed_heads(feed, heads) for feed, heads in sorted(trust.items())]
    return sync_pb2.Heads(feeds=feeds).SerializeToString(deterministic=True)


def decode_trust(raw: bytes) -> dict[FeedKey, tuple[Head, ...]]:
    """Reads `encode_trust`."""
    return dict(read_feed_heads(one) for one in sync_pb2.Heads.FromString(raw).feeds)


class Unapplied(NamedTuple):
    """Changes that are stored and not applied.

    Attributes:
        boot: The boot that wrote them; 0 for any.
        segment: The hash of their segment, where the boot gave their numbers twice; or empty.
        first_change: The first change's number.
        last_change: The last change's number.
        reason: Why.
    """

    boot: int
    segment: bytes
    first_change: int
    last_change: int
    reason: str

    def says(self, boot: int, change: int, segment: bytes) -> bool:
        """Whether it is about a change."""
        return (
            self.boot in (0, boot)
            and self.segment in (b"", segment)
            and self.first_change <= change <= self.last_change
        )


def read_unapplied(message: ledger_pb2.Receipt) -> list[Unapplied]:
    """What a receipt says is not applied."""
    return [
        Unapplied(part.boot, part.segment, part.first_change, part.last_change, part.reason)
        for part in message.unapplied
    ]


def receipt_message(
    feed: FeedKey,
    heads: Iterable[Head],
    unapplied: Iterable[Unapplied],
    time: int,
    issuer: str,
) -> ledger_pb2.Receipt:
    """A receipt with no signature: its deterministic bytes are what the issuer signs."""
    return ledger_pb2.Receipt(
        author=author_bytes(feed.author),
        partition=partition_message(feed.division, feed.channel),
        heads=[ledger_pb2.Head(number=head.number, hash=head.hash) for head in heads],
        unapplied=[
            ledger_pb2.Unapplied(
                boot=part.boot,
                first_change=part.first_change,
                last_change=part.last_change,
                reason=part.reason,
                segment=part.segment,
            )
            for part in unapplied
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
    need(bool(read_heads(message.heads)), "a receipt for nothing")
    read_author(message.issuer)
    return message


def unsigned(message: ledger_pb2.Receipt) -> bytes:
    """What the issuer of a receipt signed."""
    bare = ledger_pb2.Receipt()
    bare.CopyFrom(message)
    bare.ClearField("signature")
    return bare.SerializeToString(deterministic=True)


def replacement_bytes(header: bytes, message: ledger_pb2.Replacement) -> bytes:
    """What the county signs when it puts a body in the place of an original."""
    size = message.body_bytes.to_bytes(4, "big")
    return hashlib.sha256(header).digest() + message.order.encode() + message.body_hash + size
