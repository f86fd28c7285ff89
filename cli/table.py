"""Tables: for people on a terminal, and as CSV for a spreadsheet.

On a terminal columns stay aligned under Chinese text, in eighty columns where there is no terminal.

A Chinese character is two columns wide, which counting characters gets wrong; rich counts cells.
Heads are said in the language of who reads; cells are what the caller gives.
Long text is folded within its column and never cut, since what is cut off cannot be asked for.

CSV begins with a byte order mark, without which a spreadsheet in China takes UTF-8 for GBK, and
nothing in it is taken for a formula. It is whole: ids have all their characters and no row is left
out.
"""

from __future__ import annotations

import codecs
import csv
import io
import shutil
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import plain, say
from node.care.sheets.cells import disarmed
from node.language import said

WIDTH = 80
"""Columns where there is no terminal to ask."""


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, folded: Iterable[str]) -> None:
    """Prints rows under their heads.

    Args:
        heads: The names of the columns. One that begins with `#` holds numbers.
        rows: The cells; None is shown as nothing.
        folded: The columns that give way where the width does not suffice.
    """
    gives_way = set(folded)
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in heads:
        grid.add_column(
            said(head.removeprefix("#")),
            justify="right" if head.startswith("#") else "left",
            no_wrap=head not in gives_way,
            overflow="fold",
        )
    for row in rows:
        grid.add_row(*(Text(_cell(value)) for value in row))
    _print(grid)
    if not grid.row_count:
        say("There is nothing to list.")


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Prints rows as CSV, as they come, so that a long register needs no memory.

    Args:
        headings: The names of the columns, in Chinese.
        rows: The cells; None is shown as nothing.
    """
    sys.stdout.flush()
    out = sys.stdout.buffer
    out.write(codecs.BOM_UTF8)
    for row in chain([headings], rows):
        out.write(_line(row))
    out.flush()


def _line(row: Sequence[Any]) -> bytes:
    line = io.StringIO()
    numbers = (int, float)
    cells = [one if isinstance(one, numbers) else disarmed(_cell(one)) for one in row]
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def fields(pairs: Iterable[tuple[str, Any]]) -> None:
    """Prints one record, a field in each line."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(Text(said(name), style="bold"), Text(_cell(value)))
    _print(grid)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return plain(str(value))


def _print(grid: Table) -> None:
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, highlight=False)
    console.print(grid)
    assert isinstance(console.file, io.StringIO)
    for line in console.file.getvalue().splitlines():
        print(line.rstrip())
