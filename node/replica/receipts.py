"""Receipts: a parent's signed word that it has stored a head durably, and how they come back down.

They are no changes and stand in no frontier. The newest of one issuer and feed replaces the older.
They go down the author's path, and an aide's ticks are shown from nothing else.
"""

from __future__ import annotations

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
    """The changes not applied, few and in order; what would be too many becomes one wide range."""
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
    joined: list[wire.Unapplied] = []
    for part in sorted(parts, key=lambda one: (one.boot, one.segment, one.reason)):
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last.boot, last.segment, last.reason) == (part.boot, part.segment, part.reason)
            and part.first_change <= last.last_change + 1
        ):
            reach = max(last.last_change, part.last_change)
            joined[-1] = last._replace(last_change=reach)
        else:
            joined.append(part)
    if len(joined) <= _RANGES_MAX:
        return joined
    first = min(one.first_change for one in joined)
    reach = max(one.last_change for one in joined)
    return [wire.Unapplied(0, b"", first, reach, joined[0].reason)]


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
