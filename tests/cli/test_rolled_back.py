"""What a person hears whose node's database was put back to an earlier state."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from node.config import LEDGER
from tests.cli.conftest import Linli, meet, read

HINT = "To fetch what it lacks: linli sync"


def test_status_tells_it_writing_says_it_in_a_line_and_nothing_is_stopped(
    linli: Linli, homes: dict[str, Path]
) -> None:
    village = homes["village"]
    shutil.copy(village / LEDGER, village.parent / "old.db")
    linli("person", "add", "李四", home=village)
    meet(homes)
    shutil.copy(village.parent / "old.db", village / LEDGER)
    told = json.loads(linli("status", "--json", home=village).stdout)["alerts"]
    assert [one["kind"] for one in told] == ["rolled_back"]
    assert "数据库被退回到了以前的状态" in linli("--lang", "zh", "status", home=village).stdout
    assert "put back to an earlier state" in " ".join(linli("doctor", home=village).stdout.split())
    assert HINT not in linli("person", "list", home=village).stderr
    assert linli("person", "add", "赵六", home=village).stderr.count(HINT) == 1
    said = linli("--lang", "zh", "person", "add", "王五", home=village).stderr
    assert "要取回缺少的内容，请运行：linli sync" in said
    meet(homes)
    assert {one["name"] for one in read(linli("person", "list", "--json", home=village))} == {
        "李四", "赵六", "王五"
    }  # fmt: skip
    assert HINT not in linli("person", "add", "孙七", home=village).stderr
    kinds = [one["kind"] for one in read(linli("status", "--json", home=village))["alerts"]]
    assert kinds == ["fork"]
