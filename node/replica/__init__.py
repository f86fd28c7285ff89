"""One replica: everything a node can do with its ledger, and nothing about sockets or care.

This is the door that pages, commands, sessions and tests come in by. A local write goes through
`act`; what a peer sends goes through `take`; both end in the same merge and the same tables.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from node.clock import Clock, SystemClock
from node.division import Tree
from node.errors import Refused, UsageError
from node.feed import FeedKey, Partition
from node.replica.applying import CURED_BY_UPGRADE, rebuild
from node.replica.core import Core
from node.replica.cutting import heed
from node.replica.forks import frozen
from node.replica.history import CellChange, Entry
from node.replica.intake import Intake, take
from node.replica.lag import LAGGING, lag
from node.replica.past import ask_first, look_back, rolled_back, take_back
from node.replica.reading import Conflict, Reader, Tick, VersionView
from node.replica.receipts import issue_receipts, take_receipts
from node.replica.reuse import admissions_lost
from node.replica.scope import Scope
from node.replica.sealing import enter_context, issue_beacon, seal_all, take_beacon
from node.replica.withheld import BEHIND, STALE, look_down, stale
from node.replica.writes import (
    AddElement,
    Amend,
    Assign,
    Increment,
    Insert,
    RemoveElement,
    Settle,
    Write,
    Written,
)
from node.replica.writing import Writer
from node.schema import Channel, Schema
from node.segment import Beacon, Segment
from node.store.peers import Alert
from node.trust import View

__all__ = [
    "AddElement",
    "Amend",
    "Assign",
    "CellChange",
    "Conflict",
    "Entry",
    "Increment",
    "Insert",
    "Intake",
    "RemoveElement",
    "Replica",
    "Scope",
    "Settle",
    "Tick",
    "VersionView",
    "Write",
    "Written",
]


class Replica(Reader):
    """A node's replica, open.

    Args:
        home: The node's folder.
        schema: What the node keeps.
        clock: What time it is here.
        entropy: Gives random bytes.

    Raises:
        StoreFault: The database would not keep its promises, or is of a newer schema.
    """

    def __init__(
        self,
        home: Path,
        schema: Schema,
        clock: Clock | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        super().__init__(Core(home, schema, clock or SystemClock(), entropy))
        self.store = self.core.store
        self._writer = Writer(self.core)
        if self.store.read_only:
            return
        try:
            take_back(self.core)
            with self.store.transaction():
                enter_context(self.core)
            self._catch_up()
        except BaseException:
            self.close()
            raise

    def _catch_up(self) -> None:
        """After an upgrade, derives anew whatever the older version had to set aside."""
        rules = self.store.outdated_rules
        if not rules:
            return
        if rules != self.core.schema.rules:
            again = set(self.partitions())
        else:
            waiting = self.store.quarantine.entries(reasons=CURED_BY_UPGRADE)
            again = {entry.feed.partition for entry in waiting}
            if any(partition.channel is Channel.TRUST for partition in again):
                again = set(self.partitions())  # all of it was judged without knowing of that
        trust = {partition for partition in again if partition.channel is Channel.TRUST}
        rebuild(self.core, trust)
        for partition in sorted(again - trust, key=lambda one: (one.channel, one.division)):
            self.rebuild(partition)
        with self.store.transaction():
            heed(self.core)
        self.store.caught_up()

    def close(self) -> None:
        """Closes the database."""
        self.store.close()

    def __enter__(self) -> Replica:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- who and where ---------------------------------------------------------------------------

    @property
    def author(self) -> str:
        """This node's author id."""
        return self.core.author

    @property
    def division(self) -> str:
        """The id of the division at which this node stands."""
        return self.core.division

    @property
    def view(self) -> View:
        """Who is who, as far as this node knows."""
        return self.core.view()

    @property
    def tree(self) -> Tree:
        """The divisions."""
        return self.core.view().tree

    @property
    def tier(self) -> str:
        """The tier of this node's division; empty until the trust data has come."""
        return self.tree.level(self.division)

    # --- writing ---------------------------------------------------------------------------------

    def act(
        self,
        parts: Sequence[tuple[str, Sequence[Write]]],
        *,
        user: str = "",
        reason: str | None = None,
    ) -> Written:
        """Writes into one or several partitions in one transaction; durable on return."""
        return self._writer.act(parts, user=user or self.core.config.user, reason=reason)

    def write(
        self,
        division: str,
        writes: Sequence[Write],
        *,
        user: str = "",
        reason: str | None = None,
    ) -> Written:
        """Writes into one division in one transaction; durable on return."""
        return self.act([(division, writes)], user=user, reason=reason)

    def insert_each(
        self,
        division: str,
        inserts: Sequence[Insert],
        *,
        user: str = "",
        reason: str | None = None,
    ) -> Written:
        """Creates many rows in one transaction, each in a change of its own; durable on return."""
        user = user or self.core.config.user
        return self._writer.insert_each(division, inserts, user=user, reason=reason)

    # --- exchanging ------------------------------------------------------------------------------

    def seal(self) -> list[FeedKey]:
        """Seals every open tail; durable on return."""
        with self.store.transaction():
            return seal_all(self.core)

    def take(self, segments: Sequence[Segment]) -> Intake:
        """Keeps and applies segments from a peer, and signs receipts for what grew."""
        with self.store.transaction():
            intake = take(self.core, segments)
            again: list[Insert] = []
            if self.core.own_feed(self.division, Channel.TRUST) in intake.moved:
                again = admissions_lost(self.core)  # a copy of this very box is about
            if again:
                # What was not an admission in the first place is none now.
                with contextlib.suppress(UsageError, Refused), self.store.savepoint():
                    self.write(self.division, again)
            if intake.moved:
                issue_receipts(self.core, intake.moved)
            if any(feed.author == self.author for feed in intake.moved):
                look_back(self.core)
        return intake

    def take_receipts(self, contents: Sequence[bytes]) -> int:
        """Keeps receipts that verify; returns how many."""
        return take_receipts(self.core, contents)

    def beacon(self) -> Beacon | None:
        """The newest beacon known here."""
        return self.core.beacon()

    def take_beacon(self, beacon: Beacon) -> bool:
        """Takes in a beacon; returns whether it was newer."""
        with self.store.transaction():
            return take_beacon(self.core, beacon)

    def issue_beacon(self) -> bool:
        """Signs a new beacon where this node is the county's and the last one has aged."""
        if not self.core.is_root:
            return False
        with self.store.transaction():
            return issue_beacon(self.core)

    def scope(self, peer_division: str) -> Scope:
        """What this node shares with a peer."""
        return Scope(self.core, peer_division)

    # --- a database that was put back ------------------------------------------------------------

    @property
    def rolled_back(self) -> bool:
        """Whether the database was put back, and no parent has been asked yet for what it lacks."""
        return rolled_back(self.core)

    def ask_first(self) -> None:
        """Remembers that a parent is to be asked for what was written here after a backup."""
        ask_first(self.core)

    def frozen(self) -> set[str]:
        """The authors who may spend nothing until the county has looked at a fork of theirs."""
        return frozen(self.core)

    def alerts(self) -> list[Alert]:
        """What a person should look at: what was raised, and what follows from today's date."""
        late = (lag(self.core), stale(self.core))
        listed = [*self.store.alerts(), *self.store.peers.alerts()]
        return [*listed, *(alert for alert in late if alert is not None)]

    @property
    def held_up(self) -> bool:
        """Whether something is held up between here and the county, on its way up or down."""
        return any(alert.kind in (LAGGING, BEHIND, STALE) for alert in self.alerts())

    def look_down(self, peer: str, *, equal: bool, over: bool = True) -> None:
        """After an exchange with a parent, sees whether it brought what the county names."""
        look_down(self.core, peer, equal=equal, over=over)

    def heard_above(self) -> None:
        """Notes that a parent has told all that it has."""
        if self.rolled_back:
            look_back(self.core, asked=True)

    # --- repairing -------------------------------------------------------------------------------

    def rebuild(self, partition: Partition) -> None:
        """Drops what was derived of a partition and derives it anew."""
        with self.store.transaction():
            rebuild(self.core, [partition])
            heed(self.core)
