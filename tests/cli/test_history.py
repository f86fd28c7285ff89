"""`history` of what did not take place, and of personal records."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Linli, read


def test_a_missed_visit_and_a_personal_record_have_a_history(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    linli("worker", "add", "李秀英", home=home)
    words = ["王桂兰", "李秀英", "--at-time", "2026-11-20 09:30", "--reason", "不在家"]
    missed = linli("visit", "missed", *words, home=home).stdout.strip()
    (step,) = read(linli("visit", "history", missed, "--json", home=home))
    assert (step["table"], step["created"]) == ("missed_visit", True)
    none = linli("visit", "history", "7Q2M9K", home=home, code=2).stderr
    assert "No visit '7Q2M9K' is on this node." in none

    record = ["worker", "record"]
    assert "No personal record" in linli(*record, "history", "李秀英", home=home, code=2).stderr
    linli(*record, "set", "李秀英", "phone", "13812345678", home=home)
    linli(*record, "set", "李秀英", "phone", "13900000000", home=home)
    steps = read(linli(*record, "history", "李秀英", "--json", home=home))
    assert [step["table"] for step in steps] == ["worker_record"] * 2
