"""A county publishes its numbers: checked, signed, everywhere, and by version for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.care.parameters import publishing
from node.care.parameters.publishing import POLICY
from node.care.records import SCHEMA
from node.errors import Refused
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, meet, read

QINXIAN = publishing.shipped()["140430"]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "沁县.toml"
    path.write_text(QINXIAN.read_text("utf-8"), "utf-8")
    return path


def raised(pack: Path, version: str = "140430-2") -> Path:
    text = pack.read_text("utf-8").replace("per_visit_fen = 5_000", "per_visit_fen = 6_000")
    path = pack.with_name(f"{version}.toml")
    path.write_text(text.replace('"140430-1"', f'"{version}"'), "utf-8")
    return path


def versions(linli: Linli, home: Path) -> list[tuple[str, bool]]:
    rows = read(linli("policy", "list", "--json", home=home))
    return [(row["version"], row["in_force"]) for row in rows]


def test_from_the_file_to_the_village(linli: Linli, homes: dict[str, Path], pack: Path) -> None:
    county, village = homes["county"], homes["village"]
    none = linli("policy", "show", home=village, code=2)
    assert "No policy pack is known here" in none.stderr
    checked = linli("policy", "check", pack)
    assert "holds together" in checked.stderr and "per_visit_fen" in checked.stdout
    assert max(map(len, checked.stdout.splitlines())) <= 80
    assert linli("policy", "publish", pack, home=county).stdout.strip() == "140430-1"
    assert linli("policy", "publish", pack, home=county).stdout.strip() == "140430-1"
    assert versions(linli, village) == []
    meet(homes)
    assert versions(linli, village) == [("140430-1", True)]
    linli("policy", "publish", raised(pack), home=county)
    assert versions(linli, village) == [("140430-1", True)], "it goes on with what it has"
    with Replica(village, SCHEMA) as replica:
        assert publishing.needed(replica).pay.needed("2026-01-01").per_visit_fen == 5_000
    meet(homes)
    assert versions(linli, village) == [("140430-1", False), ("140430-2", True)]
    with Replica(village, SCHEMA) as replica:
        assert publishing.needed(replica).pay.needed("2026-01-01").per_visit_fen == 6_000
        old = publishing.of_version(replica, "140430-1")
        assert old.pay.needed("2026-01-01").per_visit_fen == 5_000
    changes = read(linli("policy", "diff", "140430-1", "140430-2", "--json", home=village))
    assert [(one["key"], one["before"], one["after"]) for one in changes] == [
        ("per_visit_fen", "5000", "6000")
    ]
    assert "6000" in linli("policy", "diff", pack, "140430-2", home=village).stdout
    assert "say the same" in linli("policy", "diff", pack, "140430-1", home=village).stderr
    assert linli("policy", "show", "140430-1", "--toml", home=village).stdout == pack.read_text()
    assert "in force" in linli("policy", "list", home=village).stdout
    unknown = linli("policy", "show", "9", home=village, code=2)
    assert "Known are: 140430-1, 140430-2." in unknown.stderr


def test_a_version_never_says_something_else(
    linli: Linli, homes: dict[str, Path], pack: Path
) -> None:
    county = homes["county"]
    linli("policy", "publish", pack, home=county)
    other = raised(pack, "other")
    other.write_text(other.read_text().replace('"other"', '"140430-1"'))
    refused = linli("policy", "publish", other, home=county, code=2)
    assert "was published with other content" in refused.stderr
    assert versions(linli, county) == [("140430-1", True)]


def test_only_the_county_publishes(linli: Linli, homes: dict[str, Path], pack: Path) -> None:
    for tier in ("township", "village"):
        refused = linli("policy", "publish", pack, home=homes[tier], code=4)
        assert f"this node is a {tier}'s" in refused.stderr
    values = {"version": "0", "county": "沁县", "content": pack.read_text()}
    told = "may not write policy_pack"
    with Replica(homes["village"], SCHEMA) as replica, pytest.raises(Refused, match=told):
        replica.write(replica.division, [Insert(POLICY.name, values)], user="x")


def test_a_pack_with_a_slip_is_not_published(
    linli: Linli, homes: dict[str, Path], pack: Path
) -> None:
    pack.write_text(pack.read_text().replace("per_month_min = 3", "per_month_min = 30"))
    refused = linli("policy", "publish", pack, home=homes["county"], code=2)
    assert "per_month_min is more than 3" in refused.stderr and "沁县.toml" in refused.stderr
    assert versions(linli, homes["county"]) == []


def test_a_pack_of_a_newer_program_is_passed_over(
    linli: Linli, homes: dict[str, Path], pack: Path
) -> None:
    linli("policy", "publish", pack, home=homes["county"])
    later = pack.read_text().replace('"140430-1"', '"140430-9"') + "\n[[moon]]\nfull = true\n"
    values = {"version": "140430-9", "county": "沁县", "content": later}
    with Replica(homes["county"], SCHEMA) as replica:
        replica.write(replica.division, [Insert(POLICY.name, values)], user="x")
    meet(homes)
    assert versions(linli, homes["village"]) == [("140430-1", True), ("140430-9", False)]
    (_, row) = read(linli("policy", "list", "--json", home=homes["village"]))
    assert "moon is no key that is known" in row["trouble"]
    told = linli("policy", "show", "140430-9", home=homes["village"], code=2)
    assert "upgrade this node" in told.stderr


def test_a_county_begins_with_one_that_comes_with_linli(linli: Linli, tmp_path: Path) -> None:
    text = linli("policy", "show", "--shipped", "431202", "--toml").stdout
    (tmp_path / "own.toml").write_text(text, "utf-8")
    linli("policy", "check", tmp_path / "own.toml")
    shown = read(linli("policy", "show", "--shipped", "431202", "--on", "2023-05-01", "--json"))
    places = {tuple(one["divisions"]) for one in shown["numbers"] if one["group"] == "care_tariff"}
    assert len(places) == 1 and len(*places) == 3
    refused = linli("policy", "show", "--shipped", "999999", code=2)
    assert "comes with Linli" in refused.stderr and "140430" in refused.stderr
