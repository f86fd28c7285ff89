"""Revoked nodes: up to their cut they count, past it they do not, on every node alike."""

from __future__ import annotations

import contextlib
import random

import pytest

from node.errors import Refused, UsageError
from node.members import lift, revoke, withdrawn
from node.replica import Assign, Insert, Replica
from node.schema import Schema
from node.segment import Segment
from tests.ledger.federation import (
    SCHEMA,
    START_MS,
    Federation,
    Node,
    admission,
    county,
    issued,
    key_of,
)
from tests.ledger.test_convergence import (
    EARLY_MS,
    LATE,
    LATE_MS,
    REPLICAS,
    History,
    check_equal,
    check_rebuild,
)

HISTORIES = 40
BATCH = 10


def person(replica: Replica, name: str = "张三") -> str:
    return replica.write("VILL0001", [Insert("person", {"name": name})]).ids[0]


def cut(nodes: Federation, by: str, whom: str, **how: object) -> None:
    revoke(nodes[by], key_of(whom).author, cause="stolen", **how)  # type: ignore[arg-type]


def reasons(replica: Replica) -> set[str]:
    return {entry.reason for entry in replica.store.quarantine.entries()}


# --- what counts ---------------------------------------------------------------------------------


def test_what_was_written_before_counts_and_what_comes_after_does_not() -> None:
    with county("county", "town1", "village1", "village2") as nodes:
        before = person(nodes["village1"], "before")
        nodes.settle()
        cut(nodes, "county", "village1")
        after = person(nodes["village1"], "after")
        nodes.give("village1", "town1")  # which has not heard of the cut yet
        assert nodes["town1"].row("person", after)
        nodes.give("town1", "county")
        nodes.give("county", "town1")
        for name in ("county", "town1"):
            assert nodes[name].row("person", before)
            assert nodes[name].row("person", after) is None
            assert reasons(nodes[name]) == {"REVOKED"}
        check_equal_but(nodes, "village1")
        (found,) = withdrawn(nodes["county"])
        assert (found.table, found.id, found.written["name"]) == ("person", after, "after")
        lift(nodes["county"], key_of("village1").author, cause="found again")
        nodes.settle()
        for name in ("county", "town1", "village1"):
            assert nodes[name].row("person", after)
            assert not reasons(nodes[name])
        assert not list(withdrawn(nodes["county"]))
        check_equal(nodes)


def check_equal_but(nodes: Federation, name: str) -> None:
    """Everybody is equal but for one who is heard no more."""
    gone = nodes.nodes.pop(name)
    nodes.settle()
    check_equal(nodes)
    for one in nodes.nodes:
        check_rebuild(nodes, one)
    nodes.nodes[name] = gone


def test_who_is_revoked_writes_nothing_more_once_it_knows() -> None:
    with county("county", "town1", "village1") as nodes:
        open_ = person(nodes["village1"], "in the tail")
        cut(nodes, "county", "village1")
        nodes.give("county", "village1")
        with pytest.raises(Refused, match=r"was revoked by .*: stolen"):
            person(nodes["village1"])
        assert nodes["village1"].row("person", open_) is None
        assert reasons(nodes["village1"]) == {"REVOKED"}
        assert [one.id for one in withdrawn(nodes["village1"])] == [open_]
        lift(nodes["county"], key_of("village1").author, cause="found again")
        nodes.give("county", "village1")
        assert nodes["village1"].row("person", open_)
        person(nodes["village1"])


def test_what_was_not_counted_hides_nothing_that_it_overwrote() -> None:
    with county("county", "town1", "village1") as nodes:
        id_ = person(nodes["county"], "first")
        nodes.settle()
        since = nodes.nodes["village1"].clock.now_ms() + 1_000
        nodes.nodes["village1"].clock.advance(2_000)
        nodes["village1"].write("VILL0001", [Assign("person", id_, "name", "by the thief")])
        nodes.settle()
        nodes.nodes["county"].clock.advance(4_000)
        nodes["county"].write("VILL0001", [Assign("person", id_, "name", "by the county")])
        nodes.settle()
        cut(nodes, "county", "village1", since_ms=since, withdraw=True)
        nodes.settle()
        for name in ("county", "town1"):
            found = nodes[name].row("person", id_)
            assert found is not None
            assert found["name"] == "by the county"
            assert not nodes[name].conflicts()
        check_equal(nodes)


