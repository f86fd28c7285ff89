"""Reading a bundle: each frame is taken as a session would take it, in a transaction of its own.

Where the file ends too early, or is damaged, what came before has been taken and the rest can come
another time. Reading it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from node import identity, wire
from node.bundle.file import CutShort, Opened
from node.errors import Refused, RefusedBytes
from node.events import WARNING, tell
from node.feed import FeedKey
from node.replica import Replica
from node.replica.blobs import take
from node.session.agreement import Agreement
from node.session.blobs import hash_of
from node.session.comparing import Comparison
from node.session.courier import Courier
from node.session.greeting import check_hello
from node.session.incoming import Incoming
from node.session.outgoing import Outgoing
from node.session.stats import Stats
from node.wire import Frame


@dataclass(slots=True)
class Taken:
    """What became of a bundle.

    Attributes:
        author: Who made it.
        division: Where that node stands.
        made_at: When, milliseconds by its clock.
        made_for: The division for which it was made; of a backup its own.
        segments: How many segments were new here.
        changes: How many changes were new here.
        receipts: How many receipts were kept.
        blobs: How many photos and papers are here whole now that were not.
        whole: Whether the file was read to its end.
        older: Whether everything that its maker held was here already.
        equal: Whether both hold the same, as far as this bundle tells.
        missing: What lacks between what is here and what came, by feed.
        refused: Feeds of which something was refused, with the refusal.
        fault: Why reading stopped, where it did not stop at the end.
    """

    author: str
    division: str
    made_at: int
    made_for: str = ""
    segments: int = 0
    changes: int = 0
    receipts: int = 0
    blobs: int = 0
    whole: bool = False
    older: bool = False
    equal: bool = False
    missing: dict[FeedKey, Refused] = field(default_factory=dict)
    refused: dict[FeedKey, Refused] = field(default_factory=dict)
    fault: Refused | None = None

    @property
    def troubles(self) -> dict[FeedKey, Refused]:
        """Why a feed did not come in to its end, by feed."""
        return {**self.missing, **self.refused}


def open_bundle(file: BinaryIO, frame_bytes_max: int) -> Opened:
    """The head of a bundle, which needs no key.

    Raises:
        UsageError: The file is no bundle.
        RefusedBytes: It is damaged, cut short within its head, or of a later layout.
    """
    try:
        return Opened(file, frame_bytes_max)
    except CutShort:
        raise Refused(
            "The bundle ends within its first lines.",
            reason="MALFORMED",
            hint="Copy the file again; nothing of it was taken in.",
        ) from None


def take_in(
    replica: Replica, file: BinaryIO, told: Callable[[int], None] = lambda offset: None
) -> Taken:
    """Takes a bundle in, as far as it is good; durable on return.

    Args:
        replica: This node's replica.
        file: The bundle, at its start.
        told: Is told how many bytes were read.

    Raises:
        Refused: It is not for this node, or not from a node of this county. Nothing was taken.
        UsageError: The file is no bundle.
        StoreFault: The disk refused. What was told before is durable.
    """
    opened = open_bundle(file, replica.core.limits.message_bytes_max)
    maker = opened.check(replica.view)
    reading = _Reading(replica, maker, opened.head.time)
    taken = Taken(maker.author, maker.division, opened.head.time, opened.head.division)
    frames = opened.frames(replica.core.key)
    try:
        for frame in frames:
            reading.receive(frame)
            told(opened.offset)
        taken.whole = True
    except CutShort:
        pass
    except Refused as fault:
        if reading.hello is None:
            raise
        taken.fault = fault
    reading.finish(taken)
    return taken


class _Reading:
    """One bundle on its way in.

    Args:
        replica: This node's replica.
        maker: Who made it.
        made_at: When, by the maker's clock.
    """

    def __init__(self, replica: Replica, maker: identity.Certificate, made_at: int) -> None:
        self.replica = replica
        self.maker = maker
        scope = replica.scope(maker.division)
        self.stats = Stats()
        self.comparison = Comparison(replica, scope, maker.author)
        self.agreement = Agreement(replica, scope, maker.author)
        self.agreement.heard_at = made_at
        self.courier = Courier(replica, maker.author, maker.division)
        self.incoming = Incoming(
            replica,
            self.comparison,
            self.agreement,
            Outgoing(replica, scope, self.stats),
            self.stats,
        )
        self.hello: wire.sync_pb2.Hello | None = None
        self.own = maker.author == replica.author
        self.told_all = self.done = False
        self.older = False
        self.blobs = 0
        self._offered = False
        self._handlers: dict[str, Callable[[Frame], None]] = {
            "beacon": self.courier.take_beacon,
            "heads": self._on_heads,
            "segments": self._on_segments,
            "receipts": self._on_receipts,
            "done": self._on_done,
            "blob_offer": self._on_offer,
            "blob_chunk": self._on_piece,
        }

    def receive(self, frame: Frame) -> None:
        """Takes one frame; durable on return. A kind that makes no sense here is passed over.

        Raises:
            Refused: The bundle is not made as one is.
        """
        kind = frame.WhichOneof("kind") or ""
        if self.hello is None:
            wire.need(kind == "hello", "the first frame is no hello")
            check_hello(self.replica.core, frame.hello, self.maker.author, self.maker.division)
            self.courier.greet(frame.hello)
            self.agreement.snapshot()
            if not self.own:
                self.agreement.remember(spoke=True)
            self.hello = frame.hello
            return
        wire.need(kind != "hello", "a second hello")
        handler = self._handlers.get(kind)
        if handler is not None:
            handler(frame)

    def _on_heads(self, frame: Frame) -> None:
        wire.need(not self.told_all, "heads that were told already")
        self.told_all = self.comparison.learn(frame)
        self.older = self.told_all and not self.comparison.wants(set())

    def _on_segments(self, frame: Frame) -> None:
        if not self.older:
            self.incoming.take(frame)

    def _on_receipts(self, frame: Frame) -> None:
        assert self.hello is not None, "receipts come after hello"
        self.courier.take_receipts(frame, self.hello.store)

    def _on_done(self, frame: Frame) -> None:
        assert self.hello is not None, "done comes after hello"
        done = frame.done
        self.agreement.theirs = done.digest
        self.agreement.compare_states(self.hello, done.digest, done.state_digest)
        self.done = True

    def _on_offer(self, frame: Frame) -> None:
        """What the maker holds: all of it, so that what it once had and lost is struck."""
        blobs = self.replica.store.records.blobs
        with self.replica.store.transaction():
            if not self._offered:
                blobs.forget(self.maker.author)
            self._offered = True
            blobs.note(self.maker.author, map(hash_of, frame.blob_offer.hashes))

    def _on_piece(self, frame: Frame) -> None:
        """A piece that lacks is kept; the file goes on where one is refused."""
        chunk = frame.blob_chunk
        try:
            blob = take(
                self.replica.core, hash_of(chunk.hash), chunk.offset, chunk.data, chunk.size
            )
        except RefusedBytes:
            raise
        except Refused as refusal:
            tell("blob_refused", WARNING, peer=self.maker.author, error=refusal)
            return
        self.blobs += blob is not None and blob.whole

    def finish(self, taken: Taken) -> None:
        """Remembers what the maker holds, and says what became of all."""
        taken.segments = self.stats.segments_new
        taken.changes = self.stats.changes_new
        taken.receipts = self.courier.received
        taken.blobs = self.blobs
        taken.older = self.older
        taken.missing = self.incoming.gaps
        taken.refused = {
            feed: refusal
            for feed, refusal in self.incoming.refused.items()
            if feed not in self.incoming.gaps
        }
        with self.replica.store.transaction():
            self.agreement.snapshot()
            if self.told_all and not self.own:
                self.replica.store.peers.put_told(self.maker.author, self.comparison.peer_heads)
            if self.done and not self.own:
                self.agreement.note()
        taken.equal = self.done and self.agreement.equal
        # A stick may be older than what came over the line: it can settle a doubt and raise none.
        self.replica.look_down(self.maker.author, equal=taken.equal, over=False)
