"""Rounds through a home by a checklist: gas, electricity, fire, doors (CC-16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care.facts.declaring import FactKind, day, note, ref, several, text
from node.care.facts.premises import items_of
from node.care.policy import BASELINE
from node.errors import UsageError

_LISTS = BASELINE.lists
TEMPLATE = "AQXJ"
"""安全巡检: the code of `inspection_templates` whose items a round looks at."""
SERVICE = "AX01"
"""安全巡检: the code of `services` that a round belongs to."""


def _check_items(values: Mapping[str, Any]) -> None:
    """Every item was looked at: it is in order, or what is wrong is said."""
    items = items_of(TEMPLATE)
    passed = set((values["passed"] or "").split(",")) - {""}
    beside = passed - set(items)
    lacking = [one for one in items if one not in passed]
    if beside:
        raise UsageError(
            f"{_LISTS.inspection_items.title(min(beside))} is no item of a safety round.",
            hint="Its items are: " + ", ".join(map(_LISTS.inspection_items.title, items)) + ".",
        )
    if lacking and not values["hazards"]:
        names = ", ".join(map(_LISTS.inspection_items.title, lacking))
        raise UsageError(
            f"Not in order, and nothing says why: {names}.",
            hint="Say what is wrong with --hazards, or name what was in order with --passed.",
        )


ROUND = FactKind(
    "safety_round",
    "person",
    "safety-round",
    "安全巡检",
    meaning="one round through a home by the checklist",
    does="Records a safety round through a home and prints the id.",
    about="Safety rounds through homes: gas, electricity, fire, doors.",
    example="王桂兰 --done-on 2026-11-03 --passed 燃气,用电,消防 --hazards 门锁坏",
    fields=(
        ref("person", "person", "服务对象编号", "Id, part of an id, or name."),
        day("done_on", "巡检日期", "Such as 2026-11-03.", required=True),
        several("passed", _LISTS.inspection_items, "正常项目", "What was in order, with commas."),
        text("hazards", "隐患", "What is not, and what was done."),
        text("by", "巡检人", "Who looked."),
        note(),
    ),
    judge=_check_items,
)

KINDS = (ROUND,)


def without_round(
    days: Iterable[str], rounds: Iterable[Mapping[str, Any]], person: str
) -> list[str]:
    """The days of visits for a safety round of which no checklist was filled in."""
    done = {row["done_on"] for row in rounds if row["person"] == person}
    return sorted(set(days) - done)
