"""A fork as a person meets it: an alert that names a command, and a file that convinces others."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from node.config import LEDGER
from tests.cli.conftest import Linli, meet, read

VERIFIER = Path(__file__).resolve().parents[2] / "docs/verify_fork.py"


def fork(linli: Linli, homes: dict[str, Path]) -> str:
    """Puts the village's database back after it wrote, and lets it write again; its author id."""
    village = homes["village"]
    linli("person", "add", "王桂兰", home=village)
    meet(homes)
    shutil.copy(village / LEDGER, village.parent / "old.db")
    for name in ("李四", "赵六"):
        linli("person", "add", name, home=village)
        meet({tier: homes[tier] for tier in ("village", "township")})
        shutil.copy(village.parent / "old.db", village / LEDGER)
    author: str = read(linli("status", "--json", home=village))["author"]
    return author


def test_the_alert_leads_to_evidence_that_a_stranger_verifies(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    author, file = fork(linli, homes), tmp_path / "fork.json"
    command = f"linli member evidence {author[:8]} FILE"
    township = homes["township"]
    assert command in " ".join(linli("status", home=township).stdout.split())
    chinese = " ".join(linli("--lang", "zh", "status", home=township).stdout.split())
    assert "不得动用额度：linli member review" in chinese
    assert f"要出具证据：{command}" in chinese
    meet(homes)
    county = homes["county"]
    linli("member", "review", author[:8], "--finding", "a new card", home=county)
    meet(homes)
    for home in (township, county):
        assert not read(linli("status", "--json", home=home))["alerts"]
    said = linli("member", "evidence", author[:8], file, home=township)
    again = linli("member", "evidence", author[:8], file, home=township, code=2)
    assert "is there already" in again.stderr, "nothing is replaced unasked, a key least of all"
    linli("member", "evidence", author[:8], file, "--yes", home=township)
    assert said.stdout == "" and f"the fork of {author} to {file}" in said.stderr
    verified = subprocess.run(
        [sys.executable, "-I", VERIFIER], input=file.read_bytes(), capture_output=True, check=False
    )
    assert verified.returncode == 0 and author in verified.stdout.decode()


def test_without_a_fork_there_is_nothing_to_write(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    words = ("member", "evidence", "3zc5pl76", tmp_path / "fork.json")
    refused = linli(*words, home=homes["township"], code=2)
    assert "No feed of an author '3zc5pl76' branches here" in refused.stderr
    assert "linli doctor" in refused.stderr
    said = linli("--lang", "zh", *words, home=homes["township"], code=2).stderr
    assert "没有身份号以“3zc5pl76”开头的节点出现分叉" in said
    assert not (tmp_path / "fork.json").exists()
