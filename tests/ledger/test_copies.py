"""A box restored from a backup, copied, or copied while it ran: two go on under one key.

Both branches are kept and forwarded everywhere. What both wrote under one boot and number counts
once, the same on every node, whatever came first.
"""

from __future__ import annotations

import dataclasses
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest

from node import wire
from node.errors import StoreFault
from node.feed import FeedKey, Head, Partition
from node.replica import Assign, Insert, Replica
from node.schema import Channel
from node.segment import BRANCHES_MAX, Body, Rows, Segment
from tests.ledger import federation as county_of
from tests.ledger.federation import (
    NODES,
    Federation,
    admission,
    county,
    key_of,
    open_replica,
    row,
)
from tests.ledger.forging import changes, forge, new_rows


@pytest.fixture
def nodes() -> Iterator[Federation]:
    with county("county", "town1", "town2", "village1", "village2") as federation:
        yield federation


def person(replica: Replica, division: str = "", **values: Any) -> str:
    """A new person in a node's own division."""
    insert = Insert("person", {"name": "Wang", **values})
    return replica.write(division or replica.division, [insert]).ids[0]


def trust_of(replica: Replica) -> dict[FeedKey, Any]:
    return replica.store.ledger.trust_heads()


def set_aside(replica: Replica) -> list[tuple[str, str, str]]:
    return [(e.table, e.column, e.reason) for e in replica.store.quarantine.entries()]


@pytest.mark.parametrize("channel", ["care", "trust"])
def test_a_machine_copied_while_it_ran_ends_equal_everywhere(
    nodes: Federation, channel: str
) -> None:
    """Both copies give the same numbers, so the same ids, to different things: one side counts.

    The county hears of one copy first, the other township and the copies themselves of the other.
    """
    nodes.clone("town2", "copied", running=True)
    copies = ("town2", "town2-clone")
    assert len({nodes[name].core.boot for name in copies}) == 1
    ids = []
    for name, child in zip(copies, ("village3", "village4"), strict=True):
        if channel == "trust":
            ids.append(nodes[name].write("TOWN0002", [admission(child)]).ids[0])
        else:
            ids.append(person(nodes[name], "TOWN0002", name=name))
            nodes[name].write("TOWN0002", [Assign("person", ids[-1], "phone", name)])
    assert ids[0] == ids[1], "the test makes no collision"
    nodes.give(copies[0], "county")
    nodes.give(copies[1], "town1")
    nodes.settle()
    everybody = ("county", "town1", *copies)
    partition = Partition("TOWN0002", Channel.TRUST if channel == "trust" else Channel.CARE)
    holders = everybody if channel == "trust" else ("county", *copies)
    assert len({nodes.nodes[name].digests(partition) for name in holders}) == 1
    for name in holders:
        (reason,) = {entry[2] for entry in set_aside(nodes[name])}
        assert reason == "BOOT_REUSED"
        before = nodes.nodes[name].digests(partition)
        nodes[name].rebuild(partition)
        assert nodes.nodes[name].digests(partition) == before
    assert len({nodes[name].core.boot for name in copies}) == 2, "both still write under one boot"
    fresh = [person(nodes[name], "TOWN0002", name=f"later at {name}") for name in copies]
    nodes.settle()
    assert [row(nodes["county"], "person", id_)["name"] for id_ in fresh] == [
        f"later at {name}" for name in copies
    ]


def test_a_frontier_takes_in_no_change_of_another_branch(nodes: Federation) -> None:
    """Of one boot, one copy of the county moved a village and the other wrote a later number.

    Who had seen the later number alone had not seen the move, whoever else has both.
    """
    nodes.clone("county", "copied", running=True)
    move = {"subject": "VILL0002", "kind": "move", "parent": "TOWN0002"}
    first = nodes["county"].write(
        "COUNTY01", [Insert("division_act", {**move, "valid_from": "2026-03-01"})]
    )
    nodes["county-clone"].write("COUNTY01", [Insert("notice", {"text": "uses a number"})])
    later = nodes["county-clone"].write("COUNTY01", [county_of.rename("VILL0003", "new")])
    assert first.changes < later.changes and first.boot == later.boot, "the test makes no overlap"
    nodes.give("county-clone", "town1")
    id_ = person(nodes["town1"], "VILL0002")
    written = nodes.lacking("town1", "county-clone")
    nodes.give("county-clone", "county")
    nodes.deliver("county", written)
    nodes.give("county", "town1")
    for name in ("county", "town1"):
        assert row(nodes[name], "person", id_) and not set_aside(nodes[name])
        nodes[name].rebuild(Partition("VILL0002", Channel.CARE))
        assert row(nodes[name], "person", id_)


