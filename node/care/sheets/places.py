"""The division that a row names: by its code, its name, or its name within its township.

Villages of one name are common in a county, so a name is looked up where it can be meant: within
the township that the row names, within the division of `--at`, else in the whole tree. Two that fit
are refused and not guessed between.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.care.sheets.cells import Cell, CellFault, blank, plain, shown, unfit
from node.care.sheets.headings import DIVISION, DIVISION_CODE, TOWNSHIP
from node.division import LEVELS, Division, Tree, named, stem
from node.errors import UsageError

_KNOWN_MAX = 10_000
_REMEDY_REACH = "Import that row on the node that stands there, or above it."


class Places:
    """Finds divisions for the rows of a sheet.

    Args:
        tree: The divisions.
        own: The id of the division at which this node stands: it writes nothing outside.
        at: The id of the division of `--at`, or empty.
        level: The only level at which rows stand; empty for any.
    """

    def __init__(self, tree: Tree, own: str, at: str = "", level: str = "") -> None:
        self._tree = tree
        self._own = own
        self._at = at
        self._level = level
        self._known: dict[tuple[str, str, str], str | CellFault] = {}

    def find(self, cells: Mapping[str, Cell]) -> str:
        """The id of the division in which a row stands.

        Args:
            cells: Its cells by field.

        Raises:
            CellFault: None fits, several do, or this node does not reach it.
        """
        texts = tuple(
            "" if blank(cell := cells.get(field)) else plain(cell)
            for field in (DIVISION_CODE, TOWNSHIP, DIVISION)
        )
        key = (texts[0], texts[1], texts[2])
        if key not in self._known:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            try:
                self._known[key] = self._judged(*key)
            except CellFault as fault:
                self._known[key] = fault
        found = self._known[key]
        if isinstance(found, CellFault):
            raise found
        return found

    def _judged(self, code: str, township: str, name: str) -> str:
        shown = code or name or township
        found = self._meant(code, township, name)
        if self._at and not self._tree.covers(self._at, found.id):
            raise unfit(
                shown,
                f"lies outside {self._tree.called(self._at)}, which --at names",
                "Correct the row, or name a division above both with --at.",
            )
        if not self._tree.covers(self._own, found.id):
            raise unfit(
                shown, f"lies outside {self._tree.called(self._own)}, where this node stands",
                _REMEDY_REACH,
            )  # fmt: skip
        if found.abolished:
            raise unfit(shown, "has been abolished", "Name the division that took over.")
        if self._level and found.level != self._level:
            raise unfit(
                shown,
                f"is a {found.level or 'division'}, and the row needs a {self._level}",
                f"Name the {self._level}, by its code or its name.",
            )
        return found.id

    def _meant(self, code: str, township: str, name: str) -> Division:
        if code:
            found = self._tree.by_code(code)
            if found is None:
                raise self._unknown(code)
            same = (found.code, found.id, found.name, stem(found.name))
            if name and name not in same and stem(name) not in same:
                raise unfit(
                    name, f"is not {found.name}, whose code {code} the row has", "Correct either."
                )
            return found
        if name:
            above = self._by_name(township, self._at, LEVELS[1]) if township else None
            return self._by_name(name, above.id if above else self._at, named_in=above)
        if township:
            return self._by_name(township, self._at, LEVELS[1])
        return self._default()

    def _default(self) -> Division:
        found = self._tree.get(self._at or self._own)
        if found is None or (self._level and found.level != self._level):
            raise unfit(
                "",
                "is empty, so where the row stands is not known",
                f"Fill in a {self._level or 'division'}, or give one to all rows with --at.",
            )
        return found

    def _by_name(
        self, text: str, within: str, level: str = "", named_in: Division | None = None
    ) -> Division:
        exact = self._tree.by_code(text) or self._tree.get(text)
        if exact is not None:
            return exact
        inside = self._tree.below(within or self._tree.root)
        divisions = [one for id_ in inside if (one := self._tree.get(id_)) is not None]
        fitting = named([one for one in divisions if level in ("", one.level)], text)
        if len(fitting) > 1:
            listed = ", ".join(f"{one.name} {one.code}" for one in fitting[:5])
            raise unfit(
                text,
                f"may be any of {len(fitting)} divisions: {listed}",
                "Write the code, or add a column 所在乡镇 with its township.",
            )
        if not fitting:
            raise self._unknown(text, named_in)
        return fitting[0]

    def _unknown(self, text: str, named_in: Division | None = None) -> CellFault:
        """What is said of a division that is not where it is looked for."""
        if named_in is not None:
            return unfit(
                text,
                f"is not in {self._tree.called(named_in.id)}, the township that the row names",
                "Correct either, or write the code of the division.",
            )
        try:
            self._tree.find(text)
        except UsageError as fault:
            return unfit(text, "is no division that is known here", fault.hint)
        return unfit(
            text,
            f"is not in {self._tree.called(self._at or self._own)}",
            "Correct it, or write the code of the division.",
        )


def blamed(fault: CellFault, cells: Mapping[str, Cell]) -> str:
    """The field of a row that holds what a fault is about; that of the division if none does."""
    filled = [name for name in (DIVISION_CODE, DIVISION, TOWNSHIP) if not blank(cells.get(name))]
    holding = [name for name in filled if shown(plain(cells[name])) == fault.value]
    return next(iter(holding or filled), DIVISION)
