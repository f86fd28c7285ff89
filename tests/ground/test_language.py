"""Sentences that arise in English reach people in Chinese, and nothing is lost on the way."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import catalogue, catalogue_en
from node import language
from node.care.codes import CodeList
from node.care.policy import BASELINE
from node.errors import UsageError
from node.language import CHINESE, ENGLISH, Catalogue, preferred, said, speaking, spoken

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)(![rs]|:d)?\}")
NEXT = "Next: write it into node/languages/zh/LC_MESSAGES/linli.po, then: make catalogue"
OWN_LETTERS_MIN = 3
OWN_LETTERS_MIN_BESIDE_QUOTES = 2
"""A template with less text of its own would be seen in sentences that it did not make."""


@pytest.fixture(scope="module")
def found() -> catalogue.Found:
    return catalogue.messages()


@pytest.fixture(scope="module")
def committed() -> dict[str, str]:
    return {str(one.id): str(one.string) for one in catalogue.current() if one.id}


@pytest.fixture(scope="module")
def chinese() -> Catalogue:
    return language.catalogue(CHINESE)


def places(text: str) -> set[str]:
    return {name for name, _ in PLACE.findall(text)}


def rendered(msgid: str) -> str:
    """The English with a value in each place, as the code would write it."""
    samples = {"!r": "'王五'", ":d": "12", "": "赤城镇 (130732100)"}

    def sample(place: re.Match[str]) -> str:
        return "1890" if place[1].endswith("_min") else samples[place[2] or ""]

    return PLACE.sub(sample, msgid)


# --- the names of the policy pack ----------------------------------------------------------------


def test_every_name_of_the_pack_has_an_english_one() -> None:
    held = {(str(one.context), str(one.id)) for one in catalogue_en.current() if one.id}
    assert held == set(catalogue_en.names()), "Next: make catalogue"
    assert not catalogue_en.lacking(), "Next: write them into node/languages/en, make catalogue"
    assert catalogue.as_mo(catalogue_en.current()) == catalogue_en.MO.read_bytes()


def test_a_name_is_that_of_its_list_and_an_unknown_one_stays() -> None:
    lists = BASELINE.lists
    assert lists.genders.title("F", ENGLISH) == "Female"
    assert lists.household_relations.title("NV", ENGLISH) == "Daughter"
    assert lists.genders.title("F") == lists.household_relations.title("NV") == "女"
    assert CodeList("genders", {"X": "未说明"}).title("X", ENGLISH) == "未说明"
    assert lists.genders.title("X", ENGLISH) == "X"


# --- the catalogue -------------------------------------------------------------------------------


def test_every_message_is_in_the_catalogue_and_nothing_else(
    found: catalogue.Found, committed: dict[str, str]
) -> None:
    new, gone = found.keys() - committed.keys(), committed.keys() - found.keys()
    assert not new, "\n".join(["not in the catalogue. Next: make catalogue", *sorted(new)])
    assert not gone, "\n".join(["no longer said. Next: make catalogue", *sorted(gone)])


def test_every_message_is_translated(committed: dict[str, str]) -> None:
    lacking = sorted(msgid for msgid, msgstr in committed.items() if not msgstr.strip())
    assert not lacking, "\n".join([f"no Chinese for these. {NEXT}", *lacking])


def test_no_translation_is_a_guess() -> None:
    assert not [one.id for one in catalogue.current() if one.id and one.fuzzy]


def test_a_translation_has_the_places_of_its_message(committed: dict[str, str]) -> None:
    other = [
        f"{msgid} -> {msgstr}"
        for msgid, msgstr in committed.items()
        if msgstr and places(msgid) != places(msgstr)
    ]
    assert not other, "\n".join([f"other places. {NEXT}", *other])


def test_a_translation_is_punctuated_in_chinese(committed: dict[str, str]) -> None:
    half = re.compile(r"[\u4e00-\u9fff](?:[,;!?]|\.(?![a-z])|:(?![\d\u4e00-\u9fff]))")
    odd = [msgstr for msgstr in committed.values() if half.search(msgstr)]
    assert not odd, "\n".join(odd)


def test_what_is_compiled_is_what_is_written(committed: dict[str, str]) -> None:
    assert catalogue.MO.read_bytes() == catalogue.as_mo(catalogue.current()), (
        "linli.mo differs from linli.po. Next: make catalogue"
    )
    told = {msgid: msgstr for msgid, msgstr in committed.items() if msgstr}
    assert language.read_mo(catalogue.MO.read_bytes()) == told


def test_the_catalogue_is_written_as_the_tool_writes_it(found: catalogue.Found) -> None:
    assert catalogue.PO.read_bytes() == catalogue.as_po(catalogue.updated(found)), (
        "linli.po is not as the tool writes it. Next: make catalogue"
    )


# --- recognising ---------------------------------------------------------------------------------


def test_each_template_is_recognised_as_itself(
    committed: dict[str, str], chinese: Catalogue
) -> None:
    stolen = []
    for msgid in committed:
        if PLACE.search(msgid):
            recognised = chinese.recognise(rendered(msgid))
            if recognised is None or recognised[0].msgid != msgid:
                stolen.append(f"{msgid} <- {recognised and recognised[0].msgid}")
    assert not stolen, "\n".join(stolen)


def test_no_template_is_so_short_that_it_fits_everything(committed: dict[str, str]) -> None:
    short = [
        msgid
        for msgid in committed
        if PLACE.search(msgid)
        and ":d}" not in msgid
        and len(re.findall("[A-Za-z]", PLACE.sub("", msgid)))
        < (OWN_LETTERS_MIN if "!r}" not in msgid else OWN_LETTERS_MIN_BESIDE_QUOTES)
    ]
    assert not short, f"put more words of their own into: {short}"


def test_each_message_comes_out_in_chinese(committed: dict[str, str]) -> None:
    for msgid, msgstr in committed.items():
        if re.search("[\u4e00-\u9fff]", msgstr):
            shown = said(rendered(msgid), CHINESE)
            assert shown != rendered(msgid), msgid
            assert "{" not in PLACE.sub("", msgstr) or "{" in shown


def test_a_refusal_of_another_node_arrives_in_chinese() -> None:
    refusal = UsageError(
        "No person '王桂兰' is on this node.", hint="Give the id of the one you mean."
    )
    assert said(str(refusal), CHINESE) == "本节点没有服务对象“王桂兰”。请给您所指的那一个的编号。"


def test_known_values_are_said_and_typed_ones_stay() -> None:
    said_ = said("A person has no field 'phne'.", CHINESE)
    assert said_ == "服务对象没有字段“phne”。"
    shown = said("Its fields are: name, phone.", CHINESE)
    assert shown == "它的字段有：name, phone。"
    shown = said(
        "12 changes not sealed yet, in no digest; the next session seals: linli sync", "zh"
    )
    assert shown == "12 项变更尚未封存，不在摘要里；下次同步时封存：linli sync"


@pytest.mark.parametrize(
    "value",
    ["a.b*c", "x\ny", "it's", 'say "no"', "(1+1)", "{name}", "\\1", "王桂兰. Saved", "is on this"],
)
def test_a_value_of_any_kind_stays_whole(value: str) -> None:
    shown = said(f"No person {value!r} is on this node.", CHINESE)
    assert shown == f"本节点没有服务对象“{repr(value)[1:-1]}”。"


def test_a_number_where_text_is_quoted_is_recognised() -> None:
    shown = said("rating 9 is not between 1 and 5.", CHINESE)
    assert shown == "评分 9 不在 1 到 5 之间。"


def test_what_is_not_known_is_shown_as_it_stands() -> None:
    for text in ("", " ", "Quite another sentence.", "王桂兰", "x" * 100_000, "1. 2. 3."):
        assert said(text, CHINESE) == text
    half = said("Nothing waits here. Quite another sentence.", CHINESE)
    assert half == "这里没有待送的内容。 Quite another sentence."


def test_a_text_that_was_made_to_be_slow_is_not() -> None:
    template = language.Template("{a} is {b!r} is {c} is {d!r} is {e} is over.", "")
    assert template.match("x is 'y' is z is 'u' is v is over.") == ["x", "'y'", "z", "'u'", "v"]
    assert template.match("x is 1 " * 500 + "is under.") is None


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    assert isinstance(said(text, CHINESE), str)


@given(st.text(st.sampled_from("王桂兰。0123'\"\\{}[]()!:;\n\t"), max_size=60))
def test_a_text_without_words_of_ours_is_left_as_it_is(text: str) -> None:
    assert said(text, CHINESE) == text


@given(st.text(st.sampled_from("'\"\\{}().*+ \n王a")), st.text(st.sampled_from("'\"\\ \n王a.")))
def test_values_of_odd_characters_are_given_back(name: str, value: str) -> None:
    known = Catalogue({"No {name} is called {value!r} here.": "这里没有叫{value}的{name}。"})
    shown = known.say(f"No {name}x is called {value!r} here.")
    assert shown == f"这里没有叫“{repr(value)[1:-1]}”的{known.say(name + 'x')}。"


# --- which language ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, CHINESE),
        ({"LANG": "C"}, CHINESE),
        ({"LANG": "POSIX"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "en_GB.UTF-8"}, ENGLISH),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US"}, ENGLISH),
        ({"LC_ALL": "", "LANG": "en"}, ENGLISH),
        ({"LINLI_LANG": "zh", "LC_ALL": "en_US"}, CHINESE),
        ({"LINLI_LANG": "EN", "LC_ALL": "zh_CN"}, ENGLISH),
        ({"LINLI_LANG": "fr"}, CHINESE),
    ],
)
def test_chinese_comes_first(environment: dict[str, str], expected: str) -> None:
    assert preferred(environment) == expected


def test_english_is_spoken_until_an_edge_chooses() -> None:
    assert spoken() == ENGLISH
    assert said("Nothing waits here.") == "Nothing waits here."
    with speaking(CHINESE):
        assert said("Nothing waits here.") == "这里没有待送的内容。"
    assert spoken() == ENGLISH


def test_in_english_nothing_is_read() -> None:
    code = (
        "import sys\nfrom node import language\nlanguage.said('Nothing waits here.')\n"
        "print(language.catalogue.cache_info().currsize, 'babel' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "False"]
