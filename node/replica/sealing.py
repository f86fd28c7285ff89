"""Sealing: open tails become segments.

A tail is sealed when a session wants it, when it is long, when another process wrote the changes
before, and always before this node takes in a new context (a newer beacon, new trust data, a new
policy pack, a new schema). So one header truly states the context in which all its changes were
made. A sealed segment is committed before its first byte leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from node import wire
from node.feed import Digest, FeedKey, Head, Partition
from node.merge import Authority, Source
from node.replica.core import Core
from node.schema import Channel
from node.segment import SEGMENT_DOMAIN, Beacon, Body, Header, Segment, join
from node.store.ledger import Stored
from node.trust import BEACON_DOMAIN

_PACKING = 4
"""How much smaller a body gets by compression at the least, as a first guess of what fits."""


def seal_all(core: Core) -> list[FeedKey]:
    """Seals every open tail, `trust` first, within the transaction under way.

    Returns:
        The feeds that grew.
    """
    grown: list[FeedKey] = []
    for partition, boot, _, _ in core.store.ledger.tails():
        seal(core, partition, boot)
        grown.append(core.own_feed(*partition))
    return grown


def seal_foreign_tails(core: Core, partition: Partition) -> None:
    """Seals what must not share a segment with the next change of a partition.

    That is a tail of another boot, or one that is long enough; and before a change of `trust`,
    every other tail, since what they hold was written without knowing of it.
    """
    trust = partition.channel is Channel.TRUST
    for tail, boot, changes, _ in core.store.ledger.tails(None if trust else partition):
        full = changes >= core.limits.segment_changes_max
        new_context = trust and tail.channel is not Channel.TRUST
        if new_context or (tail == partition and (boot != core.boot or full)):
            seal(core, tail, boot)


def seal(core: Core, partition: Partition, boot: int) -> None:
    """Seals one tail of one boot into as many segments as the limits ask for.

    What was written here may lean on this node's own unsealed trust data, so that is sealed first.
    """
    if partition.channel is not Channel.TRUST:
        for tail, other, _, _ in core.store.ledger.tails():
            if tail.channel is Channel.TRUST:
                seal(core, tail, other)
    changes_max = core.limits.segment_changes_max
    bytes_max = core.limits.body_bytes_target * _PACKING
    while changes := core.store.ledger.tail(partition, boot, changes_max, bytes_max):
        bodies = [wire.decode_body(raw, number) for number, raw in changes]
        body = join(bodies)
        segment, body = _fit(core, partition, boot, body, bodies)
        _keep(core, segment, body)
        core.store.ledger.drop_tail(partition, boot, body.changes.number[-1])


def _fit(
    core: Core, partition: Partition, boot: int, body: Body, bodies: list[Body]
) -> tuple[Segment, Body]:
    """A segment of the first changes, fewer where their body would be too large."""
    count = len(bodies)
    while True:
        raw = wire.encode_body(body)
        packed = wire.compress(raw)
        if len(packed) <= core.limits.body_bytes_target or count == 1:
            return _sign(core, partition, boot, body, raw, packed), body
        count = max(1, count // 2)
        body = join(bodies[:count])


def _sign(
    core: Core, partition: Partition, boot: int, body: Body, raw: bytes, packed: bytes
) -> Segment:
    feed = core.own_feed(*partition)
    previous = core.store.ledger.heads(feed)
    stated, beacon_time = context_of(core, feed, previous)
    beacon = core.beacon()
    trust = applied_trust(core)
    trust.pop(feed, None)
    policy, schema = core.written_under()
    header = Header(
        cluster=core.root.author,
        feed=feed,
        number=max((head.number for head in previous), default=0) + 1,
        previous=previous,
        boot=boot,
        first_change=body.changes.number[0],
        last_change=body.changes.number[-1],
        changes=len(body.changes),
        body_hash=hashlib.sha256(packed).digest(),
        body_bytes=len(raw),
        beacon=beacon if beacon and beacon.time != beacon_time else None,
        trust={
            one: trust.get(one, ())
            for one in stated.keys() | trust.keys()
            if stated.get(one, ()) != trust.get(one, ())
        },
        policy=policy,
        schema=schema,
    )
    encoded = wire.encode_header(header)
    signature = core.sign(SEGMENT_DOMAIN, encoded)
    # Read back from the bytes, so that author and reader see the same header.
    return Segment(encoded, signature, packed, wire.decode_header(encoded))


def _keep(core: Core, segment: Segment, body: Body) -> None:
    ledger = core.store.ledger
    header = segment.header
    trust, beacon_time = context_after(core, header)
    arrival = ledger.last_arrival() + 1
    ledger.put(segment, Stored(arrival, beacon_time, keep_trust(core, trust)))
    ledger.advance(header.feed, header.previous, segment.head, arrival)
    core.anchor.note(header.feed, segment.head)
    source = Source(header.feed, header.boot, beacon_time, Authority(True, ""))
    core.merge().digest_rows(source, body)


def enter_context(core: Core) -> None:
    """Seals what was written under an older policy or schema before the present ones count."""
    if core.written_under() != (core.policy(), core.schema.version):
        seal_all(core)
    core.note_context()


# --- contexts: what headers state, accumulated along a feed --------------------------------------


def context_of(
    core: Core, feed: FeedKey, previous: tuple[Head, ...]
) -> tuple[dict[FeedKey, tuple[Head, ...]], int]:
    """The trust frontier and the beacon's time in force after certain segments of a feed."""
    trust: dict[FeedKey, tuple[Head, ...]] = {}
    beacon_time = 0
    for head in previous:
        stored = core.store.ledger.has(feed, head)
        assert stored is not None, "a segment is kept only after those that it names"
        beacon_time = max(beacon_time, stored.beacon_time)
        content = wire.decode_trust(core.store.ledger.trust_content(stored.trust))
        for one, heads in content.items():
            trust[one] = max(trust.get(one, ()), heads, key=_reach)
    return trust, beacon_time


