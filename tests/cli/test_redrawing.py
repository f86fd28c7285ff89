"""Divisions that change: a yearly list proposes, a person confirms, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care import visits
from node.care.records import SCHEMA
from node.clock import DAY_MS
from node.replica import Replica
from tests.cli import conftest
from tests.cli.conftest import Linli, made_in, meet, read
from tests.cli.sheets import write_csv

OLD, NEW = "331024207204", "331024207226"
PAPER = ("--document", "县政发〔2026〕12号")
LAST_YEAR = [f"331024207{place}" for place in range(200, 224)]
THIS_YEAR = [f"331024207{place}" for place in (215, *range(224, 232))]
RENAMED = {"204": "三井", "226": "三井", "217": "广度", "229": "广度", "222": "祖庙", "230": "祖庙"}
COUNTY = [["code", "name"], ["331024", "仙居县"], ["331024207", "试点乡"]]


def name(code: str, box: str) -> str:
    """The name of a village; that whose box is tried may have another."""
    return box if code == OLD else RENAMED.get(code[-3:], f"村{code[-3:]}")


def listed(codes: list[str], box: str) -> list[list[str]]:
    return [*COUNTY, *([code, name(code, box)] for code in codes)]


@pytest.fixture
def merged(linli: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: str) -> Any:
    """A township of 24 villages, whose box of `OLD` holds forty days that nobody has seen."""
    for tier, one in {
        "county": ("c", "331024", "仙居县", ""),
        "township": ("t", "331024207", "试点乡", "c"),
        "village": ("v", OLD, box, "t"),
        "other": ("w", "331024207205", "村205", "t"),
    }.items():
        monkeypatch.setitem(conftest.DIVISIONS, tier, one)
    (tmp_path / "nodes").mkdir()
    homes = made_in(tmp_path / "nodes")
    path = tmp_path / "2025.csv"
    write_csv(path, listed(LAST_YEAR, box))
    linli("import", "divisions", path, "--add-new", home=homes["county"])
    meet(homes)
    person = linli("person", "add", "王桂兰", home=homes["village"]).stdout.strip()
    linli("worker", "add", "李秀英", home=homes["village"])
    meet(homes)
    with Replica(homes["village"], SCHEMA) as replica:
        worker = replica.rows("worker")[0]["id"]
        for day in range(40):
            start = replica.core.now_ms() - (day + 1) * DAY_MS
            values = {"person": person, "worker": worker, "service": "SH02", "started_at": start}
            more = {"minutes": 60}
            visits.record_visit(replica, "v", {**values, **more}, user="村里", reason="L03")
    path = tmp_path / "2026.csv"
    write_csv(path, listed(THIS_YEAR, box))
    return homes, path


def proposals(linli: Linli, home: Path, *words: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = read(
        linli("division", "change", "list", *words, "--json", home=home)
    )
    return found


def confirm(linli: Linli, home: Path, one: dict[str, str], *words: str) -> str:
    words = ("division", "change", "confirm", one["id"], *PAPER, *words)
    return linli("--as", "李四", *words, home=home).stdout.strip()


@pytest.mark.parametrize("box", ["三井", "下井"], ids=["recoded", "merged"])
def test_a_village_that_ends_keeps_all_people_and_history(
    linli: Linli, merged: tuple[dict[str, Path], Path], box: str
) -> None:
    """Number 13 of the acceptance numbers: 三井 gets another code, or 下井 is merged into it."""
    homes, path = merged
    county, town = homes["county"], homes["township"]
    stated = read(linli("division", "change", "import", path, "--json", home=county))
    found = {(one["kind"], one["code"]): one for one in proposals(linli, county)}
    gone = [code for kind, code in found if kind == "gone"]
    assert len(LAST_YEAR) == 24 and len(THIS_YEAR) == 9
    if box == "三井":
        assert len(gone) == 20 and stated == {"proposed": 28, "open": 28}
        assert found["recode", NEW]["before"] == OLD
        assert confirm(linli, county, found["recode", NEW]) == "recode"
    else:
        assert OLD in gone and len(gone) == 21
        assert confirm(linli, county, found["new", NEW]) == "establish"
        wrong = ("division", "change", "confirm", found["gone", OLD]["id"], *PAPER, "--from", NEW)
        refused = linli("--as", "李四", *wrong, home=county, code=2)
        assert "--from for what is new" in refused.stderr
        assert confirm(linli, county, found["gone", OLD], "--into", NEW) == "merge"
        with Replica(county, SCHEMA) as replica:
            heir = replica.tree.by_code(NEW)
            assert heir is not None and replica.tree.covers(heir.id, "v"), "its box gets it all"
    meet(homes)
    for home in (county, town):
        for code in (OLD, NEW):
            seen = read(linli("visit", "list", "--at", code, "--json", home=home))
            assert len(seen) == 40, f"found by {code}"
            (person,) = read(linli("person", "list", "--at", code, "--json", home=home))
            assert person["name"] == "王桂兰"
    more = linli("person", "add", "陈秀英", home=homes["village"]).stdout.strip()
    meet(homes)
    for code in (OLD, NEW):
        seen = read(linli("person", "list", "--at", code, "--json", home=county))
        assert more in {one["id"] for one in seen}, "the old box goes on"
    for channel in ("care", "trust"):
        ends = {
            linli("digest", "--at", OLD, "--channel", channel, home=home, code=None).stdout
            for home in (county, town)
        }
        assert len(ends) == 1


@pytest.mark.parametrize("box", ["下井"])
def test_a_proposal_is_made_once_and_decided_by_somebody_else(
    linli: Linli, merged: tuple[dict[str, Path], Path]
) -> None:
    homes, path = merged
    county = homes["county"]
    linli("division", "change", "import", path, home=county)
    again = read(linli("division", "change", "import", path, "--json", home=county))
    assert again["proposed"] == 0 and again["open"] == 29
    found = {(one["kind"], one["code"]): one for one in proposals(linli, county)}
    one = found["gone", OLD]
    own = linli("division", "change", "confirm", one["id"], *PAPER, home=county, code=4)
    assert "nobody confirms what they brought in" in own.stderr
    empty = linli(
        "--as", "李四", "division", "change", "confirm", one["id"], *PAPER, home=county, code=4
    )
    assert "nobody takes over" in empty.stderr, "the county has the person already"
    stale = linli(
        "--as", "李四", "division", "change", "confirm", one["id"], *PAPER, "--into", OLD,
        home=county, code=2,
    )  # fmt: skip
    assert "no other living village" in stale.stderr
    ahead = linli(
        "--as", "李四", "division", "change", "confirm", one["id"], *PAPER, "--into", "村205",
        "--on", "2999-01-01", home=county, code=2,
    )  # fmt: skip
    assert "Confirm it on that day" in ahead.stderr
    elsewhere = linli("division", "change", "import", path, home=homes["township"], code=4)
    assert "Only the county's node" in elsewhere.stderr
    linli("--as", "李四", "division", "change", "refuse", one["id"], home=county)
    assert OLD not in {other["code"] for other in proposals(linli, county)}
    assert read(linli("division", "change", "import", path, "--json", home=county))["open"] == 28
    (refused,) = proposals(linli, county, "--state", "refused")
    assert refused["code"] == OLD
    shown = linli("division", "change", "list", home=county).stdout
    assert max(map(len, shown.splitlines())) <= 80 and "gone" in shown
    csv = linli("division", "change", "list", "--at", "试点乡", "--csv", home=county).stdout
    assert "变更类型" in csv and csv.count("\n") == 29


@pytest.mark.parametrize("box", ["下井"])
def test_a_split_a_new_name_and_an_end(
    linli: Linli, merged: tuple[dict[str, Path], Path], tmp_path: Path
) -> None:
    homes, _ = merged
    county = homes["county"]
    rows = listed(LAST_YEAR, "下井新村")
    rows = [row for row in rows if row[0] != "331024207206"]
    path = tmp_path / "2027.csv"
    write_csv(path, [*rows, ["331024207240", "上井"]])
    linli("division", "change", "import", path, home=county)
    found = {one["kind"]: one for one in proposals(linli, county)}
    assert set(found) == {"new", "rename", "gone"}
    assert confirm(linli, county, found["rename"]) == "rename"
    assert confirm(linli, county, found["new"], "--from", "下井新村") == "split"
    assert confirm(linli, county, found["gone"]) == "abolish"
    assert proposals(linli, county) == []
    meet(homes)
    with Replica(homes["village"], SCHEMA) as replica:
        own, fresh = replica.tree.get("v"), replica.tree.by_code("331024207240")
        assert own is not None and own.name == "下井新村"
        assert fresh is not None and not own.abolished
        (split,) = (row for row in replica.rows("division_act") if row["kind"] == "split")
        assert (split["subject"], split["successor"]) == ("v", fresh.id)
        ended = replica.tree.by_code("331024207206")
        assert ended is not None and ended.abolished
    acts = {(one["act"], one["document"]) for one in proposals(linli, county, "--state", "all")}
    assert acts == {(act, PAPER[1]) for act in ("rename", "split", "abolish")}
