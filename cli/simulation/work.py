"""What people write in a simulation, and what was acknowledged to them.

Through the care rooms, as the pages and the commands do. An acknowledgement is what a write's
answer states after its commit; nothing else is looked for at the end.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from cli.demo.worker import Remembering
from node.care import cases, facilities, people, visits
from node.care.fields import id_check_digit
from node.division import LEVELS
from node.errors import Refused, UsageError

USER = "张三"
_SERVICES = ("SH02", "JK01", "SH01")
_MINUTE_MS = 60_000


def write_something(replica: Remembering, chance: random.Random) -> list[dict[str, Any]]:
    """Lets somebody at a node write one thing.

    Returns:
        What was acknowledged; nothing where the node refused.
    """
    replica.acknowledged = []
    tree = replica.tree
    villages = [one for one in tree.below(replica.division) if tree.level(one) == LEVELS[-1]]
    division = chance.choice(villages) if villages else replica.division
    known = replica.rows("person", within=replica.division, limit=20)
    does: Callable[..., None] = _add_person
    if known and chance.random() < 0.85:
        does = chance.choice(
            (_visit, _visit, _visit, _change_person, _facility, _meals, _case, _amend, _neighbour)
        )
    try:
        does(replica, division, known, chance)
    except (UsageError, Refused):
        return []
    return replica.acknowledged


def _add_person(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    digits = (
        f"990732{chance.randint(1930, 1960)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    )
    digits += f"{chance.randrange(1000):03}"
    values = {
        "name": "".join(map(chance.choice, ("王李张刘陈", "桂秀玉建", "兰英国"))),
        "id_number": digits + id_check_digit(digits),
        "phone": f"138{chance.randrange(10**8):08}",
    }
    people.add_person(replica, division, values, user=USER, groups=["GL"])


def _visit(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    person = chance.choice(known)
    started = replica.core.now_ms() - chance.randint(30, 90) * _MINUTE_MS
    values = {
        "person": person["id"],
        "worker": chance.choice(known)["id"],
        "service": chance.choice(_SERVICES),
        "started_at": started,
        "ended_at": started + 20 * _MINUTE_MS,
        "note": f"第{chance.randrange(1000)}次",
    }
    visits.record_visit(replica, str(person["division#"]), values, user=USER, reason="L01")


def _change_person(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    person = chance.choice(known)
    column = chance.choice(("phone", "address", "care_grade"))
    value = {
        "phone": f"139{chance.randrange(10**8):08}",
        "address": f"南大街{chance.randrange(200)}号",
        "care_grade": chance.choice(("QH", "BH")),
    }[column]
    people.set_person(replica, str(person["id"]), {column: value}, user=USER)


def _facility(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    here = replica.rows("facility", within=replica.division, limit=5)
    if here and chance.random() < 0.7:
        facility = chance.choice(here)
        both = [[chance.choice(("ZC01", "ZC02", "SH01"))], []]
        add, remove = chance.sample(both, 2)
        facilities.set_facility(
            replica, str(facility["id"]), {}, user=USER, add_services=add, remove_services=remove
        )
        return
    values = {"name": f"幸福食堂{chance.randrange(100)}", "kind": "CT"}
    facilities.add_facility(replica, division, values, user=USER)


def _meals(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    here = replica.rows("facility", within=replica.division, limit=5)
    if here:
        facility = chance.choice(here)
        facilities.count_meals(replica, str(facility["id"]), chance.randint(1, 60), user=USER)


def _case(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    here = replica.rows("modification_case", within=replica.division, limit=5)
    if here and chance.random() < 0.8:
        case = chance.choice(here)
        entered = int(str(case["status"] or "0:0:").split(":")[1])
        cases.advance_case(replica, str(case["id"]), entered + 1, user=USER)
        return
    person = chance.choice(known)
    values = {"person": person["id"], "household_address": "南大街1号"}
    cases.open_case(replica, str(person["division#"]), values, user=USER, items=["4"])


def _amend(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    here = replica.rows("visit", within=replica.division, limit=10)
    if not here:
        return
    visit = chance.choice(here)
    if chance.random() < 0.3:
        visits.void_visit(replica, str(visit["id"]), reason="L07", user=USER)
    else:
        corrected = {"note": f"更正{chance.randrange(100)}"}
        visits.correct_visit(replica, str(visit["id"]), corrected, reason="L06", user=USER)


def _neighbour(
    replica: Remembering, division: str, known: list[dict[str, Any]], chance: random.Random
) -> None:
    """A fact for another village, whose partition this node may not hold."""
    tree = replica.tree
    away = [one for one in tree.below(tree.root) if tree.level(one) == LEVELS[-1]]
    started = replica.core.now_ms() - 60 * _MINUTE_MS
    values = {
        "person": chance.choice(known)["id"],
        "worker": chance.choice(known)["id"],
        "service": "SH01",
        "started_at": started,
        "ended_at": started + 20 * _MINUTE_MS,
    }
    visits.record_visit(replica, chance.choice(away), values, user=USER, reason="L01")
