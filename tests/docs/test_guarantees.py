"""A promise in docs/guarantees.md names the tests that show it, and they exist.

A test that is renamed or taken away takes its promise along, or fails here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/guarantees.md").read_text()
NODE_ID = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def promises() -> list[str]:
    """The list items below "What is guaranteed"."""
    section = PAGE.split("\n## What is guaranteed\n", 1)[1].split("\n## ", 1)[0]
    listed = re.sub(r"^###.*$", "", section, flags=re.M)
    return [" ".join(item.split()) for item in re.split(r"^- ", listed, flags=re.M)[1:]]


def within_file(path: Path) -> set[str]:
    """The tests of a file as pytest names them, without parameters."""
    body = ast.parse(path.read_text()).body
    found = names(body)
    for node in body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{name}" for name in names(node.body)}
    return found


def names(body: list[ast.stmt]) -> set[str]:
    functions = (one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return {one.name for one in functions if one.name.startswith("test_")}


def test_there_are_promises() -> None:
    assert len(promises()) >= 10


@pytest.mark.parametrize("promise", promises(), ids=lambda text: text.split("**")[1])
def test_a_promise_names_tests_that_exist(promise: str) -> None:
    named = NODE_ID.findall(promise)
    assert named, "a promise without a test"
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).is_file() or test not in within_file(ROOT / file)
    ]
    assert not missing, missing


def test_the_pattern_finds_every_test_that_is_named() -> None:
    told = re.findall(r"`(tests/[^`]*\.py[^`]*)`", PAGE)
    assert all(NODE_ID.fullmatch(f"`{one}`") for one in told), told
