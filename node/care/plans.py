"""Care plans: who is to be seen how often, with which services, by which fixed worker.

A plan (照料计划) of a person is one line or several, each a record in the village's `care` lane:
some services, so and so often in a month, a 旬 or a week, from a day on. Three lines, one for each
旬, are the roster that 沁县 asks for. The village writes plans and so does the township; what two
write at once stands as a conflict until one of them settles it, and every version is kept.

A plan promises nothing and bars nothing: a visit that it does not hold is flagged and paid all the
same, so whoever changes a plan moves no money. What the months of a plan look like is told in
`rosters`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields, moments, periods, rosters, rows
from node.care.facts.institutions import PLACEMENT
from node.care.facts.writing import standing
from node.care.parameters import publishing
from node.care.parameters.groups import CareVisits
from node.care.people import PERSON, WORKER
from node.care.policy import BASELINE
from node.care.rosters import Place, Standing
from node.care.seeing import seen_here, sound
from node.care.visits import check_tasks
from node.errors import Refused, UsageError
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

PLAN = Table(
    name="care_plan",
    channel=Channel.CARE,
    meaning="one line of a person's plan: which services, how often, by whom",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("services", Kind.REGISTER, required=True, meaning="codes, a comma between"),
        Column("worker", Kind.REGISTER, meaning="id of the fixed worker, may lack"),
        Column("times", Kind.REGISTER, type=int, required=True, meaning="visits in each period"),
        Column("per", Kind.REGISTER, required=True, meaning="code of plan_periods"),
        Column("xun", Kind.REGISTER, meaning="code of xun: only in that third of each month"),
        Column("since", Kind.REGISTER, required=True, meaning="ISO date, the first day"),
        Column("until", Kind.REGISTER, meaning="ISO date, the last day; empty while it goes on"),
        Column("note", Kind.REGISTER, meaning="free text", erasable=True),
    ),
    indexes=(("person",), ("worker",)),
    local=True,
)

TABLES = (PLAN,)

_TIMES_MAX = 31
_LISTS = BASELINE.lists
_LAST_DAY = "9999-12-31"


def check_xun(field: str, value: Any) -> str:
    """Checks a 旬; 上 is as good as 上旬.

    Raises:
        UsageError: It is none.
    """
    typed = str(value).strip()
    return _LISTS.xun.code(field, f"{typed}旬" if typed in ("上", "中", "下") else typed)


_CHECKS: Mapping[str, fields.Check] = {
    "services": check_tasks,
    "worker": fields.row_id,
    "times": fields.whole_number(1, _TIMES_MAX),
    "per": _LISTS.plan_periods.code,
    "xun": check_xun,
    "since": fields.date,
    "until": fields.date,
    "note": fields.note,
}
_REQUIRED = ("services", "times", "per", "since")


def check_plan(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a new line of a plan; once a month where nothing says how often.

    Raises:
        UsageError: A field is unknown, missing, or does not fit, or two contradict each other.
    """
    checks = {"person": fields.row_id, **_CHECKS}
    defaults = {"times": 1, "per": "month", **values}
    checked = fields.check("plan", checks, defaults, ("person", *_REQUIRED))
    _check_together(checked)
    return checked