def test_a_box_that_branched_often_and_joined_each_time_is_taken_whole(nodes: Federation) -> None:
    """A card that returns to its image at every start: its branches are many, never at once.

    What joins them is a copy of the box that goes on: it knows the branches before and need not be
    told of all of them again at every start.
    """
    box = nodes.nodes["village1"]
    person(box.replica)
    nodes.give("village1", "town1")
    healed = nodes.clone("village1", "of the image")
    box.replica.close()
    image = nodes.folder / "image"
    shutil.copytree(box.home, image)
    for start in range(BRANCHES_MAX + 2):
        shutil.rmtree(box.home)
        shutil.copytree(image, box.home)
        box.replica, box.held, box.mark = open_replica(box.home, box.clock, seed=start), {}, 0
        for one in (box, healed):
            one.clock.advance(1_000)
        person(box.replica)
        nodes.give("village1", "town1")
        nodes.give("town1", healed.name)
        person(healed.replica)
        nodes.give(healed.name, "town1")
        box.replica.close()
    box.replica = open_replica(box.home, box.clock)
    feed = FeedKey(box.replica.author, "VILL0001", Channel.CARE)
    ledger = nodes["town1"].store.ledger
    ordered = [ledger.segment(feed, head) for head in ledger.lacking(feed, ())]
    intake = nodes.deliver("county", [one for one in ordered if one])
    assert not intake.refused and len(nodes["county"].store.ledger.heads(feed)) == 1
    assert intake.segments == len(ordered) > 2 * BRANCHES_MAX


@pytest.mark.parametrize("seed", range(6))
def test_what_a_copy_wrote_next_overwrites_nothing_that_it_never_saw(
    nodes: Federation, seed: int
) -> None:
    """A copy writes a cell, then again; its second write names a number that means another's."""
    id_ = person(nodes["village1"], phone="0")
    nodes.clone("village1", seed, running=True)
    copy = "village1-clone"
    said = {"village1": ["A"], copy: ["B", "B again"]}
    for name, values in said.items():
        for value in values:
            nodes[name].write("VILL0001", [Assign("person", id_, "phone", value)])
            nodes.seal(name)
    nodes.give("village1", "county")
    nodes.give(copy, "county")
    county = nodes["county"]
    listed = {
        wire.body_of(found, 1 << 20).cells[0].value[0]
        for entry in county.store.quarantine.entries()
        if (found := county.store.ledger.segment(entry.feed, entry.head))
    }
    assert row(county, "person", id_)["phone"] in ("A", "B again")
    lost = {"A", "B again"} - {row(county, "person", id_)["phone"]}
    assert lost <= listed, "an acknowledged value is neither shown nor listed"


def test_two_boxes_with_one_key_never_mint_the_same_id(nodes: Federation) -> None:
    """Same key, same numbers, same clock: only the boot tells the copies apart."""
    nodes.clone("village1", "copied")
    ids = [person(nodes[name], name=name) for name in ("village1", "village1-clone")]
    assert ids[0] != ids[1]
    nodes.settle()
    for name in ("village1", "village1-clone", "town1", "county"):
        assert row(nodes[name], "person", ids[0])["name"] == "village1"
        assert row(nodes[name], "person", ids[1])["name"] == "village1-clone"


def test_a_fork_raises_an_alert_at_the_parent(nodes: Federation) -> None:
    nodes.clone("village1", "copied")
    person(nodes["village1"])
    person(nodes["village1-clone"])
    nodes.settle()
    alerts = nodes["town1"].store.peers.alerts()
    assert [(a.kind, a.subject) for a in alerts] == [("fork", key_of("village1").author)]


