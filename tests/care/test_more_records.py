"""Households, certificates, contacts, personal records of workers, late and missed visits."""

from __future__ import annotations

from typing import Any

import pytest

from node.care import cases, employment, fields, households, people, visits
from node.care.policy import BASELINE
from node.clock import ManualClock
from node.errors import UsageError
from node.replica import Replica
from node.schema import Kind
from tests.care.test_records_kept import NOW, find, meet
from tests.care.test_records_kept import nodes as nodes

Nodes = dict[str, Replica]
ID_NUMBER = "431202195203070218"
CERTIFICATE = ID_NUMBER + "42"
HOUR_MS = 3_600_000
LATE_MS = BASELINE.visits.late_after_hours * HOUR_MS
WORKER = "01JD0000000000000000000002"


# --- certificates --------------------------------------------------------------------------------


def test_a_certificate_gives_kind_and_grade_where_they_are_empty() -> None:
    checked = people.check_person({"name": "王小明", "disability_certificate": CERTIFICATE})
    assert (checked["disability_kind"], checked["disability_grade"]) == ("4", "2")
    for written in (
        "４３１２０２１９５２０３０７０２１８ 42",
        "431202-19520307-0218 42",
        f"{CERTIFICATE}b1",
    ):
        assert fields.disability_certificate("x", written)[:20] == CERTIFICATE


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (ID_NUMBER, "is not the number of a disability certificate"),
        (ID_NUMBER + "82", "is not the number"),
        (ID_NUMBER + "45", "is not the number"),
        (ID_NUMBER + "42B", "is not the number"),
        (ID_NUMBER + "42B123", "is not the number"),
        (ID_NUMBER[:-1] + "942", "does not fit its last character"),
        ("42032319430229011X42", "names a day that does not exist"),
        ("4.31202195203070218E+19", "was rounded by a spreadsheet"),
        ("4312021952030702184２\u202e", "is not the number"),
    ],
)
def test_a_certificate_that_cannot_be_is_refused(number: str, named: str) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        people.check_person({"name": "王小明", "disability_certificate": number})
    assert "disability_certificate" in str(caught.value) and caught.value.hint


def test_a_certificate_is_its_holders(nodes: Nodes) -> None:
    other = "140430193805120128"
    both = {"name": "王小明", "id_number": other, "disability_certificate": CERTIFICATE}
    with pytest.raises(UsageError, match="does not begin with the id_number 140430"):
        people.check_person(both)
    county = nodes["county"]
    person = people.add_person(county, "v", {"name": "王小明", "id_number": ID_NUMBER}, user="张三")
    changes = {"disability_certificate": other + "11"}
    with pytest.raises(UsageError, match="does not begin with the id_number"):
        people.set_person(county, person, changes, user="张三")
    people.set_person(county, person, {"disability_certificate": CERTIFICATE}, user="张三")
    row = find(county, "person", person)
    assert (row["disability_kind"], row["disability_grade"]) == ("4", "2")
    with pytest.raises(UsageError, match="does not begin with the id_number"):
        people.set_person(county, person, {"id_number": other}, user="张三")
    people.set_person(county, person, {"phone": "13812345678"}, user="张三")


def test_what_a_village_reads_off_a_certificate_is_a_proposal(nodes: Nodes) -> None:
    village, county = nodes["village"], nodes["county"]
    person = people.add_person(county, "v", {"name": "王小明"}, user="张三")
    people.set_person(county, person, {"disability_kind": "视力"}, user="张三")
    meet(nodes)
    people.set_person(village, person, {"disability_certificate": CERTIFICATE}, user="王五")
    meet(nodes)
    row = find(county, "person", person)
    assert row["disability_kind"] == "1", "the county's word stands"
    assert row["disability_grade"] is None, "the county has yet to decide"
    asked = {conflict.column: conflict.kind for conflict in county.conflicts()}
    assert asked == {"disability_grade": "proposal", "disability_kind": "proposal"}


# --- households ----------------------------------------------------------------------------------


