"""The command line speaks Chinese first and English when asked; what programs read is the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.core import TyperGroup

from cli import reference
from cli.help import columns, folded
from cli.main import asked
from node.language import ENGLISH, spoken
from tests.cli.conftest import Linli, read

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 80
SENTENCES = dict(reference.sentences())
TALK = re.compile(r"[A-Za-z]+(?: [a-z]+){2,}")
"""Three words in a row: English prose, and no command, option or name."""


def prose(page: str) -> str:
    """A page of help without what is there to be typed."""
    text = page.split("示例：")[0]
    text = re.sub(r"`[^`]*`|\blinli(?: [a-z]+)+|--?[a-z][\w-]*", "", text)
    return re.sub(r"\b[A-Z][A-Z0-9:/ _]+\b|<\w+>", "", text)


@pytest.fixture
def village(homes: dict[str, Path], linli: Linli) -> Path:
    home = homes["village"]
    linli("person", "add", "王桂兰", "--phone", "13812345678", "--group", "独居", home=home)
    linli("person", "add", "Ann Smith", home=home)
    return home


# --- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", SENTENCES)
def test_help_is_chinese_throughout(linli: Linli, words: str) -> None:
    page = linli(*words.split()[1:], "--lang", "zh", "--help").stdout
    assert page.startswith("用法：linli")
    assert not TALK.search(prose(page)), TALK.findall(prose(page))
    for english in ("Usage", "Options", "Arguments", "Commands", "Example", "default", "required"):
        assert english not in page


@pytest.mark.parametrize("words", SENTENCES)
def test_help_keeps_eighty_columns_and_its_columns(linli: Linli, words: str) -> None:
    lines = (
        linli(*words.split()[1:], "--lang", "zh", "--help").stdout.split("示例：")[0].splitlines()
    )
    assert all(cell_len(line) <= WIDTH for line in lines)
    assert not any(line.strip()[:1] in tuple("，。；、：！？）］”") for line in lines)


@pytest.mark.parametrize("words", SENTENCES)
def test_every_option_is_explained_in_both(linli: Linli, words: str) -> None:
    pages = [linli(*words.split()[1:], "--lang", one, "--help").stdout for one in ("zh", "en")]
    context = SENTENCES[words]
    for option in {name for one in context.command.params for name in one.opts if name[0] == "-"}:
        assert all(option in page for page in pages), option
    if isinstance(context.command, TyperGroup):
        assert all(f"  {name}" in page for page in pages for name in context.command.commands)


def test_lines_are_folded_by_columns_and_never_begin_with_a_comma() -> None:
    text = "每个村都有自己的一份登记，断网也能写，接通以后自己送到乡镇（linli sync 可以马上送）。"
    lines = list(folded(text, 20))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(columns(line) <= 22 for line in lines)
    assert not any(line[0] in "，。（）" and line[0] != "（" for line in lines)


# --- which language ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("--lang", "zh", "person", "list"),
        ("person", "--lang", "zh", "list"),
        ("person", "list", "--lang", "zh"),
        ("person", "list", "--lang=zh"),
        ("--lang", "en", "person", "list", "--lang", "zh"),
    ],
)
def test_the_language_may_stand_anywhere(
    linli: Linli, tmp_path: Path, words: tuple[str, ...]
) -> None:
    told = linli(*words, home=tmp_path / "nowhere", code=2).stderr
    assert "里没有节点（缺 node.toml）。" in told
    assert spoken() == ENGLISH


def test_words_after_two_dashes_choose_nothing() -> None:
    assert asked(["person", "list", "--", "--lang", "zh"]) == ""
    assert asked(["--lang", "fr"]) == ""
    assert asked(["x", "--lang"]) == ""


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({"LINLI_LANG": "zh", "LANG": "en_US.UTF-8"}, True),
        ({"LINLI_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": ""}, True),
        ({"LINLI_LANG": "", "LC_ALL": "en_US.UTF-8"}, False),
        ({"LINLI_LANG": "", "LC_ALL": "C"}, True),
    ],
)
def test_the_environment_chooses(
    linli: Linli, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], chinese: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("用法" in linli("--help").stdout) is chinese
    assert "用法" not in linli("--help", "--lang", "en").stdout


def test_another_language_is_refused(linli: Linli) -> None:
    assert "is not one of 'zh', 'en'" in linli("--lang", "fr", "status", code=2).stderr


def test_trouble_needs_no_tool_of_development(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom cli.main import main\n"
        f"sys.argv = ['linli', '--home', {str(tmp_path)!r}, '--lang', 'zh', 'person', 'add']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('babel', 'rich') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
    )  # fmt: skip
    assert "缺少参数“NAME”。" in done.stderr
    assert "babel" not in done.stdout


# --- trouble and talk ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("persn",), "错误：没有命令“persn”。您要的是 'person' 吗？"),
        (("person", "add"), "错误：缺少参数“NAME”。"),
        (("person", "list", "--hom"), "错误：没有选项 --hom"),
        (("person", "list", "--limit", "x"), "错误：“--limit”的值不对：应为整数"),
        (("person", "list", "--limit", "-1"), "错误：“--limit”的值不对：应不小于 0"),
        (("person", "list", "x", "y"), "错误：多出的参数：x y"),
    ],
)
def test_a_slip_is_told_in_chinese(linli: Linli, words: tuple[str, ...], told: str) -> None:
    shown = linli("--lang", "zh", *words, code=2).stderr
    assert told in shown
    assert shown.startswith("用法：linli")
    assert "查看用法：“linli" in shown


def test_a_refused_value_names_field_value_and_remedy(linli: Linli, village: Path) -> None:
    shown = linli("--lang", "zh", "person", "set", "王桂兰", "phone", "138", home=village, code=2)
    assert shown.stderr == (
        "linli: 电话“138”不是电话号码。\n手机写 11 位，座机写区号和号码，例如 0313-6312345。\n"
    )


def test_what_changed_is_told_with_names_as_they_are(linli: Linli, village: Path) -> None:
    shown = linli("--lang", "zh", "person", "add", "never", home=village).stderr
    assert shown == (
        "已在南大街村 (130732100201)登记never。已保存在本机（✓）。送达情况：linli status\n"
    )


def test_a_card_and_a_table_have_chinese_heads_and_stay_aligned(
    linli: Linli, village: Path
) -> None:
    card = linli("--lang", "zh", "person", "show", "王桂兰", home=village).stdout
    assert re.search(r"^人群类别  独居$", card, re.MULTILINE)
    values = [line for line in card.splitlines() if re.match(r"姓名|电话|编号", line)]
    assert len({cell_len(re.match(r"\S+ +", line)[0]) for line in values}) == 1  # type: ignore[index]
    table = linli("--lang", "zh", "person", "list", home=village).stdout.splitlines()
    assert "编号" in table[0] and "name" not in table[0]
    assert all(cell_len(line) <= WIDTH for line in table)
    places = {cell_len(line[: line.index("南大街")]) for line in table[1:]}
    assert places == {cell_len(table[0][: table[0].index("区划")])}


def test_status_and_doctor_speak_chinese(linli: Linli, village: Path) -> None:
    for noun in ("status", "doctor", "member list", "digest"):
        shown = linli("--lang", "zh", *noun.split(), home=village)
        assert not TALK.search(re.sub("linli [a-z ]+", "", shown.output)), shown.output


# --- what programs read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["person list", "person show 王桂兰", "status", "doctor", "member list", "conflict list"],
)
def test_json_is_the_same_in_both(linli: Linli, village: Path, words: str) -> None:
    pages = [linli(*words.split(), "--json", "--lang", one, home=village) for one in ("zh", "en")]
    chinese, english = (_timeless(read(page)) for page in pages)
    assert chinese == english


def _timeless(value: object) -> str:
    return re.sub(r'"now_ms": \d+|just now|\d+ (?:min|h) ago', "", json.dumps(value))


def test_csv_and_ids_are_the_same_in_both(linli: Linli, village: Path) -> None:
    sheets = {linli("person", "list", "--csv", "--lang", one, home=village).stdout
              for one in ("zh", "en")}  # fmt: skip
    assert len(sheets) == 1
    printed = linli("person", "add", "赵六", "--lang", "zh", home=village).stdout
    assert re.fullmatch(r"[0-9A-Z]{26}\n", printed)


def test_the_page_of_commands_stays_english() -> None:
    assert reference.reference().count("Usage: linli") > 40


def test_no_listing_has_a_head_in_english(linli: Linli, homes: dict[str, Path]) -> None:
    """One word is enough to fail: a head is no prose."""
    home = homes["village"]
    linli("worker", "add", "李秀英", "--worker-class", "普通", home=home)
    linli("person", "add", "王桂兰", home=home)
    start = ("--start", "2026-11-01 09:30", "--minutes", "60", "--reason", "L01")
    visit = ("visit", "add", "王桂兰", "--worker", "李秀英", "--service", "助洁-居室", *start)
    row = linli(*visit, home=home).stdout.strip()
    for noun in ("person", "worker", "household", "facility", "visit", "case", "conflict"):
        head = linli(noun, "list", "--lang", "zh", home=home).stdout.partition("\n")[0]
        assert head and not re.search(r"[a-z]{2,}", head), head
    missed = linli("visit", "list", "--missed", "--lang", "zh", home=home).stdout.partition("\n")[0]
    assert not re.search(r"[a-z]{2,}", missed), missed
    shown = linli("visit", "show", row, "--lang", "zh", home=home).stdout
    assert "0.00元" in shown
