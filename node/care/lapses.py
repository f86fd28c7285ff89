"""What has lapsed: needs, notices, calls and devices that nobody saw to, places without their due.

Each finding is a pure function of facts in any order, for a day that is handed in, as in
`node.care.findings`; those about a facility name it as their subject. `node.care.watching` gathers
what they read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from node.care import findings, periods
from node.care.facilities import CLOSED
from node.care.facts import (
    calls,
    entrusted,
    health,
    institutions,
    places,
    providers,
    rounds,
    support,
)
from node.care.facts.health import during
from node.care.findings import Cared, Lack, Row
from node.care.money import yuan
from node.care.parameters.duties import Watch
from node.care.parameters.groups import HealthChecks
from node.care.parameters.serving import Hotline, Readings, Staffing
from node.care.policy import BASELINE
from node.clock import day, local, parse_local, stamp_ms

DUE = ("silent_device",)
GAPS = (
    "need_overdue", "need_unowned", "notice_overdue", "notice_undone", "centreless",
    "understaffed", "no_contract", "nobody_on_call", "answered_late", "open_call", "no_round",
    "reading_out", "check_dear", "check_twice", "two_homes", "reported", "voucher_over",
)  # fmt: skip
"""The codes of findings, by the report in which they stand."""

FACILITIES = frozenset({"centreless", "understaffed", "no_contract"})
"""The codes whose subject is a facility."""

_HOUR_MS = 3_600_000


# --- about people --------------------------------------------------------------------------------


def of_needs(
    one: Cared, needs: Iterable[Row], steps: Collection[Row], today: str, watch: Watch, policy: str
) -> list[Lack]:
    """A person's needs that are overdue, or that nobody has taken for too long (QZ-28, ZS-35)."""
    days = watch.need_days
    since = periods.day_after(today, -days) if days else ""
    found = []
    for need, why in support.neglected(needs, steps, today, since):
        first = need["due_on"] if why == "overdue" else periods.day_after(need["found_on"], days)
        begun = periods.day_after(first) if why == "overdue" else first
        values = {"detail": need["detail"], "found": need["found_on"]}
        found.append(one.lacks(f"need_{why}", begun, policy, **values))
    return found


def of_calls(
    one: Cared, emergencies: Iterable[Row], requests: Iterable[Row], now: int, rules: Hotline,
    policy: str,
) -> list[Lack]:  # fmt: skip
    """The calls for help to which the answer came too late, or has not come (HC-07, ZS-24)."""
    asked = [
        (row["called_at"], calls.waited_minutes(row["called_at"], row["answered_at"], now))
        for row in emergencies
    ]
    late = [(at, waited) for at, waited in asked if waited > rules.answer_minutes]
    late += [
        (row["asked_at"], waited)
        for row, waited in calls.late_requests(requests, now, rules.answer_minutes)
    ]
    least = rules.answer_minutes
    return [
        one.lacks("answered_late", day(at), policy, at=local(at), waited=waited, least=least)
        for at, waited in sorted(late)
    ]


def of_hotline(one: Cared, asked: Iterable[Row], today: str, policy: str) -> list[Lack]:
    """The calls of earlier days that have ended in nothing yet (HC-05)."""
    return [
        one.lacks(
            "open_call", periods.day_after(day(row["called_at"])), policy,
            at=local(row["called_at"]), caller=row["caller"],
        )
        for row in sorted(asked, key=lambda row: (row["called_at"], str(row["id"])))
        if not row["outcome"] and day(row["called_at"]) < today
    ]  # fmt: skip


def of_reports(one: Cared, reported: Iterable[Row], today: str, policy: str) -> list[Lack]:
    """What departments report of a person and nobody has decided about (ZS-04)."""
    lists = BASELINE.lists
    return [
        one.lacks(
            "reported", day(stamp_ms(row["time"])), policy,
            department=lists.departments.title(row["department"]),
            event=lists.reported_events.title(row["reports"]),
            happened=row["happened_on"] or day(stamp_ms(row["time"])),
        )
        for row in sorted(reported, key=lambda row: (row["time"], str(row["id"])))
        if day(stamp_ms(row["time"])) <= today
    ]  # fmt: skip


def of_vouchers(
    one: Cared, vouchers: Iterable[Row], spendings: Collection[Row], policy: str
) -> list[Lack]:
    """The vouchers of which more was spent than they are worth, by nodes apart (CC-24)."""
    found = []
    for row in sorted(vouchers, key=lambda row: str(row["id"])):
        spent = [each for each in spendings if each["voucher"] == row["id"]]
        left, _ = entrusted.left_of(row, spent, "", 0)
        if left < 0:
            last = max(each["used_on"] for each in spent)
            found.append(
                one.lacks("voucher_over", last, policy, month=row["month"], over=yuan(-left))
            )
    return found


