"""The house itself: what no other tool looks at.

Linters see one file at a time. These tests look at the tree: what stands at the top, how long
things are, whether a file tells where it was written, whether the lock and the wire's image are
what they should be. They read tracked files and those about to be, so they speak before a commit.
"""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("node", "hub", "cli")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LOCKS = ("requirements.lock", "requirements-dev.lock")
AT_THE_TOP = {
    "proto", "node", "hub", "cli", "tests", "bench", "docs",
    "Dockerfile", ".dockerignore", "docker-compose.yml", "pyproject.toml", "README.md",
    "README.zh-CN.md",
    ".ci", ".editorconfig", ".gitattributes", ".gitignore",
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", *LOCKS,
}  # fmt: skip

# Written in pieces, since this file is searched too.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.:/])/(?:wor" + r"k|roo" + r"t|hom" + r"e/\w+)/",
    "work that was put off": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    "a package registry": r"py" + r"pi\.org|python" + r"hosted|npm" + r"js\.|deb\.deb" + r"ian",
}


def git_files() -> list[str]:
    """Returns every path that is tracked, or would be after `git add`."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted({name for name in listing.stdout.split("\0") if (ROOT / name).is_file()})


def is_generated(name: str) -> bool:
    return re.search(r"_pb2(_grpc)?\.pyi?$", name) is not None


def texts() -> Iterator[tuple[str, str]]:
    """Yields the hand-written files that are text."""
    for name in git_files():
        content = (ROOT / name).read_bytes()
        if not is_generated(name) and b"\0" not in content:
            yield name, content.decode("utf-8")


def python_of_rooms() -> list[str]:
    return [
        name
        for name in git_files()
        if name.endswith(".py") and name.split("/")[0] in ROOMS and not is_generated(name)
    ]


def make_targets() -> list[str]:
    makefile = (ROOT / "Makefile").read_text()
    declared = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    return [word for line in declared for word in line.split() if not word.startswith(".")]


def test_the_top_holds_what_it_should_and_nothing_else() -> None:
    found = {name.split("/")[0] for name in git_files()}
    assert found <= AT_THE_TOP, f"new at the top: {sorted(found - AT_THE_TOP)}"


def test_no_file_is_too_long() -> None:
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in python_of_rooms()}
    long = {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX}
    assert not long, f"over {FILE_LINES_MAX} lines, so a word is missing: {long}"


def test_no_function_is_too_long() -> None:
    long = []
    for name in python_of_rooms():
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{name}:{node.lineno} {node.name} has {lines} lines")
    assert not long, "\n".join(long)


def test_every_module_opens_with_why_it_exists() -> None:
    silent = [
        name
        for name in python_of_rooms()
        if ast.get_docstring(ast.parse((ROOT / name).read_text())) is None
    ]
    assert not silent, f"no docstring at the top: {silent}"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_nothing_is_left_unimplemented() -> None:
    word = "NotImplemented" + "Error"
    found = [name for name in python_of_rooms() if word in (ROOT / name).read_text()]
    assert not found, found


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_pins_everything_by_hash_and_names_no_index(name: str) -> None:
    lock = (ROOT / name).read_text()
    pins = re.findall(r"^[a-z0-9][\w.-]*==\S+.*$", lock, re.MULTILINE)
    assert len(pins) > 10
    for pin in pins:
        assert pin.endswith("\\"), f"no hash follows {pin}"
    odd = [
        line
        for line in lock.splitlines()
        if not re.fullmatch(
            r"[a-z0-9][\w.-]*==[\w.]+( ; [^:]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|\s*#.*",
            line,
        )
    ]
    assert not odd, f"neither a pin nor a hash: {odd[:5]}"
    assert "://" not in lock
    assert not re.search(r"\b[\w-]+\.(?:org|com|net|io|dev)\b", lock)


def test_the_two_locks_agree_with_each_other_and_with_the_project() -> None:
    pins = [dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / n).read_text(), re.M)) for n in LOCKS]
    runtime, everything = pins
    assert runtime.items() <= everything.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for wanted, locked in (
        (project["project"]["dependencies"], runtime),
        (project["dependency-groups"]["dev"], everything),
    ):
        names = {re.split(r"[<>=!~ \[;]", line)[0] for line in wanted}
        assert names <= locked.keys(), (
            f"not locked: {sorted(names - locked.keys())}. Next: make lock"
        )


def test_every_target_is_in_help() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    explained = {line.split()[1] for line in listed if len(line.split()) > 3}
    assert explained == set(make_targets())
    assert explained >= {"demo", "test", "check", "bench", "proto", "help", "lock"}


def test_contributing_names_every_target() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    missing = [target for target in make_targets() if f"`make {target}`" not in text]
    assert not missing, missing


def test_the_wire_image_is_renewed_only_with_a_line_in_the_changelog() -> None:
    image = hashlib.sha256((ROOT / "proto/released.binpb").read_bytes()).hexdigest()[:16]
    assert f"Wire image {image}" in (ROOT / "CHANGELOG.md").read_text(), (
        f"CHANGELOG.md does not name the image {image}. Next: `make released` prints the line; "
        "add what changed on the wire"
    )


def test_the_proto_readme_names_every_file_of_the_wire() -> None:
    text = (ROOT / "proto/README.md").read_text()
    for path in (ROOT / "proto/linli/v1").glob("*.proto"):
        assert f"`linli/v1/{path.name}`" in text


def test_ci_runs_what_people_run() -> None:
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & 0o111
    for command in (
        "make check",
        "make test",
        "make compose-test",
        "make real",
        "set -euo pipefail",
    ):
        assert command in script.read_text()
