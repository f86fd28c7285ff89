"""Writing the acts of a benefit: proposing, applying, deciding, stopping, claiming back.

What would not count is refused before it is written, with the reason; what comes from elsewhere
and does not count is stored and listed. An amount is never typed where the county's numbers say
it, and an act that decides something keeps the version of the policy pack that it used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from node.care import fields, moments, rows
from node.care.benefits.entitlement import Denied, Due, entitlement
from node.care.benefits.facts import STOP_REASONS, Person, ended_on
from node.care.benefits.life import (
    APPLIED,
    APPROVED,
    CHANGE,
    CLOSED,
    HIT,
    RECOVERY,
    STOPPED,
    Act,
    unclaimed,
)
from node.care.benefits.months import month_of, moved
from node.care.benefits.sheet import Record, paid_by
from node.care.benefits.steps import Judged, Step, judge
from node.care.doubles.reading import same_person
from node.care.granting.closing import check_month, closed_of
from node.care.granting.gathering import COMPUTED, people_of, records_of, steps_of
from node.care.granting.tables import ACT, BENEFIT
from node.care.parameters import publishing
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

_LISTS = BASELINE.lists
_TEXTS = ("reason", "assisted_by", "document", "note")
_LATEST = 2**62
_BUILDS_ON_MAX = 200


class Told(NamedTuple):
    """What is typed with an act; what is empty is not stated."""

    month: str = ""
    until: str = ""
    fen: int = 0
    reason: str = ""
    assisted_by: str = ""
    document: str = ""
    note: str = ""


def find_benefit(replica: Replica, benefit_id: str) -> dict[str, Any]:
    """The row of a benefit.

    Raises:
        UsageError: This node holds no such benefit.
    """
    return rows.find(replica, BENEFIT, fields.row_id("benefit", benefit_id))


def person_known(replica: Replica, person_id: str) -> tuple[dict[str, Any], Person]:
    """The row of a person, and what decides about the benefits.

    Raises:
        UsageError: The person is not here.
    """
    row = rows.find(replica, PERSON, fields.row_id("person", person_id))
    return row, people_of(replica, row["division#"])[row["id"]]


def next_month(replica: Replica) -> str:
    """The month after today's, from which a decision of today holds (次月)."""
    return moved(month_of(moments.today(replica)), 1)


def propose(
    replica: Replica, person_id: str, code: str, month: str = "", *, user: str, note: str = ""
) -> str:
    """Confirms that somebody should have a benefit: the hint, with the reason that was computed.

    Returns:
        The id of the benefit.

    Raises:
        UsageError: The person is not here, or the month is none.
        Refused: By what is known here the benefit is not due, or it was proposed already.
    """
    kind = _LISTS.benefit_kinds.code("benefit", code)
    row, person = person_known(replica, person_id)
    told = ""
    if kind in COMPUTED:
        told = due(replica, person, kind, check_month(month or next_month(replica))).reason
    return _begin(replica, row, kind, HIT, Told(reason=told, note=note), user=user)


def apply(replica: Replica, person_id: str, code: str, told: Told, *, user: str) -> str:
    """Records the application of a person, who need not have been proposed.

    Returns:
        The id of the benefit.

    Raises:
        UsageError: The person is not here.
        Refused: An application runs already.
    """
    kind = _LISTS.benefit_kinds.code("benefit", code)
    row = rows.find(replica, PERSON, fields.row_id("person", person_id))
    return _begin(replica, row, kind, APPLIED, told, user=user)


