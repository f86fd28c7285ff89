"""Divisions: the tree that the acts leave, who covers whom, and lists of codes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.codes import level_of_code, read_list
from node.division import LEVELS, Act, Tree
from node.errors import UsageError

LISTS = Path(__file__).parents[2] / "node" / "care" / "divisions"
IDS = list("abcdefgh")

ACTS = st.lists(
    st.builds(
        Act,
        subject=st.sampled_from(["", *IDS]),
        kind=st.sampled_from(["establish", "establish", "move", "recode", "merge", "abolish"]),
        level=st.sampled_from(LEVELS),
        code=st.sampled_from(["", "130732", "130732100", "130732100001", "130732101"]),
        name=st.sampled_from(["", "赤城", "龙关"]),
        parent=st.sampled_from(["", *IDS, "unknown"]),
        successor=st.sampled_from(["", *IDS]),
        valid_from=st.sampled_from(["", "2026-01-01", "2026-06-01", "2027-01-01"]),
    ),
    max_size=30,
)


def establish(subject: str, code: str, name: str, parent: str = "", since: str = "") -> Act:
    return Act(subject, "establish", level_of_code(code), code, name, parent, "", since)


COUNTY = [
    establish("county", "130732", "赤城县"),
    establish("west", "130732100", "赤城镇", "county"),
    establish("east", "130732102", "龙关镇", "county"),
    establish("w2", "130732100202", "二村", "west"),
    establish("w1", "130732100201", "一村", "west"),
    establish("e1", "130732102201", "三村", "east"),
]


@given(ACTS)
def test_below_says_what_covers_says(acts: list[Act]) -> None:
    tree = Tree(acts)
    for upper in IDS:
        covered = {lower for lower in IDS if tree.get(lower) and tree.covers(upper, lower)}
        assert set(tree.below(upper)) == covered | {upper}
        assert len(tree.below(upper)) == len(covered | {upper})


def test_a_division_is_told_by_name_and_code_or_by_its_id_while_it_is_not_known() -> None:
    tree = Tree([*COUNTY, Act("w1", "rename", name="新一村")])
    assert tree.called("w1") == "新一村 (130732100201)"
    assert tree.called("elsewhere") == "elsewhere"


@given(ACTS)
def test_covers_is_an_order(acts: list[Act]) -> None:
    tree = Tree(acts)
    for one in IDS:
        assert tree.covers(one, one)
        for two in IDS:
            if one != two and tree.covers(one, two):
                assert not tree.covers(two, one)
            for three in IDS:
                if tree.covers(one, two) and tree.covers(two, three):
                    assert tree.covers(one, three)


@given(ACTS)
def test_what_covers_has_ever_covered_also_after_a_move(acts: list[Act]) -> None:
    before, after = Tree(acts), Tree([*acts, Act("w1", "move", parent="elsewhere")])
    for upper in IDS:
        for lower in IDS:
            if before.covers(upper, lower):
                assert before.ever_covered(upper, lower)
                assert lower != "w1" or after.ever_covered(upper, lower)
    assert not after.ever_covered("nobody", "w1")


@given(ACTS)
def test_a_path_leads_from_the_top_and_children_lie_one_below(acts: list[Act]) -> None:
    tree = Tree(acts)
    for id in IDS:
        path = tree.path(id)
        assert path[-1:] == ([id] if tree.get(id) else [])
        assert len(set(path)) == len(path)
        for upper, lower in pairwise(path):
            assert lower in tree.children(upper)


@given(ACTS, st.sampled_from(["2026-01-01", "2026-06-01"]))
def test_a_date_leaves_out_what_comes_later(acts: list[Act], on: str) -> None:
    earlier = Tree([act for act in acts if act.valid_from <= on])
    dated = Tree(acts, on=on)
    assert [dated.get(id) for id in IDS] == [earlier.get(id) for id in IDS]
    assert dated.root == earlier.root


def test_a_tree_answers_about_its_divisions() -> None:
    tree = Tree(COUNTY)
    assert len(tree) == 6
    assert tree.root == "county"
    assert tree.children("county") == ["west", "east"]
    assert tree.below("west") == ["west", "w1", "w2"]
    assert tree.path("w1") == ["county", "west", "w1"]
    assert tree.level("w1") == "village"
    assert tree.level("elsewhere") == ""
    assert tree.covers("county", "e1")
    assert not tree.covers("west", "e1")
    assert not tree.covers("w1", "west")


def test_acts_in_any_order_of_arrival_within_their_dates_give_one_tree() -> None:
    forward, backward = Tree(COUNTY), Tree(COUNTY[::-1])
    for act in COUNTY:
        assert forward.get(act.subject) == backward.get(act.subject)
        assert forward.below(act.subject) == backward.below(act.subject)


def test_who_asks_for_the_list_cannot_change_it() -> None:
    tree = Tree(COUNTY)
    tree.below("west").clear()
    tree.children("county").clear()
    assert tree.below("west") == ["west", "w1", "w2"]
    assert tree.children("county") == ["west", "east"]


def test_a_division_hangs_below_a_parent_that_is_not_known_yet() -> None:
    tree = Tree(COUNTY[3:4])
    assert tree.covers("west", "w2")
    assert tree.below("west") == ["west", "w2"]
    assert tree.path("w2") == ["w2"]
    assert tree.root == ""


def test_a_move_takes_the_subtree_along() -> None:
    move = Act("west", "move", parent="east", valid_from="2027-01-01")
    tree = Tree([*COUNTY, move])
    assert tree.path("w1") == ["county", "east", "west", "w1"]
    assert Tree([*COUNTY, move], on="2026-12-31").path("w1") == ["county", "west", "w1"]


def test_a_move_that_closes_a_circle_is_void_and_listed() -> None:
    circle = Act("county", "move", parent="w1", valid_from="2027-01-01")
    itself = Act("west", "move", parent="west", valid_from="2027-01-01")
    tree = Tree([*COUNTY, circle, itself])
    assert tree.void == (circle, itself)
    assert tree.path("w1") == ["county", "west", "w1"]
    assert tree.below("w1") == ["w1"]


def test_a_recoded_division_is_found_by_both_codes() -> None:
    tree = Tree([*COUNTY, Act("w1", "recode", code="130732100226", valid_from="2027-01-01")])
    for code in ("130732100226", "130732100201"):
        found = tree.by_code(code)
        assert found is not None
        assert (found.id, found.code) == ("w1", "130732100226")


def test_a_code_belongs_to_its_present_bearer() -> None:
    recode = Act("w1", "recode", code="130732100226", valid_from="2027-01-01")
    heir = establish("w3", "130732100201", "新村", "west", since="2027-02-01")
    late = Act("w1", "rename", name="老村", valid_from="2028-01-01")
    found = Tree([*COUNTY, recode, heir, late]).by_code("130732100201")
    assert found is not None
    assert found.id == "w3"


def test_a_merged_village_stays_with_its_records_and_names_its_heir() -> None:
    merge = Act("w1", "merge", successor="w2", valid_from="2027-01-01")
    tree = Tree([*COUNTY, merge])
    gone = tree.get("w1")
    assert gone is not None
    assert (gone.abolished, gone.successor) == (True, "w2")
    assert tree.covers("west", "w1")
    heir = establish("w9", "130732100201", "一村", "west", since="2027-01-02")
    assert Tree([*COUNTY, merge, heir]).find("130732100201").id == "w9"
    assert Tree([*COUNTY, merge, heir]).find("一村").id == "w9"


def test_find_takes_an_id_a_code_or_a_name() -> None:
    tree = Tree(COUNTY)
    assert tree.find(" e1 ").id == tree.find("130732102201").id == tree.find("三村").id == "e1"


def test_find_takes_a_name_without_the_word_for_its_office() -> None:
    """As people say it; but a county and a township of one stem are two."""
    tree = Tree(COUNTY)
    assert tree.find("龙关").code == "130732102"
    assert tree.find("三村村委会").id == tree.find("三").id == "e1"
    namesake = establish("town", "130732100", "甲镇", "county")
    top = establish("top", "130732", "甲县", "")
    with pytest.raises(UsageError, match="2 divisions are called '甲'"):
        Tree([top, namesake]).find("甲")


def test_find_says_what_comes_near() -> None:
    tree = Tree(COUNTY)
    with pytest.raises(UsageError, match=r"'关镇'\. Did you mean 龙关镇 \(130732102\)\?"):
        tree.find("关镇")
    with pytest.raises(UsageError, match=r"Did you mean .*130732102201"):
        tree.find("130732102200")
    with pytest.raises(UsageError, match="Codes have 6 digits for a county"):
        tree.find("?")


def test_find_asks_which_of_two_is_meant() -> None:
    twin = establish("e2", "130732102202", "一村", "east")
    with pytest.raises(UsageError, match=r"2 divisions are called '一村'.*130732102202.*code"):
        Tree([*COUNTY, twin]).find("一村")


def test_a_deep_tree_needs_no_deep_stack() -> None:
    chain = [Act(str(i), "establish", parent=str(i - 1) if i else "") for i in range(3_000)]
    tree = Tree(chain)
    assert len(tree.below("0")) == 3_000
    assert tree.covers("0", "2999")


@pytest.mark.parametrize(("code", "level"), [("130732", 0), ("130732100", 1), ("130732100201", 2)])
def test_the_length_of_a_code_tells_its_level(code: str, level: int) -> None:
    assert level_of_code(code) == LEVELS[level]


@pytest.mark.parametrize("code", ["", "13073", "1307320", "13073210O", "１３０７３２", "-30732"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(UsageError, match=r"is not a statistical code.*6 digits"):
        level_of_code(code)


def test_the_real_lists_are_read() -> None:
    counts = {path.stem: len(read_list(path)) for path in sorted(LISTS.glob("*.csv"))}
    assert counts == {"130732": 459, "140430": 238, "420323": 262}
    rows = read_list(LISTS / "130732.csv")
    tree = Tree(establish(row.code, row.code, row.name, row.parent) for row in rows)
    assert len(tree.below("130732")) == len(tree) == 459
    assert tree.find("赤城镇").parent == tree.root == "130732"


def test_a_list_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,name,level,parent\n130732,赤城县,county,\n", "utf-8-sig")
    assert read_list(path) == [("130732", "赤城县", "county", "")]


TOP = "130732,赤城县,county,\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (TOP + "130732100,赤城镇,township,130733\n", "line 3: the parent '130733' of 13073210"),
        (TOP + "130732100,赤城镇,village,130732\n", "line 3: the code 130732100 .*'village'"),
        (TOP + "13073210,赤城镇,township,130732\n", "line 3: '13073210' is not a statist"),
        (TOP + TOP, "line 3: code 130732 stands in line 2"),
        (TOP + "130733,别县,county,\n", "one row without a parent, the top; found lines 2, 3"),
        (TOP + "130733,别县,county,130732\n", "130733, a county, cannot lie below 130732"),
        (TOP + "130732100,,township,130732\n", "line 3: '' is not a name"),
        (TOP + "130732100,a\x1bb,township,130732\n", "is not a name"),
        (TOP + "130732100\n", "line 3: the code 130732100 .* level says ''"),
        (TOP + '130732100,"a,township\n', "not CSV"),
        ("", "one row without a parent, the top; found none"),
    ],
)
def test_a_list_that_does_not_fit_is_refused_by_row_and_value(
    tmp_path: Path, rows: str, message: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,name,level,parent\n" + rows, "utf-8")
    with pytest.raises(UsageError, match=message):
        read_list(path)


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with pytest.raises(UsageError, match=r"Cannot read .*No such file"):
        read_list(path)
    path.write_bytes("code,name,level,parent\n130732,赤城县,county,\n".encode("gbk"))
    with pytest.raises(
        UsageError, match=r"not UTF-8 text \(byte 30\)\. Save it again as CSV UTF-8"
    ):
        read_list(path)
    path.write_text("code;name\n")
    with pytest.raises(UsageError, match="no column 'code' in its first line"):
        read_list(path)
