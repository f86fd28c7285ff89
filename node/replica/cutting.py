"""Following the cuts.

What a revoked node wrote past its cut counts for nothing, and counts again when the cut is lifted.
A cut may take away trust data by which others were judged, even another cut; then everything is
derived anew, until nothing moves any more. That comes to an end, since only who stands above can
cut, and nobody stands above the county.
"""

from __future__ import annotations

from node.cut import encode_cuts
from node.feed import FeedKey
from node.replica import forks
from node.replica.applying import rebuild_judged
from node.replica.core import Core
from node.replica.receipts import issue_receipts
from node.schema import Channel

_ROUNDS_MAX = 8
"""More than there are tiers."""


def heed(core: Core) -> set[FeedKey]:
    """Does what follows from other trust data than before; within its transaction.

    Returns:
        The feeds of which something else counts than before.
    """
    touched = follow(core)
    forks.clear(core)
    issue_receipts(core, touched)
    return touched


def follow(core: Core) -> set[FeedKey]:
    """Derives anew what other cuts than before make count, or not count; within a transaction.

    Returns:
        The feeds of which something else counts than before.
    """
    touched: set[FeedKey] = set()
    for _ in range(_ROUNDS_MAX):
        in_force = core.view().cuts
        raw = encode_cuts(in_force.values()) if in_force else b""
        if raw == core.cuts.raw():
            return touched
        judged_by = core.views.certified()
        authors = core.cuts.follow(raw)
        core.forget_views()
        feeds = {feed for feed in core.store.ledger.all_heads() if feed.author in authors}
        partitions = {feed.partition for feed in feeds}
        if core.views.certified() == judged_by:  # nobody is judged otherwise than before
            partitions = {one for one in partitions if one.channel is not Channel.TRUST}
        rebuild_judged(core, partitions)
        touched |= feeds
    raise AssertionError("cuts come to an end after as many rounds as there are tiers")
