"""Photos and papers: named by a row, carried last and a piece at a time, for nobody but whom the
row is for.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.simulation.line import Link, Traffic, interleave, meet
from node.bundle import back_up, export, take_in
from node.bundle.importing import Taken
from node.errors import Refused, UsageError
from node.replica import Insert, Replica
from node.replica.blobs import keep, take
from node.session import Session
from node.store.blobs import Blobs
from node.wire import Frame
from tests.ledger.federation import Federation, county
from tests.session.sameness import backup, check_same, limit, restore, visits, wipe

SMALL = 4_096


def photo(size: int = 100_000, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def paper(
    replica: Replica, content: bytes | None = None, division: str = "VILL0001", about: str = "P"
) -> str:
    """Writes a row that names a content, and keeps the content; returns its hash."""
    with replica.store.transaction():
        hash_ = keep(replica.core, photo() if content is None else content)
        replica.write(division, [Insert("paper", {"about": about, "content": hash_})])
    return hash_


def blobs(replica: Replica) -> Blobs:
    return replica.store.records.blobs


def has(replica: Replica, hash_: str) -> bool:
    """Whether a content is here whole, and is what its hash says."""
    known = blobs(replica).blob(hash_)
    content = blobs(replica).content(hash_)
    whole = known is not None and known.whole
    assert whole == (hashlib.sha256(content).hexdigest() == hash_)
    return whole


def pieces(link: Link) -> int:
    return link.traffic.kinds["blob_chunk"]


# --- where they go -------------------------------------------------------------------------------


def test_a_photo_follows_its_row_to_the_county(three: Federation) -> None:
    hash_ = paper(three["village1"])
    assert meet(three["village1"], three["town1"]).done
    assert has(three["town1"], hash_) and not has(three["county"], hash_)
    assert meet(three["town1"], three["county"]).done
    assert has(three["county"], hash_)
    assert blobs(three["county"]).content(hash_) == photo()


def test_the_one_who_sent_it_knows_that_it_is_durable_there(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    assert not blobs(village).holders(hash_)
    meet(village, town)
    assert blobs(village).holders(hash_) == {town.author}
    town = wipe(three, "town1")
    meet(town, three["county"])
    meet(village, town, frames_max=8)
    while not has(town, hash_):
        meet(village, town)
    assert blobs(village).holders(hash_) == {town.author}


def test_equal_nodes_say_nothing_more(three: Federation) -> None:
    paper(three["village1"])
    meet(three["village1"], three["town1"])
    meet(three["village1"], three["town1"])
    link = meet(three["village1"], three["town1"])
    assert link.done and link.traffic.kinds == {"hello": 2}


def test_one_that_lacks_alone_is_asked_for_where_ledgers_are_equal(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    assert meet(village, town).done
    with town.store.transaction():
        blobs(town).drop(hash_)
    link = meet(village, town)
    assert link.done and link.traffic.segments == 0 and has(town, hash_)


def test_it_comes_down_to_a_box_that_lost_its_database(three: Federation) -> None:
    hash_ = paper(three["village1"])
    for _ in range(2):
        meet(three["village1"], three["town1"])
        meet(three["town1"], three["county"])
    village = wipe(three, "village1")
    for _ in range(2):
        meet(village, three["town1"])
    assert has(village, hash_)


def test_a_township_learns_it_later_and_offers_it_on(three: Federation) -> None:
    """The county asked before the township had it: it hears when it has come."""
    village, town, top = three["village1"], three["town1"], three["county"]
    hash_ = paper(village)
    up = Link(village, town)
    while not town.rows("paper"):
        assert up.step()
    up.cut()
    town.seal()
    chance = random.Random(3)
    above = Link(town, top, chance, once=False)
    interleave([above], chance)
    assert top.rows("paper") and not has(top, hash_)
    interleave([above, Link(village, town, chance, once=False)], chance)
    assert has(town, hash_) and has(top, hash_)


def test_nobody_gets_what_is_not_for_him(three: Federation) -> None:
    with county("county", "town1", "village1", "village2") as nodes:
        for child in ("village1", "village2"):
            meet(nodes[child], nodes["town1"])
        village, town, other = nodes["village1"], nodes["town1"], nodes["village2"]
        hash_ = paper(village)
        meet(village, town)
        link = Link(other, town)
        link.run()
        assert not has(other, hash_)
        # It has heard of the hash somewhere, and asks all the same; or names it in a row.
        for named in (False, True):
            if named:
                other.write("VILL0002", [Insert("paper", {"about": "P", "content": hash_})])
            traffic = Traffic()
            link = Link(other, town, traffic=traffic, once=False)
            link.run()
            if not named:
                want = Frame()
                want.blob_want.hash = bytes.fromhex(hash_)
                link._send(link.dialler, [want])
                link.run()
                answers = [frame for frame in traffic.frames if frame.HasField("blob_chunk")]
                assert [frame.blob_chunk.data for frame in answers] == [b""]
                assert blobs(other).blob(hash_) is None


# --- the last lane, piece by piece ---------------------------------------------------------------


def test_the_ledger_goes_first(three: Federation) -> None:
    """A visit that is written while a photo is on its way stands behind one piece at most."""
    village, town = three["village1"], three["town1"]
    limit(three, frame_bytes_max=SMALL * 2, frame_bytes_min=SMALL)
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    link = Link(village, town, once=False)
    while pieces(link) < 4:
        assert link.step()
    (visit,) = visits(village, 1)
    village.seal()
    before = pieces(link)
    link.pump()
    while town.row("visit", visit) is None:
        assert link.step()
    assert pieces(link) <= before + 2
    link.run()
    assert all(session.finished for session in link.sessions) and has(town, hash_)


def test_a_line_that_breaks_costs_one_piece(three: Federation) -> None:
    limit(three, frame_bytes_max=SMALL * 2, frame_bytes_min=SMALL)
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    chance, sent = random.Random(5), 0
    for _ in range(200):
        link = meet(village, town, frames_max=chance.randrange(8, 30))
        sent += sum(len(one.blob_chunk.data) for one in link.traffic.frames)
        if link.done:
            break
    assert link.done and has(town, hash_)
    assert sent == len(photo()), "what had come was not sent again"


def test_a_slow_line_has_small_pieces(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    paper(village, photo(400_000))
    link = Link(village, town)
    sizes = []
    link.answerer.session.replica.core.clock = three.nodes["town1"].clock
    while link.step():
        last = link.traffic.frames[-1]
        if last.HasField("blob_chunk"):
            sizes.append(len(last.blob_chunk.data))
            three.nodes["village1"].clock.advance(5_000)
    assert sizes[:4] == sorted(sizes[:4], reverse=True) and sizes[3] < sizes[0]


# --- what is refused -----------------------------------------------------------------------------


def spoiled(link: Link, alter: Callable[[Frame], None]) -> None:
    """Damages each piece on its way."""

    def spoil(raw: bytes) -> bytes:
        frame = Frame.FromString(raw)
        if frame.HasField("blob_chunk"):
            alter(frame)
        return frame.SerializeToString()

    link.spoil = spoil


def _altered(frame: Frame) -> None:
    data = bytearray(frame.blob_chunk.data)
    data[0] ^= 1
    frame.blob_chunk.data = bytes(data)


def _larger(frame: Frame) -> None:
    frame.blob_chunk.size = 1 << 40


def _shorter(frame: Frame) -> None:
    frame.blob_chunk.size = max(len(frame.blob_chunk.data) - 1, 0)


def _changing(frame: Frame) -> None:
    frame.blob_chunk.size += frame.blob_chunk.offset


@pytest.mark.parametrize("alter", [_altered, _larger, _shorter, _changing])
def test_what_is_not_what_it_says_is_not_kept(
    three: Federation, alter: Callable[[Frame], None]
) -> None:
    limit(three, frame_bytes_max=SMALL * 16, frame_bytes_min=SMALL)
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    (visit,) = visits(village, 1)
    link = Link(village, town)
    spoiled(link, alter)
    link.run()
    assert link.up and town.row("visit", visit), "the session goes on"
    assert not has(town, hash_)
    assert pieces(link) < 20, "it is not asked for without end"
    assert meet(village, town).done and has(town, hash_)


def test_a_part_from_a_liar_does_not_keep_the_truth_out(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    link = Link(village, town)
    spoiled(link, _altered)
    while not pieces(link):
        assert link.step()
    link.cut()
    assert 0 < len(blobs(town).content(hash_)) < len(photo())
    assert meet(village, town).done and has(town, hash_)


def test_pieces_that_nobody_asked_for_are_passed_over(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    content = photo(10)
    frame = Frame()
    frame.blob_chunk.hash = hashlib.sha256(content).digest()
    frame.blob_chunk.data, frame.blob_chunk.size = content, len(content)
    link = Link(village, town, once=False)
    link.run()
    link._send(link.dialler, [frame])
    link.run()
    assert link.up
    assert blobs(town).blob(hashlib.sha256(content).hexdigest()) is None


@pytest.mark.parametrize("hash_", [b"x", b"h" * 31, b"h" * 33])
@pytest.mark.parametrize("kind", ["blob_want", "blob_chunk", "blob_offer"])
def test_what_is_no_hash_ends_the_session(three: Federation, kind: str, hash_: bytes) -> None:
    village, town = three["village1"], three["town1"]
    paper(town, division="VILL0001")
    session = Session(town, village.author, "VILL0001", dialled=False)
    hello = Session(village, town.author, "TOWN0001", dialled=True).start()[0]
    session.receive(hello)
    session.blobs._asked = ("00" * 32, 0)
    frame = Frame()
    if kind == "blob_offer":
        frame.blob_offer.hashes.append(hash_)
    else:
        getattr(frame, kind).hash = hash_
    with pytest.raises(Refused, match="hash of"):
        session.receive(frame)


def test_an_author_cannot_fill_the_disk_with_photos(three: Federation) -> None:
    limit(three, author_blobs_bytes_max=250_000)
    village, town = three["village1"], three["town1"]
    hashes = [paper(village, photo(seed=seed)) for seed in range(4)]
    meet(village, town)
    assert sum(has(town, hash_) for hash_ in hashes) == 2
    assert blobs(town).bytes_of(village.author) <= 250_000
    assert len(town.rows("paper")) == 4, "what is said of them is here"


def test_a_photo_that_is_too_large_is_refused_where_it_is_taken(three: Federation) -> None:
    village = three["village1"]
    for size in (0, village.core.limits.blob_bytes_max + 1):
        with pytest.raises(UsageError, match="blob_bytes_max"):
            paper(village, bytes(size))
    assert not village.rows("paper")


def test_what_no_row_names_is_not_kept(three: Federation) -> None:
    content = photo(10)
    hash_ = hashlib.sha256(content).hexdigest()
    assert take(three["town1"].core, hash_, 0, content, len(content)) is None
    assert not blobs(three["town1"]).content(hash_)


@pytest.mark.parametrize("named", ["", "x", "A" * 64, "g" * 64, "0" * 63])
def test_a_name_that_is_no_hash_names_nothing(three: Federation, named: str) -> None:
    village, town = three["village1"], three["town1"]
    village.write("VILL0001", [Insert("paper", {"about": "P", "content": named})])
    link = meet(village, town)
    assert link.done and town.rows("paper") and not list(blobs(town).lacking())


def test_a_program_that_knows_none_is_sent_none(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    link = Link(village, town)

    def older(raw: bytes) -> bytes:
        frame = Frame.FromString(raw)
        assert not frame.WhichOneof("kind").startswith("blob"), "it would not know what that is"
        frame.hello.ClearField("blobs_lacking") if frame.HasField("hello") else None
        return frame.SerializeToString()

    link.spoil = older
    assert link.run().done
    assert town.rows("paper") and not has(town, hash_)


# --- on a stick ----------------------------------------------------------------------------------


def carried(maker: Replica, reader: Replica, everything: bool = False) -> tuple[Taken, int]:
    """A bundle from one to the other; what became of it, and its size."""
    file = io.BytesIO()
    export(maker, reader.division, file, everything=everything)
    size = file.tell()
    file.seek(0)
    return take_in(reader, file), size


def test_a_stick_carries_photos_once(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    hash_ = paper(village)
    taken, size = carried(village, town)
    assert taken.blobs == 1 and taken.whole and has(town, hash_)
    again, same = carried(village, town)
    assert again.blobs == 0 and same > len(photo()), "nobody has said yet that it arrived"
    carried(town, village)
    assert blobs(village).holders(hash_) == {town.author}
    _, small = carried(village, town)
    assert small < size - len(photo())
    with town.store.transaction():
        blobs(town).drop(hash_)
    carried(town, village)
    assert not blobs(village).holders(hash_), "the stick says that it is gone there"


def test_a_stick_that_is_cut_short_goes_on_where_it_ended(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    hashes = [paper(village, photo(seed=seed)) for seed in range(3)]
    file = io.BytesIO()
    export(village, "TOWN0001", file)
    content = file.getvalue()
    taken = take_in(town, io.BytesIO(content[: len(content) - 150_000]))
    assert not taken.whole and taken.blobs == 1
    assert take_in(town, io.BytesIO(content)).blobs == 2
    assert all(has(town, hash_) for hash_ in hashes)


def test_a_stick_that_is_full_says_so(three: Federation) -> None:
    limit(three, bundle_bytes_max=150_000)
    village, town = three["village1"], three["town1"]
    hashes = [paper(village, photo(seed=seed)) for seed in range(2)]
    file = io.BytesIO()
    made = export(village, "TOWN0001", file)
    assert not made.whole and made.size <= 150_000
    file.seek(0)
    take_in(town, file)
    assert [has(town, hash_) for hash_ in hashes] == [True, False]


def test_a_backup_holds_them(three: Federation) -> None:
    village = three["village1"]
    hash_ = paper(village)
    meet(village, three["town1"])
    file = io.BytesIO()
    back_up(village, file)
    village = wipe(three, "village1")
    file.seek(0)
    assert take_in(village, file).blobs == 1 and has(village, hash_)


def test_a_box_that_was_put_back_asks_for_what_it_lost(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    copy = backup(three, "village1")
    village = three["village1"]
    hash_ = paper(village)
    meet(village, town)
    village = restore(three, "village1", copy)
    assert not has(village, hash_)
    for _ in range(2):
        meet(village, town)
    assert has(village, hash_)


# --- in any order --------------------------------------------------------------------------------


@settings(max_examples=25)
@given(seed=st.integers(0, 1 << 32))
def test_whatever_happens_whoever_holds_the_row_gets_the_photo(seed: int) -> None:
    chance = random.Random(seed)
    with county("county", "town1", "village1", "village2") as nodes:
        lines = [("village1", "town1"), ("village2", "town1"), ("town1", "county")]
        limit(nodes, frame_bytes_max=SMALL * 4, frame_bytes_min=SMALL)
        for _ in range(12):
            if chance.random() < 0.4:
                name = chance.choice(("village1", "village2", "town1"))
                division = chance.choice(("VILL0001", "VILL0002")) if name == "town1" else (
                    nodes.nodes[name].replica.division
                )  # fmt: skip
                size = chance.choice((1, 5_000, 60_000))
                with contextlib.suppress(Refused):  # one that lost all may not write yet
                    paper(nodes[name], photo(size, chance.randrange(4)), division)
            elif chance.random() < 0.1:
                wipe(nodes, chance.choice(("village1", "village2", "town1")))
            one, other = chance.choice(lines)
            meet(nodes[one], nodes[other], chance.randrange(99), frames_max=chance.randrange(2, 60))
        for _ in range(5):
            for one, other in lines:
                meet(nodes[one], nodes[other])
        everybody = [node.replica for node in nodes.nodes.values()]
        named = {at.division: {row["content"] for row in at.rows("paper")} for at in everybody}
        anywhere = {
            hash_ for hash_ in set.union(*named.values()) if any(has(at, hash_) for at in everybody)
        }
        for at in everybody:
            assert {hash_ for hash_ in anywhere if has(at, hash_)} == named[at.division] & anywhere
        check_same(nodes["county"], nodes["town1"])
