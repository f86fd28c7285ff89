"""People, workers and facilities are closed with a dated reason, all of it in one change."""

from __future__ import annotations

from typing import Any

import pytest

from node.care import closing, facilities, people
from node.clock import DAY_MS, day
from node.errors import Refused, UsageError
from node.replica import Assign, Replica
from tests.care.test_records_kept import NOW, find, meet
from tests.care.test_records_kept import nodes as nodes

Nodes = dict[str, Replica]
TODAY = day(NOW)
TOMORROW = day(NOW + DAY_MS)
ID_NUMBER = "431202195203070218"


@pytest.fixture
def person(nodes: Nodes) -> str:
    values = {"name": "王小明", "id_number": ID_NUMBER}
    return people.add_person(nodes["village"], "v", values, user="王五")


def test_a_person_is_closed_in_one_change_and_opened_again(nodes: Nodes, person: str) -> None:
    village, county = nodes["village"], nodes["county"]
    people.close_person(village, person, "死亡", "2026-01-01", user="王五")
    meet(nodes)
    row = find(county, "person", person)
    assert [row[name] for name in closing.FIELDS] == ["closed", "2026-01-01", "deceased"]
    *_, last = county.history("person", person)
    assert {change.column for change in last.written} == set(closing.FIELDS)
    with pytest.raises(Refused, match="王小明 is closed since 2026-01-01") as caught:
        people.close_person(county, person, "迁出", user="张三")
    assert f"linli person reopen {person}" in str(caught.value.hint)
    people.reopen_person(county, person, user="张三")
    row = find(county, "person", person)
    assert [row[name] for name in closing.FIELDS] == ["active", None, None]
    with pytest.raises(Refused, match="is not closed"):
        people.reopen_person(county, person, user="张三")


def test_the_day_is_today_where_none_is_given_and_never_later(nodes: Nodes, person: str) -> None:
    village = nodes["village"]
    with pytest.raises(UsageError, match=f"closed_on '{TOMORROW}' lies after today, {TODAY}"):
        people.close_person(village, person, "失联", TOMORROW, user="王五")
    assert find(village, "person", person)["status"] == "active", "nothing was written"
    people.close_person(village, person, "失联", user="王五")
    assert find(village, "person", person)["closed_on"] == TODAY


@pytest.mark.parametrize(
    ("reason", "on", "named"),
    [
        ("", "2026-01-01", "closed_reason"),
        ("烦了", "2026-01-01", "closed_reason '烦了'"),
        ("死亡", "2026-02-30", "closed_on '2026-02-30'"),
        ("死亡", "昨天", "closed_on '昨天' is not a date"),
        ("死亡", "1952-03-06", "lies before birth_date 1952-03-07"),
        ("停业", "2026-01-01", "closed_reason '停业'"),
    ],
)
def test_a_closing_that_cannot_be_is_refused_by_its_field(
    nodes: Nodes, person: str, reason: str, on: str, named: str
) -> None:
    village = nodes["village"]
    with pytest.raises(UsageError) as caught:
        people.close_person(village, person, reason, on, user="王五")
    assert named in str(caught.value) and caught.value.hint
    assert len(list(village.history("person", person))) == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"status": "已注销"}, "lacks closed_on, closed_reason"),
        ({"status": "closed", "closed_on": "2026-01-01"}, "lacks closed_reason"),
        ({"closed_on": "2026-01-01"}, "closed_on '2026-01-01' says that the person is closed"),
        ({"closed_reason": "死亡"}, "closed_reason '死亡' says that the person is closed"),
        ({"status": ""}, "status"),
    ],
)
def test_half_a_closing_is_refused_wherever_it_is_typed(
    nodes: Nodes, person: str, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        people.set_person(nodes["village"], person, changes, user="王五")
    assert caught.value.hint
    if "status" not in changes or changes["status"]:
        with pytest.raises(UsageError, match=named):
            people.check_person({"name": "李四", **changes})


def test_a_closed_person_from_a_list_is_taken_with_day_and_reason() -> None:
    closed = {
        "name": "李四",
        "status": "已注销",
        "closed_on": "2025年12月3日",
        "closed_reason": "迁出",
    }
    checked = people.check_person(closed, today="2026-01-01")
    assert (checked["closed_on"], checked["closed_reason"]) == ("2025-12-03", "moved")
    with pytest.raises(UsageError, match="lies after today"):
        people.check_person(closed, today="2025-12-02")


def test_other_fields_of_a_record_that_is_half_closed_can_be_mended(
    nodes: Nodes, person: str
) -> None:
    """Two nodes closed and reopened it apart: what stands is nobody's slip of today."""
    village = nodes["village"]
    village.write("v", [Assign("person", person, "status", "closed")], user="旧版")
    people.set_person(village, person, {"note": "耳背"}, user="王五")
    assert find(village, "person", person)["note"] == "耳背"


def test_a_worker_is_closed(nodes: Nodes) -> None:
    village = nodes["village"]
    worker = people.add_worker(
        village, "v", {"name": "李秀英", "helper_kind": "志愿者"}, user="王五"
    )
    people.close_worker(village, worker, "退休", "2026-01-01", user="王五")
    row = find(village, "worker", worker)
    assert (row["status"], row["closed_reason"]) == ("closed", "retired")
    with pytest.raises(UsageError, match="lacks"):
        people.set_worker(village, worker, {"closed_on": ""}, user="王五")
    people.reopen_worker(village, worker, user="王五")
    assert find(village, "worker", worker)["closed_reason"] is None


def test_a_facility_that_is_merged_names_its_successor(nodes: Nodes) -> None:
    county = nodes["county"]
    names = ("旧食堂", "新食堂")
    old, new = (
        facilities.add_facility(county, "c", {"name": name, "kind": "CT"}, user="张三")
        for name in names
    )
    with pytest.raises(UsageError, match="needs a successor"):
        facilities.close_facility(county, old, "合并", user="张三")
    with pytest.raises(UsageError, match="is the facility itself"):
        facilities.close_facility(county, old, "合并", user="张三", successor=old)
    with pytest.raises(UsageError, match="successor"):
        facilities.close_facility(county, old, "停业", user="张三", successor=new)
    facilities.close_facility(county, old, "合并", "2026-01-01", user="张三", successor=new)
    row = find(county, "facility", old)
    assert (row["status"], row["successor"]) == ("merged", new)
    facilities.reopen_facility(county, old, user="张三")
    row = find(county, "facility", old)
    assert (row["status"], row["successor"], row["closed_on"]) == ("open", None, None)
    facilities.set_facility(county, old, {"status": "停业整改"}, user="张三")
    facilities.close_facility(county, old, "整改不合格", user="张三")
    assert find(county, "facility", old)["status"] == "closed"


def test_a_facility_is_not_closed_before_it_opened(nodes: Nodes) -> None:
    values = {"name": "食堂", "kind": "CT", "opened_on": "2026-01-02"}
    facility = facilities.add_facility(nodes["county"], "c", values, user="张三")
    with pytest.raises(UsageError, match="lies before opened_on 2026-01-02"):
        facilities.close_facility(nodes["county"], facility, "停业", "2026-01-01", user="张三")
