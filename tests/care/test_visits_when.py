"""A visit lies neither in the future nor after the day on which the person was closed."""

from __future__ import annotations

import pytest

from node.care import people, visits
from node.clock import ManualClock, day
from node.errors import UsageError
from node.replica import Replica
from tests.care.test_more_records import HOUR_MS, visit
from tests.care.test_records_kept import NOW
from tests.care.test_records_kept import nodes as nodes

Nodes = dict[str, Replica]
DAY_MS = 24 * HOUR_MS


def test_a_visit_in_the_future_is_refused(nodes: Nodes) -> None:
    village = nodes["village"]
    visits.record_visit(village, "v", visit(NOW + HOUR_MS // 2), user="王五")
    for ahead in (2 * HOUR_MS, 400 * DAY_MS):
        with pytest.raises(UsageError, match=r"^started_at '.*' lies in the future") as caught:
            visits.record_visit(village, "v", visit(NOW + ahead), user="王五")
        assert caught.value.hint
    assert village.count("visit") == 1


def test_a_correction_moves_no_visit_into_the_future(nodes: Nodes) -> None:
    village = nodes["village"]
    made = visits.record_visit(village, "v", visit(NOW - HOUR_MS), user="王五")
    later = {"started_at": NOW + DAY_MS, "ended_at": NOW + DAY_MS + HOUR_MS}
    with pytest.raises(UsageError, match="lies in the future"):
        visits.correct_visit(village, made, later, "录错时间", user="王五")


def test_nobody_was_missed_in_the_future(nodes: Nodes) -> None:
    values = {"person": visit(NOW)["person"], "worker": visit(NOW)["worker"], "reason": "不在家"}
    later = values | {"planned_at": NOW + DAY_MS}
    with pytest.raises(UsageError, match=r"^planned_at '.*' lies in the future"):
        visits.record_missed(nodes["village"], "v", later, user="王五")


def test_a_clock_that_cannot_be_right_refuses_no_visit(nodes: Nodes) -> None:
    village = nodes["village"]
    assert isinstance(village.core.clock, ManualClock)
    village.core.clock.ms = 0
    visits.record_visit(village, "v", visit(NOW + 400 * DAY_MS), user="王五")


def test_a_visit_after_the_closing_of_the_person_is_refused(nodes: Nodes) -> None:
    village = nodes["village"]
    person = people.add_person(village, "v", {"name": "王桂兰"}, user="王五")
    people.close_person(village, person, "死亡", day(NOW - DAY_MS), user="王五")
    after, before = NOW - HOUR_MS, NOW - DAY_MS
    with pytest.raises(UsageError, match=f"lies after {day(before)}, the day on which") as caught:
        visits.record_visit(village, "v", visit(after, person=person), user="王五")
    assert caught.value.message.startswith("started_at ")
    assert f"linli person reopen {person}" in caught.value.hint
    made = visits.record_visit(village, "v", visit(before, person=person), user="王五")
    later = {"started_at": after, "ended_at": after + HOUR_MS}
    with pytest.raises(UsageError, match="lies after"):
        visits.correct_visit(village, made, later, "录错时间", user="王五")
