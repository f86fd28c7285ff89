"""Which places of a county take part in a trial: real ones, chosen by a seed from its own list."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from node.codes import Listed
from node.division import LEVELS
from node.errors import UsageError

COUNTY, TOWNSHIP, VILLAGE = LEVELS
_COMMITTEE = re.compile(r"(?<=村)(民委员会|委会)$|(居民委员会|居委会)$")
_WITHOUT_A_BOX_MAX = 2
"""Villages of each township that have no box of their own; their township keeps their people."""


@dataclass(frozen=True)
class Place:
    """A division of the list.

    Attributes:
        parent: The code of the division above; empty at the top.
    """

    code: str
    name: str
    tier: str
    parent: str

    @property
    def short(self) -> str:
        """The name as people say it, without the committee."""
        return _COMMITTEE.sub("", self.name)


@dataclass(frozen=True)
class Places:
    """Where the nodes stand.

    Attributes:
        county: The top.
        townships: Those with a box, in the order of their codes.
        villages: The same for villages; those of one township stand together.
        without_a_box: Some villages below these townships that have none.
    """

    county: Place
    townships: tuple[Place, ...]
    villages: tuple[Place, ...]
    without_a_box: tuple[Place, ...]

    @property
    def all(self) -> tuple[Place, ...]:
        """Every place with a box, from above."""
        return (self.county, *self.townships, *self.villages)

    def below(self, township: Place) -> list[Place]:
        """The villages with a box of one township."""
        return [village for village in self.villages if village.parent == township.code]


def choose(listed: Sequence[Listed], townships: int, villages: int, seed: int) -> Places:
    """Chooses places from a county's list.

    Args:
        listed: The list; it has one county.
        townships: How many townships.
        villages: How many villages in all; they are spread evenly.
        seed: What decides which.

    Raises:
        UsageError: The list has too few, or no county or several.
    """
    places = _places(listed)
    counties = [place for place in places if place.tier == COUNTY]
    if villages < townships:
        raise UsageError(
            f"{villages} villages cannot be spread over {townships} townships.",
            hint="Ask for at least one village for each: --villages",
        )
    chance = random.Random(f"places of {seed}")
    shares = [villages // townships + (index < villages % townships) for index in range(townships)]
    by_township = _by_township(places)
    fitting = [town for town, inside in by_township.items() if len(inside) >= shares[0]]
    if len(fitting) < townships:
        raise UsageError(
            f"{len(fitting)} townships of {counties[0].name} have {shares[0]} villages or more, "
            f"and {townships} are needed.",
            hint="Ask for fewer with --townships or --villages.",
        )
    towns = sorted(chance.sample(fitting, townships), key=lambda place: place.code)
    chosen: list[Place] = []
    boxless: list[Place] = []
    for town, share in zip(towns, shares, strict=True):
        inside = chance.sample(by_township[town], len(by_township[town]))
        chosen += sorted(inside[:share], key=lambda place: place.code)
        boxless += inside[share : share + _WITHOUT_A_BOX_MAX]
    return Places(counties[0], tuple(towns), tuple(chosen), tuple(boxless))


def whole(listed: Sequence[Listed]) -> Places:
    """Every place of a county's list.

    Raises:
        UsageError: The list has no county or several.
    """
    places = _places(listed)
    by_township = _by_township(places)
    (county,) = (place for place in places if place.tier == COUNTY)
    villages = tuple(village for inside in by_township.values() for village in inside)
    return Places(county, tuple(by_township), villages, ())


def _places(listed: Sequence[Listed]) -> list[Place]:
    """The places of a list that has one county.

    Raises:
        UsageError: It has none or several.
    """
    places = [Place(one.code, one.name, one.level, one.parent) for one in listed]
    counties = sum(place.tier == COUNTY for place in places)
    if counties != 1:
        raise UsageError(
            f"The list has {counties} counties, and a trial needs exactly one.",
            hint="Give the list of one county with --county-csv.",
        )
    return places


def _by_township(places: Sequence[Place]) -> dict[Place, list[Place]]:
    """The villages of each township, in the order of the list."""
    towns = {place.code: place for place in places if place.tier == TOWNSHIP}
    inside: dict[Place, list[Place]] = {town: [] for town in towns.values()}
    for place in places:
        if place.tier == VILLAGE and place.parent in towns:
            inside[towns[place.parent]].append(place)
    return inside
