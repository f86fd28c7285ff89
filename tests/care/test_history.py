"""The history of a record tells every change, and every node that holds it tells the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from node.care import cases, facilities, people, visits
from node.merge import Authority
from node.replica import Assign, Entry, Replica, Settle
from node.schema import Kind
from tests.care.test_records_kept import START, meet
from tests.care.test_records_kept import nodes as nodes

Nodes = dict[str, Replica]


@pytest.fixture
def person(nodes: Nodes) -> str:
    values = {"name": "王小明", "phone": "13812345678", "address": "南大街1号"}
    village = nodes["village"]
    return people.add_person(village, "v", values, user="王五", groups=["独居"], reason="L03")


def told(replica: Replica, table: str, id_: str) -> list[tuple[Any, ...]]:
    """A history as others may compare it: without what only one node knows."""
    return [
        (
            one.user,
            one.division,
            one.reason,
            one.created,
            change.column,
            change.before,
            change.after,
        )
        for one in replica.history(table, id_)
        for change in one.written
    ]


def test_it_begins_with_the_creation_and_goes_on_in_order(nodes: Nodes, person: str) -> None:
    village = nodes["village"]
    people.set_person(village, person, {"phone": "13900000000"}, user="赵六", reason="L06")
    people.set_person(village, person, {"phone": None, "note": "耳背"}, user="王五")
    first, second, third = village.history("person", person)
    assert (first.user, first.reason, first.created) == ("王五", "L03", True)
    assert {change.column: change.after for change in first.written} == {
        "name": "王小明",
        "phone": "13812345678",
        "address": "南大街1号",
        "status": "active",
        "groups": "DJ",
    }
    assert {change.column for change in first.written if not change.stands} == {"phone"}
    assert (second.user, second.reason, second.created) == ("赵六", "L06", False)
    (phone,) = second.written
    assert (phone.column, phone.before, phone.after) == ("phone", ("13812345678",), "13900000000")
    assert phone.applied and not phone.stands
    by_column = {change.column: change for change in third.written}
    assert (by_column["phone"].before, by_column["phone"].after) == (("13900000000",), None)
    assert (by_column["note"].before, by_column["note"].after) == ((), "耳背")
    assert all(change.stands for change in third.written)
    assert first.time < second.time < third.time
    assert {one.division for one in (first, second, third)} == {"v"}


def test_what_waits_has_no_segment_and_what_is_sealed_names_the_one_that_proves_it(
    nodes: Nodes, person: str
) -> None:
    village = nodes["village"]
    assert [one.segment for one in village.history("person", person)] == [None]
    village.seal()
    people.set_person(village, person, {"note": "耳背"}, user="王五", reason="L05")
    sealed, waits = village.history("person", person)
    assert waits.segment is None and waits.reason == "L05"
    assert sealed.segment is not None
    assert (sealed.user, sealed.reason) == ("王五", "L03"), "read from the segment now"
    feed = village.core.own_feed("v", village.core.schema.by_name["person"].channel)
    assert village.store.ledger.has(feed, sealed.segment)


def test_every_node_tells_the_same(nodes: Nodes, person: str) -> None:
    village, county = nodes["village"], nodes["county"]
    meet(nodes)
    people.set_person(county, person, {"care_grade": "半护理"}, user="张三", reason="L08")
    people.set_person(village, person, {"care_grade": "全护理"}, user="王五")
    people.set_person(village, person, {"phone": "13900000000"}, user="王五")
    people.set_person(county, person, {"phone": "13700000000"}, user="张三")
    meet(nodes)
    assert told(village, "person", person) == told(county, "person", person)
    assert [one.segment for one in village.history("person", person)] == [
        one.segment for one in county.history("person", person)
    ]
    phones = [
        (one.user, change.before, change.after, change.stands)
        for one in county.history("person", person)
        for change in one.written
        if change.column == "phone" and not one.created
    ]
    assert sorted(phones) == [
        ("张三", ("13812345678",), "13700000000", True),
        ("王五", ("13812345678",), "13900000000", True),
    ], "both stand: that is the conflict"
    settle = Settle("person", person, "phone", "13600000000")
    county.write("v", [settle], user="张三")
    *_, last = county.history("person", person)
    assert sorted(last.written[0].before) == ["13700000000", "13900000000"]
    assert sum(c.stands for one in county.history("person", person) for c in one.written
               if c.column == "phone") == 1  # fmt: skip


def test_what_its_author_had_no_right_to_write_is_told_as_not_applied(
    nodes: Nodes, person: str
) -> None:
    """A village's node writes into a facility of the county: refused here, forged elsewhere."""
    county, village = nodes["county"], nodes["village"]
    facility = facilities.add_facility(county, "c", {"name": "县中心", "kind": "QY"}, user="张三")
    meet(nodes)
    forged = _ForgedHands(village)
    forged.write(facility)
    meet(nodes)
    *_, last = county.history("facility", facility)
    (phone,) = last.written
    assert (phone.after, phone.applied, phone.stands) == ("0313-6312345", False, False)
    assert last.division == "v"
    assert county.rows("facility")[0]["phone"] is None


