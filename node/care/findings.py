"""Who is due, and who is without what they should have: one pure function for each finding.

A finding is computed on reading from what a node holds, for a day that is handed in, and stands
nowhere. So it is the same at every tier that holds the same, but for what a tier is told later than
the one below it. Each says whom it is about, since when it has been so, the numbers of its sentence
and the version of the policy by which it was found. What the county has not set finds nothing.

The days of `since` are those on which somebody has already gone without: what is due by a day ahead
has a `since` ahead, and is due but not overdue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care import periods, rosters
from node.care.benefits.months import age_on
from node.care.facts.health import checks_due, during
from node.care.facts.support import unpaired, unseen, without_carer
from node.care.parameters.duties import CheckIns, VisitDuties, Watch
from node.care.parameters.groups import CareVisits, HealthChecks
from node.care.periods import Period
from node.care.policy import BASELINE
from node.care.rosters import Place

DUE = ("plan", "xun", "duty", "check_in", "health_check")
GAPS = (
    "arrears", "no_agreement", "agreement_ends", "pairing", "no_attendant", "roster", "training",
)  # fmt: skip
"""The codes of findings, by the report in which they stand."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Lack:
    """One finding; the longest overdue comes first, then who was seen longest ago.

    Attributes:
        since: The first day on which it was, or will be, overdue, ISO date.
        seen_on: When the person was last seen; empty: never, or it is about no person.
        code: One of `DUE` or `GAPS`.
        subject: The id of the person or of the division.
        division: Where it is to be mended.
        policy: The version of the policy by which it was found.
        values: What the sentence tells: pairs of a name and a value.
        xun: The code of the 旬 that it is about; empty: of none.
    """

    since: str
    seen_on: str
    code: str
    subject: str
    division: str
    policy: str
    values: tuple[tuple[str, str], ...] = ()
    xun: str = ""

    def overdue_days(self, today: str) -> int:
        """For how many days it has been so, this one included; 0: it is due, not overdue."""
        return max(0, periods.days_between(self.since, today) + 1)


@dataclass(frozen=True, slots=True)
class Cared:
    """What the findings read of a person who is cared for.

    Attributes:
        id: The person.
        division: Where the record stands.
        registered_on: Since when it is there, ISO date.
        seen_on: When somebody was last there; empty: never.
        birth_date: ISO date, or empty.
        groups: Codes of `person_groups`.
        grade: Code of `disability_grades`, or empty.
        away: Whether the person lives in an institution or is in hospital on the day.
    """

    id: str
    division: str
    registered_on: str
    seen_on: str = ""
    birth_date: str = ""
    groups: frozenset[str] = frozenset()
    grade: str = ""
    away: bool = False

    def lacks(self, code: str, since: str, policy: str, xun: str = "", **values: object) -> Lack:
        """A finding about this person."""
        told = tuple(sorted((name, str(value)) for name, value in values.items()))
        return Lack(since, self.seen_on, code, self.id, self.division, policy, told, xun)


# --- who is due ----------------------------------------------------------------------------------


def due_by_plan(
    one: Cared, places: Iterable[Place], visits: Sequence[str], today: str, policy: str
) -> list[Lack]:
    """The periods of a plan that have begun and in which visits lack.

    Any visit that counts is a visit: what was done besides the plan is a flag of the visit.

    Args:
        one: The person.
        places: The person's places of the month.
        visits: The days of the person's visits that count, a day for each visit.
        today: ISO date.
        policy: The version of the policy.
    """
    wanted: dict[Period, int] = {}
    for place in places:
        if place.person == one.id and not one.away and place.period.first <= today:
            wanted[place.period] = wanted.get(place.period, 0) + place.visits
    found = []
    for period, planned in sorted(wanted.items()):
        done = sum(period.holds(day) and day <= today for day in visits)
        if done < planned:
            since = periods.day_after(period.last)
            values = {"first": period.first, "last": period.last, "planned": planned, "done": done}
            found.append(one.lacks("plan", since, policy, period.xun, **values))
    return found


def due_by_xun(
    one: Cared, visits: Collection[str], month: str, today: str, rules: CareVisits, policy: str
) -> list[Lack]:
    """The 旬 of a month, begun by today, without a visit that counts (QX-21); for who has no plan.

    Who was registered after a 旬 is not owed it.
    """
    if not rules.one_per_xun or one.away:
        return []
    return [
        one.lacks("xun", periods.day_after(third.last), policy, third.xun,
                  first=third.first, last=third.last)
        for third in periods.thirds(month)
        if third.first <= today and one.registered_on <= third.last
        and not any(third.holds(day) and day <= today for day in visits)
    ]  # fmt: skip


