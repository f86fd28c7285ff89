"""What a session says no to, and that everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest

from cli.simulation.line import Link, Traffic, meet
from node import identity, wire
from node.errors import LinliError, Refused
from node.feed import FeedKey
from node.replica import Insert, Replica
from node.schema import Channel
from node.session import Session
from node.trust import View
from node.wire import Frame, Reason
from tests.ledger.federation import Federation, county
from tests.session.sameness import check_same, own_feed, visits


def reasons(traffic: Traffic) -> list[str]:
    """The reasons of the refusals that were delivered."""
    return [
        Reason.Name(frame.refusal.reason)
        for frame in traffic.frames
        if frame.WhichOneof("kind") == "refusal"
    ]


# --- hello ---------------------------------------------------------------------------------------


def hello_of(replica: Replica, parent: Replica) -> Frame:
    session = Session(replica, parent.author, parent.division, dialled=True)
    return session.start()[0]


def foreign_cluster(frame: Frame) -> None:
    frame.hello.cluster = b"\7" * 20


def other_versions(frame: Frame) -> None:
    del frame.hello.versions[:]
    frame.hello.versions.extend([2, 3])


def no_versions(frame: Frame) -> None:
    del frame.hello.versions[:]


def other_author(frame: Frame) -> None:
    frame.hello.author = b"\7" * 20


def torn_author(frame: Frame) -> None:
    frame.hello.author = frame.hello.author[:7]


def other_division(frame: Frame) -> None:
    frame.hello.division = "TOWN0002"


@pytest.mark.parametrize(
    ("alter", "reason"),
    [
        (foreign_cluster, "CLUSTER_FOREIGN"),
        (other_versions, "PROTOCOL_VERSION"),
        (no_versions, "PROTOCOL_VERSION"),
        (other_author, "CERTIFICATE_SCOPE"),
        (torn_author, "CERTIFICATE_SCOPE"),
        (other_division, "CERTIFICATE_SCOPE"),
    ],
)
def test_a_hello_that_does_not_fit_ends_the_session(
    three: Federation, alter: object, reason: str
) -> None:
    village, town = three["village1"], three["town1"]
    frame = hello_of(village, town)
    assert callable(alter)
    alter(frame)
    session = Session(town, village.author, village.division, dialled=False)
    with pytest.raises(Refused) as refusal:
        session.receive(frame)
    assert refusal.value.reason == reason
    told = session.refusal(refusal.value)
    assert Reason.Name(told.refusal.reason) == f"REASON_{reason}"
    dialler = Session(village, town.author, town.division, dialled=True)
    dialler.start()
    with pytest.raises(Refused) as heard:
        dialler.receive(told)
    assert heard.value.reason == reason
    assert meet(village, town).done


def test_a_newer_peer_that_also_speaks_our_version_is_welcome(three: Federation) -> None:
    frame = hello_of(three["village1"], three["town1"])
    frame.hello.versions.append(2)
    session = Session(three["town1"], three["village1"].author, "VILL0001", dialled=False)
    assert [answer.WhichOneof("kind") for answer in session.receive(frame)] == ["hello"]


def test_nothing_is_taken_before_hello(three: Federation) -> None:
    session = Session(three["town1"], three["village1"].author, "VILL0001", dialled=False)
    frame = Frame()
    frame.done.SetInParent()
    with pytest.raises(LinliError, match="first frame is no hello"):
        session.receive(frame)


def test_a_second_hello_ends_the_session(three: Federation) -> None:
    session = Session(three["town1"], three["village1"].author, "VILL0001", dialled=False)
    frame = hello_of(three["village1"], three["town1"])
    session.receive(frame)
    with pytest.raises(LinliError, match="second hello"):
        session.receive(frame)


def test_kinds_of_frames_that_are_not_known_are_skipped(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    visits(village, 2)
    visits(town, 2)
    offer = Frame()
    offer.blob_offer.hashes.append(b"h" * 32)
    of_the_future = Frame.FromString(b"\xfa\x3e\x03abc")
    assert of_the_future.WhichOneof("kind") is None
    link = Link(village, town)
    while link.step():
        for side in link.sides:
            if side.session.peer_hello is not None:
                assert side.session.receive(offer) == []
                assert side.session.receive(of_the_future) == []
    assert link.done
    check_same(village, town)


# --- feeds ---------------------------------------------------------------------------------------


@pytest.fixture
def four() -> Iterator[Federation]:
    with county("county", "town1", "village1", "village2") as nodes:
        for child in ("village1", "village2"):
            meet(nodes[child], nodes["town1"])
        yield nodes


def test_a_feed_that_is_refused_does_not_stop_the_others(four: Federation) -> None:
    """One byte of one segment is damaged on its way."""
    village, town = four["village1"], four["town1"]
    visit = visits(village, 1)[0]
    notice = village.write("VILL0001", [Insert("notice", {"text": "a"})]).ids[0]
    facility = village.write("VILL0001", [Insert("facility", {"name": "a"})]).ids[0]
    link = Link(village, town)
    while link.up and not damaged(link):
        assert link.step()
    link.run()
    assert reasons(link.traffic) == ["REASON_HASH_MISMATCH"]
    assert town.row("notice", notice) and town.row("facility", facility)
    assert not town.row("visit", visit)
    assert not link.error and all(session.finished for session in link.sessions)
    assert not any(session.equal for session in link.sessions)
    assert len(town.store.ledger.heads(own_feed(village))) == 0
    assert meet(village, town).done
    assert town.row("visit", visit)


def damaged(link: Link) -> bool:
    """Flips a bit in the body of a care segment that is on its way up; returns whether one was."""
    side = link.answerer
    if not side.coming:
        return False
    frame = Frame.FromString(side.get())
    found = False
    for message in frame.segments.segments:
        if wire.decode_header(message.header).feed.channel is Channel.CARE:
            message.body = message.body[:-1] + bytes([message.body[-1] ^ 1])
            found = True
    rest = bytes(side.coming)
    side.coming.clear()
    side.put(frame)
    side.coming += rest
    return found


def test_what_a_peer_has_no_right_to_hold_is_not_taken_even_if_it_is_sent(
    four: Federation,
) -> None:
    """The township's program is altered: it sends everything to everyone."""
    village, town = four["village1"], four["town1"]
    secret = visits(four["village2"], 1, "VILL0002")[0]
    meet(four["village2"], town)
    notice = town.write("VILL0001", [Insert("notice", {"text": "a"})]).ids[0]
    link = Link(village, town)
    session = link.answerer.session
    with mock.patch.object(session.scope, "holds", return_value=True), everything(session):
        link.run()
    foreign = FeedKey(four["village2"].author, "VILL0002", Channel.CARE)
    assert "REASON_OUT_OF_SCOPE" in reasons(link.traffic)
    assert not village.row("visit", secret)
    assert not village.store.ledger.heads(foreign)
    assert village.row("notice", notice)


