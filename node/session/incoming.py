"""What comes in: frames of segments, kept in one transaction each, and feeds refused by name.

One bad feed never stops another: what can be read and may be kept is kept, and for the rest the
peer hears which feed was refused and why. A gap is asked for once before it is refused.
"""

from __future__ import annotations

from node import wire
from node.errors import LinliError, Refused
from node.feed import FeedKey
from node.replica import Replica
from node.session.agreement import Agreement
from node.session.comparing import Comparison
from node.session.outgoing import Outgoing
from node.session.stats import Stats
from node.wire import Frame, Reason


def refusal_frame(error: LinliError) -> Frame:
    """Says why something was refused."""
    frame = Frame()
    name = f"REASON_{error.reason or 'UNAVAILABLE'}"
    frame.refusal.reason = Reason.Value(name)  # type: ignore[assignment]
    frame.refusal.message = error.message
    return frame


REFUSED_MAX = 10_000
"""Feeds that are refused, or asked for, in one session; one that sends more has ended it."""


class Incoming:
    """Takes in the peer's segments.

    Args:
        replica: This node's replica.
        comparison: What is known of the peer's heads.
        agreement: The digests of both sides.
        outgoing: What goes back, which must not be what came.
        stats: Where what comes is counted.

    Attributes:
        refused: The feeds of which something was refused, with the refusal.
        gaps: The feeds of which something is missing that was asked for, with what.
    """

    def __init__(
        self,
        replica: Replica,
        comparison: Comparison,
        agreement: Agreement,
        outgoing: Outgoing,
        stats: Stats,
    ) -> None:
        self.replica = replica
        self.comparison = comparison
        self.agreement = agreement
        self.outgoing = outgoing
        self.stats = stats
        self.refused: dict[FeedKey, Refused] = {}
        self.gaps: dict[FeedKey, Refused] = {}
        self._asked: set[FeedKey] = set()

    def take(self, frame: Frame) -> tuple[list[Frame], Frame]:
        """Keeps a frame of segments; durable on return.

        Returns:
            Refusals and questions, and the acknowledgement.
        """
        frames: list[Frame] = []
        segments = []
        for message in frame.segments.segments:
            try:
                segments.append(wire.read_segment(message))
            except Refused as refusal:
                # Where not even the header can be read, no feed can be named: the session ends.
                feed = wire.decode_header(message.header).feed
                frames.append(self._refuse(feed, refusal))
        self.outgoing.came_from_peer(segments)
        ack = Frame()
        with self.replica.store.transaction():
            intake = self.replica.take(segments)
            ack.ack.number = frame.segments.number
            ack.ack.digest = self.agreement.snapshot()
        self.stats.segments_received += len(frame.segments.segments)
        self.stats.segments_new += intake.segments
        self.stats.changes_new += intake.changes
        frames.extend(self._refuse(feed, refusal) for feed, refusal in intake.refused.items())
        return frames, ack

    def wants(self, refused_by_peer: set[FeedKey]) -> list[Frame]:
        """Asks, once for each feed, for heads that the peer named and that have not come."""
        fresh = []
        for want in self.comparison.wants(refused_by_peer):
            feed = wire.feed_key(want.want.author, want.want.partition)
            if feed not in self._asked:
                self._asked.add(feed)
                fresh.append(want)
        return fresh

    def _refuse(self, feed: FeedKey, refusal: Refused) -> Frame:
        told = len(self.refused) + len(self._asked)
        wire.need(told <= REFUSED_MAX, "more feeds that are refused than anybody has")
        refusal = refusal.with_traceback(None)  # it is kept, and would keep what it came from
        if refusal.reason == "GAP" and feed not in self._asked:
            self._asked.add(feed)
            self.gaps[feed] = refusal
            return self.comparison.want(feed)
        self.refused[feed] = refusal
        frame = refusal_frame(refusal)
        key = wire.feed_heads(feed, [])
        frame.refusal.author = key.author
        frame.refusal.partition.CopyFrom(key.partition)
        self.comparison.peer_heads.pop(feed, None)
        return frame
