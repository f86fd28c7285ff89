"""`linli division`: the places of the county, whose codes and names other commands ask for."""

from __future__ import annotations

from collections import Counter

import typer

from cli import facts, redrawing, table
from cli.grammar import Csv, Json, Within, sentences, verb
from cli.home import code_of, name_of, open_node, within
from cli.output import as_json
from node.care.figures.gathering import kind_of
from node.care.headings import heading
from node.division import Division
from node.language import said
from node.replica import Replica

app = sentences("The divisions of the county and their codes.")
facts.declare_all(app, "division")
_COLUMNS = ("code", "name", "level", "kind", "parent", "parent_name", "nodes")
app.add_typer(redrawing.change, name="change")


@app.callback()
def divisions() -> None:
    """The divisions of the county and their codes."""


@verb(app, "list", "linli division list --at 赤城镇")
def list_(context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False) -> None:
    """Lists divisions with their codes, from above."""
    with open_node(context) as replica:
        tree = replica.tree
        top = within(replica, at) or tree.root
        found = [one for one in map(tree.get, tree.below(top)) if one is not None]
        nodes = Counter(one.division for one in replica.view.certificates.values())
        rows = [_cells(replica, one, nodes[one.id]) for one in sorted(found, key=_by_code)]
        if json:
            as_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
        elif csv:
            table.as_csv([heading("division", name) for name in _COLUMNS], rows)
        else:
            heads = ["code", "name", "level", "kind", "parent", "#nodes"]
            shown = [(code, name, said(level), kind, above, nodes or "")
                     for code, name, level, kind, _, above, nodes in rows]  # fmt: skip
            table.table(heads, shown, folded=["name", "parent"])


def _by_code(division: Division) -> str:
    return division.code


def _cells(
    replica: Replica, division: Division, nodes: int
) -> tuple[str, str, str, str, str, str, int]:
    parent = division.parent
    above = (code_of(replica, parent), name_of(replica, parent)) if parent else ("", "")
    kind = kind_of(division.code)
    return (division.code, division.name, division.level, kind, *above, nodes)
