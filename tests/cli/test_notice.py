"""A county tells its villages something, and sees which have not confirmed it, and how long."""

from __future__ import annotations

import random
from pathlib import Path

from node.care.facts.notices import unconfirmed
from tests.cli.conftest import Linli, meet, read

TITLE = "关于开展冬季走访的通知"


def test_who_has_not_confirmed_is_listed_with_how_long(
    linli: Linli, homes: dict[str, Path]
) -> None:
    county, town, village = (homes[tier] for tier in ("county", "township", "village"))
    sent = linli("notice", "send", TITLE, "--villages", "--to", "赤城镇", "--due-on", "2026-11-20",
                 home=county)  # fmt: skip
    assert "Sent to 3 divisions" in sent.stderr
    meet(homes)
    (mine,) = read(linli("notice", "waiting", "--json", home=village))
    assert mine["division"] == "130732100201" and mine["waits_ms"] >= 0
    assert mine["letter"] == sent.stdout.strip()
    waits = read(linli("notice", "waiting", "--json", home=county))
    assert len(waits) == 3
    for home in (county, town):
        refused = linli("notice", "confirm", mine["id"], home=home, code=4)
        assert "which confirms it" in refused.stderr
    first = linli("notice", "confirm", mine["id"], home=village).stdout
    assert linli("notice", "confirm", mine["id"], home=village).stdout == first, "twice is once"
    meet(homes)
    waits = read(linli("notice", "waiting", "--json", home=county))
    assert [one["division"] for one in waits] == ["130732100", "130732100202"]
    (receipt,) = read(linli("notice", "receipt", "list", "--json", home=county))
    assert receipt["confirmed_by"] == "张三" and receipt["notice"] == mine["id"]
    assert len(read(linli("notice", "waiting", "--at", "东关村", "--json", home=town))) == 1
    for language in ("zh", "en"):
        for words in (("waiting",), ("list",), ("show", mine["id"])):
            assert TITLE[:4] in linli("--lang", language, "notice", *words, home=town).stdout


def test_a_notice_goes_down_only(linli: Linli, homes: dict[str, Path]) -> None:
    up = linli("notice", "send", TITLE, "--to", "赤城镇", home=homes["village"], code=4)
    assert "does not lie below" in up.stderr
    nobody = linli("notice", "send", TITLE, home=homes["county"], code=2)
    assert "for no division" in nobody.stderr


def test_those_that_wait_longest_come_first() -> None:
    sent = [{"id": str(at), "sent_at": at} for at in range(5)]
    random.shuffle(sent)
    found = unconfirmed(sent, [{"notice": "0"}, {"notice": "3"}, {"notice": "gone"}])
    assert [row["id"] for row in found] == ["1", "2", "4"]
