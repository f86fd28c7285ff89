"""Two nodes meet: what they tell each other, what they keep, and what they leave out."""

from __future__ import annotations

import random

from cli.simulation.line import Link, interleave, meet
from node import identity
from node.replica import Assign, Increment, Insert
from node.session.agreement import SPOKE_GAP_MS
from tests.ledger.federation import Federation
from tests.session.sameness import SMALL, alerts, check_same, limit, person, visits

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
    assert [feed.author for feed in link.traffic.heads] == [identity.author_bytes(village.author)]
    assert link.done and link.traffic.segments == 1
    visits(village, 1)
    town.write("TOWN0001", [Insert("facility", {"name": "b"})])
    link = meet(village, town)
    assert len(link.traffic.heads) == 2
    assert link.done and link.traffic.segments == 2


# --- live ----------------------------------------------------------------------------------------


def live(nodes: Federation, *pairs: tuple[str, str]) -> list[Link]:
    """Links that stay up after the first exchange."""
    links = [Link(nodes[child], nodes[parent], once=False) for child, parent in pairs]
    interleave(links, random.Random(1))
    assert all(link.done for link in links)
    return links


def test_what_is_written_later_goes_on_over_live_links(three: Federation) -> None:
    village, town, top = three["village1"], three["town1"], three["county"]
    links = live(three, ("village1", "town1"), ("town1", "county"))
    for number in range(3):
        fresh = visits(village, 2, note=str(number))
        facility = top.write("COUNTY01", [Insert("facility", {"name": "食堂"})]).ids[0]
        village.seal()
        top.seal()
        interleave(links, random.Random(number))
        assert all(top.row("visit", id_) for id_ in fresh)
        assert village.row("facility", facility)
        assert [tick.tier for tick in village.ticks("visit", fresh[0])] == [
            "village",
            "township",
            "county",
        ]
    check_same(village, town, top)
    assert all(link.up and link.sessions[0].synced for link in links)
    assert not [link.traffic.repeated for link in links if link.traffic.repeated]


def test_what_comes_while_two_nodes_greet_each_other_goes_on_all_the_same(
    three: Federation,
) -> None:
    village, town = three["village1"], three["town1"]
    link = Link(village, town, once=False)
    early = visits(village, 1)
    village.seal()
    link.run()
    late = visits(town, 1)
    town.seal()
    interleave([link], random.Random(0))
    assert town.row("visit", early[0]) and village.row("visit", late[0])
    check_same(village, town)


def test_an_unsealed_write_is_no_divergence(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    subject = person(village, phone="1")
    round_of(three)
    link = Link(village, town)
    village.write("VILL0001", [Assign("person", subject, "phone", "2")])
    link.run()
    visits(village, 1)
    link = Link(village, town)
    for _ in range(12):
        town.write("VILL0001", [Increment("person", subject, "meals", 1)])
        link.step()
    link.run()
    assert not alerts(village) + alerts(town)


def test_two_links_between_the_same_nodes_do_no_harm(three: Federation) -> None:
    limit(three, **SMALL)
    village, town = three["village1"], three["town1"]
    for seed in range(6):
        visits(village, 12, note=f"{seed}" * 60)
        visits(town, 12, note=f"{seed}" * 60)
        old = Link(village, town, random.Random(seed))
        for _ in range(2 * seed):
            old.step()
        interleave([old, Link(village, town)], random.Random(seed))
        assert meet(village, town).done
        check_same(village, town)
        assert not alerts(village) + alerts(town)


def test_a_line_that_holds_is_noted_now_and_then(three: Federation) -> None:
    town, county = three["town1"], three["county"]
    link = Link(town, county).run()
    peers, clock = county.store.peers, three.nodes["county"].clock

    def seen() -> int:
        return peers.peer(town.author).spoke_at

    first, noted = seen(), set()
    for minute in range(1, 121):
        clock.advance(60_000)
        link.pump()
        noted.add(seen())
        assert county.core.now_ms() - seen() < SPOKE_GAP_MS, f"silent after {minute} minutes"
    assert len(noted - {first}) == 120 * 60_000 // SPOKE_GAP_MS, "each is a write"
    link.cut()
    clock.advance(3_600_000)
    link.pump()
    assert seen() == max(noted)
