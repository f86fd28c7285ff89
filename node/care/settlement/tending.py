"""Telling by itself while a node is served: a village should not wait for the end of a month."""

from __future__ import annotations

import time
from collections.abc import Callable

from node.care.parameters import publishing
from node.care.settlement import telling
from node.division import LEVELS
from node.errors import LinliError
from node.events import WARNING, tell
from node.replica import Replica

GAP_S = 3_600
"""Least time between two looks over all divisions below: of a county's visits they take seconds."""


class Telling:
    """Tells what only this node sees.

    Args:
        steady_s: A clock that only moves forward.
    """

    def __init__(self, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._steady_s = steady_s
        self._next_s = steady_s() + GAP_S
        self._whole: object = None

    def run(self, replica: Replica, *, user: str = "") -> int:
        """Tells what is new since the last look.

        Returns:
            How many outcomes were written or withdrawn.
        """
        if replica.tier not in LEVELS[:-1] or self._steady_s() < self._next_s:
            return 0
        self._next_s = self._steady_s() + GAP_S
        parameters, whole = publishing.in_force(replica), replica.frontier_digest()
        frozen = replica.rolled_back or replica.author in replica.frozen()
        if parameters is None or frozen or whole == self._whole:
            return 0  # what was told already may be known elsewhere alone
        try:
            count = telling.tell(replica, parameters, user=user)
        except LinliError as error:
            tell("not_told", WARNING, error=error)
            return 0
        self._whole = None if count else whole
        return count
