"""What a person types becomes a record, or is refused before anything is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from node.care import cases, facilities, people, visits
from node.care.cases import BUILDS_ON_MAX, next_event
from node.care.policy import BASELINE
from node.care.records import SCHEMA
from node.care.stages import REJECT, REOPEN, STAGE, STOP, Event, judge
from node.errors import Refused, UsageError
from node.schema import Channel, Kind

PERSON = "01JD0000000000000000000001"
WORKER = "01JD0000000000000000000002"
START = 1_793_500_200_000
VISIT = {"person": PERSON, "worker": WORKER, "service": "助洁-居室", "started_at": START}


# --- the schema ----------------------------------------------------------------------------------


def test_the_schema_has_every_kind_and_the_lanes_of_the_design() -> None:
    kinds = {column.kind for table in SCHEMA.tables for column in table.columns}
    assert kinds == set(Kind)
    lanes = {table.name: table.channel for table in SCHEMA.tables}
    assert lanes["person"] == lanes["visit"] == Channel.CARE
    assert lanes["modification_case"] == lanes["stage_event"] == Channel.CARE
    assert lanes["worker"] == lanes["facility"] == Channel.REGISTRY
    assert SCHEMA.by_name["visit"].fact
    assert SCHEMA.by_name["stage_event"].fact
    assert not SCHEMA.by_name["modification_case"].fact
    assert [column.name for column in SCHEMA.by_name["visit"].columns] == [
        "person",
        "worker",
        "service",
        "started_at",
        "ended_at",
        "minutes",
        "fee_fen",
        "rating",
        "note",
        "tasks",
        "condition",
        "confirmed_by",
        "service_order",
        "charged_fen",
        "review",
    ]
    assert SCHEMA.policy == "baseline-3"


def test_every_column_says_what_it_means_and_free_text_about_people_is_erasable() -> None:
    for table in (*people.TABLES, *visits.TABLES, *facilities.TABLES, *cases.TABLES):
        assert table.meaning
        for column in table.columns:
            assert column.meaning, f"{table.name}.{column.name}"
    for name in ("name", "id_number", "phone", "address", "note"):
        assert people.PERSON.cells[name].erasable


# --- people --------------------------------------------------------------------------------------


def test_a_person() -> None:
    assert people.check_person({"name": " 王小明 ", "id_number": "431202195203070218"}) == {
        "status": "active",
        "name": "王小明",
        "id_number": "431202195203070218",
        "birth_date": "1952-03-07",
        "gender": "M",
    }
    given = people.check_person(
        {
            "name": "李四",
            "id_number": "140430193805120128",
            "birth_date": "1938-5-12",
            "gender": "女",
        }
    )
    assert given["birth_date"] == "1938-05-12"
    assert given["gender"] == "F"
    assert people.check_person({"name": "未上户"}) == {"status": "active", "name": "未上户"}
    assert people.check_groups(["独居", "gl", "独居"]) == ["DJ", "GL"]
    assert people.check_person_changes({"phone": "", "care_grade": "半护理"}) == {
        "phone": None,
        "care_grade": "BH",
    }


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x", "age": 80}, "'age'"),
        ({"name": "x", "id_number": "140430193805120129"}, "140430193805120129"),
        ({"name": "x", "phone": "110"}, "110"),
        ({"name": "x", "birth_date": "1943-02-29"}, "1943-02-29"),
        ({"name": "x", "care_grade": "全"}, "care_grade"),
        ({"name": "x", "status": ""}, "status"),
        ({"name": "字" * 101}, "101 characters"),
    ],
)
def test_a_person_that_does_not_fit_is_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        people.check_person(values)
    assert named in str(caught.value)
    assert caught.value.hint


def test_a_worker() -> None:
    assert people.check_worker({"name": "赵五", "worker_class": "医护"}) == {
        "worker_class": "YH",
        "clients_per_day_max": 4,
        "status": "active",
        "name": "赵五",
    }
    for wrong in (0, 51, "many", None):
        with pytest.raises(UsageError, match="clients_per_day_max"):
            people.check_worker({"name": "x", "clients_per_day_max": wrong})
    with pytest.raises(UsageError, match="needs name"):
        people.check_worker_changes({"name": ""})


# --- visits --------------------------------------------------------------------------------------


def test_a_visit_takes_its_end_or_its_minutes() -> None:
    by_minutes = visits.check_visit({**VISIT, "minutes": 45})
    assert by_minutes["ended_at"] == START + 45 * 60_000
    assert by_minutes["service"] == "SH02"
    assert by_minutes["fee_fen"] == 0
    by_end = visits.check_visit({**VISIT, "ended_at": START + 45 * 60_000})
    assert by_end["minutes"] == 45
    both = visits.check_visit({**VISIT, "ended_at": START + 60 * 60_000, "minutes": "45"})
    assert both["minutes"] == 45, "a pause is no contradiction"
    assert visits.check_visit(both) == both


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "its end or its minutes"),
        ({"minutes": 0}, "minutes 0"),
        ({"minutes": 721}, "minutes 721"),
        ({"minutes": 46, "ended_at": START + 45 * 60_000}, "longer than the 45 minutes"),
        ({"ended_at": START}, "is not after started_at"),
        ({"ended_at": START - 60_000, "minutes": 5}, "is not after started_at"),
        ({"ended_at": START + 721 * 60_000}, "minutes 721"),
        ({"minutes": 5, "started_at": START // 1000}, "started_at"),
        ({"minutes": 5, "fee_fen": -1}, "fee_fen -1"),
        ({"minutes": 5, "fee_fen": 0.5}, "fee_fen 0.5"),
        ({"minutes": 5, "fee_fen": ""}, "needs fee_fen"),
        ({"minutes": 5, "rating": 6}, "rating 6"),
        ({"minutes": 5, "person": "王小明"}, "person '王小明'"),
        ({"minutes": 5, "service": "泡茶"}, "service '泡茶'"),
        ({"minutes": 5, "note": "字" * 2_001}, "2001 characters"),
        ({"minutes": 5, "village": "x"}, "no field 'village'"),
    ],
)
def test_a_visit_that_does_not_fit_is_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        visits.check_visit({**VISIT, **values})
    assert named in str(caught.value)
    assert caught.value.hint


def test_what_was_said_in_a_counselling_is_never_written() -> None:
    counselling = {**VISIT, "service": "心理疏导", "minutes": 60}
    assert visits.check_visit(counselling)["service"] == "JS02"
    for told in (
        {**counselling, "note": "家里吵架"},
        {**VISIT, "tasks": "谈心慰藉 心理疏导", "minutes": 60, "note": "家里吵架"},
    ):
        with pytest.raises(UsageError, match="counselling is kept nowhere") as caught:
            visits.check_visit(told)
        assert "家里吵架" not in str(caught.value)
    kept = visits.check_visit({**VISIT, "minutes": 60, "note": "家里吵架"})
    with pytest.raises(UsageError, match="counselling is kept nowhere"):
        visits.check_correction(kept, {"service": "心理疏导"})
    with pytest.raises(UsageError, match="counselling is kept nowhere"):
        visits.check_correction(visits.check_visit(counselling), {"note": "家里吵架"})
    assert visits.check_correction(kept, {"service": "心理疏导", "note": ""})["note"] is None


def test_a_correction_keeps_the_visit_whole() -> None:
    visit = visits.check_visit({**VISIT, "minutes": 45})
    assert visits.check_correction(visit, {"minutes": 30}) == {"minutes": 30}
    assert visits.check_correction(visit, {"ended_at": START + 30 * 60_000}) == {
        "ended_at": START + 30 * 60_000,
        "minutes": 30,
    }
    with pytest.raises(UsageError, match="longer than the 45"):
        visits.check_correction(visit, {"minutes": 50})
    with pytest.raises(UsageError, match="no field 'village'"):
        visits.check_correction(visit, {"village": "x"})
    with pytest.raises(UsageError, match="needs person"):
        visits.check_correction(visit, {"person": ""})


def test_a_corrected_visit_is_read_with_care() -> None:
    visit = {**visits.check_visit({**VISIT, "minutes": 45, "rating": 5}), "amendment": None}
    assert visits.corrected(visit) == visit

    def amended(text: str) -> dict[str, Any]:
        return visits.corrected({**visit, "amendment": text})

    assert amended(json.dumps({"correct": {"minutes": 30}, "reason": "L06"}))["minutes"] == 30
    assert amended('{"correct": {"rating": null}}')["rating"] is None
    for forged in (
        "",
        "{",
        "[]",
        "7",
        '{"correct": 7}',
        '{"correct": {"minutes": "x"}}',
        '{"correct": {"minutes": null, "id": "y", "minutes ": 3}}',
        '{"correct": {"minutes": true}}',
        "[" * 100_000,
    ):
        changed = amended(forged)
        assert {**changed, "amendment": None} == visit
    with pytest.raises(UsageError, match="reason"):
        visits.check_reason("because")
    assert visits.check_reason("录错时间") == "L06"


# --- facilities ----------------------------------------------------------------------------------


def test_a_facility() -> None:
    assert facilities.check_facility({"name": "东街", "kind": "幸福食堂", "seats": "40"}) == {
        "status": "open",
        "name": "东街",
        "kind": "CT",
        "seats": 40,
    }
    assert facilities.check_services(["ZC01", "送餐"]) == ["ZC01", "ZC02"]
    assert facilities.check_facility_changes({"operator_mode": "公建民营"}) == {
        "operator_mode": "GJMY"
    }
    with pytest.raises(UsageError, match="needs kind"):
        facilities.check_facility({"name": "x"})
    assert facilities.check_meals("120") == 120
    for wrong in (0, "x", 10**6):
        with pytest.raises(UsageError, match="meals_served"):
            facilities.check_meals(wrong)


def test_a_point_in_rooms_that_were_there_says_where_they_come_from() -> None:
    point: dict[str, Any] = {"name": "老友之家", "kind": "LY"}
    with pytest.raises(UsageError, match="'老友之家/志愿之家/群众之家' needs build_mode"):
        facilities.check_facility(point)
    for origin in ("闲置用房", "新建", "租赁", "共用"):
        assert facilities.check_facility({**point, "build_mode": origin})["build_mode"]
    canteen = {"id": "x", **facilities.check_facility({"name": "食堂", "kind": "CT"})}
    with pytest.raises(UsageError, match="needs build_mode"):
        facilities.check_facility_changes({"kind": "志愿之家"}, canteen)
    changes = {"kind": "志愿之家", "build_mode": "闲置用房"}
    stands = {**canteen, **facilities.check_facility_changes(changes, canteen)}
    with pytest.raises(UsageError, match="needs build_mode"):
        facilities.check_facility_changes({"build_mode": ""}, stands)
    without = {**canteen, "kind": "LY"}
    changed = facilities.check_facility_changes({"seats": 12}, without)
    assert changed == {"seats": 12}, "what came from elsewhere is mended a field at a time"


# --- cases ---------------------------------------------------------------------------------------


def test_a_case() -> None:
    assert cases.check_case({"person": PERSON.lower(), "note": " "}) == {
        "person": PERSON,
        "note": None,
    }
    assert cases.check_items([1, "01", "13"]) == ["1", "13"]
    with pytest.raises(UsageError, match="needs person"):
        cases.check_case({})
    with pytest.raises(UsageError, match="no field 'person'"):
        cases.check_case_changes({"person": PERSON})
    assert cases.check_stop("户主放弃") == cases.check_stop("Withdrawn") == "withdrawn"
    with pytest.raises(UsageError, match="does not stop a case"):
        cases.check_stop("rejected")


def advance(events: list[Event], number: int, tier: str) -> None:
    made = next_event(events, STAGE, tier=tier, case_id="C", stage=number)
    events.append(Event(f"e{len(events)}", STAGE, made.round, tier, number, None, made.builds_on))


def test_events_build_on_what_is_here_and_are_refused_before_they_are_written() -> None:
    events: list[Event] = []
    advance(events, 1, "village")
    advance(events, 2, "village")
    with pytest.raises(
        Refused, match=r"Stage 3 乡镇审核 belongs to the township, not to the village"
    ):
        advance(events, 3, "village")
    with pytest.raises(Refused, match=r"comes after stage 3 .* Next is stage 3 乡镇审核"):
        advance(events, 4, "township")
    with pytest.raises(Refused, match="has entered stage 2 already"):
        advance(events, 2, "village")
    with pytest.raises(Refused, match="Reopening belongs to the county"):
        next_event(events, REOPEN, tier="village", case_id="C")
    with pytest.raises(Refused, match="can start only after round 0 has ended"):
        next_event(events, REOPEN, tier="county", case_id="C")
    with pytest.raises(Refused, match="rejected 县级驳回 belongs to the county"):
        next_event(events, REJECT, tier="township", case_id="C")
    stopped = next_event(events, STOP, tier="village", case_id="C", stop="moved")
    assert stopped.builds_on == ("e1",)
    events.append(Event("stop", STOP, 0, "village", None, "moved", stopped.builds_on))
    with pytest.raises(Refused, match=r"The case had ended \(搬迁\).* Only the county can reopen"):
        advance(events, 3, "township")
    reopened = next_event(events, REOPEN, tier="county", case_id="C")
    assert reopened.round == 1
    events.append(Event("reopen", REOPEN, 1, "county", None, None, reopened.builds_on))
    advance(events, 1, "village")
    assert str(judge(events).status) == "1:1:"


def test_a_complete_case_goes_no_further() -> None:
    events: list[Event] = []
    for stage in BASELINE.case.stages:
        advance(events, stage.number, stage.tier)
    assert judge(events).progress == 13
    with pytest.raises(Refused, match="has entered stage 13 already"):
        advance(events, 13, "county")


def test_a_flood_of_forged_events_does_not_make_honest_ones_large() -> None:
    flood = [Event(f"f{n:04}", STAGE, 0, "village", 1) for n in range(1_000)]
    flood.append(Event("a2", STAGE, 0, "village", 2, None, ("f0000",)))
    made = next_event(flood, STAGE, tier="township", case_id="C", stage=3)
    assert len(made.builds_on) == BUILDS_ON_MAX
    assert "a2" in made.builds_on
    assert made.builds_on == tuple(sorted(made.builds_on))
