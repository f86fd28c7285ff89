"""What columns and codes are called in Chinese, wherever a record meets a person.

Records hold codes and columns have English names, which JSON and the wire keep for ever. Screens,
pages, listings for a spreadsheet and the headers of a file to import take their Chinese from here
and from the policy pack, so that a field has one name everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import audited
from node.care.canteen.tables import KINDS as CANTEEN_KINDS
from node.care.codes import CodeList
from node.care.facts import KINDS
from node.care.orders import titles as orders
from node.care.policy import BASELINE
from node.care.stages import REJECT, REOPEN, STAGE, STOP
from node.language import CHINESE, joined

_LISTS = BASELINE.lists
_FIELDS = [(kind, one) for kind in (*KINDS, *CANTEEN_KINDS) for one in kind.fields]
STAGES, ENDINGS, ITEMS = "stages", "stops", "catalogue"
"""What the names of a case are kept under beside the lists."""

TITLES: Mapping[tuple[str, str], CodeList] = {
    ("person", "gender"): _LISTS.genders,
    ("person", "groups"): _LISTS.person_groups,
    ("person", "care_grade"): _LISTS.care_grades,
    ("person", "disability_grade"): _LISTS.disability_grades,
    ("person", "status"): _LISTS.person_statuses,
    ("person", "relation"): _LISTS.household_relations,
    ("person", "contact_relation"): _LISTS.contact_relations,
    ("person", "disability_kind"): _LISTS.disability_kinds,
    ("person", "ability_level"): _LISTS.ability_levels,
    ("person", "closed_reason"): _LISTS.person_closing_reasons,
    ("household", "groups"): _LISTS.household_groups,
    ("household", "status"): _LISTS.household_statuses,
    ("worker", "worker_class"): _LISTS.worker_classes,
    ("worker", "status"): _LISTS.worker_statuses,
    ("worker", "helper_kind"): _LISTS.helper_kinds,
    ("worker", "closed_reason"): _LISTS.worker_closing_reasons,
    ("worker_record", "gender"): _LISTS.genders,
    ("worker_record", "disability_grade"): _LISTS.disability_grades,
    ("facility", "kind"): _LISTS.facility_kinds,
    ("facility", "operator_mode"): _LISTS.operator_modes,
    ("facility", "status"): _LISTS.facility_statuses,
    ("facility", "services"): _LISTS.services,
    ("facility", "build_mode"): _LISTS.build_modes,
    ("facility", "closed_reason"): _LISTS.facility_closing_reasons,
    ("association", "kind"): _LISTS.association_kinds,
    ("association", "status"): _LISTS.association_statuses,
    ("association", "legal_status"): _LISTS.legal_statuses,
    ("association", "closed_reason"): _LISTS.association_closing_reasons,
    ("visit", "service"): _LISTS.services,
    ("visit", "tasks"): _LISTS.services,
    ("visit", "condition"): _LISTS.visit_conditions,
    ("visit", "confirmed_by"): _LISTS.visit_confirmations,
    ("care_plan", "services"): _LISTS.services,
    ("care_plan", "per"): _LISTS.plan_periods,
    ("care_plan", "xun"): _LISTS.xun,
    ("missed_visit", "reason"): _LISTS.visit_missed_reasons,
    **orders.TITLES,
    ("visit_review", "outcome"): _LISTS.review_outcomes,
    ("visit_review", "reason"): _LISTS.visit_return_reasons,
    ("departure", "reason"): _LISTS.benefit_stop_reasons,
    ("stage_event", "kind"): CodeList(
        "step_kinds",
        {STAGE: "进入阶段", STOP: "终止", REJECT: "驳回", REOPEN: "重新开启"},
    ),
    ("stage_event", "stage"): CodeList(
        STAGES, {str(place): one.name for place, one in enumerate(BASELINE.case.stages, start=1)}
    ),
    ("stage_event", "stop"): CodeList(
        ENDINGS, {code: stop.name for code, stop in BASELINE.case.stops.items()}
    ),
    ("audit", "deed"): audited.DEEDS,
    ("facility_subsidy", "kind"): _LISTS.subsidy_kinds,
    ("budget_entry", "kind"): _LISTS.budget_entry_kinds,
    ("benefit", "code"): _LISTS.benefit_kinds,
    ("benefit_act", "kind"): _LISTS.benefit_steps,
    **{(kind.name, one.name): one.codes for kind, one in _FIELDS if one.codes is not None},
}
"""The lists whose codes a column holds."""

OUTCOMES = CodeList("outcomes", {"refused": "未导入", "differs": "与现有不同", "proposed": "建议"})
"""What became of a row of an import that was not taken in."""

PARTED = frozenset(
    {
        ("visit", "tasks"),
        ("client_review", "tags"),
        ("care_plan", "services"),
        *((kind.name, one.name) for kind, one in _FIELDS if one.several),
    }
)
"""The columns that hold several codes in one text, a comma between."""

LEVEL_TITLES: Mapping[str, str] = {"county": "县", "township": "乡镇", "village": "村"}
"""The tiers."""


def title(table: str, column: str, value: Any, language: str = CHINESE) -> str:
    """A value in words where it is a code, or several; the pack's own words are Chinese."""
    if value is None:
        return ""
    codes = TITLES.get((table, column))
    values = value if isinstance(value, list) else [value]
    if (table, column) in PARTED:
        values = str(value).split(",")
    if (table, column) == ("modification_case", "items"):
        ordered = sorted(map(str, values), key=lambda number: (len(number), number))
        return joined([BASELINE.item_title(one, language) for one in ordered], language)
    return joined(
        [codes.title(str(one), language) if codes else str(one) for one in values], language
    )
