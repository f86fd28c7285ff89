"""One try of a PIN at a time, and a wait that grows with every wrong one.

The count of wrong tries is written before a try is judged and survives a power cut; the wait itself
runs on the steady clock of the process, since a box may not know the time. A box that is switched
off and on begins the wait anew.
"""

from __future__ import annotations

from collections.abc import Callable

from node.accounts import pins
from node.accounts.keeping import accounts_of
from node.care import audited
from node.errors import Refused, UsageError
from node.replica import Replica
from node.store.accounts import Account

FREE_TRIES = 3
WAIT_S_MIN, WAIT_S_MAX = 5, 900


def wait_s(failures: int) -> int:
    """How long an account waits after so many wrong PINs in a row."""
    over = failures - FREE_TRIES
    return min(WAIT_S_MIN << min(over, 20), WAIT_S_MAX) if over >= 0 else 0


class Trying:
    """Tries of PINs on one box.

    Args:
        steady_s: A clock that only moves forward.
    """

    def __init__(self, steady_s: Callable[[], float]) -> None:
        self._steady_s = steady_s
        self._until: dict[str, tuple[int, float]] = {}

    def begun(self, replica: Replica, user: str) -> str:
        """Counts a try, and tells what the PIN is to be checked against.

        Raises:
            UsageError: There is no such account.
            Refused: Too many were wrong, and the wait is not over.
        """
        accounts = accounts_of(replica)
        known = accounts.get(user)
        if known is None:
            return pins.nobodys()
        left = self._left_s(known)
        if left > 0:
            raise Refused(
                f"The PIN was wrong {known.failures} times. It can be tried again in {left} "
                "seconds.",
                hint="Whoever looks after this box can give you a new one.",
            )
        with replica.store.transaction():
            accounts.tried(user)
        return known.verifier

    def _left_s(self, known: Account) -> int:
        """How long an account still waits, whole seconds."""
        if not wait_s(known.failures):
            return 0
        failures, until = self._until.get(known.user, (0, 0.0))
        if failures != known.failures:
            until = self._steady_s() + wait_s(known.failures)
            self._until[known.user] = known.failures, until
        left = until - self._steady_s()
        return int(left) + 1 if left > 0 else 0

    def ended(self, replica: Replica, user: str, *, fits: bool) -> Account:
        """Takes a try for what it was.

        Raises:
            UsageError: The PIN was wrong, or there is no such account.
        """
        accounts = accounts_of(replica)
        known = accounts.get(user)
        if known is None or not fits:
            if known is not None and self._left_s(known):
                audited.note(replica, audited.FAILED, user=user, role=known.role)
            raise UsageError("Name and PIN do not fit.", hint="Try again.")
        with replica.store.transaction():
            accounts.put(known._replace(failures=0))
            audited.note(replica, audited.SIGNED_IN, user=user, role=known.role)
        return known
