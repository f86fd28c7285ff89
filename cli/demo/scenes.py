"""What the people of a trial do: register, visit, serve meals, modify homes, each at a box.

First while the links stand, then while each box is alone. Every call is a record function that a
page or a command would call, and whatever it acknowledges is written down.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from cli.demo import people
from cli.demo.box import Box
from cli.demo.trial import Trial

BACKLOG = 240
"""Visits that wait at the village that will be killed: enough for a session of many frames."""

_SHARE_WITH_A_BOX = 6
_MINUTE_MS = 60_000
_SERVICES = ("SH01", "SH02", "SH04", "JK01", "JS01", "ZC02", "ZC03", "DB01", "AX01")


class Register:
    """Who and what the trial has registered, by ids.

    Args:
        trial: The trial.

    Attributes:
        clients: Ids and names by the code of the village.
        workers: Ids by the code of the division that employs them.
        names: The name behind an id.
        canteen: A canteen in the first village.
        stopped: A case that its township goes on with while the household withdraws.
        moved: A case that its village goes on with while the township hears of a move.
        phones: The two numbers that were written for one person.
        offline: Ids of visits written while the links were cut, by the code of the box.
    """

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.chance = random.Random(f"scenes of {trial.seed}")
        self.clients: dict[str, list[str]] = {}
        self.workers: dict[str, list[str]] = {}
        self.names: dict[str, str] = {}
        self.canteen = self.stopped = self.moved = ""
        self.phones = (people.phone(trial.seed, "one"), people.phone(trial.seed, "two"))
        self.offline: dict[str, list[str]] = {}
        self.first = trial.villages[0]
        self.last = trial.villages[-1]
        self.town = trial.above(self.first.place)
        self._now_ms = int(time.time() * 1000)

    # --- registering -----------------------------------------------------------------------------

    async def load(self, tell: Callable[[str], None]) -> None:
        """Registers all clients where they live and all workers where they work."""
        places = self.trial.places
        homes = [*places.villages * _SHARE_WITH_A_BOX, *places.without_a_box]
        self.chance.shuffle(homes)
        lives = people.clients(self.trial.seed, [(one.code, one.short) for one in homes])
        works = people.workers(
            self.trial.seed,
            [(one.code, one.short) for one in (*places.villages, *places.townships)],
        )
        done = 0

        async def at(box: Box) -> None:
            nonlocal done
            for one in lives:
                if self.trial.keeper(one.division) is box:
                    await self._add_client(box, one)
                    done += 1
                    tell(f"登记 · registering {done} / {len(lives)}")
            for one in works:
                if self.trial.keeper(one.division) is box:
                    await self._add_worker(box, one)

        await self.trial.each(self.trial.all, at, at_once=len(self.trial.all))

    async def _add_client(self, box: Box, one: people.Invented) -> None:
        id_ = await box.do(
            "add_person",
            division=self.trial.ids[one.division],
            values=one.values,
            groups=one.groups,
            user="村委会",
        )
        self.clients.setdefault(one.division, []).append(id_)
        self.names[id_] = one.values["name"]

    async def _add_worker(self, box: Box, one: people.Invented) -> None:
        id_ = await box.do(
            "add_worker", division=self.trial.ids[one.division], values=one.values, user="镇民政所"
        )
        self.workers.setdefault(one.division, []).append(id_)
        self.names[id_] = one.values["name"]

    # --- an ordinary day -------------------------------------------------------------------------

    async def ordinary_day(self) -> None:
        """Some visits everywhere, a canteen opens, two households ask for a modification."""
        await self.trial.each(self.trial.villages, lambda box: self.visits(box, 5))
        division = self.trial.ids[self.first.place.code]
        values = {"name": f"{self.first.name}幸福食堂", "kind": "CT", "seats": 40}
        self.canteen = await self.first.do(
            "add_facility",
            division=division,
            values=values,
            services=["ZC01"],
            user="食堂 赵师傅",
        )
        self.names[self.canteen] = str(values["name"])
        household = self.clients[self.first.place.code]
        self.stopped, self.moved = [
            await self._open_case(person, items)
            for person, items in zip(household[:2], (["1", "13"], ["11", "17", "29"]), strict=True)
        ]
        await self.trial.quiet([self.first, self.town])
        await self._advance(self.town, self.stopped, 3)
        await self._advance(self.town, self.moved, 3, 4, 5)

    async def _open_case(self, person: str, items: list[str]) -> str:
        case: str = await self.first.do(
            "open_case",
            division=self.trial.ids[self.first.place.code],
            values={"person": person},
            items=items,
            user="村护理员 张大姐",
        )
        await self._advance(self.first, case, 1, 2)
        return case

    async def _advance(self, box: Box, case: str, *stages: int) -> None:
        for stage in stages:
            await box.do("advance_case", case_id=case, stage=stage, user=box.name)

    def visit(self, box: Box, village: str) -> dict[str, Any]:
        """What a visit to somebody in a village says."""
        workers = self.workers.get(box.place.code) or next(iter(self.workers.values()))
        started = self._now_ms - self.chance.randrange(6 * 60) * _MINUTE_MS
        worker = self.chance.choice(workers)
        values = {
            "person": self.chance.choice(self.clients[village]),
            "worker": worker,
            "service": self.chance.choice(_SERVICES),
            "started_at": started,
            "minutes": self.chance.choice((20, 30, 30, 45, 60)),
            "fee_fen": self.chance.choice((0, 0, 500, 1_000)),
        }
        return {
            "division": self.trial.ids[village],
            "values": values,
            "user": self.names[worker],
        }

    async def visits(self, box: Box, count: int) -> list[str]:
        """Records visits in a box's own village."""
        code = box.place.code
        return [await box.do("record_visit", **self.visit(box, code)) for _ in range(count)]

    # --- alone -----------------------------------------------------------------------------------

    async def alone(self, victim: Box) -> None:
        """Everybody goes on working while no box reaches another."""

        async def at(box: Box) -> None:
            if box in self.trial.villages:
                await self._visits_alone(box, BACKLOG if box is victim else 8)
            if box in self.trial.townships:
                await self._township_alone(box)
            if box is self.first:
                await self._first_village_alone()
            if box is self.town:
                await self._first_township_alone()
            if box is self.trial.county:
                await self._county_alone()

        await self.trial.each(self.trial.all, at, at_once=len(self.trial.all))
        self._expect_conflicts()

    async def _visits_alone(self, box: Box, count: int) -> None:
        ids = await self.visits(box, count)
        self.offline[box.place.code] = ids
        await box.do(
            "correct_visit",
            visit_id=ids[0],
            changes={"minutes": 15},
            reason="L06",
            user=box.name,
        )
        await box.do("void_visit", visit_id=ids[1], reason="L07", user=box.name)

    async def _township_alone(self, box: Box) -> None:
        """A township registers a newcomer in a village, and a meal point of its own."""
        village = next(
            one.code
            for one in (*self.trial.places.without_a_box, *self.trial.places.villages)
            if one.parent == box.place.code
        )
        newcomer = people.clients(self.trial.seed + 1, [(village, "")], 1)[0]
        values = {"name": newcomer.values["name"], "phone": newcomer.values["phone"]}
        await box.do(
            "add_person", division=self.trial.ids[village], values=values, user="民政所 李干事"
        )
        await box.do(
            "add_facility",
            division=box.division,
            values={"name": f"{box.name}助餐点", "kind": "ZP"},
            services=["ZC02"],
            user="民政所 李干事",
        )

    async def _first_village_alone(self) -> None:
        box, aide = self.first, "村护理员 张大姐"
        person = self.contested_person
        await box.do("set_person", person_id=person, changes={"phone": self.phones[0]}, user=aide)
        await box.do("set_person", person_id=person, changes={"care_grade": "BH"}, user=aide)
        await box.do(
            "set_facility",
            facility_id=self.canteen,
            changes={},
            add_services=["ZC01", "ZC02"],
            user="食堂 赵师傅",
        )
        await box.do("count_meals", facility_id=self.canteen, meals=23, user="食堂 赵师傅")
        await box.do("stop_case", case_id=self.stopped, stop="withdrawn", user=aide)
        await self._advance(box, self.moved, 6)
        if self.last is not box:
            # A fact for a neighbour, who lives where this box may read nothing.
            neighbour = self.visit(box, self.last.place.code)
            self.offline[box.place.code].append(await box.do("record_visit", **neighbour))

    async def _first_township_alone(self) -> None:
        box, clerk = self.town, "民政所 李干事"
        person = self.contested_person
        await box.do("set_person", person_id=person, changes={"phone": self.phones[1]}, user=clerk)
        await box.do(
            "set_facility",
            facility_id=self.canteen,
            changes={"seats": 60},
            add_services=["ZC03"],
            remove_services=["ZC01"],
            user=clerk,
        )
        await box.do("count_meals", facility_id=self.canteen, meals=17, user=clerk)
        await self._advance(box, self.stopped, 4, 5)
        await box.do("stop_case", case_id=self.moved, stop="moved", user=clerk)

    async def _county_alone(self) -> None:
        box, head = self.trial.county, "民政局 王主任"
        await box.do(
            "set_person", person_id=self.contested_person, changes={"care_grade": "QH"}, user=head
        )
        await box.do("set_facility", facility_id=self.canteen, changes={"seats": 80}, user=head)
        await box.do(
            "add_facility",
            division=box.division,
            values={"name": f"{box.name}福利院", "kind": "FL", "seats": 120},
            user=head,
        )

    @property
    def contested_person(self) -> str:
        """Whose phone number is changed in two places."""
        return self.clients[self.first.place.code][2]

    def _expect_conflicts(self) -> None:
        division = self.trial.ids[self.first.place.code]
        person = self.contested_person
        for table, id_, column, values in (
            ("person", person, "phone", self.phones),
            ("person", person, "care_grade", ("BH", "QH")),
            ("facility", self.canteen, "seats", (60, 80)),
        ):
            self.trial.witness.expect_conflict(division, table, id_, column, values)
