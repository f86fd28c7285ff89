"""What stands at the head of every page of an aide: when somebody above answered, what waits here.

Who only ever opens the day's list must see, too, that the line has been silent for days or that
something is held up on its way, and in words that need no explanation. Like the page of the state
it is right with the cable unplugged: who has what is told by signed receipts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node.replica import Replica
from node.replica.lag import LAGGING
from node.replica.withheld import BEHIND, STALE
from node.web.shown import place

_KEPT_MS = 60_000
"""How long what follows from today's date is taken as it was found."""


@dataclass(frozen=True)
class Banner:
    """What the head of a page says.

    Attributes:
        place: The node above that answered last; the first one where none ever did.
        spoke_at: When; None for never.
        waiting: How many changes no node above is known to have.
        since_ms: Since when the first of them waits.
        unsent: Whether something written here has not reached the county for days.
        unreceived: Whether something that the county has did not come here.
        now_ms: What time it is here.
    """

    place: str
    spoke_at: int | None
    waiting: int
    since_ms: int | None
    unsent: bool
    unreceived: bool
    now_ms: int


class Banners:
    """Makes banners, and looks into the ledger only where it has moved: a page is asked for often.

    A box that was alone for a summer has thousands of changes that wait.
    """

    def __init__(self) -> None:
        self._key: Any = None
        self._found: tuple[int, int | None, frozenset[str]] = (0, None, frozenset())

    def __call__(self, replica: Replica) -> Banner | None:
        """What is to be said now; None where nobody stands above."""
        parents, peers = replica.core.config.parents, replica.core.store.peers
        if not parents:
            return None
        spoke, first = 0, parents[0].division
        for parent in parents:
            at = peers.peer(parent.author).spoke_at
            if at > spoke:
                spoke, first = at, parent.division
        now = replica.core.now_ms()
        waiting, since, alerts = self._looked(replica, now)
        return Banner(
            place(replica, first),
            spoke or None,
            waiting,
            since,
            LAGGING in alerts,
            bool({BEHIND, STALE} & alerts),
            now,
        )

    def _looked(self, replica: Replica, now: int) -> tuple[int, int | None, frozenset[str]]:
        store = replica.core.store
        key = (
            store.ledger.last_arrival(),
            store.peers.last_receipt(),
            store.ledger.tails(),
            [alert.kind for alert in store.peers.alerts()],
            now // _KEPT_MS,
        )
        if key != self._key:
            waits = replica.waiting()
            self._found = (
                sum(changes for _, changes, _ in waits),
                min((since for _, _, since in waits), default=None),
                frozenset(alert.kind for alert in replica.alerts()),
            )
            self._key = key
        return self._found
