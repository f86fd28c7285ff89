"""What two nodes share, and the digests by which they find out whether they hold the same of it.

A child's holdings lie within its parent's, so what a parent and a child share is what the lower of
the two may hold: `trust` and `registry` of the whole county, `orders` and `care` of its own
division and below, and every feed whose author stands there, whatever partition it is addressed to.
"""

from __future__ import annotations

from collections.abc import Iterator

from node.feed import Digest, FeedKey, Head, Partition, head_digest, total
from node.replica.core import Core
from node.schema import Channel


class Scope:
    """What this node shares with a peer.

    Args:
        core: The replica's core.
        peer_division: Where the peer stands.
    """

    def __init__(self, core: Core, peer_division: str) -> None:
        self.core = core
        self.peer_division = peer_division

    def holds(self, feed: FeedKey) -> bool:
        """Whether both may hold a feed."""
        view = self.core.view()
        return view.holds(self.core.division, feed) and view.holds(self.peer_division, feed)

    def whole(self, partition: Partition) -> bool:
        """Whether both hold every feed of a partition."""
        view = self.core.view()
        return view.holds_whole(self.core.division, partition) and view.holds_whole(
            self.peer_division, partition
        )

    def digest(self) -> Digest:
        """The sum over all heads that both may hold."""
        return total(self.division_digests().values())

    def division_digests(self) -> dict[str, Digest]:
        """The same by the division that the feeds are addressed to."""
        sums: dict[str, Digest] = {}
        for partition, digest in self.core.store.ledger.partition_digests().items():
            if self.whole(partition):
                sums[partition.division] = sums.get(partition.division, Digest()) + digest
        for feed, heads in self._outside():
            for head in heads:
                sums[feed.division] = sums.get(feed.division, Digest()) + head_digest(feed, head)
        return sums

    def _outside(self) -> Iterator[tuple[FeedKey, tuple[Head, ...]]]:
        """Feeds that both hold because of their author alone."""
        for feed, heads in self.core.store.ledger.all_heads(
            channels=(Channel.ORDERS, Channel.CARE)
        ).items():
            if not self.whole(feed.partition) and self.holds(feed):
                yield feed, heads

    def state_digest(self) -> Digest:
        """The sum over the derived tables of all partitions that both hold whole."""
        sums = [
            Digest.of(f"{partition.division} {int(partition.channel)} {table} {digest}".encode())
            for (partition, table), digest in self.core.store.ledger.state_digests().items()
            if digest.value and self.whole(partition)
        ]
        return total(sums)

    def heads(self, moved_after: int = 0) -> dict[FeedKey, tuple[Head, ...]]:
        """The heads of all shared feeds, or of those that moved after an arrival."""
        feeds = self.core.store.ledger.all_heads(moved_after=moved_after)
        return {feed: heads for feed, heads in feeds.items() if self.holds(feed)}
