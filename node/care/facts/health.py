"""What is known of a person's health: checks, stays in hospital, assessments.

A stay is a span with a first and a last day; one that has no last day goes on. The
functions below are pure, and what they are given may lie in any order.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import (
    FactKind,
    code,
    day,
    hidden,
    moment,
    money,
    note,
    number,
    ref,
    text,
)
from node.care.policy import BASELINE

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")
SCORE_MAX = 90
"""The total of an ability assessment (GB/T 42195-2022)."""


def check_span(values: Mapping[str, Any]) -> None:
    """A span ends on the day on which it began, or later."""
    since, until = values["since"], values["until"]
    if since and until and until < since:
        raise fields.refused(
            "until", until, f"lies before {since}, the first day", "Check both days."
        )


CHECK = FactKind(
    "health_check",
    "person",
    "check-up",
    "体检",
    meaning="one health check of a person",
    does="Records a health check of a person and prints the id.",
    about="Health checks of people, some in each year.",
    example="王桂兰 --done-on 2026-05-12 --hospital 县医院 --cost 300",
    fields=(
        _PERSON,
        day("done_on", "体检日期", "Such as 2026-05-12.", required=True),
        text("hospital", "体检机构", "Where."),
        text("result", "体检结果", "What was found, in a few words.", erasable=True),
        money("cost_fen", "费用(元)", "What it cost, in yuan."),
        note(),
    ),
)

STAY = FactKind(
    "hospital_stay",
    "person",
    "stay",
    "住院",
    meaning="one stay of a person in a hospital",
    does="Records a stay in hospital and prints the id.",
    about="Stays of people in hospital, during which no home visit is paid.",
    example="王桂兰 --since 2026-11-01 --hospital 县医院",
    fields=(
        _PERSON,
        day("since", "入院日期", "The first day.", required=True),
        day("until", "出院日期", "The last day; empty while it goes on."),
        text("hospital", "医院", "Which hospital.", required=True),
        text("attendant", "陪护人", "Who is with the person; empty while nobody is."),
        note(),
    ),
    judge=check_span,
)


def _check_assessors(values: Mapping[str, Any]) -> None:
    if values["assessor"] == values["second_assessor"]:
        raise fields.refused(
            "second_assessor",
            values["second_assessor"],
            "is the first assessor",
            "An assessment is made by two people.",
        )


ASSESSMENT = FactKind(
    "ability_assessment",
    "person",
    "assessment",
    "能力评估",
    meaning="one assessment of a person's ability (GB/T 42195-2022)",
    does="Records an assessment of ability and prints the id.",
    about="Assessments of ability, from which the level follows.",
    example="王桂兰 --done-on 2026-05-12 --score 58 --assessor 赵医生 --second-assessor 钱护士",
    fields=(
        _PERSON,
        day("done_on", "评估日期", "Such as 2026-05-12.", required=True),
        number("score", "总分", "From 0 to 90.", 0, SCORE_MAX, required=True),
        hidden(
            code("condition", _LISTS.assessment_conditions, "特殊情形", "昏迷, 认知症 or 精神障碍.")
        ),
        hidden(
            number(
                "risk_events",
                "风险事件次数",
                "Falls, getting lost and the like in 30 days.",
                0,
                1000,
            )
        ),
        text("assessor", "评估人", "Who assessed.", required=True),
        hidden(text("second_assessor", "第二评估人", "Who assessed with them.", required=True)),
        hidden(text("repeat_reason", "复评原因", "Needed within 30 days of the last one.")),
        note(),
    ),
    judge=_check_assessors,
)

READING = FactKind(
    "health_reading",
    "person",
    "reading",
    "居家测量",
    meaning="one reading that was taken at home",
    does="Records a reading that was taken at home and prints the id.",
    about="Readings taken at home; one outside its bounds is told until a later one is in order.",
    example='王桂兰 --kind 收缩压 --tenths 1320 --taken-at "2026-11-03 09:00"',
    fields=(
        _PERSON,
        code("kind", _LISTS.reading_kinds, "测量项目", "Such as 收缩压 or 血糖.", required=True),
        number("tenths", "数值(十分之一)", "In tenths: 132 mmHg are 1320, 7.1 mmol/L are 71.", 0,
               10_000, required=True),
        moment("taken_at", "测量时间", 'Such as "2026-11-03 09:00".', required=True),
        text("by", "测量人", "Who took it."),
    ),
)  # fmt: skip

FAMILY_CARE = FactKind(
    "family_care",
    "person",
    "family-care",
    "家庭照料",
    meaning="how a family cares for its elder, for whoever visits and never for money",
    does="Records how a family cares for a person and prints the id.",
    about="How families care for their elders: for whoever visits, and never for money.",
    example="王桂兰 --carer 儿子王建国 --how 早晚送饭，夜里同住 --since 2026-01-01",
    fields=(
        _PERSON,
        text("carer", "照料的家人", "Who of the family.", required=True),
        text("how", "照料方式", "How, in a few words.", required=True, erasable=True),
        day("since", "开始日期", "The first day.", required=True),
        day("until", "结束日期", "The last day; empty while it goes on."),
        note(),
    ),
    judge=check_span,
)

MEANS = FactKind(
    "payment_means",
    "person",
    "means",
    "支付能力",
    meaning="what somebody says they can pay; nothing ever asks for it",
    does="Records what a person can pay and prints the id; it is never needed.",
    about="What people can pay. It may be left out, and nothing waits for it.",
    example="王桂兰 --stated-on 2026-11-03 --monthly 100",
    fields=(
        _PERSON,
        day("stated_on", "登记日期", "Such as 2026-11-03.", required=True),
        money("monthly_fen", "每月可付(元)", "In yuan a month.", required=True),
        note(),
    ),
)

KINDS = (CHECK, STAY, ASSESSMENT, READING, FAMILY_CARE, MEANS)


# --- what the facts amount to --------------------------------------------------------------------


def part_of(day: str, per_year: int) -> int:
    """In which of the equal parts of its year a day lies, from 1; of two, the halves."""
    return (int(day[5:7]) - 1) * per_year // 12 + 1


def checks_due(
    checks: Iterable[Mapping[str, Any]], people: Iterable[str], today: str, per_year: int
) -> dict[str, list[int]]:
    """By person the parts of this year, up to today's, that have no health check yet (QX-18).

    Args:
        checks: Facts of `health_check`; two in one part count as one.
        people: Whose checks are due.
        today: ISO date.
        per_year: How many a year.
    """
    done: dict[str, set[int]] = {}
    for row in checks:
        if row["done_on"][:4] == today[:4]:
            done.setdefault(row["person"], set()).add(part_of(row["done_on"], per_year))
    parts = range(1, part_of(today, per_year) + 1)
    lacking = {
        person: [part for part in parts if part not in done.get(person, set())] for person in people
    }
    return {person: found for person, found in lacking.items() if found}


def out_of_bounds(
    readings: Iterable[Mapping[str, Any]],
    least: Mapping[str, int],
    most: Mapping[str, int],
) -> list[Mapping[str, Any]]:
    """By kind the last reading, where it lies outside its bounds, by id (HC-17)."""
    last: dict[str, Mapping[str, Any]] = {}
    for row in sorted(readings, key=lambda row: (row["taken_at"], str(row["id"]))):
        last[row["kind"]] = row
    found = [
        row
        for kind, row in last.items()
        if not least.get(kind, 0) <= row["tenths"] <= most.get(kind, row["tenths"])
    ]
    return sorted(found, key=lambda row: str(row["id"]))


def during(spans: Iterable[Mapping[str, Any]], day: str) -> list[Mapping[str, Any]]:
    """The spans in which a day lies, the first and the last day included, by id."""
    found = [
        row for row in spans if row["since"] <= day and (not row["until"] or day <= row["until"])
    ]
    return sorted(found, key=lambda row: str(row["id"]))


def level(assessment: Mapping[str, Any]) -> str:
    """The code of `ability_levels` that follows from an assessment.

    Thresholds 90, 66, 46 and 30; coma is level 4 at once; dementia, another mental disorder, or two
    or more risk events in 30 days make it one level more severe.
    """
    if assessment["condition"] == "HM":
        return "4"
    score = assessment["score"]
    found = sum(score < least for least in (SCORE_MAX, 66, 46, 30))
    worse = bool(assessment["condition"]) or (assessment["risk_events"] or 0) >= 2
    return str(min(found + worse, 4))


def level_on(
    assessments: Iterable[Mapping[str, Any]], person: str, day: str, months: int
) -> str | None:
    """The level of a person on a day by the last assessment before; None where it is too old.

    Args:
        assessments: Facts of `ability_assessment`; two of one day: the later recorded.
        person: Whose.
        day: ISO date.
        months: How long an assessment holds.
    """
    known = [row for row in assessments if row["person"] == person and row["done_on"] <= day]
    if not known:
        return None
    last = max(known, key=lambda row: (row["done_on"], str(row["id"])))
    return level(last) if day <= months_after(last["done_on"], months) else None


def months_after(day: str, months: int) -> str:
    """The day so many months later; the last of the month where it has no such day."""
    year, month, number = (int(part) for part in day.split("-"))
    whole = year * 12 + month - 1 + months
    for last in range(number, 27, -1):
        try:
            return datetime.date(whole // 12, whole % 12 + 1, last).isoformat()
        except ValueError:
            continue
    return datetime.date(whole // 12, whole % 12 + 1, number).isoformat()


def repeated(assessments: Iterable[Mapping[str, Any]], days: int = 30) -> list[Mapping[str, Any]]:
    """Assessments within so many days of the one before, without a stated reason, by id."""
    by_person: dict[str, list[Mapping[str, Any]]] = {}
    for row in assessments:
        by_person.setdefault(row["person"], []).append(row)
    found = []
    for rows in by_person.values():
        ordered = sorted(rows, key=lambda row: (row["done_on"], str(row["id"])))
        for before, after in itertools.pairwise(ordered):
            gap = datetime.date.fromisoformat(after["done_on"]) - datetime.date.fromisoformat(
                before["done_on"]
            )
            if gap.days < days and not after["repeat_reason"]:
                found.append(after)
    return sorted(found, key=lambda row: str(row["id"]))
