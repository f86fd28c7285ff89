"""Contents that rows name, in the last lane: who lacks one asks, a piece at a time.

Nothing is told ahead: a side that lacks a content says how far it has it, and the other answers
with the next piece once nothing of the ledger waits. So an order or a visit never stands behind
more than one piece of a photo, what is on its way is bounded by one piece, and where a line breaks
the next session goes on from what was committed. What has become whole is offered to every peer
that may hold it; to the one that sent it that is the word that it is durable there.
"""

from __future__ import annotations

from collections import deque

from node import wire
from node.errors import Refused
from node.events import WARNING, tell
from node.feed import FeedKey
from node.replica import Replica, Scope
from node.replica.blobs import take
from node.session.outgoing import Window
from node.wire import Frame

_OFFERS_PER_FRAME = 500
_HASH_BYTES = 32
_OFFSET_MAX = 1 << 53


class BlobExchange:
    """Both directions of contents within one session.

    Args:
        replica: This node's replica.
        scope: What it shares with the peer.
        peer: The peer's author id.
        window: How large a piece may be.
    """

    def __init__(self, replica: Replica, scope: Scope, peer: str, window: Window) -> None:
        self.replica = replica
        self.scope = scope
        self.peer = peer
        self.window = window
        self._blobs = replica.store.records.blobs
        self._spoken = False
        self._wanted: deque[str] = deque()
        self._looked_at: tuple[int, int, int] | None = None
        self._asked: tuple[str, int] | None = None
        self._given_up: set[str] = set()
        self._again: set[str] = set()
        self._their_want: tuple[str, int] | None = None
        self._sent_at: int | None = None
        self._over = self._theirs_over = True
        self._cursor = 0

    # --- what the session asks -------------------------------------------------------------------

    def lacking(self) -> int:
        """How many contents lack here of those that shared rows name; for the greeting."""
        self._cursor = self._blobs.last_arrival()
        self._look()
        return len(self._wanted)

    def greet(self, hello: wire.sync_pb2.Hello) -> None:
        """Notes whether the peer speaks of contents, and whether it lacks any."""
        self._spoken = hello.HasField("blobs_lacking")
        self._theirs_over = not hello.blobs_lacking
        self._over = not self._wanted

    def begin(self) -> None:
        """The ledgers differ, so that either side may lack more when they do not any more."""
        self._over = self._theirs_over = False

    @property
    def over(self) -> bool:
        """Whether neither side asks for anything any more."""
        asked = self._asked or self._their_want
        return not self._spoken or (self._over and self._theirs_over and not asked)

    # --- sending ---------------------------------------------------------------------------------

    def frames(self, now_ms: int) -> list[Frame]:
        """What can be said now, when nothing of the ledger waits."""
        if not self._spoken:
            return []
        frames = self._offers()
        if self._their_want is not None:
            frames.append(self._piece(*self._their_want))
            self._their_want, self._sent_at = None, now_ms
        if self._asked is None:
            frames += self._ask()
        return frames

    def _ask(self) -> list[Frame]:
        hash_ = self._next()
        if not hash_ and self._over:
            return []
        self._over = not hash_
        frame = Frame()
        frame.blob_want.hash = bytes.fromhex(hash_)
        if hash_:
            held = self._blobs.blob(hash_)
            self._asked = hash_, held.held if held else 0
            frame.blob_want.offset = self._asked[1]
        return [frame]

    def _next(self) -> str:
        """The next content to ask for; empty for none."""
        for _ in range(2):
            while self._wanted:
                known = self._blobs.blob(hash_ := self._wanted.popleft())
                if known is not None and not known.whole and hash_ not in self._given_up:
                    return hash_
            self._look()
        return ""

    def _look(self) -> None:
        """Sees what lacks, where anything has moved since the last look."""
        if self._looked_at == (moved := self.replica.store.moved):
            return
        self._looked_at = moved
        held: dict[FeedKey, bool] = {}
        wanted: dict[str, None] = {}
        for hash_, feed in self._blobs.lacking():
            if feed not in held:
                held[feed] = self.scope.holds(feed)
            if held[feed] and hash_ not in self._given_up:
                wanted[hash_] = None
        self._wanted = deque(wanted)

    def _offers(self) -> list[Frame]:
        """What has become whole here meanwhile, this peer's own contents too."""
        frames = []
        while fresh := self._blobs.since(self._cursor, _OFFERS_PER_FRAME):
            self._cursor = fresh[-1].arrival
            frame = Frame()
            for blob in fresh:
                if shared(self.replica, self.scope, blob.hash):
                    frame.blob_offer.hashes.append(bytes.fromhex(blob.hash))
                    frame.blob_offer.sizes.append(blob.size)
            if frame.blob_offer.hashes:
                frames.append(frame)
        return frames

    def _piece(self, hash_: str, offset: int) -> Frame:
        """The next piece of a content; without data where it is not here, or not for the peer."""
        frame = Frame()
        chunk = frame.blob_chunk
        chunk.hash, chunk.offset = bytes.fromhex(hash_), offset
        blob = self._blobs.blob(hash_)
        if blob is not None and blob.whole and shared(self.replica, self.scope, hash_):
            chunk.data = self._blobs.read(hash_, offset, self.window.frame_bytes)
            chunk.size = blob.size
        return frame

    # --- taking ----------------------------------------------------------------------------------

    def take(self, frame: Frame, now_ms: int) -> None:
        """Takes one frame of the peer's."""
        kind = frame.WhichOneof("kind")
        if kind == "blob_want":
            self._on_want(frame.blob_want, now_ms)
        elif kind == "blob_chunk":
            self._on_piece(frame.blob_chunk)
        else:
            self._on_offer(frame.blob_offer)

    def _on_want(self, want: wire.sync_pb2.BlobWant, now_ms: int) -> None:
        if self._sent_at is not None:
            self.window.answered(now_ms - self._sent_at)
            self._sent_at = None
        self._theirs_over = not want.hash
        if want.hash:
            wire.need(want.offset < _OFFSET_MAX, f"a content from byte {want.offset} on")
            self._their_want = hash_of(want.hash), want.offset
            if self.peer in self._blobs.holders(self._their_want[0]):
                with self.replica.store.transaction():
                    self._blobs.forget(self.peer, self._their_want[0])

    def _on_piece(self, chunk: wire.sync_pb2.BlobChunk) -> None:
        if self._asked != (hash_of(chunk.hash), chunk.offset):
            return
        (hash_, offset), self._asked = self._asked, None
        if not chunk.data:
            self._given_up.add(hash_)
            return
        try:
            blob = take(self.replica.core, hash_, offset, chunk.data, chunk.size)
        except Refused as refusal:
            tell("blob_refused", WARNING, peer=self.peer, error=refusal)
            # A part of it may have come from another peer: once more, from its start.
            once_more = refusal.reason == "HASH_MISMATCH" and hash_ not in self._again
            (self._again if once_more else self._given_up).add(hash_)
            blob = None
        if blob is None or not blob.whole:
            self._wanted.appendleft(hash_)

    def _on_offer(self, offer: wire.sync_pb2.BlobOffer) -> None:
        hashes = [hash_of(one) for one in offer.hashes]
        with self.replica.store.transaction():
            self._blobs.note(self.peer, hashes)
        for hash_ in hashes:
            if hash_ in self._given_up:
                self._given_up.discard(hash_)
                self._wanted.append(hash_)


def hash_of(content: bytes) -> str:
    """A content's hash as it came, hexadecimal.

    Raises:
        RefusedBytes: It is none.
    """
    wire.need(len(content) == _HASH_BYTES, f"a content's hash of {len(content)} bytes")
    return content.hex()


def shared(replica: Replica, scope: Scope, hash_: str) -> bool:
    """Whether a row that both may hold names a content."""
    return any(scope.holds(feed) for feed in replica.store.records.blobs.naming(hash_))
