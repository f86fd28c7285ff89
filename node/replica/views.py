"""What `trust` says here, now and at any frontier: read once, remembered, forgotten when it moved.

Every segment is judged by a view of its own frontier, and a county of 459 nodes has hundreds of
them. So rows are read as they come, their certificates parsed once, the changes that a frontier
reaches are remembered by feed, and views that see the same are one.
"""

from __future__ import annotations

import bisect
import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from node import wire
from node.cut import Cut, cut_of
from node.division import Act
from node.feed import FeedKey, Head, Partition
from node.identity import Certificate
from node.replica.cuts import Cuts
from node.schema import Channel, Schema
from node.store import Store
from node.trust import View, act_of, certificate_of, view_of

_VIEWS_MAX = 64
_REACHES_MAX = 1_024

Place = tuple[str, str, int]
"""Author, division and boot."""

Spans = Mapping[int, Sequence[tuple[int, int]]]
"""By boot, the first and last number of each stretch of changes, in order."""

What = TypeVar("What")


class _Row(NamedTuple, Generic[What]):
    """A row of `trust`, where its change stands, and what it says; None where it says nothing."""

    place: Place
    number: int
    id: str
    time: int
    what: What | None


_Rows = dict[tuple[str, str], _Row[What]]
"""By division and id."""


