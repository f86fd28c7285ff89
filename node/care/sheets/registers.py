"""What a person, a worker, a facility is in a sheet, and what makes two rows the same.

A list that comes twice must not make everybody twice. Two rows are the same record where they bear
the same id; people else by their ID number, or without one by name, birth date and division;
workers by name and division; facilities by name, kind and division.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from node.care import facilities, people
from node.care.sheets.cells import Shape
from node.schema import Kind, Table

Values = dict[str, Any]
Keys = Callable[[Mapping[str, Any], str], tuple[list[str], list[str]]]
"""Of checked values and a division: the keys to keep of a row, and those to look for it by."""


class Check(Protocol):
    """Checks a new row, against the day where one is given."""

    def __call__(self, values: Mapping[str, Any], *, today: str = "") -> Values:
        """The checked columns."""
        ...


_DATES = frozenset({"birth_date", "contract_from", "contract_until"})
_ID_NUMBERS = frozenset({"id_number", "disability_certificate"})
BY_NUMBER = "i\x1f"
"""What a key begins with that is an ID number."""
_BETWEEN = re.compile(r"[、,，;；\n]+")


@dataclass(frozen=True)
class Register:
    """A register that sheets are imported into.

    Attributes:
        word: What the command calls it.
        table: Its table.
        check: Checks a new row.
        check_sets: Checks the elements of each set.
        keys: What makes two rows the same.
        alike: What is the same in two rows that no number tells to be the same.
        required: Fields without which a sheet is none.
        level: The only level of division at which its rows stand; empty for any.
    """

    word: str
    table: Table
    check: Check
    check_sets: Mapping[str, Callable[[Sequence[str]], list[str]]]
    keys: Keys
    alike: str
    required: tuple[str, ...]
    level: str = ""

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that a sheet may fill, in the order of the table."""
        return tuple(
            column.name
            for column in self.table.columns
            if column.stored or column.name in self.check_sets
        )

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """What each field is in a spreadsheet."""
        made = {}
        for column in self.table.columns:
            if column.name in _ID_NUMBERS:
                made[column.name] = Shape.ID_NUMBER
            elif column.name in _DATES or column.name.endswith("_on"):
                made[column.name] = Shape.DATE
            else:
                made[column.name] = Shape.NUMBER if column.type is int else Shape.TEXT
        return made

    def checked(
        self, values: Mapping[str, Any], today: str = ""
    ) -> tuple[Values, dict[str, list[str]]]:
        """The columns and the sets of a new row, as they are written.

        Args:
            values: The fields as typed; a set is one text with 、 or a comma between elements.
            today: The day, ISO; empty where it is not known.

        Raises:
            UsageError: A field does not fit.
        """
        sets = {
            name: self.check_sets[name](parted(values[name]))
            for name in self.check_sets
            if name in values
        }
        plain = {name: value for name, value in values.items() if name not in self.check_sets}
        return self.check(plain, today=today), sets


def parted(text: Any) -> list[str]:
    """The elements of a set that was typed into one cell."""
    return [part.strip() for part in _BETWEEN.split(str(text)) if part.strip()]


def _keys_of_person(values: Mapping[str, Any], division: str) -> tuple[list[str], list[str]]:
    """By the ID number; a row without one may be the same as one with, and the other way."""
    number = values.get("id_number")
    birth = values.get("birth_date") or ""
    named = f"{values['name']}\x1f{birth}\x1f{division}"
    if number:
        by_number = f"{BY_NUMBER}{number}"
        return [by_number, f"a\x1f{named}"], [by_number, f"b\x1f{named}"]
    return [f"b\x1f{named}"], [f"b\x1f{named}", f"a\x1f{named}"]


def _keys_of_worker(values: Mapping[str, Any], division: str) -> tuple[list[str], list[str]]:
    keys = [f"{values['name']}\x1f{division}"]
    return keys, keys


def _keys_of_facility(values: Mapping[str, Any], division: str) -> tuple[list[str], list[str]]:
    keys = [f"{values['name']}\x1f{values['kind']}\x1f{division}"]
    return keys, keys


PEOPLE = Register(
    "people",
    people.PERSON,
    people.check_person,
    {"groups": people.check_groups},
    _keys_of_person,
    "name, birth date and village",
    ("name",),
    level="village",
)
WORKERS = Register(
    "workers",
    people.WORKER,
    people.check_worker,
    {},
    _keys_of_worker,
    "name and division",
    ("name",),
)
FACILITIES = Register(
    "facilities",
    facilities.FACILITY,
    facilities.check_facility,
    {"services": facilities.check_services},
    _keys_of_facility,
    "name, kind and division",
    ("name", "kind"),
)

assert all(
    name in register.check_sets
    for register in (PEOPLE, WORKERS, FACILITIES)
    for name in (column.name for column in register.table.columns if column.kind is Kind.SET)
), "a set that no sheet can fill"
