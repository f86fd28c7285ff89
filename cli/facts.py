"""The sentences of every declared kind of fact: `linli facility inspection add`, and so on.

They follow from the declaration: the first field is typed as it is, every other is an option, and
what names a record may be typed as an id, a part of one, or a name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from cli import card, history
from cli.card import Listing, moment
from cli.grammar import Csv, Json, Limit, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place_name, saved, within
from cli.money import fen, yuan
from cli.narrowing import AMENDED, RECORDED
from cli.output import result
from cli.records import (
    Names,
    find,
    find_id,
    given,
    listed,
    pages,
    paired,
    same_person,
    short,
)
from node.care import fields
from node.care.amendments import amendment, state
from node.care.facts import KINDS
from node.care.facts.declaring import FactKind, Field
from node.care.facts.writing import correct, corrected, record, strike
from node.care.titles import title
from node.clock import parse_local
from node.language import said
from node.replica import Replica

Reason = Annotated[
    str, typer.Option(metavar="REASON", help="Name or code, such as 录错时间 or L06.")
]
Late = Annotated[
    str, typer.Option("--reason", metavar="REASON", help="Of a late entry, such as 纸质补录.")
]
Of = Annotated[str, typer.Option("--of", metavar="RECORD", help="Only of this one, by id or name.")]
Record = Annotated[str, typer.Argument(metavar="RECORD", help="Id, or part of an id.")]
_EXAMPLE_ID = "7Q2M9K"


def declare_all(app: typer.Typer, noun: str) -> dict[str, typer.Typer]:
    """Adds the sentences of every kind of fact that belongs to a noun, and gives their groups."""
    groups = {kind.verb: _group(kind) for kind in KINDS if kind.noun == noun}
    for name, group in groups.items():
        app.add_typer(group, name=name)
    return groups


def _group(kind: FactKind) -> typer.Typer:
    group = sentences(kind.about)
    words = f"linli {kind.noun} {kind.verb}"
    if kind.typed:
        _declare_add(group, kind, words)
    _declare_list(group, kind, words)
    _declare_show(group, kind, words)
    _declare_amendments(group, kind, words)
    history.declare(group, kind.name, f"{words} history {_EXAMPLE_ID}")
    return group


# --- typing --------------------------------------------------------------------------------------


def _declare_add(group: typer.Typer, kind: FactKind, words: str) -> None:
    def add(context: typer.Context, **typed: Any) -> None:
        at, reason = typed.pop("at"), typed.pop("late")
        with open_node(context) as replica:
            fields_typed = [one for one in kind.fields if one.typed]
            values = {one.name: _written(replica, one, typed[one.name]) for one in fields_typed}
            where = _where(replica, kind, at, values)
            user = acting(context)
            result(record(replica, kind, where, given(**values), user=user, reason=reason or None))
            saved(replica, f"Recorded in {place_name(replica, where)}.")

    add.__doc__ = kind.does
    _signed(add, kind)
    verb(group, "add", f"{words} add {kind.example}")(add)


def _signed(function: Callable[..., None], kind: FactKind) -> None:
    """Gives a function the parameters that a kind of fact has, for the command line to read."""
    parameters: list[tuple[str, Any, Any]] = [("context", typer.Context, inspect.Parameter.empty)]
    for place, one in enumerate(one for one in kind.fields if one.typed):
        metavar = one.refers.upper() or _METAVARS.get(one.check, "TEXT")
        if place == 0:
            told: Any = typer.Argument(metavar=metavar, help=one.help)
            parameters.append((one.name, Annotated[str, told], inspect.Parameter.empty))
        else:
            told = typer.Option(_option(one), metavar=metavar, help=one.help, show_default=False)
            default = inspect.Parameter.empty if one.required else ""
            parameters.append((one.name, Annotated[str, told], default))
    parameters += [("at", Place, ""), ("late", Late, "")]
    kinds = inspect.Parameter.KEYWORD_ONLY
    signature = inspect.Signature(
        [
            inspect.Parameter(name, kinds, annotation=annotation, default=default)
            for name, annotation, default in parameters
        ]
    )
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__annotations__ = {name: annotation for name, annotation, _ in parameters}


_METAVARS: Mapping[Any, str] = {fields.date: "DATE", fields.moment_ms: "TIME"}


def _option(one: Field) -> str:
    """The option of a field: amounts are typed in yuan."""
    return "--" + one.name.removesuffix("_fen").replace("_", "-")


def _written(replica: Replica, one: Field, typed: Any) -> Any:
    """A field as it is written: ids whole, moments from the wall clock, amounts from yuan."""
    if fields.blank(typed):
        return None
    if one.refers:
        return find_id(replica, one.refers, typed)
    if one.check is fields.moment_ms and not str(typed).isdigit():
        return parse_local(typed)
    return fen(typed) if one.name.endswith("_fen") else typed


def _where(replica: Replica, kind: FactKind, at: str, values: Mapping[str, Any]) -> str:
    """Where a fact stands: the division named, that of what it is about, or this node's own."""
    if at:
        return replica.tree.find(at).id
    if kind.subject.refers:
        row = replica.row(kind.subject.refers, str(values[kind.subject.name]))
        if row is not None:
            return str(row["division#"])
    return replica.division


