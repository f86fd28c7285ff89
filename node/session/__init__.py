"""A session: one conversation between two nodes, without a socket, a clock or a thread of its own.

Whoever carries the frames calls `start`, hands every frame of the peer to `receive`, calls `pump`
when something new may be here, and sends what these return, in order. The same code runs over gRPC,
through a file, and in a simulation.

    hello     both; equal digests end it there, after one round trip
    heads     what moved since a common mark, or a descent by division
    segments  trust first, then by lane; each frame is one transaction with the heads that it moves
    ack       only after COMMIT, with the digest that now holds
    receipts  a parent's signed word, down the author's path
    done      all that I hold for you is acknowledged; after that each new segment goes as it comes
    blobs     photos and papers that rows name, last, a piece at a time for whoever asks

Nothing here is needed twice: where a session breaks off, the next one starts from what was
committed.
"""

from __future__ import annotations

from collections.abc import Callable

from node import wire
from node.errors import LinliError, Refused
from node.feed import FeedKey, Head
from node.replica import Replica
from node.session.agreement import SPOKE_GAP_MS, Agreement
from node.session.blobs import BlobExchange
from node.session.comparing import Comparison
from node.session.courier import Courier
from node.session.greeting import check_hello, hello_frame
from node.session.incoming import Incoming, refusal_frame
from node.session.outgoing import Outgoing, Window
from node.session.stats import Stats
from node.wire import Frame, Reason

__all__ = ["Session", "Stats"]


_WANTS_MAX = 10_000


