"""`linli case`: home modifications (改造) of households, from the first request to the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli import card, derived, history
from cli import table as tables
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, Note, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place_name, saved, village, within
from cli.money import fen, yuan
from cli.narrowing import RECORDED
from cli.output import result, say
from cli.records import Names, find, find_id, given, listed, pages, paired, short
from node.care import cases, modified, stages
from node.care.policy import BASELINE
from node.care.stages import Event, Judged
from node.care.status import Status, status_text, titles_of
from node.care.titles import title
from node.errors import UsageError
from node.replica import Replica

CASE = cases.CASE.name
_RULES = BASELINE.case

app = sentences("Home modifications and how far they have come.")
item = sentences("The items of the catalogue that a case is to build.")
app.add_typer(item, name="item")

Case = Annotated[str, typer.Argument(metavar="CASE", help="Id, or part of an id.")]
Items = Annotated[
    list[str], typer.Argument(metavar="ITEM", help="Number of the catalogue, such as 4.")
]


@verb(app, "open", "linli case open 王桂兰 --item 4 --item 12 --household-address 南大街12号")
def open_(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of it, or name.")],
    at: Place = "",
    household_address: Annotated[str, typer.Option(metavar="TEXT", help="The home.")] = "",
    items: Annotated[
        list[str] | None, typer.Option("--item", metavar="ITEM", help="May be repeated.")
    ] = None,
    note: Note = "",
    household: Annotated[
        str, typer.Option(metavar="HOUSEHOLD", help="Id, or part of an id, of the household.")
    ] = "",
    budget: Annotated[str, typer.Option(metavar="YUAN", help="Agreed cost, such as 3000.")] = "",
    contractor: Annotated[str, typer.Option(metavar="NAME", help="Who builds.")] = "",
    planned_on: Annotated[str, typer.Option(metavar="DATE", help="When building begins.")] = "",
    contact_phone: Annotated[
        str, typer.Option(metavar="PHONE", help="Whom the builders call.")
    ] = "",
    hamlet: Annotated[str, typer.Option(metavar="NAME", help="The 自然村.")] = "",
) -> None:
    """Opens a case for a person and prints the id; it has entered no stage yet."""
    with open_node(context) as replica:
        person_id = find_id(replica, "person", person)
        here = replica.row("person", person_id)
        where = village(replica, at) if at or here is None else str(here["division#"])
        values = given(
            person=person_id,
            household_address=household_address,
            note=note,
            household=find_id(replica, "household", household) if household else "",
            budget_fen=fen(budget) if budget else None,
            contractor=contractor,
            planned_on=planned_on,
            contact_phone=contact_phone,
            hamlet=hamlet,
        )
        user = acting(context)
        row_id = cases.open_case(replica, where, values, user=user, items=items or ())
        result(row_id)
        name = Names(replica).of("person", person_id)
        saved(replica, f"Opened a case for {name} in {place_name(replica, where)}.")


@verb(
    app, "list", "linli case list --at 赤城镇", "linli case list --state 申请", day=RECORDED
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    state: Annotated[
        str, typer.Option(metavar="STAGE", help="Only those that stand at this stage.")
    ] = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists cases and where they stand."""
    with open_node(context) as replica:
        stage = _stage(state) if state else 0
        found = (
            row
            for row in pages(replica, CASE, within(replica, at))
            if not stage or Status.read(row["status"]).progress == stage
        )
        rows = listed(found, limit, json or csv)
        card.listing(replica, rows, _listing(replica), json=json, csv=csv)


def _stage(typed: str) -> int:
    """The number of a stage, by its number or its name.

    Raises:
        UsageError: There is no such stage.
    """
    for one in BASELINE.case.stages:
        if typed.strip() in (str(one.number), one.name):
            return one.number
    names = "、".join(f"{one.number} {one.name}" for one in BASELINE.case.stages)
    raise UsageError(f"{typed!r} is no stage of a case.", hint=f"The stages are: {names}.")


