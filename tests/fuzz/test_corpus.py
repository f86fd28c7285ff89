"""What fuzzing has found stays found: every input of the corpus, without the fuzzer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from linli.v1 import ledger_pb2
from node import identity, wire
from tests.fuzz import __main__ as fuzzing
from tests.fuzz import harnesses

CORPUS_BYTES_MAX = 300_000
TRIES = 3
"""A machine may pause once; an input that costs too much does so each time."""

NAMES = sorted(harnesses.HARNESSES)


def replay(name: str, data: bytes) -> None:
    for left in reversed(range(TRIES)):
        try:
            harnesses.bounded(name, data)
            return
        except harnesses.Finding:
            if not left:
                raise


@pytest.mark.parametrize("name", NAMES)
def test_the_corpus_breaks_no_promise(name: str) -> None:
    inputs = harnesses.corpus(name)
    assert len(inputs) >= 2
    for data in [b"", *inputs]:
        harnesses.HARNESSES[name](data)
    for data in inputs:
        replay(name, data)


def test_the_corpus_reaches_what_lies_behind_the_first_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A harness that refuses everything at its door passes for ever."""
    reached: set[str] = set()

    def watched(owner: object, name: str) -> None:
        inner = getattr(owner, name)

        def call(*given: object, **named: object) -> object:
            result = inner(*given, **named)
            reached.add(name)
            return result

        monkeypatch.setattr(owner, name, call)

    watched(wire, "body_of")
    watched(identity, "read_token")
    watched(harnesses, "_verdict")
    town = harnesses._nodes()["town1"]
    for name in ("take", "take_receipts", "take_beacon"):
        watched(town, name)
    for name in NAMES:
        for data in harnesses.corpus(name):
            harnesses.HARNESSES[name](data)
    assert reached >= {"body_of", "read_token", "_verdict", "take"}


def test_the_corpus_is_small_and_belongs_to_harnesses() -> None:
    files = sorted(harnesses.CORPUS.iterdir())
    assert [path.stem for path in files] == NAMES == sorted(fuzzing.NAMES)
    assert sum(path.stat().st_size for path in files) <= CORPUS_BYTES_MAX
    assert harnesses.INPUT_BYTES_MAX == fuzzing.INPUT_BYTES_MAX


def test_what_costs_too_much_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def idle(data: bytes) -> None:
        sum(range(int.from_bytes(data, "big")))

    def hoard(data: bytes) -> None:
        assert os.urandom(int.from_bytes(data, "big"))

    monkeypatch.setitem(harnesses.HARNESSES, "token", idle)
    with pytest.raises(harnesses.Finding, match=r"token took [0-9]+ ms"):
        harnesses.bounded("token", (20_000_000).to_bytes(4, "big"))
    monkeypatch.setitem(harnesses.HARNESSES, "segment", hoard)
    with pytest.raises(harnesses.Finding, match=r"segment took (\d+ ms|[0-9]+ MB)"):
        harnesses.bounded("segment", (harnesses.GROWTH_BYTES_MAX + (8 << 20)).to_bytes(4, "big"))


def _many(field: bytes, count: int) -> bytes:
    return field * count


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("segment", b"\x0a\xff\xff\xff\xff\x07"),  # a header of 2^31 - 1 bytes
        ("segment", _many(b"\xf8\x3f\x01", 300_000)),  # a flood of an unknown field
        ("body", _many(b"\xf8\x3f\x01", 300_000)),
        ("body", b"\x0b" * 100_000 + b"\x0c" * 100_000),  # groups within groups
        ("body", b"\x12\x07\x28\xff\xff\xff\xff\x0f"),  # four thousand million rows
        ("token", b"\x0b" * 100_000),
        ("frame", b"\x00" + (60_000).to_bytes(2, "big") + _many(b"\xf8\x3f\x01", 20_000)),
        ("frame", b"\x00" + (60_000).to_bytes(2, "big") + b"\x0b" * 60_000),
        ("evidence", b"[" * 100_000),
        ("evidence", b"\xff\xff" + b"\x80" * 100_000),
    ],
)
def test_huge_deep_and_flooded_bytes_cost_little(name: str, data: bytes) -> None:
    harnesses.HARNESSES[name](b"\x00")
    replay(name, data)


def test_a_stated_size_is_not_believed() -> None:
    message = ledger_pb2.Segment(body=b"x", header=b"\x68\xff\xff\xff\xff\x0f")
    replay("segment", message.SerializeToString())


def test_the_lock_of_the_fuzzer_pins_by_hash_and_names_no_index() -> None:
    lines = (Path(__file__).parent / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if "==" in line]
    assert pins and all(line.endswith("\\") for line in pins)
    assert sum("--hash=sha256:" in line for line in lines) >= len(pins)
    assert not any("://" in line or "index" in line for line in lines)
