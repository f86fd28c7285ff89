"""Reads the dated numbers of a county from the TOML of its policy pack.

Each group of numbers is an array of tables, one table for each time and place for which it holds:

    [[visits]]
    from = 2024-01-01
    per_month_min = 3

Every key is a field of the group's value in `groups`; beside them stand `from`, `until` and
`divisions`, which may lack. A group that lacks is not run by the county. What does not hold
together is refused with the file, the key and the reason.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from node.care.codes import CodeList
from node.care.parameters import groups
from node.care.parameters.dated import FIRST_DAY, LAST_DAY, Dated, Entry
from node.care.parameters.groups import Band, Line, Parameters, Programme
from node.care.policy import BASELINE
from node.care.toml import Reader, content_of, document

ENTRIES_MAX = 500
"""How many entries a group has at most."""

_FEN_MAX = 100_000_000_000
_AGE_MAX = 150
_ITEMS_MAX = 200
COUNTED = ("visit", "base", "bonus")
"""The kinds of pay that a line of a budget may count."""
_LISTS = BASELINE.lists
_PLACED = ("from", "until", "divisions")

Read = Callable[[Reader, str, object], Any]


# --- single values -------------------------------------------------------------------------------


def _whole(low: int, high: int) -> Read:
    return lambda reader, key, value: reader.number(key, value, low, high)


def _yes_or_no(reader: Reader, key: str, value: object) -> bool:
    if not isinstance(value, bool):
        reader.wrong(key, f"is {value!r}, and true or false is needed")
    return value


def _word(reader: Reader, key: str, value: object) -> str:
    return reader.text(key, value)


def _code(reader: Reader, key: str, value: object) -> str:
    return reader.code(key, value)


def _known(codes: CodeList) -> Read:
    """A code of a list of the baseline."""

    def read(reader: Reader, key: str, value: object) -> str:
        if not isinstance(value, str) or value not in codes:
            reader.wrong(key, f"is {value!r}, and no code of {codes.name}: {', '.join(codes)}")
        return value

    return read


def _each(read: Read) -> Read:
    """A list, which may be empty, of different values."""

    def read_all(reader: Reader, key: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > _ITEMS_MAX:
            reader.wrong(key, f"is not a list, or has more than {_ITEMS_MAX} values")
        found = tuple(read(reader, f"{key}[{place}]", one) for place, one in enumerate(value))
        if len(set(found)) != len(found):
            reader.wrong(key, "names something twice")
        return found

    return read_all


def _two(first: Read, second: Read) -> Read:
    """A list of exactly two values."""

    def read(reader: Reader, key: str, value: object) -> tuple[Any, Any]:
        if not isinstance(value, list) or len(value) != 2:
            reader.wrong(key, "is not a list of two values")
        return first(reader, f"{key}[0]", value[0]), second(reader, f"{key}[1]", value[1])

    return read


def _amounts(codes: CodeList) -> Read:
    """A table of codes and fen a month, in the order of the list."""

    def read(reader: Reader, key: str, value: object) -> tuple[tuple[str, int], ...]:
        if not isinstance(value, dict) or not value:
            reader.wrong(key, "is not a table of codes and amounts, or is empty")
        for code in value:
            _known(codes)(reader, key, code)
        return tuple(
            (code, reader.number(f"{key}.{code}", value[code], 0, _FEN_MAX))
            for code in codes
            if code in value
        )

    return read


def _bands(high: int) -> Read:
    """Ages with a value each, from the youngest on, without a hole and without an overlap."""

    def read(reader: Reader, key: str, value: object) -> tuple[Band, ...]:
        found: list[Band] = []
        for place, one in enumerate(reader.array(key, value)):
            where = f"{key}[{place}]"
            row = reader.table(where, one, ("age_min", "age_max", "value"))
            low = reader.number(f"{where}.age_min", row["age_min"], 0, _AGE_MAX)
            band = Band(
                low,
                reader.number(f"{where}.age_max", row["age_max"], low, _AGE_MAX),
                reader.number(f"{where}.value", row["value"], 0, high),
            )
            if found and band.age_min != found[-1].age_max + 1:
                reader.wrong(
                    f"{where}.age_min",
                    f"is {band.age_min}, and the band before ends at {found[-1].age_max}",
                )
            found.append(band)
        return tuple(found)

    return read


def _lines(reader: Reader, key: str, value: object) -> tuple[Line, ...]:
    """The lines of a budget; one may lack its amount and is the rest."""
    found: list[Line] = []
    for place, one in enumerate(reader.array(key, value)):
        where = f"{key}[{place}]"
        names = ("code", "name", "planned_fen", "counts")
        row = reader.table(where, one, names, optional=names[2:])
        planned = row.get("planned_fen")
        if planned is not None:
            planned = reader.number(f"{where}.planned_fen", planned, 0, _FEN_MAX)
        name = reader.text(f"{where}.name", row["name"])
        counts = row.get("counts", "")
        if counts not in ("", *COUNTED):
            reader.wrong(f"{where}.counts", f"is {counts!r}, and none of {', '.join(COUNTED)}")
        found.append(Line(reader.code(f"{where}.code", row["code"]), name, planned, counts))
    if len({line.code for line in found}) != len(found):
        reader.wrong(key, "names a line twice")
    counting = [line.counts for line in found if line.counts]
    if len(set(counting)) != len(counting):
        reader.wrong(key, "has two lines that count the same pay")
    if sum(line.planned_fen is None for line in found) > 1:
        reader.wrong(key, "has more than one line without planned_fen, and one can be the rest")
    return tuple(found)


# --- which field is read how ---------------------------------------------------------------------

_OF_GROUPS = (
    "carer_groups", "groups", "high_groups", "key_groups", "key_groups_any_age", "quota_groups",
)  # fmt: skip
"""The fields that name groups of people."""

_READ: Mapping[str, Read] = {
    **dict.fromkeys(_OF_GROUPS, _each(_known(_LISTS.person_groups))),
    **dict.fromkeys(("age_min", "general_age", "high_age", "key_age"), _whole(0, _AGE_MAX)),
    "ages": _two(_whole(0, _AGE_MAX), _whole(0, _AGE_MAX)),
    "arrears_from_day": _whole(1, 28),
    "assessment_months": _whole(1, 120),
    "bands": _bands(_FEN_MAX),
    "by_hour": _whole(0, 23),
    "canteen_kinds": _each(_known(_LISTS.facility_kinds)),
    "claim_thousandths": _whole(1, 1000),
    "call_back_thousandths": _whole(0, 1000),
    "checklist": _each(_word),
    "clients_per_day_max": _whole(1, 100),
    "code": _code,
    "discounts": _bands(1000),
    "excludes": _each(_code),
    "funded_by": _word,
    "grades": _each(_known(_LISTS.disability_grades)),
    "institution_kinds": _each(_known(_LISTS.facility_kinds)),
    **dict.fromkeys(
        ("least", "most"), _each(_two(_known(_LISTS.reading_kinds), _whole(0, 10_000)))
    ),
    "kinds": _each(_known(_LISTS.disability_kinds)),
    "late_after_hours": _whole(1, 8_760),
    "lines": _lines,
    "merchant_share": _whole(0, 1000),
    "minutes_min": _whole(0, 1_440),
    "must_items": _each(_word),
    "name": _word,
    "paid_kinds": _each(_known(_LISTS.helper_kinds)),
    "paired_grades": _each(_known(_LISTS.disability_grades)),
    "per_month_min": _whole(1, 31),
    "per_year": _whole(1, 12),
    "quota_age_groups": _each(_two(_whole(0, _AGE_MAX), _known(_LISTS.person_groups))),
    "quota_pairs": _each(_two(_known(_LISTS.person_groups), _known(_LISTS.person_groups))),
    "ratios": _each(_two(_known(_LISTS.care_grades), _whole(1, 100))),
    "round_to_fen": _whole(1, 10_000),
    "salaried_kinds": _each(_known(_LISTS.helper_kinds)),
    "score_min": _whole(0, 100),
    "services": _each(_known(_LISTS.services)),
    "severe_grades": _each(_known(_LISTS.disability_grades)),
    "site_kinds": _each(_known(_LISTS.facility_kinds)),
    "shares": _each(_two(_known(_LISTS.funding_levels), _whole(1, 1000))),
    "skills": _each(_two(_known(_LISTS.services), _known(_LISTS.worker_classes))),
    "stage_days": _each(_two(_known(_LISTS.complaint_stages), _whole(0, 365))),
    "stars_from": _whole(0, 500),
    "urgent_services": _each(_known(_LISTS.services)),
    "told_from_month": _whole(1, 12),
    "training_from_month": _whole(0, 12),
}
"""How a field is read wherever it stands; any other is a whole number, an amount, or yes or no."""

_AMOUNTS: Mapping[str, CodeList] = {
    "frailty_allowance": _LISTS.ability_levels,
    "care_tariff": _LISTS.care_grades,
}
_COUNT_MAX = 1_000_000


def _reader_of(group: str, field: str, kind: object) -> Read:
    """How a field of a group is read."""
    if field == "amounts":
        return _amounts(_AMOUNTS[group])
    if field in _READ:
        return _READ[field]
    if kind is bool:
        return _yes_or_no
    assert kind is int, f"{group}.{field} has no way to be read"
    return _whole(0, _FEN_MAX if field.endswith("_fen") else _COUNT_MAX)


def _groups() -> dict[str, type]:
    """The value of each group, by its key in the pack."""
    hints = get_type_hints(Parameters)
    found: dict[str, type] = {"programmes": Programme}
    for name, hint in hints.items():
        if getattr(hint, "__origin__", None) is Dated:
            found[name] = hint.__args__[0]
    return found


GROUPS: Mapping[str, type] = _groups()
"""The groups of a pack, by their keys."""


# --- a pack --------------------------------------------------------------------------------------


def load(path: Path) -> Parameters:
    """Reads the numbers of a county from a TOML file.

    Raises:
        UsageError: The file cannot be read, or does not hold together.
    """
    return parse(content_of(path), str(path))


def parse(content: bytes, source: str) -> Parameters:
    """Reads the numbers of a county from the bytes of a TOML file.

    Args:
        content: The file's bytes, UTF-8.
        source: What to call the file in messages.

    Raises:
        UsageError: As for `load`.
    """
    reader = Reader(source)
    heads = ("version", "county")
    top = reader.table("the file", document(reader, content), (*heads, *GROUPS), optional=GROUPS)
    made = {
        name: _dated(reader, name, _entries(reader, name, top.get(name, [])))
        for name in GROUPS
        if name != "programmes"
    }
    programmes: dict[str, list[Entry[Any]]] = {}
    for entry in _entries(reader, "programmes", top.get("programmes", [])):
        programmes.setdefault(entry.value.code, []).append(entry)
    return Parameters(
        version=reader.code("version", top["version"]),
        county=reader.text("county", top["county"]),
        programmes={
            code: _dated(reader, "programmes", entries) for code, entries in programmes.items()
        },
        **made,
    )


def _entries(reader: Reader, group: str, value: object) -> list[Entry[Any]]:
    if not isinstance(value, list) or len(value) > ENTRIES_MAX:
        reader.wrong(group, f"is not an array of tables, or has more than {ENTRIES_MAX}")
    return [_entry(reader, group, f"{group}[{place}]", one) for place, one in enumerate(value)]


def _entry(reader: Reader, group: str, key: str, value: object) -> Entry[Any]:
    kind = GROUPS[group]
    fields, hints = dataclasses.fields(kind), get_type_hints(kind)
    may_lack = [one.name for one in fields if one.default is not dataclasses.MISSING]
    names = [*_PLACED, *(one.name for one in fields)]
    row = reader.table(key, value, names, optional=(*_PLACED, *may_lack))
    read = {
        one.name: _reader_of(group, one.name, hints[one.name])(
            reader, f"{key}.{one.name}", row[one.name]
        )
        for one in fields
        if one.name in row
    }
    made = kind(**read)
    _check_together(reader, key, made)
    since = _day(reader, f"{key}.from", row.get("from"), FIRST_DAY)
    until = _day(reader, f"{key}.until", row.get("until"), LAST_DAY)
    if until < since:
        reader.wrong(f"{key}.until", f"is {until}, before {since}, the first day")
    return Entry(made, since, until, _divisions(reader, f"{key}.divisions", row.get("divisions")))


def _day(reader: Reader, key: str, value: object, absent: str) -> str:
    if value is None:
        return absent
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        reader.wrong(key, f"is {value!r}, and a day such as 2026-01-01 is needed, without quotes")
    return value.isoformat()


def _divisions(reader: Reader, key: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    codes = _each(_word)(reader, key, reader.array(key, value))
    for code in codes:
        if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12)):
            reader.wrong(key, f"names {code!r}, and a code has 6, 9 or 12 digits")
    return tuple(codes)


def _check_together(reader: Reader, key: str, value: Any) -> None:
    """Refuses fields that contradict each other."""
    match value:
        case Programme():
            _check_budget(reader, key, value)
            _check_shares(reader, key, value)
            if value.ages[1] < value.ages[0]:
                reader.wrong(f"{key}.ages", f"ends at {value.ages[1]}, below {value.ages[0]}")
        case groups.Liaisons() if value.month_max_fen < value.month_min_fen:
            reader.wrong(f"{key}.month_max_fen", "is less than month_min_fen")
        case groups.Pay() if set(value.paid_kinds) & set(value.salaried_kinds):
            reader.wrong(f"{key}.salaried_kinds", "names a kind that is paid by the visit, too")
        case groups.Points() if value.cap and value.spend_from > value.cap:
            reader.wrong(f"{key}.spend_from", f"is more than the {value.cap} that anybody keeps")
        case groups.CareVisits() if value.burst_visits_max and not value.burst_minutes:
            reader.wrong(f"{key}.burst_minutes", "is missing, and burst_visits_max needs it")
        case groups.CareVisits() if value.one_per_xun and value.per_month_min > 3:
            reader.wrong(f"{key}.per_month_min", "is more than 3, and a month has three 旬")
        case _:
            pass


def _check_shares(reader: Reader, key: str, programme: Programme) -> None:
    """Refuses shares that are not the whole, and a level that pays twice."""
    paid = sum(share for _, share in programme.shares)
    if programme.shares and paid != 1000:
        reader.wrong(f"{key}.shares", f"add up to {paid} thousandths, and the whole is 1000")
    if len({level for level, _ in programme.shares}) != len(programme.shares):
        reader.wrong(f"{key}.shares", "names a level twice")


def _check_budget(reader: Reader, key: str, programme: Programme) -> None:
    planned = sum(line.planned_fen or 0 for line in programme.lines)
    rest = any(line.planned_fen is None for line in programme.lines)
    if planned > programme.budget_fen or (not rest and planned != programme.budget_fen):
        reader.wrong(
            f"{key}.lines",
            f"come to {planned} fen, and the budget is {programme.budget_fen} fen",
        )


def _dated(reader: Reader, group: str, entries: Sequence[Entry[Any]]) -> Dated[Any]:
    dated = Dated(group, tuple(sorted(entries, key=lambda one: (one.since, one.divisions))))
    both = dated.overlapping()
    if both is not None:
        one, other = (dated.entries[place] for place in both)
        since = max(one.since, other.since)
        reader.wrong(
            group,
            f"has two entries that hold on {since}: one from {one.since} until {one.until}, one "
            f"from {other.since} until {other.until}",
        )
    return dated
