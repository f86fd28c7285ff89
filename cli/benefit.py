"""`linli benefit`: who should have which benefit, what became of it, and what a month pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import benefiting, card, facts, history, monthly, voucher
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, Note, Within, sentences, verb
from cli.history import Steps
from cli.home import acting, name_of, open_node, saved, within
from cli.money import fen, yuan
from cli.narrowing import RECORDED
from cli.output import result, say
from cli.records import Names, find, find_id, listed, pages, short
from node.care.benefits.life import PAYING
from node.care.benefits.months import month_of
from node.care.benefits.steps import Judged
from node.care.granting import acting as acts
from node.care.granting.acting import Told
from node.care.granting.closing import check_month
from node.care.granting.gathering import judged
from node.care.granting.tables import ACT, BENEFIT
from node.care.moments import today
from node.care.policy import BASELINE
from node.care.titles import title
from node.language import said
from node.replica import Replica

_LISTS = BASELINE.lists

app = sentences("Benefits: who should have which, and what a month pays.")

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")]
Code = Annotated[str, typer.Argument(metavar="KIND", help="Such as 高龄津贴.")]
Benefit = Annotated[str, typer.Argument(metavar="BENEFIT", help="Id, or part of an id.")]
From = Annotated[
    str, typer.Option("--month", metavar="MONTH", help="Its first month [default: the next].")
]
Amount = Annotated[
    str,
    typer.Option(metavar="YUAN", help="A month; only where the county's numbers do not say it."),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why.")]
Document = Annotated[str, typer.Option(metavar="TEXT", help="The papers behind it.")]

benefiting.declare(app)
monthly.declare(app)
facts.declare_all(app, "benefit")
voucher.declare(app)


@verb(app, "propose", "linli benefit propose 王桂兰 高龄津贴")
def propose(
    context: typer.Context, person: Person, kind: Code, month: From = "", note: Note = ""
) -> None:
    """Confirms that a person should have a benefit, for the reason computed, and prints the id."""
    with open_node(context) as replica:
        row = find(replica, "person", person)
        user = acting(context)
        id_ = acts.propose(replica, row["id"], kind, month, user=user, note=note)
        result(id_)
        saved(replica, f"Proposed {_kind(kind)} for {row['name']}.")


@verb(app, "apply", "linli benefit apply 王桂兰 高龄津贴 --assisted-by 李明 --document 身份证")
def apply(
    context: typer.Context,
    person: Person,
    kind: Code,
    assisted_by: Annotated[str, typer.Option(metavar="NAME", help="Who helped.")] = "",
    document: Document = "",
    note: Note = "",
) -> None:
    """Records the application of a person, and prints the id of the benefit."""
    with open_node(context) as replica:
        row = find(replica, "person", person)
        told = Told(assisted_by=assisted_by, document=document, note=note)
        result(acts.apply(replica, row["id"], kind, told, user=acting(context)))
        saved(replica, f"Recorded the application of {row['name']} for {_kind(kind)}.")


def _kind(typed: str) -> str:
    codes = _LISTS.benefit_kinds
    return codes.title(codes.code("benefit", typed))


@verb(
    app,
    "advance",
    "linli benefit advance 7Q2M9K 村核实",
    "linli benefit advance 7Q2M9K 县审批 --month 2026-12",
    "linli benefit advance 7Q2M9K 停旧增新 --month 2026-12",
)
def advance(
    context: typer.Context,
    benefit: Benefit,
    step: Annotated[str, typer.Argument(metavar="STEP", help="Such as 告知, 村核实 or 县审批.")],
    month: From = "",
    amount: Amount = "",
    reason: Reason = "",
    document: Document = "",
    note: Note = "",
) -> None:
    """Takes the next step of a benefit: each belongs to a tier, and money to the county."""
    with open_node(context) as replica:
        row = find(replica, BENEFIT.name, benefit)
        kind = _LISTS.benefit_steps.code("step", step)
        told = Told(
            month=check_month(month) if month else "", fen=fen(amount) if amount else 0,
            reason=reason, document=document, note=note,
        )  # fmt: skip
        acts.add(replica, row["id"], kind, told, user=acting(context))
        _tell(replica, row)


@verb(app, "stop", "linli benefit stop 7Q2M9K --reason 自愿放弃 --month 2026-12")
def stop(
    context: typer.Context,
    benefit: Benefit,
    reason: Annotated[
        str, typer.Option(metavar="REASON", help="Such as 死亡; a closed person gives it.")
    ] = "",
    month: From = "",
    document: Document = "",
    note: Note = "",
) -> None:
    """Stops a benefit, after a death from the next month on, and claims back what is too much."""
    with open_node(context) as replica:
        row = find(replica, BENEFIT.name, benefit)
        told = Told(month=month, reason=reason, document=document, note=note)
        _, claims = acts.stop(replica, row["id"], told, user=acting(context))
        _tell(replica, row)
        if claims:
            say(f"{len(claims)} recoveries were made of what closed sheets paid too much.")


@verb(app, "recover", "linli benefit recover 7Q2M9K")
def recover(context: typer.Context, benefit: Benefit) -> None:
    """Claims back what closed sheets paid too much and nobody has claimed yet."""
    with open_node(context) as replica:
        row = find(replica, BENEFIT.name, benefit)
        claims = acts.recover(replica, row["id"], user=acting(context))
        if claims:
            _tell(replica, row)
        else:
            say("Nothing that was paid too much waits to be claimed back.")


def _tell(replica: Replica, row: Mapping[str, Any]) -> None:
    name = Names(replica).of("person", row["person"])
    status = _standing(replica, judged(replica, row))
    kind = title("benefit", "code", row["code"])
    saved(replica, f"The {kind} of {name} stands at: {status}.")


def _standing(replica: Replica, found: Judged) -> str:
    """Where a benefit stands in this month, with the amount that is paid."""
    month = month_of(today(replica))
    status = found.life.status(month)
    paid = f" {yuan(found.life.due_fen(month))}" if status == PAYING else ""
    return f"{_LISTS.benefit_steps.title(status)}{paid}"


# --- showing -------------------------------------------------------------------------------------


@verb(app, "list", "linli benefit list --at 南大街 --status 发放中", day=RECORDED)
def list_(
    context: typer.Context,
    of: Annotated[str, typer.Option("--of", metavar="PERSON", help="Only of this one.")] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="Such as 高龄津贴.")] = "",
    status: Annotated[str, typer.Option(metavar="STEP", help="Only those that stand so.")] = "",
    at: Within = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists benefits and where each stands in this month."""
    with open_node(context) as replica:
        where = {"person": find_id(replica, "person", of)} if of else {}
        if kind:
            where["code"] = _LISTS.benefit_kinds.code("kind", kind)
        wanted = _LISTS.benefit_steps.code("status", status) if status else ""
        month = month_of(today(replica))
        rows = (
            {**row, "status": found.life.status(month), "fen": found.life.due_fen(month)}
            for row in pages(replica, BENEFIT.name, within(replica, at), where or None)
            for found in [judged(replica, row)]
            if wanted in ("", found.life.status(month))
        )
        how = _listing(replica)
        card.listing(replica, listed(rows, limit, json or csv), how, json=json, csv=csv)


