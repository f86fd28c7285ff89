"""Whether what the county holds for everybody comes down to this node.

A beacon is the county's signed word on what it held of `trust` and `registry` at one moment: two
sums over heads. A parent that keeps something back can forge no other word, so its children can see
it. What makes this more than a comparison is that heads move on. A node may hold what the county
got only after that moment, or has not got yet: then the sums differ and nothing is withheld.

So it is asked whether the county's sums are those of some earlier state of what is here. Whatever
was written under that beacon or a later one came after it; of the rest, only what arrived here
since this node last held exactly what a beacon named can have been missing there. There are three
answers: all that was named is *here*; no state of what is here gives the county's sums, so this
node is *behind*; or so much has moved at once that it *cannot be told*, and the next beacon is
asked.

Being behind for a while is normal, since a beacon travels faster than a long backlog. The alert
comes where a beacon's content is still not here `behind_s_max` after an exchange with a parent had
come to its end without it, and another one has, too. Where no beacon could be matched for
`beacon_days_max` days, because none comes, or because it cannot be told, another alert says that.

Whoever is equal with the county itself lacks nothing, whatever its beacon says. What nobody can see
here: that the county keeps something back, or that somebody lets it all stop on the day before
yesterday, before `beacon_days_max` are over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum

from node.clock import DAY_MS, day, local
from node.feed import DIGEST_BYTES, Digest, FeedKey, Head, head_digest
from node.replica.core import Core
from node.replica.sealing import channel_digests
from node.schema import Channel
from node.segment import Beacon, Header
from node.store.peers import Alert

BEHIND = "behind"
STALE = "stale"

_KEPT = "withheld"
_MODULUS = 1 << (8 * DIGEST_BYTES)
_ASKED_GAP_MS = 3_600_000
"""How often it is noted that the county itself said so: a line may hold for days."""

_SEGMENTS_MAX = 300
_SUMS_MAX = 4_096
"""How many states are tried on each of two sides, so the square of it in all."""


class Verdict(Enum):
    """What comparing a beacon with what is here comes to."""

    HERE = 1
    BEHIND = 2
    CANNOT_BE_TOLD = 3


@dataclass(frozen=True, slots=True)
class Looked:
    """What earlier looks came to; kept in the database.

    Attributes:
        begun: When this node first looked, by its clock; 0 where it never has.
        whole: The time of the newest beacon of which everything is known to have been here.
        floor: The arrival at which this node held exactly what a beacon named, and no more.
        asked: When this node was last equal with the county itself, by its clock.
        doubted: The time of a beacon whose content lacked; 0 for none.
        trust: That beacon's digest over `trust`, hex.
        registry: The same over `registry`.
        since: When that was noticed, by this node's clock.
    """

    begun: int = 0
    whole: int = 0
    floor: int = 0
    asked: int = 0
    doubted: int = 0
    trust: str = ""
    registry: str = ""
    since: int = 0


# --- looking -------------------------------------------------------------------------------------


def look_down(core: Core, peer: str, *, equal: bool, over: bool = True) -> None:
    """Compares the newest beacon with what is here; raises, keeps or clears the alert.

    Args:
        core: The replica's core.
        peer: The author id of the node with which something was exchanged.
        equal: Whether both now hold the same.
        over: Whether the exchange came to its end, so that nothing is on its way any more.
    """
    beacon, known = core.beacon(), looked(core)
    if core.is_root or beacon is None:
        return
    now = core.now_ms()
    certain = equal and over and peer == core.root.author
    asked_lately = 0 <= now - known.asked < _ASKED_GAP_MS
    if beacon.time <= known.whole and (asked_lately or not certain):
        return
    found = _judged(core, replace(known, begun=known.begun or now), beacon, now)
    if certain:
        found = replace(_cleared(found), whole=beacon.time, asked=now)
    elif not over and found.doubted != known.doubted:
        found = _cleared(found)
    late = over and found.doubted and now - found.since >= core.limits.behind_s_max * 1000
    if found == known and not late:
        return
    with core.store.transaction():
        core.store.put_content(_KEPT, json.dumps(asdict(found)).encode())
        if found.doubted != known.doubted:
            core.store.peers.clear_alert(BEHIND, core.author)
        if late:
            core.store.peers.raise_alert(_behind(core, found, now))


def looked(core: Core) -> Looked:
    """What earlier looks came to."""
    raw = core.store.content(_KEPT)
    return Looked(**json.loads(raw)) if raw else Looked()


def _judged(core: Core, known: Looked, beacon: Beacon, now: int) -> Looked:
    """What is known after a look at the newest beacon, and at one that was doubted before."""
    if channel_digests(core) == (beacon.trust_digest, beacon.registry_digest):
        last = core.store.ledger.last_arrival()
        return replace(_cleared(known), whole=beacon.time, floor=last)
    verdict = compare(core, beacon, known.floor)
    if verdict is Verdict.HERE:
        return replace(_cleared(known), whole=beacon.time)
    if known.doubted:
        before = Beacon(
            known.doubted, bytes.fromhex(known.trust), bytes.fromhex(known.registry), beacon.author
        )
        if compare(core, before, known.floor) is not Verdict.HERE:
            return replace(known, since=min(known.since, now))
        known = replace(_cleared(known), whole=before.time)
    if verdict is Verdict.CANNOT_BE_TOLD:
        return known
    return replace(
        known,
        doubted=beacon.time,
        trust=beacon.trust_digest.hex(),
        registry=beacon.registry_digest.hex(),
        since=now,
    )


def _cleared(known: Looked) -> Looked:
    """The same with nothing in doubt."""
    return replace(known, doubted=0, trust="", registry="", since=0)


# --- comparing -----------------------------------------------------------------------------------


def compare(core: Core, beacon: Beacon, floor: int = 0) -> Verdict:
    """Whether everything that a beacon names is here.

    Args:
        core: The replica's core.
        beacon: The beacon.
        floor: An arrival up to which the county is known to have had everything that is here.
    """
    later = _arrived(core, floor)
    if later is None:
        return Verdict.CANNOT_BE_TOLD
    answers = set()
    named = (beacon.trust_digest, beacon.registry_digest)
    for channel, mine, theirs in zip(
        (Channel.TRUST, Channel.REGISTRY), channel_digests(core), named, strict=True
    ):
        gap = (Digest.from_bytes(theirs) - Digest.from_bytes(mine)).value
        feeds = [
            _sums(core, feed, segments, beacon.time, floor)
            for feed, segments in later.items()
            if feed.channel is channel
        ]
        answers.add(_reached(gap, feeds))
    if answers == {Verdict.HERE}:
        return Verdict.HERE
    return Verdict.BEHIND if Verdict.BEHIND in answers else Verdict.CANNOT_BE_TOLD


Arrived = dict[Head, tuple[Header, int]]
"""Segments of one feed: their headers, and the time of the beacon in force for each."""


def _arrived(core: Core, floor: int) -> dict[FeedKey, Arrived] | None:
    """What of `trust` and `registry` arrived after a number, by feed; None where it is too much."""
    found: dict[FeedKey, Arrived] = {}
    for channel in (Channel.TRUST, Channel.REGISTRY):
        rows = core.store.ledger.contexts(channel, floor, _SEGMENTS_MAX + 1)
        if len(rows) > _SEGMENTS_MAX:
            return None
        for head, header, beacon_time in rows:
            found.setdefault(header.feed, {})[head] = header, beacon_time
    return found


def _sums(core: Core, feed: FeedKey, segments: Arrived, before: int, floor: int) -> list[int]:
    """By how much each state of a feed that the county may have had differs from that here."""
    ledger = core.store.ledger
    heads = ledger.heads(feed)
    base = {head for head in heads if head not in segments} | set(ledger.heads_at(feed, floor))
    earlier = {head: header for head, (header, time) in segments.items() if time < before}
    here = _sum(feed, heads)
    return [_sum(feed, state) - here for state in _states(frozenset(base), earlier)]


def _sum(feed: FeedKey, heads: Iterable[Head]) -> int:
    return sum(head_digest(feed, head).value for head in heads)


def _states(base: frozenset[Head], segments: Mapping[Head, Header]) -> list[frozenset[Head]]:
    """The heads of every state through which a feed may have come, up to one more than is tried."""
    before = {
        head: {one for one in header.previous if one in segments}
        for head, header in segments.items()
    }
    states, seen = [(base, frozenset[Head]())], {frozenset[Head]()}
    for heads, taken in states:  # grows while it is walked
        for head, header in segments.items():
            if head in taken or not before[head] <= taken or taken | {head} in seen:
                continue
            if len(states) > _SUMS_MAX:
                break
            seen.add(taken | {head})
            states.append((heads - set(header.previous) | {head}, taken | {head}))
    return [heads for heads, _ in states]


def _reached(gap: int, feeds: Iterable[list[int]]) -> Verdict:
    """Whether one sum of each feed adds up to a number: two halves are built, and met."""
    small, large = {0}, {0}
    for sums in sorted(feeds, key=len):
        small = {(one + other) % _MODULUS for one in small for other in sums}
        if len(small) > _SUMS_MAX:
            return Verdict.CANNOT_BE_TOLD
        small, large = sorted((small, large), key=len)
    met = any((gap - one) % _MODULUS in large for one in small)
    return Verdict.HERE if met else Verdict.BEHIND


# --- in words ------------------------------------------------------------------------------------


def _behind(core: Core, found: Looked, now: int) -> Alert:
    text = (
        f"On {local(found.doubted)} the county held records for everybody that this node still"
        f" lacks, though the node above has given all that it says to have. A parent further up is"
        f" asked by itself where there is one, now with: linli sync. A stick from the county"
        f" brings it too. If it stays so, ask the county who keeps it back."
    )
    return Alert(BEHIND, core.author, text, now)


def stale(core: Core) -> Alert | None:
    """The alert that no beacon could be matched for days; None where one could.

    It follows from today's date, so it is computed whenever somebody looks.
    """
    beacon, known = core.beacon(), looked(core)
    if core.is_root or beacon is None:
        return None
    now = core.now_ms()
    moments = (known.whole, known.asked, known.begun) if known.begun else (beacon.time,)
    last = max((one for one in moments if one <= now), default=beacon.time)
    due = last + core.limits.beacon_days_max * DAY_MS
    if due > now:
        return None
    text = (
        f"Since {day(last)} this node cannot see that it has everything from the county; today is"
        f" {day(now)} by its clock. If the date is right and the line is there, ask at the node"
        f" above; a parent further up is asked by itself, and a stick from the county brings it"
        f" too."
    )
    return Alert(STALE, core.author, text, due)
