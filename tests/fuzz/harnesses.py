"""What a fuzzer calls: one function for each parser of bytes that strangers can write.

Each takes any bytes and comes back. What the parser declares, it may raise; anything else is a
finding, and so is an input that costs too much time, or more than 16 MB. Bytes that chance alone
would never sign, hash or check correctly are signed, hashed and checked here, so that what lies
behind is reached too.

The corpus under `corpus/` holds a line of base64 for each input. `make fuzz` grows it with Atheris;
`test_corpus.py` replays it without.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import hashlib
import io
import json
import runpy
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from google.protobuf.message import DecodeError

from linli.v1 import ledger_pb2
from node import identity, wire
from node.bundle import take_in
from node.bundle.file import Sealer
from node.errors import LinliError, UsageError
from node.feed import FeedKey
from node.identity import tokens
from node.schema import Channel
from node.segment import SEGMENT_DOMAIN, Header
from node.session import Session
from node.wire import Frame
from tests.ledger.federation import Federation, county, forget_prepared, key_of

BODY_BYTES_MAX = 1 << 20
INPUT_BYTES_MAX = 4_096
COST_MS_MAX = {
    "segment": 50, "body": 250, "frame": 250, "bundle": 250, "token": 50, "evidence": 250,
}  # fmt: skip
"""What bytes may cost; where they come to a database, what is honest in them is applied there."""

GROWTH_BYTES_MAX = 16 << 20
CORPUS = Path(__file__).parent / "corpus"
ROOT = Path(__file__).resolve().parents[2]

_KEY = key_of("village1")
_DIVISION = "VILL0001"
_verdict = runpy.run_path(str(ROOT / "docs/verify_fork.py"))["verdict"]


class Finding(AssertionError):
    """A parser did what it promised not to do."""


class _Undone(Exception):
    """Takes back what an input did to the node."""


# --- segments ------------------------------------------------------------------------------------


def segment(data: bytes) -> None:
    """A segment as it lies in a frame; its body's hash is made to fit."""
    try:
        message = ledger_pb2.Segment.FromString(data)
    except DecodeError:
        return  # gRPC has refused it
    with contextlib.suppress(DecodeError):
        header = ledger_pb2.SegmentHeader.FromString(message.header)
        header.body_hash = hashlib.sha256(message.body).digest()
        message.header = header.SerializeToString()
        if message.HasField("replacement"):
            message.replacement.body_hash = header.body_hash
    with contextlib.suppress(LinliError):
        wire.body_of(wire.read_segment(message), BODY_BYTES_MAX)


def body(data: bytes) -> None:
    """A body, unpacked; one that can be read comes to a node in a segment of a member."""
    try:
        read = wire.decode_body(data, 1)
    except LinliError:
        return
    packed = wire.compress(data)
    numbers = read.changes.number
    header = Header(
        cluster=key_of("county").author,
        feed=FeedKey(_KEY.author, _DIVISION, Channel(data[-1] % len(Channel) + 1)),
        number=1,
        previous=(),
        boot=1,
        first_change=numbers[0],
        last_change=numbers[-1],
        changes=len(numbers),
        body_hash=hashlib.sha256(packed).digest(),
        body_bytes=len(data),
        beacon=None,
        trust={},
        policy="",
        schema=2,
    )
    message = ledger_pb2.Segment(header=wire.encode_header(header), body=packed)
    frame = Frame()
    frame.segments.segments.append(_signed(message))
    with _undone() as nodes, contextlib.suppress(LinliError):
        nodes["town1"].take([wire.read_segment(one) for one in frame.segments.segments])


def _signed(message: ledger_pb2.Segment) -> ledger_pb2.Segment:
    """A segment that its author has signed, whatever is in it."""
    signature = _KEY.sign(SEGMENT_DOMAIN, message.header)
    message.signature.CopyFrom(wire.signature_message(signature))
    return message


# --- sessions ------------------------------------------------------------------------------------


@cache
def _nodes() -> Federation:
    """A county, a township and a village, for as long as the process lives."""
    context = county("county", "town1", "village1")
    nodes = context.__enter__()
    atexit.register(forget_prepared)
    atexit.register(context.__exit__, None, None, None)
    return nodes


@contextlib.contextmanager
def _undone() -> Iterator[Federation]:
    """The county, and afterwards everything as it was."""
    nodes = _nodes()
    town = nodes["town1"]
    try:
        with contextlib.suppress(_Undone), town.store.transaction():
            yield nodes
            raise _Undone
    finally:
        town.core.forget_views()


@cache
def _greeting() -> Frame:
    """The village's hello."""
    nodes = _nodes()
    (hello,) = Session(nodes["village1"], nodes["town1"].author, "TOWN0001", dialled=True).start()
    return hello


def frame(data: bytes) -> None:
    """Frames of a session after hello, each behind its length in two bytes.

    Segments are signed where the first byte is odd.
    """
    greeting = _greeting()
    with _undone() as nodes, contextlib.suppress(LinliError):
        session = Session(nodes["town1"], _KEY.author, _DIVISION, dialled=False)
        session.receive(greeting)
        for told in _frames(data[1:]):
            if data[0] & 1:
                for one in told.segments.segments:
                    _signed(one)
            session.receive(told)


