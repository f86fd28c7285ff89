"""What people do while everything breaks: each box has one who writes, at its own pace.

They use the record functions of the product through the hands of `linli demo`. Whatever was
acknowledged is on disk in the witness's file before the next thing is asked. None of these deeds
should be refused; a refusal is counted by its words.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

from cli.demo import people
from cli.demo.box import Box, Gone
from cli.demo.scenes import Register
from cli.demo.trial import Trial
from node.errors import LinliError

PAUSE_S = (0.1, 0.9)
_GRADES = ("BH", "QH")


class Work:
    """The people at all boxes.

    Args:
        trial: The county.
        register: Who lives and works there.

    Attributes:
        at_work: Whether the hands of each box are there.
        refused: How often something was refused, by the words.
        gone: How often the hands were gone in the middle of a deed, so that nobody knows.
    """

    def __init__(self, trial: Trial, register: Register) -> None:
        self.trial = trial
        self.register = register
        self.at_work = {box: asyncio.Event() for box in trial.all}
        self.refused: Counter[str] = Counter()
        self.gone = 0
        self._chance = {box: random.Random(f"{box.place.code} {trial.seed}") for box in trial.all}
        self._visits: dict[Box, list[str]] = {box: [] for box in trial.all}
        self._canteens: dict[Box, str] = {}
        for event in self.at_work.values():
            event.set()

    async def open_canteens(self) -> None:
        """Gives every village a canteen, whose meals can be counted."""
        for box in self.trial.villages:
            values = {"name": f"{box.name}幸福食堂", "kind": "CT", "seats": 40}
            self._canteens[box] = await box.do(
                "add_facility",
                division=box.division,
                values=values,
                services=["ZC01"],
                user=box.name,
            )

    async def go_on(self, box: Box, over: asyncio.Event) -> None:
        """Writes at one box until it is over."""
        chance = self._chance[box]
        while not over.is_set():
            await asyncio.sleep(chance.uniform(*PAUSE_S))
            await self.at_work[box].wait()
            try:
                await self._deed(box, chance)
            except Gone:
                self.gone += 1
            except LinliError as refusal:
                self.refused[refusal.message] += 1

    async def _deed(self, box: Box, chance: random.Random) -> None:
        if box in self.trial.villages:
            deeds = (self._visit, self._correct, self._void, self._phone, self._meals, self._person)
            [deed] = chance.choices(deeds, (50, 10, 5, 15, 12, 8))
            await deed(box, chance)
        elif box is self.trial.county:
            await self._set_person(box, chance, {"care_grade": chance.choice(_GRADES)})
        else:
            await chance.choice((self._phone, self._person))(box, chance)

    # --- deeds -----------------------------------------------------------------------------------

    async def _visit(self, box: Box, chance: random.Random) -> None:
        visit = self.register.visit(box, box.place.code)
        self._visits[box].append(await box.do("record_visit", **visit))

    async def _correct(self, box: Box, chance: random.Random) -> None:
        if self._visits[box]:
            await box.do(
                "correct_visit",
                visit_id=chance.choice(self._visits[box]),
                changes={"minutes": chance.randint(5, 20)},
                reason="L06",
                user=box.name,
            )

    async def _void(self, box: Box, chance: random.Random) -> None:
        if self._visits[box]:
            visit = self._visits[box].pop(chance.randrange(len(self._visits[box])))
            await box.do("void_visit", visit_id=visit, reason="L07", user=box.name)

    async def _meals(self, box: Box, chance: random.Random) -> None:
        canteen = self._canteens[box]
        await box.do("count_meals", facility_id=canteen, meals=chance.randint(1, 60), user=box.name)

    async def _phone(self, box: Box, chance: random.Random) -> None:
        await self._set_person(box, chance, {"phone": people.phone(chance.getrandbits(40), "")})

    async def _person(self, box: Box, chance: random.Random) -> None:
        village = self._village(box, chance)
        [one] = people.clients(chance.getrandbits(40), [(village, "")], 1)
        values = {"name": one.values["name"], "phone": one.values["phone"]}
        division = self.trial.ids[village]
        await box.do("add_person", division=division, values=values, user=box.name)

    async def _set_person(self, box: Box, chance: random.Random, changes: dict[str, Any]) -> None:
        person = chance.choice(self.register.clients[self._village(box, chance)])
        await box.do("set_person", person_id=person, changes=changes, user=box.name)

    def _village(self, box: Box, chance: random.Random) -> str:
        """A village with a box, where the people live that a box may write about."""
        places = self.trial.places
        if box.place in places.villages:
            return box.place.code
        town = box.place if box.place in places.townships else chance.choice(places.townships)
        return chance.choice(places.below(town)).code
