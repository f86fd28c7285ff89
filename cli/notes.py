"""The lines about rows of a list, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

from cli.card import heading
from cli.output import counted, say
from node.care.sheets.headings import titles_of
from node.care.sheets.report import Note, Sink, report_file
from node.care.titles import OUTCOMES
from node.language import CHINESE, said, spoken

NOTES_SHOWN_MAX = 20


@contextmanager
def report(path: Path | None, table: str = "", *, over: bool = False) -> Iterator[Sink]:
    """A report file in the language of who reads it; nothing where there is no path.

    Args:
        path: The file.
        table: The table of the rows, for the names of fields.
        over: Whether a file that is there is written over.
    """
    headings = [heading("note", item.name) for item in fields(Note)]
    titles = titles_of(table) if spoken() == CHINESE else {}

    def in_words(note: Note) -> Note:
        return replace(
            note,
            what=OUTCOMES.title(note.what) if spoken() == CHINESE else note.what,
            field=titles.get(note.field) or said(note.field),
            reason=said(note.reason),
            remedy=said(note.remedy),
        )

    with report_file(path, headings, replace=over) as append:
        yield lambda note: append(in_words(note))


def sentence(note: Note) -> str:
    """A line for a screen."""
    words = " ".join(filter(None, (said(note.reason), said(note.remedy))))
    if not note.row:
        return words
    names_itself = note.reason.startswith(f"{note.field} ") or not note.field
    if not note.column:
        place = f"Row {note.row}:" if names_itself else f"Row {note.row}, {note.field}:"
    elif names_itself:
        place = f"Row {note.row}, column {note.column}:"
    else:
        place = f"Row {note.row}, column {note.column}, {note.field}:"
    told = said(place)
    return f"{told} {words}" if told.isascii() else f"{told}{words}"


def tell_more(count: int) -> None:
    """Says how many of so many lines a screen did not show, and where they can be had."""
    if count > NOTES_SHOWN_MAX:
        more = counted(count - NOTES_SHOWN_MAX, "more line")
        say(f"And {more}. All of them in a file: --report FILE.csv")
