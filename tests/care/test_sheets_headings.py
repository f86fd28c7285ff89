"""Which column holds which field, where a row stands, and what makes two rows the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from node.care.headings import HEADINGS
from node.care.sheets import cells, delimited, reading, workbook, writing
from node.care.sheets.cells import Cell, CellFault
from node.care.sheets.headings import columns_of, words_of
from node.care.sheets.matching import Fingerprints, RowIds, fingerprint
from node.care.sheets.places import Places
from node.care.sheets.reading import Row
from node.care.sheets.registers import FACILITIES, PEOPLE, WORKERS, Register, parted
from node.division import Act, Tree, stem
from node.errors import UsageError

REGISTERS = (PEOPLE, WORKERS, FACILITIES)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sheets.md"


def fields_of(register: Register, *headings: Cell) -> list[str]:
    words = words_of(register.table.name, register.fields)
    rows = [Row(1, list(headings)), Row(2, ["x"] * len(headings))]
    return [column.field for column in columns_of(rows, words, ())]


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.word)
def test_the_heading_of_an_export_and_the_name_of_a_column_are_always_known(
    register: Register,
) -> None:
    for name in register.fields:
        assert fields_of(register, name) == [name]
        assert fields_of(register, HEADINGS[register.table.name][name]) == [name]
    assert fields_of(register, "编号", "区划代码", "所在乡镇", "所在村") == [
        "id", "division_code", "township", "division",
    ]  # fmt: skip


def test_no_two_fields_share_a_spelling() -> None:
    for register in REGISTERS:
        seen: dict[str, str] = {}
        for name, words in (
            *cells_of_spellings(register),
            *((name, [heading]) for name, heading in own_headings(register)),
        ):
            for word in words:
                assert seen.setdefault(word, name) == name, (register.word, word)


def cells_of_spellings(register: Register) -> list[tuple[str, list[str]]]:
    from node.care.sheets.headings import SPELLINGS

    return [(name, words.split()) for name, words in SPELLINGS[register.table.name].items()]


def own_headings(register: Register) -> list[tuple[str, str]]:
    return [(name, HEADINGS[register.table.name][name]) for name in register.fields]


def test_headings_are_read_as_lists_write_them() -> None:
    written: list[Cell] = [
        "*姓 名",
        "身份证号(必填)",
        "联系电话：",
        "ID_Number ",
        "序号",
        "家庭\n住址",
    ]
    assert fields_of(PEOPLE, *written[:3]) == ["name", "id_number", "phone"]
    assert fields_of(PEOPLE, *written[3:]) == ["id_number", "", "address"]


def test_a_heading_that_is_nearly_known_is_told_of() -> None:
    with pytest.raises(UsageError, match="B '联系电化' \\(联系电话\\?\\)"):
        fields_of(PEOPLE, "姓名", "联系电化")


# --- places --------------------------------------------------------------------------------------

ACTS = [
    Act("c", "establish", "county", "130732", "赤城县"),
    Act("t", "establish", "township", "130732100", "赤城镇", "c"),
    Act("u", "establish", "township", "130732101", "田家窑镇", "c"),
    Act("v", "establish", "village", "130732100201", "东关村民委员会", "t"),
    Act("w", "establish", "village", "130732101201", "东关村民委员会", "u"),
    Act("x", "establish", "village", "130732101202", "田家窑村民委员会", "u"),
    Act("x", "abolish", successor="w"),
]


def place(own: str = "c", at: str = "", **named: str) -> str:
    return Places(Tree(ACTS), own, at, "village").find(named)


def test_a_place_is_found_by_whatever_tells_it_apart() -> None:
    assert place(division="130732101201") == "w"
    assert place(division_code="130732100201", division="东关村") == "v"
    assert place(township="田家窑镇", division="东关村") == "w"
    assert place(township="赤城", division="东关") == "v"
    assert place(at="t", division="东关村民委员会") == "v"
    assert place(own="v") == "v"
    assert place(at="w") == "w"


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"division": "东关村"}, "may be any of 2 divisions: 东关村民委员会 130732100201, "),
        ({"division": "西关村"}, "is no division"),
        ({"division": "130732101202"}, "has been abolished"),
        ({"township": "田家窑镇"}, "is a township, and the row needs a village"),
        ({"own": "t", "division": "130732101201"}, "lies outside 赤城镇 (130732100), where this"),
        ({"at": "t", "division": "130732101201"}, "lies outside 赤城镇 (130732100), which --at"),
        ({"division_code": "130732100201", "division": "西关村"}, "is not 东关村民委员会, whose"),
        ({}, "The cell is empty"),
    ],
)
def test_a_place_that_cannot_be_meant_is_refused(named: dict[str, str], words: str) -> None:
    with pytest.raises(CellFault, match=re.escape(words)):
        place(**named)


def test_the_words_for_an_office_do_not_tell_names_apart() -> None:
    assert len({stem(f"东关{office}") for office in ("", "村", "村委会", "社区居民委员会")}) == 1
    assert stem("村") == "村"


# --- matching ------------------------------------------------------------------------------------


def test_fingerprints_keep_every_number_while_they_grow() -> None:
    known = Fingerprints()
    for number in range(20_000):
        known.add(fingerprint(str(number % 15_000)), number)
    assert len(known) == 20_000
    for number in range(15_000):
        found = sorted(known.get(fingerprint(str(number))))
        assert found == ([number, number + 15_000] if number < 5_000 else [number])
    assert list(known.get(fingerprint("nobody"))) == []


def test_ids_come_back_with_their_divisions() -> None:
    ids = RowIds()
    kept = [(f"d{number // 7}", f"7ZZZZZZZZZZZZZZZZZZZZZZ{number:03}") for number in range(100)]
    numbers = [ids.add(*each) for each in kept]
    assert [ids[number] for number in numbers] == kept


def test_a_cell_of_several_is_parted_at_every_sign_that_lists_use() -> None:
    assert parted(" 独居、高龄,低保，失能；孤寡;百岁\n残疾 、") == [
        "独居", "高龄", "低保", "失能", "孤寡", "百岁", "残疾",
    ]  # fmt: skip


def test_the_document_states_every_limit() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", DOCUMENT.read_text(), re.M))
    for module in (cells, delimited, reading, workbook, writing):
        for name, value in vars(module).items():
            if re.fullmatch(r"[A-Z]+(_[A-Z]+)*_MAX", name) and not name.startswith("EXACT"):
                assert told.pop(name, "").replace(",", "") == str(value), name
    assert not told