def test_what_the_county_has_receipted_is_taken_back_only_if_somebody_says_so() -> None:
    with county("county", "town1", "village1") as nodes:
        person(nodes["village1"])
        nodes.settle()
        receipts = [one.content for one in nodes["county"].store.peers.receipts_after(0, 99)]
        nodes["town1"].take_receipts(receipts)
        for name in ("county", "town1"):
            before = nodes[name].dump_digest(nodes[name].partitions()[0])
            with pytest.raises(UsageError, match=r"receipt for 1 of the changes"):
                cut(nodes, name, "village1", since_ms=0)
            assert key_of("village1").author not in nodes[name].view.cuts
            assert nodes[name].dump_digest(nodes[name].partitions()[0]) == before
        cut(nodes, "town1", "village1", since_ms=0, withdraw=True)
        (row,) = nodes["town1"].rows("cut")
        assert '"care"' in row["withdrawn"]


def test_ticks_follow_a_revocation_and_its_lifting() -> None:
    with county("county", "town1", "village1") as nodes:
        id_ = person(nodes["village1"])
        nodes.settle()
        cut(nodes, "county", "village1", since_ms=0, withdraw=True)

        def told() -> dict[str, str]:
            contents = [one.content for one in nodes["county"].store.peers.receipts_after(0, 99)]
            nodes["village1"].take_receipts(contents)
            return {tick.tier: tick.reason for tick in nodes["village1"].ticks("person", id_)}

        assert told()["county"] == "REVOKED"
        lift(nodes["county"], key_of("village1").author, cause="found")
        assert told()["county"] == ""


def test_a_township_does_not_cut_what_only_the_county_has() -> None:
    """The village was in a session with the county itself; its receipts are here, no segment."""
    with county("county", "town1", "village1") as nodes:
        id_ = person(nodes["village1"])
        nodes.give("village1", "county")
        receipts = [one.content for one in nodes["county"].store.peers.receipts_after(0, 99)]
        assert nodes["town1"].take_receipts(receipts)
        cut(nodes, "town1", "village1")
        nodes.settle()
        assert nodes["county"].row("person", id_) and nodes["town1"].row("person", id_)


def test_receipts_of_a_stolen_township_are_no_ticks() -> None:
    with county("county", "town1", "village1") as nodes:
        id_ = person(nodes["village1"])
        nodes.give("village1", "town1")
        receipts = [one.content for one in nodes["town1"].store.peers.receipts_after(0, 99)]
        assert nodes["village1"].take_receipts(receipts)
        assert [tick.tier for tick in nodes["village1"].ticks("person", id_)][1:] == ["township"]
        cut(nodes, "county", "town1")
        nodes.give("county", "village1")
        assert not [tick.tier for tick in nodes["village1"].ticks("person", id_)][1:]


# --- who may -------------------------------------------------------------------------------------


def test_only_who_stands_above_cuts() -> None:
    with county("county", "town1", "town2", "village1", "village3") as nodes:
        for by, whom in (("town1", "village3"), ("town1", "town1"), ("village1", "town1")):
            with pytest.raises(Refused, match="does not stand above"):
                cut(nodes, by, whom)
        with pytest.raises(Refused, match="does not stand above"):
            cut(nodes, "town1", "county")
        # An altered program may write the row; it says nothing to anybody.
        values = {"author": key_of("village3").author, "heads": "", "cause": "a lie"}
        nodes["town1"].write("TOWN0001", [Insert("cut", values)])
        values["author"] = key_of("county").author
        nodes["town1"].write("TOWN0001", [Insert("cut", values)])
        nodes.settle()
        assert all(not node.replica.view.cuts for node in nodes.nodes.values())


def test_the_countys_word_is_above_that_of_a_township() -> None:
    author = key_of("village1").author
    with county("county", "town1", "village1") as nodes:
        cut(nodes, "town1", "village1")
        nodes.settle()
        assert nodes["county"].view.cuts[author].by == key_of("town1").author
        lift(nodes["county"], author, cause="the township is in error")
        nodes.settle()
        for act in (lift, revoke):
            with pytest.raises((Refused, UsageError), match=r"The county has spoken|not revoked"):
                act(nodes["town1"], author, cause="no")
        values = {"author": author, "heads": "", "cause": "by an altered program"}
        nodes["town1"].write("TOWN0001", [Insert("cut", values)])
        nodes.settle()
        assert all(author not in node.replica.view.cuts for node in nodes.nodes.values())
        cut(nodes, "county", "village1")
        nodes.give("county", "town1")
        for act in (lift, revoke):
            with pytest.raises(Refused, match="The county has spoken"):
                act(nodes["town1"], author, cause="no")


