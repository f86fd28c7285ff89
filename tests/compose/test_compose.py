"""A county in four containers: admitted without typing, cut apart, written to, healed, compared.

Nothing here knows how a container does it: it is used as docker-compose.yml promises.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from node.care.records import SCHEMA
from node.clock import ZONE_MS
from node.replica import Replica
from tests.compose.containers import FILE, HOME, SERVICES, Containers, commands, happens

pytestmark = [
    pytest.mark.compose,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("compose"),
]

BEFORE, APART, MEANWHILE, NEIGHBOUR = "王桂兰", "赵秀珍", "钱玉梅", "孙福来"
REACHES = """
import concurrent.futures, socket, sys
def reached(host):
    try:
        socket.create_connection((host, 7443), timeout=3).close()
    except OSError:
        return ""
    return host
with concurrent.futures.ThreadPoolExecutor(20) as pool:
    print(*filter(None, pool.map(reached, sys.argv[1:])))
"""
PAIRS = (("county", "township"), ("township", "village1"), ("township", "village2"))


def names(county: Containers, service: str) -> set[str]:
    return {person["name"] for person in county.ask(service, "person", "list")}


def figures(county: Containers, service: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Frontier and state digest of each partition; nothing where some change is not sealed yet."""
    told = county.ask(service, "digest")
    if told["unsealed_changes"]:
        return {}
    return {
        (one["division"], one["channel"]): (one["frontier"], one["state"])
        for one in told["partitions"]
    }


def equal(county: Containers, upper: str, lower: str) -> bool:
    """Whether a node holds everything of the one below it, and both the same."""
    above, below = figures(county, upper), figures(county, lower)
    return bool(below) and all(above.get(where) == digests for where, digests in below.items())


def addresses(county: Containers, service: str) -> list[str]:
    networks: dict[str, Any] = county.inspect(service, ".NetworkSettings.Networks")
    return [one["IPAddress"] for one in networks.values() if one["IPAddress"]]


def reached(county: Containers, service: str, *hosts: str) -> set[str]:
    """At which of some hosts, by name or address, a container finds the members' port."""
    return set(county.inside(service, "python", "-c", REACHES, *hosts).split())


# --- how they stand ------------------------------------------------------------------------------


def test_the_file_is_valid_for_every_compose_here(image: dict[str, str]) -> None:
    for command in commands():
        Containers("linli-config", image).run(*command, "--file", str(FILE), "config", "--quiet")


def test_nobody_is_root_or_can_become_so(county: Containers) -> None:
    for service in SERVICES:
        assert county.inside(service, "id", "--user").strip() == "10001"
        status = county.inside(service, "cat", "/proc/1/status")
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert set(facts["Uid"].split()) == {"10001"}
        assert int(facts["CapBnd"], 16) == 0
        assert facts["NoNewPrivs"] == "1"
        assert county.inspect(service, ".HostConfig.ReadonlyRootfs") is True


def test_a_village_reaches_its_township_and_nobody_else(county: Containers) -> None:
    above = [address for one in ("county", "township") for address in addresses(county, one)]
    assert len(above) == 4
    for service in ("village1", "village2"):
        own = addresses(county, service)[0].rpartition(".")[0]
        found = reached(county, service, "township", "county", *above)
        assert found == {"township", *(one for one in above if one.rpartition(".")[0] == own)}
        assert len(found) == 2, "the township by its name and by one address"
    (address,) = addresses(county, "county")
    assert reached(county, "township", address) == {address}, "the county does listen there"


def test_invitations_are_spent_and_gone(county: Containers) -> None:
    assert {node["division"] for node in county.ask("county", "member", "list")} == {
        "130732",
        "130732100",
        "130732100201",
        "130732100202",
    }
    for service, folder in (("county", "/invitations/township"), ("village1", "/invitation")):
        assert county.inside(service, "ls", "-A", folder).strip() == ""
        assert county.inside(service, "stat", "--format", "%a %u", folder).split() == [
            "700",
            "10001",
        ]


# --- what they do --------------------------------------------------------------------------------


def test_what_was_written_without_a_line_arrives_and_all_end_equal(county: Containers) -> None:
    county.linli("village1", "person", "add", BEFORE)
    happens(lambda: BEFORE in names(county, "county"), "a person of the village at the county")
    line = (county.network("township-village1"), county.ids["village1"])
    county.run("docker", "network", "disconnect", *line)
    try:
        assert not reached(county, "village1", "township", *addresses(county, "township"))
        county.linli("village1", "person", "add", APART)
        county.linli("village1", "worker", "add", "李秀英", "--worker-class", "普通")
        began = datetime.now(UTC) + timedelta(milliseconds=ZONE_MS, hours=-2)
        county.linli(
            "village1", "visit", "add", APART, "--worker", "李秀英", "--service", "助洁-居室",
            "--start", began.strftime("%Y-%m-%d %H:%M"), "--minutes", "60",
        )  # fmt: skip
        county.linli("township", "person", "add", MEANWHILE, "--at", "130732100201")
        county.linli("village2", "person", "add", NEIGHBOUR)
        here = {NEIGHBOUR, MEANWHILE}
        happens(lambda: here <= names(county, "county"), "what was written elsewhere meanwhile")
        assert APART not in names(county, "county") | names(county, "township")
        assert not county.ask("county", "visit", "list")
        assert county.ask("village1", "status")["waiting"]["changes"] > 0
        assert names(county, "village1") == {BEFORE, APART}
    finally:
        county.run("docker", "network", "connect", *line)
    began_s = time.monotonic()
    for upper, lower in PAIRS:
        happens(partial(equal, county, upper, lower), f"{lower} equals {upper}", 120)
    print(f"equal {time.monotonic() - began_s:.1f} s after the line was back")
    assert names(county, "county") == {BEFORE, APART, MEANWHILE, NEIGHBOUR}
    assert names(county, "village1") == {BEFORE, APART, MEANWHILE}
    assert len(county.ask("county", "visit", "list")) == 1


def test_a_container_that_starts_again_is_the_same_node(county: Containers) -> None:
    before = county.ask("village2", "status")["author"]
    county.compose("restart", "--timeout", "20", "village2")
    county.wait_healthy("village2")
    assert county.ask("village2", "status")["author"] == before
    assert NEIGHBOUR in names(county, "village2")


def test_the_logs_name_nobody(county: Containers) -> None:
    for service in SERVICES:
        logs = county.compose("logs", "--no-color", service)
        assert '"event": "server_started"' in logs
        for name in (BEFORE, APART, MEANWHILE, NEIGHBOUR, "李秀英"):
            assert name not in logs


def test_the_dumps_of_all_four_are_equal(county: Containers, tmp_path: Path) -> None:
    """Last, since it stops them."""
    county.compose("stop", "--timeout", "20")
    dumps: dict[str, dict[Any, list[str]]] = {}
    for service in SERVICES:
        assert county.inspect(service, ".State.ExitCode") == 0, f"{service} stopped in order"
        county.run("docker", "cp", f"{county.ids[service]}:{HOME}", str(tmp_path / service))
        with Replica(tmp_path / service, SCHEMA) as replica:
            dumps[service] = {where: list(replica.dump(where)) for where in replica.partitions()}
    for service in SERVICES[1:]:
        assert len(dumps[service]) >= 3
        for where, lines in dumps[service].items():
            assert lines == dumps["county"][where], f"{service} differs in {where}"
    for service, held in (("county", True), ("village1", True), ("village2", False)):
        text = "\n".join(line for lines in dumps[service].values() for line in lines)
        assert (APART in text) is held, f"{service} and what is village1's"