class Session:
    """One side of a conversation.

    Args:
        replica: This node's replica.
        peer_author: Who the peer proved to be.
        peer_division: Where the peer's certificate says it stands.
        dialled: Whether this side dialled.
        once: Whether to stop after one exchange; the carrier looks at `finished`.
    """

    def __init__(
        self,
        replica: Replica,
        peer_author: str,
        peer_division: str,
        *,
        dialled: bool,
        once: bool = False,
    ) -> None:
        self.replica = replica
        self.peer = peer_author
        self.peer_division = peer_division
        self.dialled = dialled
        self.once = once
        self.scope = replica.scope(peer_division)
        self.comparison = Comparison(replica, self.scope, peer_author)
        self.agreement = Agreement(replica, self.scope, peer_author)
        self.courier = Courier(replica, peer_author, peer_division)
        self.stats = Stats()
        self.outgoing = Outgoing(replica, self.scope, self.stats)
        self.incoming = Incoming(
            replica, self.comparison, self.agreement, self.outgoing, self.stats
        )
        self.window = Window(replica.core.limits)
        self.blobs = BlobExchange(replica, self.scope, peer_author, self.window)
        self.peer_hello: wire.sync_pb2.Hello | None = None
        self.synced = False
        self.peer_time = 0
        self._greeted = False
        self._looked_at: int | None = None
        self._done_sent = self._peer_done = False
        self._since: int | None = None
        self._compared: list[str] | None = None
        self._comparing = False
        self._looked_again = False
        self._wants = 0
        self._handlers: dict[str, Callable[[Frame], list[Frame]]] = {
            "hello": self._on_hello,
            "beacon": self._on_beacon,
            "compare": self._on_compare,
            "heads": self._on_heads,
            "want": self._on_want,
            "segments": self._on_segments,
            "ack": self._on_ack,
            "receipts": self._on_receipts,
            "done": self._on_done,
            "blob_offer": self._on_blobs,
            "blob_want": self._on_blobs,
            "blob_chunk": self._on_blobs,
            "refusal": self._on_refusal,
        }

    # --- for the carrier -------------------------------------------------------------------------

    def start(self) -> list[Frame]:
        """The first frames to send: the dialler's hello, nothing from the one who answers."""
        return self._out([self._hello()] if self.dialled else [])

    def receive(self, frame: Frame) -> list[Frame]:
        """Takes one frame of the peer.

        Returns:
            The frames to send.

        Raises:
            LinliError: The session has to end; send `refusal` of it and close.
        """
        self.stats.frames_received += 1
        self.stats.payload_received += frame.ByteSize()
        kind = frame.WhichOneof("kind")
        if self.peer_hello is None and kind not in ("hello", "refusal"):
            raise wire.malformed("the first frame is no hello")
        handler = self._handlers.get(kind or "")
        answer = handler(frame) if handler else []
        return self._out(answer) + self.pump()

    def pump(self) -> list[Frame]:
        """What can be sent now: beacons, receipts, segments as far as the window allows, done.

        A carrier whose line holds calls it now and then also where there is nothing new.
        """
        if self.peer_hello is None:
            return []
        self.agreement.stay()
        now = self.replica.core.clock.now_ms()
        frames = self.courier.beacon_frames() + self.outgoing.frames(self.window, now)
        frames += self._receipt_frames()
        served = self.outgoing.served() and not self.window.in_flight and not self._comparing
        if served and not self._done_sent:
            self._done_sent = True
            frames.append(self._done())
        if served and self.synced:
            frames += self._look_again()
        if served and self.synced:
            frames += self.blobs.frames(now)
        self._look_down(now)
        return self._out(frames)

    def refusal(self, error: LinliError) -> Frame:
        """Tells the peer why this side ends the session."""
        return refusal_frame(error)

    @property
    def finished(self) -> bool:
        """Whether both sides have served each other, and nothing that was announced is missing."""
        busy = self.window.in_flight or self.courier.waits
        return self.synced and not busy and self.blobs.over

    def _look_down(self, now: int) -> None:
        """Sees whether a parent that has told all has told what the county names, now and then."""
        if not self.dialled or not self.finished:
            return
        gap = min(SPOKE_GAP_MS, self.replica.core.limits.behind_s_max * 1000)
        if self._looked_at is None or not 0 <= now - self._looked_at < gap:
            self._looked_at = now
            self.replica.look_down(self.peer, equal=self.equal)

    @property
    def equal(self) -> bool:
        """Whether both held the same of what they share when they last spoke of it."""
        return self.agreement.equal

    def _out(self, frames: list[Frame]) -> list[Frame]:
        for frame in frames:
            self.stats.frames_sent += 1
            self.stats.payload_sent += frame.ByteSize()
        return frames

    # --- hello -----------------------------------------------------------------------------------

    def _hello(self, offered: bytes | None = None) -> Frame:
        """Seals what is open, and says who this node is and what it holds as of one moment.

        Args:
            offered: The mark that the peer named, if it greeted first.
        """
        replica = self.replica
        self._greeted = True
        with replica.store.transaction():
            replica.seal()
            replica.issue_beacon()
            self.agreement.choose_mark(offered or b"")
            self.outgoing.greeted()
            digest = self.agreement.snapshot()
            mark, last = self.agreement.mark, self.courier.last() if offered is not None else 0
            lacking = self.blobs.lacking()
            return hello_frame(replica, self.scope, self.peer, digest, mark, last, lacking)

    def _on_hello(self, frame: Frame) -> list[Frame]:
        if self.peer_hello is not None:
            raise wire.malformed("a second hello")
        hello = frame.hello
        check_hello(self.replica.core, hello, self.peer, self.peer_division)
        self.courier.greet(hello)
        self.blobs.greet(hello)
        frames = [] if self._greeted else [self._hello(hello.mark)]
        self.peer_hello = hello
        self.peer_time = hello.time
        self.agreement.theirs = hello.digest
        self.agreement.remember(spoke=True)
        if hello.digest == self.agreement.mine:
            self.agreement.compare_states(hello, hello.digest, hello.state_digest)
            self.outgoing.plan([])
            self._done_sent = self._peer_done = self.synced = True
            self.agreement.remember(equal=True)
            self._heard()
            return frames
        self.blobs.begin()
        self._since = self.replica.store.peers.mark(self.peer, hello.mark) if hello.mark else None
        return frames if self.dialled else [*frames, *self._answer_hello()]

    def _answer_hello(self) -> list[Frame]:
        """The answerer tells what moved since the dialler's mark, or that it does not know it."""
        if self.agreement.empty:
            return self._tell_empty()
        if self._since is not None:
            return self.comparison.since_mark(self._since)
        return [self.comparison.unknown_mark()]

    # --- comparing -------------------------------------------------------------------------------

    def _on_compare(self, frame: Frame) -> list[Frame]:
        if not self.dialled:
            self._begin_again()
            if self.agreement.empty:
                return self._tell_empty()
            return [self.comparison.refine(frame)]
        if not frame.compare.parts and self._compared is None:
            return self._descend()
        # Where the difference has gone meanwhile one division is named all the same: none would
        # mean every one.
        self._compared = self.comparison.differing(frame) or [self.peer_division]
        return self.comparison.of_divisions(self._compared, answer=True)

    def _descend(self) -> list[Frame]:
        """The dialler starts over from digests, since there is no common mark."""
        self._since = None
        self._compared = []
        if self.agreement.empty:
            return self._tell_empty()
        return [self.comparison.by_subtree()]

    def _tell_empty(self) -> list[Frame]:
        """Says that nothing of the shared scope is here, so that the peer lacks nothing."""
        self._plan([])
        return [self.comparison.empty()]

    def _plan(self, feeds: list[tuple[FeedKey, tuple[Head, ...]]]) -> None:
        """Goes on to send what a comparison found that the peer lacks."""
        self._comparing = False
        self.outgoing.plan(feeds)

    def _begin_again(self) -> None:
        """Neither side is served before what is compared now has been sent."""
        self._comparing = True
        self.synced = self._done_sent = self._peer_done = False

    def _look_again(self) -> list[Frame]:
        """The dialler compares from digests, once, where going by a mark left a difference.

        What two nodes share can grow without a head that moves: a division comes under another
        township, and its old feeds lack there.
        """
        if not self.dialled or self._since is None or self._looked_again:
            return []
        self._looked_again = True
        with self.replica.store.transaction():
            self.agreement.snapshot()
        if self.agreement.equal or self.outgoing.refused or self.incoming.refused:
            return []
        self._begin_again()
        return self._descend()

    def _on_heads(self, frame: Frame) -> list[Frame]:
        heads = frame.heads
        if heads.since_mark and self.dialled and self._since is None:
            # The peer knows our mark, we do not know its: start over without marks.
            return [] if heads.more else self._descend()
        if not self.comparison.learn(frame):
            return []
        if heads.since_mark:
            return self._after_mark(heads)
        if not heads.divisions and not heads.feeds:
            self._plan(self.comparison.lacking_in(None))
            return []
        answer = self.comparison.of_divisions(heads.divisions, answer=False) if heads.answer else []
        self._plan(self.comparison.lacking_in(heads.divisions))
        return answer

    def _after_mark(self, heads: wire.sync_pb2.Heads) -> list[Frame]:
        """Both know the other's mark: what lacks follows from what moved."""
        base = self.agreement.base
        if base is None or self._since is None:
            raise wire.malformed("heads since a mark that was never named")
        answer = self.comparison.since_mark(self._since) if self.dialled else []
        self._plan(self.comparison.lacking_since(base))
        return answer

    def _on_want(self, frame: Frame) -> list[Frame]:
        want = frame.want
        feed = wire.feed_key(want.author, want.partition)
        if not self.scope.holds(feed):
            return []
        self._wants += 1
        wire.need(self._wants <= _WANTS_MAX, "too many wants in one session")
        self.outgoing.plan([(feed, wire.read_heads(want.have))])
        self._done_sent = False
        return []

    # --- segments --------------------------------------------------------------------------------

    def _on_segments(self, frame: Frame) -> list[Frame]:
        answer, ack = self.incoming.take(frame)
        # The receipt goes first: whoever waits for the acknowledgement alone has it by then.
        return [*answer, *self._receipt_frames(), ack]

    def _receipt_frames(self) -> list[Frame]:
        """Receipts, once the peer has the trust data to see that they are genuine."""
        return self.courier.receipt_frames() if self.outgoing.trust_served() else []

    def _on_refusal(self, frame: Frame) -> list[Frame]:
        refusal = frame.refusal
        if not refusal.author:
            known = refusal.reason in Reason.values()
            name = Reason.Name(refusal.reason).removeprefix("REASON_") if known else ""
            raise Refused(f"The other side ended the session: {refusal.message}", reason=name)
        self.outgoing.refused.add(wire.feed_key(refusal.author, refusal.partition))
        return []

    def _on_ack(self, frame: Frame) -> list[Frame]:
        self.window.acknowledged(frame.ack.number, self.replica.core.clock.now_ms())
        self.agreement.theirs = frame.ack.digest
        if not self.window.in_flight:
            self.agreement.note()
        return []

    # --- done ------------------------------------------------------------------------------------

    def _done(self) -> Frame:
        frame = Frame()
        with self.replica.store.transaction():
            frame.done.digest = self.agreement.snapshot()
            frame.done.state_digest = self.agreement.state_digest()
        self._settle_done()
        return frame

    def _on_done(self, frame: Frame) -> list[Frame]:
        self.agreement.theirs = frame.done.digest
        wants = self.incoming.wants(self.outgoing.refused)
        if wants:
            return wants
        self._peer_done = True
        with self.replica.store.transaction():
            same = self.agreement.snapshot() == frame.done.digest
        if same:
            assert self.peer_hello is not None, "done comes after hello"
            done = frame.done
            self.agreement.compare_states(self.peer_hello, done.digest, done.state_digest)
            self.agreement.note()
        self._settle_done()
        return []

    def _settle_done(self) -> None:
        if self._done_sent and self._peer_done:
            self.synced = True
            self._heard()

    def _heard(self) -> None:
        if self.dialled:
            self.replica.heard_above()

    # --- what rides along ------------------------------------------------------------------------

    def _on_receipts(self, frame: Frame) -> list[Frame]:
        assert self.peer_hello is not None, "receipts come after hello"
        self.courier.take_receipts(frame, self.peer_hello.store)
        return []

    def _on_blobs(self, frame: Frame) -> list[Frame]:
        self.blobs.take(frame, self.replica.core.clock.now_ms())
        return []

    def _on_beacon(self, frame: Frame) -> list[Frame]:
        self.courier.take_beacon(frame)
        return []
