"""A tier that lost its database gets it back from its neighbours, at the price of one copy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.simulation.line import Link, meet
from node.feed import Partition
from node.replica import Insert, Replica
from tests.ledger import federation
from tests.ledger.federation import Federation
from tests.session.sameness import Held, bulk, check_same, person, visits, wipe

OVERHEAD_MAX = 1.2
"""What goes over the line may be so much more than what was lost."""

VILLAGES = ("village1", "village2", "village3", "village4")
ABOVE = {
    "village1": "town1", "village2": "town1", "village3": "town2", "village4": "town2",
    "town1": "county", "town2": "county",
}  # fmt: skip


@pytest.fixture
def whole() -> Iterator[Federation]:
    """Seven nodes with something in every partition, all of them level."""
    with federation.county(*federation.NODES) as nodes:
        for name, node in nodes.nodes.items():
            replica, division = node.replica, node.replica.division
            replica.write(division, [Insert("facility", {"name": name}, {"services": ["午餐"]})])
            person(replica, division, phone=name)
            visits(replica, 4, division)
        bulk(nodes["village1"], 60)
        for name, above in (*ABOVE.items(), *reversed(ABOVE.items()), *ABOVE.items()):
            meet(nodes[name], nodes[above])
        yield nodes


def lost(nodes: Federation, name: str) -> tuple[dict[Partition, list[str]], int, Replica]:
    """What a node held, how many bytes its segments are, and the node without them."""
    node = nodes[name]
    held = Held(node).dumps
    (size,) = node.store.connection.exec_driver_sql(
        "SELECT sum(length(header) + length(body) + length(signature)) FROM segment"
    ).one()
    return held, int(size), wipe(nodes, name)


def carried(*links: Link) -> int:
    """How many bytes went over some links."""
    return sum(link.traffic.payload for link in links)


def test_a_village_rebuilds_from_its_township(whole: Federation) -> None:
    held, size, village = lost(whole, "village1")
    link = meet(village, whole["town1"])
    assert Held(village).dumps == held
    assert carried(link) < OVERHEAD_MAX * size
    check_same(village, whole["town1"])


def test_a_township_rebuilds_from_its_villages_and_the_county(whole: Federation) -> None:
    """Its villages are nearer than the county: what they gave is not fetched again."""
    held, size, town = lost(whole, "town1")
    below = [meet(whole[name], town) for name in ("village1", "village2")]
    above = meet(town, whole["county"])
    assert Held(town).dumps == held
    assert carried(*below, above) < OVERHEAD_MAX * size
    assert carried(above) < size / 2
    check_same(town, whole["county"], whole["village1"])


def test_a_county_rebuilds_from_its_townships(whole: Federation) -> None:
    """What it alone had written comes back too: its townships hold trust and registry whole.

    But for care records at the county's own division, which no other node holds.
    """
    held, size, top = lost(whole, "county")
    links = [meet(whole[name], top) for name in ("town1", "town2")]
    found = Held(top).dumps
    only_there = [one for one in held if one not in found]
    assert [(one.division, one.channel.name) for one in only_there] == [("COUNTY01", "CARE")]
    assert found == {one: dump for one, dump in held.items() if one not in only_there}
    assert carried(*links) < 2 * OVERHEAD_MAX * size
    visits(top, 1, "VILL0003")
    for name, above in (*ABOVE.items(), *reversed(ABOVE.items())):
        assert meet(whole[name], whole[above]).error is None
    check_same(top, whole["town1"], whole["town2"], *(whole[name] for name in VILLAGES))
