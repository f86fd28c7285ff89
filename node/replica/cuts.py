"""The cuts that the tables of a node follow, kept beside the tables they shaped.

What `trust` states may move on within a transaction; the tables follow at its end, in the same
transaction. So these are asked when a segment is applied, never the view.
"""

from __future__ import annotations

from node.cut import decode_cuts, decode_heads
from node.feed import FeedKey, Head
from node.schema import Channel
from node.store import Store

REVOKED = "REVOKED"
_FOLLOWED = "cuts"


class Cuts:
    """What counts of the feeds of revoked nodes.

    Args:
        store: The node's database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read_at = (-1, 0)
        self._raw = b""
        self._told: dict[str, str] = {}
        self._heads: dict[str, dict[FeedKey, tuple[Head, ...]]] = {}
        self._past: dict[FeedKey, tuple[tuple[int, tuple[int, int]], frozenset[Head]]] = {}

    def raw(self) -> bytes:
        """The cuts in one fixed form; empty for none.

        Asked for each segment, and read only where another process has written, or something was
        undone: this one writes them by `follow` alone.
        """
        version, _, undone = self._store.moved
        if (version, undone) != self._read_at:
            self._keep(self._store.content(_FOLLOWED))
            self._read_at = (version, undone)
        return self._raw

    def _keep(self, raw: bytes) -> None:
        if raw != self._raw:
            self._raw, self._told = raw, decode_cuts(raw)
            self._heads = {author: decode_heads(told) for author, told in self._told.items()}
            self._past.clear()

    def follow(self, raw: bytes) -> set[str]:
        """Keeps other cuts as those that the tables follow.

        Returns:
            Every author who is cut otherwise than before.
        """
        self.raw()
        before = self._told
        self._store.put_content(_FOLLOWED, raw)
        self._keep(raw)
        return {
            author
            for author in before.keys() | self._told.keys()
            if before.get(author) != self._told.get(author)
        }

    def authors(self) -> frozenset[str]:
        """Who is cut."""
        self.raw()
        return frozenset(self._heads)

    def trust_heads(self) -> dict[FeedKey, tuple[Head, ...]]:
        """The last heads that count of every `trust` feed of a revoked node; the rest is cut."""
        self.raw()
        return {
            feed: heads
            for author, frontier in self._heads.items()
            for feed, heads in frontier.items()
            if feed.author == author and feed.channel is Channel.TRUST
        }

    def names(self, feed: FeedKey, head: Head) -> bool:
        """Whether a segment is the last one of a branch that counts."""
        self.raw()
        frontier = self._heads.get(feed.author)
        return frontier is not None and head in frontier.get(feed, ())

    def past(self, feed: FeedKey, head: Head) -> bool:
        """Whether a segment that is here lies past its author's cut."""
        self.raw()
        frontier = self._heads.get(feed.author)
        if frontier is None:
            return False
        here = (self._store.ledger.last_arrival(), self._read_at)
        known = self._past.get(feed)
        if known is None or known[0] != here:
            past = self._store.ledger.lacking(feed, frontier.get(feed, ()))
            known = self._past[feed] = (here, frozenset(past))
        return head in known[1]
