"""A stick between two nodes that no line joins: nothing is lost, nothing is told to strangers."""

from __future__ import annotations

import hashlib
import io
import itertools
import random
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.simulation.line import meet
from node import identity, wire
from node.bundle import Taken, export, open_bundle, take_in
from node.bundle.file import MAGIC, CutShort, Opened, Sealer
from node.clock import ManualClock
from node.errors import LinliError, Refused, UsageError
from node.replica import Assign, Insert, Replica
from node.segment import BRANCHES_MAX
from node.wire import Frame
from tests.ledger import federation
from tests.ledger.federation import Federation
from tests.ledger.forging import forge, new_rows
from tests.session.sameness import (
    Held,
    alerts,
    backup,
    bulk,
    check_same,
    limit,
    person,
    restore,
    visits,
    wipe,
)

GROWTH_MB_MAX = 64


def bundle(maker: Replica, reader: Replica, everything: bool = False) -> bytes:
    """What one node writes for another."""
    file = io.BytesIO()
    made = export(maker, reader.division, file, everything=everything)
    assert made.size == len(file.getvalue())
    return file.getvalue()


def carried(maker: Replica, reader: Replica) -> Taken:
    """One bundle from a node to another, on a stick that works."""
    return take_in(reader, io.BytesIO(bundle(maker, reader)))


def segments_in(content: bytes, reader: Replica) -> int:
    """How many segments a bundle holds."""
    opened = Opened(io.BytesIO(content), 1 << 22)
    return sum(len(one.segments.segments) for one in opened.frames(reader.core.key))


# --- there and back ------------------------------------------------------------------------------


def test_a_village_that_meets_others_by_stick_alone_is_level_with_them(three: Federation) -> None:
    """Village to township to county, and the receipts ride back: three ticks."""
    village, town, top = three["village1"], three["town1"], three["county"]
    subject = person(village, phone="1")
    made = visits(village, 5)
    town.write("VILL0001", [Assign("person", subject, "phone", "2")])
    top.write("COUNTY01", [Insert("facility", {"name": "食堂"}, {"services": ["午餐"]})])
    for maker, reader in ((village, town), (town, top), (top, town), (town, village)):
        taken = carried(maker, reader)
        assert taken.whole and not taken.refused and not taken.missing
    assert [tick.tier for tick in village.ticks("visit", made[0])] == [
        "village", "township", "county",
    ]  # fmt: skip
    assert carried(village, town).older
    check_same(village, town, top)
    assert not [one for node in (village, town, top) for one in alerts(node)]


