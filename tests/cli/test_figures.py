"""Status, digest and doctor: what waits, what is equal, what is sound."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import NOBODY, Linli, meet, read


def test_status_tells_what_waits_and_who_has_the_rest(linli: Linli, homes: dict[str, Path]) -> None:
    home = homes["village"]
    assert "nothing: every change made here" in linli("status", home=home).stdout
    linli("person", "add", "王桂兰", home=home)
    linli("worker", "add", "李秀英", home=home)
    told = linli("status", home=home).stdout
    assert "2 changes since" in told
    assert "to send now: linli sync" in " ".join(told.split())
    status = read(linli("status", "--json", home=home))
    assert (status["division"], status["tier"], status["user"]) == (
        "130732100201",
        "village",
        "张三",
    )
    assert status["waiting"]["changes"] == 2
    assert [feed["channel"] for feed in status["waiting"]["feeds"]] == ["care", "registry"]
    assert [(held["tier"], held["lacks_changes"]) for held in status["ticks"]] == [
        ("township", 2),
        ("county", 2),
    ]
    assert status["parents"][0]["address"] == NOBODY
    assert status["records"]["person"] == 1
    meet(homes)
    status = read(linli("status", "--json", home=home))
    assert status["waiting"]["changes"] == 0
    assert [held["lacks_changes"] for held in status["ticks"]] == [0, 0]
    linli("person", "add", "赵六", home=home)
    status = read(linli("status", "--json", home=home))
    assert [held["lacks_changes"] for held in status["ticks"]] == [1, 1]


def test_the_county_waits_for_nobody(linli: Linli, homes: dict[str, Path]) -> None:
    linli("worker", "add", "李秀英", home=homes["county"])
    assert "no parent to send to" in linli("status", home=homes["county"]).stdout
    assert read(linli("status", "--json", home=homes["county"]))["ticks"] == []


def test_sync_without_an_answer_loses_nothing_and_says_so(
    linli: Linli, homes: dict[str, Path]
) -> None:
    linli("person", "add", "王桂兰", home=homes["village"])
    result = linli("sync", home=homes["village"], code=3)
    assert "Cannot reach the county at 127.0.0.1:1" in result.stderr
    assert "1 change is saved here" in result.stderr
    assert "To try now: linli sync" in result.stderr


def test_the_county_has_nobody_to_sync_with(linli: Linli, homes: dict[str, Path]) -> None:
    assert "linli serve" in linli("sync", home=homes["county"], code=2).stderr


def test_nodes_that_met_show_equal_figures(linli: Linli, homes: dict[str, Path]) -> None:
    linli("person", "add", "王桂兰", "--group", "独居", home=homes["village"])
    unsealed = linli("digest", home=homes["village"])
    assert "1 change not sealed yet" in unsealed.stderr
    assert read(linli("digest", "--json", home=homes["village"]))["unsealed_changes"] == 1
    meet(homes)
    village, county = (
        read(linli("digest", "--at", "南大街村", "--json", home=homes[tier]))
        for tier in ("village", "county")
    )
    assert village["partitions"] == county["partitions"]
    assert village["frontier"] == county["frontier"]
    assert {one["channel"] for one in village["partitions"]} == {"trust", "care"}
    text = linli("digest", home=homes["county"]).stdout
    assert village["partitions"][-1]["frontier"][:16] in text
    dumps = {
        linli("digest", "--dump", "130732100201/care", home=homes[tier]).stdout
        for tier in ("village", "county")
    }
    assert len(dumps) == 1
    assert "王桂兰" in dumps.pop()


def test_a_partition_is_named_by_division_and_channel(linli: Linli, homes: dict[str, Path]) -> None:
    for typed in ("care", "130732100201", "130732100201/cares", "999/care"):
        linli("digest", "--dump", typed, home=homes["village"], code=2)


def test_a_sound_node_is_called_sound(linli: Linli, homes: dict[str, Path]) -> None:
    linli("person", "add", "王桂兰", home=homes["village"])
    meet(homes)
    linli("person", "set", "王桂兰", "phone", "13812345678", home=homes["village"])
    result = linli("doctor", "--rebuild", home=homes["village"])
    assert "This node is sound." in result.stderr
    findings = {one["check"]: one for one in read(linli("doctor", "--json", home=homes["county"]))}
    assert {one["verdict"] for one in findings.values()} <= {"ok", "look"}
    assert {"files", "modes", "pragmas", "integrity", "schema", "forks"} <= set(findings)
    assert "came out identical" in result.stdout


def test_a_key_that_others_can_read_is_bad(linli: Linli, homes: dict[str, Path]) -> None:
    (homes["village"] / "node.key").chmod(0o640)
    result = linli("doctor", home=homes["village"], code=5)
    assert "others can read node.key 640" in " ".join(result.stdout.split())
    assert "This node is not sound" in result.stderr


def test_a_flipped_byte_is_found(linli: Linli, homes: dict[str, Path]) -> None:
    path = homes["village"] / "ledger.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    result = linli("doctor", "--json", home=homes["village"], code=5)
    assert "bad" in {one["verdict"] for one in read(result)}


def test_a_missing_file_is_named(linli: Linli, homes: dict[str, Path]) -> None:
    (homes["village"] / "ledger.key").unlink()
    assert "lacks ledger.key" in linli("doctor", home=homes["village"], code=5).stdout
