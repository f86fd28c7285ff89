"""Reads CSV and TSV as spreadsheets write them: UTF-8 with or without a mark, GBK or GB18030.

The encoding is found by reading the whole file before its first row is handed out, so that a file
which breaks off into nonsense is refused as a whole. GB18030 is a superset of GBK and takes nearly
any pair of bytes, so Chinese in UTF-8 would pass for it as gibberish; the other way hardly a line
does. A file in which lines of both kinds stand is therefore refused with the line.

Rows come from sqlite-utils. It names cells by the first line, passes over empty lines and cannot
tell two columns of one name apart, so the stream it reads begins with a line of numbers, and empty
lines in it hold two empty cells: rows then keep the number that a spreadsheet shows.
"""

from __future__ import annotations

import codecs
import csv
import io
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlite_utils.utils import Format, rows_from_file

from node.care.sheets.cells import Cell, Odd, armed
from node.errors import UsageError

LINE_BYTES_MAX = 1_048_576

_CHUNK_BYTES = 1_048_576
_SAMPLE_BYTES = 100
_LINES_LOOKED_AT = 50
_OTHER_SIGNS = ";|；，"
_FAR_CHARACTER = "\u2000"
"""Above it stands Chinese, and below it what GBK looks like where it passes for UTF-8."""
_MIDDLE_DOT = "\u00b7"
"""It stands in names, and below."""
_HEADS_MAX = 200
_EXTRA = "more"
"""What rows hold beyond the width of the first."""


class _Commas(csv.excel):
    strict = True


class _Tabs(csv.excel_tab):
    strict = True


class Encoding(NamedTuple):
    """How a file is encoded.

    Attributes:
        name: Its name.
        mark_bytes: How many bytes at the beginning only say so.
    """

    name: str
    mark_bytes: int = 0


def rows(path: Path, encoding: Encoding) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a file with the number that a spreadsheet shows for each.

    Args:
        path: The file.
        encoding: What `encoding_of` found.

    Raises:
        UsageError: Its quotes do not close.
    """
    with path.open("rb") as file:
        file.seek(encoding.mark_bytes)
        first = file.readline(LINE_BYTES_MAX)
        file.seek(encoding.mark_bytes)
        tabs = b"\t" in first and b"," not in first
        delimiter = b"\t" if tabs else b","
        if delimiter not in first:
            _check_parted(path, encoding.name)
        csv.field_size_limit(LINE_BYTES_MAX)  # a cell too long is told with its row, like any other
        source = io.BufferedReader(_Stream(file, path, delimiter, first.count(delimiter) + 1))
        found, _ = rows_from_file(
            source,
            format=Format.CSV,
            dialect=_Tabs if tabs else _Commas,
            encoding=encoding.name,
            extras_key=_EXTRA,
        )
        number = 0
        try:
            for number, row in enumerate(found, start=1):
                cells = [row[key] for key in row if key != _EXTRA]
                more = row.get(_EXTRA)
                cells += more if isinstance(more, list) else []
                yield number, [_cell(cell) for cell in cells]
        except csv.Error as fault:
            raise UsageError(
                f"{path} cannot be read from row {number + 1} on: its quotes do not match.",
                hint='A quote " that is opened must be closed, and one within a cell is doubled.',
            ) from fault


def lines(path: Path) -> int:
    """About how many rows a file has, for a progress bar."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""))


def _check_parted(path: Path, encoding: str) -> None:
    """Refuses a list whose first lines are parted by another sign than a comma or a tab.

    Raises:
        UsageError: They are.
    """
    with path.open(encoding=encoding, errors="replace") as file:
        lines = [line for _, line in zip(range(_LINES_LOOKED_AT), file, strict=False)]
    heads = [line for line in lines if line.strip()][:2]
    for sign in _OTHER_SIGNS:
        counts = {line.count(sign) for line in heads}
        if len(counts) == 1 and counts != {0}:
            raise UsageError(
                f"The cells of {path} are parted by {sign!r}; a list has commas or tabs there.",
                hint="Save it again as CSV, or as XLSX.",
            )


def _cell(text: object) -> Cell:
    """A cell of a text file: where it begins like a formula it is one."""
    if not isinstance(text, str) or not text:
        return None
    return Odd("formula", text) if text[0] == "=" else armed(text)


class _Stream(io.RawIOBase):
    """A file below a line of numbers, its empty lines filled with two empty cells."""

    def __init__(self, file: BinaryIO, path: Path, delimiter: bytes, columns: int) -> None:
        super().__init__()
        self._file = file
        self._path = path
        self._delimiter = delimiter
        self._quoted = False
        heads = [str(number) for number in range(min(columns, _HEADS_MAX))]
        self._waiting = delimiter.decode().join(heads).encode() + b"\n"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while len(self._waiting) < len(buffer):
            line = self._line()
            if not line:
                break
            self._waiting += line
        taken = self._waiting[: len(buffer)]
        self._waiting = self._waiting[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _line(self) -> bytes:
        line = self._file.readline(LINE_BYTES_MAX)
        if len(line) == LINE_BYTES_MAX and not line.endswith(b"\n"):
            raise UsageError(
                f"{self._path} has a line longer than {LINE_BYTES_MAX} bytes: it is no list.",
                hint="Save it again as CSV.",
            )
        if not self._quoted and line in (b"\n", b"\r\n"):
            return self._delimiter + line
        self._quoted ^= line.count(b'"') % 2 == 1
        return line


# --- the encoding --------------------------------------------------------------------------------


def encoding_of(path: Path) -> Encoding:
    """The encoding of a file, which is read to its end for that.

    Raises:
        UsageError: It is neither UTF-8 nor GB18030.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in sample:
        raise UsageError(
            f"{path} is UTF-16 text or no text at all (byte 0).",
            hint="Save it again as CSV UTF-8, or as XLSX.",
        )
    marked = sample.startswith(codecs.BOM_UTF8)
    spot = _first_unfit(path, "utf-8")
    if spot is None:
        return Encoding("utf-8", len(codecs.BOM_UTF8) if marked else 0)
    utf8, others = _lines_by_kind(path)
    if marked or (utf8 and len(utf8) >= len(others)):
        raise UsageError(
            f"{path} is UTF-8 text with a damaged spot at byte {spot}, in line {others[0]}.",
            hint="Type that cell again in the spreadsheet and save the file as CSV UTF-8.",
        )
    if utf8:
        raise UsageError(
            f"{path} is GBK text, but its line {utf8[0]} is UTF-8.",
            hint="Copy all rows into one sheet, see that they can be read, and save it as XLSX.",
        )
    other = _first_unfit(path, "gb18030")
    if other is not None:
        raise UsageError(
            f"{path} is neither UTF-8 (byte {spot} does not fit) nor GBK (byte {other} does not).",
            hint="Save it again as CSV UTF-8, or as XLSX.",
        )
    return Encoding("gb18030")


def _first_unfit(path: Path, encoding: str) -> int | None:
    """The place of the first byte that is not text in an encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                return before - held + fault.start
            if not chunk:
                return None
            before += len(chunk)


def _lines_by_kind(path: Path) -> tuple[array[int], array[int]]:
    """The numbers of the lines that are Chinese in UTF-8, and of those that are no UTF-8."""
    utf8, others = array("L"), array("L")
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES_MAX), b""), start=1):
            if line.isascii():
                continue
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                others.append(number)
                continue
            far = (one >= _FAR_CHARACTER or one == _MIDDLE_DOT for one in text if one > "\x7f")
            if all(far):
                utf8.append(number)
    return utf8, others
