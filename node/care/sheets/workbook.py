"""Reads XLSX a row at a time, after a look at the whole that a stranger's file deserves.

A workbook is a ZIP of XML. Before openpyxl sees it, its parts are counted against limits and read
once through a parser that builds nothing: so a bomb, a broken download and a part without end are
refused before they cost memory, no entity is ever expanded, and the merged cells, which a workbook
states behind its rows, are known before the first row.

openpyxl reads the parts and gives each cell its meaning. Its reader for rows is used without its
worksheet around it, which would hold the height of every row and every text of the book.
"""

from __future__ import annotations

import contextlib
import re
import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError, iterparse
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS

from node.care.sheets.cells import Block, Cell, Odd
from node.care.sheets.strings import PackedStrings
from node.errors import UsageError

UNPACKED_BYTES_MAX = 1_073_741_824
"""What all parts of a workbook may have together: a quarter of a million rows of forty cells."""
PART_BYTES_MAX = 33_554_432
"""What a part may have that is neither rows nor texts: it is read as a whole."""
PIECE_BYTES_MAX = 8_388_608
"""What one row, one text or one list behind the rows may have: each is held as a whole."""
PARTS_MAX = 5_000
MERGED_MAX = 20_000
_COLUMNS_MAX = 16_384

_CHUNK_BYTES = 262_144
_PIECE_END = re.compile(rb"</(?:\w+:)?(?:row|si)>|<(?:\w+:)?row[ />]")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z0-9:$]{2,30})[\"']")
_HIDDEN = rb"[^>]*?\shidden\s*=\s*[\"'](?:1|true)[\"'][^>]*"
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row(?=\s)" + _HIDDEN + rb"(?<!/)>")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col(?=\s)" + _HIDDEN + rb">")
_OVERLAP_BYTES = 200
_STREAMED = re.compile(r"xl/(worksheets/.*|sharedStrings\.xml)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What is known of the rows of a worksheet before they are read."""

    rows: int
    merged: tuple[Block, ...]
    hidden_rows: int
    hidden_columns: int


class Workbook:
    """An XLSX file, open.

    Args:
        path: The file.

    Raises:
        UsageError: It is broken, or no workbook, or larger than is allowed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._scanned: dict[str, Scanned] = {}
        with contextlib.ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # openpyxl warns of what it leaves out, which is much
            with self._mending():
                file = stack.enter_context(path.open("rb"))
                with zipfile.ZipFile(file) as archive:
                    self._look_through(archive)
                self._reader = _Reader(file)
                stack.callback(self._reader.archive.close)
                self._reader.read()
            self._stack = stack.pop_all()

    @property
    def sheets(self) -> list[str]:
        """The names of the worksheets that can be seen."""
        return list(self._reader.parts)

    def close(self) -> None:
        """Closes the file."""
        self._stack.close()

    def scanned(self, name: str) -> Scanned:
        """What is known of the rows of a worksheet."""
        return self._scanned[self._reader.parts[name]]

    def rows(self, name: str) -> Iterator[tuple[int, list[Cell]]]:
        """The rows of a worksheet that hold something, with their numbers.

        Raises:
            UsageError: They are not sound.
        """
        book: Any = self._reader.wb
        with self._mending(), self._reader.archive.open(self._reader.parts[name]) as part:
            parser = _Rows(
                part,
                self._reader.shared_strings,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, cells in parser.parse():
                made: list[Cell] = []
                for cell in cells:
                    made += [None] * (cell["column"] - 1 - len(made))
                    made.append(_cell(cell["value"], cell["data_type"]))
                yield number, made

    # --- what a stranger's file is asked first ---------------------------------------------------

    @contextlib.contextmanager
    def _mending(self) -> Iterator[None]:
        """Turns whatever a broken file does to its readers into one sentence."""
        try:
            yield
        except UsageError:
            raise
        except (
            zipfile.BadZipFile, OSError, EOFError, ParseError, expat.ExpatError, ValueError,
            KeyError, IndexError, TypeError, AttributeError, RuntimeError,
            zlib.error,
        ) as fault:  # fmt: skip
            raise UsageError(
                f"{self.path} is broken or no workbook.",
                hint="Open it in the spreadsheet and save it again as XLSX.",
            ) from fault

    def _look_through(self, archive: zipfile.ZipFile) -> None:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.bin" in names:
            raise UsageError(
                f"{self.path} is a binary workbook (XLSB).", hint="Save it again as XLSX."
            )
        if "[Content_Types].xml" not in names:
            raise UsageError(f"{self.path} is a ZIP file and no workbook.", hint="Give an XLSX.")
        for part in parts:
            if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise zipfile.BadZipFile("packed in a way that no spreadsheet uses")
            streamed = _STREAMED.fullmatch(part.filename)
            if not streamed and part.file_size > PART_BYTES_MAX:
                self._too_large(f"its part {part.filename} has {part.file_size} bytes")
        unpacked = sum(part.file_size for part in parts)
        if unpacked > UNPACKED_BYTES_MAX or len(parts) > PARTS_MAX:
            self._too_large(f"its {len(parts)} parts have {unpacked} bytes unpacked")
        for part in parts:
            if _STREAMED.fullmatch(part.filename):
                self._scanned[part.filename] = self._scan(part.filename, archive)

    def _too_large(self, what: str) -> None:
        raise UsageError(
            f"{self.path} is larger than a list can be: {what}.",
            hint="Copy the rows into a new workbook, or save them as CSV, in several files.",
        )

    def _scan(self, name: str, archive: zipfile.ZipFile) -> Scanned:
        """Reads a part once through a parser that builds nothing."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        rows, hidden, tail, since_piece = 0, 0, b"", 0
        columns: set[bytes] = set()
        merged: dict[bytes, None] = {}
        with archive.open(name) as part:
            while chunk := part.read(_CHUNK_BYTES):
                parser.Parse(chunk)
                ends = [found.end() for found in _PIECE_END.finditer(chunk)]
                since_piece = len(chunk) - ends[-1] if ends else since_piece + len(chunk)
                if since_piece > PIECE_BYTES_MAX:
                    self._too_large(f"{name} holds a piece of {since_piece} bytes")
                window = tail + chunk
                rows += sum(found.end() > len(tail) for found in _ROW_END.finditer(window))
                found_hidden = _HIDDEN_ROW.finditer(window)
                hidden += sum(found.end() > len(tail) for found in found_hidden)
                columns.update(_HIDDEN_COLUMN.findall(window)[:_COLUMNS_MAX])
                merged.update(dict.fromkeys(_MERGED.findall(window)))
                if len(merged) > MERGED_MAX:
                    self._too_large(f"{name} has more than {MERGED_MAX} merged cells")
                tail = window[-_OVERLAP_BYTES:]
            parser.Parse(b"", True)
        blocks = [_block(ref.decode()) for ref in merged]
        blocks.sort(key=lambda block: block.top)
        return Scanned(rows, tuple(blocks), hidden, len(columns))

    def _doctype(self, *_: object) -> None:
        raise UsageError(
            f"{self.path} declares entities, which no spreadsheet does.",
            hint="Take the list from whoever made it.",
        )


class _Reader(ExcelReader):
    """openpyxl's reader of a workbook, with its texts packed and no worksheet built.

    Attributes:
        parts: The part that holds each worksheet that can be seen, by its name.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, read_only=True, keep_links=False)
        self.parts: dict[str, str] = {}

    def read(self) -> None:
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        parser: Any = self.parser
        for sheet, link in parser.find_sheets():
            if sheet.state == "visible" and link.Type.endswith("/worksheet"):
                self.parts[sheet.name] = link.target

    def read_strings(self) -> None:
        package: Any = self.package
        part = package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                packed: Any = PackedStrings(source)
                self.shared_strings = packed


class _Rows(WorkSheetParser):
    """openpyxl's reader of rows, which stops behind them and keeps nothing of them."""

    def parse(self) -> Generator[Any, None, None]:
        source: Any = self.source
        rows: Any = None
        for event, element in iterparse(source, ("start", "end")):
            if event == "start":
                rows = element if element.tag == DATA_TAG else rows
            elif element.tag == ROW_TAG:
                tree: Any = element
                row = self.parse_row(tree)
                rows.clear()  # not the row alone, of which its parent would keep the shell
                self.row_dimensions.clear()
                yield row
            elif element.tag == DATA_TAG:
                return


def _cell(value: Any, data_type: str) -> Cell:
    if data_type == "f":
        return Odd("formula", str(getattr(value, "text", value)))
    if data_type == "e":
        return Odd("error", str(value))
    made: Cell = value
    return made


def _block(ref: str) -> Block:
    left, top, right, bottom = range_boundaries(ref)
    return Block(int(top or 1), int(left or 1), int(bottom or 1 << 20), int(right or 1 << 14))
