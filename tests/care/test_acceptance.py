"""The numbers by which the care is accepted, and the tests that come nearest to each.

They are those of five counties' articles. A number whose test is gone, or skipped, fails here. Not
all of them are shown on data merged from several nodes yet: 3 and 9 are rules over facts in any
order.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

NUMBERS: dict[str, tuple[str, ...]] = {
    "350 clients: 63 + 21 + 5.04 + 1.5 of 105 万元, and 14.46 are left": (
        "tests/care/test_parameters.py::test_the_money_of_qinxian_adds_up",
        "tests/cli/test_budget.py::test_a_programme_has_its_lines_and_the_rest_is_computed",
    ),
    "39 workers, 1050 visits a month, 27 each; 30 are 1500 yuan, 4 a day 200": (
        "tests/demo/test_month.py::test_the_plan_of_the_whole_county_is_that_of_the_article",
        "tests/demo/test_month.py::test_a_month_of_a_part_of_the_county_is_paid_as_planned",
    ),
    "854 stood, 350 were chosen: 108 + 115 + 104 + 23": (
        "tests/care/test_programmes.py::test_the_numbers_of_the_article",
    ),
    "300, 900 and 1500; from half to full on the 15th counts next month": (
        "tests/care/test_parameters.py::test_the_tariff_of_hecheng_holds_where_and_when_it_says",
        "tests/care/money/test_entitlement.py"
        "::test_a_grade_that_changes_on_the_fifteenth_counts_from_the_next_month",
    ),
    "who turns 90 in May has 50 until May and 100 from June": (
        "tests/care/money/test_entitlement.py"
        "::test_who_turns_ninety_in_may_has_fifty_until_may_and_a_hundred_from_june",
        "tests/cli/test_benefit.py::test_who_turns_90_in_may_has_50_until_may_and_100_from_june",
    ),
    "a meal of 15.0 costs 9.0 at 92, 10.5 at 84, 12.0 at 61": (
        "tests/care/money/test_meals.py::test_a_meal_of_fifteen_yuan_by_age",
        "tests/cli/test_meal.py::test_a_meal_in_one_line_at_the_price_of_the_age",
    ),
    "two canteens offline spend 390 and 20 of one quota of 400": (
        "tests/cli/test_meal.py::test_two_canteens_offline_spend_390_and_20_of_one_quota_of_400",
        "tests/cli/test_meal.py"
        "::test_a_clone_waits_and_does_not_overspend_and_what_is_over_is_the_canteens",
    ),
    "3 clients here and 2 next door flag one visit": (
        "tests/care/pay/test_pay_flags.py"
        "::test_three_clients_here_and_two_next_door_flag_one_visit_in_any_order",
        "tests/care/acceptance/test_pay.py"
        "::test_3_clients_here_and_2_next_door_flag_one_visit_on_every_node",
    ),
    "1940 cases over 7 townships, 131 villages, 260 hamlets; 3000 yuan on average": (
        "tests/care/facts/test_lapses.py"
        "::test_1940_cases_over_7_townships_131_villages_and_more_than_260_hamlets",
        "tests/care/test_policy.py"
        "::test_the_catalogue_has_thirty_items_in_seven_groups_seven_of_them_basic",
    ),
    "2548 associations, each with one liaison; 三专五有 has 8 items": (
        "tests/care/facts/test_associations.py"
        "::test_2548_associations_have_one_liaison_each_and_eight_items",
        "tests/care/acceptance/test_counts.py"
        "::test_2548_associations_with_one_liaison_each_and_eight_items",
    ),
    "221 sites, 138 of 226 villages, 17 of 17 communities": (
        "tests/care/facts/test_figures.py"
        "::test_221_sites_in_138_of_226_villages_and_in_17_of_17_communities",
        "tests/care/acceptance/test_counts.py"
        "::test_221_sites_in_138_of_226_villages_and_all_of_17_communities",
    ),
    "12 300 disabled people and one in 52 households cannot both be": (
        "tests/cli/test_reports.py"
        "::test_a_stated_figure_that_contradicts_the_records_warns_until_a_person_decides",
        "tests/cli/test_reports.py"
        "::test_12_300_disabled_people_and_one_in_52_households_cannot_both_be",
    ),
    "三井 …204 becomes …226 and keeps its people": (
        "tests/cli/test_redrawing.py::test_a_village_that_ends_keeps_all_people_and_history",
    ),
    "1100 visits after 40 days, 3 of them to somebody who died": (
        "tests/care/pay/test_pay_sheet.py"
        "::test_a_village_silent_for_40_days_is_adjusted_and_the_dead_are_not_paid",
        "tests/care/acceptance/test_pay.py"
        "::test_1100_visits_after_40_days_of_silence_three_of_them_to_somebody_who_died",
    ),
}


def test_there_are_fourteen() -> None:
    assert len(NUMBERS) == 14


@pytest.mark.parametrize("said", NUMBERS)
def test_each_number_has_its_tests(said: str) -> None:
    for one in NUMBERS[said]:
        path, name = one.split("::")
        tree = ast.parse((ROOT / path).read_text())
        found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        (test,) = [node for node in found if node.name == name]
        marks = ast.unparse(ast.Module([*test.decorator_list], []))  # type: ignore[list-item]
        assert "skip" not in marks, one