def test_a_frontier_says_the_same_whatever_else_is_here() -> None:
    """Township 2's box was copied, and one copy admits village 3: the other branch does not say so.

    A node that holds both branches must judge by the one that a header names, as one does that
    holds only that branch.
    """
    with county("county", "town1", "town2", "village3", late=("village3",)) as nodes:
        nodes.clone("town2", "copied")
        nodes["town2-clone"].write("TOWN0002", [admission("village3")])
        nodes["town2"].write("TOWN0002", [admission("village1"), admission("village2")])
        nodes["town2"].write("TOWN0002", [admission("village4")])
        nodes.seal("town2")
        feed = FeedKey(key_of("town2").author, "TOWN0002", Channel.TRUST)
        trust = {**trust_of(nodes["county"]), feed: nodes["town2"].store.ledger.heads(feed)}
        body = new_rows("facility", {"name": ["canteen"]})
        early = forge("village3", "VILL0003", body, trust=trust, channel=Channel.REGISTRY)
        nodes.settle()
        for name in nodes.nodes:
            nodes.deliver(name, [early])
        listed = {name: set_aside(nodes[name]) for name in nodes.nodes}
        assert set(map(tuple, listed.values())) == {(("", "", "NOT_AUTHORISED"),)}, listed


def take_receipts(nodes: Federation, giver: str, taker: str) -> None:
    """Hands all receipts of one node to another."""
    for receipt in nodes[giver].store.peers.receipts_after(0, 100):
        nodes[taker].take_receipts([receipt.content])


@dataclass(frozen=True)
class Drawn:
    """Segments of one boot, drawn at random: copies of a process that seal where they like."""

    segments: tuple[Segment, ...]

    def shuffled(self, chance: random.Random) -> list[Segment]:
        """In another order in which each comes after those that it names."""
        waiting, order = list(self.segments), list[Segment]()
        given: set[Head] = set()
        while waiting:
            ready = [one for one in waiting if given.issuperset(one.header.previous)]
            one = chance.choice(ready)
            waiting.remove(one)
            given.add(one.head)
            order.append(one)
        return order

    def counting(self) -> set[Head]:
        """Those that count, as docs/protocol.md tells it: line by line, the furthest first."""
        own = {one.head: one.header for one in self.segments}

        def line(head: Head) -> set[Head]:
            return {head}.union(*(line(one) for one in own[head].previous))

        tips = [head for head in own if not any(head in one.previous for one in own.values())]
        counting: set[Head] = set()
        for tip in sorted(tips, key=lambda one: (-own[one].last_change, one.hash)):
            for head in sorted(line(tip), key=lambda one: (own[one].first_change, one.hash)):
                first, last = own[head].first_change, own[head].last_change
                others = counting - {head}
                overlaps = any(
                    first <= own[one].last_change and own[one].first_change <= last
                    for one in others
                )
                lower = all(own[one].last_change < first for one in own[head].previous)
                if lower and not overlaps and counting.issuperset(own[head].previous):
                    counting.add(head)
        return counting


def drawn(nodes: Federation, chance: random.Random) -> Drawn:
    """Up to nine segments of village 1 under one boot, honest and not."""
    trust = trust_of(nodes["county"])
    made: list[Segment] = []
    for _ in range(chance.randint(3, 9)):
        after = chance.sample(made, min(len(made), chance.choice([0, 1, 1, 1, 1, 2])))
        first = chance.randint(1, 12)
        if after and chance.random() < 0.8:  # as an honest process does
            first = max(one.header.last_change for one in after) + chance.randint(1, 3)
        written = changes(chance.randint(1, 4), first)
        names = [f"{first} of {len(made)}"] * len(written)
        rows = Rows("person", range(len(names)), [0] * len(names), {"name": names})
        body = Body(written, [rows])
        made.append(forge("village1", "VILL0001", body, trust=trust, after=after, boot=7))
    return Drawn(tuple(made))


@pytest.mark.parametrize("seed", range(25))
def test_which_of_the_copies_counts_follows_from_what_is_kept(nodes: Federation, seed: int) -> None:
    """In any order of arrival, one by one or together, and when all is derived anew."""
    chance = random.Random(seed)
    made = drawn(nodes, chance)
    lost = {one.head for one in made.segments} - made.counting()
    partition = Partition("VILL0001", Channel.CARE)
    found = []
    for name, size in (("county", 1), ("town1", 1), ("village1", 9)):
        order = made.shuffled(chance)
        for start in range(0, len(order), size):
            assert not nodes.deliver(name, order[start : start + size]).refused
        for _ in ("as they came", "derived anew"):
            listed = nodes[name].store.quarantine.entries()
            assert {entry.head for entry in listed} == lost
            assert {entry.reason for entry in listed} <= {"BOOT_REUSED"}
            found.append(nodes.nodes[name].digests(partition))
            nodes[name].rebuild(partition)
    assert len(set(found)) == 1
    assert nodes["county"].count("person") == sum(
        one.header.changes for one in made.segments if one.head not in lost
    )


