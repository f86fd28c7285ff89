"""Relatives who may ask, pay and review for a person, and until when (CC-18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care.facts.declaring import FactKind, code, day, note, ref, several, text
from node.care.facts.health import check_span
from node.care.policy import BASELINE

_LISTS = BASELINE.lists
ASK, PAY, RATE = "ask", "pay", "rate"
"""Codes of `family_rights`."""

LINK = FactKind(
    "family_link",
    "person",
    "family",
    "家属关系",
    meaning="a relative who may act for a person, in what, and until when",
    does="Records that a relative may act for a person and prints the id.",
    about="Relatives who may ask, pay and review for a person.",
    example="王桂兰 --relative 王建国 --relation 子女 --rights 提出需求,服务评价"
    " --since 2026-01-01",
    fields=(
        ref("person", "person", "服务对象编号", "Id, part of an id, or name."),
        text("relative", "家属姓名", "The name of the relative.", required=True, erasable=True),
        code("relation", _LISTS.contact_relations, "与对象关系", "Such as 子女.", required=True),
        several("rights", _LISTS.family_rights, "可办事项", "提出需求, 结算费用, 服务评价.",
                required=True),
        day("since", "开始日期", "The first day.", required=True),
        day("until", "结束日期", "The last day; empty while it holds."),
        note(),
    ),
    judge=check_span,
)  # fmt: skip

KINDS = (LINK,)


def link_of(
    links: Iterable[Mapping[str, Any]], person: str, relative: str, right: str, on: str
) -> Mapping[str, Any] | None:
    """The link by which a relative may do something for a person on a day, or None.

    Args:
        links: Facts of `family_link` that stand.
        person: The person's id.
        relative: The relative's name.
        right: A code of `family_rights`.
        on: ISO date.
    """
    holding = (
        row
        for row in links
        if row["person"] == person
        and row["relative"] == relative
        and right in str(row["rights"]).split(",")
        and row["since"] <= on
        and (not row["until"] or on <= row["until"])
    )
    return min(holding, key=lambda row: str(row["id"]), default=None)
