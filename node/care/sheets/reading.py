"""Opens a sheet, whatever it is: XLSX, CSV or TSV, told by its first bytes and not by its name.

What spreadsheets call by the wrong name is told apart, because its remedy differs: the old XLS, a
workbook behind a password, a page of HTML that calls itself XLS.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from node.care.sheets.cells import Block, Cell, blank
from node.errors import UsageError

if TYPE_CHECKING:
    from node.care.sheets.workbook import Workbook

FILE_BYTES_MAX = 134_217_728
ROWS_MAX = 250_000

_LOOKED_AT_ROWS = 50
_ZIP = b"PK\x03\x04"
_OLD_CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1")
_LOCKED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet.

    Attributes:
        number: Its number, as a spreadsheet shows it.
        cells: Its cells from the first column on; as many as it has.
        merged: The merged cells that it has a part in, such as `A3:A5`; empty where none.
    """

    number: int
    cells: list[Cell]
    merged: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, open.

    Attributes:
        path: The file.
        name: The worksheet's name; empty for text files.
        rows: The rows that hold something, in order; they can be read once.
        rows_about: About how many there are, for a progress bar.
        again: Begins to read the rows once more.
    """

    path: Path
    name: str
    rows: Iterator[Row]
    rows_about: int
    again: Callable[[], Iterator[Row]]

    def read_through(self) -> None:
        """Reads the rows to their end, apart from `rows`, and keeps nothing of them.

        Raises:
            UsageError: The sheet breaks off, or holds more than is allowed.
        """
        collections.deque(self.again(), maxlen=0)


@contextlib.contextmanager
def open_sheet(path: Path, name: str = "", *, hidden: bool = False) -> Iterator[Sheet]:
    """Opens a file.

    Args:
        path: The file.
        name: The worksheet; empty where the workbook has one that holds something.
        hidden: Whether rows and columns that are hidden are read as well.

    Raises:
        UsageError: It cannot be read as a sheet, or has hidden rows or columns and nobody said to
            read them. Rows may raise it too, while they are read.
    """
    if _kind(path) == "text":
        # Each library is loaded only for a file that needs it: a village's box is small.
        from node.care.sheets import delimited

        if name:
            raise UsageError(f"{path} is a text file and has no sheet {name!r}.", hint="Omit it.")
        encoding = delimited.encoding_of(path)  # once, however often its rows are read
        yield _sheet(path, "", lambda: delimited.rows(path, encoding), (), delimited.lines(path))
        return
    from node.care.sheets.workbook import Workbook

    book = Workbook(path)
    with contextlib.closing(book):
        chosen = name or _filled(book)
        if chosen not in book.sheets:
            has = ", ".join(book.sheets)
            raise UsageError(f"{path} has no visible sheet {name!r}.", hint=f"It has: {has}.")
        scanned = book.scanned(chosen)
        if (scanned.hidden_rows or scanned.hidden_columns) and not hidden:
            raise UsageError(
                f"{path} has {scanned.hidden_rows} hidden rows and {scanned.hidden_columns} hidden"
                " columns, as a filter leaves them.",
                hint="Show them and delete what does not belong to the list; or take them in as"
                " well with --hidden.",
            )
        yield _sheet(path, chosen, lambda: book.rows(chosen), scanned.merged, scanned.rows)


def _sheet(
    path: Path,
    name: str,
    found: Callable[[], Iterator[tuple[int, list[Cell]]]],
    merged: tuple[Block, ...],
    rows_about: int,
) -> Sheet:
    def again() -> Iterator[Row]:
        return _rows(path, found(), merged)

    return Sheet(path, name, again(), rows_about, again)


def _kind(path: Path) -> str:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(512)
            locked = start.startswith(_OLD_CONTAINER) and size <= FILE_BYTES_MAX
            locked = locked and _LOCKED in file.read()
    except OSError as fault:
        raise UsageError(f"Cannot read {path}: {fault.strerror}.", hint="Check the name.") from None
    if size > FILE_BYTES_MAX:
        raise UsageError(
            f"{path} has {size} bytes; a list may have {FILE_BYTES_MAX}.", hint="Split it."
        )
    if not start.strip():
        raise UsageError(f"{path} is empty.", hint="Save the list again and give that file.")
    if start.startswith(_ZIP):
        return "workbook"
    if locked:
        raise UsageError(
            f"{path} is locked with a password.", hint="Open it and save it without a password."
        )
    if start.startswith(_OLD_CONTAINER):
        raise UsageError(f"{path} is an old workbook (XLS).", hint="Save it again as XLSX.")
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise UsageError(
            f"{path} is a web page or XML, whatever its name says.",
            hint="Open it in a spreadsheet and save it again as XLSX.",
        )
    return "text"


def _filled(book: Workbook) -> str:
    """The only worksheet that holds something.

    Raises:
        UsageError: None does, or several do.
    """
    filled = [each for each in book.sheets if _holds_something(book.rows(each))]
    if len(filled) > 1:
        raise UsageError(
            f"{book.path} has {len(filled)} sheets that hold something: {', '.join(filled)}.",
            hint=f"Name one, such as: --sheet {filled[0]}",
        )
    if not filled:
        raise UsageError(
            f"{book.path} holds no rows.", hint="Save the list again and give that file."
        )
    return filled[0]


def _holds_something(rows: Iterator[tuple[int, list[Cell]]]) -> bool:
    first = itertools.islice(rows, _LOOKED_AT_ROWS)
    return any(not blank(cell) for _, cells in first for cell in cells)


def _rows(
    path: Path, found: Iterator[tuple[int, list[Cell]]], merged: tuple[Block, ...]
) -> Iterator[Row]:
    """The rows that hold something, told where they have a part in merged cells."""
    ahead = list(reversed(merged))
    here: list[Block] = []
    count = 0
    for number, cells in found:
        while ahead and ahead[-1].top <= number:
            here.append(ahead.pop())
        here = [block for block in here if block.bottom >= number]
        while cells and blank(cells[-1]):
            cells.pop()
        if not cells:
            continue
        count += 1
        if count > ROWS_MAX:
            raise UsageError(
                f"{path} has more than {ROWS_MAX} rows.", hint="Split it into several files."
            )
        yield Row(number, cells, str(here[0]) if here else "")
