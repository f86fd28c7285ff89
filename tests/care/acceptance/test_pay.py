"""What 沁县's own pack pays, on nodes that met in any order."""

from __future__ import annotations

import random

import pytest

from node.care import people, reviews
from node.care.parameters import publishing
from node.care.settlement import closing, telling
from node.clock import DAY_MS, local, parse_local
from tests.care.acceptance.conftest import County

SEEDS = range(2)


def accept(county: County, *townships: str) -> None:
    for place in townships:
        town = county.nodes[place]
        reviews.accept(town, list(reviews.waiting(town, place)), user="镇里")


def tell(county: County, *places: str) -> None:
    for place in places:
        node = county.nodes[place]
        telling.tell(node, publishing.needed(node), user="")


@pytest.mark.parametrize("seed", SEEDS)
def test_3_clients_here_and_2_next_door_flag_one_visit_on_every_node(
    county: County, seed: int
) -> None:
    """Acceptance 8, within one township and over two."""
    rng = random.Random(seed)
    county.publish("140430")
    county.meet(rng)
    next_door = "w" if seed % 2 else "x"
    here, there = county.people("v", 3), county.people(next_door, 2)
    worker = people.add_worker(
        county.nodes["v"], "v", {"name": "李秀英", "helper_kind": "JZ"}, user="村里"
    )
    county.meet(rng)
    county.at("2026-11-12 20:00")
    hours = [f"2026-11-12 {hour:02}:00" for hour in (7, 9, 11, 13, 15)]
    places = ["v", "v", next_door, "v", next_door]
    made = []
    for place, hour in rng.sample(list(zip(places, hours, strict=True)), 5):
        who = here if place == "v" else there
        made.append((hour, county.visit(place, who.pop(), worker, hour)))
    last = max(made)[1]
    county.meet(rng)
    accept(county, "t", "u")
    county.meet(rng)
    tell(county, *rng.sample(["t", "u", "c"], 3))
    county.meet(rng)
    for place in ("c", "t", "v") if next_door == "w" else ("c", "t", "u"):
        node = county.nodes[place]
        below = [one for one in ("v", next_door) if node.tree.covers(place, one)]
        for village in below:
            sheet = closing.preview(node, "2026-11", village).sheet
            barred = {line.subject for line in sheet.lines if line.reasons == ("cap",)}
            assert barred == ({last} if village == next_door else set()), (place, village)
            assert all(line.amount_fen == 5_000 for line in sheet.lines if not line.reasons)


def test_1100_visits_after_40_days_of_silence_three_of_them_to_somebody_who_died(
    county: County,
) -> None:
    """Acceptance 14: the county stopped the person on the twentieth day; late is paid late."""
    rng = random.Random(14)
    county.publish("140430")
    village, town, top = (county.nodes[place] for place in "vtc")
    clients = county.people("v", 28)
    workers = [
        people.add_worker(village, "v", {"name": f"人员{n}", "helper_kind": "JZ"}, user="村里")
        for n in range(7)
    ]
    county.meet(rng)
    county.at("2026-11-03 20:00")
    county.visit("v", clients[0], workers[0], "2026-11-03 07:00")
    county.meet(rng)
    accept(county, "t")
    first, dead, count, late = parse_local("2026-11-04 07:00"), clients[27], 0, set[str]()
    for day in range(40):
        county.clock.ms = first + day * DAY_MS + 13 * 3_600_000
        if day == 20:
            people.close_person(top, dead, "死亡", "2026-11-23", user="县里")
        for n, worker in enumerate(workers):
            for slot in range(4):
                person = clients[n * 4 + slot]
                if count == 1_100 or (person == dead and day > 22):
                    continue
                start = local(first + day * DAY_MS + slot * 2 * 3_600_000)
                made = county.visit("v", person, worker, start)
                count += 1
                if person == dead and start[:10] > "2026-11-23":
                    late.add(made)
        county.meet(rng, without="v") if day % 10 == 0 else None
        if day == 28:
            (closed,) = closing.close(town, "2026-11", "t", user="镇里")
            assert closed.sheet.total_fen == 5_000, "what had come until then"
    assert (count, len(late)) == (1_100, 3)
    county.meet(rng)
    accept(county, "t")
    tell(county, "t")
    county.meet(rng)
    county.at("2027-01-04 09:00")
    sheets = [closing.preview(county.nodes[one], "2026-12", "v").sheet for one in "cvt"]
    assert len({one.encoded() for one in sheets}) == 1, "the same bytes at every tier"
    again = closing.closed_sheets(town)[0].sheet
    assert again is not None and again.total_fen == 5_000, "a closed sheet never changes"
    assert sheets[0].total_fen == (1_100 - 3) * 5_000
    assert {line.subject for line in sheets[0].lines if "late_fact" in line.reasons}
    assert not late & {line.subject for line in sheets[0].lines if line.amount_fen}
    closing.close(town, "2026-12", "t", user="镇里")
    county.meet(rng)
    for place in "ct":
        known = closing.closed_sheets(county.nodes[place])
        assert sum(one.sheet.total_fen for one in known if one.sheet) == (1_101 - 3) * 5_000
