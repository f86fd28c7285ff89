"""What happened in a simulation and how often, and what has to happen in one of many.

A fault that never struck shows nothing. Each of `MARKERS` has to be hit at least once where
`linli sim --markers` is asked; docs/proof.md names the faults that they stand for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

MARKERS = (
    "written",
    # how sessions go wrong
    "a session broke off",
    "a bit was turned over on the line",
    "an old frame came again",
    "a frame came twice",
    "frames changed places",
    "only one direction carried",
    "a receipt was lost after its commit",
    "a session took hours",
    "a box dialled twice",
    "a village dialled the county",
    "all dialled at once after an outage",
    "a box came back after days alone",
    # what befalls sticks
    "a stick went there and back",
    "a stick was pulled out",
    "a bit was turned over on a stick",
    "a stick was lost",
    "an old stick was found",
    # what befalls boxes
    "killed during a write",
    "killed during a session",
    "killed after a start",
    "a full disk refused a write",
    "a session found no room",
    "a box was restored",
    "the county was restored",
    "a database was lost",
    "a box was cloned",
    "an older program was upgraded",
    "a clock: 1970",
    "a clock: ahead",
    "a clock: behind",
    "a clock: still",
    "a clock: drift",
)

SELDOM = (
    "a clock: right",
    "a tail went with its disk",
    "a write found no room",
    "a write was refused",
)
"""What is counted too, and may not happen in many seeds."""


@dataclass
class Figures:
    """What happened, and how much of it.

    Attributes:
        happened: How often each thing happened; every key is one of `MARKERS` or of `SELDOM`.
        acknowledged: Writes that were acknowledged.
        given_up: Acknowledged writes that went with the only disk that held them.
        rounds: How many rounds the healing took.
        latencies_ms: How long acknowledged rows took to the county, seen evening by evening.
        trace: A digest over everything that happened and what came of it.
    """

    happened: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    given_up: int = 0
    rounds: int = 0
    latencies_ms: list[int] = field(default_factory=list)
    trace: str = ""

    def count(self, what: str) -> str:
        """Counts one more of something."""
        assert what in MARKERS or what in SELDOM, f"'{what}' is on neither list"
        self.happened[what] += 1
        return what


def never(happened: Mapping[str, int]) -> list[str]:
    """The markers that were not hit."""
    return [what for what in MARKERS if not happened.get(what)]
