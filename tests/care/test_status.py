"""Statuses form a join-semilattice, are read back from their text, and are shown in Chinese."""

from __future__ import annotations

import itertools

import pytest

from node.care.status import Status, status_text
from node.errors import UsageError

ELEMENTS = [
    Status(round_, progress, frozenset(stops))
    for round_ in (0, 1, 2)
    for progress in (0, 1, 13)
    for count in range(3)
    for stops in itertools.combinations(("deceased", "withdrawn"), count)
]


def test_the_join_is_idempotent_commutative_and_associative_exhaustively() -> None:
    for a in ELEMENTS:
        assert a | a == a
        assert Status() | a == a
    for a, b in itertools.product(ELEMENTS, repeat=2):
        assert a | b == b | a
        assert a <= a | b
    for a, b, c in itertools.product(ELEMENTS, repeat=3):
        assert (a | b) | c == a | (b | c)


def test_a_higher_round_resets_progress_and_stops() -> None:
    assert Status(0, 13, frozenset({"moved"})) | Status(1) == Status(1)


def test_canonical_text_is_read_back() -> None:
    assert str(Status(0, 5)) == "0:5:"
    assert str(Status(1, 5, frozenset({"withdrawn", "deceased"}))) == "1:5:deceased,withdrawn"
    for status in ELEMENTS:
        assert Status.read(str(status)) == status
    assert Status.read(None) == Status.read("") == Status()
    with pytest.raises(UsageError, match="is not the status of a case"):
        Status.read("stage five")


def test_status_in_chinese() -> None:
    assert status_text(None) == "未申请"
    assert status_text("0:5:") == "5 入户评估"
    assert status_text("0:4:withdrawn") == "已终止：户主放弃（止于 4 公示）"
    assert status_text("0:4:withdrawn,deceased") == "已终止：死亡、户主放弃（止于 4 公示）"
    assert status_text("1:13:") == "第2轮 13 归档"
    assert status_text("0:99:newer") == "第99阶段（此后终止：newer，待核查）"
