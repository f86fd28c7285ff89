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


def test_status_and_doctor_say_what_has_not_come_down(linli: Linli, homes: dict[str, Path]) -> None:
    """The county signed that it holds a facility, and two exchanges ended without it."""
    home = homes["village"]
    clock = ManualClock(SystemClock().now_ms() - 5 * 3_600_000)
    with Replica(homes["county"], SCHEMA, clock) as county:
        county.write("c", [Insert("facility", {"name": "赤城养老院", "kind": "canteen"})])
        county.issue_beacon()
        beacon = county.beacon()
    assert beacon is not None
    with Replica(home, SCHEMA, clock) as village:
        village.take_beacon(beacon)
        for _ in range(2):
            village.look_down(beacon.author, equal=False)
            clock.ms += 2 * 3_600_000
    (alert,) = read(linli("status", "--json", home=home))["alerts"]
    assert alert["kind"] == "behind"
    words = " ".join(linli("status", home=home).stdout.split())
    assert "that this node still lacks" in words
    chinese = "".join(linli("--lang", "zh", "status", home=home).stdout.split())
    assert "本节点还没有收到" in chinese and "linlisync" in chinese
    words = " ".join(linli("doctor", home=home).stdout.split())
    assert "A stick from the county brings it too" in words


def test_status_says_since_when_nothing_could_be_matched(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home = homes["village"]
    clock = ManualClock(SystemClock().now_ms() - 8 * DAY_MS)
    with Replica(homes["county"], SCHEMA, clock) as county:
        county.issue_beacon()
        beacon = county.beacon()
    assert beacon is not None
    with Replica(home, SCHEMA, clock) as village:
        village.take_beacon(beacon)
    (alert,) = read(linli("status", "--json", home=home))["alerts"]
    assert (alert["kind"], alert["raised_at"]) == ("stale", beacon.time + 7 * DAY_MS)
    chinese = "".join(linli("--lang", "zh", "status", home=home).stdout.split())
    assert "无法确认县里的内容已经收齐" in chinese
