"""Finding out what the other lacks: heads since a common mark, or a descent by division.

After every exchange each side remembers a few of its own digests with the moment at which they
held. A peer that names one of them as its mark was equal to this node then, so only what moved
since needs to be told. Without a common mark (a new box, a restored one) the dialler sends digests
by subtree, the answerer replies with digests by division where they differ, and both tell their
heads for the divisions that still differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from node import wire
from node.feed import Digest, FeedKey, Head, locator, total
from node.replica import Replica, Scope
from node.wire import Frame

_PARTS_MAX = 10_000
HEADS_MAX = 25_000
"""Heads that a peer may name in one session; a feed without any counts as one."""


class Comparison:
    """What is known of the peer's heads.

    Args:
        replica: This node's replica.
        scope: What it shares with the peer.
        peer: The peer's author id.
    """

    def __init__(self, replica: Replica, scope: Scope, peer: str) -> None:
        self.replica = replica
        self.scope = scope
        self.peer = peer
        self.peer_heads: dict[FeedKey, tuple[Head, ...]] = {}
        self._collected: dict[FeedKey, tuple[Head, ...]] = {}
        self._count = 0

    # --- frames ----------------------------------------------------------------------------------

    def since_mark(self, arrival: int) -> list[Frame]:
        """The heads that moved here since a mark that the peer named."""
        return list(self._heads_frames(self.scope.heads(arrival), since_mark=True))

    def of_divisions(self, divisions: Iterable[str], answer: bool) -> list[Frame]:
        """All heads here for some divisions."""
        wanted = sorted(divisions)
        chosen = {
            feed: heads for feed, heads in self.scope.heads().items() if feed.division in wanted
        }
        return list(self._heads_frames(chosen, divisions=wanted, answer=answer))

    def _heads_frames(
        self,
        feeds: dict[FeedKey, tuple[Head, ...]],
        since_mark: bool = False,
        divisions: Iterable[str] = (),
        answer: bool = False,
    ) -> Iterator[Frame]:
        items = list(feeds.items())
        step = self.replica.core.limits.heads_per_frame_max
        for start in range(0, max(len(items), 1), step):
            frame = Frame()
            heads = frame.heads
            heads.SetInParent()
            heads.since_mark = since_mark
            heads.divisions.extend(divisions)
            heads.answer = answer
            heads.more = start + step < len(items)
            heads.feeds.extend(
                wire.feed_heads(feed, known) for feed, known in items[start : start + step]
            )
            yield frame

    def all_heads(self) -> Iterator[Frame]:
        """Every head here of the shared scope."""
        return self._heads_frames(self.scope.heads())

    def empty(self) -> Frame:
        """Says that this node holds nothing of the shared scope."""
        return next(self._heads_frames({}))

    def unknown_mark(self) -> Frame:
        """Says that the peer's mark is not known here: it should send its digests."""
        frame = Frame()
        frame.compare.SetInParent()
        return frame

    def by_subtree(self) -> Frame:
        """Digests of the top division and of the subtree below each of its children."""
        sums = self.scope.division_digests()
        tree = self.replica.tree
        frame = Frame()
        frame.compare.SetInParent()
        rest = dict(sums)
        for child in tree.children(tree.root):
            parts = [rest.pop(division, Digest()) for division in tree.below(child)]
            frame.compare.parts.add(division=child, subtree=True, digest=total(parts).to_bytes())
        for division, digest in sorted(rest.items()):
            frame.compare.parts.add(division=division, digest=digest.to_bytes())
        return frame

    def refine(self, frame: Frame) -> Frame:
        """Answers digests with finer ones wherever they differ from those here, each once."""
        wire.need(len(frame.compare.parts) <= _PARTS_MAX, "a comparison of too many parts")
        sums = self.scope.division_digests()
        tree = self.replica.tree
        answer = Frame()
        answer.compare.SetInParent()
        rest = dict(sums)
        covered: set[str] = set()
        for part in frame.compare.parts:
            inside = tree.below(part.division) if part.subtree else [part.division]
            fresh = [division for division in inside if division not in covered]
            covered.update(fresh)
            mine = {division: rest.pop(division, Digest()) for division in fresh}
            if not fresh or total(mine.values()).to_bytes() == part.digest:
                continue
            for division, digest in mine.items():
                answer.compare.parts.add(division=division, digest=digest.to_bytes())
        for division, digest in sorted(rest.items()):
            answer.compare.parts.add(division=division, digest=digest.to_bytes())
        return answer

    def differing(self, frame: Frame) -> list[str]:
        """The divisions of an answer by `refine` whose digests differ from those here."""
        sums = self.scope.division_digests()
        return [
            part.division
            for part in frame.compare.parts
            if sums.get(part.division, Digest()).to_bytes() != part.digest
        ]

    # --- learning --------------------------------------------------------------------------------

    def learn(self, frame: Frame) -> bool:
        """Takes in heads of the peer; returns whether they are complete."""
        for message in frame.heads.feeds:
            feed, heads = wire.read_feed_heads(message)
            if self.scope.holds(feed) or self.replica.view.standing(feed.author) is None:
                self._count += max(len(heads), 1)
                self._collected[feed] = heads
            wire.need(self._count <= HEADS_MAX, "too many heads")
        if frame.heads.more:
            return False
        self.peer_heads.update(self._collected)
        self._collected = {}
        self._count = sum(max(len(heads), 1) for heads in self.peer_heads.values())
        return True

    def lacking_since(self, arrival: int) -> list[tuple[FeedKey, tuple[Head, ...]]]:
        """What the peer lacks, when it has told all that moved there since its mark.

        A feed that it did not name stands there as it stood here at the mark.
        """
        plan = []
        for feed in self.scope.heads(arrival):
            known = self.peer_heads.get(feed)
            if known is None:
                known = self.replica.store.ledger.heads_at(feed, arrival)
            if self._all_here(feed, known):
                plan.append((feed, known))
        return plan

    def lacking_in(self, divisions: Iterable[str] | None) -> list[tuple[FeedKey, tuple[Head, ...]]]:
        """What the peer lacks in divisions for which it has told all its heads; None: all."""
        wanted = None if divisions is None else set(divisions)
        return [
            (feed, self.peer_heads.get(feed, ()))
            for feed in self.scope.heads()
            if (wanted is None or feed.division in wanted)
            and self._all_here(feed, self.peer_heads.get(feed, ()))
        ]

    def _all_here(self, feed: FeedKey, heads: tuple[Head, ...]) -> bool:
        """Whether every head of the peer is known here; otherwise it is ahead, or has branched."""
        return all(self.replica.store.ledger.has(feed, head) is not None for head in heads)

    def wants(self, refused: set[FeedKey]) -> list[Frame]:
        """Asks for the feeds of which heads that the peer named have not come."""
        frames = []
        for feed, heads in sorted(self.peer_heads.items()):
            if feed in refused or self._all_here(feed, heads) or not self.scope.holds(feed):
                continue
            frames.append(self.want(feed))
        return frames

    def want(self, feed: FeedKey) -> Frame:
        """Asks for what lies beyond the points of a feed that are here."""
        ledger = self.replica.store.ledger
        frame = Frame()
        message = wire.feed_heads(feed, [])
        frame.want.author = message.author
        frame.want.partition.CopyFrom(message.partition)
        points = {
            point for head in ledger.heads(feed) for point in locator(ledger.chain(feed, head))
        }
        for point in sorted(points, reverse=True):
            frame.want.have.add(number=point.number, hash=point.hash)
        return frame
