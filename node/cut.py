"""A cut: how far the feeds of a revoked node count.

It names one head for each feed and branch; feeds that it does not name are cut before their first
segment. What lies past it is kept and forwarded like anything else, and counts for nothing. A cut
is stated in `trust` by a node that stands above; whoever stands as high as that one, or higher, may
lift it again.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from node import wire
from node.errors import LinliError
from node.feed import FeedKey, Head
from node.schema import Channel, Column, Kind, Table

CUT_TABLE = Table(
    "cut",
    Channel.TRUST,
    (
        Column("author", Kind.FACT, required=True, meaning="the author id that is cut"),
        Column("heads", Kind.FACT, long=True, meaning="the last heads that count, in base64"),
        Column("cause", Kind.FACT, required=True, meaning="why: lost, stolen, replaced …"),
        Column("withdrawn", Kind.FACT, long=True, meaning="what was receipted and is taken back"),
        Column("lifts", Kind.FACT, int, meaning="1 where it lifts the cuts before it"),
    ),
    meaning="nodes revoked, and revocations lifted",
)

HEADS_CHARACTERS_MAX = 262_144
"""Longer heads make a row say nothing; they name 2,600 feeds."""

Frontier = Mapping[FeedKey, tuple[Head, ...]]


@dataclass(frozen=True, slots=True)
class Cut:
    """One act on the feeds of a node.

    Attributes:
        author: Whose feeds.
        by: Who stated it.
        heads: Up to where each feed counts, as the row has it.
        cause: Why, in the words of who stated it.
        lifts: Whether all count again.
    """

    author: str
    by: str
    heads: str
    cause: str
    lifts: bool


def cut_of(values: Mapping[str, str | int | None], by: str) -> Cut | None:
    """What a row says; one that is too long is as if it were not there."""
    heads = str(values.get("heads") or "")
    if len(heads) > HEADS_CHARACTERS_MAX:
        return None
    return Cut(
        str(values.get("author") or ""),
        by,
        heads,
        str(values.get("cause") or ""),
        values.get("lifts") == 1,
    )


def encode_heads(heads: Frontier) -> str:
    """The last heads that count, as a row has them."""
    return base64.b64encode(wire.encode_trust(heads)).decode("ascii")


def decode_heads(text: str) -> dict[FeedKey, tuple[Head, ...]]:
    """Reads `encode_heads`."""
    return wire.decode_trust(base64.b64decode(text, validate=True))


@functools.lru_cache(maxsize=64)
def is_read(text: str) -> bool:
    """Whether heads can be read; a cut whose heads cannot is as if it were not there."""
    try:
        decode_heads(text)
    except (LinliError, DecodeError, binascii.Error, ValueError):
        return False
    return True


def encode_cuts(cuts: Iterable[Cut]) -> bytes:
    """Cuts in force in one fixed form, as the store keeps those that its tables follow."""
    return json.dumps(sorted((cut.author, cut.heads) for cut in cuts)).encode()


def decode_cuts(raw: bytes) -> dict[str, str]:
    """Reads `encode_cuts`: the last heads that count, by author."""
    return dict(json.loads(raw)) if raw else {}
