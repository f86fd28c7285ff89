"""Taking in what others wrote: checked, kept and applied in one transaction with the heads moved.

Refusal is per feed: what is not authentic, and a feed that no known certificate permits or this
node may not hold, is not kept, and everything else in the same frame is. Inside a permitted feed
every well-formed segment is kept and forwarded; what cannot be applied is set aside with its reason
and tried again when the reason goes away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from node import identity, wire
from node.errors import Refused, RefusedBytes, StoreFault
from node.feed import FeedKey, Partition
from node.merge import Merge
from node.replica import forks
from node.replica.applying import CURED_BY_TRUST, apply, keep_apart, rebuild_judged, retry
from node.replica.core import OWN_MET, Core
from node.replica.cutting import heed
from node.replica.reuse import place
from node.replica.sealing import context_after, keep_trust, seal_all, take_beacon
from node.schema import Channel
from node.segment import BRANCHES_MAX, SEGMENT_BYTES_MAX, SEGMENT_DOMAIN, Segment
from node.store.ledger import Stored
from node.trust import REPLACEMENT_DOMAIN, View

_PERMITTED_LATER = ("CERTIFICATE_UNKNOWN", "NOT_AUTHORISED")


@dataclass(slots=True)
class Intake:
    """What became of a batch of segments.

    Attributes:
        refused: Feeds of which something was not kept, with the refusal.
        moved: Feeds that grew here.
        forked: Feeds in which a new segment made a number name two contents.
        segments: How many segments were new.
        changes: How many changes were new.
        anew: Partitions in which new segments changed which of the others count.
    """

    refused: dict[FeedKey, Refused] = field(default_factory=dict)
    moved: set[FeedKey] = field(default_factory=set)
    anew: set[Partition] = field(default_factory=set)
    forked: set[FeedKey] = field(default_factory=set)
    segments: int = 0
    changes: int = 0


def take(core: Core, segments: Sequence[Segment]) -> Intake:
    """Keeps and applies segments; durable on return.

    Args:
        core: The replica's core.
        segments: In an order in which each comes after those of its feed that it names.

    Raises:
        StoreFault: The disk or the database failed; nothing of the batch was kept.
    """
    intake = Intake()
    try:
        with core.store.transaction():
            if any(_is_trust(one.header.feed) or _is_own(core, one) for one in segments):
                seal_all(core)
            merge = core.merge()
            runs = _runs(segments)
            # Who may write what is settled before anything else is judged.
            _take_runs(core, merge, [one for one in runs if _is_trust(one[0])], intake)
            _take_runs(core, merge, [one for one in runs if not _is_trust(one[0])], intake)
            merge.settle()
            if intake.anew:
                rebuild_judged(core, intake.anew)
            if any(map(_is_trust, intake.moved)):
                heed(core)
            forks.alert(core, intake.forked)
    except BaseException:
        core.forget_views()
        raise
    return intake


def _runs(segments: Iterable[Segment]) -> list[tuple[FeedKey, list[Segment]]]:
    """The segments by feed, lane by lane, otherwise in the order in which feeds appear."""
    runs: dict[FeedKey, list[Segment]] = {}
    for segment in segments:
        runs.setdefault(segment.header.feed, []).append(segment)
    return sorted(runs.items(), key=lambda item: item[0].channel)


def _is_trust(feed: FeedKey) -> bool:
    return feed.channel is Channel.TRUST


def _is_own(core: Core, segment: Segment) -> bool:
    return segment.header.feed.author == core.author


def _take_runs(
    core: Core, merge: Merge, runs: list[tuple[FeedKey, list[Segment]]], intake: Intake
) -> None:
    """Takes feeds; one that nothing permits yet is tried again while trust data moves."""
    while runs:
        before, unknown = intake.segments, []
        for feed, run in runs:
            intake.refused.pop(feed, None)
            try:
                _take_run(core, merge, feed, run, intake)
            except StoreFault:
                raise
            except Refused as refusal:
                intake.refused[feed] = refusal
                if refusal.reason in _PERMITTED_LATER:
                    unknown.append((feed, run))
        moved = any(map(_is_trust, intake.moved))
        applied = retry(core, merge, CURED_BY_TRUST, intake.moved) if moved else 0
        if not applied and before == intake.segments:
            return
        runs = unknown


def _take_run(core: Core, merge: Merge, feed: FeedKey, run: list[Segment], intake: Intake) -> None:
    """Checks and keeps the new segments of one feed.

    One that is refused is left out, and so is what builds on it. What is taken does not depend on
    where a frame ends, but for an author's quota.
    """
    once = {one.head: one for one in run}
    fresh = [one for head, one in once.items() if core.store.ledger.has(feed, head) is None]
    if not fresh:
        return
    view = core.view()
    _check_feed(core, view, feed)
    public = view.public_key(feed.author)
    first: Refused | None = None
    for segment in fresh:
        try:
            _check(core, public, segment)
        except Refused as refusal:
            first = first or refusal
            continue
        if _forks(core, segment):
            intake.forked.add(feed)
        _keep(core, merge, segment, intake)
        intake.moved.add(feed)
        intake.segments += 1
        intake.changes += segment.header.changes
    if first is not None:
        raise first


def _check(core: Core, public: identity.PublicKey, segment: Segment) -> None:
    """Refuses what is not authentic, does not fit here, or follows what is not here."""
    if segment.header.cluster != core.root.author:
        raise _foreign(segment)
    _check_size(segment)
    identity.verify(public, SEGMENT_DOMAIN, segment.header_bytes, segment.signature)
    _check_replacement(core, segment)
    _check_place(core, segment)
    if segment.header.beacon is not None:
        # Newer than ours: what this node writes next may follow that segment in one feed (a
        # restored box meets its own past), and then stands under that beacon everywhere.
        take_beacon(core, segment.header.beacon)


def _check_feed(core: Core, view: View, feed: FeedKey) -> None:
    """Refuses a feed that this node may not hold or that no certificate permits."""
    if view.standing(feed.author) is None:
        view.public_key(feed.author)
    if not view.permits(feed):
        raise Refused(
            f"Author {feed.author} may not have a feed in {feed.channel.name.lower()} of "
            f"division {feed.division}.",
            reason="NOT_AUTHORISED",
            hint="Nothing of it was kept.",
        )
    if not view.holds(core.division, feed):
        raise Refused(
            f"The feed of {feed.author} in {feed.channel.name.lower()} of division "
            f"{feed.division} does not belong on a node at {core.division}.",
            reason="OUT_OF_SCOPE",
            hint="The sender is in error; nothing of it was kept.",
        )
    used, quota = core.store.ledger.feed_bytes(feed.author), core.limits.author_quota_bytes_max
    if used > quota:
        raise Refused(
            f"Author {feed.author} already fills {used} bytes here; author_quota_bytes_max is "
            f"{quota}.",
            reason="LIMIT",
            hint="Raise the limit in node.toml or ask what that box is doing.",
        )


def _check_size(segment: Segment) -> None:
    """Refuses what could not be forwarded: it would stop everything behind it."""
    if segment.size > SEGMENT_BYTES_MAX or not all(map(_is_trust, segment.header.trust)):
        raise RefusedBytes(
            f"Segment {segment.header.number} of {segment.header.feed.author} has {segment.size} "
            f"bytes; {SEGMENT_BYTES_MAX} are allowed, and only trust feeds in its frontier.",
            reason="LIMIT",
        )


def _foreign(segment: Segment) -> Refused:
    return Refused(
        f"Segment {segment.header.number} of {segment.header.feed.author} belongs to the county "
        f"{segment.header.cluster}.",
        reason="CLUSTER_FOREIGN",
        hint="Nothing of it was kept.",
    )


def _check_replacement(core: Core, segment: Segment) -> None:
    """Refuses a body put in the original's place that the county did not sign for."""
    if not segment.replacement:
        return
    message = wire.ledger_pb2.Replacement.FromString(segment.replacement)
    signed = wire.replacement_bytes(segment.header_bytes, message)
    if identity.author_text(message.author) != core.root.author:
        raise _foreign(segment)
    identity.verify(core.root.public_der, REPLACEMENT_DOMAIN, signed, message.signature.value)


