"""Writes CSV and XLSX as spreadsheets of today open them, a row at a time.

A name that begins with `=` is a name here and a formula there, and a formula can send a list to
whoever wrote the name. So in CSV such text gets an apostrophe in front, which reading takes off
again, and in XLSX it is a text cell. ID and phone numbers are text cells of the format `@`, because
a spreadsheet keeps 15 digits of a number.

A file is written beside its place and put there whole, readable by its owner alone.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from node.care.sheets.cells import FORMULA_STARTS, disarmed
from node.config import whole_file
from node.errors import StoreFault, UsageError

XLSX_ROWS_MAX = 1_048_576
KINDS = (".csv", ".xlsx")
Append = Callable[[Sequence[Any]], None]

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def check_target(path: Path, *, replace: bool, kinds: Sequence[str] = KINDS) -> None:
    """Refuses a name that says no kind, and a file that is there.

    Raises:
        UsageError: Either, or the folder is missing.
    """
    if path.suffix.lower() not in kinds:
        raise UsageError(
            f"{path} does not say what to write.", hint=f"End its name in {' or '.join(kinds)}."
        )
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", hint="Make it, or name another.")
    if path.is_dir() or (path.exists() and not replace):
        raise UsageError(
            f"{path} is there already, and was left as it is.",
            hint="Name another file, or replace it with --yes.",
        )


@contextlib.contextmanager
def written(
    path: Path, texts: Sequence[bool], *, replace: bool = False, read_again: bool = True
) -> Iterator[Append]:
    """Writes a file row by row; it stands in its place on leaving, or nothing does.

    Args:
        path: The file; its ending says what to write.
        texts: For each column, whether its cells are text even where they look like numbers.
        replace: Whether a file that is there gives way.
        read_again: Whether an import gives back every text as it was, an apostrophe before it too.

    Raises:
        UsageError: As for `check_target`, or a workbook cannot hold so many rows.
        StoreFault: The disk refused.
    """
    check_target(path, replace=replace)
    make = _csv if path.suffix.lower() == ".csv" else _xlsx
    try:
        with (
            whole_file(path) as file,
            _temporary_in(path.parent),
            make(file, path, texts, read_again) as append,
        ):
            yield append
    except OSError as fault:
        raise StoreFault(
            f"Cannot write {path}: {fault.strerror or fault}.", hint="Free space or check the disk."
        ) from fault


@contextlib.contextmanager
def _temporary_in(folder: Path) -> Iterator[None]:
    """Lets openpyxl keep its rows beside the file: people's records belong in no other folder."""
    usual, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = usual


@contextlib.contextmanager
def _csv(file: IO[bytes], path: Path, texts: Sequence[bool], read_again: bool) -> Iterator[Append]:
    file.write(b"\xef\xbb\xbf")
    lines = csv.writer(_Encoded(file))

    def safe(text: str) -> str:
        return disarmed(text) if read_again or text[:1] in FORMULA_STARTS else text

    def append(values: Sequence[Any]) -> None:
        lines.writerow([safe(one) if isinstance(one, str) else one for one in values])

    yield append


class _Encoded:
    """What a CSV writer writes to."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, line: str) -> int:
        """Writes one line as UTF-8."""
        return self._file.write(line.encode("utf-8", "replace"))


@contextlib.contextmanager
def _xlsx(file: IO[bytes], path: Path, texts: Sequence[bool], read_again: bool) -> Iterator[Append]:
    from openpyxl import Workbook  # loaded only for who asks for XLSX
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(path.stem[:31].translate(dict.fromkeys(map(ord, "[]:*?/\\"), "_")))
    count = 0

    def cell(value: Any, text: bool) -> Any:
        if not isinstance(value, str):
            return value
        tidy = _NOT_IN_XML.sub("\ufffd", value)
        if not text and tidy[:1] not in FORMULA_STARTS:
            return tidy
        made = WriteOnlyCell(sheet, tidy)
        made.data_type = "s"  # `=` at its beginning would make it a formula
        if text:
            made.number_format = "@"
        return made

    def append(values: Sequence[Any]) -> None:
        nonlocal count
        count += 1
        if count > XLSX_ROWS_MAX:
            raise UsageError(
                f"A workbook holds {XLSX_ROWS_MAX} rows, and there are more.",
                hint="Write CSV, or narrow it with --at.",
            )
        sheet.append([cell(one, text) for one, text in zip(values, texts, strict=True)])

    try:
        yield append
    except BaseException:
        with contextlib.suppress(Exception):  # takes its own temporary file away
            sheet.close()
            os.unlink(sheet._writer.out)
        raise
    book.save(file)
