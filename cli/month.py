"""`linli report month`: the report of a month as text, CSV, a workbook, or a page to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, Within, sentences, verb
from cli.home import open_node, within
from cli.output import as_json, result, say
from node.care import moments
from node.care.figures.monthly import Report, month_report
from node.care.headings import heading
from node.care.sheets.writing import check_target, written
from node.config import whole_file
from node.errors import StoreFault

app = sentences()

KINDS = (".csv", ".xlsx", ".html")
_NUMBERED = 9


@verb(
    app,
    "month",
    "linli report month 2026-11 --at 定昌镇",
    "linli report month 2026-11 --to 十一月.xlsx",
    "linli report month 2026-11 --to 十一月.html",
)
def month(
    context: typer.Context,
    period: Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-11.")],
    at: Within = "",
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Ends in .csv, .xlsx or .html."),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="With small counts, for who needs to know them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Replace a file that is there.")] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Reports a month: figures, visits, workers, ages, facilities, pay; HTML prints on A4."""
    if to is not None:
        check_target(to, replace=yes, kinds=KINDS)
    with open_node(context) as replica:
        scope = within(replica, at) or replica.division
        report = month_report(replica, period, scope, whole=whole)
        if to is not None:
            _write(report, to, moments.today(replica), yes)
            say(f"Wrote the report of {period} to {to}, readable by you alone.")
        elif json:
            as_json(asdict(report))
        elif csv:
            tables.as_csv(_HEADS, _rows(report))
        else:
            _show(report)


def _show(report: Report) -> None:
    result(report.title)
    for part in report.parts:
        result("")
        result(part.title)
        text = [head for head in part.heads if not head.startswith("#")]
        rows = [row for row in part.rows if not _empty(part.heads, row)]
        if rows:
            tables.table(part.heads, rows, folded=[*text, *part.heads[_NUMBERED:]])
        if len(rows) < len(part.rows):
            result(f"{len(part.rows) - len(rows)} 个区划没有数据，未列出。")
        if part.note:
            result(part.note)


def _empty(heads: Sequence[str], row: Sequence[Any]) -> bool:
    """Whether a division has nothing: on a screen it is left out, in files it stands."""
    numbers = [
        cell
        for head, cell in zip(heads, row, strict=True)
        if head.startswith("#") and cell is not None
    ]
    return heads[0] in ("区划代码", "区划") and bool(numbers) and not any(numbers)


_HEADS = [heading("baseline", "part"), *(f"列{place}" for place in range(1, _NUMBERED + 1))]


def _rows(report: Report) -> Iterator[list[Any]]:
    """The tables below each other, each with its heads, the table's title in front of every row."""
    for part in report.parts:
        every = [[head.removeprefix("#") for head in part.heads], *part.rows]
        for row in every:
            cells = ["" if cell is None else cell for cell in row]
            yield [part.title, *cells, *[""] * (_NUMBERED - len(cells))]


def _write(report: Report, path: Path, today: str, replace: bool) -> None:
    ending = path.suffix.lower()
    if ending == ".csv":
        with written(path, [True] * len(_HEADS), replace=replace, read_again=False) as append:
            append(_HEADS)
            for row in _rows(report):
                append(row)
    elif ending == ".xlsx":
        from node.care.sheets.book import write_book  # loaded only for who asks for XLSX

        write_book(
            path,
            [
                (part.title, [head.removeprefix("#") for head in part.heads], part.rows, part.note)
                for part in report.parts
            ],
            replace=replace,
        )
    else:
        from node.web.printed import month_page  # loaded only for who asks for a page

        try:
            with whole_file(path) as file:
                file.write(month_page(report, today).encode())
        except OSError as fault:
            raise StoreFault(
                f"Cannot write {path}: {fault.strerror or fault}.",
                hint="Free space or check the disk.",
            ) from fault
