"""`linli import department|batches|hits|take|keep`: lists of 公安, 人社, 残联, 殡葬 and 医保.

A list changes nothing. Each of its rows is somebody's, may be somebody's, or is nobody's; whoever
did not bring it in takes over what it reports, or says why the register stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import table
from cli.grammar import Csv, Json, Limit, Note, Within, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.output import as_json, counted, result, say
from cli.records import find, find_id, listed, short
from node.care.departments import bringing, deciding
from node.care.departments.deciding import STATES, Hit
from node.care.departments.matching import CHOOSE, MATCHED, REJECTED
from node.care.departments.tables import BATCH, HIT
from node.care.fields import masked_id
from node.care.headings import heading
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.care.sheets.reading import open_sheet
from node.care.sheets.reported import Read, digest_of, read_list
from node.clock import day, stamp_ms
from node.errors import UsageError
from node.language import said
from node.replica import Replica

_LISTS = BASELINE.lists
_HIT_COLUMNS = (
    "id", "state", "department", "line", "reports", "happened_on", "person", "name", "birth_date",
    "id_number", "division", "division_name", "found_by", "candidates", "disability_kind",
    "disability_grade", "reason", "note", "batch",
)  # fmt: skip
_BATCH_COLUMNS = ("id", "department", "brought_on", "brought_by", "lines", *STATES, "source")
_WAITING = (deciding.OPEN, CHOOSE)

File = Annotated[Path, typer.Argument(metavar="FILE", help="XLSX, or CSV or TSV in UTF-8 or GBK.")]
SheetName = Annotated[
    str, typer.Option("--sheet", metavar="NAME", help="The worksheet, if several hold something.")
]
Ignored = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="HEADING", help="Pass a column over; may be repeated."),
]
Hidden = Annotated[
    bool, typer.Option("--hidden", help="Take in rows and columns that the workbook hides.")
]
Row = Annotated[str, typer.Argument(metavar="ROW", help="Id, or part of an id, of the row.")]


def declare(app: typer.Typer) -> None:
    """Adds the sentences about lists of departments."""
    _declare_list(app)
    _declare_hits(app)
    _declare_deciding(app)


def _declare_list(app: typer.Typer) -> None:
    @verb(
        app, "department", "linli import department 火化名单.xlsx --from 殡葬 --dry-run",
        "linli import department 注销户口.csv --from 公安",
    )  # fmt: skip
    def department(
        context: typer.Context,
        file: File,
        source: Annotated[
            str, typer.Option("--from", metavar="DEPARTMENT", help="公安, 人社, 残联, 殡葬, 医保.")
        ],
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Match every row and keep none.")
        ] = False,
        sheet: Annotated[
            str,
            typer.Option(
                "--sheet", metavar="NAME", help="The worksheet, if several hold something."
            ),
        ] = "",
        ignore: Annotated[
            list[str] | None,
            typer.Option(
                "--ignore", metavar="HEADING", help="Pass a column over; may be repeated."
            ),
        ] = None,
        hidden: Annotated[
            bool, typer.Option("--hidden", help="Take in rows and columns that the workbook hides.")
        ] = False,
        json: Json = False,
    ) -> None:
        """Takes in a department's list as a batch: whose each row is; the register stays."""
        code = _LISTS.departments.code("from", source)
        with open_node(context) as replica:
            digest = digest_of(file) if file.is_file() else ""
            if digest and not dry_run:
                bringing.check_new(replica, digest)
            with open_sheet(file, sheet, hidden=hidden) as opened:
                found = read_list(replica, opened, code, tuple(ignore or ()))
            batch = ""
            if not dry_run:
                user = acting(context)
                batch = bringing.bring_in(replica, code, digest, found.rows, user=user)
            _tell_batch(replica, batch, found, json)

    @verb(app, "batches", "linli import batches", "linli import batches --csv")
    def batches(context: typer.Context, json: Json = False, csv: Csv = False) -> None:
        """Lists the batches of departments and what became of their rows."""
        with open_node(context) as replica:
            counts: dict[str, Counter[str]] = {}
            for hit in deciding.hits(replica):
                counts.setdefault(hit.row["batch"], Counter())[hit.state] += 1
            found = [_batch(row, counts.get(row["id"], Counter())) for row in _newest(replica)]
            if json:
                as_json(found)
                return
            if csv:
                heads = [heading(BATCH.name, name) for name in _BATCH_COLUMNS]
                table.as_csv(heads, [_batch_words(row) for row in found])
                return
            heads = ["id", "department", "on", "rows", *map(state_words, STATES)]
            shown = [
                (short(row["id"]), _LISTS.departments.title(row["department"]), row["brought_on"],
                 row["lines"], *(row[state] for state in STATES))
                for row in found
            ]  # fmt: skip
            table.table(heads, shown, folded=[])


def _tell_batch(replica: Replica, batch: str, found: Read, json: bool) -> None:
    counts = {name: found.counts[name] for name in (MATCHED, CHOOSE, REJECTED)}
    if json:
        as_json({"id": batch or None, **counts})
    elif batch:
        result(batch)
    say(
        f"{counted(len(found.rows), 'row')}: {counts['matched']} are somebody's by the ID number,"
        f" {counts['choose']} may be somebody's, {counts['rejected']} are nobody's here."
    )
    if batch:
        saved(replica, "The register stays as it is.")
        say(f"Somebody else decides the rows: linli import hits --batch {short(batch)}")