def test_random_copies_are_no_easy_ones(nodes: Federation) -> None:
    """What the test above draws: losers, and such as come to count again when more has come."""
    losers = freed = 0
    for seed in range(25):
        made = drawn(nodes, random.Random(seed))
        lost = {one.head for one in made.segments} - made.counting()
        losers += len(lost)
        for size in range(2, len(made.segments)):
            early = Drawn(made.segments[:size])
            freed += len({one.head for one in early.segments} - early.counting() - lost)
    assert losers > 20 and freed > 10


def test_copies_that_sealed_at_other_places_do_not_both_lose_everything(
    nodes: Federation,
) -> None:
    """One copy sealed once and the other at each change: one of the two counts as a whole."""
    nodes.clone("village1", "copied", running=True)
    names = ("village1", "village1-clone")
    for turn in range(4):
        for name in names:
            person(nodes[name], name=f"{name} {turn}")
        nodes.seal(names[1])
    nodes.settle()
    for holder in ("county", "town1", *names):
        shown = {one["name"] for one in nodes[holder].rows("person")}
        whole = [name for name in names if {f"{name} {turn}" for turn in range(4)} <= shown]
        assert len(whole) == 1 and len(shown) == 4, shown


def test_a_tick_tells_nothing_of_what_another_boot_wrote(nodes: Federation) -> None:
    """A restored box gives its numbers out again: what was set aside under them was another."""
    body = new_rows("plan", {"text": ["not a village's"]})
    trust = trust_of(nodes["county"])
    lost = forge("village1", "VILL0001", body, trust=trust, channel=Channel.ORDERS)
    nodes.deliver("town1", [lost])
    assert set_aside(nodes["town1"]) == [("plan", "", "NOT_AUTHORISED")]
    village = nodes["village1"]
    notice = village.write("VILL0001", [Insert("notice", {"text": "of the restored box"})])
    assert notice.changes == [lost.header.first_change] and notice.boot != lost.header.boot
    nodes.settle()
    take_receipts(nodes, "town1", "village1")
    ticks = {tick.tier: tick.reason for tick in village.ticks("notice", notice.ids[0])}
    assert ticks == {"village": "", "township": ""}


def test_a_tick_of_what_counts_tells_nothing_of_the_copy_that_lost(nodes: Federation) -> None:
    """Both bear the same boot and number: only their segments tell them apart."""
    nodes.clone("village1", "copied", running=True)
    names = ("village1", "village1-clone")
    ids = [person(nodes[name], name=name) for name in names]
    assert ids[0] == ids[1], "the test makes no collision"
    nodes.settle()
    (listed,) = nodes["town1"].store.quarantine.entries()
    for name in names:
        take_receipts(nodes, "town1", name)
        ticks = {tick.tier: tick.reason for tick in nodes[name].ticks("person", ids[0])}
        assert ticks == {"village": "", "township": ""}
        told = [
            (part.reason, part.segment)
            for one in nodes[name].store.peers.receipts(listed.feed)
            for part in wire.read_unapplied(wire.read_receipt(one.content))
        ]
        assert told == [("BOOT_REUSED", listed.head.hash)]


def test_who_was_admitted_by_the_copy_that_lost_is_admitted_again() -> None:
    """Two copies of a township admit a village each; both villages are members in the end."""
    villages = ("village3", "village4")
    with county("county", "town1", "town2", *villages, late=villages) as nodes:
        nodes.clone("town2", "copied", running=True)
        copies = ("town2", "town2-clone")
        early = {}
        for copy, village in zip(copies, villages, strict=True):
            nodes[copy].write("TOWN0002", [admission(village)])
            nodes.give(copy, village)
            early[village] = person(nodes[village], name=f"early at {village}")
        everybody = ("county", "town1", *copies, *villages)
        nodes.give(villages[0], "county")
        nodes.give(copies[0], "county")
        nodes.give(villages[0], "county")
        nodes.settle()
        later = {village: person(nodes[village], name=f"later {village}") for village in villages}
        nodes.settle()
        kept = {village for village in villages if nodes["county"].row("person", early[village])}
        assert len(kept) == 1
        for name in everybody:
            assert {key_of(one).author for one in villages} <= nodes[name].view.certificates.keys()
        for name in ("county", *copies):
            for village in villages:
                assert nodes[name].row("person", later[village])
            reasons = {e.reason: e.feed for e in nodes[name].store.quarantine.entries()}
            assert reasons.keys() == {"BOOT_REUSED", "TRUST_REUSED"}
            (lost,) = set(villages) - kept
            assert reasons["TRUST_REUSED"].author == key_of(lost).author
        for partition in nodes["county"].partitions():
            before = nodes.nodes["county"].digests(partition)
            nodes["county"].rebuild(partition)
            assert nodes.nodes["county"].digests(partition) == before


