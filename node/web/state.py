"""What waits here, and when the nodes above last answered: the page that an aide looks at in doubt.

It is right with the cable unplugged: who has what is told by signed receipts.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.care.doubles.reading import read
from node.care.moments import sane_now
from node.replica import Replica
from node.store import Wanted
from node.web.shown import place


@dataclass(frozen=True)
class Above:
    """A node above this one, and when it last answered; None for never."""

    place: str
    tier: str
    spoke_at: int | None


@dataclass(frozen=True)
class State:
    """What the page shows.

    Attributes:
        place: This node's division.
        waiting: How many changes no node above is known to have.
        since_ms: Since when the first of them waits.
        above: The node above, and those further up that ever had to stand in for it.
        people: How many people are in the register here.
        visits: How many visits.
        conflicts: How many cells have several versions.
        clock_is_sane: Whether this machine's clock can be right.
        now_ms: What time it is here.
    """

    place: str
    waiting: int
    since_ms: int | None
    above: list[Above]
    people: int
    visits: int
    conflicts: int
    clock_is_sane: bool
    now_ms: int


def _people(replica: Replica) -> int:
    """How many people stand in the register here, each once."""
    below = replica.tree.below(replica.division)
    return replica.listed("person", Wanted(below, without=[*read(replica).survivors]))


def state(replica: Replica) -> State:
    """How this node stands."""
    waits = replica.waiting()
    peers = replica.core.store.peers
    above = [
        Above(
            place(replica, parent.division),
            replica.tree.level(parent.division),
            peers.peer(parent.author).spoke_at or None,
        )
        for parent in replica.core.config.parents
    ]
    above = [one for number, one in enumerate(above) if number == 0 or one.spoke_at]
    return State(
        place(replica, replica.division),
        sum(changes for _, changes, _ in waits) if above else 0,
        min((since for _, _, since in waits), default=None) if above else None,
        above,
        _people(replica),
        replica.count("visit", replica.division),
        len(replica.contested(replica.division)),
        sane_now(replica) is not None,
        replica.core.now_ms(),
    )
