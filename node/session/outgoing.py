"""What a session still has to send: first the backlog, then each new segment as it comes.

The backlog is a list of feeds with what the peer is known to have of each; the segments themselves
are looked up when their turn comes, so that no list of them is ever held in memory. Trust goes
first, then lane by lane. What is in flight and not yet acknowledged never exceeds one frame's
budget, and the budget follows the link: it doubles while answers come fast and halves when they
come late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from node import wire
from node.config import Limits
from node.feed import FeedKey, Head
from node.replica import Replica, Scope
from node.schema import Channel
from node.segment import Segment
from node.session.stats import Stats
from node.wire import Frame

FAST_MS = 500
SLOW_MS = 2_000
_LIVE_BATCH = 32


class Window:
    """Keeps what is in flight within a budget that follows the link.

    Args:
        limits: The node's limits.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.budget = min(limits.frame_bytes_max, limits.frame_bytes_min * 16)
        self.in_flight: dict[int, tuple[int, int]] = {}
        self.last = 0

    @property
    def frame_bytes(self) -> int:
        """How large the next frame may be: half the budget, so that two can overlap."""
        return max(self.budget // 2, 1)

    def has_room(self, size: int) -> bool:
        """Whether a frame of a size may leave now."""
        flying = sum(size for size, _ in self.in_flight.values())
        return not flying or flying + size <= self.budget

    def sent(self, size: int, now_ms: int) -> int:
        """Notes a frame and returns its number."""
        self.last += 1
        self.in_flight[self.last] = (size, now_ms)
        return self.last

    def acknowledged(self, number: int, now_ms: int) -> None:
        """Strikes every frame up to a number, and adapts the budget."""
        for one in [one for one in self.in_flight if one <= number]:
            _, sent_at = self.in_flight.pop(one)
            self.answered(now_ms - sent_at)

    def answered(self, elapsed_ms: int) -> None:
        """Adapts the budget to how long an answer took."""
        if elapsed_ms <= FAST_MS:
            self.budget = min(self.budget * 2, self.limits.frame_bytes_max)
        elif elapsed_ms >= SLOW_MS:
            self.budget = max(self.budget // 2, self.limits.frame_bytes_min)


class Outgoing:
    """The segments that a peer lacks, in the order in which they should go.

    Args:
        replica: This node's replica.
        scope: What it shares with the peer.
        stats: Where what is sent is counted.
    """

    def __init__(self, replica: Replica, scope: Scope, stats: Stats) -> None:
        self.replica = replica
        self.scope = scope
        self.stats = stats
        self.refused: set[FeedKey] = set()
        self._feeds: deque[tuple[FeedKey, tuple[Head, ...]]] = deque()
        self._heads: deque[tuple[FeedKey, Head]] = deque()
        self._ready: deque[Segment] = deque()
        self._cursors: dict[Channel, int] | None = None
        self._from_peer: set[bytes] = set()
        self._greeted_at = 0
        self._looked_at = (0, 0, -1)
        self._ahead: set[bytes] = set()

    def greeted(self) -> None:
        """Notes what is here when the peer is greeted: all that comes later goes to it live."""
        self._greeted_at = self.replica.store.ledger.last_arrival()

    def plan(self, feeds: Iterable[tuple[FeedKey, tuple[Head, ...]]]) -> None:
        """Adds feeds to the backlog, each with what the peer has of it, and goes live after."""
        self._feeds.extend(sorted(feeds, key=lambda item: self._order(item[0])))
        if self._cursors is None:
            self._cursors = dict.fromkeys(Channel, self._greeted_at)

    def _order(self, feed: FeedKey) -> tuple[Channel, int]:
        """By lane, and from above: an author's certificate stands in a feed of a node above it."""
        view = self.replica.view
        standing = view.standing(feed.author)
        return feed.channel, len(view.tree.path(standing.division)) if standing else 0

    def came_from_peer(self, segments: Iterable[Segment]) -> None:
        """Notes what the peer itself sent, which need not go back."""
        self._from_peer.update(segment.hash for segment in segments)

    def trust_served(self) -> bool:
        """Whether the `trust` lane of the backlog is on its way."""
        if self._cursors is None:
            return False
        waiting = [feed for feed, _ in (*self._feeds, *self._heads)]
        waiting += [segment.header.feed for segment in self._ready]
        return all(feed.channel is not Channel.TRUST for feed in waiting)

    def served(self) -> bool:
        """Whether nothing of the backlog is left."""
        return self._cursors is not None and not (self._feeds or self._heads or self._ready)

    def frames(self, window: Window, now_ms: int) -> list[Frame]:
        """Frames of segments, as many as the window has room for."""
        frames: list[Frame] = []
        while window.has_room(window.frame_bytes):
            segments = self.next_frame(window.frame_bytes)
            if not segments:
                break
            frame = Frame()
            frame.segments.number = window.sent(sum(one.size for one in segments), now_ms)
            frame.segments.segments.extend(wire.segment_message(one) for one in segments)
            self.stats.segments_sent += len(segments)
            frames.append(frame)
        return frames

    def next_frame(self, room: int) -> list[Segment]:
        """The next segments, at most `room` bytes of them but at least one if there is one."""
        chosen: list[Segment] = []
        size = 0
        while (segment := self._peek()) is not None:
            if chosen and size + segment.size > room:
                break
            self._ready.popleft()
            chosen.append(segment)
            size += segment.size
        return chosen

    def _peek(self) -> Segment | None:
        """The next segment, left in its place."""
        while not self._ready:
            if self._heads:
                self._load(*self._heads.popleft())
            elif self._feeds:
                feed, known = self._feeds.popleft()
                lacking = self.replica.store.ledger.lacking(feed, known)
                self._heads.extend((feed, head) for head in lacking)
            elif not self._fresh():
                return None
        return self._ready[0]

    def _load(self, feed: FeedKey, head: Head) -> None:
        if feed in self.refused or head.hash in self._from_peer or not self.scope.holds(feed):
            return
        ledger = self.replica.store.ledger
        segment, stored = ledger.segment(feed, head), ledger.has(feed, head)
        if segment is None or stored is None:
            return
        self._ready.append(segment)
        if self._cursors is not None and stored.arrival > self._cursors[feed.channel]:
            self._ahead.add(segment.hash)

    def _fresh(self) -> bool:
        """Takes up what has arrived since, lane by lane; returns whether anything had."""
        store = self.replica.store
        if self._cursors is None or store.moved == self._looked_at:
            return False
        came, moved = False, store.moved
        for channel, cursor in self._cursors.items():
            for arrival, segment in store.ledger.since(channel, cursor, _LIVE_BATCH):
                came = True
                self._cursors[channel] = arrival
                feed = segment.header.feed
                if segment.hash in self._from_peer or segment.hash in self._ahead:
                    self._from_peer.discard(segment.hash)
                    self._ahead.discard(segment.hash)
                elif feed not in self.refused and self.scope.holds(feed):
                    self._ready.append(segment)
            if self._ready:
                break
        if not came:
            self._looked_at = moved
        return came
