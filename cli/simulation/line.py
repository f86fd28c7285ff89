"""Carries the frames of sessions between nodes of one process, as badly as it is asked to.

Every frame is turned into bytes and back, so what a session sees has been through the wire form. A
link delivers in order and one frame at a time, from which side a seed decides. It may go down after
any frame and at any byte: a frame of which a part has arrived is lost, and so is everything behind
it on either side, as on a broken connection. Two links may stand between the same two nodes, which
happens when a box dials again before its parent has noticed that the old link is dead.

The carrier also keeps the books: which segments left which side how often. A segment that leaves
twice was paid for twice, whether or not its first copy arrived.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from node import wire
from node.errors import LinliError
from node.replica import Replica
from node.segment import Segment
from node.session import Session
from node.wire import Frame

_LENGTH_BYTES = 4
_STEPS_MAX = 20_000
_PUMPING = 0.2
"""How often links that are busy look for news of other links."""


@dataclass
class Traffic:
    """What went over some links.

    Attributes:
        left: How often each segment left a side: by sender, receiver and hash.
        size: The bytes of each segment, by hash.
        frames: The frames that were delivered, in order.
        payload: Their serialised bytes.
        repeated: Bytes of segments delivered to a node that had them.
    """

    left: Counter[tuple[str, str, bytes]] = field(default_factory=Counter)
    size: dict[bytes, int] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    payload: int = 0
    repeated: int = 0

    @property
    def kinds(self) -> Counter[str]:
        """How many frames of each kind were delivered."""
        return Counter(frame.WhichOneof("kind") or "" for frame in self.frames)

    @property
    def heads(self) -> list[wire.ledger_pb2.FeedHeads]:
        """Every feed whose heads were told."""
        return [feed for frame in self.frames for feed in frame.heads.feeds]

    @property
    def segments(self) -> int:
        """How many segments were delivered."""
        return sum(len(frame.segments.segments) for frame in self.frames)

    def sent(self, sender: str, receiver: str, frame: Frame) -> None:
        """Notes the segments of a frame that leaves."""
        for segment in readable(frame):
            self.left[sender, receiver, segment.hash] += 1
            self.size[segment.hash] = segment.size

    def delivered(self, receiver: Replica, frame: Frame, size: int) -> None:
        """Notes a frame that arrives."""
        self.frames.append(frame)
        self.payload += size
        for segment in readable(frame):
            if receiver.store.ledger.has(segment.header.feed, segment.head) is not None:
                self.repeated += segment.size

    def twice(self, sender: str, receiver: str) -> int:
        """Bytes of segments that left one side for another more than once."""
        return sum(
            (times - 1) * self.size[hash_]
            for (one, other, hash_), times in self.left.items()
            if (one, other) == (sender, receiver)
        )


def readable(frame: Frame) -> Iterator[Segment]:
    """The segments of a frame, but for those that are damaged."""
    for message in frame.segments.segments:
        with contextlib.suppress(LinliError):
            yield wire.read_segment(message)


class NoBooks(Traffic):
    """Books that nobody keeps: they cost more than a small session."""

    def sent(self, sender: str, receiver: str, frame: Frame) -> None:
        """Notes nothing."""

    def delivered(self, receiver: Replica, frame: Frame, size: int) -> None:
        """Notes nothing."""


class Side:
    """One end of a link: its session, and the bytes on their way to it.

    Args:
        session: The session.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.coming = bytearray()

    def put(self, frame: Frame) -> None:
        """Adds a frame to the bytes on their way here."""
        raw = frame.SerializeToString()
        self.coming += len(raw).to_bytes(_LENGTH_BYTES, "big") + raw

    def next_size(self) -> int:
        """The bytes of the next frame on its way here, its length included; 0 for none."""
        if not self.coming:
            return 0
        return _LENGTH_BYTES + int.from_bytes(self.coming[:_LENGTH_BYTES], "big")

    def get(self) -> bytes:
        """Takes the next frame off the line."""
        size = self.next_size()
        raw = bytes(self.coming[_LENGTH_BYTES:size])
        del self.coming[:size]
        return raw

    def repeat(self) -> None:
        """The next frame will come twice."""
        self.coming[:0] = self.coming[: self.next_size()]

    def swap(self) -> bool:
        """The next two frames change places; returns whether there were two."""
        size = self.next_size()
        first = self.coming[:size]
        if size == len(self.coming):
            return False
        del self.coming[:size]
        place = self.next_size()
        self.coming[place:place] = first
        return True


