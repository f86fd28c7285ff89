"""The lines about rows of a list, in the language of who reads them."""

from __future__ import annotations

from dataclasses import replace

from node.care.sheets.report import Note
from node.language import said


def spoken(note: Note) -> Note:
    """A line for a report."""
    return replace(note, reason=said(note.reason), remedy=said(note.remedy))


def sentence(note: Note) -> str:
    """A line for a screen."""
    if not note.column:
        place = said(f"Row {note.row}:")
    elif note.field and not note.reason.startswith(note.field):
        place = said(f"Row {note.row}, column {note.column}, {note.field}:")
    else:
        place = said(f"Row {note.row}, column {note.column}:")
    return f"{place} {said(note.reason)} {said(note.remedy)}"
