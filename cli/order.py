"""`linli order`: what people ask for, who is sent, and what became of it (点单, 派单, 抢单)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from cli import facts, history, ordered, rating
from cli.grammar import Csv, Json, Limit, Note, Place, Within, sentences, verb
from cli.home import acting, open_node, place_name, saved, within
from cli.output import result, say
from cli.records import Names, find, find_id, given, short
from node.care.orders import gathering, judging, keeping
from node.care.orders.tables import CLAIM, ORDER
from node.care.policy import BASELINE
from node.clock import parse_local
from node.errors import UsageError
from node.replica import Replica

app = sentences("What people ask for, who is sent, and what became of it.")
facts.declare_all(app, "order")

Order = Annotated[str, typer.Argument(metavar="ORDER", help="Id, or part of an id.")]
Worker = Annotated[str, typer.Option(metavar="WORKER", help="Id, part of it, or name.")]
Helper = Annotated[str, typer.Option(metavar="NAME", help="Somebody who is no worker.")]
HelperKind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="Of the helper, such as 亲属, 志愿者.")
]
Reason = Annotated[
    str, typer.Option(metavar="REASON", help="Name or code, such as 本人取消 or T01.")
]
When = Annotated[
    str, typer.Option("--when", metavar="TIME", help='Such as "2026-11-22 09:30" [default: now].')
]


@verb(
    app,
    "add",
    "linli order add 王桂兰 --service 助洁-居室 --channel 电话 --wished-on 2026-11-24",
    "linli order add 王桂兰 --service 代购 --channel 家属 --asked-by 王建国 --relation 子女",
)
def add(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of it, or name.")],
    service: Annotated[str, typer.Option(metavar="SERVICE", help="Name or code.")],
    channel: Annotated[
        str, typer.Option(metavar="CHANNEL", help="现场, 电话, 微信, 智能终端, 家属 …")
    ],
    asked_by: Annotated[str, typer.Option(metavar="NAME", help="Who asked for the person.")] = "",
    relation: Annotated[str, typer.Option(metavar="WORD", help="Of who asked.")] = "",
    wished_on: Annotated[str, typer.Option(metavar="DATE", help="Such as 2026-11-24.")] = "",
    when: When = "",
    note: Note = "",
) -> None:
    """Registers what a person asked for, also while cut off, and prints the id."""
    with open_node(context) as replica:
        values = given(
            person=find(replica, "person", person)["id"],
            service=service,
            channel=channel,
            asked_by=asked_by,
            relation=relation,
            wished_on=wished_on,
            asked_at=_moment(replica, when),
            note=note,
        )
        row_id = keeping.add_order(replica, values, user=acting(context))
        result(row_id)
        row = find(replica, ORDER.name, row_id)
        name = Names(replica).of("person", row["person"])
        where = place_name(replica, row["division#"])
        saved(replica, f"Took down the order of {name} in {where}.")


def _moment(replica: Replica, typed: str) -> int:
    return parse_local(typed) if typed else replica.core.now_ms()


@verb(
    app,
    "list",
    "linli order list --at 赤城镇 --state 待受理",
    "linli order list --overdue --json",
)
def list_(
    context: typer.Context,
    at: Within = "",
    person: Annotated[str, typer.Option(metavar="PERSON", help="Only of this person.")] = "",
    state: Annotated[str, typer.Option(metavar="STATE", help="Such as 待受理, 待确认, 已派.")] = "",
    since: Annotated[
        str, typer.Option(metavar="DATE", help="Asked for on this day or later.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Asked for until this day.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only past their deadline.")] = False,
    twice: Annotated[
        bool, typer.Option("--twice", help="Only those that more than one has served.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Those that are done as well.")] = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists orders: the overdue first, then whoever has waited longest."""
    code = BASELINE.lists.order_states.code("state", state) if state else ""
    with open_node(context) as replica:
        where = {"person": find_id(replica, "person", person)} if person else None
        found = ordered.standings(replica, within(replica, at), where)
        fitting = [
            one
            for one in found
            if (every or code or twice or one.waits.open)
            and code in ("", one.state)
            and (one.waits.overdue or not overdue)
            and (one.twice or not twice)
            and ordered.within_days(one.row, since, until)
        ]
        ordered.print_list(replica, fitting, limit, json=json, csv=csv)


