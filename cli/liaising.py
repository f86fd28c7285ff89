"""`linli association …`: offices handed over, what is lacking, figures, appraisals, allowances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, Note, On, Within, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.money import yuan
from cli.output import as_json, result, say
from cli.records import Names, find, find_id
from node.care import moments
from node.care.associations import gathering, handover, lacking, liaisons, reading, register
from node.care.facts import associations, offices
from node.care.facts.writing import standing
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.care.titles import title
from node.errors import UsageError
from node.language import said
from node.replica import Replica

ASSOCIATION = register.ASSOCIATION.name

Association = Annotated[
    str, typer.Argument(metavar="ASSOCIATION", help="Id, part of an id, or name.")
]
Month = Annotated[str, typer.Option("--month", metavar="MONTH", help="Such as 2026-11.")]
WORDS: Mapping[str, str] = {
    "association": "no association",
    "liaison": "not exactly one liaison",
    "chair": "not exactly one chair",
    "chair_post": "the chair is neither secretary nor director",
    "liaison_post": "the liaison is not of the two committees",
    "checklist": "not checked this year, or not passed",
    "report": "no report on last year",
    "pilots": "more pilots than a round has",
    "evidence": "an award without evidence",
    "grant": "more spent than granted",
    "training": "too few trainings",
    "client_training": "no training for the disabled",
    "allowance": "an allowance signed twice",
}
"""What is lacking, in words."""


def declare(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the sentences to those of associations."""
    _declare_hand_over(app)
    _declare_lacking(app)
    _declare_figures(app)
    _declare_appraisal(groups["appraisal"])
    _declare_allowance(groups["allowance"])


def _declare_hand_over(app: typer.Typer) -> None:
    @verb(
        app,
        "hand-over",
        "linli association hand-over 南大街村残协 --to 李红 --village-post 两委成员",
    )
    def hand_over(
        context: typer.Context,
        association: Association,
        to: Annotated[str, typer.Option(metavar="WORKER", help="The successor; id or name.")],
        role: Annotated[str, typer.Option(metavar="ROLE", help="Which office.")] = "联络员",
        village_post: Annotated[
            str, typer.Option(metavar="POST", help="The successor's, such as 两委成员.")
        ] = "",
        on: On = "",
    ) -> None:
        """Hands an office over, with its open tasks and needs."""
        with open_node(context) as replica:
            row = find(replica, ASSOCIATION, association)
            done = handover.hand_over(
                replica,
                row,
                role,
                find_id(replica, "worker", to),
                on or moments.today(replica),
                user=acting(context),
                village_post=village_post,
            )
            result(done.term)
            saved(
                replica,
                f"{to} takes over in {row['name']}, with {done.tasks} open tasks and {done.needs} "
                "open needs.",
            )


