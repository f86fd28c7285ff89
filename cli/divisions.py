"""A county's list of divisions: its first is taken in, a later one compared.

Codes change every year and villages merge, so what a yearly list says otherwise is a proposal: a
new code may be a village that has been here for long. A merger or a move is for a person to decide,
and what is new joins when somebody says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from cli.home import acting, code_of, open_node
from cli.notes import NOTES_SHOWN_MAX, sentence, tell_more
from cli.notes import report as report_of
from cli.output import as_json, counted, result, say
from node.care.policy import division_list
from node.care.sheets.headings import titles_of
from node.care.sheets.listing import divisions_of
from node.care.sheets.reading import open_sheet
from node.care.sheets.report import PROPOSED, Note
from node.codes import Listed, read_list
from node.language import call, said
from node.members import Added, Compared, Proposal, add_divisions, compare_divisions
from node.replica import Replica


def compare(
    context: typer.Context,
    file: Path | None,
    *,
    dry_run: bool,
    add_new: bool,
    report: Path | None,
    sheet: str,
    ignored: Sequence[str],
    hidden: bool,
    replace: bool,
    json: bool,
) -> None:
    """Takes in the first list of a county; shows how a later one differs."""
    call(titles_of("division"))
    with open_node(context) as replica, report_of(report, "division", over=replace) as write:
        path = file or division_list(code_of(replica, replica.division))
        with open_sheet(path, sheet, hidden=hidden) as opened:
            found = divisions_of(opened, ignored)
        for note in found.notes:
            write(note)
        if found.notes:
            _refuse(found.notes, json)
        compared = compare_divisions(replica, found.listed)
        count = 0
        if not dry_run and (add_new or not replica.tree.children(replica.division)):
            count = add_divisions(
                replica, _fitting(found.listed, compared), user=acting(context)
            ).count
        waiting = () if count else compared.new
        proposals = [*map(_as_new, waiting), *compared.proposals]
        notes = [_note(replica, one, found.rows.get(one.code, 0)) for one in proposals]
        for note in notes:
            write(note)
        if json:
            as_json({"added": count, "differences": [asdict(one) for one in proposals]})
        else:
            _show([said(note.reason) for note in notes])
        say(f"Added {counted(count, 'division')}; {len(replica.tree)} are known here.")
        if proposals:
            say(f"{counted(len(proposals), 'difference')} changed nothing: what is here stays.")
        for remedy in dict.fromkeys(note.remedy for note in notes):
            say(remedy)


def _refuse(notes: Sequence[Note], json: bool) -> None:
    """Shows what is wrong with a list of which nothing is taken in."""
    if json:
        as_json({"added": 0, "differences": [], "notes": [asdict(note) for note in notes]})
    else:
        _show([sentence(note) for note in notes])
    say(
        f"{counted(len(notes), 'row')} did not fit, so nothing of the list was taken in: a part of"
        " it would make the rest look abolished."
    )
    raise typer.Exit(1)  # as every import that refuses rows


def _show(lines: Sequence[str]) -> None:
    for line in lines[:NOTES_SHOWN_MAX]:
        result(line)
    tell_more(len(lines))


def _fitting(listed: Sequence[Listed], compared: Compared) -> list[Listed]:
    """The list without what it seems to know under another code."""
    proposed = {one.code for one in compared.proposals if one.what == "code"}
    kept: dict[str, Listed] = {}
    for row in sorted(listed, key=lambda row: len(row.code)):
        if row.code not in proposed and (not row.parent or row.parent in kept):
            kept[row.code] = row
    return list(kept.values())


def _as_new(row: Listed) -> Proposal:
    return Proposal("", row.code, "new", "", row.name)


def _note(replica: Replica, one: Proposal, row: int) -> Note:
    """A difference in words, and what can be done about it today."""
    known = replica.tree.get(one.division)
    field = {"new": "code", "gone": "code", "abolished": "code"}.get(one.what, one.what)
    reason = _difference(one, known.name if known else "")
    return Note(row, PROPOSED, "", field, one.listed or one.code, reason, _remedy(one))


def _difference(one: Proposal, name: str) -> str:
    if one.what == "new":
        return f"The list has {one.listed} ({one.code}), which is not known here."
    if one.what == "gone":
        return f"The list lacks {one.here} ({one.code})."
    if one.what == "name":
        return f"The division {one.code} is called {one.here} here and {one.listed} in the list."
    if one.what == "parent":
        return f"{name} ({one.code}) lies below {one.here} here and below {one.listed} in the list."
    if one.what == "code":
        return f"{name} has the code {one.here} here and {one.listed} in the list."
    return f"{name} ({one.code}) is abolished here, and the list has it."


def _remedy(one: Proposal) -> str:
    if one.what == "new":
        return "To add what is new, import the list again with --add-new."
    return (
        "To decide it: linli division change import, with the same list, then linli division change"
        " list."
    )


def take_in(replica: Replica, file: Path | None, user: str) -> Added:
    """Takes in a file, or the list of this county that comes with Linli.

    Raises:
        Refused: This node is not the county's.
        UsageError: The list does not fit, or there is none.
    """
    path = file or division_list(code_of(replica, replica.division))
    return add_divisions(replica, read_list(path), user=user)