def due_by_duty(one: Cared, today: str, duties: VisitDuties, policy: str) -> Lack | None:
    """Somebody of a group whom nobody has seen for as long as nobody may go unseen (CC-15, HC-03).

    It is told on the last day on which a visit would be in time.
    """
    age = age_on(one.birth_date, today) if one.birth_date else None
    days = duties.days(age, one.groups)
    seen = max(one.seen_on, one.registered_on)
    if not days or one.away or periods.days_between(seen, today) < days:
        return None
    since = periods.day_after(seen, days + 1)
    return one.lacks("duty", since, policy, days=days, seen=seen)


def told_until(tier: str, today: str, hour: int, rules: CheckIns) -> str:
    """The last day whose missing looks a tier is told (ZS-33).

    The village is told of a day when its hour has come, the tiers above on the next day.
    """
    over = tier == "village" and hour >= rules.by_hour
    return today if over else periods.day_after(today, -1)


def not_looked_after(
    one: Cared, looks: Iterable[Row], told: str, rules: CheckIns, policy: str
) -> Lack | None:
    """Somebody who lives alone and on whom nobody has looked in on a day (ZS-33).

    Args:
        one: The person; a visit of that day is a look.
        looks: Facts of `check_in`; 未见 is none.
        told: The day, as `told_until` gives it.
        rules: Who is looked after so.
        policy: The version of the policy.
    """
    if one.away or not one.groups & set(rules.groups) or one.registered_on > told:
        return None
    mine = [row for row in looks if row["person"] == one.id]
    if one.seen_on == told or not unseen(mine, [one.id], told):
        return None
    days = [row["done_on"] for row in mine if row["status"] != "WJ" and row["done_on"] < told]
    before = max([*days, one.seen_on if one.seen_on < told else ""], default="")
    since = periods.day_after(before) if before else one.registered_on
    return one.lacks("check_in", max(since, one.registered_on), policy, day=told)


