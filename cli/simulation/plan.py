"""What happens when: drawn from a seed before anything runs, so that a run can be repeated and cut.

An event names its moment, its node and its kind, and nothing that an earlier event leads to. What
else it needs it draws when it comes, from the seed and its own number: so an event can be left out
and all others stay what they were.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from node.clock import BOOT_FLOOR_MS, DAY_MS
from node.errors import UsageError

START_MS = BOOT_FLOOR_MS + 20 * DAY_MS
COUNTY = "county"


def chance(seed: int, *words: object) -> random.Random:
    """The randomness of one purpose: the same for the same words in every process."""
    raw = hashlib.blake2b(repr((seed, *words)).encode(), digest_size=16).digest()
    return random.Random(int.from_bytes(raw, "big"))


@dataclass(frozen=True)
class Topology:
    """How many nodes there are.

    Attributes:
        townships: Townships with a node.
        villages: Villages with a node, in all.
    """

    townships: int
    villages: int

    @property
    def names(self) -> list[str]:
        """The names of the nodes, from above."""
        return [COUNTY, *map(township, range(self.townships)), *map(village, range(self.villages))]


def township(number: int) -> str:
    """The name of a township's node."""
    return f"t{number:03}"


def village(number: int) -> str:
    """The name of a village's node."""
    return f"v{number:03}"


@dataclass(frozen=True)
class Swarm:
    """How much of everything happens; drawn anew for each seed.

    Attributes:
        writes: Writes a node and day.
        meets: Sessions a child and day.
        cut: How many sessions break off.
        damage: How many sessions have a bit turned over.
        replay: How many sessions hear an old frame again.
        twice: How many sessions are dialled while an old one still stands.
        past: How many sessions go to the county past a township.
        crashes: Crashes a node and day.
        clocks: Clocks that are set wrong, a node and day.
        fills: Disks that fill up, a node and day.
        restores: Backups that are put back, a node and day.
        losses: Databases that are lost, a node and day.
        clones: Boxes that are copied, in all.
        old: How many nodes run an older version at first.
        islands: How many nodes meet nobody for the first half.
        doubled: How many sessions bring frames twice.
        swapped: How many sessions bring frames in another order.
        deaf: How many sessions carry in one direction only from some frame on.
        slow: How many sessions stand for hours.
        outages: Outages a day in which nobody meets, and after which all dial at once.
        sticks: Bundles that a child's people carry to a parent, a child and day.
    """

    writes: float
    meets: float
    cut: float = 0.0
    damage: float = 0.0
    replay: float = 0.0
    twice: float = 0.0
    past: float = 0.0
    crashes: float = 0.0
    clocks: float = 0.0
    fills: float = 0.0
    restores: float = 0.0
    losses: float = 0.0
    clones: int = 0
    old: float = 0.0
    islands: float = 0.0
    doubled: float = 0.0
    swapped: float = 0.0
    deaf: float = 0.0
    slow: float = 0.0
    outages: float = 0.0
    sticks: float = 0.0


SPOILING = ("cut", "damage", "replay", "twice", "doubled", "swapped", "deaf", "slow")
"""The ways in which a session goes wrong. A new one comes last: old plans draw by the place."""

EVERYTHING = Swarm(
    writes=5, meets=5, cut=0.2, damage=0.1, replay=0.1, twice=0.1, past=0.2, crashes=0.5,
    clocks=0.3, fills=0.2, restores=0.2, losses=0.1, clones=1, old=0.4, islands=0.3, doubled=0.1,
    swapped=0.1, deaf=0.1, slow=0.1, outages=0.5,
    sticks=0.4,
)  # fmt: skip
"""Everything happens, and often."""

_EVERYTHING_EACH = 4


@dataclass(frozen=True)
class Event:
    """One thing that happens.

    Attributes:
        id: Its number, from which it draws.
        at_ms: When, true time.
        kind: What: the name of a handler of the world.
        node: To whom.
    """

    id: int
    at_ms: int
    kind: str
    node: str


