"""A fork freezes what its author may spend, until the county has looked at just that fork."""

from __future__ import annotations

import json

import pytest

from node.errors import Refused, UsageError
from node.members import review
from node.replica import Insert, Replica
from tests.ledger.federation import Federation, county, key_of
from tests.ledger.test_convergence import check_equal, check_rebuild

AUTHOR = key_of("village1").author


def person(replica: Replica, name: str) -> str:
    return replica.write("VILL0001", [Insert("person", {"name": name})]).ids[0]


def forked(nodes: Federation, seed: str) -> None:
    """The village's box is copied, and both write on."""
    nodes.clone("village1", seed)
    for name in ("village1", "village1-clone"):
        person(nodes[name], f"{seed} {name}")
    nodes.settle()


def alerts(replica: Replica) -> list[tuple[str, str]]:
    return [(one.kind, one.subject) for one in replica.store.peers.alerts()]


def test_it_is_frozen_until_the_county_has_looked() -> None:
    with county("county", "town1", "village1") as nodes:
        assert not nodes["county"].frozen()
        with pytest.raises(UsageError, match="has branched since"):
            review(nodes["county"], AUTHOR, finding="nothing")
        forked(nodes, "copied")
        for name in ("county", "town1"):
            assert nodes[name].frozen() == {AUTHOR}
            assert alerts(nodes[name]) == [("fork", AUTHOR)]
        assert review(nodes["county"], AUTHOR, finding="a new card") == 1
        assert not alerts(nodes["county"])
        nodes.settle()
        for node in nodes.nodes.values():
            assert not node.replica.frozen()
            assert not alerts(node.replica)
        check_equal(nodes)
        check_rebuild(nodes, "county")
        assert not nodes["county"].frozen()


def test_what_follows_on_a_branch_is_no_other_fork() -> None:
    """The copy writes on after the county has looked; nothing is frozen by that."""
    with county("county", "town1", "village1") as nodes:
        forked(nodes, "copied")
        review(nodes["county"], AUTHOR, finding="a new card")
        nodes.settle(
            [("village1-clone", "county"), ("county", "town1"), ("county", "village1-clone")]
        )
        person(nodes["village1-clone"], "later")
        nodes.give("village1-clone", "county")
        assert not nodes["county"].frozen()
        assert not alerts(nodes["county"])


def test_another_fork_freezes_again() -> None:
    with county("county", "town1", "village1") as nodes:
        forked(nodes, "copied")
        review(nodes["county"], AUTHOR, finding="a new card")
        nodes.settle()
        nodes.nodes.pop("village1-clone").replica.close()
        nodes["village1"].write("VILL0001", [Insert("person", {"name": "joined"})])
        nodes.settle()
        (nodes.folder / "village1-clone").rename(nodes.folder / "put away")
        forked(nodes, "copied again")
        for name in ("county", "town1"):
            assert nodes[name].frozen() == {AUTHOR}
            assert alerts(nodes[name]) == [("fork", AUTHOR)]
        assert review(nodes["county"], AUTHOR, finding="the card is bad") == 2
        assert not nodes["county"].frozen()


def test_only_the_countys_own_word_counts() -> None:
    with county("county", "town1", "village1") as nodes:
        forked(nodes, "copied")
        with pytest.raises(Refused, match="Only the county"):
            review(nodes["town1"], AUTHOR, finding="mine")
        values = {"author": AUTHOR, "branches": "[]", "finding": "a lie"}
        with pytest.raises(Refused):
            nodes["town1"].write("TOWN0001", [Insert("fork_review", values)])
        for nonsense in ("no JSON", "7", json.dumps([7, None]), json.dumps({"a": 1})):
            nodes["county"].write(
                "COUNTY01", [Insert("fork_review", {**values, "branches": nonsense})]
            )
        assert nodes["county"].frozen() == {AUTHOR}
