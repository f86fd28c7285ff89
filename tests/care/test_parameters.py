"""A county's numbers: read whole or refused by name, dated, and never two at once."""

from __future__ import annotations

import copy
import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.parameters import publishing
from node.care.parameters.dated import Dated, Entry
from node.care.parameters.groups import Parameters, band_of
from node.care.parameters.reading import GROUPS, load, parse
from node.care.parameters.telling import difference, said_by
from node.errors import UsageError

PACKS = publishing.shipped()


@pytest.fixture
def packs() -> dict[str, Parameters]:
    return {code: load(path) for code, path in PACKS.items()}


def toml(value: Any) -> str:
    """A value as TOML writes it inline."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime.date():
            return value.isoformat()
        case int() | float():
            return str(value)
        case dict():
            return "{" + ", ".join(f'"{key}" = {toml(one)}' for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04X}"
                      for c in str(value) if ord(c) < 0xD800)  # fmt: skip
    return f'"{escaped}"'


def written(document: dict[str, Any]) -> bytes:
    return "\n".join(f'"{key}" = {toml(value)}' for key, value in document.items()).encode()


def changed(code: str, **groups: Any) -> bytes:
    return written({**tomllib.loads(PACKS[code].read_text()), **groups})


# --- what comes with Linli -----------------------------------------------------------------------


def test_five_counties_come_with_linli(packs: dict[str, Parameters]) -> None:
    assert set(packs) == {"130732", "140430", "350500", "420323", "431202"}
    for code, pack in packs.items():
        assert parse(written(tomllib.loads(PACKS[code].read_text())), "again") == pack
    used = {name for pack in packs.values() for name in GROUPS if getattr(pack, name)}
    assert used == set(GROUPS), "every group is shown by one of them"


def test_the_money_of_qinxian_adds_up(packs: dict[str, Parameters]) -> None:
    """Domain 2.7, 1: 63, 21, 5.04 and 1.5 of 105; 14.46 is left."""
    pack = packs["140430"]
    programme = pack.programmes["tuoyang"].needed("2026-01-01")
    lines = {line.code: line.planned_fen for line in programme.lines}
    visits, pay = pack.visits.needed("2026-01-01"), pack.pay.needed("2026-01-01")
    checks, areas = pack.health_checks.needed("2026-01-01"), pack.areas.needed("2026-01-01")
    assert 350 * visits.per_month_min * 12 * pay.per_visit_fen == lines["visits"] == 63_000_000
    assert 350 * checks.per_year * checks.cost_fen == lines["checks"] == 21_000_000
    assert 350 * 12 * areas.per_client_month_fen == lines["areas"] == 5_040_000
    planned = sum(line.planned_fen or 0 for line in programme.lines)
    assert programme.budget_fen - planned == 14_460_000 and lines["rest"] is None


def test_the_tariff_of_hecheng_holds_where_and_when_it_says(packs: dict[str, Parameters]) -> None:
    tariff = packs["431202"].care_tariff
    amounts = (("ZL", 30_000), ("BH", 90_000), ("QH", 150_000))
    assert tariff.needed("2024-01-01").amounts == amounts
    assert tariff.on("2023-06-01") is None, "at first in three townships only"
    assert tariff.needed("2023-06-01", "431202101205").amounts == amounts
    assert tariff.on("2023-06-01", "431202999205") is None
    with pytest.raises(UsageError, match=r"no \[\[care_tariff\]\] for 2022-12-31 in division 43"):
        tariff.needed("2022-12-31", "431202101205")


def test_an_age_has_one_band(packs: dict[str, Parameters]) -> None:
    bands = packs["420323"].age_allowance.needed("2026-01-01").bands
    found = [band_of(bands, age) for age in (79, 80, 89, 90, 99, 100, 120)]
    assert [band and band.value for band in found] == [
        None, 5_000, 5_000, 10_000, 10_000, 50_000, 50_000
    ]  # fmt: skip


# --- what is refused -----------------------------------------------------------------------------

VISITS = tomllib.loads(PACKS["140430"].read_text())["visits"][0]
PROGRAMME = tomllib.loads(PACKS["140430"].read_text())["programmes"][0]
MEALS = tomllib.loads(PACKS["431202"].read_text())["meals"][0]
DAY = datetime.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ({"visists": [VISITS]}, r"the file\.visists is no key that is known"),
        ({"visits": [VISITS | {"colour": 1}]}, r"visits\[0\]\.colour is no key that is known"),
        ({"visits": [{**VISITS, "per_month_min": "3"}]}, r"per_month_min is '3', and a whole"),
        ({"visits": [{**VISITS, "per_month_min": 0}]}, r"per_month_min is 0, and a whole number"),
        ({"visits": [{**VISITS, "per_month_min": 4}]}, r"a month has three 旬"),
        ({"visits": [{**VISITS, "one_per_xun": 1}]}, r"one_per_xun is 1, and true or false"),
        ({"visits": [VISITS, VISITS]}, r"visits has two entries that hold on 0001-01-01"),
        ({"visits": [VISITS, {**VISITS, "from": DAY}]}, r"two entries that hold on 2026-01-01"),
        ({"visits": [{**VISITS, "from": "2026-01-01"}]}, r"from is '2026-01-01', and a day"),
        ({"visits": [{**VISITS, "from": DAY, "until": datetime.date(2025, 1, 1)}]}, "before 2026"),
        ({"visits": [{**VISITS, "divisions": ["沁县"]}]}, r"a code has 6, 9 or 12 digits"),
        ({"visits": [{**VISITS, "divisions": []}]}, r"divisions is not a list, or is empty"),
        ({"visits": {}}, "visits is not an array of tables"),
        ({"pay": [{"per_visit_fen": -1, "base_fen": 0, "paid_kinds": [], "salaried_kinds": []}]},
         r"per_visit_fen is -1"),
        ({"pay": [{"per_visit_fen": 1, "base_fen": 0, "paid_kinds": ["??"], "salaried_kinds": []}]},
         r"paid_kinds\[0\] is '\?\?', and no code of helper_kinds"),
        ({"pay": [{"per_visit_fen": 1, "base_fen": 0, "paid_kinds": ["ZZ"],
                   "salaried_kinds": ["ZZ"]}]}, "paid by the visit, too"),
        ({"programmes": [{**PROGRAMME, "budget_fen": 1}]}, r"lines come to 90540000 fen"),
        ({"programmes": [{**PROGRAMME, "lines": PROGRAMME["lines"][:2]}]}, "come to 84000000 fen"),
        ({"programmes": [{**PROGRAMME, "lines": PROGRAMME["lines"] * 2}]}, "names a line twice"),
        ({"programmes": [PROGRAMME, PROGRAMME]}, "programmes has two entries that hold"),
        ({"programmes": [{**PROGRAMME, "ages": [60, 16]}]}, "ages ends at 16, below 60"),
        ({"meals": [{**MEALS, "discounts": [{"age_min": 60, "age_max": 79, "value": 1001}]}]},
         "value is 1001"),
        ({"meals": [{**MEALS, "discounts": [
            {"age_min": 60, "age_max": 79, "value": 800},
            {"age_min": 81, "age_max": 89, "value": 700}]}]}, "the band before ends at 79"),
        ({"meals": [{**MEALS, "discounts": [{"age_min": 9, "age_max": 8, "value": 1}]}]},
         "age_max is 8"),
        ({"meals": [{key: one for key, one in MEALS.items() if key != "quota_year_fen"}]},
         r"quota_year_fen is missing"),
        ({"version": ""}, "version is ''"),
        ({"county": 5}, "county is 5"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_named(groups: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        parse(changed("140430", **groups), "沁县.toml")
    assert str(refused.value).startswith("The policy pack 沁县.toml cannot be used: ")


def test_two_programmes_and_two_places_may_hold_at_once() -> None:
    other = {**PROGRAMME, "code": "other"}
    places = [{**VISITS, "divisions": [code]} for code in ("140430100", "140430101")]
    pack = parse(changed("140430", programmes=[PROGRAMME, other], visits=places), "x")
    assert set(pack.programmes) == {"tuoyang", "other"} and len(pack.visits.entries) == 2
    below = [{**VISITS, "divisions": ["140430"]}, {**VISITS, "divisions": ["140430100201"]}]
    with pytest.raises(UsageError, match="two entries that hold"):
        parse(changed("140430", visits=below), "x")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A pack in which something is missing, renamed, or of another kind."""
    code = draw(st.sampled_from(sorted(PACKS)))
    document: Any = copy.deepcopy(tomllib.loads(PACKS[code].read_text()))
    at = document
    for _ in range(draw(st.integers(0, 4))):
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        inner = [key for key in keys if isinstance(at[key], dict | list) and at[key]]
        if not inner:
            break
        at = at[draw(st.sampled_from(inner))]
    keys = list(at) if isinstance(at, dict) else list(range(len(at)))
    key = draw(st.sampled_from(keys))
    odd: list[Any] = [
        0, -1, 10**18, True, "", "x", "ZC", [], {}, [[]], 1.5, DAY, [1, 2], {"a": 1}, None,
        " ", "\u0007", [0, "DB"],
    ]  # fmt: skip
    value = draw(st.sampled_from(odd))
    if value is None:
        del at[key]
    else:
        at[key] = value
    return written(document)