def _listing(replica: Replica) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            names.of("person", row["person"]),
            name_of(replica, row["division#"]),
            len(row["items"]),
            status_text(row["status"]),
        )

    return Listing(
        CASE,
        ["id", "person", "division", "#items", "status"],
        cells,
        folded=["person", "division", "status"],
        more=_status,
        named={
            "person_name": lambda row: names.of("person", row["person"]),
            "status_text": lambda row: status_text(row["status"]),
        },
    )


def _status(row: Mapping[str, Any]) -> dict[str, str]:
    return {"status_text": status_text(row["status"])}


@verb(app, "show", "linli case show 7Q2M9K")
def show(context: typer.Context, case: Case, json: Json = False) -> None:
    """Shows one case, its steps, those that do not count and why, and the ticks."""
    with open_node(context) as replica:
        row = find(replica, CASE, case)
        judged = cases.judge_case(replica, row["id"])
        events = sorted(cases.events_of(replica, row), key=lambda event: event.id)
        names = Names(replica)
        card.show(
            replica,
            CASE,
            row,
            json,
            shown={
                "person": lambda person: f"{names.of('person', person)} ({person})",
                "status": status_text,
            },
            more=_steps(events, judged),
            stated_more={**_status(row), "events": _stated_events(events, judged)},
        )


def _step(event: Event) -> str:
    """A step in words."""
    if event.kind == stages.STAGE:
        known = 0 < (event.stage or 0) <= len(_RULES.stages)
        name = _RULES.stages[(event.stage or 0) - 1].name if known else ""
        return f"{event.stage} {name}".strip()
    if event.kind == stages.STOP:
        return f"stop: {titles_of([event.stop or ''], _RULES)}"
    return event.kind


def _steps(events: Sequence[Event], judged: Judged) -> list[tuple[str, str]]:
    reasons = dict(judged.listed)
    return [
        (
            f"step {short(event.id)}",
            f"{_step(event)}, by the {event.tier or 'unknown tier'}"
            + (f". Does not count: {reasons[event.id]}" if event.id in reasons else ""),
        )
        for event in events
    ]


def _stated_events(events: Sequence[Event], judged: Judged) -> list[dict[str, Any]]:
    reasons = dict(judged.listed)
    return [
        {
            "id": event.id,
            "kind": event.kind,
            "round": event.round,
            "stage": event.stage,
            "stop": event.stop,
            "tier": event.tier,
            "builds_on": list(event.builds_on),
            "counts": event.id not in reasons,
            "reason": reasons.get(event.id, ""),
        }
        for event in events
    ]


@verb(app, "set", "linli case set 7Q2M9K note 门槛已量")
def set_(context: typer.Context, case: Case, pairs: Pairs) -> None:
    """Changes fields of a case, `budget` and `cost` in yuan; an empty value empties the field."""
    with open_node(context) as replica:
        row = find(replica, CASE, case)
        cases.set_case(replica, row["id"], _typed(replica, pairs), user=acting(context))
        saved(replica, f"Changed {', '.join(pairs[::2])} of the case {short(row['id'])}.")


def _typed(replica: Replica, pairs: Sequence[str]) -> dict[str, Any]:
    """Changes as they are written: amounts from yuan, the household's id whole."""
    changes: dict[str, Any] = paired(pairs)
    for name in ("budget", "cost"):
        if name in changes:
            typed = changes.pop(name)
            changes[f"{name}_fen"] = fen(typed) if typed else None
    if changes.get("household"):
        changes["household"] = find_id(replica, "household", changes["household"])
    return changes