def test_a_household_and_who_belongs_to_it(nodes: Nodes) -> None:
    village, county = nodes["village"], nodes["county"]
    home = households.add_household(
        village, "v", {"address": " 南大街12号 "}, user="王五", groups=["低保户", "dj"]
    )
    ids = {}
    for name, relation, born in (
        ("幼", "孙子女", "2015-01-01"),
        ("长", "户主", "1950-01-01"),
        ("次", "配偶", "1948-01-01"),
    ):
        values = {"name": name, "household": home, "relation": relation, "birth_date": born}
        ids[name] = people.add_person(village, "v", values, user="王五")
    households.set_household(village, home, {"head": ids["长"]}, user="王五")
    meet(nodes)
    row = find(county, "household", home)
    assert (row["address"], row["groups"], row["status"]) == ("南大街12号", ["DB", "DJ"], "active")
    assert [one["name"] for one in households.members(county, row)] == ["长", "次", "幼"]
    people.set_person(county, ids["幼"], {"household": ""}, user="张三")
    assert [one["name"] for one in households.members(county, row)] == ["长", "次"]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "needs address"),
        ({"address": " "}, "needs address"),
        ({"address": "x", "head": "王桂兰"}, "head '王桂兰'"),
        ({"address": "x", "phone": "110"}, "phone '110'"),
        ({"address": "x", "status": "空"}, "status '空'"),
        ({"address": "x" * 301}, "301 characters"),
        ({"address": "x", "members": 3}, "'members'"),
    ],
)
def test_a_household_that_does_not_fit_is_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        households.check_household(values)
    assert caught.value.hint


def test_two_aides_who_add_a_member_apart_lose_neither(nodes: Nodes) -> None:
    village, township = nodes["village"], nodes["township"]
    home = households.add_household(village, "v", {"address": "南大街12号"}, user="王五")
    meet(nodes)
    for replica in (village, township):
        values = {"name": f"{replica.tier}的", "household": home}
        people.add_person(replica, "v", values, user="王五")
    meet(nodes)
    row = find(village, "household", home)
    assert len(households.members(village, row)) == 2
    assert not village.conflicts()


# --- the personal side of a worker ---------------------------------------------------------------