def _check_place(core: Core, segment: Segment) -> None:
    """Refuses a segment whose predecessor is not here, and one branch too many."""
    feed = segment.header.feed
    for head in segment.header.previous:
        if core.store.ledger.has(feed, head) is None:
            raise Refused(
                f"Segment {segment.header.number} of {feed.author} in "
                f"{feed.channel.name.lower()} of {feed.division} names segment {head.number} "
                f"({head.hash.hex()[:8]}), which is not here.",
                reason="GAP",
                hint="It will be asked for.",
            )
    others = set(core.store.ledger.heads(feed)) - set(segment.header.previous)
    if len(others) >= BRANCHES_MAX:
        raise RefusedBytes(
            f"The feed of {feed.author} in {feed.channel.name.lower()} of {feed.division} has "
            f"{len(others)} branches already; {BRANCHES_MAX} are allowed.",
            reason="LIMIT",
            hint="No box branches so often by accident: ask what it is doing.",
        )


def _forks(core: Core, segment: Segment) -> bool:
    """Whether a new segment makes a number name two contents."""
    heads = core.store.ledger.heads(segment.header.feed)
    return segment.header.number <= max((head.number for head in heads), default=0)


def _keep(core: Core, merge: Merge, segment: Segment, intake: Intake) -> None:
    """Keeps one segment, moves the head, and applies what can be applied."""
    header = segment.header
    trust, beacon_time = context_after(core, header)
    if len(trust) > core.limits.trust_heads_max:
        raise RefusedBytes(
            f"A header names {len(trust)} trust feeds; trust_heads_max is "
            f"{core.limits.trust_heads_max}.",
            reason="LIMIT",
        )
    ledger = core.store.ledger
    stored = Stored(ledger.last_arrival() + 1, beacon_time, keep_trust(core, trust))
    ledger.put(segment, stored)
    ledger.advance(header.feed, header.previous, segment.head, stored.arrival)
    if _is_own(core, segment):
        # A copy of this very process may be writing somewhere, or of another one on this box.
        core.store.put_integer(OWN_MET, stored.arrival)
        core.fresh_boot()
    if header.feed.partition in intake.anew:
        return  # all of it is derived anew at the end
    counts, moves = place(core, segment)
    if moves or core.cuts.names(header.feed, segment.head):
        intake.anew.add(header.feed.partition)
    elif counts:
        apply(core, merge, segment, stored)
    else:
        keep_apart(core, segment)
