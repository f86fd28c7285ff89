"""Making a bundle: the frames of a session of which one side speaks and the other is not there.

What the receiver has is known from the last session that ended equal, or from the last bundle that
came from it; everything else goes along, and goes along again until one of these says that it has
arrived. So a stick may be lost, and bundles may overtake each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from node import identity, wire
from node.bundle.file import FRAME_BYTES_MORE, READERS_MAX, Sealer
from node.errors import Refused
from node.feed import FeedKey, Head
from node.replica import Replica
from node.session.agreement import Agreement
from node.session.blobs import shared
from node.session.comparing import Comparison
from node.session.courier import Courier
from node.session.greeting import hello_frame
from node.session.outgoing import Outgoing
from node.session.stats import Stats
from node.store.blobs import Blob
from node.wire import Frame

_OFFERS_PER_FRAME = 500
_DONE_BYTES_MAX = 256
"""What comes after the receipts: two digests, and the end of the file."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was put into a bundle.

    Attributes:
        readers: The author ids of the nodes that can open it.
        size: Bytes.
        segments: How many segments.
        receipts: How many receipts.
        whole: Whether all that the receiver lacks is in it; otherwise the size did not allow it.
    """

    readers: list[str]
    size: int
    segments: int
    receipts: int
    whole: bool


def export(
    replica: Replica,
    division: str,
    file: BinaryIO,
    *,
    everything: bool = False,
    told: Callable[[int], None] = lambda count: None,
) -> Made:
    """Writes what a division's node lacks into a file; seals what is open first.

    Args:
        replica: This node's replica.
        division: The id of the division for whose node it is.
        file: An empty file; making it durable is the caller's.
        everything: Whether to leave nothing out that the receiver is known to have.
        told: Is told how many segments were written.

    Raises:
        Refused: No node is known there.
    """
    readers = _readers(replica, division)
    return _write(replica, readers, division, file, everything, told)


def back_up(
    replica: Replica, file: BinaryIO, told: Callable[[int], None] = lambda count: None
) -> Made:
    """Writes everything that this node holds into a file, for itself and for its parents.

    No key and no setting of the node is in it; what waited in tails is sealed first.

    Args:
        replica: This node's replica.
        file: An empty file; making it durable is the caller's.
        told: Is told how many segments were written.
    """
    above = [parent.author for parent in replica.core.config.parents]
    view = replica.view
    known = [one for one in above if view.standing(one) is not None and one not in view.cuts]
    return _write(replica, [replica.author, *known], replica.division, file, True, told)


def _write(
    replica: Replica,
    readers: list[str],
    division: str,
    file: BinaryIO,
    everything: bool,
    told: Callable[[int], None],
) -> Made:
    core, peer = replica.core, readers[0]
    head = wire.bundle_pb2.BundleHead(
        cluster=identity.author_bytes(core.root.author),
        chain=core.chain,
        time=core.clock.now_ms(),
        division=division,
    )
    publics = {reader: replica.view.public_key(reader) for reader in readers}
    sealer = Sealer(file, core.key, head, publics, core.entropy)
    making = _Making(replica, peer, division, everything)
    for frame in making.greeting():
        sealer.put(frame)
    receipts = list(making.courier.receipt_frames())
    left = sum(frame.ByteSize() + FRAME_BYTES_MORE for frame in receipts) + _DONE_BYTES_MAX
    whole = True
    for frame in making.segments():
        more = frame.ByteSize() + FRAME_BYTES_MORE + left
        if sealer.size + more > core.limits.bundle_bytes_max:
            whole = False
            break
        sealer.put(frame)
        told(making.stats.segments_sent)
    for frame in making.farewell(receipts, whole):
        sealer.put(frame)
    for frame in making.blobs():
        if sealer.size + frame.ByteSize() + FRAME_BYTES_MORE > core.limits.bundle_bytes_max:
            whole = False
            break
        sealer.put(frame)
    sealer.end()
    return Made(readers, sealer.size, making.stats.segments_sent, making.receipts, whole)


def _readers(replica: Replica, division: str) -> list[str]:
    """The nodes at a division: the one heard of last comes first, and decides what is known."""
    view, peers = replica.view, replica.store.peers.peers()
    here = [
        certificate
        for author, certificate in view.certificates.items()
        if certificate.division == division and author not in (replica.author, *view.cuts)
    ]
    if not here:
        raise Refused(
            f"No node at division {division} is known here.",
            reason="CERTIFICATE_UNKNOWN",
            hint="Invite one with `linli member invite`, or sync with the node that enrolled it.",
        )

    def heard(certificate: identity.Certificate) -> tuple[int, int, str]:
        peer = peers.get(certificate.author)
        return (peer.spoke_at if peer else 0, certificate.valid_from, certificate.author)

    newest = sorted(here, key=heard, reverse=True)
    return [one.author for one in newest[:READERS_MAX]]


class _Making:
    """The frames of one bundle.

    Args:
        replica: This node's replica.
        peer: The author id of the node that will read it.
        division: Where that node stands.
        everything: Whether to leave nothing out that it is known to have.
    """

    def __init__(self, replica: Replica, peer: str, division: str, everything: bool) -> None:
        self.replica = replica
        self.peer = peer
        self.everything = everything
        self.scope = replica.scope(division)
        self.stats = Stats()
        self.receipts = 0
        self.comparison = Comparison(replica, self.scope, peer)
        self.agreement = Agreement(replica, self.scope, peer)
        self.courier = Courier(replica, peer, division)
        self.outgoing = Outgoing(replica, self.scope, self.stats)

    def greeting(self) -> list[Frame]:
        """Who speaks, and what it holds as of one moment."""
        replica = self.replica
        with replica.store.transaction():
            if not replica.store.read_only:
                replica.seal()
                replica.issue_beacon()
            self.outgoing.greeted()
            digest = self.agreement.snapshot()
            self.outgoing.plan(self._lacking())
            last = self.courier.last()
            hello = hello_frame(replica, self.scope, self.peer, digest, b"", last, 0)
            return [hello, *self.courier.beacon_frames(), *self.comparison.all_heads()]

    def _lacking(self) -> Iterator[tuple[FeedKey, tuple[Head, ...]]]:
        """The feeds of which the receiver lacks something, with what it has of each."""
        peers, ledger = self.replica.store.peers, self.replica.store.ledger
        told = {} if self.everything else peers.told(self.peer)
        mark = b"" if self.everything or told else peers.peer(self.peer).mark
        base = peers.mark(self.peer, mark) if mark else None
        for feed, heads in self.scope.heads(base or 0).items():
            known = ledger.heads_at(feed, base) if base is not None else told.get(feed, ())
            if set(known) != set(heads):
                yield feed, known

    def segments(self) -> Iterator[Frame]:
        """What the receiver lacks, trust first, in frames of a session's size."""
        room, number = self.replica.core.limits.frame_bytes_max, 0
        while segments := self.outgoing.next_frame(room):
            number += 1
            frame = Frame()
            frame.segments.number = number
            frame.segments.segments.extend(wire.segment_message(one) for one in segments)
            yield frame
            self.stats.segments_sent += len(segments)

    def farewell(self, receipts: Iterable[Frame], whole: bool) -> Iterator[Frame]:
        """Receipts, and what is held here now that all of it was told."""
        for frame in receipts:
            self.receipts += len(frame.receipts.receipts)
            yield frame
        if whole:
            done = Frame()
            with self.replica.store.transaction():
                done.done.digest = self.agreement.snapshot()
                done.done.state_digest = self.agreement.state_digest()
            yield done

    def blobs(self) -> Iterator[Frame]:
        """Which contents are here, then those that the receiver is not known to have."""
        for batch in self._shared():
            frame = Frame()
            frame.blob_offer.SetInParent()
            frame.blob_offer.hashes.extend(bytes.fromhex(blob.hash) for blob in batch)
            frame.blob_offer.sizes.extend(blob.size for blob in batch)
            yield frame
        for batch in self._shared():
            for blob in batch:
                known = self.peer in self.replica.store.records.blobs.holders(blob.hash)
                if self.everything or not known:
                    yield from self._pieces(blob)

    def _shared(self) -> Iterator[list[Blob]]:
        """The contents here that the receiver may hold, by the batch; the first may be empty."""
        blobs, arrival = self.replica.store.records.blobs, 0
        while True:
            batch = blobs.since(arrival, _OFFERS_PER_FRAME)
            yield [blob for blob in batch if shared(self.replica, self.scope, blob.hash)]
            if len(batch) < _OFFERS_PER_FRAME:
                return
            arrival = batch[-1].arrival

    def _pieces(self, blob: Blob) -> Iterator[Frame]:
        blobs, start = self.replica.store.records.blobs, 0
        while data := blobs.read(blob.hash, start, self.replica.core.limits.frame_bytes_max):
            frame = Frame()
            frame.blob_chunk.hash, frame.blob_chunk.offset = bytes.fromhex(blob.hash), start
            frame.blob_chunk.data, frame.blob_chunk.size = data, blob.size
            yield frame
            start += len(data)
