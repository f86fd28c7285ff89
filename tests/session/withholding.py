"""A township that keeps something back: the product's own session, its answers filtered.

It withholds whatever was written to some feeds after a certain moment, from one peer. A clumsy one
filters what it sends and nothing else. A cunning one speaks as if those feeds stood still: heads,
digests, and the digest of derived tables, which would give it away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cli.simulation.line import Link
from node.feed import Digest, FeedKey, Head, head_digest
from node.replica import Replica
from node.session import Session


class Kept:
    """What a node keeps back: all that comes to certain feeds from now on.

    Args:
        keeper: The node.
        feeds: Which feeds.
    """

    def __init__(self, keeper: Replica, feeds: Callable[[FeedKey], bool]) -> None:
        self.ledger = keeper.store.ledger
        self.feeds = feeds
        self.since = self.ledger.last_arrival()

    def hides(self, feed: FeedKey, head: Head) -> bool:
        """Whether a segment is kept back."""
        stored = self.ledger.has(feed, head)
        return self.feeds(feed) and stored is not None and stored.arrival > self.since

    def heads(self, feed: FeedKey) -> tuple[Head, ...]:
        """The heads of a feed as they stood then."""
        return self.ledger.heads_at(feed, self.since)


class _Unstated:
    """A digest that is not stated."""

    def to_bytes(self) -> bytes:
        return b""


def clumsy(session: Session, kept: Kept) -> None:
    """Sends nothing of what is kept back, and states heads and digests as they are."""
    outgoing = session.outgoing
    load, fresh = outgoing._load, outgoing._fresh

    def loaded(feed: FeedKey, head: Head) -> None:
        if not kept.hides(feed, head):
            load(feed, head)

    def came() -> bool:
        found = fresh()
        open_ = [one for one in outgoing._ready if not kept.hides(one.header.feed, one.head)]
        outgoing._ready.clear()
        outgoing._ready.extend(open_)
        return found and bool(open_)

    outgoing._load = loaded  # type: ignore[method-assign]
    outgoing._fresh = came  # type: ignore[method-assign]


def cunning(session: Session, kept: Kept) -> None:
    """Speaks as if nothing had come since."""
    clumsy(session, kept)
    scope: Any = session.scope
    heads = scope.heads

    def shown(moved_after: int = 0) -> dict[FeedKey, tuple[Head, ...]]:
        found: dict[FeedKey, tuple[Head, ...]] = heads(moved_after)
        hidden = {feed: kept.heads(feed) for feed in found if kept.feeds(feed)}
        return {feed: known for feed, known in {**found, **hidden}.items() if known}

    def summed() -> dict[str, Digest]:
        sums: dict[str, Digest] = {}
        for feed, known in shown().items():
            for head in known:
                sums[feed.division] = sums.get(feed.division, Digest()) + head_digest(feed, head)
        return sums

    scope.heads = shown
    scope.division_digests = summed
    scope.state_digest = _Unstated


def meet_withholding(
    child: Replica, parent: Replica, kept: Kept, how: Callable[[Session, Kept], None]
) -> Link:
    """One session with a parent that keeps something back from this child."""
    link = Link(child, parent)
    how(link.answerer.session, kept)
    return link.run()
