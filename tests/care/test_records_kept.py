"""The record functions on real replicas: a village, its township and its county, on files."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from node import identity
from node.care import cases, facilities, people, visits
from node.care.policy import BASELINE
from node.care.records import SCHEMA
from node.care.status import Status
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock
from node.config import Config
from node.errors import Refused, UsageError
from node.replica import Insert, Replica
from node.store import Store

TIERS = {"county": "c", "township": "t", "village": "v"}
CODES = {"county": "130732", "township": "130732100", "village": "130732100200"}
NOW = BOOT_FLOOR_MS + DAY_MS
START = NOW - 3_600_000


def settle_in(home: Path, key: identity.Key, division: str, chain: list[bytes]) -> Replica:
    """A new node in its folder."""
    home.mkdir()
    key.save(home / "node.key")
    (home / "chain.pem").write_bytes(identity.chain_to_pem(chain))
    root = identity.read_certificate(chain[-1])
    Config(division=division, author=key.author, user="test", cluster=root.author).save(home)
    Store.create(home, SCHEMA).close()
    return Replica(home, SCHEMA, ManualClock(NOW))


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[dict[str, Replica]]:
    keys = {tier: identity.Key.generate(bytes([n + 1]) * 32) for n, tier in enumerate(TIERS)}
    root = identity.new_root(keys["county"], "c", NOW, 365)
    county = settle_in(tmp_path / "county", keys["county"], "c", [root])
    below = dict.fromkeys(TIERS, county)
    acts = [
        Insert(
            "division_act",
            {
                "subject": TIERS[tier],
                "kind": "establish",
                "level": tier,
                "code": CODES[tier],
                "name": tier,
                "parent": parent,
                "valid_from": "2026-01-01",
            },
        )
        for tier, parent in zip(TIERS, ("", "c", "t"), strict=True)
    ]
    county.write("c", acts, user="root")
    for tier in ("township", "village"):
        request = identity.make_request(keys[tier])
        der = identity.issue(keys["county"], root, request, TIERS[tier], NOW, 365, False)
        row = {
            "author": keys[tier].author,
            "stands_at": TIERS[tier],
            "der": base64.b64encode(der).decode(),
        }
        county.write(TIERS[tier], [Insert("certificate", row)], user="root")
        below[tier] = settle_in(tmp_path / tier, keys[tier], TIERS[tier], [der, root])
    meet(below)
    yield below
    for replica in below.values():
        replica.close()


def meet(nodes: Mapping[str, Replica]) -> None:
    """Every node gives every other what both may hold."""
    for _ in range(2):
        for giver in nodes.values():
            giver.seal()
            for taker in nodes.values():
                if taker is not giver:
                    give(giver, taker)


def give(giver: Replica, taker: Replica) -> None:
    segments = []
    for feed, heads in giver.store.ledger.all_heads().items():
        known = taker.store.ledger.heads(feed)
        both = [head for head in known if giver.store.ledger.has(feed, head)]
        wanted = giver.store.ledger.lacking(feed, both) if heads else []
        for head in wanted:
            segment = giver.store.ledger.segment(feed, head)
            assert segment is not None
            segments.append(segment)
    taker.take(sorted(segments, key=lambda one: one.header.number))


def find(replica: Replica, table: str, id_: str) -> dict[str, Any]:
    row = replica.row(table, id_)
    assert row is not None, f"{table} {id_} is not on the {replica.tier} node"
    return row


def test_a_person_a_worker_and_a_visit_reach_the_county(nodes: dict[str, Replica]) -> None:
    village, county = nodes["village"], nodes["county"]
    person = people.add_person(
        village, "v", {"name": "王小明", "phone": "13812345678"}, user="aide", groups=["独居"]
    )
    worker = people.add_worker(village, "v", {"name": "赵五"}, user="aide")
    visit = visits.record_visit(
        village,
        "v",
        {"person": person, "worker": worker, "service": "SH02", "started_at": START, "minutes": 45},
        user="aide",
        reason="纸质补录",
    )
    people.set_person(
        village,
        person,
        {"phone": "13912345678"},
        user="aide",
        add_groups=["GL"],
        remove_groups=["DJ"],
    )
    people.set_worker(village, worker, {"qualification": "护理员"}, user="aide")
    meet(nodes)
    kept = find(county, "person", person)
    assert (kept["name"], kept["phone"], kept["groups"]) == ("王小明", "13912345678", ["GL"])
    assert find(county, "worker", worker)["qualification"] == "护理员"
    assert find(county, "visit", visit)["minutes"] == 45


PAYLOADS = (
    "'; DROP TABLE person; --", '" OR 1=1 --', "%_", "?1 :name", "=1+1", "@SUM(A1)",
    "<script>alert(1)</script>", "{{ 7*7 }}", "{name}", "%s%n", "../../etc/passwd", "NULL",
)  # fmt: skip


def test_a_name_is_kept_as_text_whatever_it_says(nodes: dict[str, Replica]) -> None:
    village, written = nodes["village"], {}
    for name in PAYLOADS:
        person = people.add_person(village, "v", {"name": name, "address": name}, user=name)
        people.set_person(village, person, {"contact_name": name}, user="aide", reason=name)
        written[person] = name
    meet(nodes)
    for node in nodes.values():
        assert node.count("person") == len(PAYLOADS)
        for person, name in written.items():
            kept = find(node, "person", person)
            assert kept["name"] == kept["address"] == kept["contact_name"] == name


def test_the_county_decides_a_grade_and_a_village_proposes(nodes: dict[str, Replica]) -> None:
    village, county = nodes["village"], nodes["county"]
    person = people.add_person(village, "v", {"name": "李四"}, user="aide")
    meet(nodes)
    people.set_person(county, person, {"care_grade": "半护理"}, user="officer")
    meet(nodes)
    people.set_person(village, person, {"care_grade": "全护理"}, user="aide")
    meet(nodes)
    for replica in nodes.values():
        assert find(replica, "person", person)["care_grade"] == "BH"
    assert [conflict.kind for conflict in county.conflicts()] == ["proposal"]


def test_corrections_add_up_and_a_void_ends_them(nodes: dict[str, Replica]) -> None:
    village, county = nodes["village"], nodes["county"]
    ids = {"person": "01JD0000000000000000000001", "worker": "01JD0000000000000000000002"}
    visit = visits.record_visit(
        village, "v", {**ids, "service": "ZC02", "started_at": START, "minutes": 45}, user="aide"
    )
    visits.correct_visit(village, visit, {"minutes": 30}, "录错时间", user="aide")
    visits.correct_visit(village, visit, {"fee_fen": 5_000}, "L05", user="aide")
    meet(nodes)
    row = find(county, "visit", visit)
    assert (row["minutes"], row["fee_fen"]) == (45, 0), "the fact itself never changes"
    shown = visits.corrected(row)
    assert (shown["minutes"], shown["fee_fen"]) == (30, 5_000)
    visits.void_visit(county, visit, "录错对象", user="officer")
    meet(nodes)
    assert visits.amendment(find(village, "visit", visit)) == {"void": "L07"}
    with pytest.raises(Refused, match="is void"):
        visits.correct_visit(village, visit, {"minutes": 20}, "录错时间", user="aide")


def test_a_canteen_is_changed_at_two_places(nodes: dict[str, Replica]) -> None:
    village, township = nodes["village"], nodes["township"]
    canteen = facilities.add_facility(
        village, "v", {"name": "东街", "kind": "幸福食堂"}, user="aide", services=["堂食"]
    )
    meet(nodes)
    facilities.set_facility(village, canteen, {"seats": 40}, user="aide", add_services=["ZC02"])
    facilities.set_facility(township, canteen, {}, user="admin", add_services=["ZC03"])
    facilities.count_meals(village, canteen, 12, user="aide")
    facilities.count_meals(township, canteen, 3, user="admin")
    meet(nodes)
    for replica in nodes.values():
        row = find(replica, "facility", canteen)
        assert row["services"] == ["ZC01", "ZC02", "ZC03"]
        assert (row["seats"], row["meals_served"]) == (40, 15)


def open_one(village: Replica) -> str:
    person = people.add_person(village, "v", {"name": "王小明"}, user="aide")
    return cases.open_case(village, "v", {"person": person}, user="aide", items=[1, 13])


def test_a_case_goes_all_the_way_over_three_tiers(nodes: dict[str, Replica]) -> None:
    case = open_one(nodes["village"])
    cases.set_case(nodes["village"], case, {"cost_fen": 280_000}, user="aide")
    meet(nodes)
    for stage in BASELINE.case.stages:
        other = next(tier for tier in TIERS if tier != stage.tier)
        with pytest.raises(Refused):
            cases.advance_case(nodes[other], case, stage.number, user="wrong tier")
        cases.advance_case(nodes[stage.tier], case, stage.number, user=stage.tier)
        meet(nodes)
        for replica in nodes.values():
            row = find(replica, "modification_case", case)
            assert row["status"] == f"0:{stage.number}:"
            assert str(cases.judge_case(replica, case).status) == row["status"]
    assert row["items"] == ["1", "13"]


def test_a_case_is_stopped_and_advanced_at_once_and_reopened(nodes: dict[str, Replica]) -> None:
    village, township, county = nodes["village"], nodes["township"], nodes["county"]
    case = open_one(village)
    for number in (1, 2):
        cases.advance_case(village, case, number, user="aide")
    meet(nodes)
    cases.stop_case(village, case, "户主放弃", user="aide", note="家人不同意")
    cases.advance_case(township, case, 3, user="admin")
    assert find(village, "modification_case", case)["status"] == "0:2:withdrawn"
    assert find(township, "modification_case", case)["status"] == "0:3:"
    meet(nodes)
    for replica in nodes.values():
        assert find(replica, "modification_case", case)["status"] == "0:3:withdrawn"
    with pytest.raises(Refused, match="only a reopening can follow"):
        cases.advance_case(township, case, 4, user="admin")
    with pytest.raises(Refused, match="belongs to the county"):
        cases.reopen_case(village, case, user="aide")
    cases.reopen_case(county, case, user="officer")
    meet(nodes)
    cases.advance_case(village, case, 1, user="aide")
    cases.reject_case(county, case, user="officer")
    meet(nodes)
    for replica in nodes.values():
        status = Status.read(find(replica, "modification_case", case)["status"])
        assert status == Status(1, 1, frozenset({"rejected"}))
        assert cases.judge_case(replica, case).listed == ()


def test_what_is_not_here_is_said_so(nodes: dict[str, Replica]) -> None:
    absent = "01JD0000000000000000000009"
    with pytest.raises(UsageError, match=f"No person with the id '{absent}' is on this node"):
        people.set_person(nodes["village"], absent, {"note": "x"}, user="aide")
    with pytest.raises(UsageError, match="No modification_case"):
        cases.advance_case(nodes["village"], absent, 1, user="aide")
    with pytest.raises(UsageError, match="Nothing was given to change"):
        cases.set_case(nodes["village"], open_one(nodes["village"]), {}, user="aide")
