"""What rides along: receipts down the author's path, and the county's newest beacon."""

from __future__ import annotations

from dataclasses import replace

from node import wire
from node.replica import Replica
from node.wire import Frame

_RECEIPTS_PER_FRAME = 200


class Courier:
    """Carries receipts and beacons between this node and a peer.

    Args:
        replica: This node's replica.
        peer: The peer's author id.
        peer_division: Where the peer stands.
    """

    def __init__(self, replica: Replica, peer: str, peer_division: str) -> None:
        self.replica = replica
        self.peer = peer
        self.peer_division = peer_division
        self.received = 0
        self._awaited = 0
        self._seen = 0
        self._beacon = 0
        self._held = 0
        self._sent = 0

    def greet(self, hello: wire.sync_pb2.Hello) -> None:
        """Notes what the peer has already, and what it is about to send."""
        self._beacon = hello.beacon_time
        self._awaited = hello.receipts_last
        if hello.receipts_store == self.replica.store.integer("store"):
            # More than this node has given: it was restored from a backup and counts anew.
            given = self.replica.store.peers.last_receipt()
            self._sent = hello.receipts_seen if hello.receipts_seen <= given else 0

    @property
    def waits(self) -> bool:
        """Whether the peer announced a receipt or a beacon that had not come at the last look.

        Asked by the event loop, and so without a look at the database.
        """
        return self._seen < self._awaited or self._beacon > self._held

    def last(self) -> int:
        """The number of the last receipt that the peer is about to get; 0 for none."""
        sent = self._sent
        frames = self.receipt_frames()
        self._sent = sent
        return frames[-1].receipts.seen if frames else 0

    def receipt_frames(self) -> list[Frame]:
        """Receipts for authors at the peer's division or below that the peer has not seen."""
        view = self.replica.view
        below = self.peer_division != self.replica.division and view.covers(
            self.replica.division, self.peer_division
        )
        frames: list[Frame] = []
        while below:
            batch = self.replica.store.peers.receipts_after(self._sent, _RECEIPTS_PER_FRAME)
            if not batch:
                break
            self._sent = batch[-1].arrival
            frame = Frame()
            frame.receipts.seen = self._sent
            for receipt in batch:
                author = view.standing(receipt.feed.author)
                if author is not None and view.covers(self.peer_division, author.division):
                    frame.receipts.receipts.append(wire.read_receipt(receipt.content))
            if frame.receipts.receipts:
                frames.append(frame)
        return frames

    def take_receipts(self, frame: Frame, store: int) -> None:
        """Keeps the receipts of a frame, and how far the peer's receipts are here.

        Args:
            frame: The frame.
            store: The id of the peer's store.
        """
        seen = frame.receipts.seen
        self._seen = max(self._seen, seen)
        wire.need(seen < 1 << 63, f"a receipt numbered {seen}")
        contents = [one.SerializeToString(deterministic=True) for one in frame.receipts.receipts]
        with self.replica.store.transaction():
            self.received += self.replica.take_receipts(contents)
            peers = self.replica.store.peers
            state = replace(peers.peer(self.peer), store=store, receipts_seen=seen)
            peers.put_peer(self.peer, state)

    def beacon_frames(self) -> list[Frame]:
        """The newest beacon, if the peer has not seen it."""
        beacon = self.replica.beacon()
        self._held = beacon.time if beacon else 0
        if beacon is None or beacon.time <= self._beacon:
            return []
        self._beacon = beacon.time
        frame = Frame()
        frame.beacon.CopyFrom(wire.beacon_message(beacon))
        return [frame]

    def take_beacon(self, frame: Frame) -> None:
        """Takes in a beacon if it is newer."""
        beacon = wire.read_beacon(frame.beacon)
        self._beacon = max(self._beacon, beacon.time)
        self.replica.take_beacon(beacon)