class Views:
    """The views of a replica.

    Args:
        root: The county's own certificate.
        schema: What the node keeps.
        store: The node's database.
        cuts: What counts of the feeds of revoked nodes.
    """

    def __init__(self, root: Certificate, schema: Schema, store: Store, cuts: Cuts) -> None:
        self._root = root
        self._schema = schema
        self._store = store
        self._acts: _Rows[Act] = {}
        self._certificates: _Rows[Certificate] = {}
        self._stated_cuts: _Rows[Cut] = {}
        self._cuts = cuts
        told: dict[str, tuple[_Rows[Any], Callable[[Mapping[str, Any]], Any]]] = {
            "division_act": (self._acts, act_of),
            "certificate": (self._certificates, certificate_of),
            "cut": (self._stated_cuts, lambda row: cut_of(row, row["author#"])),
        }
        # An older schema knows fewer.
        self._tables = {name: one for name, one in told.items() if name in schema.by_name}
        self._views: OrderedDict[bytes, View] = OrderedDict()
        self._reaches: OrderedDict[tuple[FeedKey, tuple[Head, ...]], Spans] = OrderedDict()
        self._latest: View | None = None
        self._latest_at = (0, 0, 0)
        self._judged_by = (0, b"")
        self._undone = 0

    def latest(self) -> View:
        """Everything that `trust` says here, the unsealed tail included."""
        moved = self._store.moved
        if self._latest is not None and self._latest_at == moved:
            return self._latest
        self._look_at_others()
        if self._read() or self._latest is None:
            self._latest = self._view(None)
        self._latest_at = moved
        return self._latest

    def known(self, digest: bytes) -> View | None:
        """The view of a frontier, by its digest; None where it was not looked at lately."""
        self._look_at_others()
        return self._views.get(digest)

    def at(self, frontier: Mapping[FeedKey, tuple[Head, ...]]) -> View:
        """What `trust` said at a frontier that is here."""
        digest = hashlib.sha256(wire.encode_trust(frontier)).digest()
        view = self.known(digest)
        if view is None:
            if self._read():
                self._latest = None
            view = self._view(
                {
                    (feed.author, feed.division, boot): spans
                    for feed, heads in frontier.items()
                    for boot, spans in self._reach(feed, heads).items()
                }
            )
            self._views[digest] = view
            if len(self._views) > _VIEWS_MAX:
                self._views.popitem(last=False)
        return view

    def has_reached(self, feed: FeedKey, heads: tuple[Head, ...]) -> bool:
        """Whether a feed was looked at up to certain heads, which therefore are here."""
        return (feed, heads) in self._reaches

    def forget(self) -> None:
        """Empties what is remembered, after a transaction that came to nothing."""
        self._latest = None
        self._views.clear()
        self._reaches.clear()
        self._acts.clear()
        self._certificates.clear()
        self._stated_cuts.clear()

    def _read(self) -> bool:
        """Reads the rows that have come since, and returns whether there are any."""
        counts = self._store.records.counts(*self._tables)
        moved = False
        for count, (name, (known, parsed)) in zip(counts, self._tables.items(), strict=True):
            if count != len(known):
                self._read_table(name, known, parsed)
                moved = True
        return moved

    def _read_table(
        self, name: str, known: _Rows[What], parsed: Callable[[Mapping[str, Any]], What | None]
    ) -> None:
        records, table = self._store.records, self._schema.by_name[name]
        fresh = [one for one in records.ids(table) if one not in known]
        only = {"id": [id_ for _, id_ in fresh]} if known else None
        for row in records.read(table, where=only):
            place = (row["author#"], row["division#"], row["boot#"])
            known[row["division#"], row["id"]] = _Row(
                place, row["number"], row["id"], row["time"], parsed(row)
            )

    def _view(self, reached: Mapping[Place, Sequence[tuple[int, int]]] | None) -> View:
        """A view of all trust rows, or of those in certain changes of author, division and boot.

        By spans of changes, because a feed may have branched: what stands on another branch may be
        here or not, and the same frontier must say the same everywhere. Cuts are asked of the
        latest view alone: they say what counts now, whatever an author had seen of them.
        """

        def within(row: _Row[Any]) -> bool:
            return reached is None or _lies_in(row.number, reached.get(row.place, ()))

        counting = self._counting()
        acts = [one for one in self._acts.values() if one.place[0] == self._root.author]
        acts.sort(key=lambda one: (one.number, one.id, one.place))
        certificates = sorted(self._certificates.values(), key=lambda one: (one.id, one.place))
        certificates = [one for one in certificates if within(one)]
        cuts = sorted(
            self._stated_cuts.values(), key=lambda one: (one.time, *one.place, one.number, one.id)
        )
        return view_of(
            self._root,
            tuple(one.what for one in acts if one.what is not None and within(one)),
            tuple(one.what for one in certificates if one.what and counting(one)),
            tuple(one.what for one in certificates if one.what and not counting(one)),
            tuple(one.what for one in cuts if one.what and reached is None and counting(one)),
        )

    def certified(self) -> frozenset[tuple[str, str]]:
        """The certificates that were not written past a cut, by division and id."""
        self._read()
        counting = self._counting()
        return frozenset(key for key, one in self._certificates.items() if counting(one))

    def _counting(self) -> Callable[[_Row[Any]], bool]:
        """Tells rows that count from those that were written past a cut."""
        cut: dict[tuple[str, str], Spans] = {}
        for feed, heads in self._cuts.trust_heads().items():
            cut[feed.author, feed.division] = self._reach(feed, heads)
        authors = self._cuts.authors()

        def counts(row: _Row[Any]) -> bool:
            author, division, boot = row.place
            if author not in authors:
                return True
            return _lies_in(row.number, cut.get((author, division), {}).get(boot, ()))

        return counts

    def _reach(self, feed: FeedKey, heads: tuple[Head, ...]) -> Spans:
        known = self._reaches.get((feed, heads))
        if known is None:
            lost = {one.head for one in self._store.quarantine.entries(feed, ["BOOT_REUSED"])}
            found = self._store.ledger.reach(feed, heads, lost)
            known = {boot: _joined(spans) for boot, spans in found.items()}
            self._reaches[feed, heads] = known
            if len(self._reaches) > _REACHES_MAX:
                self._reaches.popitem(last=False)
        return known

    def _look_at_others(self) -> None:
        """Forgets everything where another process has changed what it was made of.

        A frontier says the same for ever, but for what a copied machine wrote: that may come to
        count, or not to count any more, and another process may be the one that learns of it.
        """
        version, _, undone = self._store.moved
        if undone != self._undone:
            self._undone = undone
            self.forget()
        if version == self._judged_by[0]:
            return
        ledger = self._store.ledger
        lost = sorted(one.head for one in self._store.quarantine.entries(reasons=["BOOT_REUSED"]))
        told = [
            str(digest) for key, digest in sorted(ledger.state_digests().items()) if _trust(key)
        ]
        content = hashlib.sha256(repr((told, lost)).encode()).digest()
        if content != self._judged_by[1]:
            self.forget()
        self._judged_by = (version, content)


def _lies_in(number: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a change lies in one of some stretches."""
    at = bisect.bisect_right(spans, (number, math.inf)) - 1
    return at >= 0 and number <= spans[at][1]


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches in order, those that follow one another as one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _trust(key: tuple[Partition, str]) -> bool:
    return key[0].channel is Channel.TRUST
