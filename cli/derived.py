"""Prints lists that are worked out and stand in no table: as text, as JSON, or as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cli import table as tables
from cli.money import yuan
from cli.output import as_json
from node.care.headings import heading

Row = Mapping[str, Any]


def show(
    rows: Sequence[Row],
    listing: str,
    heads: Sequence[str],
    cells: Callable[[Row], Iterable[Any]],
    *,
    folded: Sequence[str] = (),
    json: bool,
    csv: bool,
    columns: Sequence[str] = (),
) -> None:
    """Prints rows.

    Args:
        rows: By column; amounts in fen under a name that ends in `_fen`.
        listing: Under which their headings stand.
        heads: The heads of the text.
        cells: A row of the text.
        folded: The heads whose cells may take several lines.
        json: Whether JSON is asked for.
        csv: Whether CSV is asked for.
        columns: The columns of JSON and CSV; by default those of the first row.
    """
    if json:
        as_json([dict(row) for row in rows])
    elif csv:
        names = list(columns or (rows[0] if rows else ()))
        lines = ([_cell(name, row[name]) for name in names] for row in rows)
        tables.as_csv([heading(listing, name) for name in names], lines)
    else:
        tables.table(list(heads), [tuple(cells(row)) for row in rows], folded=list(folded))


def _cell(name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return yuan(value)
    return "" if value is None else value