class Link:
    """A session between two nodes with both ends here.

    Args:
        dialler: The node that dials.
        answerer: Its parent.
        chance: Decides which side is heard next.
        traffic: The books.
        once: Whether the dialler wants one exchange only.

    Attributes:
        spoil: What becomes of the bytes of a frame on its way.
        deaf: The side that no frame reaches any more, if one direction carries nothing.
        unheard: How many frames of each kind were lost on the way to it.
        passed: The frames with segments that were delivered, by the author who got them.
    """

    def __init__(
        self,
        dialler: Replica,
        answerer: Replica,
        chance: random.Random | None = None,
        traffic: Traffic | None = None,
        once: bool = True,
    ) -> None:
        self.chance = chance or random.Random(0)
        self.traffic = traffic or Traffic()
        self.dialler = Side(
            Session(dialler, answerer.author, answerer.division, dialled=True, once=once)
        )
        self.answerer = Side(Session(answerer, dialler.author, dialler.division, dialled=False))
        self.spoil: Callable[[bytes], bytes] | None = None
        self.deaf: Side | None = None
        self.unheard: Counter[str] = Counter()
        self.passed: dict[str, list[bytes]] = {}
        self.error: LinliError | None = None
        self.frames = 0
        self.bytes = 0
        self.up = True
        self._send(self.dialler, self.dialler.session.start())

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both ends."""
        return self.dialler, self.answerer

    @property
    def sessions(self) -> tuple[Session, Session]:
        """The sessions of dialler and answerer."""
        return self.dialler.session, self.answerer.session

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return self.up and any(side.coming for side in self.sides)

    @property
    def done(self) -> bool:
        """Whether both sides have served each other and hold the same."""
        return all(session.finished and session.equal for session in self.sessions)

    def other(self, side: Side) -> Side:
        """The opposite end."""
        return self.answerer if side is self.dialler else self.dialler

    def _send(self, side: Side, frames: Iterable[Frame]) -> None:
        sender, target = side.session.replica.author, self.other(side)
        for frame in frames:
            self.traffic.sent(sender, target.session.replica.author, frame)
            target.put(frame)

    # --- running ---------------------------------------------------------------------------------

    def step(self, bytes_max: int | None = None) -> bool:
        """Delivers one frame; returns whether there was one, and the link still stands.

        Args:
            bytes_max: Goes down instead, once so many bytes have gone over the link.
        """
        ready = [side for side in self.sides if side.coming]
        if not ready or not self.up:
            return False
        side = self.chance.choice(ready)
        if bytes_max is not None and self.bytes + side.next_size() > bytes_max:
            self.cut()
            return False
        self.bytes += side.next_size()
        raw = side.get()
        if side is self.deaf:
            self.unheard[Frame.FromString(raw).WhichOneof("kind") or ""] += 1
            return self.up
        if self.spoil is not None:
            raw = self.spoil(raw)
        self._deliver(side, raw)
        return self.up

    def _deliver(self, side: Side, raw: bytes) -> None:
        try:
            frame = Frame.FromString(raw)
        except DecodeError:
            self.cut()
            return
        self.frames += 1
        if frame.WhichOneof("kind") == "segments":
            self.passed.setdefault(side.session.replica.author, []).append(raw)
        self.traffic.delivered(side.session.replica, frame, len(raw))
        try:
            self._send(side, side.session.receive(frame))
        except LinliError as error:
            self.fail(side, error)

    def fail(self, side: Side, error: LinliError) -> None:
        """What a link does when a session has to end: tells the peer why, and closes."""
        self.error = error
        refusal = side.session.refusal(error)
        self.cut()
        try:
            self.other(side).session.receive(Frame.FromString(refusal.SerializeToString()))
        except LinliError:
            return

    def pump(self) -> None:
        """Lets both sides send what is new, as a link does now and then."""
        for side in self.sides:
            if self.up:
                self._send(side, side.session.pump())

    def run(self, frames_max: int | None = None, bytes_max: int | None = None) -> Link:
        """Delivers until nothing is on its way.

        Args:
            frames_max: Goes down after so many frames.
            bytes_max: Goes down once so many bytes have gone over.
        """
        for _ in range(_STEPS_MAX):
            if frames_max is not None and self.frames >= frames_max:
                self.cut()
            if not self.step(bytes_max):
                return self
        raise AssertionError(f"no end after {_STEPS_MAX} frames: {self.traffic.kinds}")

    def cut(self) -> None:
        """The link goes down: what was on its way is lost."""
        self.up = False
        for side in self.sides:
            side.coming.clear()


def meet(
    dialler: Replica,
    answerer: Replica,
    seed: int = 0,
    traffic: Traffic | None = None,
    frames_max: int | None = None,
    bytes_max: int | None = None,
) -> Link:
    """One session from hello to its end, or to where the link breaks."""
    link = Link(dialler, answerer, random.Random(seed), traffic)
    return link.run(frames_max, bytes_max)


def interleave(links: Sequence[Link], chance: random.Random) -> None:
    """Runs several links at once, a frame here and a frame there, until all are quiet."""
    for _ in range(_STEPS_MAX * len(links)):
        ready = [link for link in links if link.busy]
        if not ready or chance.random() < _PUMPING:
            for link in links:
                link.pump()
            if not any(link.busy for link in links):
                return
        if ready:
            chance.choice(ready).step()
    raise AssertionError(f"no end after {_STEPS_MAX} frames")