def applied_trust(core: Core) -> dict[FeedKey, tuple[Head, ...]]:
    """The frontier of all `trust` that is applied here.

    What is held and waits itself was no ground for anything written here, and may wait for ever:
    in its place stand the nearest segments before it that are applied.
    """
    ledger, waiting = core.store.ledger, core.store.quarantine.trust_waiting()
    frontier = ledger.trust_heads()
    for feed, held in waiting.items():
        heads = set(frontier.pop(feed, ()))
        while behind := heads & held:
            heads -= behind
            for head in behind:
                segment = ledger.segment(feed, head)
                assert segment is not None, "what waits is kept"
                heads.update(segment.header.previous)
        if heads:
            frontier[feed] = tuple(sorted(heads))
    return frontier


def context_after(core: Core, header: Header) -> tuple[dict[FeedKey, tuple[Head, ...]], int]:
    """The trust frontier and the beacon's time in force for a segment."""
    trust, beacon_time = context_of(core, header.feed, header.previous)
    for feed, heads in header.trust.items():
        if heads:
            trust[feed] = heads
        else:
            trust.pop(feed, None)
    if header.beacon is not None:
        beacon_time = max(beacon_time, header.beacon.time)
    return trust, beacon_time


def _reach(heads: tuple[Head, ...]) -> tuple[int, tuple[Head, ...]]:
    return max((head.number for head in heads), default=0), heads


def keep_trust(core: Core, trust: Mapping[FeedKey, tuple[Head, ...]]) -> bytes:
    """Keeps a trust frontier and returns its digest."""
    content = wire.encode_trust(trust)
    digest = hashlib.sha256(content).digest()
    core.store.ledger.put_trust(digest, content)
    return digest


# --- beacons -------------------------------------------------------------------------------------


def take_beacon(core: Core, beacon: Beacon) -> bool:
    """Takes in a newer beacon, after sealing what was written under the older one.

    Returns:
        Whether it was newer.

    Raises:
        Refused: The county's root did not sign it.
    """
    core.check_beacon(beacon)
    known = core.beacon()
    if known is not None and known.time >= beacon.time:
        return False
    seal_all(core)
    message = wire.beacon_message(beacon).SerializeToString(deterministic=True)
    core.store.put_content("beacon", message)
    return True


def issue_beacon(core: Core) -> bool:
    """Signs a new beacon where this node is the root and the last one has aged.

    Returns:
        Whether there is a new one.
    """
    if not core.is_root:
        return False
    seal_all(core)
    known = core.beacon()
    trust, registry = channel_digests(core)
    now = core.clock.now_ms()
    if known is not None:
        age = now - known.time
        moved = (known.trust_digest, known.registry_digest) != (trust, registry)
        if age < core.limits.beacon_interval_s * 1000 and not (moved and age > 0):
            return False
        now = max(now, known.time + 1)
    bare = Beacon(now, trust, registry, core.author)
    signed = Beacon(
        now, trust, registry, core.author, core.sign(BEACON_DOMAIN, wire.beacon_bytes(bare))
    )
    return take_beacon(core, signed)


def channel_digests(core: Core) -> tuple[bytes, bytes]:
    """The digests over all partitions of `trust` and of `registry`, 32 bytes each."""
    sums = {Channel.TRUST: Digest(), Channel.REGISTRY: Digest()}
    for partition, digest in core.store.ledger.partition_digests().items():
        if partition.channel in sums:
            sums[partition.channel] = sums[partition.channel] + digest
    return sums[Channel.TRUST].to_bytes(), sums[Channel.REGISTRY].to_bytes()
