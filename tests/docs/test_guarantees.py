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
    items = re.split(r"^- ", section, flags=re.M)[1:]
    return [" ".join(item.split()) for item in items]


def tests_of(path: Path) -> set[str]:
    """The tests of a file as pytest names them, without parameters."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{one.name}" for one in node.body if is_test(one)}
        elif is_test(node):
            found.add(node.name)
    return found


def is_test(node: ast.stmt) -> bool:
    function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return function and node.name.startswith("test_")


def test_there_are_promises() -> None:
    assert len(promises()) >= 10


@pytest.mark.parametrize("promise", promises(), ids=lambda text: text[2:40])
def test_a_promise_names_tests_that_exist(promise: str) -> None:
    named = NODE_ID.findall(promise)
    assert named, "a promise without a test"
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).is_file() or test not in tests_of(ROOT / file)
    ]
    assert not missing, missing


def test_the_pattern_finds_every_test_that_is_named() -> None:
    told = re.findall(r"`(tests/[^`]*\.py[^`]*)`", PAGE)
    assert all(NODE_ID.fullmatch(f"`{one}`") for one in told), told
