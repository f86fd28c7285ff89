"""Receipts: a parent's signed word that it has stored a head durably, and how they come back down.

They are no changes and stand in no frontier. The newest of one issuer and feed replaces the older.
They go down the author's path, and an aide's ticks are shown from nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from node import identity, wire
from node.errors import Refused
from node.feed import FeedKey
from node.replica.core import Core
from node.replica.reading import check_receipt
from node.replica.reuse import BOOT_REUSED
from node.store.peers import Received
from node.store.quarantine import SetAside
from node.trust import RECEIPT_DOMAIN

_RANGES_MAX = 100
_BOOTS_MAX = 5_000
"""Where something of more boots than these was set aside, one range stands for all of them."""


def issue_receipts(core: Core, feeds: Iterable[FeedKey]) -> int:
    """Signs receipts for the heads of feeds whose authors stand below, within a transaction.

    It is the caller's transaction that makes the heads durable, so a receipt exists only together
    with what it states.

    Returns:
        How many.
    """
    view, count = core.view(), 0
    for feed in sorted(feeds):
        author = view.standing(feed.author)
        below = (
            author is not None
            and author.division != core.division
            and view.covers(core.division, author.division)
        )
        if not below:
            continue
        core.store.peers.put_receipt(_sign(core, feed))
        count += 1
    return count


def _sign(core: Core, feed: FeedKey) -> Received:
    heads = core.store.ledger.heads(feed)
    parts = _ranges(core.store.quarantine.entries(feed))
    older = [one.time for one in core.store.peers.receipts(feed) if one.issuer == core.author]
    now = max([core.now_ms(), *(time + 1 for time in older)])
    message = wire.receipt_message(feed, heads, parts, now, core.author)
    message.signature.CopyFrom(
        wire.signature_message(core.sign(RECEIPT_DOMAIN, wire.unsigned(message)))
    )
    content = message.SerializeToString(deterministic=True)
    return Received(feed, core.author, heads, now, content)


def _ranges(entries: Iterable[SetAside]) -> list[wire.Unapplied]:
    """The changes not applied, in order; where they are too many, one wide range of each boot."""
    parts = sorted(
        wire.Unapplied(
            entry.boot,
            entry.head.hash if entry.reason == BOOT_REUSED else b"",
            entry.first_change,
            entry.last_change,
            entry.reason,
        )
        for entry in entries
    )
    joined = _joined(sorted(parts, key=lambda one: (one.boot, one.segment, one.reason)), 1)
    if len(joined) > _RANGES_MAX:
        wide = [one._replace(segment=b"") for one in parts]
        joined = _joined(sorted(wide), math.inf)
    if len(joined) > _BOOTS_MAX:
        first = min(one.first_change for one in joined)
        reach = max(one.last_change for one in joined)
        joined = [wire.Unapplied(0, b"", first, reach, joined[0].reason)]
    return joined


def _joined(parts: Iterable[wire.Unapplied], gap_max: float) -> list[wire.Unapplied]:
    """Ranges of one boot, segment and reason put together; with no limit to the gap, of a boot."""
    joined: list[wire.Unapplied] = []
    for part in parts:
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last.boot, last.segment) == (part.boot, part.segment)
            and (last.reason == part.reason or gap_max > 1)
            and part.first_change <= last.last_change + gap_max
        ):
            reach = max(last.last_change, part.last_change)
            joined[-1] = last._replace(last_change=reach)
        else:
            joined.append(part)
    return joined


def take_receipts(core: Core, contents: Iterable[bytes]) -> int:
    """Keeps receipts that verify; one that does not is left out.

    Returns:
        How many were kept.
    """
    count = 0
    with core.store.transaction():
        for content in contents:
            try:
                message = check_receipt(core, content)
            except Refused:
                continue
            feed = wire.feed_key(message.author, message.partition)
            heads = wire.read_heads(message.heads)
            issuer = identity.author_text(message.issuer)
            core.store.peers.put_receipt(Received(feed, issuer, heads, message.time, content))
            count += 1
    return count
