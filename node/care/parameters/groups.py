"""What a policy pack may set: one frozen value for each group of numbers, with its source.

Money is whole fen, lengths are minutes, shares are thousandths, ages are whole years on a day. A
county that sets nothing in a group does not run what the group is about: no meals are sold at a
discount where the pack has no `[[meals]]`.

The sources are the rows of the requirements that the numbers come from (QX 沁县, ZS 竹山, QZ 泉州,
HC 鹤城, CC 赤城).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from node.care.parameters.counted import Reports
from node.care.parameters.dated import Dated
from node.care.parameters.duties import CheckIns, VisitDuties, Watch
from node.care.parameters.serving import Complaints, Hotline, Orders, Readings, Staffing, Vouchers


@dataclass(frozen=True)
class Band:
    """What holds for an age.

    Attributes:
        age_min: The first age in whole years.
        age_max: The last one.
        value: Fen a month for an allowance, thousandths of the list price for a discount.
    """

    age_min: int
    age_max: int
    value: int


def band_of(bands: tuple[Band, ...], age: int) -> Band | None:
    """The band in which an age lies, or None."""
    return next((band for band in bands if band.age_min <= age <= band.age_max), None)


@dataclass(frozen=True)
class Line:
    """One line of a budget: what it is for, and how much of the total is planned for it, fen.

    A line without an amount is the rest of the total; a budget has at most one. `counts` says
    which pay of closed sheets is spent from it: visit, base or bonus.
    """

    code: str
    name: str
    planned_fen: int | None = None
    counts: str = ""


@dataclass(frozen=True)
class Programme:
    """A programme with places and money (QX-05, QX-16 to QX-20, QX-28, CC-25).

    Attributes:
        code: How records name it.
        name: Its Chinese name.
        funded_by: Who pays.
        places: How many clients at most; 0: no bound.
        budget_fen: The money of a year.
        lines: How it is divided; their sum is the budget.
        kinds: Codes of `disability_kinds` that it is for; empty: any.
        grades: Codes of `disability_grades`: where `kinds` names kinds, those that kind 4 (limbs)
            must have, otherwise those of everybody; empty: any.
        ages: First and last age.
        must_items: What a client must meet to be chosen, in Chinese (QX-06).
        pilot: Whether it reports apart.
        unable_to_work: Whether it is only for people who are unable to work (QX-04).
        shares: Pairs of a level and the thousandths that it pays, together the whole (HC-32);
            empty: `funded_by` pays all.
    """

    code: str
    name: str
    funded_by: str
    places: int
    budget_fen: int
    lines: tuple[Line, ...]
    kinds: tuple[str, ...]
    grades: tuple[str, ...]
    ages: tuple[int, int]
    must_items: tuple[str, ...]
    pilot: bool
    unable_to_work: bool = False
    shares: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class CareVisits:
    """How often and how long a client is visited, and when a visit is paid (QX-14, QX-21, QX-22).

    Attributes:
        per_month_min: How many visits a client is owed in a month.
        minutes_min: A shorter visit is not paid.
        clients_per_day_max: How many clients a worker sees in a day.
        one_per_xun: Whether each 旬 has one visit.
        services_differ: Whether the services of a month must differ.
        arrears_from_day: From which day of the month a client without enough visits is in arrears.
        late_after_hours: How long after its end a visit can be entered without a reason.
        travel_minutes: How long a worker needs from home to home at least; 0: not checked.
        burst_visits_max: How many visits are typed within `burst_minutes` at most; 0: not checked.
        burst_minutes: See there.
        same_length_visits: From how many visits of a worker in a month it is suspicious that all
            have the same minutes; 0: not checked.
        call_back_thousandths: Which share of the visits is drawn for a call back.
        per_client_day_max: How many visits of a worker to one client in a day are paid; 0: all
            (QX-23).
        insured_only: Whether a worker without an insurance stands in no roster (QX-20).
        skills: Pairs of a code of `services` and a code of `worker_classes`: a visit for a service
            that is named here is for workers of the classes named with it (QX-13).
    """

    per_month_min: int
    minutes_min: int
    clients_per_day_max: int
    one_per_xun: bool
    services_differ: bool
    arrears_from_day: int
    late_after_hours: int
    travel_minutes: int = 0
    burst_visits_max: int = 0
    burst_minutes: int = 0
    same_length_visits: int = 0
    call_back_thousandths: int = 0
    per_client_day_max: int = 0
    insured_only: bool = False
    skills: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pay:
    """What a worker earns (QX-23, QX-24, CC-22).

    Attributes:
        per_visit_fen: For each visit that is paid.
        base_fen: A month, for a full-time worker.
        paid_kinds: Codes of `helper_kinds` that are paid by the visit.
        salaried_kinds: Codes of `helper_kinds` that get the base.
    """

    per_visit_fen: int
    base_fen: int
    paid_kinds: tuple[str, ...]
    salaried_kinds: tuple[str, ...]


@dataclass(frozen=True)
class HealthChecks:
    """How many health checks a client has in a year, one in each part of it (QX-18).

    Attributes:
        per_year: How many; the year is cut into as many equal parts.
        cost_fen: What one costs.
    """

    per_year: int
    cost_fen: int


@dataclass(frozen=True)
class Areas:
    """What the manager of an area (片区) is paid (QX-19).

    Attributes:
        per_client_month_fen: For each client and month.
    """

    per_client_month_fen: int


@dataclass(frozen=True)
class AgeAllowance:
    """高龄津贴: fen a month by the age at the end of the month (ZS-21).

    Attributes:
        bands: By age.
        from_next_month: Whether a birthday counts from the month after it.
        excludes: Codes of benefits that nobody has beside it (ZS-09).
    """

    bands: tuple[Band, ...]
    from_next_month: bool
    excludes: tuple[str, ...]


@dataclass(frozen=True)
class FrailtyAllowance:
    """高龄失能补贴: fen a month by ability level for those old enough (ZS-22).

    Attributes:
        age_min: From which age.
        amounts: Pairs of a code of `ability_levels` and fen a month.
        assessment_months: How long an assessment holds.
        excludes: Codes of benefits that nobody has beside it.
        from_next_month: Whether a birthday or a new level counts from the month after it.
    """

    age_min: int
    amounts: tuple[tuple[str, int], ...]
    assessment_months: int
    excludes: tuple[str, ...]
    from_next_month: bool = True


@dataclass(frozen=True)
class CareTariff:
    """特困护理费: fen a month by care grade (HC-12).

    Attributes:
        amounts: Pairs of a code of `care_grades` and fen a month.
        from_next_month: Whether a change of grade counts from the month after it.
    """

    amounts: tuple[tuple[str, int], ...]
    from_next_month: bool


@dataclass(frozen=True)
class Meals:
    """What a meal costs whom (HC-27, HC-28, ZS-27).

    Attributes:
        discounts: Thousandths of the list price that are paid, by age on the day.
        round_to_fen: A price is rounded to a multiple of this, half up.
        quota_year_fen: How much of the meals of an entitled person is paid for them in a year.
        quota_groups: Codes of `person_groups`; each alone entitles.
        quota_pairs: Pairs of groups of which both are needed (低保 and 重残).
        quota_age_groups: From which age which groups entitle (80岁以上困难老年人).
        one_per_meal: Whether one meal per meal time and person is at a discount.
        merchant_share: Thousandths of the age discount that the canteen bears (商家让利); the
            government bears the rest.
        severe_grades: Codes of `disability_grades` that make a severe disability (重残) by the
            certificate alone.
    """

    discounts: tuple[Band, ...]
    round_to_fen: int
    quota_year_fen: int
    quota_groups: tuple[str, ...]
    quota_pairs: tuple[tuple[str, str], ...]
    quota_age_groups: tuple[tuple[int, str], ...]
    one_per_meal: bool
    merchant_share: int = 1000
    severe_grades: tuple[str, ...] = ("1", "2")


@dataclass(frozen=True)
class Canteens:
    """What a canteen's operator gets after a passed evaluation (HC-26).

    Attributes:
        operating_year_fen: For a year.
        score_min: From which score an evaluation is passed, of 100.
    """

    operating_year_fen: int
    score_min: int


@dataclass(frozen=True)
class Modifications:
    """Home modifications (ZS-20, CC-08).

    Attributes:
        average_min_fen: The least average of a programme's cases; 0: none is set.
        case_max_fen: The most that one case is paid; 0: none is set.
        target: How many cases a year are planned; 0: none.
    """

    average_min_fen: int
    case_max_fen: int
    target: int


@dataclass(frozen=True)
class Points:
    """Points of volunteers (ZS-30).

    Attributes:
        per_hour: Points for an hour.
        cap: The most that a volunteer keeps; 0: no bound.
        spend_from: How many must be there before any can be spent.
    """

    per_hour: int
    cap: int
    spend_from: int


@dataclass(frozen=True)
class Liaisons:
    """The monthly allowance of a liaison (QZ-20, QZ-21), fen.

    Attributes:
        month_min_fen: The least.
        month_max_fen: The most.
        uplift_fen: What a certificate or two appraised years add at most.
        per_task_fen: For each task taken on, within the two bounds; 0: the least for any.
    """

    month_min_fen: int
    month_max_fen: int
    uplift_fen: int
    per_task_fen: int = 0


@dataclass(frozen=True)
class Trainings:
    """How many trainings each tier holds in a year (QZ-18, QZ-35).

    Attributes:
        county_min: The county.
        township_min: Each township.
        clients_min: How many of those in the county are for the disabled themselves.
        told_from_month: From which month on what lacks of the year is told.
    """

    county_min: int
    township_min: int
    clients_min: int = 0
    told_from_month: int = 1


@dataclass(frozen=True)
class Associations:
    """What an association of the disabled must have (QZ-03, QZ-04, QZ-05).

    Attributes:
        checklist: 三专 and 五有, item by item.
        pilots_max: How many try out to be a legal person in one round; 0: no bound.
    """

    checklist: tuple[str, ...]
    pilots_max: int = 0


@dataclass(frozen=True)
class Bonus:
    """What a worker's reviews add to the base (CC-26).

    Attributes:
        per_star_fen: For each whole star of the average above `stars_from`, and paid visit.
        stars_from: The average from which a bonus is paid, hundredths of a star.
        reviews_min: Fewer reviews give no bonus, and no loss.
        stuffing_reviews_max: How many reviews of a worker one box may write within
            `stuffing_minutes`; of a burst none counts; 0: not checked.
        stuffing_minutes: See there.
    """

    per_star_fen: int
    stars_from: int
    reviews_min: int
    stuffing_reviews_max: int = 0
    stuffing_minutes: int = 0


@dataclass(frozen=True)
class Parameters:
    """Every number that a county has set, as read from one version of its pack.

    Attributes:
        version: The version of the pack.
        county: The county's name, for titles.
        programmes: By code; of each code at most one entry holds on any day.
    """

    version: str
    county: str
    programmes: Mapping[str, Dated[Programme]]
    visits: Dated[CareVisits]
    pay: Dated[Pay]
    bonus: Dated[Bonus]
    health_checks: Dated[HealthChecks]
    areas: Dated[Areas]
    check_ins: Dated[CheckIns]
    age_allowance: Dated[AgeAllowance]
    frailty_allowance: Dated[FrailtyAllowance]
    care_tariff: Dated[CareTariff]
    meals: Dated[Meals]
    canteens: Dated[Canteens]
    modifications: Dated[Modifications]
    points: Dated[Points]
    liaisons: Dated[Liaisons]
    trainings: Dated[Trainings]
    associations: Dated[Associations]
    reports: Dated[Reports] = field(default=Dated("reports"))
    orders: Dated[Orders] = field(default=Dated("orders"))
    complaints: Dated[Complaints] = field(default=Dated("complaints"))
    duties: Dated[VisitDuties] = field(default=Dated("duties"))
    watch: Dated[Watch] = field(default=Dated("watch"))
    hotline: Dated[Hotline] = field(default=Dated("hotline"))
    readings: Dated[Readings] = field(default=Dated("readings"))
    staffing: Dated[Staffing] = field(default=Dated("staffing"))
    vouchers: Dated[Vouchers] = field(default=Dated("vouchers"))