def _begin(
    replica: Replica, person: Mapping[str, Any], code: str, kind: str, told: Told, *, user: str
) -> str:
    """Writes the first act of a round, on the benefit of that code or on a new one."""
    with replica.store.transaction():
        here = replica.rows(BENEFIT.name, person["division#"], {"person": person["id"]})
        known = sorted(
            str(row["id"]) for row in here
            if row["code"] == code and not _is_closed(replica, row)
        )  # fmt: skip
        if known:
            benefit = known[0]
        else:
            insert = Insert(BENEFIT.name, {"person": person["id"], "code": code})
            benefit = replica.write(person["division#"], [insert], user=user).ids[0]
        if kind == HIT and known:
            _check_open(replica, find_benefit(replica, benefit))
        add(replica, benefit, kind, told, user=user)
    return benefit


def _is_closed(replica: Replica, benefit: Mapping[str, Any]) -> bool:
    acts = judge(steps_of(replica, benefit)).life.acts
    return any(act.kind == CLOSED for act in acts)


def _check_open(replica: Replica, benefit: Mapping[str, Any]) -> None:
    last = judge(steps_of(replica, benefit)).life.status(next_month(replica))
    if last in (HIT, "told", APPLIED, "verified", "reviewed"):
        title = _LISTS.benefit_steps.title(last)
        raise Refused(
            f"The benefit {benefit['id']} is proposed already; it stands at: {title}.",
            hint=f"See it with: linli benefit show {benefit['id']}",
        )


def due(replica: Replica, person: Person, code: str, month: str) -> Due:
    """What the county's numbers say of one benefit of a person in a month.

    Raises:
        UsageError: No policy pack is known.
        Refused: It is not due, or another one excludes it.
    """
    parameters = publishing.needed(replica)
    told = entitlement(person, month, parameters).of(code)
    if isinstance(told, Due):
        return told
    why = told.reason if isinstance(told, Denied) else "The county does not run it."
    raise Refused(
        f"The benefit {_LISTS.benefit_kinds.title(code)} is not due in {month}. {why}",
        hint="What is known of the person is shown by: linli benefit explain PERSON",
    )


# --- the acts ------------------------------------------------------------------------------------


def add(replica: Replica, benefit_id: str, kind: str, told: Told, *, user: str) -> str:
    """Writes one act on top of what is here, unless it would not count.

    Args:
        replica: This node.
        benefit_id: The benefit.
        kind: A code of `benefit_steps`.
        told: What is typed with it.
        user: Who does it.

    Returns:
        The act's id.

    Raises:
        UsageError: The benefit is not here, or something does not fit.
        Refused: The act is another tier's, comes too early, or decides what is not due.
    """
    benefit = find_benefit(replica, benefit_id)
    told = _completed(replica, benefit, kind, told)
    who = user or replica.core.config.user
    steps = steps_of(replica, benefit)
    before = judge(steps)
    builds_on = tuple(before.heads[-_BUILDS_ON_MAX:])
    _check_counts(replica, benefit, steps, before, kind, told, who, builds_on)
    pack = publishing.in_force(replica)
    values = {
        "benefit": benefit["id"],
        "kind": kind,
        "month": told.month or None,
        "until": told.until or None,
        "fen": told.fen or None,
        **{name: fields.note(name, getattr(told, name)) or None for name in _TEXTS},
        "policy": pack.version if pack else None,
        "done_by": who,
        "builds_on": " ".join(builds_on) or None,
    }
    return replica.write(benefit["division#"], [Insert(ACT.name, values)], user=user).ids[0]


def _completed(replica: Replica, benefit: Mapping[str, Any], kind: str, told: Told) -> Told:
    """What an act states, with the month, the amount and the reason that follow by rule."""
    if kind in (APPROVED, CHANGE):
        month = check_month(told.month or next_month(replica))
        if benefit["code"] not in COMPUTED:
            return told._replace(month=month)
        if told.fen:
            raise UsageError(
                "The amount of this benefit follows from the county's numbers.",
                hint="Leave --amount out; another amount is another policy: linli policy show",
            )
        _, person = person_known(replica, benefit["person"])
        fen = due(replica, person, benefit["code"], month).fen
        if kind == APPROVED:
            _check_alone(replica, benefit, person, month)
        return told._replace(month=month, fen=fen)
    if kind == STOPPED:
        return _stop_told(replica, benefit, told)
    return told


