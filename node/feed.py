"""Feeds, heads and digests: what two nodes compare to find out whether they hold the same.

A feed is the segments of one author in one partition. Each names the one before by number and hash;
a box restored from a backup, or cloned, makes its feed branch, and its next segment joins the
branches again. The last segments of all branches are the feed's heads. Digests are sums over heads
modulo 2^256, so the digest of any scope is the sum of the digests of its parts, and moving one head
costs one subtraction and one addition.

Pure: no clock, no disk, no wire.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from node.schema import Channel

DIGEST_BYTES = 32
_MODULUS = 1 << (8 * DIGEST_BYTES)


class Partition(NamedTuple):
    """The unit of permission and of replication."""

    division: str
    channel: Channel


class Head(NamedTuple):
    """The last segment of a branch: equal heads mean equal branches."""

    number: int
    hash: bytes


class FeedKey(NamedTuple):
    """Names a feed."""

    author: str
    division: str
    channel: Channel

    @property
    def partition(self) -> Partition:
        """The partition that the feed is addressed to."""
        return Partition(self.division, self.channel)


class Stamp(NamedTuple):
    """Orders versions: by clamped time, then author, boot and number."""

    time: int
    author: str
    boot: int
    number: int


class VersionName(NamedTuple):
    """Names a version within its cell."""

    author: str
    boot: int
    number: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A sum of hashes. Equal sums mean equal sets, for whoever cannot break SHA-256.

    Attributes:
        value: The sum, 0 for nothing.
    """

    value: int = 0

    def __add__(self, other: Digest) -> Digest:
        return Digest((self.value + other.value) % _MODULUS)

    def __sub__(self, other: Digest) -> Digest:
        return Digest((self.value - other.value) % _MODULUS)

    def to_bytes(self) -> bytes:
        """32 bytes, big endian, as on the wire."""
        return self.value.to_bytes(DIGEST_BYTES, "big")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Digest:
        """Reads `to_bytes`; nothing reads as the digest of nothing."""
        return cls(int.from_bytes(raw[:DIGEST_BYTES], "big"))

    @classmethod
    def of(cls, content: bytes) -> Digest:
        """The digest of one thing."""
        return cls(int.from_bytes(hashlib.sha256(content).digest(), "big"))

    def __str__(self) -> str:
        return self.to_bytes().hex()


def head_digest(feed: FeedKey, head: Head) -> Digest:
    """What one head adds to the digest of its partition.

    SHA-256 over division (UTF-8), a zero byte, channel (1 byte), author id (text, UTF-8), a zero
    byte, number (8 bytes, big endian) and hash.
    """
    return Digest.of(
        feed.division.encode()
        + b"\0"
        + bytes([feed.channel])
        + feed.author.encode()
        + b"\0"
        + head.number.to_bytes(8, "big")
        + head.hash
    )


def total(digests: Iterable[Digest]) -> Digest:
    """The sum."""
    return Digest(sum(digest.value for digest in digests) % _MODULUS)


def advance(heads: Iterable[Head], previous: Iterable[Head], new: Head) -> tuple[Head, ...]:
    """The heads of a feed after a segment joined it: those that it names are heads no longer."""
    named = set(previous)
    return tuple(sorted({head for head in heads if head not in named} | {new}))


def locator(chain: Iterable[Head]) -> list[Head]:
    """Points of a branch from its head, dense at first and ever sparser, always with the last.

    Args:
        chain: The branch, newest first.

    Returns:
        At most about 10 + log2(length) points, so that a peer finds the last common one in one
        message.
    """
    points: list[Head] = []
    step, due = 1, 0
    last: Head | None = None
    for index, head in enumerate(chain):
        last = head
        if index == due:
            points.append(head)
            step = step * 2 if len(points) > 8 else 1
            due += step
    if last is not None and points[-1] != last:
        points.append(last)
    return points