def _declare_lacking(app: typer.Typer) -> None:
    @verb(app, "lacking", "linli association lacking --at 定昌镇 --what liaison")
    def lacking_(
        context: typer.Context,
        at: Within = "",
        what: Annotated[
            str, typer.Option(metavar="WHAT", help=f"Only this: {', '.join(lacking.WHAT)}.")
        ] = "",
        on: On = "",
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists what associations, townships and the county lack of what they must have."""
        if what and what not in lacking.WHAT:
            raise UsageError(
                f"Nothing of the name {what!r} can be lacking.",
                hint=f"It is one of: {', '.join(lacking.WHAT)}.",
            )
        with open_node(context) as replica:
            day = on or moments.today(replica)
            found = gathering.lacks(replica, day, within(replica, at))
            chosen = [one for one in found if not what or one.what == what]
            names = Names(replica)
            if json:
                as_json([_stated(replica, one) for one in chosen])
                return
            cells = [
                (
                    name_of(replica, one.division),
                    names.of(ASSOCIATION, one.association or None),
                    said(WORDS[one.what]),
                    one.detail,
                )
                for one in chosen
            ]
            if csv:
                tables.as_csv(["区划名称", "组织", "缺项", "说明"], cells)
                return
            heads = ["division", "association", "what is lacking", "details"]
            tables.table(heads, cells, folded=heads[1:])


def _stated(replica: Replica, one: lacking.Lack) -> dict[str, Any]:
    return {
        "what": one.what,
        "division": code_of(replica, one.division),
        "association": one.association or None,
        "detail": one.detail,
    }


def _declare_figures(app: typer.Typer) -> None:
    @verb(app, "figures", "linli association figures --at 定昌镇")
    def figures(
        context: typer.Context,
        at: Within = "",
        on: On = "",
        json: Json = False,
    ) -> None:
        """Shows how many villages, members and households there are, and what was granted."""
        with open_node(context) as replica:
            told = _figures(replica, within(replica, at), on or moments.today(replica))
            if json:
                as_json(told)
                return
            tables.fields((key, value) for key, value in told.items() if key not in _PARTS)
            heads = ["year", "level", "#grants", "#granted (yuan)", "#spent (yuan)"]
            cells = [
                (
                    row["year"],
                    BASELINE.lists.funding_levels.title(row["level"]),
                    row["grants"],
                    yuan(row["granted_fen"]),
                    yuan(row["spent_fen"]),
                )
                for row in told["grants"]
            ]
            if cells:
                tables.table(heads, cells, folded=[])
            helped = [(one["year"], one["households"]) for one in told["households_helped"]]
            if helped:
                tables.table(["year", "#households helped"], helped, folded=[])


_PARTS = frozenset({"grants", "households_helped"})


def _figures(replica: Replica, place: str | None, on: str) -> dict[str, Any]:
    known = gathering.known(replica, place)
    villages = [one for one, level in known.levels.items() if level == "village"]
    covered = reading.covered(known.associations, villages)
    belonging = reading.members(
        list(standing(replica, offices.MEMBERSHIP, place)), replica.rows(PERSON.name, place), on
    )
    liaisons_now = {
        row["association"] for row in offices.in_office(known.terms, on, offices.LIAISON)
    }
    ours = [row for row in known.active if row["kind"] in register.OF_THE_DISABLED]
    helped = reading.helped(
        standing(replica, associations.BASE, place), standing(replica, associations.HELPED, place)
    )
    return {
        "villages": len(villages),
        "villages_with_association": sum(covered.values()),
        "associations": len(ours),
        "associations_with_liaison": sum(row["id"] in liaisons_now for row in ours),
        "members": reading.belonging(belonging),
        "memberships": sum(map(len, belonging.values())),
        "grants": reading.granted(known.grants, known.spending),
        "households_helped": [
            {"year": year, "households": number} for year, number in helped.items()
        ],
    }


def _declare_appraisal(group: typer.Typer) -> None:
    @verb(group, "add", "linli association appraisal add 南大街村残协 --year 2026 --result 合格")
    def appraise(
        context: typer.Context,
        association: Association,
        year: Annotated[int, typer.Option(metavar="YEAR", min=2000, max=2100, help="Which year.")],
        result_: Annotated[
            str, typer.Option("--result", metavar="RESULT", help="优秀, 合格 or 不合格.")
        ],
        note: Note = "",
    ) -> None:
        """Appraises the year of a liaison by tasks, needs and visits, and prints the id."""
        with open_node(context) as replica:
            row = find(replica, ASSOCIATION, association)
            id_ = gathering.appraise(replica, row, year, result_, user=acting(context), note=note)
            result(id_)
            made = find(replica, offices.APPRAISAL.name, id_)
            saved(
                replica,
                f"Appraised: {made['on_time']} of {made['tasks']} tasks on time, {made['needs']} "
                f"needs closed, {made['visits']} visits.",
            )


def _declare_allowance(group: typer.Typer) -> None:
    @verb(group, "due", "linli association allowance due --month 2026-11 --at 定昌镇")
    def due(
        context: typer.Context, month: Month, at: Within = "", json: Json = False, csv: Csv = False
    ) -> None:
        """Lists what liaisons should get for a month, by the tasks that they took on."""
        with open_node(context) as replica:
            found = gathering.due(replica, month, within(replica, at))
            done = gathering.signed(replica, month)
            rows = [_stated_due(replica, one, done) for one in found]
            if json:
                as_json(rows)
                return
            names = Names(replica)
            cells = [
                (
                    names.of(ASSOCIATION, row["association"]),
                    names.of("worker", row["worker"]),
                    len(row["basis"]),
                    yuan(row["amount_fen"]),
                    title(offices.ALLOWANCE.name, "uplift", row["uplift"]),
                    yuan(row["signed_fen"]) if row["signed_fen"] is not None else "",
                )
                for row in rows
            ]
            if csv:
                heads = ["组织", "联络员", "任务数", "应发(元)", "提高依据", "已签发(元)"]
                tables.as_csv(heads, cells)
                return
            heads = ["association", "liaison", "#tasks", "#due (yuan)", "raised by", "#signed"]
            tables.table(heads, cells, folded=["association", "liaison", "raised by"])

    @verb(group, "sign", "linli association allowance sign --month 2026-10 --at 定昌镇")
    def sign(context: typer.Context, month: Month, at: Within = "") -> None:
        """Signs the allowances of a month that is over, each as it follows from the tasks."""
        with open_node(context) as replica:
            found = gathering.due(replica, month, within(replica, at))
            count = gathering.sign(replica, month, found, user=acting(context))
            if count:
                saved(replica, f"Signed {count} allowances of {month}.")
            else:
                say(f"Nothing of {month} waits to be signed.")


def _stated_due(
    replica: Replica, one: liaisons.Due, done: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, Any]:
    before = done.get((one.association, one.worker))
    return {
        "association": one.association,
        "worker": one.worker,
        "basis": list(one.basis),
        "amount_fen": one.amount_fen,
        "uplift_fen": one.uplift_fen,
        "uplift": one.uplift or None,
        "signed_fen": before["amount_fen"] if before else None,
    }
