"""What a replica answers.

Rows, conflicts, ticks, what waits, and the figures by which nodes are compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node import identity, wire
from node.errors import LinliError, UsageError
from node.feed import Digest, FeedKey, Head, Partition, total
from node.replica.core import Core
from node.replica.history import Entry, history
from node.schema import Kind, Table
from node.store import Wanted
from node.store.dump import dump
from node.store.peers import Received
from node.trust import RECEIPT_DOMAIN


@dataclass(frozen=True, slots=True)
class VersionView:
    """One standing version as it is shown to people.

    Attributes:
        value: What it says.
        author: Who wrote it.
        division: Where that author stands.
        time: Its clamped stamp.
        boot: The boot of its author.
        number: Its change.
        owner: Whether it comes from the owning tier of an authority column.
    """

    value: Any
    author: str
    division: str
    time: int
    boot: int
    number: int
    owner: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell in which more than one version stands.

    Attributes:
        kind: `conflict`, or `proposal` where a tier other than the owner asks for another value.
        versions: The one that gives the value first.
    """

    division: str
    table: str
    id: str
    column: str
    kind: str
    versions: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A tier that is known to hold a record durably.

    Attributes:
        tier: "village", "township" or "county".
        division: The division of the node that holds it.
        at_ms: Since when, milliseconds by the holder's clock.
        reason: Why it is not applied there, or empty.
    """

    tier: str
    division: str
    at_ms: int
    reason: str


class Reader:
    """Reads a replica.

    Args:
        core: The replica's core.
    """

    def __init__(self, core: Core) -> None:
        self.core = core

    def _table(self, name: str) -> Table:
        table = self.core.schema.table(name)
        if table is None:
            raise UsageError(f"There is no table {name!r}.")
        return table

    def _divisions(self, within: str | None) -> list[str] | None:
        return None if within is None else self.core.view().tree.below(within)

    def rows(
        self,
        table: str,
        within: str | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        after: str = "",
    ) -> list[dict[str, Any]]:
        """Rows by id; see `Records.read`. `within` is a division and everything below it."""
        return self.core.store.records.read(
            self._table(table), self._divisions(within), where, limit, after
        )

    def row(self, table: str, id_: str) -> dict[str, Any] | None:
        """One row, or None where it is not here."""
        rows = self.core.store.records.read(self._table(table), None, {"id": id_})
        return rows[0] if rows else None

    def columns(
        self, table: str, names: Sequence[str], within: str | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Some columns of every row of a table, for what looks at a whole register."""
        divisions = self._divisions(within)
        return self.core.store.listing.columns(self._table(table), names, divisions)

    def ids_with(self, table: str, part: str, limit: int = 10) -> list[str]:
        """Ids that begin or end with a part, as a person types them."""
        return self.core.store.records.ids_with(self._table(table), part, limit)

    def count(self, table: str, within: str | None = None) -> int:
        """How many rows a table has here."""
        return self.core.store.records.count(self._table(table), self._divisions(within))

    def listing(self, table: str, wanted: Wanted) -> list[dict[str, Any]]:
        """One page of rows in some order."""
        return self.core.store.listing.rows(self._table(table), wanted)

    def listed(self, table: str, wanted: Wanted) -> int:
        """How many rows all pages of a listing have."""
        return self.core.store.listing.count(self._table(table), wanted)

    def tally(self, table: str, column: str, wanted: Wanted) -> dict[Any, int]:
        """How many rows have each value of a column."""
        return self.core.store.listing.tally(self._table(table), column, wanted)

    def longest_waiting(
        self, table: str, facts: str, key: str, moment: str, wanted: Wanted
    ) -> list[tuple[dict[str, Any], int | None]]:
        """Rows with the moment of their newest fact, the longest ago first; see `Listing`."""
        return self.core.store.listing.waiting(
            self._table(table), self._table(facts), key, moment, wanted
        )

    def contested(self, within: str | None = None) -> list[tuple[str, str, str, str]]:
        """The cells in which more than one version stands: division, table, id, column."""
        return self.core.store.cells.contested(self._divisions(within))

    def conflicts(self, within: str | None = None) -> list[Conflict]:
        """Every cell in which more than one version stands."""
        cells = self.core.store.cells.contested(self._divisions(within))
        return [self.conflict(*cell) for cell in cells]

    def conflict(self, division: str, table: str, id_: str, column: str) -> Conflict:
        """The standing versions of one cell."""
        declared = self._table(table).cells[column]
        found = self.core.store.cells.standing(division, table, id_, column)
        versions = tuple(self._version(version) for version in found)
        deciding = [version for version in versions if version.owner]
        proposal = declared.kind is Kind.AUTHORITY and len(deciding) <= 1
        kind = "proposal" if proposal else "conflict"
        return Conflict(division, table, id_, column, kind, versions)

    def _version(self, row: Any) -> VersionView:
        standing = self.core.view().standing(row.author)
        value = row.text if row.text is not None else row.integer
        division = standing.division if standing else ""
        owner = bool(row.owner)
        return VersionView(value, row.author, division, row.time, row.boot, row.number, owner)

    def history(self, table: str, id_: str) -> Iterator[Entry]:
        """Every change of a record, oldest first; none where the record is not here."""
        declared, row = self._table(table), self.row(table, id_)
        if row is not None:
            yield from history(self.core, declared, row)

    # --- ticks -----------------------------------------------------------------------------------

    def ticks(self, table: str, id_: str) -> list[Tick]:
        """Which tiers are known to hold the change that created a row, this node first."""
        declared, row = self._table(table), self.row(table, id_)
        if row is None:
            return []
        view = self.core.view()
        here = Tick(view.tree.level(self.core.division), self.core.division, row["time"] >> 16, "")
        feed = FeedKey(row["author#"], row["division#"], declared.channel)
        head = self.core.store.ledger.covers(feed, row["boot#"], row["number"])
        if head is None:
            return [here]
        receipts = self.core.store.peers.receipts(feed)
        place = (row["boot#"], row["number"])
        ticks = [self._tick(feed, head, place, receipt) for receipt in receipts]
        above = [tick for tick in ticks if tick is not None and tick.division != here.division]
        return [here, *sorted(above, key=lambda tick: -len(view.tree.path(tick.division)))]

    def _tick(
        self, feed: FeedKey, head: Head, place: tuple[int, int], receipt: Received
    ) -> Tick | None:
        """A tick from a receipt that verifies and covers a segment; `place` is boot and number."""
        try:
            message = check_receipt(self.core, receipt.content)
        except LinliError:
            return None
        if not any(self._on_branch(feed, upper, head) for upper in receipt.heads):
            return None
        standing = self.core.view().standing(receipt.issuer)
        assert standing is not None, "a verified receipt has a known issuer"
        boot, change = place
        reasons = [
            part.reason
            for part in wire.read_unapplied(message)
            if part.says(boot, change, head.hash)
        ]
        return Tick(standing.tier, standing.division, receipt.time, reasons[0] if reasons else "")

    def _on_branch(self, feed: FeedKey, upper: Head, lower: Head) -> bool:
        """Whether a segment lies on the way from a head to the start."""
        if upper == lower:
            return True
        if upper.number < lower.number or self.core.store.ledger.has(feed, upper) is None:
            return False
        return lower not in self.core.store.ledger.lacking(feed, [upper])

    # --- figures ---------------------------------------------------------------------------------

    def partitions(self) -> list[Partition]:
        """Every partition of which something is here."""
        return sorted(self.core.store.ledger.partition_digests())

    def dump(self, partition: Partition) -> Iterator[str]:
        """The canonical dump of a partition, line by line."""
        return dump(self.core.store.connection, self.core.store.tables, partition)

    def dump_digest(self, partition: Partition) -> str:
        """SHA-256 over the canonical dump, hexadecimal."""
        hasher = hashlib.sha256()
        for line in self.dump(partition):
            hasher.update(line.encode() + b"\n")
        return hasher.hexdigest()

    def frontier_digest(self, partitions: Sequence[Partition] | None = None) -> Digest:
        """The sum over all heads here, or over those of some partitions."""
        digests = self.core.store.ledger.partition_digests()
        chosen = digests if partitions is None else {p: digests[p] for p in partitions}
        return total(chosen.values())

    def waiting(self) -> list[tuple[FeedKey, int, int]]:
        """Own feeds with changes that no parent has confirmed: feed, changes, since when (ms)."""
        core = self.core
        waits: dict[FeedKey, tuple[int, int]] = {}
        for partition, _, changes, at in core.store.ledger.tails():
            feed = core.own_feed(*partition)
            count, since = waits.get(feed, (0, at))
            waits[feed] = (count + changes, min(since, at))
        for feed, heads in core.store.ledger.all_heads().items():
            if feed.author != core.author:
                continue
            confirmed = [h for receipt in core.store.peers.receipts(feed) for h in receipt.heads]
            lacking = core.store.ledger.lacking(feed, confirmed) if heads else []
            if lacking:
                segment = core.store.ledger.segment(feed, lacking[0])
                assert segment is not None, "what lacks elsewhere is here"
                first = min(wire.body_of(segment, core.limits.body_bytes_max).changes.time) >> 16
                count, since = waits.get(feed, (0, first))
                sealed = core.store.ledger.changes_in(feed, lacking)
                waits[feed] = (count + sealed, min(since, first))
        return [(feed, *waits[feed]) for feed in sorted(waits)]


def check_receipt(core: Core, content: bytes) -> wire.ledger_pb2.Receipt:
    """Reads a receipt and refuses one that its issuer did not sign or had no place to.

    Raises:
        Refused: The signature does not fit, the issuer does not stand above the author, or it was
            revoked: nobody knows what a stolen box still has.
    """
    message = wire.read_receipt(content)
    issuer = identity.author_text(message.issuer)
    view = core.view()
    view.check_cut(issuer)
    public = view.public_key(issuer)
    identity.verify(public, RECEIPT_DOMAIN, wire.unsigned(message), message.signature.value)
    author = view.standing(identity.author_text(message.author))
    standing = view.standing(issuer)
    above = (
        author is not None
        and standing is not None
        and author.division != standing.division
        and view.covers(standing.division, author.division)
    )
    if not above:
        raise wire.malformed(f"a receipt of {issuer}, which does not stand above its author")
    return message
