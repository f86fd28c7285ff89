"""`linli policy`: the numbers by which a county cares and pays, dated, signed and explained."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, sentences, verb
from cli.home import acting, open_node, saved
from cli.output import as_json, result, say
from node.care import moments
from node.care.headings import heading
from node.care.parameters import publishing, reading
from node.care.parameters.groups import Parameters
from node.care.parameters.telling import Said, difference, said_by
from node.care.toml import content_of
from node.clock import local, stamp_ms
from node.errors import UsageError
from node.language import said
from node.replica import Replica

app = sentences("The numbers by which the county cares and pays.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A policy pack, TOML.")]
On = Annotated[str, typer.Option("--on", metavar="DATE", help="Only what holds on this day.")]


@verb(app, "check", "linli policy check 沁县.toml")
def check(file: File, json: Json = False) -> None:
    """Reads a policy pack and shows what it says, or what is wrong with it."""
    pack = reading.load(file)
    _show(pack, said_by(pack), json)
    if not json:
        say(f"The pack {pack.version} of {pack.county} holds together.")


@verb(app, "publish", "linli policy publish 沁县.toml")
def publish(context: typer.Context, file: File) -> None:
    """Publishes a policy pack to every node of the county; a village goes on until it comes."""
    content = content_of(file)
    with open_node(context) as replica:
        user = acting(context)
        version = publishing.publish(replica, content, source=str(file), user=user)
        result(version)
        saved(replica, f"Published the policy pack {version}.")


@verb(app, "list", "linli policy list")
def list_(context: typer.Context, json: Json = False, csv: Csv = False) -> None:
    """Lists the policy packs that are known here, the last in force."""
    with open_node(context) as replica:
        rows = publishing.published(replica)
        force = publishing.in_force(replica)
        if json:
            as_json([_stated(one, force) for one in rows])
            return
        if csv:
            names = ("version", "county", "published", "state")
            headings = [heading("policy_pack", name) for name in names]
            tables.as_csv(
                headings,
                (
                    (one.version, one.county, local(stamp_ms(one.time)), _state(one, force))
                    for one in rows
                ),
            )
            return
        cells = [
            (one.version, one.county, local(stamp_ms(one.time)), _state(one, force)) for one in rows
        ]
        tables.table(["version", "county", "published", ""], cells, folded=["county", ""])


def _state(one: publishing.Published, force: Parameters | None) -> str:
    if one.trouble:
        return one.trouble
    return said("in force") if force is not None and force.version == one.version else ""


def _stated(one: publishing.Published, force: Parameters | None) -> dict[str, Any]:
    return {
        "version": one.version,
        "county": one.county,
        "published_at": stamp_ms(one.time),
        "in_force": force is not None and force.version == one.version,
        "trouble": one.trouble,
    }


@verb(
    app,
    "show",
    "linli policy show --on 2026-11-22",
    "linli policy show --shipped 140430 --toml > 沁县.toml",
)
def show(
    context: typer.Context,
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="Which one; the one in force unless given.")
    ] = "",
    shipped: Annotated[
        str,
        typer.Option(metavar="COUNTY", help="One that comes with Linli, by the county's code."),
    ] = "",
    on: On = "",
    toml: Annotated[bool, typer.Option("--toml", help="Print the file itself.")] = False,
    json: Json = False,
) -> None:
    """Shows what a policy pack says, when and where."""
    if shipped:
        content = _shipped(shipped).read_text("utf-8")
        pack = reading.parse(content.encode(), shipped)
    else:
        with open_node(context) as replica:
            pack, content = _known(replica, version)
            if not on and not version and not toml:
                on = moments.today(replica)
    if toml:
        print(content, end="")
        return
    _show(pack, said_by(pack, on), json)


def _shipped(county: str) -> Path:
    """The file of a pack that comes with Linli.

    Raises:
        UsageError: None of that county comes with it.
    """
    packs = publishing.shipped()
    if county not in packs:
        raise UsageError(
            f"No policy pack of the county {county!r} comes with Linli.",
            hint=f"Known are: {', '.join(packs)}.",
        )
    return packs[county]


def _known(replica: Replica, version: str) -> tuple[Parameters, str]:
    """A pack of the ledger and its file."""
    pack = publishing.of_version(replica, version) if version else publishing.needed(replica)
    files = {one.version: one.content for one in publishing.published(replica)}
    return pack, files[pack.version]


@verb(app, "diff", "linli policy diff 140430-1 沁县.toml")
def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A version, or a file.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A version, or a file.")],
    json: Json = False,
) -> None:
    """Shows what another policy pack says otherwise, number by number."""
    old, new = _either(context, before), _either(context, after)
    changes = difference(old, new)
    if json:
        as_json(
            [
                {**_row(one.said), "value": None, "before": one.before, "after": one.after}
                for one in changes
            ]
        )
        return
    if not changes:
        say("Both say the same.")
        return
    cells = [
        (one.said.group, one.said.key, one.before, one.after, _span(one.said)) for one in changes
    ]
    heads = ["group", "key", "before", "after", "days"]
    tables.table(heads, cells, folded=heads)


def _either(context: typer.Context, typed: str) -> Parameters:
    """A pack by its version, or out of a file."""
    if Path(typed).is_file():
        return reading.load(Path(typed))
    with open_node(context) as replica:
        return publishing.of_version(replica, typed)


# --- showing -------------------------------------------------------------------------------------


def _show(pack: Parameters, rows: Iterable[Said], json: bool) -> None:
    if json:
        as_json(
            {
                "version": pack.version,
                "county": pack.county,
                "numbers": [_row(one) for one in rows],
            }
        )
        return
    tables.fields([("version", pack.version), ("county", pack.county)])
    cells = [(one.group, one.key, one.value, _span(one), " ".join(one.divisions)) for one in rows]
    heads = ["group", "key", "value", "days", "divisions"]
    tables.table(heads, cells, folded=["key", "value", "divisions"])


def _span(one: Said) -> str:
    """The days on which a number holds, as ISO dates."""
    return f"{one.since}…{one.until}" if one.since or one.until else ""


def _row(one: Said) -> dict[str, Any]:
    return {
        "group": one.group,
        "key": one.key,
        "value": one.value,
        "from": one.since,
        "until": one.until,
        "divisions": list(one.divisions),
    }