def hand_over(giver: Replica, taker: Replica) -> None:
    """Everything, whatever the place."""
    giver.seal()
    ledger = giver.store.ledger
    every = [(feed, head) for feed in ledger.all_heads() for head in ledger.lacking(feed, ())]
    taker.take([one for at in every if (one := ledger.segment(*at)) is not None])


def test_a_township_that_claims_a_village_of_another_cannot_cut_it() -> None:
    """Keys are public, so it can state a certificate for one that is none of its own."""
    author = key_of("village3").author
    with county("county", "town1", "town2", "village3") as nodes:
        claimed = issued("village3", "VILL0001", "town1")
        nodes["town1"].write("TOWN0001", [admission("village3", "VILL0001", claimed)])
        with contextlib.suppress(Refused):
            cut(nodes, "town1", "village3")
        nodes["town1"].write(
            "TOWN0001", [Insert("cut", {"author": author, "heads": "", "cause": "a lie"})]
        )
        nodes.settle()
        assert all(not node.replica.view.cuts for node in nodes.nodes.values())


def test_a_box_that_wrote_everywhere_and_much_is_revoked_all_the_same() -> None:
    """Its feeds and what is taken back are more than a person would ever type."""
    with county("county", "town1", "village1") as nodes:
        acts = [f"MANY{number:04}" for number in range(300)]
        for number, division in enumerate(acts):
            values = {
                "subject": division, "kind": "establish", "level": "village",
                "code": f"1307321{number:05}", "name": division, "parent": "TOWN0001",
                "valid_from": "2026-01-01",
            }  # fmt: skip
            nodes["county"].write("COUNTY01", [Insert("division_act", values)])
        hand_over(nodes["county"], nodes["village1"])
        visit = [Insert("visit", {"minutes": 1})]
        nodes["village1"].act([(division, visit) for division in acts])
        hand_over(nodes["village1"], nodes["county"])
        done = revoke(nodes["county"], key_of("village1").author, cause="stolen")
        assert done.counting >= len(acts)
        done = revoke(
            nodes["county"], key_of("village1").author, cause="sooner", since_ms=0, withdraw=True
        )
        assert done.withdrawn >= len(acts)
        assert nodes["county"].count("visit") == 0


# --- a township ----------------------------------------------------------------------------------


def test_whom_a_stolen_township_admits_is_nobody() -> None:
    with county("county", "town1", "town2", "village1", "village3", late=("village3",)) as nodes:
        cut(nodes, "county", "town2")
        nodes["town2"].write("TOWN0002", [admission("village3")])
        nodes.give("town2", "village3")
        lie = nodes["village3"].write("VILL0003", [Insert("person", {"name": "nobody"})]).ids[0]
        for _ in range(2):
            nodes.give("village3", "county")  # as a stick carries it
            nodes.give("town2", "county")
        assert nodes["county"].row("person", lie) is None
        assert key_of("village3").author not in nodes["county"].view.certificates
        with pytest.raises(Refused, match="was revoked"):
            nodes["county"].view.recognise(nodes["village3"].core.chain)
        nodes.give("county", "town1")
        nodes.nodes.pop("village3")
        check_equal_but(nodes, "town2")


def test_a_cut_of_a_cut_node_falls_with_it() -> None:
    """The township's own cut lies past that of the township: the village counts."""
    author = key_of("village1").author
    with county("county", "town1", "village1") as nodes:
        id_ = person(nodes["village1"])
        nodes.settle()
        cut(nodes, "county", "town1")
        cut(nodes, "town1", "village1", since_ms=0, withdraw=True)
        for order in (("town1", "county"), ("county", "village1")):
            nodes.give(*order)
        for name in ("county", "village1"):
            assert author not in nodes[name].view.cuts
            assert nodes[name].row("person", id_)
        nodes.give("county", "town1")
        check_equal(nodes)
        lift(nodes["county"], key_of("town1").author, cause="it was right")
        nodes.settle()
        assert all(node.replica.row("person", id_) is None for node in nodes.nodes.values())
        check_equal(nodes)