def _listing(replica: Replica) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]), names.of("person", row["person"]), name_of(replica, row["division#"]),
            title("benefit", "code", row["code"]), _LISTS.benefit_steps.title(row["status"]),
            yuan(row["fen"]) if row["fen"] else "",
        )  # fmt: skip

    return Listing(
        BENEFIT.name,
        ["id", "person", "division", "code", "status", "#yuan"],
        cells,
        folded=["person", "division", "code"],
        more=lambda row: {"status": row["status"], "fen": row["fen"]},
        named={
            "person_name": lambda row: names.of("person", row["person"]),
            "status": lambda row: _LISTS.benefit_steps.title(row["status"]),
            "fen": lambda row: yuan(row["fen"]) if row["fen"] else "",
        },
    )


@verb(app, "show", "linli benefit show 7Q2M9K")
def show(context: typer.Context, benefit: Benefit, json: Json = False) -> None:
    """Shows a benefit, its steps, what it pays from when on, and the steps that do not count."""
    with open_node(context) as replica:
        row = find(replica, BENEFIT.name, benefit)
        found = judged(replica, row)
        schedule = [("from", f"{one.month}: {yuan(one.fen)}") for one in found.life.steps]
        card.show(
            replica, BENEFIT.name, row, json,
            shown={"person": lambda id_: Names(replica).of("person", id_)},
            more=[
                ("status", _standing(replica, found)),
                *((_LISTS.benefit_steps.title(act.kind), _act(act)) for act in found.life.acts),
                *schedule,
                *((f"{said('not counted')} {short(id_)}", said(why)) for id_, why in found.listed),
            ],
            stated_more=_stated(replica, found),
        )  # fmt: skip


def _act(act: Any) -> str:
    months = f"{act.month} – {act.until}" if act.until else act.month
    reason = _LISTS.benefit_stop_reasons.title(act.reason) if act.kind == "stopped" else act.reason
    told = (act.tier, months, yuan(act.fen) if act.fen else "", said(reason) if reason else "")
    return "  ".join(filter(None, told)) or "✓"


def _stated(replica: Replica, found: Judged) -> dict[str, Any]:
    month = month_of(today(replica))
    return {
        "status": found.life.status(month),
        "fen": found.life.due_fen(month),
        "schedule": [{"month": one.month, "fen": one.fen} for one in found.life.steps],
        "acts": [
            {name: value for name, value in act._asdict().items() if name != "at"}
            for act in found.life.acts
        ],
        "listed": [{"id": id_, "reason": reason} for id_, reason in found.listed],
    }


history.declare(app, BENEFIT.name, "linli benefit history 7Q2M9K", steps=Steps(ACT.name, "benefit"))
