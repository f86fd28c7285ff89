"""`linli visit`: visits, which are written once; what was wrong is corrected or voided beside them.

Moments are typed and shown as the clock on the wall shows them in China, and fees in yuan; the
ledger and the JSON hold milliseconds UTC and fen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import typer

from cli import card, history, rating, reviewing
from cli.card import Listing, marks, moment, stated_ticks
from cli.grammar import Csv, Json, Limit, Note, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place_name, saved, within
from cli.money import fen, yuan
from cli.narrowing import AMENDED
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
)  # fmt: skip
from node.care import visits
from node.care.amendments import state
from node.care.capped import check_day
from node.care.policy import BASELINE
from node.care.titles import title
from node.clock import day, parse_local
from node.errors import UsageError
from node.language import said
from node.replica import Replica

VISIT = visits.VISIT.name
MISSED = visits.MISSED.name
_MOMENTS = ("started_at", "ended_at")

_STATES = {"": "", "corrected": "已更正", "void": "已作废"}
app = sentences("Visits of workers to people.")

Visit = Annotated[str, typer.Argument(metavar="VISIT", help="Id, or part of an id.")]
Reason = Annotated[
    str, typer.Option(metavar="REASON", help="Name or code, such as 录错时间 or L06.")
]


@verb(
    app,
    "add",
    "linli visit add 王桂兰 --worker 李秀英 --service 助洁-居室"
    ' --start "2026-11-22 09:30" --minutes 60',
)
def add(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of it, or name.")],
    worker: Annotated[str, typer.Option(metavar="WORKER", help="Id, part of it, or name.")],
    service: Annotated[str, typer.Option(metavar="SERVICE", help="Name or code.")],
    start: Annotated[str, typer.Option(metavar="TIME", help='Such as "2026-11-22 09:30".')],
    minutes: Annotated[
        int | None, typer.Option(metavar="N", show_default=False, help="This or --end.")
    ] = None,
    end: Annotated[str, typer.Option(metavar="TIME", help="This or --minutes.")] = "",
    fee: Annotated[str, typer.Option(metavar="YUAN", help="Such as 50 or 12.50.")] = "",
    rating: Annotated[
        int | None, typer.Option(metavar="N", show_default=False, help="By the person, from 1.")
    ] = None,
    note: Note = "",
    at: Place = "",
    reason: Annotated[
        str, typer.Option(metavar="REASON", help="Of a late entry, such as 停电 or 纸质补录.")
    ] = "",
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="SERVICE", help="What was done; may be repeated."),
    ] = None,
    condition: Annotated[
        str, typer.Option(metavar="WORD", help="Of the person: 良好, 一般, 异常-已上报.")
    ] = "",
    confirmed_by: Annotated[
        str, typer.Option(metavar="WORD", help="本人, 家属, 邻居 or 无人确认.")
    ] = "",
    charged: Annotated[str, typer.Option(metavar="YUAN", help="What the person paid.")] = "",
    order: Annotated[str, typer.Option(metavar="ORDER", help="The order that it serves.")] = "",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Although the worker's day is full.")
    ] = False,
) -> None:
    """Records a visit and prints the id; after two days it needs a reason."""
    values = given(
        service=service,
        started_at=parse_local(start),
        ended_at=parse_local(end) if end else None,
        minutes=minutes,
        fee_fen=fen(fee) if fee else None,
        rating=rating,
        note=note,
        tasks=",".join(tasks or ()),
        condition=condition,
        confirmed_by=confirmed_by,
        charged_fen=fen(charged) if charged else None,
    )
    with open_node(context) as replica:
        values |= {
            "person": find_id(replica, "person", person),
            "worker": find_id(replica, "worker", worker),
            "service_order": find_id(replica, "service_order", order) if order else None,
        }
        where = _where(replica, at, values["person"])
        if not anyway:
            check_day(replica, values, where)
        user = acting(context)
        result(visits.record_visit(replica, where, values, user=user, reason=reason or None))
        name = Names(replica).of("person", values["person"])
        saved(replica, f"Recorded the visit to {name} in {place_name(replica, where)}.")


def _where(replica: Replica, at: str, person_id: str) -> str:
    """The village of a visit: the one named, that of the person, or this node's own."""
    if at:
        return replica.tree.find(at).id
    person = replica.row("person", person_id)
    if person is not None:
        return str(person["division#"])
    if replica.tier == "village":
        return replica.division
    raise UsageError(
        f"The person {person_id} is not on this node, so the village is not known.",
        hint="Name the village with --at, by its code or its name.",
    )


