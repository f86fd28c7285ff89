"""Invented people for a trial: clients, workers, and what can be read on their cards.

Nobody here lives. The ID numbers have the right check digit and a real date, so that the register
takes them, and begin with an area that no county was ever given, so that none is anybody's. The
same seed gives the same people on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from node.care import fields

CLIENTS = 350
WORKERS = 39
AREA = "990732"
_OLDEST_YEARS = 101
_YOUNGEST_YEARS = 60
_AS_OF = date(2026, 11, 1)
_SHARES_A_PHONE = 0.12

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_MIDDLE = "国建文玉桂秀淑凤春金明永德福贵兰庆长树志玉连俊占瑞"
_LAST = "英兰珍花芳梅莲香云霞军民生山林海成祥和贵发清义仁安福才富礼智"
_GROUPS = ("TKF", "DB", "DBL", "TPJ", "GL", "SN", "BSN", "SZ", "ZC", "DJ", "KC", "SD", "YF")
_CLASSES = ("PT", "PT", "PT", "PT", "YH", "ZJ")
_QUALIFICATIONS = ("养老护理员五级", "养老护理员四级", "护士执业证", "社会工作者", "")


@dataclass(frozen=True)
class Invented:
    """Somebody to register.

    Attributes:
        division: The code of the division where the person lives or works.
        values: The fields as a form would give them.
        groups: For a client, codes of person groups.
    """

    division: str
    values: dict[str, Any]
    groups: tuple[str, ...] = ()


def clients(seed: int, villages: Sequence[tuple[str, str]], count: int = CLIENTS) -> list[Invented]:
    """Invents clients and spreads them over villages.

    Args:
        seed: What decides everything.
        villages: Codes and names; one that stands there twice gets twice as many.
        count: How many.
    """
    chance = random.Random(f"clients of {seed}")
    names = _names(chance, count)
    numbers: set[str] = set()
    phones: list[str] = []
    people = []
    for index, name in enumerate(names):
        code, village = villages[index % len(villages)]
        number = _id_number(chance)
        while number in numbers:
            number = _id_number(chance)
        numbers.add(number)
        if phones and chance.random() < _SHARES_A_PHONE:
            phone = chance.choice(phones)
        else:
            phone = _phone(chance)
            phones.append(phone)
        values = {
            "name": name,
            "id_number": number,
            "phone": phone,
            "address": f"{village}{chance.randint(1, 180)}号",
        }
        groups = tuple(sorted(chance.sample(_GROUPS, chance.choice((0, 1, 1, 2, 3)))))
        people.append(Invented(code, values, groups))
    return people


def workers(
    seed: int, divisions: Sequence[tuple[str, str]], count: int = WORKERS
) -> list[Invented]:
    """Invents workers and spreads them over the divisions that employ them."""
    chance = random.Random(f"workers of {seed}")
    people = []
    for index, name in enumerate(_names(chance, count)):
        values = {
            "name": name,
            "worker_class": chance.choice(_CLASSES),
            "qualification": chance.choice(_QUALIFICATIONS),
            "clients_per_day_max": chance.randint(3, 6),
        }
        people.append(Invented(divisions[index % len(divisions)][0], values))
    return people


def phone(seed: int, purpose: str) -> str:
    """A telephone number for one purpose."""
    return _phone(random.Random(f"phone of {seed} for {purpose}"))


def _names(chance: random.Random, count: int) -> list[str]:
    """So many names, none twice."""
    names: dict[str, None] = {}
    while len(names) < count:
        given = chance.choice(_LAST)
        if chance.random() < 0.8:
            given = chance.choice(_MIDDLE) + given
        names[chance.choice(_SURNAMES) + given] = None
    return list(names)


def _id_number(chance: random.Random) -> str:
    youngest = _AS_OF.replace(year=_AS_OF.year - _YOUNGEST_YEARS)
    oldest = _AS_OF.replace(year=_AS_OF.year - _OLDEST_YEARS)
    born = oldest + timedelta(days=chance.randrange((youngest - oldest).days))
    digits = f"{AREA}{born:%Y%m%d}{chance.randrange(1, 1000):03d}"
    return digits + fields.id_check_digit(digits)


def _phone(chance: random.Random) -> str:
    return f"1{chance.choice((38, 39, 50, 58, 86))}{chance.randrange(10**8):08d}"
