"""Cases: the home modifications (改造) of households, and what is done to them.

A case is a row that states the person, and a growing set of stage events. Which events count is
told in `stages`, and the status that follows is a derived column, the same on every node that
holds the same events. All events of a case stand in the partition of the case, so that no node
holds a case without what its status comes from.

A stage event names the events that this node held when it was written. What would not be valid is
refused here before it is written, with the reason; what comes from elsewhere and is not valid is
stored, counts for nothing, and is listed. Stage events are never amended: a wrong one is followed
by a stop, a rejection or a reopening.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care import alone, fields, rows, stages
from node.care.policy import BASELINE
from node.care.stages import Event, Judged, compute_status, event_of, judge
from node.care.status import status_text
from node.errors import Refused, UsageError
from node.replica import Insert, Replica
from node.schema import Channel, Column, Derivation, Kind, Table

CASE = Table(
    name="modification_case",
    channel=Channel.CARE,
    meaning="one home modification of a household",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("household_address", Kind.REGISTER, meaning="the home", erasable=True),
        Column("items", Kind.SET, meaning="numbers of the catalogue"),
        Column("note", Kind.REGISTER, meaning="free text", erasable=True),
        Column("status", Kind.DERIVED, meaning="round:stage:stops, such as 0:5:withdrawn"),
        Column("household", Kind.REGISTER, meaning="id of the household"),
        Column("budget_fen", Kind.REGISTER, type=int, meaning="agreed cost in fen"),
        Column("contractor", Kind.REGISTER, meaning="who builds"),
        Column("planned_on", Kind.REGISTER, meaning="ISO date on which building begins"),
        Column("contact_phone", Kind.REGISTER, meaning="whom the builders call", erasable=True),
        Column("cost_fen", Kind.REGISTER, type=int, meaning="what it cost in the end, fen"),
        Column("hamlet", Kind.REGISTER, meaning="the 自然村, below the village's code"),
    ),
    derivations=(Derivation("status", "stage_event", "modification_case", compute_status),),
    local=True,
)

STAGE_EVENT = Table(
    name="stage_event",
    channel=Channel.CARE,
    meaning="one step of a case",
    columns=(
        Column("modification_case", Kind.FACT, required=True, meaning="id of the case"),
        Column("kind", Kind.FACT, required=True, meaning="stage, stop, reject or reopen"),
        Column("stage", Kind.FACT, type=int, meaning="for a stage, its number from 1"),
        Column("stop", Kind.FACT, meaning="for a stop, its code"),
        Column("round", Kind.FACT, type=int, required=True, meaning="0, then what was reopened"),
        Column("builds_on", Kind.FACT, meaning="ids of stage events, sorted, blank between"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
        Column("amount_fen", Kind.FACT, type=int, meaning="of the settlement, what it cost, fen"),
    ),
    indexes=(("modification_case",),),
    local=True,
)

TABLES = (CASE, STAGE_EVENT)

BUILDS_ON_MAX = 200
"""How many events a new one names at most, so that a flood of forged ones makes it no larger."""

_RULES = BASELINE.case
_STAGE_COUNT = len(_RULES.stages)
_check_note = fields.note
_check_stage = fields.whole_number(1, _STAGE_COUNT)
_CHECKS: Mapping[str, fields.Check] = {
    "person": fields.row_id,
    "household_address": fields.text(fields.ADDRESS_CHARACTERS_MAX),
    "note": _check_note,
    "household": fields.row_id,
    "budget_fen": fields.whole_number(0, fields.COUNT_MAX, "fen"),
    "contractor": fields.text(fields.NAME_CHARACTERS_MAX),
    "planned_on": fields.date,
    "contact_phone": fields.phone,
    "cost_fen": fields.whole_number(0, fields.COUNT_MAX, "fen"),
    "hamlet": fields.text(fields.NAME_CHARACTERS_MAX),
}
_CHANGE_CHECKS = {name: check for name, check in _CHECKS.items() if name != "person"}


def check_case(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a new case.

    Raises:
        UsageError: A field is unknown, missing, or does not fit.
    """
    return fields.check("case", _CHECKS, values, ("person",))


