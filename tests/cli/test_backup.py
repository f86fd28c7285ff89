"""A backup, the drill for it, and a database that comes back."""

from __future__ import annotations

import shutil
from pathlib import Path

from node.care.records import SCHEMA
from node.replica import Replica
from tests.cli.conftest import Linli, read


def written(linli: Linli, home: Path) -> None:
    linli("person", "add", "王小明", "--phone", "13812345678", home=home)
    linli("facility", "add", "南大食堂", "--kind", "助餐点", home=home)


def backed_up(linli: Linli, home: Path, folder: Path) -> Path:
    """A backup of a node in which something stands."""
    written(linli, home)
    path = folder / "a.backup"
    linli("backup", path, home=home)
    return path


def lose(home: Path) -> None:
    for path in home.glob("ledger.db*"):
        path.unlink()


def dumps(home: Path) -> dict[str, str]:
    with Replica(home, SCHEMA) as replica:
        return {str(one): replica.dump_digest(one) for one in replica.partitions()}


def test_a_database_comes_back_from_its_backup(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    written(linli, home)
    made = read(linli("backup", tmp_path, "--json", home=home))
    path = Path(made["file"])
    assert made["whole"] and len(made["readers"]) == 2
    content = path.read_bytes()
    for secret in ("王小明", "13812345678", (home / "node.key").read_text()[40:80]):
        assert secret.encode() not in content
    before = dumps(home)
    told = linli("drill", path, home=home).stderr
    assert "The backup is good" in told and "0 in which this node has gone on" in told
    assert not list(home.glob(".drill*"))
    refused = linli("restore", path, home=home, code=2).stderr
    assert "has a database already" in refused
    lose(home)
    shown = linli("restore", path, home=home).stderr
    assert "No parent was reached" in shown and "linli sync" in shown
    assert dumps(home) == before
    linli("person", "add", "李重", home=home)
    assert "王小明" in linli("person", "list", home=home).stdout


def test_the_drill_tells_what_came_later_and_what_is_damaged(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    path = backed_up(linli, home, tmp_path)
    linli("person", "add", "李重", home=home)
    later = read(linli("drill", path, "--json", home=home))
    assert later["good"] and later["moved"] == 1
    path.write_bytes(path.read_bytes()[:-30])
    cut = linli("drill", path, home=home, code=1)
    assert "not good" in cut.stderr and not list(home.glob(".drill*"))
    foreign = linli("drill", path, home=homes["county"], code=None)
    assert foreign.exit_code in (1, 4)


def test_a_parent_opens_the_backup_of_a_box_that_burned(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    """What no session had carried yet comes in above, and the new box gets it from there."""
    home, above = homes["village"], homes["county"]
    path = backed_up(linli, home, tmp_path)
    shutil.rmtree(home)
    linli("bundle", "import", path, home=above)
    assert "王小明" in linli("person", "list", home=above).stdout
    stranger = linli("bundle", "import", path, home=homes["township"], code=4).stderr
    assert "sealed for" in stranger


def test_a_backup_of_another_node_restores_nothing(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home, other = homes["village"], homes["township"]
    path = backed_up(linli, home, tmp_path)
    lose(other)
    assert "sealed for" in linli("restore", path, home=other, code=4).stderr
    assert not (other / "ledger.db").exists() and not (other / ".making").exists()


def test_what_a_damaged_backup_still_has_comes_in(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    path = backed_up(linli, home, tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    lose(home)
    told = linli("restore", path, home=home, code=1).stderr
    assert "ends too early" in told
    assert "王小明" in linli("person", "list", home=home).stdout


def test_the_drill_sees_tables_that_do_not_follow_from_the_ledger(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    path = backed_up(linli, home, tmp_path)
    with Replica(home, SCHEMA) as replica, replica.store.transaction():
        replica.store.connection.exec_driver_sql("UPDATE person SET phone = '13900000000'")
    told = linli("drill", path, home=home, code=1)
    assert "care  南大街村" in told.stdout and "--rebuild" in told.stderr
    linli("doctor", "--rebuild", home=home, code=None)
    assert "The backup is good" in linli("drill", path, home=home).stderr
