"""Rows of a sheet into the ledger, by the batch.

Every row ends in one of four ways: written, here already, here and saying otherwise, or refused.
Only the first changes anything, so a list may come in twice, and a list of which some rows are
wrong may be mended and come in again. A batch is one transaction: after a power cut its rows are
all there or none is, and the next run finds out which. No row is ever there by half.

An empty cell says nothing: it neither empties a field that is filled here nor differs from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from itertools import chain, islice
from typing import Any

from node.care import fields, moments, titles
from node.care.sheets.headings import DIVISION, DIVISION_CODE
from node.care.sheets.judging import Judge, Sound, opened
from node.care.sheets.matching import Present
from node.care.sheets.places import Places
from node.care.sheets.reading import Row, Sheet
from node.care.sheets.registers import Register
from node.care.sheets.report import DIFFERS, Note, Sink, note_of
from node.errors import StoreFault, UsageError
from node.replica import Insert, Replica
from node.schema import Kind

BATCH_ROWS = 2_000
WAITING_ROWS_MAX = 6_000


@dataclass
class Outcome:
    """How many rows ended in which way.

    Attributes:
        new: Written, or would be.
        present: Here already.
        differing: Here, and saying otherwise.
        refused: Not fit.
        written: Of those that are new, how many are in.
    """

    new: int = 0
    present: int = 0
    differing: int = 0
    refused: int = 0
    written: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.new + self.present + self.differing + self.refused


@dataclass
class Import:
    """One import, from the headings to the last batch.

    Attributes:
        replica: This node.
        register: What is imported.
        user: Who does it.
        at: The id of the division of `--at`, or empty.
        dry: Whether nothing is written.
        ignored: Headings to pass over.
        sink: Where lines about rows go.
        progress: Is told how many rows are done.
        outcome: What became of the rows so far.
    """

    replica: Replica
    register: Register
    user: str = ""
    at: str = ""
    dry: bool = False
    ignored: Sequence[str] = ()
    sink: Sink = made(default=lambda note: None)
    progress: Callable[[int], None] = made(default=lambda count: None)
    outcome: Outcome = made(default_factory=Outcome)

    def run(self, sheet: Sheet) -> Outcome:
        """Takes in a sheet.

        Raises:
            UsageError: Its headings do not tell what its columns hold, or it cannot be read to its
                end; nothing of it is written.
            Refused: This node may not write there.
            StoreFault: The disk refused; the batch at hand was not written, and it is told how many
                rows before it were.
        """
        try:
            return self._run(sheet)
        except StoreFault as fault:
            if not self.outcome.written:
                raise
            written = self.outcome.written
            raise StoreFault(
                f"The disk refused after {written} rows of the list were saved.",
                hint="Make room on it, see linli doctor, and import the same file again: what is "
                "here already stays as it is.",
            ) from fault

    def _run(self, sheet: Sheet) -> Outcome:
        columns, rows = opened(sheet, self.register, self.ignored)
        if not self.dry:
            sheet.read_through()  # a list that breaks off is found out before its first row is in
        places = Places(self.replica.tree, self.replica.division, self.at, self.register.level)
        present = Present(
            self.replica, self.register.table, lambda row, where: self.register.keys(row, where)[0]
        )
        today = moments.known_today(self.replica)
        judge = Judge(self.register, columns, places, present.knows, today)
        waiting = _Waiting(self.replica, self.user, self.dry)
        while batch := list(islice(rows, BATCH_ROWS)):
            for one in self._judged(judge, present, batch, self.outcome):
                insert = Insert(self.register.table.name, one.values, one.sets)
                waiting.add(one.division, insert)
            self._write(waiting, WAITING_ROWS_MAX)
            self.progress(self.outcome.rows)
        self._write(waiting, 0)
        return self.outcome

    def _write(self, waiting: _Waiting, rows_left_max: int) -> None:
        for count in waiting.written(rows_left_max):
            self.outcome.written += count

    def _judged(
        self, judge: Judge, present: Present, batch: Sequence[Row], outcome: Outcome
    ) -> list[Sound]:
        """The rows of a batch that are to be written; what is wrong with others is told."""
        notes: list[Note] = []
        sound: list[Sound] = []
        for row in batch:
            judged = judge.row(row)
            if isinstance(judged, Sound):
                sound.append(judged)
            else:
                notes += judged
                outcome.refused += 1
        fresh = self._sorted_out(present, sound, notes, outcome)
        outcome.new += len(fresh)
        for note in sorted(notes, key=lambda note: (note.row, len(note.column), note.column)):
            self.sink(note)
        return fresh

    def _sorted_out(
        self,
        present: Present,
        sound: Sequence[Sound],
        notes: list[Note],
        outcome: Outcome,
    ) -> list[Sound]:
        """The rows that are not here; notes those that are here and say otherwise."""
        found = [present.find(one.keys) for one in sound]
        here = present.fetch({each for candidates in found for each in candidates})
        fresh = []
        for one, candidates in zip(sound, found, strict=True):
            same = [
                row
                for _, row_id in candidates
                if (row := here.get(row_id)) and self._is_same(one, row)
            ]
            if not same:
                fresh.append(one)
                continue
            differences = min((self._differences(one, row) for row in same), key=len)
            notes += differences
            outcome.differing += bool(differences)
            outcome.present += not differences
        return fresh

    def _is_same(self, one: Sound, row: Mapping[str, Any]) -> bool:
        """Whether a row that is here bears a key of a row of the sheet, fingerprints aside."""
        kept = (row["id"], *self.register.keys(row, row["division#"])[0])
        return any(key in kept for key in one.keys)

    def _differences(self, one: Sound, row: Mapping[str, Any]) -> list[Note]:
        found = []
        table, number = self.register.table.name, one.row.number
        if one.division != row["division#"]:
            column = one.given.get(DIVISION_CODE) or one.given.get(DIVISION)
            called = self.replica.tree.called
            there, here = called(one.division), called(row["division#"])
            error = UsageError(
                f"The list says {there}, and the record stands in {here}.", hint=_DECIDE
            )
            letter = column.letter if column else ""
            found.append(note_of(number, letter, DIVISION, there, error, DIFFERS))
        for name, said in chain(one.values.items(), one.sets.items()):
            given = one.given.get(name)
            known = row[name]
            same = said == known or (isinstance(said, list) and set(said) == set(known))
            if given is None or same or self._is_proposed(row, name, said):
                continue
            there, here = (_shown(table, name, each) for each in (said, known))
            if here:
                error = UsageError(f"The list says {there}, and the record {here}.", hint=_DECIDE)
            else:
                error = UsageError(f"The list says {there}, and the record nothing.", hint=_DECIDE)
            found.append(note_of(number, given.letter, name, there, error, DIFFERS))
        return found

    def _is_proposed(self, row: Mapping[str, Any], name: str, said: Any) -> bool:
        """Whether a value waits for the tier that decides it, so that the list says nothing new."""
        declared = self.register.table.column(name)
        if declared is None or declared.kind is not Kind.AUTHORITY:
            return False
        table = self.register.table.name
        cell = self.replica.conflict(row["division#"], table, row["id"], name)
        return any(version.value == said for version in cell.versions)


class _Waiting:
    """Rows that wait to be written, gathered by division.

    A list may go from village to village with each row, and a division's rows are cheap to write
    together and dear one by one. So some thousand rows wait, and those go first whose division has
    most of them.

    Args:
        replica: This node.
        user: Who acts.
        dry: Whether nothing is written.
    """

    def __init__(self, replica: Replica, user: str, dry: bool) -> None:
        self._replica = replica
        self._user = user
        self._dry = dry
        self._inserts: dict[str, list[Insert]] = {}
        self._count = 0

    def add(self, division: str, insert: Insert) -> None:
        """Lets a row wait."""
        if not self._dry:
            self._inserts.setdefault(division, []).append(insert)
            self._count += 1

    def written(self, rows_left_max: int) -> Iterator[int]:
        """Writes until at most so many rows wait; gives the rows of each transaction."""
        largest = sorted(self._inserts, key=lambda one: len(self._inserts[one]))
        while largest and self._count > rows_left_max:
            written = 0
            with self._replica.store.transaction():
                while largest and written < BATCH_ROWS:
                    division = largest.pop()
                    inserts = self._inserts.pop(division)
                    for start in range(0, len(inserts), BATCH_ROWS):
                        batch = inserts[start : start + BATCH_ROWS]
                        self._replica.insert_each(division, batch, user=self._user)
                    written += len(inserts)
            self._count -= written
            yield written


_DECIDE = "Nothing was changed. Where the list is right, change the record."


def _shown(table: str, name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in ("id_number", "disability_certificate"):
        return fields.masked_id(value)
    return titles.title(table, name, value)