def test_a_worker_has_one_personal_record_and_it_goes_up_only(nodes: Nodes) -> None:
    township, village, county = nodes["township"], nodes["village"], nodes["county"]
    worker = people.add_worker(township, "t", {"name": "李秀英"}, user="李四")
    first = employment.set_worker_record(township, worker, {"id_number": ID_NUMBER}, user="李四")
    again = employment.set_worker_record(township, worker, {"phone": "13812345678"}, user="李四")
    assert first == again
    (row,) = employment.records_of(township, worker)
    assert (row["birth_date"], row["gender"]) == ("1952-03-07", "M")
    assert not {"id_number", "address"} & people.WORKER.cells.keys(), "the public side has none"
    scope = township.scope(village.division)
    feed = township.core.own_feed("t", employment.WORKER_RECORD.channel)
    assert not scope.holds(feed), "no village below gets it"
    assert township.scope(county.division).holds(feed)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, "No field"),
        ({"worker": WORKER}, "'worker'"),
        ({"contract_from": "2026-02-01", "contract_until": "2026-01-31"}, "lies before"),
        ({"id_number": "4.3E+17"}, "rounded by a spreadsheet"),
        ({"disability_grade": "五级"}, "disability_grade"),
    ],
)
def test_a_personal_record_that_does_not_fit_is_refused(
    changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        employment.check_record(changes)


def test_a_contract_cannot_end_before_what_stands(nodes: Nodes) -> None:
    county = nodes["county"]
    worker = people.add_worker(county, "c", {"name": "李秀英"}, user="张三")
    employment.set_worker_record(county, worker, {"contract_from": "2026-02-01"}, user="张三")
    with pytest.raises(UsageError, match="lies before contract_from 2026-02-01"):
        employment.set_worker_record(county, worker, {"contract_until": "2026-01-31"}, user="张三")


def test_everything_personal_in_it_is_erasable() -> None:
    for column in employment.WORKER_RECORD.columns:
        assert column.erasable == (column.name != "worker")
        assert column.kind is (Kind.FACT if column.name == "worker" else Kind.REGISTER)


# --- visits --------------------------------------------------------------------------------------


def visit(started_at: int, **more: Any) -> dict[str, Any]:
    return {
        "person": "01JD0000000000000000000001", "worker": WORKER, "service": "SH02",
        "started_at": started_at, "minutes": 60, **more,
    }  # fmt: skip


def test_a_late_visit_needs_a_reason_and_keeps_it(nodes: Nodes) -> None:
    village = nodes["village"]
    assert isinstance(village.core.clock, ManualClock)
    on_the_minute = visit(NOW - LATE_MS - HOUR_MS)
    visits.record_visit(village, "v", on_the_minute, user="王五")
    late = visit(NOW - LATE_MS - HOUR_MS - 1)
    with pytest.raises(UsageError, match="ended 48 hours ago, and the field reason is empty") as no:
        visits.record_visit(village, "v", late, user="王五")
    assert "L03 纸质补录" in str(no.value.hint)
    with pytest.raises(UsageError, match="reason '懒' is not in the list"):
        visits.record_visit(village, "v", late, user="王五", reason="懒")
    with pytest.raises(UsageError, match="reason is empty"):
        visits.record_visit(village, "v", late, user="王五", reason=" ")
    id_ = visits.record_visit(village, "v", late, user="王五", reason="纸质补录")
    assert next(village.history("visit", id_)).reason == "L03"
    assert village.count("visit") == 2


def test_what_was_done_and_who_confirmed_it() -> None:
    typed = {"tasks": "洗衣、SH02,助浴 洗衣", "condition": "异常-已上报", "confirmed_by": "家属"}
    checked = visits.check_visit(visit(NOW, **typed))
    assert checked["tasks"] == "SH02,SH03,SH05"
    assert (checked["condition"], checked["confirmed_by"]) == ("reported", "family")
    assert visits.check_visit(visit(NOW, tasks=["洗衣", ""]))["tasks"] == "SH03"
    assert visits.check_visit(visit(NOW, tasks=" "))["tasks"] is None
    for wrong in ("、", "洗衣,飞行", ["飞行"]):
        with pytest.raises(UsageError, match="tasks"):
            visits.check_visit(visit(NOW, tasks=wrong))


def test_tasks_are_corrected_like_any_column(nodes: Nodes) -> None:
    village = nodes["village"]
    id_ = visits.record_visit(village, "v", visit(NOW - HOUR_MS, tasks="洗衣"), user="王五")
    visits.correct_visit(village, id_, {"tasks": "助浴"}, "录错项目", user="王五")
    assert visits.corrected(find(village, "visit", id_))["tasks"] == "SH05"


def test_a_missed_visit_is_a_fact_of_its_own(nodes: Nodes) -> None:
    village, county = nodes["village"], nodes["county"]
    values = {"person": "01JD0000000000000000000001", "worker": WORKER, "planned_at": NOW}
    id_ = visits.record_missed(village, "v", {**values, "reason": "不在家"}, user="王五")
    meet(nodes)
    assert find(county, "missed_visit", id_)["reason"] == "M01"
    assert county.count("visit") == 0
    for wrong, named in (({}, "needs reason"), ({"reason": "停电"}, "reason '停电'")):
        with pytest.raises(UsageError, match=named):
            visits.record_missed(village, "v", {**values, **wrong}, user="王五")


# --- cases ---------------------------------------------------------------------------------------


def test_a_case_has_a_budget_a_builder_and_a_day(nodes: Nodes) -> None:
    village = nodes["village"]
    values = {
        "person": "01JD0000000000000000000001", "budget_fen": "300000", "contractor": "县建",
        "planned_on": "2026年12月1日", "contact_phone": "+86 138 1234 5678",
    }  # fmt: skip
    case = cases.open_case(village, "v", values, user="王五")
    row = find(village, "modification_case", case)
    assert (row["budget_fen"], row["planned_on"]) == (300_000, "2026-12-01")
    assert row["contact_phone"] == "13812345678"
    for wrong in ({"budget_fen": -1}, {"budget_fen": 1.5}, {"planned_on": "冬天"}):
        with pytest.raises(UsageError, match=next(iter(wrong))):
            cases.set_case(village, case, wrong, user="王五")