@verb(app, "show", "linli order show 7Q2M9K")
def show(context: typer.Context, order: Order, json: Json = False) -> None:
    """Shows one order: its steps, those that do not count and why, its claims and its visits."""
    with open_node(context) as replica:
        ordered.print_one(replica, find(replica, ORDER.name, order)["id"], json=json)


@verb(app, "offer", "linli order offer 7Q2M9K")
def offer(context: typer.Context, order: Order, note: Note = "") -> None:
    """Offers an order to whoever claims it."""
    _take(context, order, judging.OFFER, note=note)


@verb(
    app,
    "dispatch",
    "linli order dispatch 7Q2M9K --worker 李秀英",
    "linli order dispatch 7Q2M9K --helper 王建国 --kind 亲属",
)
def dispatch(
    context: typer.Context,
    order: Order,
    worker: Worker = "",
    helper: Helper = "",
    helper_kind: HelperKind = "",
    note: Note = "",
) -> None:
    """Sends somebody; a village may do so while it is cut off."""
    _take(
        context, order, judging.DISPATCH, worker=worker, helper=helper, helper_kind=helper_kind,
        note=note,
    )  # fmt: skip


@verb(
    app,
    "claim",
    "linli order claim 7Q2M9K --worker 李秀英",
    "linli order claim 01JD0000000000000000000000 --worker 李秀英 --at 南大街村",
)
def claim(
    context: typer.Context,
    order: Order,
    worker: Worker,
    at: Place = "",
    note: Note = "",
) -> None:
    """Claims an order for a worker and prints the id; the home township decides."""
    with open_node(context) as replica:
        order_id = find_id(replica, ORDER.name, order)
        if replica.row(ORDER.name, order_id) is None and not at:
            raise UsageError(
                f"The order {order_id} is not on this node, so its village is not known.",
                hint="Name the village of the client with --at, by its code or its name.",
            )
        where = replica.tree.find(at).id if at else ""
        values = given(worker=find_id(replica, "worker", worker), note=note)
        result(keeping.claim_order(replica, order_id, where, values, user=acting(context)))
        saved(replica, "Claimed the order; the home township decides who has it.")


@verb(app, "withdraw", "linli order withdraw 9B4X1T --reason 其他")
def withdraw(
    context: typer.Context,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="Id, or part of an id.")],
    reason: Annotated[str, typer.Option(metavar="REASON", help="Name or code, such as 其他.")],
) -> None:
    """Withdraws a claim."""
    with open_node(context) as replica:
        row = find(replica, CLAIM.name, claim)
        keeping.withdraw_claim(replica, row["id"], reason, user=acting(context))
        saved(replica, f"Withdrew the claim {short(row['id'])}.")


@verb(app, "award", "linli order award 7Q2M9K", "linli order award 7Q2M9K --claim 9B4X1T")
def award(
    context: typer.Context,
    order: Order,
    claim: Annotated[
        str, typer.Option(metavar="CLAIM", help="Which [default: the first that may have it].")
    ] = "",
    note: Note = "",
) -> None:
    """Decides which claim has an order; the home township's to say."""
    with open_node(context) as replica:
        row = find(replica, ORDER.name, order)
        claim_id = find_id(replica, CLAIM.name, claim) if claim else ""
        user = acting(context)
        keeping.award_order(replica, row["id"], claim_id, user=user, note=note or None)
        ordered.tell(replica, row["id"])


@verb(app, "reassign", "linli order reassign 7Q2M9K --worker 张红 --reason 人员请假")
def reassign(
    context: typer.Context,
    order: Order,
    reason: Reason,
    worker: Worker = "",
    helper: Helper = "",
    helper_kind: HelperKind = "",
    note: Note = "",
) -> None:
    """Gives an order to somebody else; no tier takes back what a tier above it has given."""
    _take(
        context, order, judging.REASSIGN, worker=worker, helper=helper, helper_kind=helper_kind,
        reason=reason, note=note,
    )  # fmt: skip


