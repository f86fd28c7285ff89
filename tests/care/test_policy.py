"""The policy pack holds what the domain says, and a pack with a slip is refused by name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from node.care import policy
from node.care.policy import BASELINE
from node.care.toml import PACK_BYTES_MAX
from node.codes import read_list
from node.errors import UsageError

PACK = Path(policy.__file__).parent / "packs" / "baseline.toml"


def broken(old: str, new: str) -> bytes:
    text = PACK.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in the pack"
    return text.replace(old, new, 1).encode()


def test_the_pack_that_comes_with_linli() -> None:
    assert BASELINE.version == "baseline-3"
    assert [stage.number for stage in BASELINE.case.stages] == list(range(1, 14))
    tiers = {
        tier: [stage.number for stage in BASELINE.case.stages if stage.tier == tier]
        for tier in ("village", "township", "county")
    }
    assert tiers == {
        "village": [1, 2, 6, 8, 9, 12],
        "township": [3, 4, 5, 10],
        "county": [7, 11, 13],
    }
    assert BASELINE.case.stages[10].name == "资金结算"
    assert BASELINE.case.settled_stage == 11
    assert set(BASELINE.case.stops) == {"withdrawn", "deceased", "moved", "demolished"}
    assert BASELINE.case.reject.tiers == BASELINE.case.reopen_tiers == {"county"}


def test_the_catalogue_has_thirty_items_in_seven_groups_seven_of_them_basic() -> None:
    items = list(BASELINE.catalogue.values())
    assert [item.number for item in items] == list(range(1, 31))
    assert len({item.group for item in items}) == 7
    assert [item.number for item in items if item.basic] == [1, 2, 11, 13, 17, 24, 29]
    assert BASELINE.item("items", " 05 ") == "5"
    assert BASELINE.item_title("24") == "24 手杖"
    assert BASELINE.item_title("31") == "31"
    for wrong in ("0", "31", "手杖", "-1", "", "²", "9" * 5000):
        with pytest.raises(UsageError, match="not in the catalogue"):
            BASELINE.item("items", wrong)


def test_the_lists_are_those_of_the_domain() -> None:
    sizes = {
        field.name: len(getattr(BASELINE.lists, field.name))
        for field in dataclasses.fields(BASELINE.lists)
    }
    assert sizes["services"] == 29
    assert sizes["facility_kinds"] == 20
    assert sizes["person_groups"] == 17
    assert sizes["operator_modes"] == 5
    assert sizes["visit_missed_reasons"] == 12
    assert sizes["entry_reasons"] == 9
    assert sizes["benefit_stop_reasons"] == 9


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('version = "baseline-3"', "version = 1", "version"),
        ('version = "baseline-3"', 'version = "a b"', "version"),
        ("[workers]", "[worker]", "worker is no key"),
        ("minutes_max = 720", "", "visits.minutes_max is missing"),
        ("minutes_max = 720", "minutes_max = 0", "visits.minutes_max"),
        ("minutes_max = 720", "minutes_max = true", "visits.minutes_max"),
        ("minutes_max = 720", "minutes_max = 60.5", "visits.minutes_max"),
        ("minutes_max = 720", "minutes_max = 720\nhours_max = 1", "visits.hours_max is no key"),
        ('SH01 = "助洁-个人"', 'SH01 = ""', "lists.services.SH01"),
        ('SH02 = "助洁-居室"', 'SH02 = "助洁-个人"', "lists.services.SH02"),
        ('SH02 = "助洁-居室"', 'sh01 = "助洁-居室"', "lists.services.sh01"),
        ('SH02 = "助洁-居室"', '"S 2" = "助洁-居室"', "lists.services.S 2"),
        ("[lists.services]", "[lists.duties]", "lists.duties is no key"),
        ('number = 2, name = "村级核实"', 'number = 3, name = "村级核实"', "case.stages[2].number"),
        (
            'name = "归档", tier = "county"',
            'name = "归档", tier = "province"',
            "case.stages[13].tier",
        ),
        ('    { number = 13, name = "归档", tier = "county" },\n', "", "case.stages has 12"),
        ("settled_stage = 11", "settled_stage = 14", "case.settled_stage"),
        ('code = "moved"', 'code = "deceased"', "case.stops.code"),
        ('code = "moved"', 'code = "a,b"', "case.stops.code"),
        ('code = "rejected"', 'code = "moved"', "case.reject.code"),
        ('reopen_tiers = ["county"]', "reopen_tiers = []", "case.reopen_tiers"),
        ('reopen_tiers = ["county"]', 'reopen_tiers = ["county", "county"]', "case.reopen_tiers"),
        ("{ number = 30,", "{ number = 29,", "catalogue[6].items.number"),
        (
            'name = "手杖", class = "基础"',
            'name = "手杖", class = "必选"',
            "catalogue[6].items.class",
        ),
        ("version", "version = = ", "not TOML"),
    ],
)
def test_a_pack_with_a_slip_is_refused_with_file_key_and_reason(
    old: str, new: str, named: str
) -> None:
    with pytest.raises(UsageError) as caught:
        policy.parse(broken(old, new), "county.toml")
    assert "county.toml" in str(caught.value)
    assert named in str(caught.value)


def test_a_file_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        policy.load(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="not TOML in UTF-8"):
        policy.parse("version = '政策'".encode("gbk"), "pack")
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (PACK_BYTES_MAX + 1))
    with pytest.raises(UsageError, match="more than"):
        policy.load(large)
    with pytest.raises(UsageError, match="pack"):
        policy.parse(b"a = " + b"[" * 100_000, "pack")


def test_a_pack_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        BASELINE.case.settled_stage = 1  # type: ignore[misc]


def test_codes_are_found_by_code_and_by_name() -> None:
    services = BASELINE.lists.services
    assert services.code("service", " sh02 ") == services.code("service", "助洁-居室") == "SH02"
    assert BASELINE.lists.facility_kinds.code("kind", "长者餐厅") == "CT"
    assert services.title("SH02") == "助洁-居室"
    assert services.title("ZZ99") == "ZZ99", "a newer node's code is shown as it is"
    assert services.title(None) == ""
    with pytest.raises(UsageError, match=r"service '助浴室' is not in .*SH05 助浴"):
        services.code("service", "助浴室")
    with pytest.raises(UsageError, match="not in the list services"):
        services.code("service", 7)


@pytest.mark.parametrize(
    ("county", "townships", "count"), [("130732", 18, 459), ("140430", 12, 0), ("420323", 0, 0)]
)
def test_lists_of_divisions_come_along(county: str, townships: int, count: int) -> None:
    listed = read_list(policy.division_list(county))
    assert listed[0].code == county
    assert not count or len(listed) == count
    found = sum(row.level == "township" for row in listed)
    assert not townships or found == townships


def test_a_county_without_a_list_is_named() -> None:
    with pytest.raises(UsageError, match="'999999' comes with Linli"):
        policy.division_list("999999")
