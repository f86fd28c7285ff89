"""Reads CSV and TSV as spreadsheets write them: UTF-8 with or without a mark, GBK or GB18030.

The encoding is found by reading the whole file before its first row is handed out, so that a file
which breaks off into nonsense is refused as a whole. GB18030 is a superset of GBK and takes nearly
any pair of bytes; a file that is plainly UTF-8 but for a damaged spot is therefore refused with
that spot, and not read as gibberish.

Rows come from sqlite-utils. It names cells by the first line, passes over empty lines and cannot
tell two columns of one name apart, so the stream it reads begins with a line of numbers, and empty
lines in it hold two empty cells: rows then keep the number that a spreadsheet shows.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlite_utils.utils import Format, rows_from_file

from node.care.sheets.cells import Cell, Odd, armed
from node.errors import UsageError

LINE_BYTES_MAX = 1_048_576

_CHUNK_BYTES = 1_048_576
_SAMPLE_BYTES = 65_536
_HEADS_MAX = 200
_EXTRA = "more"
"""What rows hold beyond the width of the first."""


class _Commas(csv.excel):
    strict = True


class _Tabs(csv.excel_tab):
    strict = True


def rows(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a file with the number that a spreadsheet shows for each.

    Raises:
        UsageError: The file is no text in a known encoding, or its quotes do not close.
    """
    encoding, skipped = _encoding(path)
    with path.open("rb") as file:
        file.seek(skipped)
        first = file.readline(LINE_BYTES_MAX)
        file.seek(skipped)
        tabs = b"\t" in first and b"," not in first
        delimiter = b"\t" if tabs else b","
        source = io.BufferedReader(_Stream(file, path, delimiter, first.count(delimiter) + 1))
        found, _ = rows_from_file(
            source,
            format=Format.CSV,
            dialect=_Tabs if tabs else _Commas,
            encoding=encoding,
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
                f"{path} cannot be read from row {number + 1} on: {fault}.",
                hint='A quote " that is opened must be closed, and one within a cell is doubled.',
            ) from fault


def lines(path: Path) -> int:
    """About how many rows a file has, for a progress bar."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""))


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


def _encoding(path: Path) -> tuple[str, int]:
    """The encoding of a file and how many bytes its mark has.

    Raises:
        UsageError: It is neither UTF-8 nor GB18030.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in sample[:100]:
        raise UsageError(
            f"{path} is UTF-16 text or no text at all (byte 0).",
            hint="Save it again as CSV UTF-8, or as XLSX.",
        )
    marked = sample.startswith(codecs.BOM_UTF8)
    spot = _first_unfit(path, "utf-8")
    if spot is None:
        return "utf-8", len(codecs.BOM_UTF8) if marked else 0
    if marked or _is_utf8_but_for_spots(sample):
        raise UsageError(
            f"{path} is UTF-8 text with a damaged spot at byte {spot}.",
            hint="Type that cell again in the spreadsheet and save the file as CSV UTF-8.",
        )
    other = _first_unfit(path, "gb18030")
    if other is not None:
        raise UsageError(
            f"{path} is neither UTF-8 (byte {spot} does not fit) nor GBK (byte {other} does not).",
            hint="Save it again as CSV UTF-8, or as XLSX.",
        )
    return "gb18030", 0


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


def _is_utf8_but_for_spots(sample: bytes) -> bool:
    """Whether text reads as UTF-8 far oftener than not; in GBK hardly a character does."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    wide = sum(character >= "\u3000" and character != "\ufffd" for character in text)
    return wide > 10 * text.count("\ufffd")