def everything(session: Session) -> mock._patch[object]:
    """Makes a session tell all heads that its node has."""
    ledger = session.replica.store.ledger
    return mock.patch.object(session.scope, "heads", lambda after=0: ledger.all_heads(after))


def test_a_node_does_not_send_what_its_peer_may_not_hold(four: Federation) -> None:
    """The village's program is altered: it asks for everything."""
    village, town = four["village1"], four["town1"]
    secret = visits(four["village2"], 1, "VILL0002")[0]
    meet(four["village2"], town)
    foreign = FeedKey(four["village2"].author, "VILL0002", Channel.CARE)
    link = Link(village, town)
    while link.answerer.session.peer_hello is None:
        link.step()
    want = Frame()
    want.want.author = identity.author_bytes(foreign.author)
    want.want.partition.division = foreign.division
    want.want.partition.channel = int(foreign.channel)  # type: ignore[assignment]
    answer = link.answerer.session.receive(want)
    assert not [frame for frame in answer if frame.segments.segments]
    link.run()
    assert not village.row("visit", secret)


def test_a_stranger_s_feed_is_refused_and_comes_once_its_certificate_is_known(
    four: Federation,
) -> None:
    village, town = four["village1"], four["town1"]
    visit = visits(village, 1)[0]
    notice = Insert("notice", {"text": "a"})
    own = town.write("TOWN0001", [notice]).ids[0]
    meet(village, town)
    known = View.public_key

    def public_key(view: View, author: str) -> identity.PublicKey:
        if author == village.author:
            raise Refused("No certificate.", reason="CERTIFICATE_UNKNOWN")
        return known(view, author)

    with mock.patch.object(View, "public_key", public_key):
        link = meet(town, four["county"])
    assert reasons(link.traffic) == ["REASON_CERTIFICATE_UNKNOWN"]
    assert not four["county"].row("visit", visit)
    assert four["county"].row("notice", own)
    assert meet(town, four["county"]).done
    assert four["county"].row("visit", visit)