@verb(app, "accept", "linli order accept 7Q2M9K")
def accept(context: typer.Context, order: Order, when: When = "", note: Note = "") -> None:
    """Says that who was sent will come (接单)."""
    _take(context, order, judging.ACCEPT, when=when, note=note)


@verb(app, "start", "linli order start 7Q2M9K")
def start(context: typer.Context, order: Order, when: When = "", note: Note = "") -> None:
    """Says that the service has begun."""
    _take(context, order, judging.START, when=when, note=note)


@verb(
    app,
    "finish",
    'linli order finish 7Q2M9K --when "2026-11-22 10:30"',
    "linli order finish 7Q2M9K --by 张红",
)
def finish(
    context: typer.Context,
    order: Order,
    by: Annotated[
        str, typer.Option(metavar="WORKER", help="Who did it [default: who has the order].")
    ] = "",
    when: When = "",
    note: Note = "",
) -> None:
    """Says that the service is done; the visit names the order: linli visit add … --order."""
    _take(context, order, judging.FINISH, by=by, when=when, note=note)


@verb(app, "confirm", "linli order confirm 7Q2M9K --confirmed-by 家属")
def confirm(
    context: typer.Context,
    order: Order,
    confirmed_by: Annotated[str, typer.Option(metavar="WORD", help="本人, 家属 or 邻居.")] = "本人",
    when: When = "",
    note: Note = "",
) -> None:
    """Says that the client's side has confirmed what was done."""
    _take(context, order, judging.CONFIRM, confirmed_by=confirmed_by, when=when, note=note)


@verb(app, "cancel", "linli order cancel 7Q2M9K --reason 本人取消")
def cancel(context: typer.Context, order: Order, reason: Reason, note: Note = "") -> None:
    """Cancels an order that was not finished."""
    _take(context, order, judging.CANCEL, reason=reason, note=note)


@verb(app, "void", "linli order void 7Q2M9K --reason 重复下单")
def void(context: typer.Context, order: Order, reason: Reason, note: Note = "") -> None:
    """Voids an order that should never have been; the township's to say."""
    _take(context, order, judging.VOID, reason=reason, note=note)


history.declare(
    app,
    ORDER.name,
    "linli order history 7Q2M9K",
    steps=history.Steps(
        "order_step", "service_order", hidden=("service_order", "under", "builds_on", "policy")
    ),
)


rating.declare_order(app)


def _take(context: typer.Context, order: str, kind: str, **typed: str) -> None:
    """Takes a step, and says where the order now stands."""
    with open_node(context) as replica:
        row = find(replica, ORDER.name, order)
        keeping.take_step(
            replica, row["id"], kind, _typed(replica, row["id"], typed), user=acting(context)
        )
        ordered.tell(replica, row["id"])
        if kind == judging.FINISH and not ordered.visits_of(replica, row):
            say(f"The visit is to be recorded: linli visit add … --order {short(row['id'])}")


def _typed(replica: Replica, order_id: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Fields of a step as they are written."""
    values: dict[str, Any] = dict(typed)
    when, by = values.pop("when", ""), values.pop("by", "")
    if when:
        values["done_at"] = parse_local(when)
    if values.get("worker"):
        values["worker"] = find_id(replica, "worker", values["worker"])
    if by:
        values["under"] = _under(replica, order_id, find_id(replica, "worker", by))
    return given(**values)


def _under(replica: Replica, order_id: str, worker: str) -> str:
    """The assignment of a worker who has, or had, the order."""
    found = gathering.whole(replica, order_id)
    mine = list(_assignments(found, worker))
    if not mine:
        raise UsageError(
            f"The order {order_id} was not given to that worker.",
            hint=f"See to whom it was: linli order show {short(order_id)}",
        )
    return mine[-1]


def _assignments(found: gathering.Whole, worker: str) -> Iterator[str]:
    for name in found.judged.standing:
        if found.steps[name].worker == worker:
            yield name