def _check_alone(replica: Replica, benefit: Mapping[str, Any], person: Person, month: str) -> None:
    """Refuses to pay one benefit twice, or beside another that it excludes (ZS-09).

    Whoever moved, was merged or bears the same ID number is one person: what another record still
    draws counts as well.
    """
    should = entitlement(person, month, publishing.needed(replica))
    barred = {one.code for one in should.excluded} | {benefit["code"]}
    records = set(same_person(replica, person.id))
    for other in _drawn(replica, records, benefit["division#"]):
        if other.id != benefit["id"] and other.code in barred and other.life.due_fen(month):
            title = _LISTS.benefit_kinds.title(other.code)
            raise Refused(
                f"The {title} is paid in {month} by the benefit {other.id}, and only one may be.",
                hint=f"Stop that one first: linli benefit stop {other.id} --month {month}",
            )


def _drawn(replica: Replica, records: set[str], division: str) -> Iterator[Record]:
    """The benefits of all records of a person that are here."""
    here = replica.rows(PERSON.name, where={"id": sorted(records)})
    for place in sorted({division, *(row["division#"] for row in here)}):
        yield from (one for one in records_of(replica, place) if one.person in records)


def _stop_told(replica: Replica, benefit: Mapping[str, Any], told: Told) -> Told:
    """A stop: whose record is closed loses it from the month after, for that reason."""
    _, person = person_known(replica, benefit["person"])
    ending, on = ended_on(person, moments.today(replica))
    reason = told.reason or STOP_REASONS.get(ending, "")
    if not reason:
        raise UsageError(
            "A stop needs a reason, and no closing of the person gives one.",
            hint="Give --reason, such as 自愿放弃.",
        )
    month = told.month or (moved(month_of(on), 1) if ending else next_month(replica))
    code = _LISTS.benefit_stop_reasons.code("reason", reason)
    return told._replace(month=check_month(month), reason=code)


def _check_counts(
    replica: Replica, benefit: Mapping[str, Any], steps: list[Step], before: Judged, kind: str,
    told: Told, who: str, builds_on: tuple[str, ...],
) -> None:  # fmt: skip
    act = Act(_LATEST, "", kind, replica.tier, told.month, told.until, told.fen, told.reason)
    step = Step(act, replica.author, who, builds_on)
    for listed in judge([*steps, step]).listed:
        if not listed.id:
            status = before.life.status(month_of(moments.today(replica)))
            shown = _LISTS.benefit_steps.title(status) or "-"
            raise Refused(
                f"{listed.reason} The benefit {benefit['id']} stands at: {shown}.",
                hint=f"See its steps with: linli benefit show {benefit['id']}",
            )


def stop(replica: Replica, benefit_id: str, told: Told, *, user: str) -> tuple[str, list[str]]:
    """Stops a benefit and claims back at once what closed sheets paid for later months (ZS-08).

    Returns:
        The id of the stop, and those of the recoveries.
    """
    with replica.store.transaction():
        stopped = add(replica, benefit_id, STOPPED, told, user=user)
        return stopped, recover(replica, benefit_id, user=user)


def recover(replica: Replica, benefit_id: str, *, user: str) -> list[str]:
    """Claims back what closed sheets paid too much and no recovery claims yet.

    Returns:
        The ids of the recoveries, one for months in a row; none where nothing is open.
    """
    benefit = find_benefit(replica, benefit_id)
    paid = paid_by(benefit["id"], closed_of(replica, benefit["division#"]))
    life = judge(steps_of(replica, benefit)).life
    return [
        add(
            replica, benefit["id"], RECOVERY,
            Told(month=one.first, until=one.last, fen=one.total_fen, reason=one.reason), user=user,
        )
        for one in unclaimed(life, paid)
    ]  # fmt: skip
