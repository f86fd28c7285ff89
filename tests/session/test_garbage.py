"""Frames of which some bytes or fields are wrong, as a faulty or hostile peer sends them.

A session may end and a feed may be refused. No other exception leaves a session, no good record is
lost, and two honest nodes meet afterwards as if nothing had been.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from google.protobuf.message import DecodeError, Message

from cli.simulation.line import Link, meet
from node.errors import LinliError
from node.wire import Frame
from tests.ledger.federation import Federation, county
from tests.session.sameness import check_same, person, visits

SEEDS = range(6)
FRAMES_ALTERED = 25
FRAMES_MADE_UP = 150


def alter_bytes(raw: bytes, chance: random.Random) -> bytes:
    """Flips, drops, doubles or inserts bytes."""
    altered = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(altered) + 1)
        how = chance.randrange(4)
        if how == 0 and place < len(altered):
            altered[place] ^= 1 << chance.randrange(8)
        elif how == 1:
            del altered[place : place + chance.randint(1, 8)]
        elif how == 2:
            altered[place:place] = altered[place : place + chance.randint(1, 16)]
        else:
            altered[place:place] = chance.randbytes(chance.randint(1, 8))
    return bytes(altered)


def messages(message: Message) -> Iterable[Message]:
    """A message and all messages within it."""
    yield message
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for one in value if field.is_repeated else [value]:
                yield from messages(one)


def alter_field(frame: Frame, chance: random.Random) -> bytes:
    """Gives a random field, set or not, a value at the edge of what it can hold."""
    message = chance.choice(list(messages(frame)))
    field: Any = chance.choice(list(message.DESCRIPTOR.fields))
    name = field.name
    if field.type == field.TYPE_MESSAGE:
        message.ClearField(name)
        if not field.is_repeated and chance.random() < 0.5:
            getattr(message, name).SetInParent()
        return frame.SerializeToString()
    value = extreme(field, chance)
    if field.is_repeated:
        values = getattr(message, name)
        if values and chance.random() < 0.5:
            del values[:]
        else:
            values.append(value)
    else:
        setattr(message, name, value)
    return frame.SerializeToString()


def extreme(field: Any, chance: random.Random) -> Any:
    """A value at the edge of a field's type."""
    if field.type == field.TYPE_BYTES:
        return chance.choice([b"", b"\0", bytes(20), bytes(32), b"\xff" * 32, b"x" * 5_000])
    if field.type == field.TYPE_STRING:
        return chance.choice(["", "\0", "TOWN0002", "x" * 5_000, "'; --"])
    if field.type == field.TYPE_BOOL:
        return chance.random() < 0.5
    if field.type == field.TYPE_ENUM:
        return chance.choice([0, 3, 99, -1, (1 << 31) - 1])
    bits = 64 if "64" in str(field.type) or field.cpp_type in (2, 4) else 32
    if field.cpp_type in (1, 2):
        return chance.choice([0, -1, 1, (1 << (bits - 1)) - 1, -(1 << (bits - 1))])
    return chance.choice([0, 1, (1 << bits) - 1, (1 << (bits - 1)) - 1, 1 << (bits - 1)])


def altered(raw: bytes, chance: random.Random) -> Frame | None:
    """A frame with something wrong in it, or None where it is no frame at all any more."""
    frame = Frame.FromString(raw)
    worse = alter_bytes(raw, chance) if chance.random() < 0.4 else alter_field(frame, chance)
    try:
        return Frame.FromString(worse)
    except DecodeError:
        return None


@pytest.mark.parametrize("seed", SEEDS)
def test_altered_frames_never_raise_anything_but_what_ends_a_session(
    three: Federation, seed: int
) -> None:
    chance = random.Random(seed)
    village, town = three["village1"], three["town1"]
    kept: list[str] = []
    for turn in range(FRAMES_ALTERED):
        kept += visits(village, 1) + visits(town, 1)
        person(town)
        link = Link(village, town, random.Random(turn))
        before = chance.randrange(12)
        while link.up and link.frames < before and link.step():
            pass
        for side in link.sides:
            coming = bytes(side.coming)
            if coming and link.up:
                frame = altered(side.get(), chance)
                if frame is not None:
                    hand_over(link, side.session, frame, chance)
        link.run()
    healed = [meet(village, town) for _ in range(2)][-1]
    assert healed.done, healed.error
    check_same(village, town)
    assert all(town.row("visit", id_) and village.row("visit", id_) for id_ in kept)


def hand_over(link: Link, session: Any, frame: Frame, chance: random.Random) -> None:
    """Gives a session an altered frame, once or twice."""
    for _ in range(chance.randint(1, 2)):
        try:
            session.receive(frame)
        except LinliError:
            link.cut()
            return


def test_a_frame_that_is_made_up_from_nothing_ends_at_most_the_session() -> None:
    """Every kind of frame with random fields, to both sides, after hello."""
    chance = random.Random(11)
    with county("county", "town1", "village1") as nodes:
        village, town = nodes["village1"], nodes["town1"]
        visits(village, 1)
        for turn in range(FRAMES_MADE_UP):
            link = Link(village, town)
            while link.frames < 2:
                link.step()
            frame = Frame()
            kind: Any = chance.choice(list(Frame.DESCRIPTOR.fields))
            getattr(frame, kind.name).SetInParent()
            for _ in range(chance.randint(0, 6)):
                frame = Frame.FromString(alter_field(frame, chance))
            hand_over(link, link.sessions[turn % 2], frame, chance)
        meet(village, town)
        assert meet(village, town).done
        check_same(village, town)
