"""Every sentence explains itself, the page says the same, and asking for help costs nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from cli import reference
from cli.main import NOUNS, Root, hoisted, opened
from tests.cli.conftest import Linli

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = dict(reference.sentences())
VERBS = {
    words: context
    for words, context in SENTENCES.items()
    if not isinstance(context.command, TyperGroup)
}


@pytest.mark.parametrize("words", VERBS)
def test_help_is_a_sentence_and_an_example_to_paste(words: str) -> None:
    command = VERBS[words].command
    sentence = (command.help or "").strip()
    assert re.fullmatch(r"[A-Z][^\n]+\.", sentence), f"{words}: {sentence!r}"
    assert sentence.count(". ") == 0, f"{words}: more than one sentence"
    assert "Example:" in (command.epilog or "")
    assert words in (command.epilog or "").replace(" --home ~/chicheng", "")


@pytest.mark.parametrize("words", VERBS)
def test_every_word_to_type_is_explained(words: str) -> None:
    context = VERBS[words]
    silent = [one.name for one in context.command.params if not getattr(one, "help", None)]
    assert not silent, f"{words} does not explain {silent}"


@pytest.mark.parametrize("words", VERBS)
def test_an_example_is_a_sentence_that_exists(words: str) -> None:
    text = (VERBS[words].command.epilog or "").replace("\\\n", " ")
    for example in re.findall(r"^\s+(linli .+)$", text, re.MULTILINE):
        typed = example.removeprefix("linli ").split()
        known = {option for one in VERBS[words].command.params for option in one.opts}
        for word in typed:
            if word.startswith("--") and word != "--home":
                assert word in known, f"{example}: no option {word}"


def test_the_list_of_nouns_says_what_the_nouns_say() -> None:
    for name, noun in NOUNS.items():
        command = opened(noun)
        if isinstance(command, TyperGroup):
            assert command.help == noun.about, name


def test_listings_speak_json() -> None:
    lacking = [
        words
        for words, context in VERBS.items()
        if words.split()[-1] in ("list", "show", "status", "digest", "doctor")
        and "--json" not in {option for one in context.command.params for option in one.opts}
    ]
    assert not lacking


def test_the_page_of_commands_is_what_help_says() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert page == reference.reference(), (
        "docs/commands.md differs from the help. Next: python -m cli.reference > docs/commands.md"
    )


def test_asking_for_help_opens_no_noun() -> None:
    script = (
        "import sys\n"
        "from cli.main import main\n"
        "sys.argv = ['linli', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'grpc', 'sqlalchemy', 'google', 'rich', 'cryptography', 'sqlcipher3'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'proto'}:{ROOT}", "PATH": ""},
    )
    assert "person" in done.stdout
    assert done.stderr.strip() == "[]"


def test_where_the_home_stands_does_not_matter() -> None:
    words = ["person", "--as", "李四", "list", "--home=x", "--at", "y", "--", "--home", "z"]
    moved = ["--as", "李四", "--home=x", "person", "list", "--at", "y", "--", "--home", "z"]
    assert hoisted(words) == moved
    assert hoisted(["person", "list", "--home"]) == ["--home", "person", "list"]


def test_home_comes_from_the_environment(
    linli: Linli, homes: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_HOME", str(homes["village"]))
    assert "南大街村" in linli("status").stdout
    assert "赤城镇" in linli("status", "--home", homes["township"]).stdout


def test_a_slip_names_what_is_near(linli: Linli) -> None:
    assert "Did you mean 'person'" in linli("persn", "list", code=2).stderr


def test_the_version_is_that_of_the_package(linli: Linli) -> None:
    assert re.fullmatch(r"linli \d+\.\d+\.\d+\n", linli("--version").stdout)


def test_no_node_is_told_with_the_way_to_make_one(linli: Linli, tmp_path: Path) -> None:
    result = linli("person", "list", home=tmp_path / "nowhere", code=2)
    assert result.stdout == ""
    assert "No node lives in" in result.stderr
    assert "linli init" in result.stderr


def test_a_damaged_node_ends_with_the_code_of_the_store(
    linli: Linli, homes: dict[str, Path]
) -> None:
    (homes["village"] / "ledger.key").chmod(0o644)
    result = linli("person", "list", home=homes["village"], code=5)
    assert "chmod 600" in result.stderr
    (homes["village"] / "chain.pem").unlink()
    assert "chain.pem" in linli("person", "list", home=homes["village"], code=5).stderr


def test_ctrl_c_ends_in_one_line(
    linli: Linli, homes: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(self: Root, ctx: typer.Context, args: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Root, "resolve_command", pressed)
    result = linli("status", home=homes["village"], code=130)
    assert "What was acknowledged is saved" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_name_that_cannot_be_seen_is_refused(linli: Linli, homes: dict[str, Path]) -> None:
    words = ["person", "add", "赵六"]
    assert (
        "is not a name" in linli("--as", "王\x1b[2J", *words, home=homes["village"], code=2).stderr
    )
    assert "is not UTF-8" in linli("--as", "王\udcff", *words, home=homes["village"], code=2).stderr
    assert linli("person", "list", home=homes["village"]).stdout.count("\n") == 1
