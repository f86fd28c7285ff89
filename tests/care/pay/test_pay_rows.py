"""Facts are taken from rows as a real replica gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node import identity
from node.care import people, visits
from node.care.employment import WORKER_RECORD, records_of, set_worker_record
from node.care.pay.facts import Facts, Span
from node.care.pay.flags import flags, outcomes
from node.care.pay.reading import client_fact, review_fact, visit_fact, worker_fact
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock, day, stamp
from node.config import Config
from node.replica import Insert, Replica
from node.store import Store
from tests.care.pay.building import PARAMETERS, accepted, settled

NOW = BOOT_FLOOR_MS + 20 * DAY_MS
HOUR_MS = 3_600_000


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Replica]:
    """A county with one village, for which it writes."""
    key, home = identity.Key.generate(b"\x01" * 32), tmp_path / "county"
    home.mkdir()
    root = identity.new_root(key, "c", NOW, 365)
    key.save(home / "node.key")
    (home / "chain.pem").write_bytes(identity.chain_to_pem([root]))
    own = identity.read_certificate(root)
    Config(division="c", author=key.author, user="test", cluster=own.author).save(home)
    Store.create(home, SCHEMA).close()
    replica = Replica(home, SCHEMA, ManualClock(NOW))
    for name, level, parent in (("c", "county", ""), ("v", "village", "c")):
        act = {"subject": name, "kind": "establish", "level": level, "parent": parent}
        code = {"c": "130732", "v": "130732100200"}[name]
        values = {**act, "code": code, "name": name, "valid_from": "2026-01-01"}
        replica.write("c", [Insert("division_act", values)], user="root")
    yield replica
    replica.close()


def recorded(county: Replica, start: int = NOW - 3 * HOUR_MS, **more: object) -> str:
    person = people.add_person(county, "v", {"name": "王小明"}, user="u", groups=["独居"])
    kind = {"name": "李红", "helper_kind": "JZ"}
    worker = people.add_worker(county, "v", kind, user="u")
    values = {
        "person": person, "worker": worker, "service": "SH02", "started_at": start, "minutes": 61,
        "tasks": "SH03,SH02", "confirmed_by": "self", "note": "一切 都好", "rating": 5,
    }  # fmt: skip
    return visits.record_visit(county, "v", {**values, **more}, user="u")


def gathered(county: Replica) -> Facts:
    rows = county.rows("visit")
    contested = {one.id for one in county.conflicts() if one.table == "visit"}
    known = [visit_fact(row, contested=contested, code_of=lambda *_: "130732") for row in rows]
    workers = [worker_fact(one, records_of(county, one["id"])) for one in county.rows("worker")]
    clients = [client_fact(one) for one in county.rows("person")]
    return Facts.of(known, clients, workers, accepted(known))


def paid(county: Replica, known: Facts) -> int:
    return settled(day(NOW)[:7], known, divisions={"v"}).total_fen


def test_a_visit_its_client_and_its_worker(county: Replica) -> None:
    id_ = recorded(county)
    known = gathered(county)
    found = known.visits[id_]
    assert (found.day, found.minutes, found.tasks) == (day(NOW), 61, ("SH02", "SH03"))
    assert (found.division, found.code, found.rating) == ("v", "130732", 5)
    assert found.entered_at == NOW and not found.void and not found.held
    assert "好" not in str(found) and len(found.text) == 16
    assert known.workers[found.worker].kind_on("2020-01-01") == "JZ"
    assert known.clients[found.person].registered_on == day(NOW)
    assert flags(known, PARAMETERS) == frozenset()
    assert paid(county, known) == 5_000


def test_a_correction_and_a_void_count(county: Replica) -> None:
    id_ = recorded(county)
    visits.correct_visit(county, id_, {"minutes": 50}, "录错时间", user="u")
    known = gathered(county)
    assert known.visits[id_].minutes == 50
    assert {one.code for one in flags(known, PARAMETERS)} == {"short"}
    assert paid(county, known) == 0
    visits.correct_visit(county, id_, {"minutes": 61}, "录错时间", user="u")
    assert paid(county, gathered(county)) == 5_000
    visits.void_visit(county, id_, "录错对象", user="u")
    assert gathered(county).visits[id_].void
    assert paid(county, gathered(county)) == 0


def test_the_dead_and_the_worker_without_contract(county: Replica) -> None:
    id_ = recorded(county)
    done = gathered(county).visits[id_]
    people.close_person(county, done.person, "死亡", day(NOW - DAY_MS), user="u")
    set_worker_record(county, done.worker, {"contract_until": day(NOW - DAY_MS)}, user="u")
    known = gathered(county)
    assert {one.code for one in flags(known, PARAMETERS)} == {"died", "contract"}
    assert outcomes(known, PARAMETERS) == frozenset(), "the village sees both"
    assert paid(county, known) == 0
    assert len(county.rows(WORKER_RECORD.name)) == 1


def test_the_same_note_has_the_same_fingerprint_however_it_is_spaced(county: Replica) -> None:
    recorded(county)
    recorded(county, NOW - 6 * HOUR_MS, note="一切都好 ")
    recorded(county, NOW - 9 * HOUR_MS, note=None)
    texts = sorted(one.text for one in gathered(county).visits.values())
    assert texts[0] == "" and texts[1] == texts[2] != ""


def test_what_rows_lack_is_given_or_unknown() -> None:
    row = {"id": "w", "division#": "v", "time": stamp(NOW)}
    plain = worker_fact(row, [{"contract_from": None}])
    assert (plain.contract, plain.insurance, plain.kind_on(day(NOW))) == (None, None, "")
    stays = [Span("2026-11-03"), Span("2026-11-01", "2026-11-02"), Span("2026-11-03")]
    assert client_fact(row, hospital=stays).hospital == (stays[1], stays[0])
    assert client_fact(row).enrolled is None and client_fact(row, enrolled=[]).enrolled == ()
    said = review_fact({**row, "visit": "v1", "decision": "waive", "flag": "cap", "reason": "远"})
    assert (said.visit, said.flag, said.reason, said.by) == ("v1", "cap", "远", "")
