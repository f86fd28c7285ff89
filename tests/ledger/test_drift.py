"""Clocks that run too fast or too slow for ninety days: what is later by cause stays later."""

from __future__ import annotations

import pytest

from node.clock import DAY_MS
from node.feed import Partition
from node.replica import Assign, Insert
from node.schema import Channel
from tests.ledger.federation import Federation, county, row

DAYS = 90
RATES = {"200 ppm": 200e-6, "2 %": 0.02}
CARE = Partition("VILL0001", Channel.CARE)


def a_day(nodes: Federation, rates: dict[str, float]) -> None:
    for name, node in nodes.nodes.items():
        node.clock.advance(round(DAY_MS * (1 + rates.get(name, 0.0))))


def exchange(nodes: Federation) -> None:
    nodes.settle([("village1", "town1"), ("town1", "village1")])


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
@pytest.mark.parametrize("fast", ["village1", "town1"])
def test_whoever_wrote_last_by_cause_is_read_however_the_clocks_drift(
    rate: float, fast: str
) -> None:
    """Two nodes answer each other every day, one with a fast clock and one with a slow one."""
    slow = "town1" if fast == "village1" else "village1"
    with county("town1", "village1") as nodes:
        id_ = nodes["village1"].write("VILL0001", [Insert("person", {"name": "王"})]).ids[0]
        for day in range(DAYS):
            exchange(nodes)
            writer = nodes[("village1", "town1")[day % 2]]
            writer.write("VILL0001", [Assign("person", id_, "phone", str(day))])
            a_day(nodes, {fast: rate, slow: -rate})
            if day % 10 == 9:
                exchange(nodes)
                for name in ("town1", "village1"):
                    assert row(nodes[name], "person", id_)["phone"] == str(day)
                    assert not nodes[name].conflicts()
        exchange(nodes)
        assert nodes.nodes["town1"].digests(CARE) == nodes.nodes["village1"].digests(CARE)


@pytest.mark.parametrize("rate", [200e-6, 0.02, -0.02])
def test_ninety_days_alone_with_a_drifting_clock(rate: float) -> None:
    """A village writes alone; its township writes too, and nothing is taken for what it is not."""
    with county("county", "town1", "village1") as nodes:
        id_ = nodes["village1"].write("VILL0001", [Insert("person", {"name": "王"})]).ids[0]
        exchange(nodes)
        visits = []
        for day in range(DAYS):
            values = {"person": id_, "minutes": day}
            visits += nodes["village1"].write("VILL0001", [Insert("visit", values)]).ids
            nodes["village1"].write("VILL0001", [Assign("person", id_, "phone", f"v{day}")])
            nodes["town1"].write("VILL0001", [Assign("person", id_, "age", day)])
            a_day(nodes, {"village1": rate})
        nodes["town1"].write("VILL0001", [Assign("person", id_, "phone", "t")])
        nodes.settle()
        assert visits == sorted(visits), "ids grow with time, whatever the rate"
        assert [one["minutes"] for one in nodes["county"].rows("visit")] == list(range(DAYS))
        (conflict,) = nodes["county"].conflicts()
        assert {version.value for version in conflict.versions} == {"t", f"v{DAYS - 1}"}
        assert row(nodes["county"], "person", id_)["age"] == DAYS - 1
        for name in ("town1", "village1"):  # whoever has read both settles it, fast clock or slow
            values_read = [version.value for version in nodes[name].conflicts()[0].versions]
            assert len(values_read) == 2
        nodes["town1"].write("VILL0001", [Assign("person", id_, "age", 100)])
        nodes.settle()
        nodes["village1"].write("VILL0001", [Assign("person", id_, "age", 101)])
        nodes.settle()
        nodes["county"].write("VILL0001", [Assign("person", id_, "age", 102)])
        nodes.settle()
        seen = {name: row(nodes[name], "person", id_)["age"] for name in nodes.nodes}
        assert set(seen.values()) == {102}
        assert len(nodes["county"].conflicts()) == 1
