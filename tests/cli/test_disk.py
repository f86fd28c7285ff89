"""What a person hears of a disk that failed, and how the alert goes."""

from __future__ import annotations

from pathlib import Path

from node.care.records import SCHEMA
from node.config import DISK_ALERT
from node.replica import Replica
from tests.cli.conftest import Linli, read


def words(text: str) -> str:
    """What a table says, its lines joined."""
    return " ".join(text.split())


def test_the_alert_stays_until_doctor_has_read_every_page(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home = homes["village"]
    with Replica(home, SCHEMA) as replica:
        replica.store.disk.fail()
    for _ in range(2):
        shown = words(linli("status", home=home).stdout)
        assert "The disk under" in shown and "opened anew since" in shown
        assert [one["kind"] for one in read(linli("status", "--json", home=home))["alerts"]] == [
            "disk"
        ]
    told = linli("doctor", home=home)
    assert "every page was read now: the alert is cleared" in words(told.stdout)
    assert "To look at:" in told.stderr and "disk" in told.stderr
    assert not (home / DISK_ALERT).exists()
    assert "The disk" not in linli("status", home=home).stdout
    assert "has not failed" in linli("doctor", home=home).stdout


def test_an_alert_of_a_damaged_database_does_not_go(linli: Linli, homes: dict[str, Path]) -> None:
    home = homes["village"]
    with Replica(home, SCHEMA) as replica:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'overwrite'"
        page = int(replica.store.connection.exec_driver_sql(query).scalar_one())
        replica.store.disk.fail()
    with (home / "ledger.db").open("r+b") as file:
        file.seek(page * 8_192 - 100)
        file.write(bytes(20))
    for _ in range(2):
        told = linli("doctor", home=home, code=5)
        assert "is damaged" in words(told.stdout) and "linli restore" in words(told.stdout)
        assert "not sound" in told.stderr
    assert "is damaged" in words(linli("status", home=home).stdout)
    refused = linli("serve", home=home, code=5).stderr
    assert "damaged" in refused and "linli doctor" in refused