@verb(app, "figures", "linli case figures 2026 --at 赤城镇")
def figures(
    context: typer.Context,
    year: Annotated[int, typer.Argument(min=2000, max=2100, help="Such as 2026.")],
    at: Within = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Shows a year of cases: done against the plan, where, and what they cost on average."""
    with open_node(context) as replica:
        found = modified.year(replica, year, within(replica, at))
        row = {name: value for name, value in asdict(found).items() if name != "above"}
        row |= {"above": len(found.above)}
        if json or csv:
            derived.show([row], "case_figures", [], lambda _: (), json=json, csv=csv)
        else:
            tables.fields(
                (card.heading("case_figures", name), yuan(value) if "_fen" in name else value)
                for name, value in row.items()
            )
        if found.too_low:
            say("The average is below what the county asks for.")


history.declare(
    app,
    CASE,
    "linli case history 7Q2M9K",
    steps=history.Steps(
        "stage_event", "modification_case", hidden=("modification_case", "round", "builds_on")
    ),
)


@verb(app, "advance", "linli case advance 7Q2M9K 2 --note 已评估")
def advance(
    context: typer.Context,
    case: Case,
    stage: Annotated[
        int | None,
        typer.Argument(metavar="STAGE", show_default=False, help="Its number [default: the next]."),
    ] = None,
    note: Note = "",
    again: Annotated[
        bool, typer.Option("--again", help="Although the person had one; --note says why.")
    ] = False,
) -> None:
    """Enters a stage of a case, as far as it is this tier's to enter."""
    with open_node(context) as replica:
        row = find(replica, CASE, case)
        number = stage or min(_progress(replica, row["id"]) + 1, len(_RULES.stages))
        cases.advance_case(
            replica, row["id"], number, user=acting(context), note=note or None, again=again
        )
        _stands(replica, row["id"])


def _progress(replica: Replica, case_id: str) -> int:
    return cases.judge_case(replica, case_id).progress


def _stands(replica: Replica, case_id: str) -> None:
    shown = status_text(find(replica, CASE, case_id)["status"])
    saved(replica, f"The case {short(case_id)} now stands at: {shown}.")


@verb(app, "stop", "linli case stop 7Q2M9K withdrawn --note 本人不愿改造")
def stop(
    context: typer.Context,
    case: Case,
    cause: Annotated[str, typer.Argument(metavar="STOP", help="Name or code of the stop.")],
    note: Note = "",
) -> None:
    """Stops a case; any tier may."""
    with open_node(context) as replica:
        row = find(replica, CASE, case)
        cases.stop_case(replica, row["id"], cause, user=acting(context), note=note or None)
        _stands(replica, row["id"])


@verb(app, "reject", "linli case reject 7Q2M9K --note 不符合条件")
def reject(context: typer.Context, case: Case, note: Note = "") -> None:
    """Ends a case by the county's refusal."""
    with open_node(context) as replica:
        row = find(replica, CASE, case)
        cases.reject_case(replica, row["id"], user=acting(context), note=note or None)
        _stands(replica, row["id"])


@verb(app, "reopen", "linli case reopen 7Q2M9K --note 重新申请")
def reopen(context: typer.Context, case: Case, note: Note = "") -> None:
    """Starts the next round of a case that has ended; the county's to do."""
    with open_node(context) as replica:
        row = find(replica, CASE, case)
        cases.reopen_case(replica, row["id"], user=acting(context), note=note or None)
        _stands(replica, row["id"])


@verb(item, "add", "linli case item add 7Q2M9K 4 12")
def item_add(context: typer.Context, case: Case, items: Items) -> None:
    """Adds items of the catalogue to a case."""
    _build(context, case, items, ())


@verb(item, "remove", "linli case item remove 7Q2M9K 12")
def item_remove(context: typer.Context, case: Case, items: Items) -> None:
    """Takes items of the catalogue out of a case."""
    _build(context, case, (), items)


def _build(context: typer.Context, case: str, more: Sequence[str], fewer: Sequence[str]) -> None:
    with open_node(context) as replica:
        row = find(replica, CASE, case)
        cases.set_case(
            replica, row["id"], {}, user=acting(context), add_items=more, remove_items=fewer
        )
        after = find(replica, CASE, row["id"])
        shown = title(CASE, "items", after["items"]) or "nothing"
        saved(replica, f"The case {short(row['id'])} is now to build: {shown}.")