@verb(
    app,
    "list",
    "linli visit list --day 2026-11-22 --ticks",
    "linli visit list --worker 李秀英 --json",
    "linli visit list --since 2026-11-01 --until 2026-11-10 --state 已作废",
    day="started_at", states=AMENDED,
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    person: Annotated[str, typer.Option(metavar="PERSON", help="Only to this person.")] = "",
    worker: Annotated[str, typer.Option(metavar="WORKER", help="Only by this worker.")] = "",
    on: Annotated[
        str, typer.Option("--day", metavar="DATE", help="Only this day, such as 2026-11-22.")
    ] = "",
    ticks: Annotated[bool, typer.Option("--ticks", help="Show who has each visit.")] = False,
    missed: Annotated[
        bool, typer.Option("--missed", help="Those planned that did not take place.")
    ] = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists visits as their corrections leave them."""
    with open_node(context) as replica:
        where: dict[str, Any] = {}
        if person:
            where["person"] = same_person(replica, find_id(replica, "person", person))
        if worker:
            where["worker"] = find_id(replica, "worker", worker)
        division = within(replica, at)
        if missed:
            fitting = _missed(replica, division, where, on)
            how = _missed_listing(replica)
        else:
            fitting = _fitting(replica, division, where, on)
            how = _listing(replica, ticks)
        card.listing(replica, listed(fitting, limit, json or csv), how, json=json, csv=csv)


def _listing(replica: Replica, ticks: bool) -> Listing:
    names = Names(replica)

    def more(visit: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"state": state(visit)}
        if ticks:
            made["ticks"] = stated_ticks(replica, replica.ticks(VISIT, visit["id"]))
        return made

    heads = ["id", "start", "#min", "person", "worker", "service", "#yuan", ""]
    return Listing(
        VISIT,
        heads,
        lambda visit: _cells(replica, names, visit, ticks),
        folded=heads[3:6],
        more=more,
        named={
            **_named(names),
            "state": lambda visit: _STATES[state(visit)],
            "review_text": reviewing.words,
        },
    )


def _named(names: Names) -> dict[str, Callable[[Mapping[str, Any]], str]]:
    """The names beside the ids of a visit."""
    return {
        "person_name": lambda row: names.of("person", row["person"]),
        "worker_name": lambda row: names.of("worker", row["worker"]),
    }


def _missed_listing(replica: Replica) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            moment(row["planned_at"]),
            names.of("person", row["person"]),
            names.of("worker", row["worker"]),
            title(MISSED, "reason", row["reason"]),
        )

    heads = ["id", "planned", "person", "worker", "reason"]
    return Listing(MISSED, heads, cells, folded=heads[2:], named=_named(names))


def _missed(
    replica: Replica, division: str | None, where: Mapping[str, str], on: str
) -> Iterator[dict[str, Any]]:
    for row in pages(replica, MISSED, division, where):
        if not on or (row["planned_at"] is not None and day(row["planned_at"]) == on):
            yield row


def _fitting(
    replica: Replica, division: str | None, where: Mapping[str, str], on: str
) -> Iterator[dict[str, Any]]:
    for row in pages(replica, VISIT, division, where):
        whole = visits.corrected(row)
        if not on or (whole["started_at"] is not None and day(whole["started_at"]) == on):
            yield whole


def _cells(
    replica: Replica, names: Names, visit: Mapping[str, Any], ticks: bool
) -> tuple[Any, ...]:
    held = marks(replica, visit, replica.ticks(VISIT, visit["id"])) if ticks else ""
    return (
        short(visit["id"]),
        moment(visit["started_at"]),
        visit["minutes"],
        names.of("person", visit["person"]),
        names.of("worker", visit["worker"]),
        title(VISIT, "service", visit["service"]),
        yuan(visit["fee_fen"]),
        " ".join(filter(None, (held, state(visit), reviewing.words(visit)))),
    )


@verb(app, "show", "linli visit show 7Q2M9K")
def show(context: typer.Context, visit: Visit, json: Json = False) -> None:
    """Shows one visit, its correction, and the ticks."""
    with open_node(context) as replica:
        row = find(replica, VISIT, visit)
        shown = _shown(Names(replica))
        reason = history.reason_of(replica, VISIT, row["id"])
        card.show(
            replica,
            VISIT,
            visits.corrected(row),
            json,
            shown={**shown, "review": lambda _: reviewing.words(row)},
            more=[*_entered(reason), *_amended(row, shown)],
            stated_more={
                "state": state(row),
                "amendment": visits.amendment(row) or None,
                "reason": reason,
            },
        )


def _shown(names: Names) -> dict[str, Callable[[Any], str]]:
    """How the columns of a visit are shown that are neither codes nor plain."""
    return {
        "person": lambda person: f"{names.of('person', person)} ({person})",
        "worker": lambda worker: f"{names.of('worker', worker)} ({worker})",
        "service": lambda service: title(VISIT, "service", service),
        "started_at": moment,
        "ended_at": moment,
        "fee_fen": lambda fee: said(f"{yuan(fee)} yuan"),
    }


def _entered(reason: str | None) -> list[tuple[str, str]]:
    """Why a visit was entered late, in words; nothing where it was not."""
    return [("reason", BASELINE.lists.entry_reasons.title(reason))] if reason else []


def _amended(
    visit: Mapping[str, Any], shown: Mapping[str, Callable[[Any], str]]
) -> list[tuple[str, str]]:
    """What stands beside a visit, in words."""
    stands, whole = visits.amendment(visit), visits.corrected(visit)
    reasons = BASELINE.lists.entry_reasons
    if "void" in stands:
        return [("void", reasons.title(str(stands["void"])))]
    if not stands:
        return []
    was = ", ".join(
        said(
            f"{card.heading(VISIT, column.name)} was "
            f"{shown.get(column.name, str)(visit[column.name])}"
        )
        for column in visits.VISIT.columns
        if whole[column.name] != visit[column.name]
    )
    return [("corrected", f"{reasons.title(str(stands.get('reason', '')))}: {was}")]


@verb(
    app,
    "missed",
    'linli visit missed 王桂兰 李秀英 --at-time "2026-11-22 09:30" --reason 不在家',
)
def missed_(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of it, or name.")],
    worker: Annotated[str, typer.Argument(metavar="WORKER", help="Id, part of it, or name.")],
    at_time: Annotated[
        str, typer.Option(metavar="TIME", help='When it was planned, such as "2026-11-22 09:30".')
    ],
    reason: Annotated[str, typer.Option(metavar="REASON", help="Such as 不在家, 住院 or M01.")],
    note: Note = "",
    at: Place = "",
) -> None:
    """Records that a planned visit did not take place, and prints the id."""
    with open_node(context) as replica:
        values = given(
            person=find_id(replica, "person", person),
            worker=find_id(replica, "worker", worker),
            planned_at=parse_local(at_time),
            reason=reason,
            note=note,
        )
        where = _where(replica, at, values["person"])
        result(visits.record_missed(replica, where, values, user=acting(context)))
        name = Names(replica).of("person", values["person"])
        saved(replica, f"Recorded that {name} was not visited in {place_name(replica, where)}.")


def _meant(replica: Replica, typed: str) -> list[tuple[str, str]]:
    """A visit, or one that did not take place."""
    try:
        return [(VISIT, find(replica, VISIT, typed)["id"])]
    except UsageError as none:
        try:
            return [(MISSED, find(replica, MISSED, typed)["id"])]
        except UsageError:
            raise none from None


reviewing.declare(app, lambda replica: _listing(replica, ticks=False))
rating.declare_visit(app)
history.declare(app, VISIT, "linli visit history 7Q2M9K", meant=_meant)


@verb(app, "correct", "linli visit correct 7Q2M9K minutes 45 --reason 录错时间")
def correct(context: typer.Context, visit: Visit, pairs: Pairs, reason: Reason) -> None:
    """Corrects fields of a visit by a note beside it; fields are those of the JSON, or `fee`."""
    with open_node(context) as replica:
        row = find(replica, VISIT, visit)
        changes = _typed(replica, paired(pairs))
        visits.correct_visit(replica, row["id"], changes, reason, user=acting(context))
        saved(replica, f"Corrected {', '.join(changes)} of the visit {short(row['id'])}.")


def _typed(replica: Replica, changes: Mapping[str, str]) -> dict[str, Any]:
    """Corrections as they are written: moments from the wall clock, fees from yuan, ids whole."""
    made: dict[str, Any] = dict(changes)
    for name in _MOMENTS:
        if name in made and not made[name].isdigit():
            made[name] = parse_local(made[name])
    if "fee" in made:
        made["fee_fen"] = fen(made.pop("fee"))
    for name in ("person", "worker"):
        if name in made:
            made[name] = find_id(replica, name, made[name])
    return made


@verb(app, "void", "linli visit void 7Q2M9K --reason 录错对象")
def void(context: typer.Context, visit: Visit, reason: Reason) -> None:
    """Voids a visit: it stays on the ledger and counts for nothing."""
    with open_node(context) as replica:
        row = find(replica, VISIT, visit)
        visits.void_visit(replica, row["id"], reason, user=acting(context))
        name = name_of(replica, row["division#"])
        saved(replica, f"The visit {short(row['id'])} in {name} is void.")