@pytest.mark.parametrize("later", [0, 1, 20])
def test_a_box_restored_with_an_open_tail_takes_nothing_out_of_the_registers(
    later: int,
) -> None:
    """It seals its tail again, in another place than its former self did, which then went on."""
    with county("county", "town1", "village1") as nodes:
        village = nodes.nodes["village1"]
        boot = village.replica.core.boot
        names = [f"before {number}" for number in range(3)]
        for name in names:
            person(village.replica, name=name)
        village.replica.close()
        shutil.copytree(village.home, nodes.folder / "backup")
        village.replica = open_replica(village.home, village.clock, seed="history")
        village.replica.core.boot = boot  # the backup was made beside the running process
        for number in range(later):
            names.append(f"after {number}")
            person(village.replica, name=names[-1])
            if number != 1:
                nodes.give("village1", "town1")
        nodes.settle()
        for giver in ("town1", "county"):
            take_receipts(nodes, giver, "village1")
        village.replica.close()
        shutil.rmtree(village.home)
        shutil.copytree(nodes.folder / "backup", village.home)
        village.replica = open_replica(village.home, village.clock, seed="restored")
        village.held, village.mark = {}, 0
        nodes["town1"].issue_beacon()
        names.append("new life")
        person(village.replica, name="new life")
        nodes.settle()
        for name in ("county", "town1", "village1"):
            shown = sorted(one["name"] for one in nodes[name].rows("person"))
            assert shown == sorted(names), f"{name} lost something"


def test_a_restored_township_takes_no_admission_back() -> None:
    """The admission stood in its open tail, and the village has worked with it."""
    with county("county", "town1", "town2", "village3", late=("village3",)) as nodes:
        town = nodes.nodes["town2"]
        boot = town.replica.core.boot
        town.replica.write("TOWN0002", [admission("village3")])
        town.replica.close()
        shutil.copytree(town.home, nodes.folder / "backup")
        town.replica = open_replica(town.home, town.clock, seed="history")
        town.replica.core.boot = boot
        nodes.settle()
        ids = [person(nodes["village3"], name=f"{number}") for number in range(5)]
        nodes.settle()
        town.replica.close()
        shutil.rmtree(town.home)
        shutil.copytree(nodes.folder / "backup", town.home)
        town.replica = open_replica(town.home, town.clock, seed="restored")
        town.held, town.mark = {}, 0
        town.replica.write("TOWN0002", [admission("village1")])
        nodes.settle()
        for name in ("county", "town2", "village3"):
            assert all(nodes[name].row("person", id_) for id_ in ids)
            assert not {one[2] for one in set_aside(nodes[name])} & {"TRUST_REUSED"}


def test_an_admission_that_no_longer_proves_itself_is_stated_again_once() -> None:
    """The county has moved both villages meanwhile: no certificate of the township holds there."""
    villages = ("village3", "village4")
    with county("county", "town1", "town2", *villages, late=villages) as nodes:
        nodes.clone("town2", "copied", running=True)
        copies = ("town2", "town2-clone")
        for copy, village in zip(copies, villages, strict=True):
            nodes[copy].write("TOWN0002", [admission(village)])
            nodes.seal(copy)
            move = {"subject": NODES[village], "kind": "move", "parent": "TOWN0001"}
            act = Insert("division_act", {**move, "valid_from": "2026-03-01"})
            nodes["county"].write("COUNTY01", [act])
        rounds = []
        for _ in range(6):
            pairs = [("town2", "county"), ("county", "town2-clone"), ("town2-clone", "county"),
                     ("county", "town2")]  # fmt: skip
            rounds.append(sum(nodes.give(*pair).segments for pair in pairs))
        assert rounds[0] > 0 and rounds[-1] == 0, rounds


