"""The page of extensions tells the truth: what it says needs no code is done here without any."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from node.care import policy
from node.care.facts import KINDS
from node.care.parameters import reading
from node.care.parameters.reading import GROUPS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text()
BASELINE = ROOT / "node/care/packs/baseline.toml"
COUNTY = ROOT / "node/care/packs/140430.toml"


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:node|tests|docs)/[\w/.]+|\w+\.(?:py|toml|md))`", PAGE))
    assert len(named) > 10
    names = {path.name for path in ROOT.glob("node/**/*.*")} | {"CHANGELOG.md"}
    for one in named:
        assert (ROOT / one).exists() or one in names, one


@pytest.mark.parametrize(
    ("codes", "line"),
    [
        ("facility_kinds", 'MD = "记忆花园"'),
        ("services", 'SH99 = "修脚"'),
        ("need_categories", 'FL = "法律援助"'),
        ("benefit_kinds", 'winter_heating = "冬季取暖补贴"'),
        ("finding_kinds", 'heating = "未供暖"'),
    ],
)
def test_a_new_kind_is_one_line(codes: str, line: str) -> None:
    text = BASELINE.read_text()
    more = text.replace(f"[lists.{codes}]\n", f"[lists.{codes}]\n{line}\n")
    found = getattr(policy.parse(more.encode(), "own.toml").lists, codes)
    code, _, name = line.partition(" = ")
    assert found.code("kind", name.strip('"')) == code
    assert code not in getattr(policy.parse(text.encode(), "own.toml").lists, codes)


def test_another_amount_for_some_townships_from_some_day_is_the_packs_alone() -> None:
    text = COUNTY.read_text()
    pay = text[text.index("[[pay]]") : text.index("# QX-18: two a year")]
    more = pay.replace("[[pay]]", '[[pay]]\nfrom = 2027-01-01\ndivisions = ["140430101"]')
    before = pay.replace("[[pay]]", "[[pay]]\nuntil = 2026-12-31")
    after = pay.replace("[[pay]]", '[[pay]]\nfrom = 2027-01-01\ndivisions = ["140430100"]')
    own = text.replace(pay, before + more.replace("5_000", "6_000") + after)
    rules = reading.parse(own.encode(), "own.toml").pay
    assert rules.needed("2026-12-31", "140430101200").per_visit_fen == 5_000
    assert rules.needed("2027-01-01", "140430101200").per_visit_fen == 6_000
    assert rules.needed("2027-01-01", "140430100200").per_visit_fen == 5_000


def test_the_declaration_that_it_shows_is_the_one_that_is_there() -> None:
    (kind,) = [one for one in KINDS if one.name == "safety_round"]
    for word in (kind.verb, kind.title, kind.meaning, kind.does, kind.about, kind.example):
        assert f'"{word}"' in PAGE, word
    assert "CareVisits" in PAGE and "visits" in GROUPS
