"""What entitlement asks of a person beside age and ability, each fact with its day.

Where the household is registered, in which mode a 特困 person is supported, the grade of care, the
certificate of a disability, the group of income, and a cremation that was reported. Each holds from
its day on until the next of its kind, so nobody types an end and no two modes can hold at once. Two
that begin on one day contradict each other: both are shown, and one of them is to be voided.

Mode and grade are the county's to say, since money follows from them. The functions below are pure,
and what they are given may lie in any order.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from node.care.facts.declaring import FactKind, code, day, hidden, note, ref, text
from node.care.facts.health import check_span
from node.care.policy import BASELINE

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")
_SINCE = day("since", "起始日期", "The first day, such as 2026-11-01.", required=True)
_DOCUMENT = text("document", "文件", "The decision behind it.", required=True)
_MODES, _INCOMES = "分散供养, 集中供养 or 退出特困.", "低保, 低保边缘 or 其他."
LAST_DAY = "9999-12-31"

REGISTRATION = FactKind(
    "household_registration",
    "person",
    "registration",
    "户籍",
    meaning="where the household of a person is registered from a day on",
    does="Records where the household is registered and prints the id.",
    about="Where people's households are registered, from which day on.",
    example="王桂兰 --since 2026-05-12 --place 本县",
    fields=(
        _PERSON,
        _SINCE,
        code("place", _LISTS.registration_places, "户籍地", "本县 or 外县.", required=True),
        text("where", "具体地址", "Which county or village."),
        note(),
    ),
)


SUPPORT = FactKind(
    "support_mode",
    "person",
    "support",
    "特困供养方式",
    meaning="in which mode a 特困 person is supported from a day on",
    does="Records the mode in which a 特困 person is supported and prints the id.",
    about="特困 people: supported at home or in an institution, from which day on.",
    example="王桂兰 --since 2026-05-12 --mode 分散供养 --document 民字12号",
    fields=(
        _PERSON,
        _SINCE,
        code("mode", _LISTS.support_modes, "供养方式", _MODES, required=True),
        _DOCUMENT,
        note(),
    ),
    writer="county",
)

GRADE = FactKind(
    "care_grading",
    "person",
    "care-grade",
    "自理能力评定",
    meaning="the care grade of a 特困 person from a day on",
    does="Records the care grade of a 特困 person and prints the id.",
    about="Care grades of 特困 people, from which day on.",
    example="王桂兰 --since 2026-05-12 --grade 半护理 --document 民字13号",
    fields=(
        _PERSON,
        _SINCE,
        code("grade", _LISTS.care_grades, "护理等级", "全自理, 半护理 or 全护理.", required=True),
        _DOCUMENT,
        note(),
    ),
    writer="county",
)

CERTIFICATE = FactKind(
    "disability_holding",
    "person",
    "certificate",
    "残疾人证",
    meaning="the kind and grade of a disability certificate and the days on which it holds",
    does="Records the certificate of a disability and prints the id.",
    about="Certificates of disability and the days on which they hold.",
    example="王桂兰 --since 2026-05-12 --kind 肢体 --grade 二级",
    fields=(
        _PERSON,
        _SINCE,
        day("until", "有效期至", "The last day; empty where it has none."),
        code("kind", _LISTS.disability_kinds, "残疾类别", "Such as 肢体.", required=True),
        code("grade", _LISTS.disability_grades, "残疾等级", "Such as 二级.", required=True),
        note(),
    ),
    judge=check_span,
)

INCOME = FactKind(
    "income_group",
    "person",
    "income",
    "收入类别",
    meaning="the group of income of a person from a day on",
    does="Records the group of income of a person and prints the id.",
    about="Groups of income, such as 低保, from which day on.",
    example="王桂兰 --since 2026-05-12 --belongs-to 低保 --document 低保字8号",
    fields=(
        _PERSON,
        _SINCE,
        code("belongs_to", _LISTS.income_groups, "收入类别", _INCOMES, required=True),
        text("document", "文件", "The decision behind it."),
        note(),
    ),
)

CREMATION = FactKind(
    "cremation",
    "person",
    "cremation",
    "火化信息",
    meaning="a cremation that was reported of a person",
    does="Records a cremation that was reported and prints the id.",
    about="Cremations that were reported: no benefit is due after the month of one.",
    example="王桂兰 --cremated-on 2026-05-12 --source 殡仪馆月报",
    fields=(
        _PERSON,
        day("cremated_on", "火化日期", "Such as 2026-05-12.", required=True),
        hidden(text("source", "来源", "Who reported it.", required=True)),
        note(),
    ),
)

KINDS = (REGISTRATION, SUPPORT, GRADE, CERTIFICATE, INCOME, CREMATION)


# --- what the facts amount to --------------------------------------------------------------------


class Period(NamedTuple):
    """A code and the days on which it holds, ISO dates, both included."""

    code: str
    since: str
    until: str


def periods(facts: Iterable[Mapping[str, Any]], column: str) -> list[Period]:
    """The days on which each code of one person's facts holds: from its own to the next.

    Facts that begin on one day and say the same are one; those that differ hold together, which
    is a contradiction that somebody has to mend.

    Args:
        facts: Facts of one kind and one person.
        column: The column that holds the code.
    """
    by_day: dict[str, set[str]] = {}
    for row in facts:
        by_day.setdefault(row["since"], set()).add(row[column])
    found: list[Period] = []
    days = sorted(by_day)
    for place, since in enumerate(days):
        until = day_before(days[place + 1]) if place + 1 < len(days) else LAST_DAY
        found += [Period(one, since, until) for one in sorted(by_day[since])]
    return found


def day_before(day: str) -> str:
    """The day before a day, ISO dates."""
    return (datetime.date.fromisoformat(day) - datetime.timedelta(days=1)).isoformat()
