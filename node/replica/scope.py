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
from node.trust import View


class Scope:
    """What this node shares with a peer.

    Args:
        core: The replica's core.
        peer_division: Where the peer stands.
    """

    def __init__(self, core: Core, peer_division: str) -> None:
        self.core = core
        self.peer_division = peer_division
        self._summed: tuple[View, tuple[int, int], dict[str, Digest]] | None = None

    def holds(self, feed: FeedKey) -> bool:
        """Whether both may hold a feed."""
        return self._holds(self.core.view(), feed)

    def _holds(self, view: View, feed: FeedKey) -> bool:
        return view.holds(self.core.division, feed) and view.holds(self.peer_division, feed)

    def whole(self, partition: Partition) -> bool:
        """Whether both hold every feed of a partition."""
        return self._whole(self.core.view(), partition)

    def _whole(self, view: View, partition: Partition) -> bool:
        return view.holds_whole(self.core.division, partition) and view.holds_whole(
            self.peer_division, partition
        )

    def digest(self) -> Digest:
        """The sum over all heads that both may hold."""
        return total(self.division_digests().values())

    def division_digests(self) -> dict[str, Digest]:
        """The same by the division that the feeds are addressed to."""
        view, store = self.core.view(), self.core.store
        # Heads move with what arrives, and in no other way.
        at = (store.ledger.last_arrival(), store.undone)
        if self._summed is None or self._summed[:2] != (view, at):
            self._summed = (view, at, self._sums(view))
        return self._summed[2]

    def _sums(self, view: View) -> dict[str, Digest]:
        sums: dict[str, Digest] = {}
        for partition, digest in self.core.store.ledger.partition_digests().items():
            if self._whole(view, partition):
                sums[partition.division] = sums.get(partition.division, Digest()) + digest
        for feed, heads in self._outside(view):
            for head in heads:
                sums[feed.division] = sums.get(feed.division, Digest()) + head_digest(feed, head)
        return sums

    def _outside(self, view: View) -> Iterator[tuple[FeedKey, tuple[Head, ...]]]:
        """Feeds that both hold because of their author alone."""
        for feed, heads in self.core.store.ledger.all_heads(
            channels=(Channel.ORDERS, Channel.CARE)
        ).items():
            if not self._whole(view, feed.partition) and self._holds(view, feed):
                yield feed, heads

    def state_digest(self) -> Digest:
        """The sum over the derived tables of all partitions that both hold whole."""
        view = self.core.view()
        sums = [
            Digest.of(f"{partition.division} {int(partition.channel)} {table} {digest}".encode())
            for (partition, table), digest in self.core.store.ledger.state_digests().items()
            if digest.value and self._whole(view, partition)
        ]
        return total(sums)

    def heads(self, moved_after: int = 0) -> dict[FeedKey, tuple[Head, ...]]:
        """The heads of all shared feeds, or of those that moved after an arrival."""
        view = self.core.view()
        feeds = self.core.store.ledger.all_heads(moved_after=moved_after)
        return {feed: heads for feed, heads in feeds.items() if self._holds(view, feed)}