def _frames(rest: bytes) -> Iterator[Frame]:
    """The frames, up to one that gRPC would refuse."""
    while rest:
        size = int.from_bytes(rest[:2], "big")
        try:
            yield Frame.FromString(rest[2 : 2 + size])
        except DecodeError:
            return
        rest = rest[2 + size :]


# --- what people carry by hand -------------------------------------------------------------------


def bundle(data: bytes) -> None:
    """A bundle as a file; where the first byte is odd, frames that a member has sealed into one."""
    with _undone() as nodes, contextlib.suppress(LinliError):
        file = io.BytesIO(data[1:])
        if data[:1] and data[0] & 1:
            file = _sealed(nodes, data[1:])
        take_in(nodes["town1"], file)


def _sealed(nodes: Federation, rest: bytes) -> io.BytesIO:
    """Frames behind the village's greeting, in a bundle for the township."""
    village, town = nodes["village1"].core, nodes["town1"].core
    head = wire.bundle_pb2.BundleHead(
        cluster=identity.author_bytes(town.root.author), chain=village.chain
    )
    file = io.BytesIO()
    readers = {town.author: town.key.public}
    sealer = Sealer(file, village.key, head, readers, town.entropy)
    for told in (_greeting(), *_frames(rest)):
        for one in told.segments.segments:
            _signed(one)
        sealer.put(told)
    sealer.end()
    file.seek(0)
    return file


def token(data: bytes) -> None:
    """An invitation as it is typed, and any content with a checksum that fits."""
    checked = base64.b32encode(data + tokens._checksum(data)).decode().rstrip("=")
    for text in (data.decode("utf-8", "replace"), checked):
        with contextlib.suppress(UsageError):
            identity.read_token(text)


def evidence(data: bytes) -> None:
    """Evidence of a fork as a file, and any two headers that one key has signed."""
    with contextlib.suppress(Exception):
        _judged(json.loads(data))
    size = int.from_bytes(data[:2], "big")
    headers = (data[2 : 2 + size], data[2 + size :])
    _judged(
        {
            "public_key": base64.b64encode(_KEY.public_der).decode(),
            "segments": [
                {
                    "header": base64.b64encode(one).decode(),
                    "signature": base64.b64encode(_KEY.sign(SEGMENT_DOMAIN, one)).decode(),
                }
                for one in headers
            ],
        }
    )


def _judged(told: dict[str, object]) -> None:
    """The verifier says what a node would say, wherever a node can read both headers."""
    try:
        proved = bool(_verdict(**told))
    except Exception:  # noqa: BLE001  whatever is raised is a refusal
        proved = False
    try:
        der = base64.b64decode(str(told["public_key"]))
        places, headers = set(), set()
        for one in told["segments"]:  # type: ignore[attr-defined]
            header, signature = (base64.b64decode(text) for text in one.values())
            identity.verify(der, SEGMENT_DOMAIN, header, signature)
            read = wire.decode_header(header)
            places.add((read.cluster, read.feed, read.number))
            headers.add(header)
        own = {place[1].author for place in places} == {identity.author_of(der)}
        fork = len(places) == 1 and len(headers) == 2 and own
    except (LinliError, LookupError, ValueError, TypeError, AttributeError):
        return  # a node keeps no such segment, so it shows none
    if fork != proved:
        raise Finding(f"the verifier says {proved}, a node says {fork}: {told}")


HARNESSES: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (segment, body, frame, bundle, token, evidence)
}


# --- what an input may cost ----------------------------------------------------------------------


_TRIES = 4
"""A processor that is shared is slow at times, and what is dear is dear each time."""


def bounded(name: str, data: bytes, slowness: int = 1) -> None:
    """Calls a harness and refuses what an input cost.

    Args:
        name: The harness.
        data: The input.
        slowness: How much slower everything is, as under a fuzzer that watches each line.

    Raises:
        Finding: It took too long, or too much memory.
    """
    for left in reversed(range(_TRIES)):
        _forget_peak()
        before, began = _memory("VmRSS"), time.thread_time()
        HARNESSES[name](data)
        cost_ms = (time.thread_time() - began) * 1_000
        growth = _memory("VmHWM") - before
        if growth > GROWTH_BYTES_MAX:
            raise Finding(f"{name} took {growth >> 20} MB for {len(data)} bytes")
        if cost_ms <= COST_MS_MAX[name] * slowness:
            return
        if not left:
            raise Finding(f"{name} took {cost_ms:.0f} ms for {len(data)} bytes")


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> int:
    """A line of the kernel's account of this process, bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) << 10
    raise LookupError(name)


def corpus(name: str) -> list[bytes]:
    """The inputs that are kept for a harness."""
    path = CORPUS / f"{name}.txt"
    return [base64.b64decode(line) for line in path.read_text().splitlines()]
