"""`linli export`: registers as files for whoever works with a spreadsheet.

ID numbers are masked unless whole ones are asked for, and what is asked for is said: a file leaves
the node's protection behind.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cli.grammar import Within, sentences, verb
from cli.home import acting, open_node, within
from cli.output import counted, say
from node.care import audited, fields
from node.care.sheets import exporting
from node.care.sheets.exporting import Export
from node.care.sheets.writing import check_target, written
from node.errors import UsageError
from node.replica import Replica

app = sentences("Writes registers as CSV or XLSX.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .csv or .xlsx.")]
Yes = Annotated[bool, typer.Option("--yes", help="Replace a file that is there.")]
WholeIds = Annotated[
    bool, typer.Option("--whole-ids", help="Write ID numbers whole instead of masked.")
]
_CSV_SPOILS = "Import it into a spreadsheet with ID numbers as text, or write XLSX."


@app.callback()
def registers() -> None:
    """Writes registers as CSV or XLSX."""


@verb(app, "people", "linli export people 花名册.xlsx --at 赤城镇 --whole-ids")
def people(
    context: typer.Context,
    file: File,
    at: Within = "",
    whole_ids: WholeIds = False,
    yes: Yes = False,
) -> None:
    """Writes everybody who is cared for; with whole ID numbers the file can be imported again."""

    def made(replica: Replica, division: str | None) -> Export:
        return exporting.people(replica, division, whole_ids=whole_ids)

    _write(context, file, at, yes, made)
    if whole_ids:
        say("It holds whole ID numbers and is not encrypted: keep it where only you can read it.")
        if file.suffix.lower() == ".csv":
            say(f"A spreadsheet rounds 18 digits of a CSV file. {_CSV_SPOILS}")


@verb(app, "visits", "linli export visits 探访.xlsx --from 2026-11-01 --to 2026-11-30")
def visits(
    context: typer.Context,
    file: File,
    at: Within = "",
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="The first day, such as 2026-11-01.")
    ] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")] = "",
    yes: Yes = False,
) -> None:
    """Writes visits as their corrections leave them."""
    first_day = fields.date("--from", first) if first else ""
    last_day = fields.date("--to", last) if last else ""
    if last_day and last_day < first_day:
        raise UsageError(f"--to {last_day} lies before --from {first_day}.", hint="Swap them.")

    def made(replica: Replica, division: str | None) -> Export:
        return exporting.all_visits(replica, division, first_day, last_day)

    _write(context, file, at, yes, made)


@verb(app, "facilities", "linli export facilities 设施.csv")
def facilities(context: typer.Context, file: File, at: Within = "", yes: Yes = False) -> None:
    """Writes facilities and what they offer."""
    _write(context, file, at, yes, exporting.facilities)


@verb(app, "cases", "linli export cases 改造.xlsx --at 赤城镇")
def cases(context: typer.Context, file: File, at: Within = "", yes: Yes = False) -> None:
    """Writes home modifications and how far they have come."""
    _write(context, file, at, yes, exporting.cases)


def _write(
    context: typer.Context,
    file: Path,
    at: str,
    replace: bool,
    make: Callable[[Replica, str | None], Export],
) -> None:
    check_target(file, replace=replace)
    count = 0
    with open_node(context) as replica:
        export = make(replica, within(replica, at))
        with written(file, export.texts, replace=replace) as append:
            append(export.headings)
            for row in export.rows:
                append(row)
                count += 1
        if not replica.core.store.read_only:
            user = acting(context) or replica.core.config.user
            about = f"{context.command.name} {count}"
            audited.note(replica, audited.EXPORTED, user=user, about=about)
    say(f"Wrote {counted(count, 'row')} to {file}, readable by you alone.")
