"""Campaigns (普查, 走访, 慰问, 问卷): whom one asks, who was drawn for it, and what each answered.

What a campaign asks is public and travels in the registry lane; who was drawn and what somebody
answered stays in the care lane of the village.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import FactKind, code, day, hidden, note, number, ref, several, text
from node.care.facts.health import check_span
from node.care.policy import BASELINE
from node.schema import Channel

_LISTS = BASELINE.lists
_CHARACTERS_MAX = 3_000
_AGE_MAX = 150
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")
_CAMPAIGN = ref("campaign", "campaign", "活动编号", "Id, part of an id, or name.")


def _check_campaign(values: Mapping[str, Any]) -> None:
    check_span(values)
    low, high = values["age_min"], values["age_max"]
    if low is not None and high is not None and high < low:
        raise fields.refused("age_max", high, f"is less than {low}, the least", "Check both ages.")
    if bool(values["sample"]) != bool(values["seed"]):
        raise fields.refused(
            "seed",
            values["seed"],
            "does not go with the sample",
            "A sample is drawn from a seed that is stated, such as the number of a lottery.",
        )


CAMPAIGN = FactKind(
    "campaign",
    "",
    "campaign",
    "专项活动",
    meaning="what a county or a township asks of whom, and in which days",
    does="Starts a campaign and prints the id.",
    about="Censuses, home visits, festival gifts and questionnaires.",
    example="",
    fields=(
        text("name", "活动名称", "What it is called.", required=True),
        code("kind", _LISTS.campaign_kinds, "类别", "Such as 普查 or 问卷.", required=True),
        day("since", "开始日期", "The first day.", required=True),
        day("until", "结束日期", "The last day.", required=True),
        several("groups", _LISTS.person_groups, "对象人群", "Who is in any of these groups."),
        number("age_min", "最低年龄", "From which age on the first day.", 0, _AGE_MAX),
        number("age_max", "最高年龄", "Up to which age on the first day.", 0, _AGE_MAX),
        number("certified", "限持证残疾人", "1: only who holds a certificate.", 0, 1),
        number("sample", "每乡镇抽样人数", "How many are drawn in each township.", 1, 100_000),
        text("seed", "抽样种子", "From which the sample is drawn."),
        text("bands", "年龄段起点", "The first ages of the bands, a comma between."),
        hidden(text("form", "问卷", "The questions, JSON.", characters_max=_CHARACTERS_MAX)),
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=_check_campaign,
    typed=False,
)

ANSWER = FactKind(
    "campaign_answer",
    "campaign",
    "answer",
    "活动登记",
    meaning="what somebody answered in a campaign",
    does="Records that somebody was asked and what was answered, and prints the id.",
    about="Who was asked in a campaign, and what was answered.",
    example="2026普查 王桂兰 --surveyor 李红 --answer 1=有",
    fields=(
        _PERSON,
        _CAMPAIGN,
        day("done_on", "登记日期", "Such as 2026-11-03.", required=True),
        text("surveyor", "调查人", "Who asked.", required=True),
        hidden(text("answers", "答案", "The answers, JSON.", erasable=True,
                    characters_max=_CHARACTERS_MAX)),
        note(),
    ),
    index=("campaign",),
    typed=False,
)  # fmt: skip

DRAWN = FactKind(
    "campaign_drawn",
    "campaign",
    "drawn",
    "抽样名单",
    meaning="somebody was drawn for the sample of a campaign",
    does="Draws the sample of a campaign.",
    about="Who was drawn for the sample of a campaign.",
    example="",
    fields=(
        _PERSON,
        _CAMPAIGN,
        number("rank", "抽样序号", "The place in the township's draw.", 1, required=True),
    ),
    index=("campaign",),
    typed=False,
)

KINDS = (CAMPAIGN, ANSWER, DRAWN)
