"""What is counted and stated of places: population, claimed figures, reach, money put in.

All of it is public and stands in the registry lane of the division that it is about. A figure that
is stated is never taken for one that follows from the records: both are kept, and compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import (
    FactKind,
    Field,
    code,
    day,
    hidden,
    money,
    note,
    number,
    ref,
    text,
)
from node.care.policy import BASELINE
from node.schema import Channel

_LISTS = BASELINE.lists
_PEOPLE_MAX = 100_000_000
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")


def _people(name: str, title: str, help: str) -> Field:
    return number(name, title, help, 0, _PEOPLE_MAX)


_PARTS = (
    ("residents_60", "residents"),
    ("residents_65", "residents_60"),
    ("residents_65", "residents"),
    ("registered_60", "registered"),
    ("registered_65", "registered_60"),
    ("registered_65", "registered"),
    ("households", "residents"),
)


def _check_population(values: Mapping[str, Any]) -> None:
    """A part is no more than its whole; residents and those registered are never mixed."""
    if values["residents"] is None and values["registered"] is None:
        raise fields.refused(
            "residents", "", "is empty, and registered as well", "Give at least one of them."
        )
    for part, whole in _PARTS:
        if None not in (values[part], values[whole]) and values[part] > values[whole]:
            raise fields.refused(
                part, values[part], f"is more than {whole}, {values[whole]}", "Check both."
            )


POPULATION = FactKind(
    "population",
    "division",
    "population",
    "人口",
    meaning="how many people a division has on a day",
    does="Records how many people a division has on a day and prints the id.",
    about="Population of divisions: residents and those registered, apart.",
    example="2025-12-31 --residents 1820 --registered 2405 --source 统计公报 --at 南大街村",
    fields=(
        day("counted_on", "统计日期", "Such as 2025-12-31.", required=True),
        _people("residents", "常住人口", "Who lives there."),
        _people("registered", "户籍人口", "Who is registered there."),
        _people("households", "户数", "How many households."),
        hidden(_people("residents_60", "常住60岁以上", "Residents of 60 and more.")),
        hidden(_people("residents_65", "常住65岁以上", "Residents of 65 and more.")),
        hidden(_people("registered_60", "户籍60岁以上", "Registered people of 60 and more.")),
        hidden(_people("registered_65", "户籍65岁以上", "Registered people of 65 and more.")),
        text("source", "来源", "Where the figures come from.", required=True),
    ),
    channel=Channel.REGISTRY,
    writer="county",
    judge=_check_population,
)


def _decimal(field: str, value: Any) -> str:
    """A number as text, so that no share is ever a float: `52`, `6.83`."""
    typed = unicodedata.normalize("NFKC", str(value)).strip()
    if not _DECIMAL.fullmatch(typed):
        raise fields.refused(field, value, "is not a number", "Write it such as 52 or 6.83.")
    return typed


CLAIM = FactKind(
    "stated_figure",
    "division",
    "claim",
    "申报数据",
    meaning="a figure of a division that somebody states",
    does="Records a figure that somebody states of a division and prints the id.",
    about="Figures that somebody states, to be compared with what the records give.",
    example="每52户一人 --figure 每名残疾人对应户数 --value 52 --stated-on 2026-05-01 "
    "--source 简报",
    fields=(
        text("statement", "表述", "In the words of whoever states it.", required=True),
        code("figure", _LISTS.claim_figures, "指标", "Which figure.", required=True),
        Field("value", "数值", "Such as 52 or 6.83; a share in percent.", _decimal, required=True),
        day("stated_on", "日期", "Of which day it is stated.", required=True),
        text("source", "来源", "Where it stands.", required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
)

RULING = FactKind(
    "figure_ruling",
    "division",
    "ruling",
    "数据裁定",
    meaning="which of two figures a person lets count",
    does="Records what a person decided about a stated figure and prints the id.",
    about="What was decided about figures that differ from the records.",
    example="7Q2M9K --decision 采用推算数 --decided-on 2026-05-03 --reason-text 原文有误",
    fields=(
        ref("claim", "stated_figure", "申报编号", "Id, or part of an id."),
        code("decision", _LISTS.claim_decisions, "裁定", "Such as 采用推算数.", required=True),
        day("decided_on", "日期", "Such as 2026-05-03.", required=True),
        text("reason_text", "理由", "Why, in a few words.", required=True),
    ),
    channel=Channel.REGISTRY,
    writer="county",
)

REACH = FactKind(
    "reach_mark",
    "facility",
    "reach",
    "可达标记",
    meaning="how far a village is from a canteen or a meal point, as the township says",
    does="Records how far a village is from a facility and prints the id.",
    about="How many minutes villages are from canteens and meal points.",
    example="南大街幸福食堂 --minutes 12 --marked-on 2026-11-03 --at 南大街村",
    fields=(
        ref("facility", "facility", "设施", "Id, part of an id, or name."),
        number("minutes", "分钟", "How long it takes to get there.", 0, 600, required=True),
        day("marked_on", "标记日期", "Such as 2026-11-03.", required=True),
    ),
    channel=Channel.REGISTRY,
    writer="township",
)

INVESTMENT = FactKind(
    "investment",
    "facility",
    "investment",
    "建设投资",
    meaning="money that was put into a facility",
    does="Records money that was put into a facility and prints the id.",
    about="What facilities have cost, and who paid.",
    example="南大街幸福食堂 --invested-on 2026-05-01 --amount 47000 --level 县级",
    fields=(
        ref("facility", "facility", "设施", "Id, part of an id, or name."),
        day("invested_on", "日期", "Such as 2026-05-01.", required=True),
        money("amount_fen", "金额(元)", "How much, in yuan.", required=True),
        code("level", _LISTS.funding_levels, "出资层级", "Such as 县级.", required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
)

KINDS = (POPULATION, CLAIM, RULING, REACH, INVESTMENT)
