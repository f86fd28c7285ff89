"""Associations of the disabled and other groups: what they did, and what they got for it.

They are public and travel in the registry lane; only which household was helped stays in the care
lane of the place. What the facts amount to is told in `node.care.associations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import amendments, fields
from node.care.facts.declaring import (
    FactKind,
    code,
    day,
    hidden,
    money,
    note,
    number,
    ref,
    several,
    text,
)  # fmt: skip
from node.care.facts.health import check_span
from node.care.facts.premises import _check_items
from node.care.money import yuan
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.schema import Channel

_LISTS = BASELINE.lists
ASSOCIATION_FIELD = ref("association", "association", "组织编号", "Id, part of an id, or name.")
CHECKLIST = FactKind(
    "association_check",
    "association",
    "check",
    "规范化检查",
    meaning="one check of an association by a list, such as 三专五有",
    does="Records a check of an association by a list and prints the id.",
    about="Yearly checks of associations by a list, such as 三专五有.",
    example="南大街村残协 --template 三专五有 --inspected-on 2026-11-03 --passed 专门窗口,专门人员",
    fields=(
        ASSOCIATION_FIELD,
        code("template", _LISTS.inspection_templates, "检查表", "Such as 三专五有.", required=True),
        day("inspected_on", "检查日期", "Such as 2026-11-03.", required=True),
        several("passed", _LISTS.inspection_items, "达标项目", "The items in order, with commas."),
        text("inspector", "检查人", "Who inspected."),
        note(),
    ),
    channel=Channel.REGISTRY,
    writer="township",
    judge=_check_items,
)

REPORT = FactKind(
    "association_report",
    "association",
    "report",
    "年度报告",
    meaning="an association has reported on a year, in public",
    does="Records that an association has published its report on a year and prints the id.",
    about="Yearly reports that associations owe once they are registered.",
    example="南大街村残协 --year 2026 --published-on 2027-02-01",
    fields=(
        ASSOCIATION_FIELD,
        number("year", "年度", "The year that it is about.", 2000, 2100, required=True),
        day("published_on", "公开日期", "When it was made public.", required=True),
        text("place", "公开地点", "Where it can be read."),
        note(),
    ),
    channel=Channel.REGISTRY,
)

GRADE = FactKind(
    "association_grade",
    "association",
    "grade",
    "等级评估",
    meaning="the grade that an association was given",
    does="Records the grade of an association and prints the id.",
    about="Grades that associations were given, and until when.",
    example="南大街村残协 --grade 3A级 --since 2026-01-01 --until 2030-12-31",
    fields=(
        ASSOCIATION_FIELD,
        code("grade", _LISTS.association_grades, "等级", "From 1A级 to 5A级.", required=True),
        day("since", "评定日期", "The first day.", required=True),
        day("until", "有效期至", "The last day.", required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
    writer="county",
    judge=check_span,
)

GRANT = FactKind(
    "association_grant",
    "association",
    "grant",
    "补助资金",
    meaning="money that an association was granted",
    does="Records money that an association was granted and prints the id.",
    about="Money that associations were granted, by mode, level and year.",
    example="南大街村残协 --mode 活动补助 --level 市级 --amount 5000 --year 2026"
    " --granted-on 2026-03-01",
    fields=(
        ASSOCIATION_FIELD,
        code("mode", _LISTS.grant_modes, "方式", "活动补助, 委托承办 or 单位联建.", required=True),
        code(
            "level", _LISTS.funding_levels, "资金层级", "省级, 市级, 县级 or 乡级.", required=True
        ),
        money("amount_fen", "金额(元)", "In yuan.", required=True),
        number("year", "年度", "Of whose budget.", 2000, 2100, required=True),
        day("granted_on", "拨付日期", "Such as 2026-03-01.", required=True),
        hidden(text("partner", "承办或联建单位", "With whom, for 委托承办 and 单位联建.")),
        note(),
    ),
    channel=Channel.REGISTRY,
    writer="county",
    judge=lambda values: _check_positive("amount_fen", values),
)


def _check_positive(field: str, values: Mapping[str, Any]) -> None:
    if not values[field]:
        raise fields.refused(field, values[field], "is no money", "Give an amount above 0.")


def standing_here(replica: Any, kind: FactKind, where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The facts of a kind that this node holds and that count, as their corrections leave them."""
    found = replica.rows(kind.name, where=where)
    return [amendments.corrected(kind.table, row) for row in found if not amendments.void(row)]


def _check_spending(replica: Any, _: Any, values: Mapping[str, Any], row_id: str) -> None:
    """Nothing is spent of a grant beyond it, as far as this node knows."""
    grants = standing_here(replica, GRANT, {"id": values["grant"]})
    if not grants:
        raise UsageError(
            f"The grant {values['grant']} is not on this node, or is void.",
            hint="Grants are listed by: linli association grant list",
        )
    spent = sum(
        row["amount_fen"]
        for row in standing_here(replica, SPENDING, {"grant": values["grant"]})
        if row["id"] != row_id
    )
    left = grants[0]["amount_fen"] - spent
    if values["amount_fen"] > left:
        raise Refused(
            f"Of the grant {yuan(left)} yuan are left, and {yuan(values['amount_fen'])} yuan would "
            "be spent.",
            hint="Check the amount; what was spent: linli association spending list",
        )