def test_two_processes_of_one_node_judge_by_the_same(nodes: Federation) -> None:
    """A service has judged by what a copy wrote; a command beside it learns what counts."""
    found = 0
    for seed in range(6):
        with county("county", "town1", "town2", "village3", "village4",
                    late=("village3", "village4")) as nodes:  # fmt: skip
            nodes.clone("town2", f"copied {seed}", running=True)
            copies = ("town2", "town2-clone")
            for copy, village in zip(copies, ("village3", "village4"), strict=True):
                nodes[copy].write("TOWN0002", [admission(village)])
                nodes.seal(copy)
            nodes.give("town2", "village3")
            village3, service = nodes["village3"], nodes["county"]
            village3.write("VILL0003", [Insert("facility", {"name": "one"})])
            nodes.give("town2", "county")
            nodes.give("village3", "county")
            assert service.count("facility") == 1
            home, clock = nodes.nodes["county"].home, nodes.nodes["county"].clock
            with open_replica(home, clock, seed="a command") as command:
                command.take(nodes.lacking("town2-clone", "county"))
            if service.count("facility"):
                continue  # the first still counts
            found += 1
            village3.write("VILL0003", [Insert("facility", {"name": "two"})])
            nodes.give("village3", "county")
            nodes.give("county", "town1")
            partition = Partition("VILL0003", Channel.REGISTRY)
            assert nodes.nodes["county"].digests(partition) == nodes.nodes["town1"].digests(
                partition
            )
            known = service.view.certificates.keys() & {key_of("village3").author}
            assert known == nodes["town1"].view.certificates.keys() & {key_of("village3").author}
    assert found, "no copy ever lost: choose other seeds"


def test_what_another_process_of_the_box_writes_is_not_swallowed(nodes: Federation) -> None:
    """A box is copied while two processes ran on it; only one of them meets what the copy wrote."""
    partition = Partition("TOWN0002", Channel.CARE)
    town, boot = nodes.nodes["town2"], 77
    clone = nodes.clone("town2", "copied", running=True)
    with (
        open_replica(town.home, town.clock, seed="another process") as other,
        open_replica(clone.home, clone.clock, seed="its copy") as copied,
    ):
        other.core.boot = copied.core.boot = boot
        for number in range(3):
            person(copied, name=f"copy {number}")
        nodes.give("town2-clone", "county")
        nodes.give("county", "town2")
        names = [f"other {number}" for number in range(2)]
        for name in names:
            person(other, name=name)
        nodes.settle()
    for name in ("county", "town2", "town2-clone"):
        assert set(names) <= {one["name"] for one in nodes[name].rows("person")}
    assert len({nodes.nodes[n].digests(partition) for n in ("county", "town2", "town2-clone")}) == 1


def test_who_is_who_is_as_before_after_a_batch_came_to_nothing() -> None:
    """The disk is full at the very end, when another admission had already taken the place."""
    villages, moved = ("village3", "village4"), 0
    for seed in range(8):
        with county("county", "town1", "town2", *villages, late=villages) as nodes:
            nodes.clone("town2", f"copied {seed}", running=True)
            for copy, village in zip(("town2", "town2-clone"), villages, strict=True):
                nodes[copy].write("TOWN0002", [admission(village)])
                nodes.seal(copy)
            nodes.give("town2", "county")
            service = nodes["county"]
            before = service.view.certificates.keys()
            segments = nodes.lacking("town2-clone", "county")
            full = StoreFault("the disk is full")
            with (
                mock.patch.object(service.store.peers, "put_receipt", side_effect=full),
                pytest.raises(StoreFault),
            ):
                service.take(segments)
            assert service.view.certificates.keys() == before
            service.take(segments)
            moved += service.view.certificates.keys() != before
    assert moved, "no admission ever took the other's place: choose other seeds"


def test_nobody_is_accused_of_a_fork_by_a_forger(nodes: Federation) -> None:
    """A second segment of one number that the author never signed."""
    trust = trust_of(nodes["county"])
    body, other = (new_rows("notice", {"text": [text]}) for text in ("one", "two"))
    good = forge("village1", "VILL0001", body, trust=trust, channel=Channel.ORDERS)
    false = forge(
        "village1", "VILL0001", other, trust=trust, channel=Channel.ORDERS, signer="village2"
    )
    nodes.deliver("town1", [good, false])
    assert not nodes["town1"].store.peers.alerts()
    assert nodes["town1"].store.ledger.heads(good.header.feed) == (good.head,)


