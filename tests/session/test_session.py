"""Two nodes meet: what they tell each other, what they keep, and what they leave out."""

from __future__ import annotations

import random
import shutil

import pytest

from node.clock import DAY_MS
from node.feed import FeedKey
from node.replica import Assign, Increment, Insert
from node.schema import Channel
from tests.ledger.federation import Federation, county
from tests.session.loopback import Link, Traffic, interleave, meet
from tests.session.sameness import (
    CARE_1,
    SMALL,
    alerts,
    check_same,
    limit,
    own_feed,
    person,
    visits,
)

EQUAL_BYTES_MAX = 500


def round_of(nodes: Federation) -> None:
    """Everyone meets its parent, upwards and then downwards."""
    for child, parent in (("village1", "town1"), ("town1", "county"), ("village1", "town1")):
        meet(nodes[child], nodes[parent])


def test_three_tiers_meet_and_end_equal(three: Federation) -> None:
    village, town, top = three["village1"], three["town1"], three["county"]
    subject = person(village, phone="1")
    visits(village, 5)
    round_of(three)
    village.write("VILL0001", [Assign("person", subject, "phone", "2")])
    town.write("VILL0001", [Assign("person", subject, "phone", "3")])
    top.write("VILL0001", [Assign("person", subject, "grade", "A")])
    top.write("COUNTY01", [Insert("facility", {"name": "食堂"}, {"services": ["午餐"]})])
    round_of(three)
    round_of(three)
    check_same(village, town, top)
    assert village.count("visit") == top.count("visit") == 5
    assert village.count("facility") == 1
    for replica in (village, town, top):
        row = replica.row("person", subject)
        assert row is not None and row["grade"] == "A"
        assert [conflict.column for conflict in replica.conflicts()] == ["phone"]
        assert not alerts(replica)


def test_equal_nodes_find_out_in_one_round_trip_whatever_they_hold(three: Federation) -> None:
    for count in (0, 150):
        visits(three["village1"], count)
        round_of(three)
        round_of(three)
        for child, parent in (("village1", "town1"), ("town1", "county")):
            link = meet(three[child], three[parent])
            assert link.traffic.kinds == {"hello": 2}
            assert link.traffic.payload < EQUAL_BYTES_MAX
            assert link.done and all(session.synced for session in link.sessions)


def test_a_second_session_tells_only_the_heads_that_moved(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    person(village)
    village.write("VILL0001", [Insert("notice", {"text": "a"})])
    town.write("TOWN0001", [Insert("notice", {"text": "a"})])
    town.write("TOWN0001", [Insert("facility", {"name": "a"})])
    meet(village, town)
    visits(village, 1)
    link = meet(village, town)
    assert [feed.author for feed in link.traffic.heads] == [own_feed_bytes(village)]
    assert link.done and link.traffic.segments == 1
    visits(village, 1)
    town.write("TOWN0001", [Insert("facility", {"name": "b"})])
    link = meet(village, town)
    assert len(link.traffic.heads) == 2
    assert link.done and link.traffic.segments == 2


def own_feed_bytes(replica: object) -> bytes:
    from node.identity import author_bytes

    return author_bytes(replica.author)  # type: ignore[attr-defined]
