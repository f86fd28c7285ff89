"""Whether what was written here reaches the county, and where it stopped if it does not.

A tick is a signed receipt, so a parent that withholds what it was given, or cannot pass it on,
shows by a tick that does not come. The rule: where the county has given no receipt for a change of
this node for `lag_days_max` days, an alert names the last tier that has it and the one that lacks
it. It follows from receipts and from today's date, so it is computed whenever somebody looks, with
the cable unplugged too, and goes when the receipt comes.
"""

from __future__ import annotations

from collections.abc import Iterator

from node import wire
from node.clock import DAY_MS, day
from node.division import LEVELS
from node.errors import LinliError
from node.feed import FeedKey, Head
from node.replica.core import Core
from node.replica.reading import check_receipt
from node.store.peers import Alert

LAGGING = "lagging"


def lag(core: Core) -> Alert | None:
    """The alert that something written here has not reached the county for days; None if not."""
    tier = core.view().tree.level(core.division)
    above = LEVELS[: LEVELS.index(tier)] if tier in LEVELS else ()
    if not above:
        return None
    since = _oldest(core, above[0])
    due = since + core.limits.lag_days_max * DAY_MS if since else 0
    if not since or due > core.now_ms():
        return None
    has = tier
    for level in reversed(above[1:]):
        lacks = _oldest(core, level)
        if lacks and lacks <= since:
            break
        has = level
    next_up = LEVELS[LEVELS.index(has) - 1]
    text = (
        f"What was written here on {day(since)} has not reached the county: the {has} has it, and"
        f" the {next_up} has not said so. If the line is there, ask there; a stick takes it too."
    )
    return Alert(LAGGING, core.author, text, due)


def _oldest(core: Core, tier: str) -> int:
    """When the oldest change was written here that a tier has not confirmed; 0 where it has all."""
    moments = [at for _, _, _, at in core.store.ledger.tails()]
    for feed, heads in core.store.ledger.all_heads().items():
        if feed.author != core.author or not heads:
            continue
        lacking = core.store.ledger.lacking(feed, _confirmed(core, feed, tier))
        if lacking:
            segment = core.store.ledger.segment(feed, lacking[0])
            assert segment is not None, "what lacks elsewhere is here"
            body = wire.body_of(segment, core.limits.body_bytes_max)
            moments.append(min(body.changes.time) >> 16)
    return min(moments, default=0)


def _confirmed(core: Core, feed: FeedKey, tier: str) -> Iterator[Head]:
    """The heads of a feed that nodes of a tier have said under their signature to have."""
    for receipt in core.store.peers.receipts(feed):
        standing = core.view().standing(receipt.issuer)
        if standing is None or standing.tier != tier:
            continue
        try:
            check_receipt(core, receipt.content)
        except LinliError:
            continue  # it proves nothing, as if it had not come
        yield from receipt.heads
