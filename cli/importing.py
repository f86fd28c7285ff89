"""`linli import`: lists from spreadsheets into the ledger.

Rows that fit come in and the others are told, each with its number, its field and what to do; a
list that comes twice changes nothing the second time. With `--all-or-nothing` the whole list is
judged before its first row is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli import departments
from cli.bar import bar
from cli.departments import File, Hidden, Ignored, SheetName
from cli.grammar import Json, sentences, verb
from cli.home import acting, open_node
from cli.notes import NOTES_SHOWN_MAX, sentence, tell_more
from cli.notes import report as report_of
from cli.output import as_json, counted, result, say
from node.care.sheets.headings import titles_of
from node.care.sheets.importing import Import, Outcome
from node.care.sheets.reading import open_sheet
from node.care.sheets.registers import FACILITIES, PEOPLE, WORKERS, Register
from node.care.sheets.report import Note, Sink
from node.errors import LinliError
from node.language import call
from node.replica import Replica

SOME_REFUSED = 1
"""What a command ends with that has refused rows."""

app = sentences("Takes in lists from files.")

At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="DIVISION",
        help="Where rows stand that name no division; the others must lie within it.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Judge every row and write none.")]
Report = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv", show_default=False, help="Write what was not taken in to a file."
    ),
]
AllOrNothing = Annotated[
    bool, typer.Option("--all-or-nothing", help="Write nothing if a row is refused.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Replace a report that is there.")]


@app.callback()
def lists() -> None:
    """Takes in lists from files."""


@dataclass(frozen=True)
class Asked:
    """What was asked for, besides the register."""

    file: Path
    at: str
    dry_run: bool
    report: Path | None
    sheet: str
    ignored: tuple[str, ...]
    hidden: bool
    all_or_nothing: bool
    replace: bool
    json: bool


@verb(
    app,
    "people",
    "linli import people 花名册.xlsx --dry-run",
    "linli import people 花名册.csv --at 南大街 --report 问题.csv",
)
def people(
    context: typer.Context,
    file: File,
    at: At = "",
    dry_run: DryRun = False,
    report: Report = None,
    sheet: SheetName = "",
    ignore: Ignored = None,
    hidden: Hidden = False,
    all_or_nothing: AllOrNothing = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Takes in people; who is here by ID number, or by name, birth date and village, stays."""
    asked = Asked(
        file, at, dry_run, report, sheet, tuple(ignore or ()), hidden, all_or_nothing, yes, json
    )
    _take_in(context, PEOPLE, asked)


@verb(app, "workers", "linli import workers 护理员.xlsx --at 赤城镇")
def workers(
    context: typer.Context,
    file: File,
    at: At = "",
    dry_run: DryRun = False,
    report: Report = None,
    sheet: SheetName = "",
    ignore: Ignored = None,
    hidden: Hidden = False,
    all_or_nothing: AllOrNothing = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Takes in workers; who is here by name and division stays."""
    asked = Asked(
        file, at, dry_run, report, sheet, tuple(ignore or ()), hidden, all_or_nothing, yes, json
    )
    _take_in(context, WORKERS, asked)


@verb(app, "facilities", "linli import facilities 设施.csv")
def facilities(
    context: typer.Context,
    file: File,
    at: At = "",
    dry_run: DryRun = False,
    report: Report = None,
    sheet: SheetName = "",
    ignore: Ignored = None,
    hidden: Hidden = False,
    all_or_nothing: AllOrNothing = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Takes in facilities; what is here by name, kind and division stays."""
    asked = Asked(
        file, at, dry_run, report, sheet, tuple(ignore or ()), hidden, all_or_nothing, yes, json
    )
    _take_in(context, FACILITIES, asked)


@verb(
    app,
    "divisions",
    "linli import divisions",
    "linli import divisions 赤城县2026.xlsx --report 差异.csv",
)
def divisions(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="Columns code,name,level,parent [default: the list that comes with Linli].",
        ),
    ] = None,
    dry_run: DryRun = False,
    add_new: Annotated[
        bool, typer.Option("--add-new", help="Add what a later list has and this county lacks.")
    ] = False,
    report: Report = None,
    sheet: SheetName = "",
    ignore: Ignored = None,
    hidden: Hidden = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Takes in a county's first list of divisions; a later one is compared, and changes nothing."""
    # The command that makes and compares divisions needs the network's libraries; people do not.
    from cli.divisions import compare

    compare(
        context,
        file,
        dry_run=dry_run,
        add_new=add_new,
        report=report,
        sheet=sheet,
        ignored=ignore or (),
        hidden=hidden,
        replace=yes,
        json=json,
    )


def _take_in(context: typer.Context, register: Register, asked: Asked) -> None:
    notes: list[Note] = []
    shown = 0
    call(titles_of(register.table.name))

    def show(note: Note) -> None:
        nonlocal shown
        shown += 1
        if asked.json:
            notes.append(note)
        elif shown <= NOTES_SHOWN_MAX:
            result(sentence(note))

    with (
        open_node(context) as replica,
        report_of(asked.report, register.table.name, over=asked.replace) as write,
    ):

        def sink(note: Note) -> None:
            show(note)
            write(note)

        outcome, wrote = _run(replica, register, asked, acting(context), sink)
    if asked.json:
        as_json({**asdict(outcome), "notes": [asdict(note) for note in notes]})
    else:
        tell_more(shown)
    _sum_up(register, asked, outcome, wrote)
    if outcome.refused:
        raise typer.Exit(SOME_REFUSED)


def _run(
    replica: Replica, register: Register, asked: Asked, user: str, sink: Sink
) -> tuple[Outcome, bool]:
    """Judges the list and writes what fits, and says whether anything was to be written."""
    at = replica.tree.find(asked.at).id if asked.at else ""

    def pass_over(dry: bool, sink: Sink) -> Outcome:
        opened = open_sheet(asked.file, asked.sheet, hidden=asked.hidden)
        with opened as sheet, bar(sheet.rows_about) as progress:
            made = Import(replica, register, user, at, dry, asked.ignored, sink, progress)
            with _telling_what_is_in(made):
                return made.run(sheet)

    if not asked.dry_run and not asked.all_or_nothing:
        return pass_over(False, sink), True
    outcome = pass_over(True, sink)
    if asked.dry_run or outcome.refused:
        return outcome, False
    return pass_over(False, lambda note: None), True


@contextmanager
def _telling_what_is_in(made: Import) -> Iterator[None]:
    """Says how far an import came that does not come to its end."""
    try:
        yield
    except (KeyboardInterrupt, LinliError):
        if made.outcome.written:
            say(f"It stopped half way: {made.outcome.written} {made.register.word} are in.")
            say("Import the list again: what is here already changes nothing.")
        raise


def _sum_up(register: Register, asked: Asked, outcome: Outcome, wrote: bool) -> None:
    verb_ = "Took in" if wrote else "Would take in"
    parts = [f"{verb_} {outcome.new} {register.word}", f"{outcome.present} were here already"]
    if outcome.differing:
        parts.append(f"{outcome.differing} are here and say otherwise, and stayed as they are")
    if outcome.refused:
        parts.append(f"{counted(outcome.refused, 'row')} did not fit")
    say(f"{'; '.join(parts)}.")
    if asked.report is not None and (outcome.refused or outcome.differing):
        say(f"What was not taken in is in {asked.report}.")
    if outcome.refused:
        if not wrote and not asked.dry_run:
            say("Nothing was written, as --all-or-nothing asks.")
        say("Mend those rows and import the list again: what is here already changes nothing.")


departments.declare(app)
