"""Emergencies, transfers, and trainings: what happened when, and who was told.

A chain of moments must be in order; a clock that was wrong is corrected like anything else.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import (
    FactKind,
    code,
    day,
    moment,
    note,
    number,
    ref,
    text,
)
from node.care.policy import BASELINE
from node.clock import local

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")


def ordered(*names: str) -> Any:
    """A check that moments, as far as they are given, lie in this order."""

    def check(values: Mapping[str, Any]) -> None:
        known = [(name, values[name]) for name in names if values[name] is not None]
        for (_, before), (after_name, after) in itertools.pairwise(known):
            if after < before:
                raise fields.refused(
                    after_name,
                    local(after),
                    f"lies before {local(before)}, the moment before it",
                    "Check both times.",
                )

    return check


EMERGENCY = FactKind(
    "emergency",
    "person",
    "emergency",
    "紧急求助",
    meaning="one call for help for a person",
    does="Records a call for help and prints the id.",
    about="Calls for help, from the call to the answer.",
    example='王桂兰 --called-at "2026-11-03 02:10" --caller 村干部 --place 村口',
    fields=(
        _PERSON,
        moment("called_at", "求助时间", 'Such as "2026-11-03 02:10".', required=True),
        text("caller", "求助人", "Who called.", required=True),
        code("relation", _LISTS.contact_relations, "与对象关系", "Such as 村干部; empty: 本人."),
        text("place", "地点", "Where it was."),
        moment("answered_at", "到场时间", "When somebody was there."),
        text("outcome", "处理结果", "What came of it.", erasable=True),
        note(),
    ),
    judge=ordered("called_at", "answered_at"),
)

TRANSFER = FactKind(
    "transfer",
    "person",
    "transfer",
    "医疗转运",
    meaning="one transport of a person to or from a hospital",
    does="Records a transport to or from a hospital and prints the id.",
    about="Transports of people to and from hospitals.",
    example='王桂兰 --departed-at "2026-11-03 02:30" --left-from 家中 --taken-to 县医院',
    fields=(
        _PERSON,
        moment("departed_at", "出发时间", 'Such as "2026-11-03 02:30".', required=True),
        moment("arrived_at", "到达时间", "When they arrived."),
        text("left_from", "出发地", "From where.", required=True),
        text("taken_to", "目的地", "To where.", required=True),
        text("vehicle", "车辆", "By what."),
        text("diagnosis", "诊断", "What was found; it can be erased.", erasable=True),
        note(),
    ),
    judge=ordered("departed_at", "arrived_at"),
)

TRAINING = FactKind(
    "training",
    "worker",
    "training",
    "培训",
    meaning="one training of those who care",
    does="Records a training that this place has held and prints the id.",
    about="Trainings of those who care, some in each year.",
    example="照护技能培训 --held-on 2026-06-12 --attendees 38",
    fields=(
        text("topic", "培训主题", "What it was about.", required=True),
        day("held_on", "日期", "Such as 2026-06-12.", required=True),
        number("attendees", "参加人数", "How many came.", 1, 100_000, required=True),
        code("audience", _LISTS.training_audiences, "对象", "联络员, 照护员, 残疾人 or 志愿者."),
        note(),
    ),
)

KINDS = (EMERGENCY, TRANSFER, TRAINING)


# --- what the facts amount to --------------------------------------------------------------------


def shortfall(
    trainings: Iterable[Mapping[str, Any]], owed: Mapping[str, int], year: str
) -> dict[str, int]:
    """By division how many trainings of a year it still owes, where it does (QZ-18).

    Args:
        trainings: Facts of `training`; each counts where it stands.
        owed: By division how many it owes in a year.
        year: Such as 2026.
    """
    held: dict[str, int] = {}
    for row in trainings:
        if row["held_on"][:4] == year:
            held[row["division#"]] = held.get(row["division#"], 0) + 1
    lacking = {division: least - held.get(division, 0) for division, least in owed.items()}
    return {division: number for division, number in lacking.items() if number > 0}


def answered_in(emergencies: Iterable[Mapping[str, Any]]) -> dict[str, int | None]:
    """By id after how many minutes, rounded up, somebody was there; None where nobody came."""
    return {
        str(row["id"]): None
        if row["answered_at"] is None
        else -(-(row["answered_at"] - row["called_at"]) // 60_000)
        for row in emergencies
    }