def test_the_same_bundle_twice_changes_nothing(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    visits(village, 3)
    content = bundle(village, town)
    first = take_in(town, io.BytesIO(content))
    assert first.segments and first.equal and not first.older
    before = Held(town)
    arrivals = town.store.ledger.last_arrival()
    again = take_in(town, io.BytesIO(content))
    assert (again.segments, again.changes, again.older, again.whole) == (0, 0, True, True)
    assert Held(town).dumps == before.dumps and town.store.ledger.last_arrival() == arrivals


def test_an_old_stick_says_nothing_of_today(three: Federation) -> None:
    """When somebody above was heard last is when the stick was made, also where it comes again."""
    village, town = three["village1"], three["town1"]
    content = bundle(town, village)
    made_at = town.core.clock.now_ms()
    clock = village.core.clock
    assert isinstance(clock, ManualClock)
    for _ in range(2):
        clock.advance(60 * 86_400_000)
        assert take_in(village, io.BytesIO(content)).equal
        heard = village.store.peers.peer(town.author)
        assert heard.spoke_at == heard.equal_at == made_at


def test_what_was_not_heard_of_goes_along_again(three: Federation) -> None:
    """A stick is lost; the next holds what it held. Once answered, it goes no more."""
    village, town = three["village1"], three["town1"]
    visits(village, 1)
    lost = bundle(village, town)
    visits(village, 1)
    second = bundle(village, town)
    assert segments_in(lost, town) == 1 and segments_in(second, town) == 2
    take_in(town, io.BytesIO(second))
    assert take_in(town, io.BytesIO(lost)).older  # found again, behind the stove
    carried(town, village)
    visits(village, 1)
    assert segments_in(bundle(village, town), town) == 1
    assert segments_in(bundle(village, town, everything=True), town) > 3
    assert carried(village, town).equal
    check_same(village, town)


def test_an_answer_does_not_send_back_what_came(three: Federation) -> None:
    """Also where the reader had something of its own, so that they never were equal."""
    village, town = three["village1"], three["town1"]
    town.write("TOWN0001", [Insert("facility", {"name": "食堂"})])
    town.seal()
    visits(village, 4)
    assert not carried(village, town).equal
    assert segments_in(bundle(town, village), village) == 1


def test_a_stick_and_a_line_go_together(three: Federation) -> None:
    """What a session found equal needs no stick, and what a stick brought needs no session."""
    village, town = three["village1"], three["town1"]
    visits(village, 3)
    assert carried(village, town).equal
    link = meet(village, town)
    assert set(link.traffic.kinds) == {"hello", "receipts"}
    visits(village, 2)
    meet(village, town)
    assert segments_in(bundle(village, town), town) == 0
    visits(village, 1)
    assert segments_in(bundle(village, town), town) == 1


def test_bundles_that_come_out_of_order(three: Federation) -> None:
    """A gap is named with what is missing, and what is whole comes in all the same."""
    village, town = three["village1"], three["town1"]
    copy = backup(three, "town1")
    town = three["town1"]
    visits(village, 2)
    carried(village, town)
    carried(town, village)
    visits(village, 2)
    facility = village.write("VILL0001", [Insert("facility", {"name": "互助点"})]).ids[0]
    later = bundle(village, town)
    town = restore(three, "town1", copy)
    taken = take_in(town, io.BytesIO(later))
    assert taken.whole and not taken.equal and town.row("facility", facility)
    assert [feed.author for feed in taken.missing] == [village.author]
    (gap,) = taken.missing.values()
    assert "names segment" in gap.message and "which is not here" in gap.message
    assert segments_in(bundle(village, town), town) < 3  # it cannot know yet
    carried(town, village)
    assert not carried(village, town).missing
    check_same(village, town)


def test_a_database_that_was_lost_comes_back_by_stick(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    visits(village, 5)
    meet(village, town)
    held = Held(village).dumps
    village = wipe(three, "village1")
    take_in(village, io.BytesIO(bundle(town, village, everything=True)))
    assert Held(village).dumps == held
    visits(village, 1)
    assert carried(village, town).equal
    check_same(village, town)


def test_strangers_of_a_new_village_are_known_by_the_time_their_feeds_come(
    three: Federation,
) -> None:
    """The trust lane goes first, on a stick as on a line."""
    with federation.county("county", "town1", "village1", "village2") as nodes:
        meet(nodes["town1"], nodes["county"])
        visits(nodes["village1"], 1)
        facility = nodes["village1"].write("VILL0001", [Insert("facility", {"name": "a"})]).ids[0]
        meet(nodes["village1"], nodes["town1"])
        taken = carried(nodes["town1"], nodes["village2"])
        assert taken.whole and not taken.refused
        assert nodes["village2"].row("facility", facility)
        assert not nodes["village2"].count("visit")


# --- what goes wrong -----------------------------------------------------------------------------


def small(nodes: Federation) -> tuple[bytes, Replica, Path]:
    """A bundle of a few frames, who reads it, and that node's folder as it was before."""
    limit(nodes, frame_bytes_max=512, frame_bytes_min=256, segment_changes_max=1)
    village = nodes["village1"]
    visits(village, 6)
    village.write("VILL0001", [Insert("facility", {"name": "互助点"})])
    content = bundle(village, nodes["town1"])
    copy = backup(nodes, "town1")
    return content, nodes["town1"], copy


def boundaries(content: bytes) -> Iterator[int]:
    """Where the records of a bundle end."""
    at = len(MAGIC)
    while at < len(content):
        at += 8 + int.from_bytes(content[at : at + 4], "big")
        yield at


def with_prefix(reader: Replica, content: bytes) -> Taken | None:
    """Takes in what there is; None where nothing could be read at all."""
    try:
        return take_in(reader, io.BytesIO(content))
    except LinliError:
        return None


def state(reader: Replica) -> str:
    """Everything that a node holds, in one word."""
    return "|".join(f"{one} {reader.dump_digest(one)}" for one in sorted(reader.partitions()))


def delivered(content: bytes, reader: Replica) -> tuple[list[bytes], str]:
    """The frames that come out of a file, and how it ended."""
    frames = []
    try:
        opened = Opened(io.BytesIO(content), 1 << 22)
        opened.check(reader.view)
        for frame in opened.frames(reader.core.key):
            frames.append(frame.SerializeToString())
    except CutShort:
        return frames, "cut short"
    except LinliError as fault:
        return frames, fault.reason or "no bundle"
    return frames, "whole"


def test_cut_at_every_byte(three: Federation) -> None:
    """A prefix gives the whole frames in it and nothing else; longer ones go on from there."""
    content, reader, _ = small(three)
    whole, ending = delivered(content, reader)
    assert ending == "whole" and len(whole) >= 8
    ends, seen = list(boundaries(content)), set()
    for place in range(len(content)):
        frames, ending = delivered(content[:place], reader)
        assert frames == whole[: sum(end <= place for end in ends[1:])], place
        assert ending == ("no bundle" if not place else "cut short"), place
    for end in ends:
        for place in (end - 1, end):
            taken = with_prefix(reader, content[:place])
            assert taken is None or taken.whole == (place == len(content)), place
            assert not taken or not (taken.fault or taken.refused or taken.missing), place
        seen.add(state(reader))
    assert len(seen) >= 6, "the frames came one by one"
    check_same(three["village1"], reader)


def test_flipped_at_every_byte(three: Federation) -> None:
    """No frame that was altered comes out, and none behind it."""
    content, reader, copy = small(three)
    whole, _ = delivered(content, reader)
    chance, found = random.Random(1), set()
    ends = list(boundaries(content))
    for place in range(len(content)):
        spoilt = bytearray(content)
        spoilt[place] ^= 1 << chance.randrange(8)
        frames, ending = delivered(bytes(spoilt), reader)
        good = sum(end <= place for end in ends[1:])
        assert frames == whole[:good] and ending != "whole", place
        found.add(ending)
    assert found == {"no bundle", "HASH_MISMATCH", "LIMIT", "cut short"}
    for place in chance.sample(range(len(content)), 20):
        reader = restore(three, "town1", copy)
        spoilt = bytearray(content)
        spoilt[place] ^= 0x10
        taken = with_prefix(reader, bytes(spoilt))
        assert taken is None or not taken.whole
        assert reader.store.damages() == []
        assert take_in(reader, io.BytesIO(content)).whole
        check_same(three["village1"], reader)


def test_altered_with_a_good_checksum(three: Federation) -> None:
    """Whoever can reckon a checksum cannot forge a frame, nor move, drop or lend one."""
    content, _, copy = small(three)
    ends = list(boundaries(content))
    records = [content[a:b] for a, b in zip([len(MAGIC), *ends], ends, strict=False)]
    other = bundle(three["village1"], three["town1"])
    borrowed = other[list(boundaries(other))[2] : list(boundaries(other))[3]]

    def told(*parts: bytes) -> str:
        node = restore(three, "town1", copy)
        taken = with_prefix(node, MAGIC + b"".join(parts))
        return "none" if taken is None else taken.fault.reason if taken.fault else "whole"

    def forged(record: bytes) -> bytes:
        sealed = bytearray(record[8:])
        sealed[len(sealed) // 2] ^= 1
        size = len(sealed).to_bytes(4, "big")
        return size + zlib.crc32(sealed).to_bytes(4, "big") + bytes(sealed)

    assert told(*records) == "whole"
    assert told(*records[:2], forged(records[2]), *records[3:]) == "SIGNATURE_INVALID"
    assert told(*records[:2], *records[3:]) == "SIGNATURE_INVALID"  # one left out
    assert told(*records[:2], records[3], records[2], *records[4:]) == "SIGNATURE_INVALID"
    assert told(*records[:2], borrowed, *records[3:]) == "SIGNATURE_INVALID"
    assert told(*records[:2], records[1], *records[2:]) == "SIGNATURE_INVALID"  # one twice
    assert told(*records[:3], records[-1]) == "SIGNATURE_INVALID"  # ended early by another's hand
    assert told(forged(records[0]), *records[1:]) == "none"


def test_who_may_not_read_it_cannot(three: Federation) -> None:
    village, town, top = three["village1"], three["town1"], three["county"]
    person(village, phone="13812345678")
    content = bundle(village, town)
    for text in ("王小明", "13812345678", "独居"):
        assert text.encode() not in content
    before = state(top)
    with pytest.raises(Refused) as refusal:
        take_in(top, io.BytesIO(content))
    assert refusal.value.reason == "NOT_FOR_THIS_NODE" and state(top) == before
    opened = open_bundle(io.BytesIO(content), 1 << 22)
    assert opened.check(top.view).author == village.author and opened.readers == [town.author]


def test_a_bundle_for_nobody_is_not_made(three: Federation) -> None:
    with pytest.raises(Refused, match="No node at division") as refusal:
        export(three["town1"], "VILL0009", io.BytesIO())
    assert refusal.value.reason == "CERTIFICATE_UNKNOWN"


def test_who_signs_for_another_is_refused(three: Federation, tmp_path: Path) -> None:
    """A key that no certificate of this county names makes no bundle, whatever chain it shows."""
    village, town = three["village1"], three["town1"]
    stranger = federation.key_of("a stranger")
    head = wire.bundle_pb2.BundleHead(
        cluster=identity.author_bytes(town.core.root.author),
        chain=federation.chain_of("village1"),
    )
    file = io.BytesIO()
    readers = {town.author: town.core.key.public}
    Sealer(file, stranger, head, readers, town.core.entropy).end()
    assert with_prefix(town, file.getvalue()) is None
    file.seek(0)
    with pytest.raises(Refused) as refusal:
        take_in(town, file)
    assert refusal.value.reason == "SIGNATURE_INVALID"
    for chain, cluster, reason in (
        (federation.chain_of_impostor("a stranger", "VILL0001"), head.cluster, "SIGNATURE_INVALID"),
        ([], head.cluster, "SIGNATURE_INVALID"),
        (federation.chain_of("village1"), bytes(20), "CLUSTER_FOREIGN"),
    ):
        forged = wire.bundle_pb2.BundleHead(cluster=cluster, chain=chain)
        file = io.BytesIO()
        Sealer(file, stranger, forged, readers, town.core.entropy).end()
        file.seek(0)
        with pytest.raises(Refused) as refusal:
            take_in(town, file)
        assert refusal.value.reason == reason
    assert village.author != stranger.author


def test_who_speaks_as_another_is_refused(three: Federation) -> None:
    """The hello inside must be of who signed the outside."""
    village, town = three["village1"], three["town1"]
    core = village.core
    head = wire.bundle_pb2.BundleHead(
        cluster=identity.author_bytes(core.root.author), chain=core.chain
    )
    opened = Opened(io.BytesIO(bundle(three["county"], town)), 1 << 22)
    for first in (next(opened.frames(town.core.key)), Frame(done=wire.sync_pb2.Done())):
        file = io.BytesIO()
        sealer = Sealer(file, core.key, head, {town.author: town.core.key.public}, core.entropy)
        sealer.put(first)
        sealer.end()
        file.seek(0)
        head = wire.bundle_pb2.BundleHead(cluster=head.cluster, chain=core.chain)
        with pytest.raises(Refused):
            take_in(town, file)


def altered(three: Federation, alter: Callable[[Frame], None]) -> bytes:
    """A village's own bundle for its township, of which the heads are altered and signed again."""
    village, town = three["village1"], three["town1"]
    core = village.core
    head = wire.bundle_pb2.BundleHead(
        cluster=identity.author_bytes(core.root.author), chain=core.chain
    )
    file = io.BytesIO()
    sealer = Sealer(file, core.key, head, {town.author: town.core.key.public}, core.entropy)
    for frame in Opened(io.BytesIO(bundle(village, town)), 1 << 22).frames(town.core.key):
        if frame.WhichOneof("kind") == "heads":
            alter(frame)
        sealer.put(frame)
    sealer.end()
    return file.getvalue()


def named_twice(frame: Frame) -> None:
    for feed in frame.heads.feeds:
        feed.heads.extend(list(feed.heads))


def of_many_branches(frame: Frame) -> None:
    for number in range(BRANCHES_MAX):
        frame.heads.feeds[0].heads.add(number=100 + number, hash=bytes(32))


@pytest.mark.parametrize(
    ("alter", "told"), [(named_twice, "a head twice"), (of_many_branches, "too many branches")]
)
def test_heads_that_no_node_has_are_malformed(
    three: Federation, alter: Callable[[Frame], None], told: str
) -> None:
    """They are told as what they are, and nothing of them is kept."""
    village, town = three["village1"], three["town1"]
    visits(village, 5)
    taken = take_in(town, io.BytesIO(altered(three, alter)))
    assert taken.fault is not None and taken.fault.reason == "MALFORMED"
    assert told in str(taken.fault) and not town.store.peers.told(village.author)
    assert carried(village, town).whole and town.count("visit") == village.count("visit")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", MAGIC[:5], MAGIC.replace(b"\r", b"")])
def test_what_is_no_bundle_is_told(three: Federation, content: bytes) -> None:
    with pytest.raises((UsageError, Refused)) as fault:
        take_in(three["town1"], io.BytesIO(content))
    assert "bundle" in fault.value.message


def test_a_bundle_of_a_later_layout_asks_for_an_upgrade(three: Federation) -> None:
    head = wire.bundle_pb2.BundleHead(version=2).SerializeToString()
    record = wire.bundle_pb2.Bundle(head=head).SerializeToString()
    prefix = len(record).to_bytes(4, "big") + zlib.crc32(record).to_bytes(4, "big")
    with pytest.raises(Refused, match="layout 2") as refusal:
        open_bundle(io.BytesIO(MAGIC + prefix + record), 1 << 22)
    assert refusal.value.reason == "PROTOCOL_VERSION"


def test_a_full_file_says_that_it_is_not_all(three: Federation) -> None:
    """FAT32 holds no larger file; the rest goes once the first has been answered."""
    limit(three, bundle_bytes_max=12_000, frame_bytes_max=4_096, segment_changes_max=1)
    village, town = three["village1"], three["town1"]
    bulk(village, 30)
    rounds = 0
    while True:
        rounds += 1
        file = io.BytesIO()
        made = export(village, "TOWN0001", file)
        assert made.size <= 12_000
        file.seek(0)
        assert take_in(town, file).whole
        if made.whole:
            break
        carried(town, village)
    assert rounds > 2
    check_same(village, town)


def test_a_cut_head_is_no_crash(three: Federation) -> None:
    with pytest.raises(CutShort):
        Opened(io.BytesIO(MAGIC), 100)


_READS = """
import os, resource, sys
from pathlib import Path
from node.bundle import take_in
from node.replica import Replica
from node.clock import ManualClock
from tests.ledger.federation import SCHEMA, START_MS

replica = Replica(Path(sys.argv[1]), SCHEMA, ManualClock(START_MS))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[2], "rb") as file:
    taken = take_in(replica, file)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(taken.whole, grown // 1024)
"""


def photos_of_nobody(number: int) -> Frame:
    """A piece of a photo that no row names."""
    frame = Frame()
    frame.blob_chunk.hash = number.to_bytes(32, "big")
    frame.blob_chunk.data, frame.blob_chunk.size = bytes(1 << 20), 1 << 21
    return frame


def made_up_heads(number: int) -> Frame:
    """Heads of many feeds whose authors nobody has heard of."""
    frame = Frame()
    frame.heads.more = number % 2 == 0
    for place in range(20_000):
        feed = frame.heads.feeds.add(author=made_up_author(number, place))
        feed.partition.division, feed.partition.channel = "VILL0001", wire.ledger_pb2.CHANNEL_CARE
        feed.heads.add(number=1, hash=bytes(32))
    return frame


def made_up_branches(number: int) -> Frame:
    """As many branches of each feed as a feed may have, of feeds without end."""
    frame = Frame()
    frame.heads.more = True
    for place in range(600):
        feed = frame.heads.feeds.add(author=made_up_author(number, place))
        feed.partition.division, feed.partition.channel = "VILL0001", wire.ledger_pb2.CHANNEL_CARE
        for branch in range(BRANCHES_MAX):
            feed.heads.add(number=1 + branch, hash=bytes(32))
    return frame


def made_up_segments(number: int) -> Frame:
    """Segments of as many authors, each of which is refused."""
    one = wire.segment_message(
        forge("village1", "VILL0001", new_rows("person", {"name": ["a"]}), trust={})
    )
    header = wire.ledger_pb2.SegmentHeader.FromString(one.header)
    frame = Frame()
    frame.segments.number = number + 1
    for place in range(2_000):
        header.author = made_up_author(number, place)
        one.header = header.SerializeToString()
        frame.segments.segments.append(one)
    return frame


def made_up_author(number: int, place: int) -> bytes:
    return hashlib.sha256(f"{number} {place}".encode()).digest()[:20]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("filler", "size", "whole"),
    [
        (photos_of_nobody, 1 << 30, "True"),
        (made_up_heads, 1 << 24, "False"),
        (made_up_branches, 1 << 24, "False"),
        (made_up_segments, 1 << 24, "False"),
    ],
)
def test_a_gigabyte_needs_little_memory(
    three: Federation, tmp_path: Path, filler: Callable[[int], Frame], size: int, whole: str
) -> None:
    """Whatever a member puts into a bundle without end is read one frame at a time."""
    village, town = three["village1"], three["town1"]
    visits(village, 3)
    path = tmp_path / "large.bundle"
    core = village.core
    head = wire.bundle_pb2.BundleHead(
        cluster=identity.author_bytes(core.root.author), chain=core.chain
    )
    small = Opened(io.BytesIO(bundle(village, town)), 1 << 22)
    with path.open("wb") as file:
        readers = {town.author: town.core.key.public}
        sealer = Sealer(file, core.key, head, readers, core.entropy)
        frames = list(small.frames(town.core.key))
        for frame in frames if whole == "True" else frames[:1]:
            sealer.put(frame)
        for number in itertools.count():
            sealer.put(filler(number))
            if sealer.size > size:
                break
        sealer.end()
    home = town.core.home
    ran = subprocess.run(
        [sys.executable, "-c", _READS, str(home), str(path)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    path.unlink()
    read, grown = ran.stdout.split()
    assert read == whole and int(grown) < GROWTH_MB_MAX, ran.stdout
