"""Somebody whose two records were merged is one person in every list and every count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.parameters import publishing
from node.clock import SystemClock, local
from tests.cli.conftest import Linli, meet, read

Homes = dict[str, Path]
BORN = ("--birth-date", "1938-05-12")
TODAY = local(SystemClock().now_ms())[:10]
MONTH = TODAY[:7]


@pytest.fixture
def twice(linli: Linli, homes: Homes) -> tuple[str, str]:
    """One person whom a village wrote down two times, as a county with a policy sees it."""
    village = homes["village"]
    linli("policy", "publish", publishing.shipped()["420323"], home=homes["county"])
    linli("worker", "add", "李秀英", home=village)
    one, two = (
        linli("person", "add", name, *BORN, "--group", "特困-分散", home=village).stdout.strip()
        for name in ("王桂兰", "王贵兰")
    )
    meet(homes)
    return one, two


def seen(linli: Linli, home: Path, person: str) -> None:
    linli("visit", "add", person, "--worker", "李秀英", "--service", "SH02", "--start",
          f"{TODAY} 00:00", "--minutes", "60", "--reason", "纸质补录", home=home)  # fmt: skip


def told(linli: Linli, home: Path, verb: str, people: tuple[str, str]) -> set[tuple[str, str]]:
    """What a report says of some people: who, and the kind."""
    found: list[dict[str, Any]] = read(linli("report", verb, "--json", home=home))
    return {(row["subject"], row["kind"]) for row in found if row["subject"] in people}


def test_a_visit_to_either_record_fulfils_the_plan_of_the_other(
    linli: Linli, homes: Homes, twice: tuple[str, str]
) -> None:
    kept, gone = twice
    village, town = homes["village"], homes["township"]
    third = "上中下"[min((int(TODAY[8:]) - 1) // 10, 2)]
    for person in twice:
        linli("plan", "add", person, "--xun", third, "--service", "SH02", "--since",
              f"{MONTH}-01", home=village)  # fmt: skip
    seen(linli, village, gone)
    meet(homes)
    assert told(linli, town, "due", twice) == {(kept, "plan")}
    linli("person", "merge", kept, gone, "--keep", kept, home=town)
    meet(homes)
    for home in homes.values():
        assert told(linli, home, "due", twice) == {(kept, "plan")}, "two are planned, one is done"
    seen(linli, village, gone)
    meet(homes)
    for home in homes.values():
        assert not told(linli, home, "due", twice)


def test_who_was_merged_is_without_nothing(
    linli: Linli, homes: Homes, twice: tuple[str, str]
) -> None:
    kept, gone = twice
    linli("person", "agreement", "add", gone, "--carer", "王建国", "--relation", "子女",
          "--agreement-no", "2026-014", "--since", f"{MONTH}-01", "--until", "2099-12-31",
          home=homes["village"])  # fmt: skip
    meet(homes)
    assert (kept, "no_agreement") in told(linli, homes["township"], "gaps", twice)
    linli("person", "merge", kept, gone, "--keep", kept, home=homes["township"])
    meet(homes)
    for home in homes.values():
        found = told(linli, home, "gaps", twice)
        assert not {one for one in found if one[0] == gone or one[1] == "no_agreement"}


def test_the_month_counts_one_person(linli: Linli, homes: Homes, twice: tuple[str, str]) -> None:
    kept, gone = twice
    town = homes["township"]
    for person in twice:
        seen(linli, homes["village"], person)
    meet(homes)

    def counted() -> dict[str, int]:
        rows = read(linli("report", "figures", "--json", home=town))
        return {row["code"]: row["number"] for row in rows if row["code"] in ("people", "visits")}

    assert counted() == {"people": 2, "visits": 2}
    linli("person", "merge", kept, gone, "--keep", kept, home=town)
    assert counted() == {"people": 1, "visits": 2}
    sheet = linli("report", "month", MONTH, "--csv", home=town).stdout
    assert "探访服务,,合计,2,0,0,2,120,1," in sheet, "two visits to one person"


def test_a_campaign_asks_one_person_once(
    linli: Linli, homes: Homes, twice: tuple[str, str]
) -> None:
    kept, gone = twice
    village, town, census = homes["village"], homes["township"], "2026普查"
    linli("campaign", "add", census, "--kind", "普查", "--since", "2026-01-01", "--until",
          "2099-12-31", "--age-min", "60", home=homes["county"])  # fmt: skip
    meet(homes)
    words = ("campaign", "answer", "add", census)
    by = ("--surveyor", "李红", "--on", TODAY)
    linli(*words, gone, *by, home=village)
    linli("person", "merge", kept, gone, "--keep", kept, home=town)
    meet(homes)
    for home in homes.values():
        figures = read(linli("campaign", "figures", census, "--json", home=home))
        assert (figures["asked"], figures["of"]) == (1, 1)
        assert read(linli("campaign", "unasked", census, "--json", home=home)) == []
        for person in twice:
            assert "was asked" in linli(*words, person, *by, home=home, code=4).stderr
