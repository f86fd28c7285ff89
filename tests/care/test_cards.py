"""What an ID card and a certificate say of their holder goes together with what stands beside."""

from __future__ import annotations

from typing import Any

import pytest

from node.care import employment, people
from node.clock import ManualClock
from node.errors import Refused, UsageError
from node.replica import Replica
from tests.care.test_records_kept import find
from tests.care.test_records_kept import nodes as nodes
from tests.cli.sheets import id_number

Nodes = dict[str, Replica]
WOMAN = id_number(100)  # born 1943-05-12
TODAY = "2026-11-22"


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"gender": "男"}, "gender '男' is not that of the id_number 130732"),
        ({"birth_date": "1943-05-13"}, "birth_date '1943-05-13' is not that of the id_number"),
        ({"birth_date": "2030-01-01", "id_number": ""}, "birth_date '2030-01-01' lies after today"),
        ({"birth_date": "1889-12-31", "id_number": ""}, "lies before 1890"),
        ({"id_number": id_number(1, "20300101")}, "states a birth after today"),
        ({"disability_certificate": f"{WOMAN}42", "disability_kind": "视力"}, "which is 肢体"),
        ({"disability_certificate": f"{WOMAN}42", "disability_grade": "一级"}, "which is 二级"),
        ({"name": WOMAN}, "is an ID number and no name"),
        ({"contact_name": WOMAN}, "is an ID number and no name"),
    ],
)
def test_what_a_card_says_otherwise_is_refused(typed: dict[str, Any], named: str) -> None:
    values = {"name": "王桂兰", "id_number": WOMAN, **typed}
    with pytest.raises(UsageError, match=named) as caught:
        people.check_person(values, today=TODAY)
    assert caught.value.hint
    assert WOMAN not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"gender": "男"}, "gender '男'"),
        ({"birth_date": "1943-05-13"}, "birth_date '1943-05-13'"),
        ({"disability_grade": "一级"}, "disability_grade '一级'"),
        ({"name": WOMAN}, "no name"),
    ],
)
def test_it_is_refused_of_a_record_as_well(nodes: Nodes, typed: dict[str, Any], named: str) -> None:
    values = {"name": "王桂兰", "id_number": WOMAN, "disability_certificate": f"{WOMAN}42"}
    village = nodes["village"]
    person = people.add_person(village, "v", values, user="王五")
    with pytest.raises(UsageError, match=named):
        people.set_person(village, person, typed, user="王五")
    people.set_person(village, person, {"gender": "女", "disability_kind": "肢体"}, user="王五")


def test_what_follows_from_a_mistyped_number_follows_from_the_right_one(nodes: Nodes) -> None:
    village = nodes["village"]
    wrong = {"name": "王桂兰", "id_number": id_number(101, "19430521")}
    person = people.add_person(village, "v", wrong, user="王五")
    people.set_person(village, person, {"id_number": WOMAN}, user="王五")
    row = find(village, "person", person)
    assert (row["birth_date"], row["gender"]) == ("1943-05-12", "F")


def test_a_worker_has_the_same_card() -> None:
    with pytest.raises(UsageError, match="gender '男' is not that of the id_number"):
        employment.check_record({"id_number": WOMAN, "gender": "男"})


def test_a_clock_that_cannot_be_right_judges_no_day(nodes: Nodes) -> None:
    village = nodes["village"]
    later = {"name": "王桂兰", "birth_date": "2040-01-01"}
    with pytest.raises(UsageError, match="lies after today"):
        people.add_person(village, "v", later, user="王五")
    assert isinstance(village.core.clock, ManualClock)
    village.core.clock.ms = 0
    people.add_person(village, "v", later, user="王五")


def test_who_is_registered_here_is_not_registered_again(nodes: Nodes) -> None:
    county = nodes["county"]
    values = {"name": "王桂兰", "id_number": WOMAN}
    first = people.add_person(county, "v", values, user="王五")
    with pytest.raises(
        Refused, match=f"is that of 王桂兰, who is registered in .* as {first}"
    ) as no:
        people.add_person(county, "t", values, user="张三")
    assert "--twice" in no.value.hint
    other = people.add_person(county, "v", {"name": "李四"}, user="张三")
    with pytest.raises(Refused, match=first):
        people.set_person(county, other, {"id_number": WOMAN}, user="张三")
    people.set_person(county, first, {"id_number": WOMAN, "phone": "13812345678"}, user="张三")
    people.add_person(county, "t", values, user="张三", twice=True)
    assert county.count("person") == 3


def test_who_moved_away_is_registered_where_the_person_lives_now(nodes: Nodes) -> None:
    county = nodes["county"]
    values = {"name": "王桂兰", "id_number": WOMAN}
    first = people.add_person(county, "v", values, user="王五")
    people.close_person(county, first, "迁出", user="王五")
    with pytest.raises(Refused) as no:
        people.add_person(county, "v", values, user="王五")
    assert no.value.hint == f"To open that record again: linli person reopen {first}"
    people.add_person(county, "t", values, user="张三")