def test_what_the_cut_names_may_come_later() -> None:
    """A node hears of the cut before it has what still counts."""
    with county("county", "town1", "village1", "village2") as nodes:
        ids = []
        for name in ("甲", "乙"):
            ids += nodes["village1"].write("VILL0001", [Insert("facility", {"name": name})]).ids
            nodes.give("village1", "county")
        cut(nodes, "county", "village1")
        lacking: list[Segment] = nodes.lacking("county", "village2")
        own = [one for one in lacking if one.header.feed.author == key_of("village1").author]
        nodes.deliver("village2", [one for one in lacking if one not in own])
        nodes.deliver("village2", own[:1])
        assert reasons(nodes["village2"]) == {"REVOKED"}
        nodes.deliver("village2", own[1:])
        assert [bool(nodes["village2"].row("facility", one)) for one in ids] == [True, True]
        nodes.give("county", "town1")
        check_equal_but(nodes, "village1")


def test_an_older_node_follows_after_its_upgrade() -> None:
    """It knows no cuts; what it was told of them waits for the upgrade."""
    tables = tuple(one for one in SCHEMA.tables if one.name not in ("cut", "fork_review"))
    with county("county", "town1", "village1") as nodes:
        box = nodes.add("village2", Schema(1, "1", tables))
        nodes.settle()
        cut(nodes, "county", "village1")
        (id_,) = nodes["village1"].write("VILL0001", [Insert("facility", {"name": "甲"})]).ids
        nodes.settle()
        assert nodes["county"].row("facility", id_) is None
        assert nodes["village2"].row("facility", id_)
        assert reasons(nodes["village2"]) == {"TABLE_UNKNOWN"}
        box.reopen()
        assert nodes["village2"].row("facility", id_) is None
        assert reasons(nodes["village2"]) == {"REVOKED"}
        check_equal(nodes)


def test_another_process_of_the_node_follows() -> None:
    with county("county", "town1", "village1") as nodes:
        nodes.settle()
        box = nodes.nodes["county"]
        command = Replica(box.home, box.replica.core.schema, box.clock)
        try:
            revoke(command, key_of("village1").author, cause="stolen")
        finally:
            command.close()
        person(nodes["village1"])
        nodes.give("village1", "county")
        assert reasons(nodes["county"]) == {"REVOKED"}
        check_rebuild(nodes, "county")


# --- in any order --------------------------------------------------------------------------------


class Revoking(History):
    """A history in which nodes are revoked, and revocations lifted."""

    acts = 0

    def write(self) -> None:
        if self.chance.random() < 0.1:
            self.speak(self.federation.nodes[self.chance.choice(("county", "town1", "town2"))])
        try:
            super().write()
        except Refused as refusal:
            if refusal.reason != "REVOKED":
                raise
            self.written.changes += 1

    def speak(self, node: Node) -> None:
        """Somebody above says that a node counts no more, or that it does after all."""
        whom = key_of(self.chance.choice(REPLICAS[1:])).author
        since = self.chance.choice((None, None, 0, START_MS, node.clock.now_ms()))
        with contextlib.suppress(Refused, UsageError):
            if whom in node.replica.view.cuts and self.chance.random() < 0.7:
                lift(node.replica, whom, cause="a history")
            else:
                revoke(node.replica, whom, cause="a history", since_ms=since, withdraw=True)
            self.acts += 1

    def deliver(self, taker: str, batch: list[Segment]) -> None:
        self.federation.deliver(taker, batch)


@pytest.mark.parametrize("first", range(0, HISTORIES, BATCH))
def test_all_end_equal_whoever_was_revoked(first: int) -> None:
    acts = lost = 0
    for seed in range(first, first + BATCH):
        chance = random.Random(f"clocks of {seed}")
        clocks = {name: chance.choice((EARLY_MS, START_MS, START_MS, LATE_MS)) for name in REPLICAS}
        known = {**clocks, "county": START_MS}
        with county(*REPLICAS, settled=False, now_ms=known, late=(LATE,)) as federation:
            story = Revoking(federation, seed)
            story.run()
            federation.settle()
            check_equal(federation)
            lost += sum("REVOKED" in reasons(node.replica) for node in federation.nodes.values())
            # A village here writes beyond its rights, and shows itself what nobody else will.
            for name in [one for one in federation.nodes if not one.startswith("village")]:
                check_rebuild(federation, name)
            acts += story.acts
    assert acts >= 2 * BATCH
    assert lost >= BATCH
