"""Complaints (投诉): what somebody is not content with, and each stage until it is closed.

A complaint passes 受理, 核查, 处理, 回访 and 办结. Each stage after the first is a fact of its own,
written by the township; a stage counts once those before it are there, in whatever order they
arrived, so that nobody closes what nobody has looked into. The county sets the days that each may
take. Both kinds are only added to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from node.care.facts.declaring import FactKind, code, day, note, ref, text
from node.care.parameters.serving import Complaints
from node.care.policy import BASELINE

_LISTS = BASELINE.lists

COMPLAINT = FactKind(
    "complaint",
    "complaint",
    "case",
    "投诉",
    meaning="something that somebody is not content with",
    does="Takes in a complaint and prints the id.",
    about="Complaints: who is not content, and with what.",
    example="王桂兰 --kind 乱收费 --opened-on 2026-11-03 --by 王建国 --detail 上门收了10元",
    fields=(
        ref("person", "person", "服务对象编号", "Id, part of an id, or name."),
        code("kind", _LISTS.complaint_kinds, "投诉类别", "Such as 乱收费.", required=True),
        day("opened_on", "受理日期", "Such as 2026-11-03.", required=True),
        text("by", "投诉人", "Who complains.", erasable=True),
        text("detail", "投诉内容", "What is wrong.", erasable=True),
        ref("service_order", "service_order", "订单编号", "The order.", required=False),
        ref("visit", "visit", "服务记录编号", "The visit.", required=False),
        note(),
    ),
    index=("visit",),
)

STEP = FactKind(
    "complaint_step",
    "complaint",
    "step",
    "投诉办理",
    meaning="one stage of a complaint",
    does="Records a stage of a complaint and prints the id.",
    about="The stages of complaints: looked into, handled, called back, closed.",
    example="7Q2M9K --stage 核查 --done-on 2026-11-05 --result 情况属实",
    fields=(
        ref("complaint", "complaint", "投诉编号", "Id, or part of an id."),
        code("stage", _LISTS.complaint_stages, "办理阶段", "核查, 处理, 回访 or 办结.",
             required=True),
        day("done_on", "日期", "Such as 2026-11-05.", required=True),
        text("result", "办理结果", "What came of it.", required=True, erasable=True),
        note(),
    ),
    writer="township",
)  # fmt: skip

KINDS = (COMPLAINT, STEP)

OPENED = "SL"
STAGES = ("HC", "CL", "HF", "BJ")
"""The stages after the first, in order."""

CHARGED = "SF"
"""The kind of complaint that the rule of free services opens."""


@dataclass(frozen=True)
class Standing:
    """How far a complaint has come.

    Attributes:
        stage: The code of the last stage that counts.
        since: The day on which it was reached, ISO.
        due: By when the next is to be reached; empty where there is none, or no deadline.
        early: The codes of stages that do not count yet, since one before them is missing.
    """

    stage: str
    since: str
    due: str
    early: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it is not closed yet."""
        return self.stage != STAGES[-1]

    def overdue(self, today: str) -> bool:
        """Whether the next stage is late."""
        return bool(self.due) and self.due < today


def standing(
    complaint: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], rule: Complaints | None
) -> Standing:
    """How far a complaint has come, from its steps in any order.

    Args:
        complaint: A fact of `complaint`.
        steps: Facts of `complaint_step` that stand.
        rule: What the county has set, or None.
    """
    first: dict[str, str] = {}
    for row in steps:
        if row["complaint"] == complaint["id"] and row["stage"] in STAGES:
            first[row["stage"]] = min(first.get(row["stage"], row["done_on"]), row["done_on"])
    stage, since = OPENED, str(complaint["opened_on"])
    for place, name in enumerate(STAGES):
        if name not in first:
            early = tuple(one for one in STAGES[place:] if one in first)
            return Standing(stage, since, _due(since, name, rule), early)
        stage, since = name, max(since, first[name])
    return Standing(stage, since, "")


def _due(since: str, stage: str, rule: Complaints | None) -> str:
    days = dict(rule.stage_days).get(stage) if rule else None
    if days is None:
        return ""
    try:
        return (date.fromisoformat(since) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):  # a peer wrote what is no day
        return ""


def once(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By id the complaint that stands for it: of one visit's charge there is one, the first.

    Two nodes may each open one while they are cut off from each other; what was done about either
    is done about that one.
    """
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: str(row["id"])):
        id_ = str(row["id"])
        by_rule = row["kind"] == CHARGED and row["visit"]
        found[id_] = first.setdefault(str(row["visit"]), id_) if by_rule else id_
    return found


def charged(
    visits: Iterable[Mapping[str, Any]], complaints: Iterable[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """The visits whose client paid where nothing is to be paid, and that nobody complained of.

    Args:
        visits: Visits that stand, of places where the service is free.
        complaints: Facts of `complaint`; one that was voided is a decision, too.
    """
    known = {row["visit"] for row in complaints if row["kind"] == CHARGED}
    for visit in sorted(visits, key=lambda row: str(row["id"])):
        if (visit["charged_fen"] or 0) > 0 and visit["id"] not in known:
            yield visit
