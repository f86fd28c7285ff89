"""What a policy pack is: every list, stage and limit of the care that a county may set for itself.

No number of the care stands in code. Each is a frozen value here, so that whoever is handed a pack
can neither change it nor meet a half of one. How a pack is read from a file and found sound is
told in `policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.care.codes import CodeList
from node.errors import UsageError
from node.language import CHINESE, named


@dataclass(frozen=True)
class Lists:
    """The lists of codes of a pack; each is a key below `lists`."""

    genders: CodeList
    person_statuses: CodeList
    person_closing_reasons: CodeList
    person_groups: CodeList
    household_relations: CodeList
    household_statuses: CodeList
    household_groups: CodeList
    contact_relations: CodeList
    care_grades: CodeList
    disability_grades: CodeList
    disability_kinds: CodeList
    ability_levels: CodeList
    worker_classes: CodeList
    worker_statuses: CodeList
    worker_closing_reasons: CodeList
    helper_kinds: CodeList
    services: CodeList
    facility_kinds: CodeList
    operator_modes: CodeList
    build_modes: CodeList
    facility_statuses: CodeList
    facility_closing_reasons: CodeList
    visit_conditions: CodeList
    visit_confirmations: CodeList
    visit_missed_reasons: CodeList
    inspection_templates: CodeList
    inspection_items: CodeList
    meal_times: CodeList
    meal_modes: CodeList
    activity_kinds: CodeList
    assessment_conditions: CodeList
    check_in_statuses: CodeList
    need_categories: CodeList
    need_steps: CodeList
    delivery_modes: CodeList
    recovery_sources: CodeList
    points_kinds: CodeList
    funding_levels: CodeList
    grant_modes: CodeList
    subsidy_kinds: CodeList
    claim_figures: CodeList
    claim_decisions: CodeList
    budget_entry_kinds: CodeList
    training_audiences: CodeList
    review_outcomes: CodeList
    visit_return_reasons: CodeList
    order_channels: CodeList
    order_states: CodeList
    order_reasons: CodeList
    claim_outcomes: CodeList
    family_rights: CodeList
    complaint_kinds: CodeList
    complaint_stages: CodeList
    review_tags: CodeList
    review_givers: CodeList
    review_doubts: CodeList
    departments: CodeList
    reported_events: CodeList
    match_reasons: CodeList
    entry_reasons: CodeList
    benefit_stop_reasons: CodeList
    association_kinds: CodeList
    association_statuses: CodeList
    association_closing_reasons: CodeList
    legal_statuses: CodeList
    association_roles: CodeList
    village_posts: CodeList
    association_task_steps: CodeList
    association_grades: CodeList
    appraisal_results: CodeList
    uplift_reasons: CodeList
    certificate_kinds: CodeList
    certificate_levels: CodeList
    campaign_kinds: CodeList
    plan_periods: CodeList
    xun: CodeList
    finding_kinds: CodeList
    benefit_kinds: CodeList
    benefit_steps: CodeList
    support_modes: CodeList
    income_groups: CodeList
    registration_places: CodeList
    facility_tie_kinds: CodeList
    facility_posts: CodeList
    wish_answers: CodeList
    procurement_methods: CodeList
    contract_purposes: CodeList
    photo_kinds: CodeList
    service_lines: CodeList
    call_outcomes: CodeList
    device_kinds: CodeList
    request_kinds: CodeList
    reading_kinds: CodeList


@dataclass(frozen=True)
class CatalogueItem:
    """One item of the catalogue of home modifications.

    Attributes:
        number: Its number, as records store it.
        group: The part of the home.
        name: What is done.
        basic: 基础, supported by the government, and not 可选, chosen and paid by the household.
    """

    number: int
    group: str
    name: str
    basic: bool


@dataclass(frozen=True)
class Stage:
    """One stage of a case: its number from 1, its name, and the tier whose nodes may enter it."""

    number: int
    name: str
    tier: str


@dataclass(frozen=True)
class StopKind:
    """One way in which a case ends early, and the tiers that may say so."""

    code: str
    name: str
    tiers: frozenset[str]


@dataclass(frozen=True)
class CaseRules:
    """How a case runs.

    Attributes:
        stages: Stage 1 to the last, in order.
        settled_stage: The stage at which money moves.
        stops: The stops by code, in the order in which a case with several is shown.
        reject: The county's refusal, which ends a case like a stop.
        reopen_tiers: Who may start the next round of a case that has ended.
    """

    stages: tuple[Stage, ...]
    settled_stage: int
    stops: Mapping[str, StopKind]
    reject: StopKind
    reopen_tiers: frozenset[str]

    def ending(self, code: str) -> StopKind | None:
        """The stop or the rejection of that code."""
        return self.reject if code == self.reject.code else self.stops.get(code)

    @property
    def endings(self) -> tuple[StopKind, ...]:
        """Every stop and the rejection, in the order in which a case with several is shown."""
        return (*self.stops.values(), self.reject)


@dataclass(frozen=True)
class OrderRules:
    """How an order comes along.

    Attributes:
        steps: Its steps by code, each with its name and the tiers that may take it.
    """

    steps: Mapping[str, StopKind]


@dataclass(frozen=True)
class VisitRules:
    """What a single visit may hold, and when it is late.

    Attributes:
        minutes_max: The longest visit, minutes.
        fee_fen_max: The highest fee, fen.
        rating_max: The best rating.
        late_after_hours: How long after its end a visit can be entered without a reason, hours.
    """

    minutes_max: int
    fee_fen_max: int
    rating_max: int
    late_after_hours: int


@dataclass(frozen=True)
class WorkerRules:
    """How many clients a worker sees in a day where the worker's own record states no number."""

    clients_per_day_max: int


@dataclass(frozen=True)
class Pack:
    """A policy pack that was read and found sound."""

    version: str
    lists: Lists
    catalogue: Mapping[int, CatalogueItem]
    case: CaseRules
    order: OrderRules
    visits: VisitRules
    workers: WorkerRules

    def item(self, field: str, value: Any) -> str:
        """The number of a catalogue item, as a set of a record stores it.

        Raises:
            UsageError: The catalogue has no such number.
        """
        typed = str(value).strip()
        if not (typed.isascii() and typed.isdigit() and int(typed[:9]) in self.catalogue):
            raise UsageError(
                f"{field} {typed[:60]!r} is not in the catalogue of home modifications.",
                hint=f"Its items have the numbers {min(self.catalogue)} to {max(self.catalogue)}.",
            )
        return str(int(typed))

    def item_title(self, number: str, language: str = CHINESE) -> str:
        """The name of a stored catalogue number; an unknown one is shown as it is."""
        known = number.isascii() and number.isdigit()
        item = self.catalogue.get(int(number)) if known else None
        return f"{item.number} {named(item.name, 'catalogue', language)}" if item else number