class _ForgedHands:
    """A village's node that believes it stands at the county.

    Args:
        replica: The village.
    """

    def __init__(self, replica: Replica) -> None:
        self.replica = replica

    def write(self, facility: str) -> None:
        writer = self.replica._writer
        honest = writer._authority
        writer._authority = lambda partition: Authority(True, "county")  # type: ignore[method-assign]
        try:
            assign = Assign("facility", facility, "phone", "0313-6312345")
            self.replica.write("c", [assign], user="贼")
        finally:
            writer._authority = honest  # type: ignore[method-assign]


def test_sets_counters_and_amendments(nodes: Nodes, person: str) -> None:
    village = nodes["village"]
    people.set_person(village, person, {}, user="王五", add_groups=["高龄"])
    people.set_person(village, person, {}, user="王五", remove_groups=["独居"])
    _, joined, left = village.history("person", person)
    assert [(c.before, c.after) for c in joined.written] == [((), "GL")]
    assert [(c.before, c.after) for c in left.written] == [(("DJ",), None)]
    canteen = facilities.add_facility(village, "v", {"name": "食堂", "kind": "CT"}, user="王五")
    facilities.count_meals(village, canteen, 35, user="王五")
    facilities.count_meals(village, canteen, -5, user="王五")
    served = [c.after for one in village.history("facility", canteen) for c in one.written
              if c.column == "meals_served"]  # fmt: skip
    assert served == [35, -5]
    worker = people.add_worker(village, "v", {"name": "李秀英"}, user="王五")
    visit = {"person": person, "worker": worker, "service": "SH02", "started_at": START}
    id_ = visits.record_visit(village, "v", {**visit, "minutes": 60}, user="王五", reason="停电")
    visits.correct_visit(village, id_, {"minutes": 45}, "L06", user="赵六")
    visits.void_visit(village, id_, "L07", user="张三")
    written, corrected, void = village.history("visit", id_)
    assert written.reason == "L01"
    assert {c.column for c in written.written} >= {"person", "minutes", "fee_fen"}
    assert all(c.stands for c in written.written), "a fact stands, whatever is beside it"
    assert '"minutes":45' in str(corrected.written[0].after) and corrected.written[0].before == ()
    assert '"void":"L07"' in str(void.written[0].after)
    assert void.written[0].before == (corrected.written[0].after,)


def test_a_long_history_is_told_whole_and_in_order(nodes: Nodes) -> None:
    """More changes than a page holds, in several segments and the tail."""
    village = nodes["village"]
    canteen = facilities.add_facility(village, "v", {"name": "食堂", "kind": "CT"}, user="王五")
    for meals in range(1, 451):
        facilities.count_meals(village, canteen, meals, user=f"用户{meals}")
        if meals in (100, 201, 400):
            village.seal()
    first, *later = village.history("facility", canteen)
    assert first.created
    assert [one.written[0].after for one in later] == list(range(1, 451))
    assert [one.user for one in later] == [f"用户{meals}" for meals in range(1, 451)]
    assert len({one.segment for one in later}) == 4


def test_the_changes_folded_give_the_record(nodes: Nodes, person: str) -> None:
    """Nothing is left out: whoever replays a history without conflicts gets the row."""
    village = nodes["village"]
    case = cases.open_case(village, "v", {"person": person}, user="王五", items=[4, 12])
    cases.set_case(village, case, {"budget_fen": 300_000}, user="王五", remove_items=[12])
    cases.set_case(village, case, {"budget_fen": 280_000, "contractor": "县建"}, user="王五")
    declared = village.core.schema.by_name["modification_case"]
    row = village.row("modification_case", case)
    assert row is not None
    replayed = replay(village.history("modification_case", case), declared.cells)
    assert replayed == {
        column.name: row[column.name]
        for column in declared.columns
        if row[column.name] is not None and column.kind is not Kind.DERIVED
    }


def replay(entries: Iterator[Entry], cells: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in entries:
        for change in one.written:
            if change.column in cells and cells[change.column].kind is Kind.SET:
                members = set(values.get(change.column, []))
                members -= set(change.before)
                values[change.column] = sorted(members | ({change.after} - {None}))
            else:
                values[change.column] = change.after
    return values


def test_a_record_that_is_not_here_has_no_history(nodes: Nodes) -> None:
    assert list(nodes["village"].history("person", "01" + "A" * 24)) == []