def _newest(replica: Replica) -> list[dict[str, Any]]:
    found = replica.rows(BATCH.name)
    return sorted(found, key=lambda row: (row["time"], row["id"]), reverse=True)


def _batch(row: Mapping[str, Any], counts: Counter[str]) -> dict[str, Any]:
    values = {**row, "brought_on": day(stamp_ms(row["time"])), **{s: counts[s] for s in STATES}}
    return {name: values[name] for name in _BATCH_COLUMNS}


def _batch_words(row: Mapping[str, Any]) -> list[Any]:
    named = {**row, "department": _LISTS.departments.title(row["department"])}
    return [named[name] for name in _BATCH_COLUMNS]


def state_words(state: str) -> str:
    """What became of a row, in words."""
    return {
        deciding.OPEN: said("to be decided"),
        CHOOSE: said("whose?"),
        REJECTED: said("nobody's"),
        deciding.AGREES: said("known"),
        deciding.TAKEN: said("taken over"),
        deciding.KEPT: said("not taken"),
    }[state]


def _declare_hits(app: typer.Typer) -> None:
    @verb(app, "hits", "linli import hits --at 赤城镇", "linli import hits --state all --csv")
    def hits(
        context: typer.Context,
        at: Within = "",
        batch: Annotated[
            str, typer.Option(metavar="BATCH", help="Id, or part of an id, of a batch.")
        ] = "",
        state: Annotated[
            str,
            typer.Option(
                metavar="STATE",
                help="open, choose, rejected, agrees, taken, kept or all [default: what waits].",
            ),
        ] = "",
        limit: Limit = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists what departments report of people, and whether somebody has decided."""
        if state and state not in (*STATES, "all"):
            raise UsageError(
                f"{state!r} is no state of a row.",
                hint="Give open, choose, rejected, agrees, taken, kept or all.",
            )
        wanted = STATES if state == "all" else (state,) if state else _WAITING
        with open_node(context) as replica:
            one = find_id(replica, BATCH.name, batch) if batch else ""
            found = sorted(
                deciding.hits(replica, within(replica, at), one, wanted),
                key=lambda hit: (STATES.index(hit.state), hit.row["happened_on"] or "",
                                 hit.row["line"], hit.row["id"]),
            )  # fmt: skip
            shown = listed(found, limit, json or csv, neglected=True)
            _print(replica, [_cells(replica, hit) for hit in shown], json, csv)


def _cells(replica: Replica, hit: Hit) -> dict[str, Any]:
    row = hit.row
    person = replica.row(PERSON.name, hit.person) if hit.person else None
    known = person or row
    whose = person is not None or row["outcome"] == CHOOSE
    return {
        **{name: row[name] for name in _HIT_COLUMNS if name in row},
        "state": hit.state,
        "person": hit.person or None,
        "name": known["name"],
        "birth_date": known["birth_date"],
        "id_number": masked_id(known["id_number"]) or None,
        "division": code_of(replica, known["division#"]) if whose else None,
        "division_name": name_of(replica, known["division#"]) if whose else None,
        "note": hit.note or None,
    }


def _print(replica: Replica, found: list[dict[str, Any]], json: bool, csv: bool) -> None:
    if json:
        as_json([{name: row[name] for name in _HIT_COLUMNS} for row in found])
        return
    if csv:
        heads = [heading(HIT.name, name) for name in _HIT_COLUMNS]
        table.as_csv(heads, [[_words(row, name) for name in _HIT_COLUMNS] for row in found])
        return
    heads = ["id", "state", "name", "place", "event", "on", "department", "reason"]
    shown = [
        (
            short(row["id"]), state_words(row["state"]), row["name"], row["division_name"],
            _words(row, "reports"), row["happened_on"], _words(row, "department"),
            _words(row, "reason"),
        )
        for row in found
    ]  # fmt: skip
    table.table(heads, shown, folded=["name", "place", "reason"])


def _words(row: Mapping[str, Any], name: str) -> Any:
    value = row[name]
    if not value:
        return value
    if name == "state":
        return state_words(value)
    lists = {
        "department": _LISTS.departments,
        "reports": _LISTS.reported_events,
        "disability_kind": _LISTS.disability_kinds,
        "disability_grade": _LISTS.disability_grades,
        "reason": _LISTS.match_reasons,
    }
    return lists[name].title(value) if name in lists else value


def _declare_deciding(app: typer.Typer) -> None:
    @verb(app, "take", "linli import take 7Q2M9K", "linli import take 7Q2M9K --person 王桂兰")
    def take(
        context: typer.Context,
        row: Row,
        person: Annotated[
            str, typer.Option(metavar="PERSON", help="Whose it is: id, part of an id, or name.")
        ] = "",
    ) -> None:
        """Takes over what a row reports: closes the record, or records what is reported."""
        with open_node(context) as replica:
            hit = find(replica, HIT.name, row)
            whose = find(replica, PERSON.name, person)["id"] if person else ""
            id_ = deciding.take(replica, hit["id"], whose, user=acting(context))
            known = replica.row(PERSON.name, id_)
            saved(replica, f"It is taken over for {known['name'] if known else id_}.")

    @verb(app, "keep", "linli import keep 7Q2M9K --note 同名不同人")
    def keep(context: typer.Context, row: Row, note: Note = "") -> None:
        """Notes that the register stays as it is, and why."""
        with open_node(context) as replica:
            hit = find(replica, HIT.name, row)
            deciding.keep(replica, hit["id"], note, user=acting(context))
            saved(replica, "The register stays as it is.")
