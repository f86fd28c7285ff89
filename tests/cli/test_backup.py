"""A backup, the drill for it, and a database that comes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from node.care import people
from node.care.records import SCHEMA
from node.errors import StoreFault
from node.members.folder import lock
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


def test_the_backup_of_another_node_is_none(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    """A county can open its village's backup, and is not that village."""
    path = backed_up(linli, homes["village"], tmp_path)
    county = homes["county"]
    foreign = linli("drill", path, home=county, code=4).stderr
    assert "赤城县" in foreign and "南大街村" in foreign and not list(county.glob(".drill*"))
    lose(county)
    assert "not of this node" in linli("restore", path, home=county, code=4).stderr
    assert not (county / "ledger.db").exists()


def test_a_served_node_is_not_restored(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    path = backed_up(linli, home, tmp_path)
    lose(home)
    with lock(home):
        assert "served already" in linli("restore", path, home=home, code=2).stderr
    assert not (home / "ledger.db").exists()
    (home / "ledger.db-wal").write_bytes(b"of the one that was moved away")
    refused = linli("restore", path, home=home, code=2).stderr
    assert "ledger.db-wal" in refused and not (home / "ledger.db").exists()


def test_what_was_moved_away_can_still_be_opened(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home, aside = homes["village"], tmp_path / "aside"
    path = backed_up(linli, home, tmp_path)
    linli("person", "add", "李重", home=home)
    aside.mkdir()
    for one in home.glob("ledger.db*"):
        one.rename(aside / one.name)
    linli("restore", path, home=home)
    assert "李重" not in linli("person", "list", home=home).stdout
    lose(home)
    for one in aside.iterdir():
        one.rename(home / one.name)
    assert "李重" in linli("person", "list", home=home).stdout


def test_nothing_is_promised_in_a_file_that_was_moved_away(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    written(linli, home)
    with Replica(home, SCHEMA) as replica:
        (home / "ledger.db").rename(tmp_path / "gone.db")
        with pytest.raises(StoreFault, match="was moved away or replaced"):
            people.add_person(replica, replica.division, {"name": "李重"}, user="张三")
        (tmp_path / "gone.db").rename(home / "ledger.db")
        people.add_person(replica, replica.division, {"name": "李重"}, user="张三")


def test_a_restored_box_remembers_to_ask_until_a_parent_has_answered(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    """Also on a new card, where no anchor knows of what came after the backup."""
    home = homes["village"]
    path = backed_up(linli, home, tmp_path)
    lose(home)
    (home / "anchor").unlink()
    linli("restore", path, home=home)
    for _ in range(2):
        (alert,) = read(linli("status", "--json", home=home))["alerts"]
        assert alert["kind"] == "rolled_back" and "no parent has been asked" in alert["text"]
    with Replica(home, SCHEMA) as replica:
        before = replica.rolled_back
        replica.heard_above()
        assert (before, replica.rolled_back) == (True, False)
    assert read(linli("status", "--json", home=home))["alerts"] == []


def test_a_county_begins_empty_and_waits_for_its_nodes(
    linli: Linli, homes: dict[str, Path]
) -> None:
    county = homes["county"]
    lose(county)
    missing = linli("status", home=county, code=5).stderr
    assert "linli restore" in missing
    assert "linli serve" in linli("restore", home=county).stderr
    assert read(linli("status", "--json", home=county))["conflicts"] == 0


def test_a_stick_that_is_not_there_is_told(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home, stick = homes["village"], tmp_path / "stick"
    refused = linli("backup", f"{stick}/", home=home, code=2).stderr
    assert str(stick) in refused and not stick.exists()
    stick.mkdir()
    linli("backup", f"{stick}/", home=home)
    assert len(list(stick.glob("linli-*.backup"))) == 1


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
    refused = linli("restore", path, home=home, code=4).stderr
    assert "ends too early" in refused and "nothing was restored" in refused
    assert not list(home.glob("ledger.db*")), "a good backup may still come"
    told = linli("restore", path, "--partial", home=home, code=1).stderr
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
