"""Who should have which benefit in a month, to the fen and with the reason in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.benefits.entitlement import Due, entitlement, meal_quota
from node.care.benefits.facts import Assessment, Disability, Held, Other, Person
from node.care.benefits.months import age_on, day_moved, last_day, moved, span
from node.care.parameters.dated import Entry
from node.care.parameters.groups import Parameters
from node.language import CHINESE, said
from tests.care.money import numbers
from tests.care.money.numbers import AGE, CARE, FRAILTY, MEALS, dated, parameters, person

SEEDS = parameters()


def fen(one: Person, month: str, code: str = "age_allowance", by: Parameters = SEEDS) -> int:
    found = entitlement(one, month, by).of(code)
    assert found is not None
    assert said(found.reason, CHINESE) != found.reason
    assert said(found.reason, CHINESE).endswith("。")
    return found.fen if isinstance(found, Due) else 0


def why(one: Person, month: str, code: str = "age_allowance") -> str:
    found = entitlement(one, month, SEEDS).of(code)
    assert found is not None
    return said(found.reason, CHINESE)


# --- age -----------------------------------------------------------------------------------------


def test_who_turns_ninety_in_may_has_fifty_until_may_and_a_hundred_from_june() -> None:
    paid = {month: fen(person(), month) for month in span("2026-04", "2026-07")}
    assert paid == {"2026-04": 5000, "2026-05": 5000, "2026-06": 10000, "2026-07": 10000}
    assert why(person(), "2026-06") == "2026-05末满 90 周岁：每月高龄津贴 100.00 元。"


@pytest.mark.parametrize("day", ["1936-05-01", "1936-05-15", "1936-05-31"])
def test_the_day_of_the_month_plays_no_part(day: str) -> None:
    assert [fen(person(day), month) for month in ("2026-05", "2026-06")] == [5000, 10000]


def test_a_county_may_let_a_birthday_count_in_its_own_month() -> None:
    at_once = parameters(age_allowance=dated("age_allowance", replace(AGE, from_next_month=False)))
    assert [fen(person("1936-05-31"), m, by=at_once) for m in ("2026-04", "2026-05")] == [
        5000, 10000,
    ]  # fmt: skip


def test_the_bands_begin_at_eighty_ninety_and_a_hundred() -> None:
    for age, before, after in ((80, 0, 5000), (90, 5000, 10000), (100, 10000, 50000)):
        one = person(f"{2026 - age}-05-15")
        assert [fen(one, month) for month in ("2026-05", "2026-06")] == [before, after]
    assert "80" not in why(person("1960-01-01"), "2026-05")


def test_a_month_keeps_the_numbers_that_held_in_it() -> None:
    raised = replace(AGE, bands=tuple(replace(b, value=b.value * 2) for b in AGE.bands))
    entries = (Entry(AGE, until="2026-06-30"), Entry(raised, since="2026-07-01"))
    by = parameters(age_allowance=dated("age_allowance", *entries))
    assert [fen(person("1940-01-01"), m, by=by) for m in ("2026-06", "2026-07")] == [5000, 10000]


def test_a_birthday_on_the_twenty_ninth_of_february() -> None:
    assert age_on("1936-02-29", "2026-02-27") == 89
    assert age_on("1936-02-29", "2026-02-28") == 90
    assert age_on("1936-02-29", "2036-02-28") == 99
    assert age_on("1936-02-29", "2036-02-29") == 100


@given(st.dates(), st.dates())
def test_an_age_is_that_of_the_calendar(born: object, on: object) -> None:
    age = age_on(str(born), str(on))
    assert age_on(str(born), f"{str(on)[:4]}-12-31") - age in (0, 1)


def test_months_are_arithmetic() -> None:
    assert moved("2026-01", -1) == "2025-12" and moved("2025-12", 1) == "2026-01"
    assert last_day("2028-02") == "2028-02-29"
    assert day_moved("2026-01-31", 1) == "2026-02-28" and day_moved("2025-05-15", 12)[:4] == "2026"


# --- other benefits ------------------------------------------------------------------------------


def test_a_grade_that_changes_on_the_fifteenth_counts_from_the_next_month() -> None:
    one = person(
        groups=(Held("TKF"),),
        care_grades=(Held("BH", until="2026-05-14"), Held("QH", since="2026-05-15")),
    )
    assert [fen(one, m, "care_tariff") for m in ("2026-05", "2026-06")] == [90000, 150000]
    assert "全护理" in why(one, "2026-06", "care_tariff")
    assert fen(person(), "2026-05", "care_tariff") == 0, "who is not 特困 has no care fee"


def test_grades_that_overlap_count_by_the_later_one() -> None:
    one = person(groups=(Held("TKF"),), care_grades=(Held("BH"), Held("QH", since="2026-05-15")))
    assert [fen(one, m, "care_tariff") for m in ("2026-05", "2026-06")] == [90000, 150000]


def test_two_modes_of_tekun_are_flagged_and_the_fee_goes_on() -> None:
    one = person(groups=(Held("TKF"), Held("TKJ")), care_grades=(Held("ZL"),))
    found = entitlement(one, "2026-05", SEEDS)
    assert [said(flag, CHINESE) for flag in found.flags] == [
        "同时登记为分散特困和集中特困：只能有一种。"
    ]
    assert fen(one, "2026-05", "care_tariff") == 30000


def test_an_assessment_counts_while_it_is_valid_and_the_last_one_counts() -> None:
    one = person(assessments=(Assessment("2024-01-01", "4"), Assessment("2025-05-15", "2")))
    assert [fen(one, m, "frailty_allowance") for m in ("2025-05", "2025-06", "2026-05")] == [
        0, 3000, 3000,
    ]  # fmt: skip
    assert fen(one, "2026-06", "frailty_allowance") == 0, "it held until 15 May"
    assert "2025-05-15" in why(one, "2026-06", "frailty_allowance")
    assert fen(person(), "2026-05", "frailty_allowance") == 0
    assert fen(replace(one, birth_date="1950-01-01"), "2026-01", "frailty_allowance") == 0
    whole = replace(one, assessments=(Assessment("2026-01-01", "0"),))
    assert fen(whole, "2026-05", "frailty_allowance") == 0


@pytest.mark.parametrize(
    ("groups", "born", "grade", "entitled"),
    [
        (("TKF",), "1960-01-01", "", True), (("TKJ",), "1940-01-01", "", False),
        (("DB",), "1960-01-01", "", False), (("ZC",), "1960-01-01", "", False),
        (("DB", "ZC"), "1960-01-01", "", True), (("DB",), "1960-01-01", "2", True),
        (("DB",), "1960-01-01", "3", False), (("DBL",), "1946-05-01", "", True),
        (("DBL",), "1946-05-02", "", False), ((), "1930-01-01", "1", False),
    ],
)  # fmt: skip
def test_each_of_three_groups_entitles_to_meals(
    groups: tuple[str, ...], born: str, grade: str, entitled: bool
) -> None:
    one = person(
        born,
        groups=tuple(map(Held, groups)),
        disabilities=(Disability("4", grade),) if grade else (),
    )
    assert isinstance(meal_quota(one, "2026-05-01", MEALS), Due) is entitled
    assert not isinstance(meal_quota(replace(one, registered=()), "2026-05-01", MEALS), Due)


# --- who is gone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["deceased", "moved", "lost", "duplicate"])
def test_after_a_death_or_a_move_nothing_is_due_from_the_next_month(code: str) -> None:
    gone = person(closings=(Held(code, since="2026-04-20"),), groups=(Held("TKF"),))
    assert [fen(gone, m) for m in ("2026-04", "2026-05")] == [5000, 0]
    assert "2026-04-20" in why(gone, "2026-05")
    assert all(not isinstance(d, Due) for d in entitlement(gone, "2026-05", SEEDS).denied)
    assert entitlement(gone, "2026-05", SEEDS).due == ()


def test_who_comes_back_is_entitled_again_but_not_the_dead() -> None:
    for code, back in (("moved", 5000), ("lost", 5000), ("deceased", 0)):
        gone = person("1940-01-01", closings=(Held(code, "2026-01-05", "2026-03-10"),))
        assert [fen(gone, m) for m in ("2026-02", "2026-03", "2026-04")] == [0, 0, back]


@pytest.mark.parametrize("code", ["placed", "left", "other"])
def test_another_closing_ends_no_benefit(code: str) -> None:
    assert fen(person(closings=(Held(code, since="2026-01-01"),)), "2026-05") == 5000


def test_registration_and_birth_date_are_needed() -> None:
    came = person("1940-01-01", registered=(Held("", since="2026-04-20"),))
    assert [fen(came, m) for m in ("2026-04", "2026-05")] == [0, 5000]
    assert fen(person(""), "2026-05") == 0
    assert fen(person(""), "2026-05", "frailty_allowance") == 0


# --- what cannot be had together -----------------------------------------------------------------


def test_of_two_that_exclude_each_other_the_best_is_due_and_the_other_is_told() -> None:
    by = parameters(frailty_allowance=dated("x", replace(FRAILTY, excludes=("age_allowance",))))
    one = person("1940-01-01", assessments=(Assessment("2026-01-01", "4"),))
    found = entitlement(one, "2026-05", by)
    assert [(d.code, d.fen) for d in found.due] == [("frailty_allowance", 10000)]
    (out,) = found.excluded
    assert out.code == "age_allowance"
    assert (
        said(out.reason, CHINESE)
        == "高龄津贴不能与高龄失能补贴同时享受，后者不低于前者：请从中选择一项。"
    )
    weak = replace(one, assessments=(Assessment("2026-01-01", "2"),))
    assert [d.code for d in entitlement(weak, "2026-05", by).due] == ["age_allowance"]


def test_three_are_weighed_together() -> None:
    by = parameters(
        care_tariff=dated("x", CARE),
        age_allowance=dated("x", replace(AGE, excludes=("frailty_allowance", "care_tariff"))),
    )
    one = person(
        "1920-01-01", groups=(Held("TKF"),), care_grades=(Held("ZL"),),
        assessments=(Assessment("2026-01-01", "4"),),
    )  # fmt: skip
    codes = [d.code for d in entitlement(one, "2026-05", by).due]
    assert codes == ["age_allowance", "meals"], "500 is more than 100 and 300"
    richer = replace(one, care_grades=(Held("BH"),))
    codes = [d.code for d in entitlement(richer, "2026-05", by).due]
    assert codes == ["frailty_allowance", "care_tariff", "meals"]


@pytest.mark.parametrize(("other", "stays"), [(None, False), (4900, True), (5100, False)])
def test_a_benefit_from_elsewhere_is_weighed_too(other: int | None, stays: bool) -> None:
    by = parameters(age_allowance=dated("x", replace(AGE, excludes=("home_care",))))
    one = person("1940-01-01", others=(Other("home_care", other),))
    found = entitlement(one, "2026-05", by)
    assert [d.code for d in found.due] == (["age_allowance"] if stays else [])
    assert [d.code for d in found.excluded] == ["home_care" if stays else "age_allowance"]
    ended = replace(one, others=(Other("home_care", 9999, until="2026-04-30"),))
    assert [d.code for d in entitlement(ended, "2026-05", by).due] == ["age_allowance"]


def test_a_benefit_that_the_county_does_not_run_is_not_spoken_of() -> None:
    by = parameters(age_allowance=dated("age_allowance"))
    assert entitlement(person(), "2026-05", by).of("age_allowance") is None


@given(st.permutations([Held("BH", "2026-01-01"), Held("QH", "2026-03-01"), Held("ZL")]))
def test_the_order_of_the_facts_plays_no_part(grades: list[Held]) -> None:
    one = numbers.person(groups=(Held("TKF"), Held("DB")), care_grades=tuple(grades))
    turned = replace(one, groups=one.groups[::-1])
    assert entitlement(one, "2026-05", SEEDS) == entitlement(turned, "2026-05", SEEDS)
    assert fen(one, "2026-05", "care_tariff") == 150000