@dataclass(frozen=True)
class Plan:
    """Everything that happens in one run.

    Attributes:
        seed: What all of it follows from.
        topology: The nodes.
        days: How long it lasts.
        swarm: How much of what.
        events: In order.
        old: The nodes that run an older version at first.
    """

    seed: int
    topology: Topology
    days: int
    swarm: Swarm
    events: tuple[Event, ...] = ()
    old: frozenset[str] = field(default_factory=frozenset)

    def only(self, events: tuple[Event, ...]) -> Plan:
        """The same with fewer events."""
        return replace(self, events=events)

    def to_json(self) -> str:
        """As a file keeps it."""
        stated = {**asdict(self), "old": sorted(self.old)}
        stated["events"] = [list(asdict(event).values()) for event in self.events]
        return json.dumps(stated)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Reads `to_json`.

        Raises:
            UsageError: The text is no plan.
        """
        try:
            stated: dict[str, Any] = json.loads(text)
            return cls(
                stated["seed"],
                Topology(**stated["topology"]),
                stated["days"],
                Swarm(**stated["swarm"]),
                tuple(Event(*event) for event in stated["events"]),
                frozenset(stated["old"]),
            )
        except (ValueError, KeyError, TypeError) as fault:
            raise UsageError("The file is no plan of a simulation.") from fault


def swarm_of(seed: int) -> Swarm:
    """How much of everything happens under a seed; in one of four, everything at once."""
    if seed % _EVERYTHING_EACH == 1:
        return EVERYTHING
    drawn = chance(seed, "swarm")

    def some(high: float, share: float = 0.7) -> float:
        return drawn.uniform(0, high) if drawn.random() < share else 0.0

    return Swarm(
        writes=drawn.uniform(3, 12),
        meets=drawn.uniform(1, 6),
        cut=some(0.5),
        damage=some(0.1),
        replay=some(0.3),
        twice=some(0.1),
        past=some(0.1),
        crashes=some(0.6),
        clocks=some(0.1),
        fills=some(0.1),
        restores=some(0.03),
        losses=some(0.02),
        clones=drawn.choice([0, 1, 1, 2]),
        old=some(0.4, 0.5),
        islands=some(0.3, 0.5),
        doubled=some(0.1, 0.5),
        swapped=some(0.1, 0.5),
        deaf=some(0.1, 0.5),
        slow=some(0.1, 0.5),
        outages=some(0.3, 0.5),
        sticks=some(0.5, 0.5),
    )


def plan_of(seed: int, topology: Topology, days: int, swarm: Swarm | None = None) -> Plan:
    """Draws what happens.

    Args:
        seed: What decides everything.
        topology: The nodes.
        days: How long it lasts.
        swarm: How much of what; drawn if None.

    Raises:
        UsageError: The topology makes no county.
    """
    if topology.townships < 1 or topology.villages < 1 or days < 1:
        raise UsageError("A simulation needs a township, a village and a day at the least.")
    swarm = swarm or swarm_of(seed)
    drawn = chance(seed, "plan")
    names = topology.names
    islands = {name for name in names[1:] if drawn.random() < swarm.islands}
    found: list[tuple[int, str, str]] = []

    def spread(kind: str, name: str, a_day: float, since: float = 0.0) -> None:
        for day in range(days):
            count = int(a_day) + (drawn.random() < a_day % 1)
            for _ in range(count):
                at = day + drawn.random()
                if at >= since * days:
                    found.append((int(at * DAY_MS), kind, name))

    for name in names:
        spread("write", name, swarm.writes)
        spread("crash", name, swarm.crashes)
        spread("clock", name, swarm.clocks)
        spread("fill", name, swarm.fills)
        spread("restore", name, swarm.restores)
        if name != COUNTY:
            spread("meet", name, swarm.meets, since=0.5 * (name in islands))
            spread("lose", name, swarm.losses)
    for name in drawn.sample(names[1:], min(swarm.clones, len(names) - 1)):
        found.append((drawn.randrange(days * DAY_MS), "clone", name))
    old = frozenset(name for name in names if drawn.random() < swarm.old)
    for name in sorted(old):
        found.append((drawn.randrange(days * DAY_MS), "upgrade", name))
    for day in range(days):
        found.append((day * DAY_MS + DAY_MS // 2, "backup", ""))
        found.append((day * DAY_MS + DAY_MS - 1, "evening", ""))
    for day in range(days):
        if drawn.random() < swarm.outages:
            since = day * DAY_MS + drawn.randrange(DAY_MS)
            found.append((since, "outage", COUNTY))
            found.append((since + drawn.randrange(DAY_MS), "reunion", COUNTY))
    for name in names[1:]:
        spread("stick", name, swarm.sticks)
    events = tuple(
        Event(number, START_MS + at, kind, name)
        for number, (at, kind, name) in enumerate(sorted(found), start=1)
    )
    return Plan(seed, topology, days, swarm, events, old)