def check_changes(present: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Checks changes of a line beside what stays.

    Raises:
        UsageError: A field is unknown, emptied though required, or does not fit, or two contradict
            each other.
    """
    checked = fields.check_changes("plan", _CHECKS, changes, _REQUIRED)
    _check_together({**present, **checked})
    return checked


def _check_together(whole: Mapping[str, Any]) -> None:
    until, since = whole.get("until"), whole["since"]
    if until and until < since:
        raise fields.refused("until", until, f"lies before since {since}", "Check both dates.")
    if whole.get("xun") and whole["per"] != "month":
        raise fields.refused(
            "xun",
            _LISTS.xun.title(whole["xun"]),
            f"is given, and per is {_LISTS.plan_periods.title(whole['per'])!r}",
            "A line for one 旬 comes back each month: leave per out.",
        )


def check_beside(
    line: Mapping[str, Any], others: Iterable[Mapping[str, Any]], rules: CareVisits | None
) -> None:
    """Refuses a line that the roster of the county has no place for (QX-21).

    Args:
        line: The line as it will be.
        others: The other lines of the person.
        rules: What the county has set for the place; None: nothing.

    Raises:
        UsageError: The county wants one visit in each 旬, and the line names none.
        Refused: Another line stands in the same 旬, or has one of its services.
    """
    if rules is None:
        return
    if rules.one_per_xun and not line.get("xun"):
        raise UsageError(
            "The county wants one visit in each 旬, and the line names none.",
            hint="Say which: --xun 上, 中 or 下; a line for each.",
        )
    if rules.one_per_xun and line["times"] > 1:
        raise fields.refused(
            "times", line["times"], "is more than the one visit of a 旬", "Leave it out."
        )
    services = set(line["services"].split(","))
    for other in others:
        if other["since"] > (line.get("until") or _LAST_DAY) or line["since"] > (
            other["until"] or _LAST_DAY
        ):
            continue
        if rules.one_per_xun and other["xun"] == line["xun"]:
            named = _LISTS.xun.title(line["xun"])
            raise Refused(
                f"The person's plan has a line for {named} already: {other['id']}.",
                hint="Change that one, or end it: linli plan end ID --on DATE",
            )
        same = services & set(str(other["services"]).split(","))
        if rules.services_differ and same:
            named = _LISTS.services.title(min(same))
            raise Refused(
                f"The person's plan has {named} already: {other['id']}.",
                hint="The services of a month differ: choose another one.",
            )


def lines_of(replica: Replica, person_id: str) -> list[dict[str, Any]]:
    """The lines of a person's plan that are here, those that have ended as well."""
    return replica.rows(PLAN.name, where={"person": person_id})


def add_plan(replica: Replica, values: Mapping[str, Any], *, user: str) -> str:
    """Adds a line to a person's plan, in the village where the person's record stands.

    Args:
        replica: This node.
        values: The fields as typed; `since` is today where it lacks.
        user: Who does it.

    Returns:
        The line's id.

    Raises:
        UsageError: The person is not here, or a field does not fit.
        Refused: The roster has no place for it, or the worker stands in none.
    """
    checked = check_plan({"since": moments.today(replica), **values})
    person = rows.find(replica, PERSON, checked["person"])
    with replica.store.transaction():
        _check_all(replica, person, checked)
        return replica.write(person["division#"], [Insert(PLAN.name, checked)], user=user).ids[0]


def set_plan(
    replica: Replica,
    plan_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> None:
    """Changes fields of a line; what it said before stays in its history.

    Raises:
        UsageError: The line is not here, or a field does not fit.
        Refused: As for `add_plan`.
    """
    row = rows.find(replica, PLAN, fields.row_id("plan", plan_id))
    checked = check_changes(row, changes)
    person = replica.row(PERSON.name, row["person"])
    with replica.store.transaction():
        if person is not None and checked.keys() - {"until", "note"}:
            _check_all(replica, person, {**row, **checked})
        rows.change(replica, PLAN, row["id"], checked, user=user, reason=reason)


def end_plan(replica: Replica, plan_id: str, on: str, *, user: str, reason: str = "") -> None:
    """Ends a line: a day is its last.

    Args:
        replica: This node.
        plan_id: The line.
        on: The last day; today where it is empty.
        user: Who does it.
        reason: Why, in a few words.

    Raises:
        UsageError: The line is not here, or the day lies before its first.
    """
    told = fields.note("reason", reason) if reason else None
    set_plan(replica, plan_id, {"until": on or moments.today(replica)}, user=user, reason=told)


def check_day(field: str, value: Any) -> str:
    """Checks a day.

    Raises:
        UsageError: It is none.
    """
    return fields.date(field, value)


def holds(line: Mapping[str, Any], day: str, *, begun: bool = True) -> bool:
    """Whether a line holds on a day, or, where it need not have begun, on one after it."""
    return (not line["until"] or day <= line["until"]) and (not begun or line["since"] <= day)


def roster(
    replica: Replica, month: str, division: str | None = None, xun: str = ""
) -> list[tuple[str, Place]]:
    """The places of a month, each with the division of the person, by division, day and person.

    Who is closed has no place from that day on.

    Args:
        replica: This node.
        month: As `2026-11`.
        division: Only in this division and below; None for all here.
        xun: The code of a third of the month; empty: the whole month.
    """
    third = next((one for one in periods.thirds(month) if one.xun == xun), None)
    lines = [_open(replica, row) for row in rows.pages(replica, PLAN.name, division)]
    where = {str(row["person"]): str(row["division#"]) for row in lines}
    standings = standings_of(replica, {row["worker"] for row in lines if row["worker"]})
    first = periods.day_after(f"{month}-01", -6)
    last = periods.whole(month).last
    seen = seen_here(replica, first, last)
    found: list[tuple[str, Place]] = []
    for place in sorted(set(where.values())):
        mine = [row for row in lines if row["division#"] == place]
        rules = rules_at(replica, place, last)
        visits = sound(seen, rules)
        found += [
            (where[one.person], one)
            for one in rosters.places(mine, month, standings, rules, visits)
            if (third is None or one.period.touches(third.first, third.last))
            and not _lived_away(replica, one)
        ]
    code = {id_: known.code for id_ in where.values() if (known := replica.tree.get(id_))}
    return sorted(found, key=lambda one: (code.get(one[0], ""), one[1].period.first, one[1]))


def _lived_away(replica: Replica, place: Place) -> bool:
    """Whether the person lived in an institution for the whole of a period (HC-09)."""
    first, last = place.period.first, place.period.last
    return any(
        one["since"] <= first and last <= (one["until"] or _LAST_DAY)
        for one in standing(replica, PLACEMENT, None, {"person": place.person})
    )


def _open(replica: Replica, row: dict[str, Any]) -> dict[str, Any]:
    """A line, ended with the person's record where that is closed, or with the home (HC-09)."""
    person = replica.row(PERSON.name, row["person"])
    placed = [
        one["since"]
        for one in standing(replica, PLACEMENT, None, {"person": row["person"]})
        if not one["until"]
    ]
    if placed:
        last = periods.day_after(min(placed), -1)
        row = {**row, "until": min(row["until"] or last, last)}
    closed_on = (person or {}).get("closed_on")
    if person is None or person["status"] != "closed" or not closed_on:
        return row
    return {**row, "until": min(row["until"] or closed_on, closed_on)}


def standings_of(replica: Replica, ids: Iterable[str]) -> dict[str, Standing]:
    """What this node knows of the employment of some workers; one that is not here lacks."""
    found = {}
    for id_ in sorted(set(ids)):
        worker = replica.row(WORKER.name, id_)
        if worker is not None:
            found[id_] = rosters.standing_of(replica, worker)
    return found


def rules_at(replica: Replica, division: str, day: str) -> CareVisits | None:
    """What the county has set for the visits of a division on a day; None where nothing is."""
    parameters, known = publishing.in_force(replica), replica.tree.get(division)
    if parameters is None:
        return None
    return parameters.visits.on(day, known.code if known else "")


def _check_all(replica: Replica, person: Mapping[str, Any], line: Mapping[str, Any]) -> None:
    rules = rules_at(replica, person["division#"], line["since"])
    others = [one for one in lines_of(replica, line["person"]) if one["id"] != line.get("id")]
    check_beside(line, others, rules)
    if not line.get("worker"):
        return
    worker = rows.find(replica, WORKER, line["worker"])
    on = max(line["since"], moments.today(replica))
    if line.get("until") and line["until"] < on:
        return
    standing = rosters.standing_of(replica, worker)
    why = rosters.barred(standing, on, on, insured=bool(rules and rules.insured_only))
    if why:
        raise Refused(
            f"{worker['name']} stands in no roster: {rosters.sentence(why)}",
            hint="Choose another worker, or mend the record: linli worker record set WORKER "
            "FIELD VALUE",
        )