def of_devices(
    one: Cared, devices: Iterable[Row], signals: Iterable[Row], today: str, rules: Hotline,
    policy: str,
) -> list[Lack]:  # fmt: skip
    """The devices of a person that have been silent too long; a visit since makes up (ZS-24)."""
    standing = during(devices, today)
    if not rules.silent_days or one.away:
        return []
    found = []
    signs = calls.last_signs(standing, signals)
    for row in standing:
        last = max(signs[str(row["id"])], one.seen_on)
        silent = periods.days_between(last, today)
        if silent > rules.silent_days:
            since = periods.day_after(last, rules.silent_days + 1)
            found.append(one.lacks("silent_device", since, policy, serial=row["serial"], last=last))
    return found


def of_rounds(one: Cared, days: Iterable[str], done: Iterable[Row], policy: str) -> list[Lack]:
    """The visits for a safety round of which no checklist was filled in (CC-16)."""
    return [
        one.lacks("no_round", on, policy, day=on) for on in rounds.without_round(days, done, one.id)
    ]


def of_readings(one: Cared, readings: Iterable[Row], rules: Readings, policy: str) -> list[Lack]:
    """The readings that lie outside their bounds and that no later one has put right (HC-17)."""
    least, most = dict(rules.least), dict(rules.most)
    kinds = BASELINE.lists.reading_kinds
    return [
        one.lacks(
            "reading_out", day(row["taken_at"]), policy,
            kind=kinds.title(row["kind"]), value=f"{row['tenths'] / 10:g}",
            at=local(row["taken_at"]),
        )
        for row in health.out_of_bounds(readings, least, most)
    ]  # fmt: skip


def of_checks(
    one: Cared, checks: Iterable[Row], today: str, rules: HealthChecks, policy: str
) -> list[Lack]:
    """The health checks of the year beyond what the county pays for (QX-18).

    One costs too much, or is the second in one part of the year.
    """
    found, parts = list[Lack](), dict[int, str]()
    for row in sorted(checks, key=lambda row: (row["done_on"], str(row["id"]))):
        on = row["done_on"]
        if on[:4] != today[:4] or on > today:
            continue
        if rules.cost_fen < (row["cost_fen"] or 0):
            cost, most = yuan(row["cost_fen"]), yuan(rules.cost_fen)
            found.append(one.lacks("check_dear", on, policy, day=on, cost=cost, most=most))
        part = health.part_of(on, rules.per_year)
        if part in parts:
            found.append(one.lacks("check_twice", on, policy, day=on, before=parts[part]))
        parts.setdefault(part, on)
    return found


def in_two_homes(one: Cared, placements: Sequence[Row], today: str, policy: str) -> list[Lack]:
    """Who lives in two institutions at once, by what was written at two nodes (HC-10)."""
    here = institutions.in_two_homes(placements, today)
    if not here:
        return []
    since = max(row["since"] for row in here)
    return [one.lacks("two_homes", since, policy, homes=", ".join(row["id"] for row in here))]


# --- about facilities ----------------------------------------------------------------------------


def _about(row: Row, code: str, since: str, policy: str, **values: object) -> Lack:
    told = tuple(sorted((name, str(value)) for name, value in values.items()))
    return Lack(since, "", code, row["id"], row["division#"], policy, told)


def without_centre(
    facilities: Iterable[Row], ties: Sequence[Row], today: str, policy: str
) -> list[Lack]:
    """The points in operation that belong to no centre (CC-10)."""
    return [
        _about(row, "centreless", row["opened_on"] or today, policy)
        for row in facilities
        if row["kind"] in places.POINT_KINDS and row["status"] not in CLOSED
        and not places.centre_of(ties, row["id"], today)
    ]  # fmt: skip


def without_contract(
    facilities: Iterable[Row], contracts: Sequence[Row], today: str, policy: str
) -> list[Lack]:
    """The facilities 公建民营 for which no contract with an end holds (ZS-38, CC-03)."""
    found = []
    for row in facilities:
        if row["status"] in CLOSED or providers.check_mode(row, contracts, today):
            continue
        ended = [one["until"] for one in contracts if one["facility"] == row["id"]]
        past = max((one for one in ended if one < today), default="")
        since = periods.day_after(past) if past else row["opened_on"] or today
        found.append(_about(row, "no_contract", since, policy, ended=past))
    return found