@given(mutated())
def test_a_damaged_pack_is_read_or_refused_by_name(content: bytes) -> None:
    refused = None
    try:
        parse(content, "x.toml")
    except UsageError as error:
        refused = error
    assert refused is None or ("x.toml cannot be used: " in str(refused) and refused.hint)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(UsageError):
        parse(content, "x.toml")


# --- days and places -----------------------------------------------------------------------------

days = st.dates(datetime.date(2025, 1, 1), datetime.date(2025, 1, 12)).map(str)
entries = st.builds(
    lambda ends, places: Entry(0, min(ends), max(ends), tuple(places)),
    st.tuples(days, days),
    st.lists(st.sampled_from(["14", "1404", "15"]), max_size=2, unique=True),
)


@given(entries, entries)
def test_two_entries_overlap_where_both_hold(one: Entry[int], other: Entry[int]) -> None:
    every = [f"2025-01-{day:02}" for day in range(1, 13)]
    both = any(
        one.holds(day, code) and other.holds(day, code)
        for day in every
        for code in ("140430", "150000", "149999", "999999")
    )
    assert one.overlaps(other) == other.overlaps(one) == both
    assert (Dated("x", (one, other)).overlapping() is not None) == both


# --- telling -------------------------------------------------------------------------------------


def test_every_number_is_told_and_every_difference(packs: dict[str, Parameters]) -> None:
    pack = packs["140430"]
    told = {(one.group, one.key): one.value for one in said_by(pack)}
    assert told["visits", "per_month_min"] == "3" and told["visits", "one_per_xun"] == "是"
    assert "rest 办公、宣传和应急 …" in told["programmes.tuoyang", "lines"]
    assert not difference(pack, pack)
    raised = parse(changed("140430", pay=[
        {"per_visit_fen": 6_000, "base_fen": 0, "paid_kinds": ["ZZ", "JZ", "YH"],
         "salaried_kinds": []}], areas=[]), "x")  # fmt: skip
    found = [(one.said.key, one.before, one.after) for one in difference(pack, raised)]
    assert found == [
        ("per_visit_fen", "5000", "6000"), ("per_client_month_fen", "1200", None)
    ]  # fmt: skip
    assert next(said_by(packs["431202"], "2022-01-01")).group == "meals"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.toml")
