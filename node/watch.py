"""Looks a few times a second what a serving node must do by itself.

A command typed at the same box writes into the same database and says nothing; what is found is
sealed, so that it can leave, and the sessions are woken. On the county beacons are signed. Now and
then whoever tends the records does what follows from what has come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from node.errors import LinliError
from node.events import ERROR, tell
from node.link import Exchange
from node.replica import Replica
from node.replica.sealing import channel_digests
from node.schema import Channel

LOOK_S = 0.2
"""How often it is looked whether another process has written."""

BEACON_GAP_S = 5.0
"""Least time between two beacons of which the later was called for by new trust or registry."""

TROUBLE_GAP_S = 60.0
"""Least time between two lines of the log on a database that fails at every look."""

SETTLE_GAP_S = 5.0
"""Time between two tries to open the database anew after its disk failed."""

TEND_GAP_S = 30.0
"""Least time between two looks of whoever tends the records."""

Tend = Callable[[Replica], int]
"""Does what follows from what has come, and returns how much it wrote."""


class Watch:
    """Looks for what was written, seals it in time, and signs beacons on the county.

    Time is measured by the event loop: the machine's clock may jump.

    Args:
        exchange: The exchange to wake.
        tend: Does what follows from what has come; None where nothing does.
    """

    def __init__(self, exchange: Exchange, tend: Tend | None) -> None:
        self.exchange = exchange
        self._tend = tend
        self._tended_at = float("-inf")
        self._limits = exchange.replica.core.limits
        self._version = -1
        self._stirred = -1
        self._tail_since: float | None = None
        self._beacon_at = float("-inf")
        self._beacon_stale = False
        self._told_at = float("-inf")
        self._settled_at = float("-inf")

    async def run(self) -> None:
        """Looks until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            live, stirred = bool(self.exchange.sessions()), self.exchange.stirred
            try:
                if await self.exchange.run(self._look, loop.time(), live, stirred):
                    self.exchange.wake()
                    self._stirred = self.exchange.stirred
            except LinliError as error:
                # A full disk may have room again: sessions and commands say it to people.
                if loop.time() - self._told_at >= TROUBLE_GAP_S:
                    tell("database_failed", ERROR, error=error)
                    self._told_at = loop.time()
            await asyncio.sleep(LOOK_S)

    def _look(self, now: float, live: bool, stirred: int) -> bool:
        """Whether there is news for the sessions. Runs on the database's thread."""
        if not self._settle(now):
            return False
        if self._tend is not None and now - self._tended_at >= TEND_GAP_S:
            self._tended_at = now
            self._tend(self.exchange.replica)
        version = self.exchange.replica.store.data_version
        foreign = version != self._version
        sealed = self._seal(now, live)
        if foreign or sealed or stirred != self._stirred:
            self._beacon_stale = True
        self._version, self._stirred = version, stirred
        return self._shine(now) or sealed or foreign

    def _settle(self, now: float) -> bool:
        """Whether the disk is well; where it failed, looks now and then whether it is again."""
        store = self.exchange.replica.store
        if store.disk.unsettled and now - self._settled_at >= SETTLE_GAP_S:
            self._settled_at = now
            store.settle()
        return not store.disk.unsettled

    def _seal(self, now: float, live: bool) -> bool:
        """Seals what has gathered for long enough; orders do not wait while a session is live."""
        replica = self.exchange.replica
        tails = replica.store.ledger.tails()
        if not tails:
            self._tail_since = None
            return False
        if self._tail_since is None:
            self._tail_since = now
        urgent = live and any(tail[0].channel is Channel.ORDERS for tail in tails)
        patience = self._limits.seal_delay_ms_max / 1000 if live else self._limits.seal_age_s_max
        if not urgent and now - self._tail_since < patience:
            return False
        replica.seal()
        self._tail_since = None
        return True

    def _shine(self, now: float) -> bool:
        """Signs a beacon on the county when the last has aged or no longer tells the truth."""
        replica = self.exchange.replica
        age = now - self._beacon_at
        if not replica.core.is_root or age < BEACON_GAP_S:
            return False
        if age < self._limits.beacon_interval_s:
            if not self._beacon_stale:
                return False
            self._beacon_stale = False
            known = replica.beacon()
            told = (known.trust_digest, known.registry_digest) if known else None
            if told == channel_digests(replica.core):
                return False
        issued = replica.issue_beacon()
        self._beacon_at = now
        return issued