def staffing(
    facility: Row, placements: Iterable[Row], posts: Iterable[Row], grades: Mapping[str, str],
    rules: Staffing, today: str,
) -> tuple[int, int, int]:  # fmt: skip
    """How many live at an institution, how many work there, and how many should (ZS-14).

    Args:
        facility: The institution.
        placements: Facts of `placement`.
        posts: Facts of `facility_post`.
        grades: By person the code of `care_grades`, or empty.
        rules: The ratios.
        today: ISO date.
    """
    here = facility["id"]
    living = {row["person"] for row in during(placements, today) if row["facility"] == here}
    staff = {row["name"] for row in during(posts, today) if row["facility"] == here}
    counts: dict[str, int] = {}
    for person in living:
        grade = grades.get(person, "")
        counts[grade] = counts.get(grade, 0) + 1
    return len(living), len(staff), institutions.staff_needed(counts, rules.ratios)


def understaffed(
    facility: Row, numbers: tuple[int, int, int], today: str, policy: str
) -> Lack | None:
    """An institution with fewer of staff than the ratios ask for, by `staffing`."""
    residents, staff, needed = numbers
    if staff >= needed:
        return None
    values = {"residents": residents, "staff": staff, "needed": needed}
    return _about(facility, "understaffed", today, policy, **values)


# --- about divisions -----------------------------------------------------------------------------


def unconfirmed(
    notices: Iterable[Row], receipts: Iterable[Row], done: Iterable[Row], today: str, policy: str
) -> list[Lack]:
    """The notices that were to be confirmed, or to be done, by a day and were not (ZS-06)."""
    read = {row["notice"] for row in receipts}
    finished = {row["notice"] for row in done}
    found = []
    for row in notices:
        for code, by, over in (
            ("notice_overdue", row["due_on"], row["id"] in read | finished),
            ("notice_undone", row["done_by"], row["id"] in finished),
        ):
            if by and by < today and not over:
                told = (("due", by), ("title", row["title"]))
                since, place = periods.day_after(by), row["division#"]
                found.append(Lack(since, "", code, place, place, policy, told))
    return found


def nobody_on_call(
    division: str, rota: Iterable[Row], today: str, rules: Hotline, policy: str
) -> list[Lack]:
    """The hours from the beginning of the day on in which nobody is on call (HC-02)."""
    if not rules.around_the_clock:
        return []
    begin = parse_local(f"{today} 00:00")
    gaps = calls.nobody_on_call(rota, begin, begin + rules.ahead_hours * _HOUR_MS)
    return [
        Lack(
            today, "", "nobody_on_call", division, division, policy,
            (("first", local(first)), ("last", local(last))),
        )
        for first, last in gaps
    ]  # fmt: skip


# --- sentences -----------------------------------------------------------------------------------


def why(lack: Lack) -> str:
    """What any finding says, of these or of `findings`, in English, for `said`."""
    return sentence(lack.code, dict(lack.values)) or findings.sentence(lack)


def sentence(code: str, value: Mapping[str, str]) -> str:
    """What a finding says, in English, for `said`; empty where it is none of these."""
    match code:
        case "need_overdue":
            return f"Not met in time: {value['detail']}, found on {value['found']}."
        case "need_unowned":
            return f"Nobody has taken it since {value['found']}: {value['detail']}."
        case "notice_overdue":
            return f"Not confirmed by {value['due']}: {value['title']}."
        case "notice_undone":
            return f"Not done by {value['due']}: {value['title']}."
        case "centreless":
            return "The point belongs to no centre."
        case "understaffed":
            return (
                f"Its {value['residents']} residents need {value['needed']} of staff, and there "
                f"are {value['staff']}."
            )
        case "no_contract" if value["ended"]:
            return f"The contract of who runs it ended on {value['ended']}."
        case "no_contract":
            return "Somebody runs it without a contract."
        case "nobody_on_call":
            return f"Nobody is on call from {value['first']} to {value['last']}."
        case "answered_late":
            return (
                f"The call of {value['at']} waited for {value['waited']} minutes; at most "
                f"{value['least']}."
            )
        case "open_call":
            return f"The call of {value['caller']} at {value['at']} has ended in nothing yet."
        case "reported":
            told = f"{value['event']}, {value['happened']}"
            return f"Reported by {value['department']}, and nobody has decided: {told}."
        case "voucher_over":
            return f"Of the voucher of {value['month']} {value['over']} yuan too much were spent."
        case "silent_device":
            return f"The device {value['serial']} has been silent since {value['last']}."
        case "reading_out":
            return f"At {value['at']} {value['kind']} was {value['value']}: somebody has to look."
        case "check_dear":
            cost, most = value["cost"], value["most"]
            return f"The check-up of {value['day']} cost {cost} yuan; {most} are paid."
        case "check_twice":
            return f"The check-up of {value['day']} is one too many; one was on {value['before']}."
        case "two_homes":
            return f"The person lives in two institutions at once: {value['homes']}."
        case "no_round":
            return f"Of the safety round on {value['day']} no checklist was filled in."
    return ""