def health_checks_due(
    one: Cared, checks: Iterable[Row], today: str, rules: HealthChecks, policy: str
) -> list[Lack]:
    """The parts of the year, up to today's, that have no health check yet (QX-18)."""
    parts = checks_due(checks, [one.id], today, rules.per_year).get(one.id, [])
    found = []
    for part in parts:
        month = -(-part * 12 // rules.per_year)
        last = periods.whole(f"{today[:4]}-{month:02}").last
        if one.registered_on <= last:
            since, count = periods.day_after(last), rules.per_year
            found.append(one.lacks("health_check", since, policy, part=part, count=count))
    return found


# --- who is without ------------------------------------------------------------------------------


def in_arrears(
    one: Cared, visits: Iterable[str], today: str, rules: CareVisits, policy: str
) -> Lack | None:
    """Somebody with fewer visits than a month owes, from the day on which that is shown (QX-14).

    Args:
        one: A client.
        visits: The days of the client's visits that count.
        today: ISO date.
        rules: What the county has set.
        policy: The version of the policy.
    """
    from_day = f"{today[:7]}-{rules.arrears_from_day:02}"
    done = sum(day[:7] == today[:7] and day <= today for day in visits)
    if today < from_day or done >= rules.per_month_min:
        return None
    return one.lacks("arrears", from_day, policy, done=done, least=rules.per_month_min)


def without_agreement(
    one: Cared, agreements: Iterable[Row], today: str, watch: Watch, policy: str
) -> Lack | None:
    """Somebody who needs a carer by agreement: there is none, or the last one ends (ZS-16, HC-03).

    Who has another agreement from the day after is not told of the end of the first.
    """
    if not one.groups & set(watch.carer_groups):
        return None
    mine = [row for row in agreements if row["person"] == one.id]
    if without_carer(mine, [one.id], today):
        ended = max((row["until"] for row in mine if row["until"] and row["until"] < today),
                    default="")  # fmt: skip
        since = periods.day_after(ended) if ended else one.registered_on
        return one.lacks("no_agreement", since, policy, ended=ended)
    last = today
    while held := [row["until"] or "" for row in during(mine, last)]:
        if "" in held:
            return None
        last = periods.day_after(max(held))
    ends = periods.day_after(last, -1)
    if periods.days_between(today, ends) > watch.agreement_days:
        return None
    return one.lacks("agreement_ends", last, policy, until=ends)


def badly_paired(
    one: Cared, pairings: Iterable[Row], today: str, watch: Watch, policy: str
) -> Lack | None:
    """Somebody severely disabled who has not exactly one pairing (QZ-17).

    A pairing of one helper twice is none; what a peer wrote was not checked here.
    """
    if one.grade not in watch.paired_grades:
        return None
    mine = [
        row for row in pairings
        if row["person"] == one.id and row["member"] and row["volunteer"]
        and row["member"] != row["volunteer"]
    ]  # fmt: skip
    count = unpaired(mine, [one.id], today).get(one.id)
    if count is None:
        return None
    ended = [row["until"] for row in mine if row["until"] and row["until"] < today]
    begun = sorted(row["since"] for row in during(mine, today))
    since = begun[1] if count else max(map(periods.day_after, ended), default=one.registered_on)
    return one.lacks("pairing", since, policy, count=count)


def without_attendant(
    one: Cared, stays: Iterable[Row], today: str, watch: Watch, policy: str
) -> Lack | None:
    """Somebody in hospital with nobody there (HC-03: ill without an attendant)."""
    if not watch.attended:
        return None
    mine = during((row for row in stays if row["person"] == one.id), today)
    if not mine or any(row["attendant"] for row in mine):
        return None
    return one.lacks("no_attendant", min(row["since"] for row in mine), policy)


def roster_faults(
    one: Cared, places: Iterable[Place], month: str, rules: CareVisits | None, policy: str
) -> list[Lack]:
    """What is wrong with the month of somebody who has a plan (QX-20, QX-21)."""
    mine = [place for place in places if place.person == one.id]
    wrong = rosters.faults(mine, rules) if mine else {}
    return [
        one.lacks("roster", f"{month}-01", policy, fault=fault, about=about, month=month)
        for fault, every in sorted(wrong.items())
        for about in every
    ]


def trainings_owed(owed: Mapping[str, int], today: str, watch: Watch, policy: str) -> list[Lack]:
    """The divisions that have held too few trainings this year, from some month on (QZ-18).

    Args:
        owed: By division how many it still owes.
        today: ISO date.
        watch: From which month.
        policy: The version of the policy.
    """
    if not watch.training_from_month or int(today[5:7]) < watch.training_from_month:
        return []
    since, year = f"{today[:4]}-{watch.training_from_month:02}-01", today[:4]
    return [
        Lack(since, "", "training", id_, id_, policy, (("owed", str(count)), ("year", year)))
        for id_, count in sorted(owed.items())
        if count > 0
    ]


# --- sentences -----------------------------------------------------------------------------------


def sentence(lack: Lack) -> str:
    """What a finding says, in English, for `said`."""
    value = dict(lack.values)
    match lack.code:
        case "plan":
            return (
                f"Visits planned from {value['first']} to {value['last']}: {value['planned']}; "
                f"those that took place: {value['done']}."
            )
        case "xun":
            return f"Nobody has visited from {value['first']} to {value['last']}."
        case "duty":
            return f"Not seen since {value['seen']}; at least every {value['days']} days is due."
        case "check_in":
            return f"Nobody has looked in on {value['day']}."
        case "health_check":
            return f"Health check {value['part']} of {value['count']} of the year is not done."
        case "arrears":
            return f"Only {value['done']} of {value['least']} visits of the month count so far."
        case "no_agreement" if value["ended"]:
            return f"The last agreement to look after the person ended on {value['ended']}."
        case "no_agreement":
            return "Nobody has agreed in writing to look after the person."
        case "agreement_ends":
            return f"The agreement to look after the person ends on {value['until']}."
        case "pairing" if value["count"] == "0":
            return "There is no pairing with a committee member and a volunteer."
        case "pairing":
            return f"There are {value['count']} pairings at once, and one is wanted."
        case "no_attendant":
            return "The person is in hospital, and nobody is there."
        case "training":
            return f"Of the trainings of {value['year']} there lack {value['owed']}."
    return _of_roster(value)


def _of_roster(value: Mapping[str, str]) -> str:
    about = value["about"]
    match value["fault"]:
        case "few":
            return f"The plan has only {about} visits in {value['month']}."
        case "alike":
            service = BASELINE.lists.services.title(about)
            return f"The plan has {service} twice in {value['month']}."
        case "twice":
            return f"The plan has two visits in one 旬 of {value['month']}."
    return rosters.sentence(about)