def test_a_tick_tells_nothing_untrue_where_much_was_set_aside(nodes: Federation) -> None:
    """More than a receipt lists one by one."""
    trust = trust_of(nodes["county"])
    made: list[Segment] = []
    for number in range(102):
        rows = Rows("plan", range(1), [0], {"text": ["not a village's"]})
        body = Body(changes(1, 2 * number + 1), [rows])
        lost = forge("village1", "VILL0001", body, trust=trust, channel=Channel.ORDERS,
                     after=made[-1:], boot=5)  # fmt: skip
        made.append(lost)
    nodes.deliver("town1", made)
    nodes.deliver("village1", made)
    village = nodes["village1"]
    good = [village.write("VILL0001", [Insert("notice", {"text": f"{n}"})]) for n in range(5)]
    nodes.give("village1", "town1")
    take_receipts(nodes, "town1", "village1")
    for one in good:
        ticks = {tick.tier: tick.reason for tick in village.ticks("notice", one.ids[0])}
        assert ticks == {"village": "", "township": ""}


def test_what_is_taken_does_not_depend_on_where_a_frame_ends(nodes: Federation) -> None:
    """The signature of the first is false, and its author vouches for it by naming it."""
    trust = trust_of(nodes["county"])
    body = new_rows("notice", {"text": ["one"]})
    first = forge("village1", "VILL0001", body, trust=trust, channel=Channel.ORDERS)
    first = dataclasses.replace(first, signature=bytes(64))
    later = Body(changes(1, 2), [Rows("notice", range(1), [0], {"text": ["two"]})])
    second = forge("village1", "VILL0001", later, trust=trust, channel=Channel.ORDERS,
                   after=[first])  # fmt: skip
    nodes.deliver("town1", [first, second])
    nodes.deliver("county", [first])
    nodes.deliver("county", [second])
    feed = first.header.feed
    assert nodes["town1"].store.ledger.heads(feed) == nodes["county"].store.ledger.heads(feed) == ()
    good = forge("village1", "VILL0001", body, trust=trust, channel=Channel.ORDERS)
    bad = forge("village1", "VILL0001", later, trust=trust, channel=Channel.ORDERS, after=[good],
                signer="village2")  # fmt: skip
    nodes.deliver("town1", [good, bad])
    nodes.deliver("county", [good])
    nodes.deliver("county", [bad])
    for name in ("town1", "county"):
        assert nodes[name].store.ledger.heads(feed) == (good.head,)


def test_a_box_states_that_it_has_no_heads_of_a_feed_that_it_once_had() -> None:
    """Restored, it has its own feed again before the trust data that this had leaned on."""
    with county("county", "town1", "town2", "village1", settled=False) as nodes:
        village = nodes.nodes["village1"]
        village.replica.close()
        shutil.copytree(village.home, nodes.folder / "backup")
        village.replica = open_replica(village.home, village.clock, seed="later")
        nodes.settle()
        feed = FeedKey(key_of("town2").author, "TOWN0002", Channel.TRUST)
        assert feed in trust_of(village.replica)
        person(village.replica)
        nodes.give("village1", "town1")
        village.replica.close()
        shutil.rmtree(village.home)
        shutil.copytree(nodes.folder / "backup", village.home)
        village.replica = open_replica(village.home, village.clock, seed="restored")
        village.held, village.mark = {}, 0
        own = FeedKey(village.replica.author, "VILL0001", Channel.CARE)
        carried = nodes.lacking("town1", "village1")
        nodes.deliver("village1", [one for one in carried if one.header.feed == own])
        assert feed not in trust_of(village.replica)
        id_ = person(village.replica)
        (sealed,) = nodes.heads_of("village1", "VILL0001", Channel.CARE)
        assert sealed.header.previous and sealed.header.trust[feed] == ()
        nodes.give("village1", "county")
        assert row(nodes["county"], "person", id_) and not set_aside(nodes["county"])
        stored = nodes["county"].store.ledger.has(own, sealed.head)
        assert stored is not None
        content = nodes["county"].store.ledger.trust_content(stored.trust)
        assert feed not in wire.decode_trust(content)
