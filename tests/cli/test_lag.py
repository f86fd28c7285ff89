"""`linli status` and `linli doctor` say what lags on its way to the county, and where it is."""

from __future__ import annotations

from pathlib import Path

from node.care.records import SCHEMA
from node.clock import DAY_MS, ManualClock, SystemClock
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, read


def test_status_and_doctor_name_where_it_stopped(linli: Linli, homes: dict[str, Path]) -> None:
    home = homes["village"]
    assert not read(linli("status", "--json", home=home))["alerts"]
    then = ManualClock(SystemClock().now_ms() - 8 * DAY_MS)
    with Replica(home, SCHEMA, then) as village:
        village.write("v", [Insert("person", {"name": "王桂兰"})])
    (alert,) = read(linli("status", "--json", home=home))["alerts"]
    assert alert["kind"] == "lagging"
    words = " ".join(linli("status", home=home).stdout.split())
    assert "the village has it, and the township has not said so" in words
    chinese = "".join(linli("--lang", "zh", "status", home=home).stdout.split())
    assert "村已经有了，乡镇没有回执" in chinese
    assert "a stick takes it too" in linli("doctor", home=home, code=None).stdout