def check_case_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Checks changes of a case; its person never changes.

    Raises:
        UsageError: A field is unknown or does not fit.
    """
    return fields.check_changes("case", _CHANGE_CHECKS, changes)


def check_items(items: Sequence[Any]) -> list[str]:
    """The numbers of catalogue items, each once, in the form in which the set holds them.

    Raises:
        UsageError: One is not in the catalogue.
    """
    return list(dict.fromkeys(BASELINE.item("items", item) for item in items))


def check_stop(stop: str) -> str:
    """The code of a stop typed as a code or a Chinese name.

    Raises:
        UsageError: There is no such stop.
    """
    typed = stop.strip().casefold()
    for kind in _RULES.stops.values():
        if typed in (kind.code, kind.name):
            return kind.code
    known = ", ".join(f"{kind.code} {kind.name}" for kind in _RULES.stops.values())
    raise UsageError(f"{stop[:60]!r} does not stop a case.", hint=f"What does: {known}.")


def find_case(replica: Replica, case_id: str) -> dict[str, Any]:
    """The row of a case.

    Raises:
        UsageError: This node holds no such case.
    """
    return rows.find(replica, CASE, fields.row_id("case", case_id))


def events_of(replica: Replica, case: Mapping[str, Any]) -> list[Event]:
    """The stage events of a case that are here."""
    found = replica.rows(
        STAGE_EVENT.name, within=case["division#"], where={"modification_case": case["id"]}
    )
    view = replica.view
    events = []
    for row in found:
        if row["division#"] == case["division#"]:
            standing = view.standing(row["author#"])
            events.append(event_of({**row, "tier": standing.tier if standing else ""}))
    return events


def judge_case(replica: Replica, case_id: str) -> Judged:
    """The status of a case with its valid events and the listed ones with their reasons.

    Raises:
        UsageError: This node holds no such case.
    """
    return judge(events_of(replica, find_case(replica, case_id)))


def open_case(
    replica: Replica,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    items: Sequence[Any] = (),
    reason: str | None = None,
) -> str:
    """Opens a case in the village of the household; it has entered no stage yet.

    Args:
        replica: This node.
        division: The id of the village.
        values: The fields as typed.
        user: Who does it.
        items: Numbers of the catalogue.
        reason: Why, where it matters.

    Returns:
        The case's id, with which `advance_case` enters stage 1.

    Raises:
        UsageError: A field does not fit.
        Refused: The person has died.
    """
    checked = check_case(values)
    alone.check_living(replica, checked["person"])
    insert = Insert(CASE.name, checked, {"items": check_items(items)})
    return replica.write(division, [insert], user=user, reason=reason).ids[0]


def set_case(
    replica: Replica,
    case_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    add_items: Sequence[Any] = (),
    remove_items: Sequence[Any] = (),
    reason: str | None = None,
) -> None:
    """Changes fields and items of a case.

    Raises:
        UsageError: The case is not here, or a field does not fit.
        Refused: The county has settled the case, and this node does not change what it cost.
    """
    if "cost_fen" in changes:
        alone.check_unsettled(replica, find_case(replica, case_id))
    rows.change(
        replica,
        CASE,
        fields.row_id("case", case_id),
        check_case_changes(changes) if changes else {},
        user=user,
        reason=reason,
        add={"items": check_items(add_items)},
        remove={"items": check_items(remove_items)},
    )


def advance_case(
    replica: Replica, case_id: str, stage: int, *, user: str, note: str | None = None,
    again: bool = False,
) -> str:  # fmt: skip
    """Enters a stage of a case.

    Args:
        replica: This node.
        case_id: The case.
        stage: Its number.
        user: Who does it.
        note: What is noted with it.
        again: Whether another case of the person may have been granted; then `note` says why.

    Returns:
        The id of the stage event.

    Raises:
        UsageError: The case is not here, or there is no such stage.
        Refused: The stage is another tier's, comes too early, was entered already, the case has
            ended, another case of the same person or household was granted, or it is to be settled
            without items or what it cost.
    """
    number = _check_stage("stage", stage)
    if number in alone.GRANTING and not (again and not fields.blank(note)):
        alone.check_alone(replica, find_case(replica, case_id), CASE)
    return _add_event(replica, case_id, stages.STAGE, user=user, stage=number, note=note)


def stop_case(
    replica: Replica, case_id: str, stop: str, *, user: str, note: str | None = None
) -> str:
    """Stops a case; any tier may. A case that was settled stays settled, with the stop beside it.

    Returns:
        The id of the stage event.

    Raises:
        UsageError: The case is not here, or there is no such stop.
        Refused: The case has ended already.
    """
    return _add_event(replica, case_id, stages.STOP, user=user, stop=check_stop(stop), note=note)


def reject_case(replica: Replica, case_id: str, *, user: str, note: str | None = None) -> str:
    """Ends a case by the county's refusal.

    Returns:
        The id of the stage event.

    Raises:
        UsageError: The case is not here.
        Refused: This node is not the county's, or the case has ended already.
    """
    return _add_event(replica, case_id, stages.REJECT, user=user, note=note)


def reopen_case(replica: Replica, case_id: str, *, user: str, note: str | None = None) -> str:
    """Starts the next round of a case that has ended; it begins again with stage 1.

    Returns:
        The id of the stage event.

    Raises:
        UsageError: The case is not here.
        Refused: This node is not the county's, or the case has not ended.
    """
    return _add_event(replica, case_id, stages.REOPEN, user=user, note=note)


def _add_event(
    replica: Replica,
    case_id: str,
    kind: str,
    *,
    user: str,
    stage: int | None = None,
    stop: str | None = None,
    note: str | None = None,
) -> str:
    """Writes one stage event on top of what is here, unless it would not be valid."""
    case = find_case(replica, case_id)
    event = next_event(
        events_of(replica, case),
        kind,
        tier=replica.tier,
        stage=stage,
        stop=stop,
        case_id=case["id"],
    )
    values = {
        "modification_case": case["id"],
        "kind": kind,
        "stage": stage,
        "stop": stop,
        "round": event.round,
        "builds_on": " ".join(event.builds_on),
        "note": None if fields.blank(note) else _check_note("note", note),
    }
    if stage == _RULES.settled_stage:
        values["amount_fen"] = alone.to_settle(case)
    written = replica.write(case["division#"], [Insert(STAGE_EVENT.name, values)], user=user)
    return written.ids[0]


def next_event(
    events: Sequence[Event],
    kind: str,
    *,
    tier: str,
    case_id: str,
    stage: int | None = None,
    stop: str | None = None,
) -> Event:
    """The event that follows what is here, not written yet and without an id.

    Args:
        events: The stage events of the case that are here.
        kind: What kind of event.
        tier: The tier of the node that would write it.
        case_id: The case, for messages.
        stage: For a stage, its number.
        stop: For a stop, its code.

    Raises:
        Refused: It would not be valid, or would say what was said already.
    """
    judged = judge(events)
    event = Event(
        id="",
        kind=kind,
        round=judged.round + (kind == stages.REOPEN),
        tier=tier,
        stage=stage,
        stop=stop,
        builds_on=_builds_on(events, judged),
    )
    shown = status_text(judged.status)
    if stage is not None and not judged.stops and stage <= judged.progress:
        raise Refused(
            f"The case {case_id} has entered stage {stage} already; it stands at: {shown}.",
            hint="Nothing was written.",
        )
    for listed in judge([*events, event]).listed:
        if listed.id == event.id:
            raise Refused(
                f"{listed.reason} The case {case_id} stands at: {shown}.",
                hint=_next_step(judged),
            )
    return event


def _builds_on(events: Sequence[Event], judged: Judged) -> tuple[str, ...]:
    """What a new event names: the heads, the furthest first where there are too many."""
    by_id = {event.id: event for event in events}

    def reached(name: str) -> tuple[int, int, str]:
        return (by_id[name].round, by_id[name].stage or _STAGE_COUNT + 1, name)

    furthest = sorted(judged.heads, key=reached, reverse=True)
    return tuple(sorted(furthest[:BUILDS_ON_MAX]))


def _next_step(judged: Judged) -> str:
    """Who can do what next."""
    if judged.stops:
        return f"Only the {' or '.join(sorted(_RULES.reopen_tiers))} can reopen it."
    if judged.progress == _STAGE_COUNT:
        return "It is complete."
    stage = _RULES.stages[judged.progress]
    return f"Next is stage {stage.number} {stage.name}, by the {stage.tier}."
