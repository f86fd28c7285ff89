"""Three versions of Linli in one county, in every way that they can stand above each other.

The oldest lacks a table and columns that the middle one has, and the newest has another table, more
columns, another form of segments and other rules. Each writes all that it knows. What a node does
not understand goes through it byte for byte and waits; after the upgrades, one version at a time or
two at once, everybody has the same and nothing waits. `VERSIONS_ALL=1` goes through all 27 ways.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Iterator

import pytest

from node.feed import Partition
from node.replica import AddElement, Assign, Increment, Insert
from node.schema import Channel, Column, Kind, Schema, Table
from node.segment import Segment
from node.trust import TRUST_TABLES
from tests.ledger.federation import (
    FACILITY,
    NOTICE,
    PERSON,
    PLAN,
    SCHEMA,
    VISIT,
    Federation,
    county,
    row,
)
from tests.ledger.forging import forge, new_rows

FEWER = dataclasses.replace(
    PERSON,
    columns=tuple(c for c in PERSON.columns if c.name not in ("phone", "benefit", "groups")),
)
MORE = dataclasses.replace(
    PERSON,
    columns=(
        *PERSON.columns,
        Column("wechat", Kind.REGISTER),
        Column("allergies", Kind.SET),
        Column("calls", Kind.COUNTER, int),
    ),
)
GARDEN = Table("garden", Channel.CARE, (Column("person", Kind.FACT), Column("area", Kind.FACT)))
OLDEST = Schema(1, "0", (*TRUST_TABLES, VISIT, FEWER, NOTICE, PLAN))
NEWEST = Schema(3, "2", (*TRUST_TABLES, VISIT, MORE, NOTICE, PLAN, FACILITY, GARDEN), format=2)
VERSIONS = (OLDEST, SCHEMA, NEWEST)
TIERS = ("county", "town1", "village1")
SCOPE = [Partition("VILL0001", channel) for channel in Channel]


ALL = list(itertools.product(range(3), repeat=3))
SOME = [*itertools.permutations(range(3)), (0, 2, 0), (2, 0, 2)]
"""Of every version one, and two versions in turn."""


@pytest.fixture(
    params=ALL if os.environ.get("VERSIONS_ALL") else SOME,
    ids=lambda param: f"county{param[0] + 1}-township{param[1] + 1}-village{param[2] + 1}",
)
def mixed(request: pytest.FixtureRequest) -> Iterator[tuple[Federation, dict[str, int]]]:
    """A county, its township and its village, each of some version."""
    versions = dict(zip(TIERS, request.param, strict=True))
    with county("village2") as nodes:
        for name, version in versions.items():
            nodes.add(name, VERSIONS[version])
            nodes.give("village2", name)
        yield nodes, versions


def write_all_it_knows(nodes: Federation, name: str, version: int) -> str:
    """One node writes every table and column of its version about the village."""
    replica = nodes[name]
    values = {"name": f"by {name}"} | ({"phone": "1"} if version else {})
    sets = {"groups": ["poor"]} if version else {}
    if version == 2:
        values, sets = {**values, "wechat": "w"}, {**sets, "allergies": ["milk"]}
    id_ = replica.write("VILL0001", [Insert("person", values, sets)]).ids[0]
    replica.write("VILL0001", [Insert("visit", {"person": id_, "minutes": 7})])
    replica.write("VILL0001", [Assign("person", id_, "name", f"of {name}")])
    replica.write("VILL0001", [Increment("person", id_, "meals", 1)])
    if version:
        replica.write("VILL0001", [Assign("person", id_, "phone", "2")])
        replica.write("VILL0001", [Insert("facility", {"name": "canteen"}, {"services": ["m"]})])
    if version == 2:
        replica.write("VILL0001", [Insert("garden", {"person": id_, "area": "9"})])
        replica.write("VILL0001", [Assign("person", id_, "wechat", "x")])
        replica.write("VILL0001", [AddElement("person", id_, "allergies", "nuts")])
        replica.write("VILL0001", [Increment("person", id_, "calls", 2)])
    return id_


def of_another_form(nodes: Federation, name: str) -> Segment:
    """A segment in the form that only the newest program reads."""
    body = new_rows("person", {"name": [f"in {name}'s form"]})
    last = nodes.heads_of(name, "VILL0001", Channel.CARE)
    trust = nodes[name].store.ledger.trust_heads()
    return forge(name, "VILL0001", body, trust=trust, after=last, format=2)


def travel(nodes: Federation) -> None:
    """Only neighbours meet, up and down, until nothing is new."""
    pairs = [("village1", "town1"), ("town1", "county"), ("county", "town1"), ("town1", "village1")]
    nodes.settle(pairs)


def check_same_bytes(nodes: Federation) -> None:
    for feed in nodes.nodes["county"].held:
        if feed.division != "VILL0001":
            continue
        held = [nodes.nodes[name].held[feed] for name in TIERS]
        assert all(one.keys() == held[0].keys() for one in held), feed
        for head, first in held[0].items():
            for other in (one[head] for one in held[1:]):
                assert other.header_bytes == first.header_bytes
                assert (other.signature, other.body) == (first.signature, first.body)


def check_equal(nodes: Federation) -> None:
    for partition in SCOPE:
        seen = {name: nodes.nodes[name].digests(partition) for name in TIERS}
        assert len(set(seen.values())) == 1, (partition, seen)


def test_three_versions_stand_above_each_other_in_every_way(
    mixed: tuple[Federation, dict[str, int]],
) -> None:
    nodes, versions = mixed
    ids = {name: write_all_it_knows(nodes, name, version) for name, version in versions.items()}
    for name, version in versions.items():
        if version == 2:
            nodes.deliver(name, [of_another_form(nodes, name)])
    travel(nodes)
    check_same_bytes(nodes)
    for name in TIERS:
        for author, id_ in ids.items():
            assert row(nodes[name], "person", id_)["name"] == f"of {author}", "what it knows"
        unknown = max(versions.values()) > versions[name]
        assert bool(nodes[name].store.quarantine.entries()) is unknown
    for upgrade in (SCHEMA, NEWEST):
        for name in reversed(TIERS):
            if nodes[name].core.schema.version < upgrade.version:
                nodes.nodes[name].reopen(upgrade)
        travel(nodes)
    check_same_bytes(nodes)
    check_equal(nodes)
    for name in TIERS:
        assert not nodes[name].store.quarantine.entries()
        check_all_is_shown(nodes, name, versions, ids)


def check_all_is_shown(
    nodes: Federation, name: str, versions: dict[str, int], ids: dict[str, str]
) -> None:
    newest = [author for author, version in versions.items() if version == 2]
    for author, id_ in ids.items():
        shown = row(nodes[name], "person", id_)
        assert (shown["meals"], shown["minutes"]) == (1, 7)
        assert shown["phone"] == ("2" if versions[author] else None)
        assert shown["groups"] == (["poor"] if versions[author] else [])
        if author in newest:
            assert (shown["wechat"], shown["calls"]) == ("x", 2)
            assert shown["allergies"] == ["milk", "nuts"]
    assert len(nodes[name].rows("garden")) == len(newest)
    names = {one["name"] for one in nodes[name].rows("person")}
    assert {f"in {author}'s form" for author in newest} <= names


def test_two_versions_at_once_are_as_good_as_one_after_the_other() -> None:
    """A village sleeps through a release, and its database is upgraded over it."""
    with county("county", "village2") as nodes:
        nodes.add("town1", OLDEST)
        nodes.give("county", "town1")
        nodes.nodes["county"].reopen(NEWEST)
        id_ = write_all_it_knows(nodes, "county", 2)
        nodes.give("county", "town1")
        assert nodes["town1"].store.quarantine.entries()
        nodes.nodes["town1"].reopen(NEWEST)
        assert not nodes["town1"].store.quarantine.entries()
        assert row(nodes["town1"], "person", id_)["allergies"] == ["milk", "nuts"]
        for partition in SCOPE:
            assert len({nodes.nodes[name].digests(partition) for name in ("county", "town1")}) == 1
