"""A hundred changes scattered over a township's villages, on top of a long history that is equal.

Two nodes that were equal differ in 100 records out of many, in about thirty partitions: an ordinary
morning after a night offline. The frames are exchanged in lock step, all that one side has to say
before the other answers, so that round trips are counted and not timed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.places import COUNTY, TOWNSHIP, columns_of, joined
from bench.workload import Row
from node.care.records import SCHEMA
from node.replica import Amend, Replica
from node.session import Session
from node.wire import Frame

CHANGES = 100
_ROUNDS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Scattered:
    """What the exchange of the changes took.

    Attributes:
        round_trips: How often the dialler spoke and waited for what follows.
        payload_bytes: Serialised frames, both ways.
    """

    round_trips: int
    payload_bytes: int


def measure(rows: Sequence[Row], folder: Path) -> Scattered:
    """Lets a township and its county become equal, changes 100 visits, and lets them meet again."""
    chance = random.Random(1)
    joined(folder / COUNTY, folder / TOWNSHIP, TOWNSHIP)
    with (
        Replica(folder / COUNTY, SCHEMA) as county,
        Replica(folder / TOWNSHIP, SCHEMA) as township,
    ):
        villages = township.tree.children(township.division)
        written: list[tuple[str, str]] = []
        for place, village in enumerate(villages):
            ids = township.insert_each(village, columns_of(rows[place :: len(villages)])).ids
            written += [(village, id_) for id_ in ids]
        exchange(township, county)
        for village, id_ in chance.sample(written, CHANGES):
            minutes = chance.randrange(10, 60)
            correction = {"correct": {"minutes": minutes}, "reason": "L06"}
            township.write(village, [Amend("visit", id_, correction)])
        return exchange(township, county)


def exchange(dialler: Replica, answerer: Replica) -> Scattered:
    """One session in lock step until both sides have finished."""
    child = Session(dialler, answerer.author, answerer.division, dialled=True, once=True)
    parent = Session(answerer, dialler.author, dialler.division, dialled=False)
    rounds = payload = 0
    said = child.start()
    while said and rounds < _ROUNDS_MAX:
        answered = _hear(parent, said)
        payload += _size(said) + _size(answered)
        rounds += 1
        said = _hear(child, answered) if answered else []
    assert child.finished and child.equal, "the two nodes are not equal"
    return Scattered(rounds, payload)


def _hear(session: Session, frames: Sequence[Frame]) -> list[Frame]:
    """What a session answers to frames that have come."""
    return [answer for frame in frames for answer in session.receive(frame)]


def _size(frames: Sequence[Frame]) -> int:
    return sum(frame.ByteSize() for frame in frames)
