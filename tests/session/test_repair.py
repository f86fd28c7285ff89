"""Nodes that lost something, were copied, or were left out, and how the next session mends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from cli.simulation.line import Link, meet
from node import identity
from node.feed import Digest
from node.replica import Assign, Insert
from tests.ledger.federation import START_MS, Federation, admission, chain_of, county, key_of
from tests.session.sameness import (
    CARE_1,
    SMALL,
    alerts,
    backup,
    bulk,
    check_same,
    limit,
    own_feed,
    person,
    restore,
    visits,
    wipe,
)

MARKS_MAX = 16


@pytest.fixture
def wide() -> Iterator[Federation]:
    """A county, a township and its two villages, equal."""
    with county("county", "town1", "village1", "village2") as nodes:
        for _ in range(2):
            for child in ("village1", "village2"):
                meet(nodes[child], nodes["town1"])
            meet(nodes["town1"], nodes["county"])
        yield nodes


# --- marks ---------------------------------------------------------------------------------------


def test_without_a_common_mark_only_the_divisions_that_differ_tell_their_heads(
    wide: Federation,
) -> None:
    visits(wide["village1"], 2)
    visits(wide["village2"], 2, "VILL0002")
    for child in ("village1", "village2"):
        meet(wide[child], wide["town1"])
    old = backup(wide, "town1")
    for _ in range(MARKS_MAX + 2):
        visits(wide["village2"], 1, "VILL0002")
        meet(wide["village2"], wide["town1"])
        assert meet(wide["town1"], wide["county"]).done
    town = restore(wide, "town1", old)
    link = meet(town, wide["county"])
    assert {feed.partition.division for feed in link.traffic.heads} == {"VILL0002"}
    assert link.traffic.kinds["compare"] >= 2, "both told digests"
    assert link.traffic.segments == MARKS_MAX + 2
    assert link.done
    check_same(town, wide["county"])


def test_an_old_mark_that_both_remember_still_serves(wide: Federation) -> None:
    village, town = wide["village2"], wide["town1"]
    old = backup(wide, "town1")
    for _ in range(3):
        visits(village, 1, "VILL0002")
        meet(village, wide["town1"])
        meet(wide["town1"], wide["county"])
    town = restore(wide, "town1", old)
    link = meet(town, wide["county"])
    assert link.done and link.traffic.kinds["compare"] == 0
    assert len(link.traffic.heads) == 1 and link.traffic.segments == 3


def test_a_mark_outlives_a_long_session_that_broke_off(wide: Federation) -> None:
    limit(wide, **SMALL)
    village, town = wide["village1"], wide["town1"]
    assert meet(village, town).done
    bulk(village, 400)
    link = Link(village, town)
    while link.traffic.kinds["segments"] < MARKS_MAX + 4:
        assert link.step(), "the session is too short for this test"
    link.cut()
    link = meet(village, town)
    assert link.done and link.traffic.kinds["compare"] == 0


def test_a_mark_serves_a_session_that_began_before_it_was_forgotten(wide: Federation) -> None:
    """A slow line stands while others come and go, as those of a copied box do."""
    village, town = wide["village1"], wide["town1"]
    assert meet(village, town).done
    visits(village, 1)
    slow = Link(village, town)
    assert all(slow.step() for _ in range(3)), "both have named their marks"
    for _ in range(MARKS_MAX + 4):
        visits(village, 1)
        assert meet(village, town).done
    assert slow.run().error is None
    check_same(village, town)


def test_a_node_that_lost_everything_gets_it_back_from_below(wide: Federation) -> None:
    visits(wide["village1"], 3)
    person(wide["village1"])
    meet(wide["village1"], wide["town1"])
    town = wipe(wide, "town1")
    link = meet(wide["village1"], town)
    assert link.done and all(session.synced for session in link.sessions)
    check_same(wide["village1"], town)
    meet(wide["village2"], town)
    link = meet(town, wide["county"])
    assert link.done
    check_same(town, wide["county"])


def test_a_difference_that_vanishes_while_they_compare_costs_nothing(wide: Federation) -> None:
    """Another session brings the same while digests are on their way."""
    village, town, top = wide["village1"], wide["town1"], wide["county"]
    visits(village, 5)
    meet(village, top)
    town.store.peers.put_peer(top.author, type(town.store.peers.peer(top.author))())
    link = Link(town, top)
    while link.traffic.kinds["compare"] == 0:
        assert link.step()
    meet(village, town)
    link.run()
    assert link.done and all(session.synced for session in link.sessions)
    assert link.traffic.segments <= 1, "at most what came meanwhile, never all over again"
    check_same(village, town, top)


# --- restored and cloned boxes -------------------------------------------------------------------


def test_a_copied_box_branches_and_both_branches_are_kept(wide: Federation) -> None:
    town = wide["town1"]
    subject = person(wide["village1"], phone="1")
    clone = wide.clone("village1", "twin").replica
    village = wide["village1"]
    for number, box in enumerate((village, clone)):
        visits(box, 2, note=str(number))
        box.write("VILL0001", [Assign("person", subject, "phone", str(number))])
    for box in (village, clone, village, clone):
        meet(box, town)
    check_same(village, clone, town)
    assert town.count("visit") == 4
    assert len(town.conflicts()) == 1, "both numbers are shown"
    assert alerts(town) == ["fork"]
    assert len(town.store.ledger.heads(own_feed(village))) == 2
    visits(village, 1)
    for box in (village, clone):
        meet(box, town)
    meet(town, wide["county"])
    check_same(village, clone, town, wide["county"])
    assert len(wide["county"].store.ledger.heads(own_feed(village))) == 1, "one line again"


def test_a_restored_box_gets_back_what_its_parent_has_and_goes_on(wide: Federation) -> None:
    visits(wide["village1"], 2)
    meet(wide["village1"], wide["town1"])
    copy = backup(wide, "village1")
    kept = visits(wide["village1"], 3)
    meet(wide["village1"], wide["town1"])
    village = restore(wide, "village1", copy)
    new = visits(village, 2)
    assert meet(village, wide["town1"]).done
    check_same(village, wide["town1"])
    assert all(village.row("visit", id_) for id_ in kept)
    assert all(wide["town1"].row("visit", id_) for id_ in new)


# --- parents -------------------------------------------------------------------------------------


def test_a_village_dials_the_county_while_its_township_is_dead(wide: Federation) -> None:
    village, top = wide["village1"], wide["county"]
    subject = person(village, phone="1")
    meet(village, wide["town1"])
    visit = visits(village, 3)[0]
    assert meet(village, top).done
    top.write("VILL0001", [Assign("person", subject, "grade", "A")])
    top.write("COUNTY01", [Insert("facility", {"name": "食堂"})])
    assert meet(village, top).done
    assert [tick.tier for tick in village.ticks("visit", visit)] == ["village", "county"]
    assert village.count("facility") == 1
    visits(wide["town1"], 2)
    assert meet(village, wide["town1"]).done
    assert meet(wide["town1"], top).done
    assert meet(village, top).done
    check_same(village, wide["town1"], top)
    assert [tick.tier for tick in village.ticks("visit", visit)] == [
        "village",
        "township",
        "county",
    ]


def renewed() -> bytes:
    """A certificate for village 1 from the county: its old township is no longer above it."""
    request = identity.make_request(key_of("village1"))
    key, root = key_of("county"), chain_of("county")[0]
    return identity.issue(key, root, request, "VILL0001", START_MS, 800, False)


def test_a_division_that_moves_takes_its_records_to_the_new_township() -> None:
    """The old feeds move no head, so going by a mark would never show that they lack."""
    with county("county", "town1", "town2", "village1") as nodes:
        village, top = nodes["village1"], nodes["county"]
        visits(village, 4)
        for child, parent in (
            ("village1", "town1"),
            ("town1", "county"),
            ("town2", "county"),
            ("town2", "county"),
        ):
            meet(nodes[child], nodes[parent])
        assert nodes["town2"].count("visit") == 0
        move = {
            "subject": "VILL0001",
            "kind": "move",
            "parent": "TOWN0002",
            "valid_from": "2026-03-01",
        }
        top.write("COUNTY01", [Insert("division_act", move), admission("village1", der=renewed())])
        assert meet(nodes["town2"], top).done
        assert nodes["town2"].count("visit") == 4
        check_same(nodes["town2"], top)


# --- divergence ----------------------------------------------------------------------------------


def test_two_nodes_that_derived_different_tables_find_out(wide: Federation) -> None:
    village, town = wide["village1"], wide["town1"]
    subject = person(village, name="王小明")
    meet(village, town)
    table = town.store.tables.rows["person"]
    with town.store.transaction():
        town.store.connection.execute(
            update(table).where(table.c.id == subject).values(name="王大明")
        )
        town.store.ledger.move_state(CARE_1, "person", Digest(1))
    link = meet(village, town)
    assert link.done, "the ledgers are equal"
    assert alerts(village) == alerts(town) == ["diverged"]
    text = town.store.peers.alerts()[0].text
    assert village.author in text and "linli doctor --rebuild" in text
    town.rebuild(CARE_1)
    meet(village, town)
    assert not alerts(village) + alerts(town)
    check_same(village, town)


def test_a_divergence_is_found_at_the_end_of_a_session_too(wide: Federation) -> None:
    village, town = wide["village1"], wide["town1"]
    person(village)
    meet(village, town)
    with town.store.transaction():
        town.store.ledger.move_state(CARE_1, "visit", Digest(1))
    visits(village, 1)
    meet(village, town)
    assert alerts(town) == ["diverged"], "the village was done last, so the township compares"
    assert meet(village, town).traffic.kinds["segments"] == 0
    assert alerts(village) == ["diverged"]
