"""Ticks: shown when a tier has said under its own signature that it has a record, never before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.simulation.line import Link, meet
from node import identity, wire
from node.feed import Head
from node.replica import Replica
from node.trust import RECEIPT_DOMAIN
from node.wire import Frame
from tests.ledger.federation import START_MS, Federation, county
from tests.session.sameness import backup, own_feed, restore, visits, wipe

ALL = ["village", "township", "county"]


def tiers(village: Replica, id_: str) -> list[str]:
    """The ticks that a village shows for a visit."""
    return [tick.tier for tick in village.ticks("visit", id_)]


def test_a_tick_appears_when_a_tier_has_the_record_and_its_word_has_come(
    three: Federation,
) -> None:
    village, town = three["village1"], three["town1"]
    visit = visits(village, 1)[0]
    assert tiers(village, visit) == ALL[:1]
    assert [(feed, changes) for feed, changes, _ in village.waiting()] == [(own_feed(village), 1)]
    link = Link(village, town)
    while link.traffic.kinds["receipts"] == 0:
        assert tiers(village, visit) == ALL[:1]
        assert link.step()
    assert tiers(village, visit) == ALL[:2]
    link.run()
    meet(town, three["county"])
    assert tiers(village, visit) == ALL[:2], "the county's word has not come down yet"
    meet(village, town)
    assert tiers(village, visit) == ALL
    assert not village.waiting()


def test_a_tick_is_for_what_was_received_and_not_for_what_came_after(three: Federation) -> None:
    village = three["village1"]
    early = visits(village, 1)[0]
    meet(village, three["town1"])
    late = visits(village, 1)[0]
    village.seal()
    assert tiers(village, early) == ALL[:2]
    assert tiers(village, late) == ALL[:1]


# --- forgeries -----------------------------------------------------------------------------------


def statement(village: Replica, issuer: Replica, head: Head) -> wire.ledger_pb2.Receipt:
    """A receipt for a village's head, without a signature."""
    return wire.receipt_message(own_feed(village), [head], [], START_MS, issuer.author)


def sign(message: wire.ledger_pb2.Receipt, key: identity.Key) -> None:
    value = key.sign(RECEIPT_DOMAIN, wire.unsigned(message))
    message.signature.CopyFrom(wire.signature_message(value))


@pytest.fixture
def four() -> Iterator[Federation]:
    with county("county", "town1", "village1", "village2") as nodes:
        for child in ("village1", "village2"):
            meet(nodes[child], nodes["town1"])
        yield nodes


@pytest.mark.parametrize(
    "forgery", ["flipped", "unsigned", "another's key", "not above", "unknown", "other head"]
)
def test_a_forged_receipt_gives_no_tick(four: Federation, forgery: str) -> None:
    village, town = four["village1"], four["town1"]
    visit = visits(village, 1)[0]
    village.seal()
    head = village.store.ledger.heads(own_feed(village))[0]
    message = statement(village, town, head)
    sign(message, town.core.key)
    if forgery == "flipped":
        value = message.signature.value
        message.signature.value = value[:-1] + bytes([value[-1] ^ 1])
    elif forgery == "unsigned":
        message.ClearField("signature")
    elif forgery == "another's key":
        sign(message, four["village2"].core.key)
    elif forgery == "not above":
        message = statement(village, four["village2"], head)
        sign(message, four["village2"].core.key)
    elif forgery == "unknown":
        key = identity.Key.generate(b"k" * 32)
        message.issuer = identity.author_bytes(key.author)
        sign(message, key)
    else:
        other = Head(head.number + 5, b"x" * 32)
        message = statement(village, town, other)
        sign(message, town.core.key)
    link = greeted(village, town)
    frame = Frame()
    frame.receipts.receipts.append(message)
    frame.receipts.seen = 1
    link.dialler.session.receive(frame)
    assert tiers(village, visit) == ALL[:1]


def test_a_receipt_that_is_genuine_does_give_a_tick(four: Federation) -> None:
    """Or else the forgeries above would prove nothing."""
    village, town = four["village1"], four["town1"]
    visit = visits(village, 1)[0]
    village.seal()
    message = statement(village, town, village.store.ledger.heads(own_feed(village))[0])
    sign(message, town.core.key)
    link = greeted(village, town)
    frame = Frame()
    frame.receipts.receipts.append(message)
    frame.receipts.seen = 1
    link.dialler.session.receive(frame)
    assert tiers(village, visit) == ALL[:2]


def greeted(village: Replica, town: Replica) -> Link:
    """A link over which both have said hello and nothing else."""
    link = Link(village, town)
    while link.sessions[0].peer_hello is None:
        assert link.step()
    link.cut()
    return link


# --- receipts that go astray ---------------------------------------------------------------------


def test_receipts_lost_on_the_way_come_with_the_next_session(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    visit = visits(village, 1)[0]
    link = Link(village, town)
    while link.traffic.kinds["segments"] == 0:
        assert link.step()
    link.cut()
    assert tiers(village, visit) == ALL[:1]
    meet(village, town)
    assert tiers(village, visit) == ALL[:2]


def test_a_village_new_to_its_township_still_gets_the_county_s_word_through_it() -> None:
    """Receipts that come before the certificates behind them would be taken for forgeries."""
    with county("county", "town1", "village1") as nodes:
        village, top = nodes["village1"], nodes["county"]
        visit = visits(village, 1)[0]
        link = Link(village, top)
        while link.traffic.kinds["segments"] == 0:
            assert link.step()
        link.cut()
        assert tiers(village, visit) == ALL[:1]
        town = wipe(nodes, "town1")
        meet(town, top)
        meet(village, town)
        assert tiers(village, visit) == ALL


def test_a_restored_township_gives_its_word_again(three: Federation) -> None:
    village = three["village1"]
    copy = backup(three, "town1")
    for _ in range(5):
        visits(village, 1)
        meet(village, three["town1"])
    town = restore(three, "town1", copy)
    visit = visits(village, 1)[0]
    meet(village, town)
    assert tiers(village, visit) == ALL[:2]