# --- showing -------------------------------------------------------------------------------------


def _declare_list(group: typer.Typer, kind: FactKind, words: str) -> None:
    @verb(group, "list", f"{words} list", day=_day_of(kind), states=AMENDED)
    def list_(
        context: typer.Context,
        of: Of = "",
        at: Within = "",
        limit: Limit = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists what was recorded, as corrections leave it."""
        with open_node(context) as replica:
            where = {kind.subject.name: _wanted(replica, kind.subject, of)} if of else None
            rows = (
                corrected(kind, row)
                for row in pages(replica, kind.name, within(replica, at), where)
            )
            how = _listing(replica, kind)
            card.listing(replica, listed(rows, limit, json or csv), how, json=json, csv=csv)


def _day_of(kind: FactKind) -> str:
    """The column of the day of a kind: the first that is a day or a moment."""
    dated = (one.name for one in kind.fields if one.check in (fields.date, fields.moment_ms))
    return next(dated, RECORDED)


def _wanted(replica: Replica, one: Field, of: str) -> Any:
    """What a field must hold to be of a record: of a person, any record of that person."""
    written = _written(replica, one, of)
    return same_person(replica, written) if one.refers == "person" else written


def _listing(replica: Replica, kind: FactKind) -> Listing:
    names = Names(replica)
    shown = [one for one in kind.fields if one.shown]

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        told = [_told(names, kind, one, row[one.name]) for one in shown]
        return (short(row["id"]), *told, said(state(row)))

    named = {f"{one.name}_name": _namer(names, one) for one in kind.fields if one.refers}
    heads = ["id", *(f"{_mark(one)}{one.name}" for one in shown), ""]
    folded = [head for one, head in zip(shown, heads[1:-1], strict=True) if _gives_way(one)]
    return Listing(
        kind.name,
        heads,
        cells,
        folded=folded,
        more=lambda row: {"state": state(row)},
        named=named,
    )


def _namer(names: Names, one: Field) -> Callable[[Mapping[str, Any]], str]:
    return lambda row: names.of(one.refers, row[one.name])


def _gives_way(one: Field) -> bool:
    """Whether a column may be folded: a day or a number is read as one."""
    return one.type is str and one.check is not fields.date


def _mark(one: Field) -> str:
    numeric = one.type is int and one.check is not fields.moment_ms
    return "#" if numeric else ""


def _told(names: Names, kind: FactKind, one: Field, value: Any) -> str:
    """A value in words."""
    if value is None:
        return ""
    if one.refers:
        return names.of(one.refers, value)
    if one.check is fields.moment_ms:
        return moment(value)
    return yuan(value) if one.name.endswith("_fen") else title(kind.name, one.name, value)


def _declare_show(group: typer.Typer, kind: FactKind, words: str) -> None:
    @verb(group, "show", f"{words} show {_EXAMPLE_ID}")
    def show(context: typer.Context, record: Record, json: Json = False) -> None:
        """Shows one, the ticks and what is in conflict."""
        with open_node(context) as replica:
            row = find(replica, kind.name, record)
            names = Names(replica)
            told = {one.name: _teller(names, kind, one) for one in kind.fields}
            more = [("state", said(state(row)))] if state(row) else []
            card.show(
                replica, kind.name, corrected(kind, row), json, shown=told, more=more,
                stated_more={"state": state(row), "amendment": amendment(row) or None},
            )  # fmt: skip


def _teller(names: Names, kind: FactKind, one: Field) -> Callable[[Any], str]:
    return lambda value: _told(names, kind, one, value)


# --- amending ------------------------------------------------------------------------------------


def _declare_amendments(group: typer.Typer, kind: FactKind, words: str) -> None:
    if kind.typed:
        _declare_correct(group, kind, words)

    @verb(group, "void", f"{words} void {_EXAMPLE_ID} --reason 录错对象")
    def void_(context: typer.Context, record: Record, reason: Reason) -> None:
        """Voids what was recorded: it stays on the ledger and counts for nothing."""
        with open_node(context) as replica:
            row = find(replica, kind.name, record)
            strike(replica, kind, row["id"], reason, user=acting(context))
            name = name_of(replica, row["division#"])
            saved(replica, f"{short(row['id'])} in {name} is void.")


def _declare_correct(group: typer.Typer, kind: FactKind, words: str) -> None:
    field = kind.fields[1].name.removesuffix("_fen")

    @verb(group, "correct", f"{words} correct {_EXAMPLE_ID} {field} … --reason 录错项目")
    def correct_(context: typer.Context, record: Record, pairs: Pairs, reason: Reason) -> None:
        """Corrects fields by a note beside what was recorded; fields are those of the JSON."""
        with open_node(context) as replica:
            row = find(replica, kind.name, record)
            changes = {}
            for name, value in paired(pairs).items():
                known = {one.name for one in kind.fields if one.typed}
                one = kind.named(name if name in known else f"{name}_fen")
                changes[one.name] = _written(replica, one, value)
            correct(replica, kind, row["id"], changes, reason, user=acting(context))
            saved(replica, f"Corrected {', '.join(changes)} of {short(row['id'])}.")
