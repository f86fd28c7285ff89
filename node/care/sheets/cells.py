"""What a cell of a sheet holds, and how it becomes a value that the checks of the care take.

A spreadsheet spoils lists in ways that a person who types cannot: a number cell keeps 15 digits of
an ID number's 18, `3-12` becomes the third of December, and a blank that came with a paste cannot
be seen. What can be put right without guessing is put right here; the rest is a fault of its cell,
with what to do about it.
"""

from __future__ import annotations

import datetime
import enum
import re
import unicodedata
from dataclasses import dataclass

from node.care import fields
from node.errors import UsageError

CELL_CHARACTERS_MAX = 5_000
EXACT_DIGITS_MAX = 15
"""How many digits of a number a spreadsheet keeps."""

FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
"""What makes a spreadsheet take text for a formula, if it comes first."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_SCIENTIFIC = re.compile(r"[0-9]+(\.[0-9]*)?E\+?[0-9]+", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{14,}[\dXx]")
_EIGHT_DIGITS = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})")
_AFTER_MARK = "'0123456789"
_SHOWN_CHARACTERS_MAX = 60


class Shape(enum.Enum):
    """What a field is in a spreadsheet."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    ID_NUMBER = "id number"


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that holds no value: a formula, or the error of one.

    Attributes:
        kind: `formula` or `error`.
        text: What stands there.
    """

    kind: str
    text: str


Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | Odd | None


@dataclass(frozen=True, slots=True)
class Block:
    """Merged cells, by numbers from 1: only the first of them holds what all seem to show."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"


def letters(column: int) -> str:
    """What a spreadsheet calls a column: 1 is A, 27 is AA."""
    made = ""
    while column:
        column, place = divmod(column - 1, 26)
        made = chr(ord("A") + place) + made
    return made


class CellFault(UsageError):
    """A cell that cannot become a value.

    Attributes:
        value: What it holds, as it may be shown.
    """

    value: str = ""


def unfit(cell: object, why: str, remedy: str) -> CellFault:
    """The fault of a cell.

    Args:
        cell: What it holds.
        why: What is wrong, to follow the value.
        remedy: What to do.
    """
    value = shown(cell)
    fault = CellFault(f"{value!r} {why}." if value else f"The cell {why}.", hint=remedy)
    fault.value = value
    return fault


def shown(cell: object) -> str:
    """A cell as it may be shown: ID numbers masked, and not too long."""
    text = cell.text if isinstance(cell, Odd) else "" if cell is None else str(cell)
    return masked(text[:_SHOWN_CHARACTERS_MAX] + ("…" if len(text) > _SHOWN_CHARACTERS_MAX else ""))


def masked(text: str) -> str:
    """Text in which whatever may be an ID number is masked."""
    return _LONG_NUMBER.sub(lambda found: fields.masked_id(found[0]), text)


def blank(cell: Cell) -> bool:
    """Whether a cell holds nothing that can be seen."""
    return cell is None or (isinstance(cell, str) and not _tidy(cell))


def plain(cell: Cell) -> str:
    """A cell as text for headings and places; a number without its fraction of zero."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None or isinstance(cell, Odd) else _tidy(str(cell))


def value_of(shape: Shape, cell: Cell) -> str | int:
    """What a check is given for a cell that is not blank.

    Raises:
        CellFault: A spreadsheet has spoilt it, or it is no value.
    """
    if isinstance(cell, Odd):
        raise _odd(cell)
    if isinstance(cell, str):
        return _text(shape, cell)
    if isinstance(cell, bool):
        raise unfit(
            str(cell).upper(), "is a yes-or-no cell", "Format the column as text and type it again."
        )
    if isinstance(cell, int | float):
        return _number(shape, cell)
    if isinstance(cell, datetime.date):
        if shape is Shape.DATE:
            return cell.date().isoformat() if isinstance(cell, datetime.datetime) else str(cell)
        raise unfit(
            cell,
            "is a date cell, so a spreadsheet took what was typed for a date",
            "Format the column as text and type it again.",
        )
    raise unfit(cell, "is a time cell", "Format the column as text and type it again.")


def disarmed(text: str) -> str:
    """Text for a CSV file: an apostrophe stands before what a spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in FORMULA_STARTS or armed(text) != text else text


def armed(text: str) -> str:
    """The text that was disarmed, or given an apostrophe by hand to be no number."""
    marked = text[:1] == "'" and (text[1:2] in FORMULA_STARTS or text[1:2] in _AFTER_MARK)
    return text[1:] if marked and len(text) > 1 else text


def _odd(cell: Odd) -> CellFault:
    if cell.kind == "formula":
        return unfit(
            cell,
            "is a formula, and its result is not kept in a register",
            "Copy the column and paste it as values only.",
        )
    return unfit(cell, "is the error of a formula", "Type the value instead of the formula.")


def _text(shape: Shape, cell: str) -> str:
    tidy = _tidy(cell)
    if len(tidy) > CELL_CHARACTERS_MAX:
        raise unfit(
            tidy, f"has {len(tidy)} characters, and {CELL_CHARACTERS_MAX} fit", "Shorten it."
        )
    if shape is Shape.ID_NUMBER and "*" in tidy:
        raise unfit(
            tidy, "is masked", "Take the list with whole numbers: linli export … --whole-ids"
        )
    if shape is not Shape.NUMBER and _SCIENTIFIC.fullmatch(tidy):
        raise _rounded(tidy)
    if shape is Shape.DATE and (digits := _EIGHT_DIGITS.fullmatch(_half_width(tidy))):
        return "-".join(digits.groups())
    return tidy


def _number(shape: Shape, cell: int | float) -> str | int:
    if shape is Shape.ID_NUMBER:
        raise unfit(
            _whole(cell),
            f"is a number cell, of which a spreadsheet keeps {EXACT_DIGITS_MAX} digits of the 18",
            "Format the column as text and enter the 18 characters again.",
        )
    if abs(cell) >= 10**EXACT_DIGITS_MAX:
        raise _rounded(_whole(cell))
    whole = _whole(cell)
    if isinstance(whole, int):
        return whole if shape is Shape.NUMBER else _text(shape, str(whole))
    return str(whole)


def _whole(cell: int | float) -> int | float:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _rounded(value: object) -> CellFault:
    return unfit(
        value,
        "was rounded by a spreadsheet, and its last digits are lost",
        "Format the column as text and enter it again.",
    )


def _tidy(text: str) -> str:
    """Without blanks of any kind around it, and without characters that have no width."""
    return text.translate(_INVISIBLE).strip()


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
