"""Large counts of two counties with their own packs, written at nodes that met by chance."""

from __future__ import annotations

import random

import pytest

from node.care import facilities
from node.care.associations import gathering
from node.care.associations.register import ASSOCIATION
from node.care.facts.associations import CHECKLIST
from node.care.facts.offices import LIAISON, OFFICE
from node.care.figures.counting import figures
from node.care.figures.gathering import gathered
from node.care.policy import BASELINE
from node.replica import Insert, Replica
from tests.care.acceptance.conftest import County


def wrote(node: Replica, place: str, rows: list[Insert]) -> list[str]:
    """Writes many rows, two hundred at a time."""
    parts = [rows[at : at + 200] for at in range(0, len(rows), 200)]
    return [id_ for part in parts for id_ in node.write(place, part, user="村里").ids]


@pytest.mark.parametrize("seed", range(1))
def test_221_sites_in_138_of_226_villages_and_all_of_17_communities(
    county: County, seed: int
) -> None:
    """Acceptance 11: a village with several sites counts once; three more have none."""
    rng, top = random.Random(seed), county.nodes["c"]
    county.publish("420323")
    acts = [
        Insert("division_act", {
            "subject": one, "kind": "establish", "level": "village", "code": code, "name": one,
            "parent": parent, "valid_from": "2026-01-01",
        })
        for one, code, parent in [
            *((f"v{n}", f"1404301{n % 2:02}{202 + n // 2}", "tu"[n % 2]) for n in range(223)),
            *((f"k{n}", f"140430100{2 + n:03}", "t") for n in range(17)),
        ]
    ]  # fmt: skip
    top.write("c", acts, user="县里")
    county.meet(rng)
    places = [f"v{n}" for n in range(138)] + [f"k{n}" for n in range(17)]
    places += places[:66]
    kinds = ("RJ", "HZ", "XF")
    rng.shuffle(places)
    for n, place in enumerate(places):
        above = "t" if place.startswith("k") or int(place[1:]) % 2 == 0 else "u"
        values = {"name": f"站点{n}", "kind": kinds[n % 3], "opened_on": "2026-02-01"}
        facilities.add_facility(county.nodes[above], place, values, user="镇里")
    county.meet(rng)
    told = {one.code: one for one in figures(gathered(top, "c", "2026-11-01", "2026-11-30"))}
    assert told["sites"].number == 221
    assert (told["sites_villages"].number, told["sites_villages"].of) == (138, 226)
    assert told["sites_villages"].value == "61.06%"
    assert (told["sites_communities"].number, told["sites_communities"].of) == (17, 17)


def test_2548_associations_with_one_liaison_each_and_eight_items(county: County) -> None:
    """Acceptance 10: whoever lacks a liaison, or has two, is told by name at the county."""
    rng = random.Random(10)
    county.publish("350500")
    county.meet(rng)
    codes = BASELINE.lists.inspection_items
    items = ",".join(code for code in codes.names if code.startswith("SZWY"))
    assert items.count(",") == 7, "三专五有"
    made: list[tuple[str, str]] = []
    for place, count in (("v", 849), ("w", 849), ("x", 850)):
        node = county.nodes[place]
        rows = [
            Insert(ASSOCIATION.name, {
                "name": f"{place}{n}", "kind": "CC", "status": "active", "legal_status": "WD",
            })
            for n in range(count)
        ]  # fmt: skip
        made += [(place, id_) for id_ in wrote(node, place, rows)]
    assert len(made) == 2_548
    rng.shuffle(made)
    for place in "vwx":
        facts = []
        for id_ in (id_ for where, id_ in made if where == place):
            for role, post in ((LIAISON, "LW"), ("ZX", "SJ")):
                term = {"association": id_, "worker": f"{role}-{id_}"[:26], "role": role,
                        "since": "2026-01-01", "village_post": post}  # fmt: skip
                facts.append(Insert(OFFICE.name, term))
        wrote(county.nodes[place], place, facts)
    county.meet(rng)
    for place, town in (("v", "t"), ("w", "t"), ("x", "u")):
        checks = [
            Insert(CHECKLIST.name, {
                "association": id_, "template": "SZWY", "inspected_on": "2026-02-01",
                "passed": items,
            })
            for id_ in (id_ for where, id_ in made if where == place)
        ]  # fmt: skip
        wrote(county.nodes[town], place, checks)
    county.meet(rng)
    for place in ("c", "t", "v"):
        node = county.nodes[place]
        found = gathering.lacks(node, "2026-11-03")
        assert {one.what for one in found} <= {"training", "client_training"}, place
    assert len(county.nodes["c"].rows(ASSOCIATION.name)) == 2_548
    place, twice = made[0]
    second = {"association": twice, "worker": "second", "role": LIAISON, "since": "2026-06-01",
              "village_post": "LW"}  # fmt: skip
    wrote(county.nodes[place], place, [Insert(OFFICE.name, second)])
    county.meet(rng)
    told = gathering.lacks(county.nodes["c"], "2026-11-03")
    (lack,) = [one for one in told if "training" not in one.what]
    assert (lack.what, lack.association, lack.detail) == ("liaison", twice, "2")
