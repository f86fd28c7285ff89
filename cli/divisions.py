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

from cli import table
from cli.home import acting, code_of, open_node
from cli.notes import report as report_of
from cli.notes import sentence
from cli.output import as_json, counted, result, say
from node.care.policy import division_list
from node.care.sheets.listing import divisions_of
from node.care.sheets.reading import open_sheet
from node.care.sheets.report import PROPOSED, Note
from node.codes import Listed, read_list
from node.language import said
from node.members import Added, Compared, add_divisions, compare_divisions
from node.replica import Replica

_NOTES_SHOWN_MAX = 20


def compare(
    context: typer.Context,
    file: Path | None,
    *,
    dry_run: bool,
    add_new: bool,
    report: Path | None,
    sheet: str,
    ignored: Sequence[str],
    replace: bool,
    json: bool,
) -> None:
    """Takes in the first list of a county; shows how a later one differs."""
    with open_node(context) as replica, report_of(report, "division", over=replace) as write:
        path = file or division_list(code_of(replica, replica.division))
        with open_sheet(path, sheet) as opened:
            listed, notes = divisions_of(opened, ignored)
        for note in notes:
            write(note)
        if notes:
            _refuse(notes, json)
        compared = compare_divisions(replica, listed)
        count = 0
        if not dry_run and (add_new or not replica.tree.children(replica.division)):
            count = add_divisions(replica, _fitting(listed, compared), user=acting(context)).count
        waiting = () if count else compared.new
        differences = [_stated(one) for one in waiting]
        differences += [asdict(one) for one in compared.proposals]
        for one in differences:
            write(_note(one))
        _show(differences, count, json)
        say(f"Added {counted(count, 'division')}; {len(replica.tree)} are known here.")
        if differences:
            say(f"{counted(len(differences), 'difference')} changed nothing: what is here stays.")
        if waiting and not dry_run:
            say(f"Of them {len(waiting)} would be new. To add those: --add-new")


def _refuse(notes: Sequence[Note], json: bool) -> None:
    """Shows what is wrong with a list of which nothing is taken in."""
    if json:
        as_json({"added": 0, "differences": [], "notes": [asdict(note) for note in notes]})
    for note in [] if json else notes[:_NOTES_SHOWN_MAX]:
        result(sentence(note))
    say(
        f"{counted(len(notes), 'row')} did not fit, so nothing of the list was taken in: a part of"
        " it would make the rest look abolished."
    )
    raise typer.Exit(1)  # as every import that refuses rows


def _fitting(listed: Sequence[Listed], compared: Compared) -> list[Listed]:
    """The list without what it seems to know under another code."""
    proposed = {one.code for one in compared.proposals if one.what == "code"}
    kept: dict[str, Listed] = {}
    for row in sorted(listed, key=lambda row: len(row.code)):
        if row.code not in proposed and (not row.parent or row.parent in kept):
            kept[row.code] = row
    return list(kept.values())


def _stated(row: Listed) -> dict[str, str]:
    return {"division": "", "code": row.code, "what": "new", "here": "", "listed": row.name}


def _note(one: dict[str, str]) -> Note:
    reason = f"{said(one['what'])}: {one['here']} → {one['listed']}"
    remedy = "Decide it, and record it with its document."
    return Note(0, PROPOSED, "", one["what"], one["code"], reason, remedy)


def _show(differences: Sequence[dict[str, str]], added: int, json: bool) -> None:
    if json:
        as_json({"added": added, "differences": differences})
    elif differences:
        table.table(
            ["code", "what", "here", "in the list"],
            [(one["code"], said(one["what"]), one["here"], one["listed"]) for one in differences],
            folded=["here", "in the list"],
        )


def take_in(replica: Replica, file: Path | None, user: str) -> Added:
    """Takes in a file, or the list of this county that comes with Linli.

    Raises:
        Refused: This node is not the county's.
        UsageError: The list does not fit, or there is none.
    """
    path = file or division_list(code_of(replica, replica.division))
    return add_divisions(replica, read_list(path), user=user)
