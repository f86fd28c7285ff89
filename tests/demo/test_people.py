"""Invented people are many, different, well-formed and the same for the same seed."""

from __future__ import annotations

import pytest

from cli.demo import people
from cli.demo.places import choose
from node.care import fields
from node.care.people import check_groups, check_person, check_worker
from node.care.policy import division_list
from node.codes import Listed, read_list
from node.errors import UsageError

VILLAGES = [("130732100201", "南大街村"), ("130732100202", "东关村"), ("130732100203", "西关村")]


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_there_are_350_clients_whom_the_register_takes(seed: int) -> None:
    clients = people.clients(seed, VILLAGES)
    assert len(clients) == 350
    for client in clients:
        checked = check_person(client.values)
        number = checked["id_number"]
        assert number[-1] == fields.id_check_digit(number[:17])
        assert 1925 <= int(checked["birth_date"][:4]) <= 1966
        assert check_groups(client.groups) == list(client.groups)


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_nobody_is_invented_twice(seed: int) -> None:
    clients = people.clients(seed, VILLAGES)
    assert len({client.values["id_number"] for client in clients}) == 350
    assert len({client.values["name"] for client in clients}) == 350
    workers = people.workers(seed, VILLAGES)
    assert len({worker.values["name"] for worker in workers}) == 39
    phones = [client.values["phone"] for client in clients]
    assert 200 < len(set(phones)) < 350, "some elders share a telephone"


def test_an_id_number_is_nobodys() -> None:
    areas = {client.values["id_number"][:6] for client in people.clients(1, VILLAGES)}
    assert areas == {people.AREA}
    listed = read_list(division_list("130732"))
    assert not any(one.code.startswith(people.AREA[:2]) for one in listed)


def test_the_same_seed_invents_the_same_people() -> None:
    assert people.clients(7, VILLAGES) == people.clients(7, VILLAGES)
    assert people.workers(7, VILLAGES) == people.workers(7, VILLAGES)
    assert people.clients(7, VILLAGES) != people.clients(8, VILLAGES)


def test_there_are_39_workers_whom_the_register_takes() -> None:
    workers = people.workers(1, VILLAGES)
    assert len(workers) == 39
    for worker in workers:
        check_worker(worker.values)
        assert worker.division in dict(VILLAGES)


# --- places --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("townships", "villages"), [(1, 1), (1, 2), (2, 4), (3, 12), (4, 9)])
def test_places_are_real_and_spread_evenly(townships: int, villages: int) -> None:
    listed = read_list(division_list("130732"))
    places = choose(listed, townships, villages, seed=7)
    assert len(places.all) == 1 + townships + villages
    codes = {one.code: one for one in listed}
    assert all(codes[place.code].name == place.name for place in places.all)
    shares = [len(places.below(town)) for town in places.townships]
    assert sum(shares) == villages and max(shares) - min(shares) <= 1
    assert not set(places.without_a_box) & set(places.villages)
    assert choose(listed, townships, villages, seed=7) == places


def test_too_many_places_are_refused() -> None:
    listed = read_list(division_list("130732"))
    with pytest.raises(UsageError, match="3 villages cannot be spread over 4 townships"):
        choose(listed, 4, 3, seed=1)
    with pytest.raises(UsageError, match="and 19 are needed"):
        choose(listed, 19, 38, seed=1)
    with pytest.raises(UsageError, match="The list has 0 counties"):
        choose([Listed("130732100", "赤城镇", "township", "")], 1, 1, seed=1)


def test_a_village_is_called_as_people_call_it() -> None:
    places = choose(read_list(division_list("130732")), 2, 4, seed=1)
    assert all(village.short.endswith("村") for village in places.villages)
