"""What is done to the links and the nodes, and when: decided by a seed before anything starts.

The schedule is the same for the same seed, places and length. What the nodes make of it is not:
they are real, and no two runs meet the same blow in the same state. So a seed narrows a failure
down and does not repeat it to the byte; what happened stands in the logs.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.real.rough import SLOWEST_BYTES_PER_S, Weather

KILL_EARLY_MS = (1, 500)
"""A node that starts is killed so soon after its process is there, while it loads and opens."""
KILL_LATE_MS = (500, 4_000)
"""The other half of those kills: about when its ports open and its parents are dialled."""

_LINK_PAUSE_S = (0.5, 8.0)
_NODE_PAUSE_S = (6.0, 32.0)


@dataclass(frozen=True)
class Blow:
    """One thing that is done.

    Attributes:
        at_s: When, counted from the beginning of the chaos.
        kind: What; a name of `LINK_BLOWS` or `NODE_BLOWS`.
        lasts_s: How long.
        weather: For a link: its weather meanwhile.
        share: For a loss: which share of the packets.
        count: For a cut, after how many bytes; for a start, after how many milliseconds each time.
    """

    at_s: float
    kind: str
    lasts_s: float = 0.0
    weather: Weather | None = None
    share: float = 0.0
    count: tuple[int, ...] = ()


LINK_BLOWS = {
    "delay": 3,
    "loss": 3,
    "slow": 3,
    "cut": 6,
    "down": 3,
    "stall": 2,
    "clog": 2,
    "silent": 1,
    "move": 2,
}
"""What can be done to a link, with its share."""

NODE_BLOWS = {"power": 4, "start": 4, "service": 2, "hands": 2, "freeze": 2}
"""What can be done to a node: the whole box, the box and again while it starts, its service alone,
the hands beside it alone, and the service stopped for a while without being ended."""


def blows(
    seed: int, links: Sequence[str], nodes: Sequence[str], length_s: float
) -> dict[str, list[Blow]]:
    """Draws what happens to each link and each node, by their names."""
    drawn: dict[str, list[Blow]] = {}
    for names, shares, pause, draw in (
        (links, LINK_BLOWS, _LINK_PAUSE_S, _on_link),
        (nodes, NODE_BLOWS, _NODE_PAUSE_S, _on_node),
    ):
        for name in names:
            chance = random.Random(f"chaos of {seed} at {name}")
            at_s, mine = chance.uniform(*pause), drawn.setdefault(name, [])
            while at_s < length_s:
                [kind] = chance.choices(list(shares), list(shares.values()))
                blow = Blow(**{"at_s": round(at_s, 3), "kind": kind, **draw(chance, kind)})
                mine.append(blow)
                at_s += blow.lasts_s + chance.uniform(*pause)
    return drawn


def _on_link(chance: random.Random, kind: str) -> dict[str, Any]:
    if kind == "cut":
        return {"count": (int(10 ** chance.uniform(0, 5)),)}
    lasts_s = round(chance.uniform(1, 12), 3)
    if kind == "loss":
        return {"lasts_s": lasts_s, "share": round(chance.uniform(0.01, 0.3), 2)}
    if kind == "move":
        return {"lasts_s": lasts_s, "weather": Weather(delay_s=round(chance.uniform(0, 2), 3))}
    weathers = {
        "delay": Weather(delay_s=round(10 ** chance.uniform(-2, 0.7), 3)),
        "slow": Weather(bytes_per_s=SLOWEST_BYTES_PER_S),
        "stall": Weather(clogged=("up", "down")),
        "clog": Weather(clogged=(chance.choice(("up", "down")),)),
        "silent": Weather(silent=True),
    }
    return {"lasts_s": lasts_s, "weather": weathers.get(kind)}


def _on_node(chance: random.Random, kind: str) -> dict[str, Any]:
    if kind == "start":
        windows = chance.choices((KILL_EARLY_MS, KILL_LATE_MS), k=chance.randint(1, 3))
        return {"count": tuple(chance.randint(*window) for window in windows)}
    return {"lasts_s": round(chance.uniform(0, 6), 3)}


def lines(drawn: dict[str, list[Blow]]) -> Iterable[str]:
    """The schedule in the order of time, for a file."""
    for at_s, name, blow in sorted(
        ((blow.at_s, name, blow) for name, mine in drawn.items() for blow in mine),
        key=lambda one: one[:2],
    ):
        yield f"{at_s:8.3f} {name} {blow}"