SPENDING = FactKind(
    "association_spending",
    "association",
    "spending",
    "补助支出",
    meaning="what a grant was spent on",
    does="Records what a grant was spent on and prints the id.",
    about="What the grants of associations were spent on.",
    example="7Q2M9K --amount 1200 --item 助残日活动 --spent-on 2026-05-17 --receipt-no 2026-031",
    fields=(
        ref("grant", "association_grant", "补助编号", "Id, or part of an id."),
        money("amount_fen", "金额(元)", "In yuan.", required=True),
        text("item", "用途", "What it was spent on.", required=True),
        day("spent_on", "支出日期", "Such as 2026-05-17.", required=True),
        text("receipt_no", "票据号", "The number of the receipt.", required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=lambda values: _check_positive("amount_fen", values),
    weigh=_check_spending,
)

ACTIVITY = FactKind(
    "association_activity",
    "association",
    "activity",
    "组织活动",
    meaning="something that an association or a group has done",
    does="Records what an association or a group has done and prints the id.",
    about="What associations and groups have done, with the evidence.",
    example="南大街村残协 --done-on 2026-05-17 --topic 助残日 --attendees 30 --evidence 签到表",
    fields=(
        ASSOCIATION_FIELD,
        day("done_on", "日期", "Such as 2026-05-17.", required=True),
        text("topic", "内容", "What was done.", required=True),
        number("attendees", "参加人数", "How many came.", 1, 100_000, required=True),
        text("evidence", "佐证材料", "What shows it, such as a list with signatures."),
        note(),
    ),
    channel=Channel.REGISTRY,
)


def _check_evidence(replica: Any, _: Any, values: Mapping[str, Any], row_id: str) -> None:
    """An award needs evidence of what that group has done (ZS-34)."""
    found = standing_here(replica, ACTIVITY, {"id": values["activity"]})
    if not any(evident(values, row) for row in found):
        raise UsageError(
            f"The activity {values['activity']} is no evidence: it is not here, is void, is of "
            "another group, lies after the award, or names no evidence.",
            hint="Record what the group has done: linli association activity add",
        )


def evident(award: Mapping[str, Any], activity: Mapping[str, Any] | None) -> bool:
    """Whether an activity is evidence for an award: of the same group, before it, and shown."""
    return bool(
        activity
        and activity["association"] == award["association"]
        and activity["done_on"] <= award["awarded_on"]
        and activity["evidence"]
    )


AWARD = FactKind(
    "association_award",
    "association",
    "award",
    "奖补资金",
    meaning="money with which a group was rewarded for what it did",
    does="Records an award to a group, with the activity that it is for, and prints the id.",
    about="Awards to groups, each for something that they have done.",
    example="南大街村残协 --activity 7Q2M9K --amount 2000 --awarded-on 2026-12-01",
    fields=(
        ASSOCIATION_FIELD,
        ref("activity", "association_activity", "活动编号", "What it is for; id, or part of one."),
        money("amount_fen", "金额(元)", "In yuan.", required=True),
        day("awarded_on", "奖补日期", "Such as 2026-12-01.", required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
    writer="county",
    judge=lambda values: _check_positive("amount_fen", values),
    weigh=_check_evidence,
)

BASE = FactKind(
    "employment_base",
    "association",
    "base",
    "就业基地",
    meaning="a place that gives work to the disabled",
    does="Records a base that gives work and prints the id.",
    about="Bases that give work to the disabled.",
    example="南大街村残协 --name 百香果种植基地 --line 种植 --since 2026-01-01",
    fields=(
        ASSOCIATION_FIELD,
        text("name", "基地名称", "What it is called.", required=True),
        text("line", "行业", "What is grown or made there."),
        day("since", "开始日期", "The first day.", required=True),
        day("until", "结束日期", "The last day; empty while it goes on."),
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
)

HELPED = FactKind(
    "household_helped",
    "association",
    "helped",
    "带动户",
    meaning="a household that a base has helped in a year",
    does="Records that a base has helped a household in a year and prints the id.",
    about="Households that a base has helped, each year.",
    example="7Q2M9K --household 7Q2M9K --year 2026 --income 6000",
    fields=(
        ref("base", "employment_base", "基地编号", "Id, or part of an id."),
        ref("household", "household", "户编号", "Id, or part of an id."),
        number("year", "年度", "In which year.", 2000, 2100, required=True),
        money("income_fen", "增收(元)", "What the household earned by it, in yuan."),
        note(),
    ),
)

KINDS = (CHECKLIST, REPORT, GRADE, GRANT, SPENDING, ACTIVITY, AWARD, BASE, HELPED)
