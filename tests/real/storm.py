"""Thirteen nodes as processes, each in a network of its own; a storm over them; and the reckoning.

The county is that of `linli demo`: its boxes, founding, hands, witness and reader. Here each box
stands in a network namespace, and its lines run through links that can be spoiled in every way. A
schedule that a seed decided strikes links and nodes while people go on writing everywhere. At the
end some lines are dead and nobody has been told; else all is healed. Everything must become equal
by itself within a bounded time, and the reader, which knows nothing of the product, looks for every
acknowledged write and compares what nodes hold in common.

    unshare --net python -m tests.real.storm FOLDER --seed 7 --minutes 3

Prints a report as JSON; what is told meanwhile goes to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.demo.box import Box
from cli.demo.founding import SMALL, found
from cli.demo.links import Link
from cli.demo.places import Place, Places, choose
from cli.demo.reader import open_ledger
from cli.demo.running import COUNTY
from cli.demo.scenes import Register
from cli.demo.screen import Screen
from cli.demo.story import judge
from cli.demo.trial import Trial
from cli.demo.witness import Witness
from node.care.policy import division_list
from node.codes import read_list
from node.config import Limits
from node.errors import LinliError
from tests.real import schedule
from tests.real.namespaces import HUB, Namespace, forward, losing, lost, namespaces
from tests.real.rough import FAIR, RoughLink, Weather
from tests.real.schedule import Blow
from tests.real.working import Work

TOWNSHIPS, VILLAGES = 3, 9
PORT, ENROL_PORT = 7443, 7444
QUICK = Limits(session_idle_s_max=20, segment_bytes_max=16_384, frame_bytes_max=65_536)
"""A dead line is found in half a minute: a storm has no five."""
SMALL_AND_QUICK = replace(SMALL, session_idle_s_max=20, segment_bytes_max=16_384)
_NEWS_S = 20.0
_MOVE_DELAYS = 1.5
_AFTER_S = 3.0
_OUR_FAULT = re.compile(r'"level": "error"|Traceback|segment_set_aside')


class HousedBox(Box):
    """A box in a namespace of its own."""

    def __init__(self, place: Place, folder: Path, witness: Witness, namespace: Namespace) -> None:
        super().__init__(place, folder, witness)
        self.namespace = namespace

    async def start(self, *words: str, **pipes: Any) -> asyncio.subprocess.Process:
        return await super().start(*self.namespace.enter, *words, **pipes)


class Storm(Trial):
    """A county in a storm.

    Args:
        folder: Where everything is kept; it is there and empty.
        places: Where the nodes stand.
        seed: What decides every choice.
        screen: Where it is told.
        networks: The network of each node, by the code of its place.

    Attributes:
        struck: How often each kind of blow fell.
        kills: How many processes of nodes were ended by `kill -9`.
        starting: How many of them before their ports were open.
        packets_lost: How many packets were lost on purpose.
    """

    def __init__(
        self,
        folder: Path,
        places: Places,
        seed: int,
        screen: Screen,
        networks: dict[str, Namespace],
    ) -> None:
        self.networks = networks
        self.struck: Counter[str] = Counter()
        self.kills = self.starting = self.packets_lost = 0
        super().__init__(folder, places, seed, screen)

    def box(self, place: Place) -> Box:
        return HousedBox(place, self.folder, self.witness, self.networks[place.code])

    def addresses(self, box: Box) -> tuple[str, str]:
        address = self.networks[box.place.code].address
        return f"{address}:{PORT}", f"{address}:{ENROL_PORT}"

    def link(self, box: Box, upper: Box) -> Link:
        host, _, port = upper.listen.rpartition(":")
        return RoughLink(name_of(box.place, upper.place), host, int(port), HUB)

    # --- blows -----------------------------------------------------------------------------------

    async def strike(self, work: Work, blows: dict[str, list[Blow]]) -> None:
        """Lets every blow fall at its time; on return all is healed and every node is up."""
        began = asyncio.get_running_loop().time()
        links = {link.name: link for link in self.links if isinstance(link, RoughLink)}
        boxes = {box.place.code: box for box in self.all}
        assert {*links, *boxes} == {*blows}, "every link and every node has its blows"

        async def fall(name: str) -> None:
            for blow in blows[name]:
                wait = began + blow.at_s - asyncio.get_running_loop().time()
                await asyncio.sleep(max(wait, 0))
                if name in links:
                    await self._strike_link(links[name], blow)
                else:
                    await self._strike_node(boxes[name], blow, work.at_work[boxes[name]])
                self.struck[blow.kind] += 1

        async with asyncio.TaskGroup() as group:
            for name in blows:
                group.create_task(fall(name), name=name)

    async def _strike_link(self, link: RoughLink, blow: Blow) -> None:
        if blow.kind == "cut":
            link.break_after(*blow.count)
        elif blow.kind == "down":
            link.cut()
            await asyncio.sleep(blow.lasts_s)
            link.heal()
        elif blow.kind == "loss":
            async with losing(link.port, blow.share):
                await asyncio.sleep(blow.lasts_s)
                self.packets_lost += await asyncio.to_thread(lost, link.port)
        else:
            assert blow.weather is not None, "every other blow is a weather"
            link.weather = blow.weather
            moves = blow.kind == "move"
            await asyncio.sleep(blow.weather.delay_s * _MOVE_DELAYS if moves else blow.lasts_s)
            if moves:
                link.rebind(blow.lasts_s)
            link.weather = FAIR

    async def _strike_node(self, box: Box, blow: Blow, at_work: asyncio.Event) -> None:
        service, hands = blow.kind != "hands", blow.kind != "service"
        if blow.kind == "freeze":
            box.signal(signal.SIGSTOP, hands=False)
            try:
                await asyncio.sleep(blow.lasts_s)
            finally:
                box.signal(signal.SIGCONT, hands=False)
            return
        if hands:
            at_work.clear()
        await self._kill(box, service=service, hands=hands)
        await asyncio.sleep(blow.lasts_s)
        for wait_ms in blow.count:
            await box.begin_to_serve()
            await asyncio.sleep(wait_ms / 1000)
            self.starting += not box.is_up
            await self._kill(box, hands=False)
        async with asyncio.TaskGroup() as group:
            if service:
                group.create_task(box.serve())
            if hands:
                group.create_task(box.take_up_work())
        at_work.set()

    async def _kill(self, box: Box, *, service: bool = True, hands: bool = True) -> None:
        """Kills a node's service, its hands, or both.

        Raises:
            LinliError: The service had ended by itself before.
        """
        box.kill(service=service, hands=hands)
        self.kills += service + hands
        if not await box.killed(service=service, hands=hands) and service:
            raise LinliError(f"The service of {box.name} ended by itself and not by `kill -9`.")

    async def tell_news(self, work: Work) -> None:
        """Says now and then how far it has come."""
        while True:
            await asyncio.sleep(_NEWS_S)
            self.screen.say(
                f"{self.screen.elapsed_s:.0f} s: {self.witness.count} acknowledged, "
                f"{self.kills} processes killed, {sum(self.struck.values())} blows, "
                f"{work.refused.total()} refused"
            )

    def forget(self) -> None:
        """Makes every third link forget the lines that stand, without a word to their ends."""
        for link in self.links[::3]:
            assert isinstance(link, RoughLink), "every link here is one"
            link.weather = Weather(silent=True)
            link.weather = FAIR

    def alerts(self) -> list[str]:
        """What any node has raised: here no box was restored or copied, and none is to blame."""
        found = []
        for box in self.all:
            with contextlib.closing(open_ledger(box.home)) as ledger:
                rows = ledger.execute("SELECT kind, text FROM alert").fetchall()
                found += [f"{box.name}: {kind}: {text}" for kind, text in rows]
        return found

    def faults_in_logs(self) -> list[str]:
        """Every line in a node's log that tells of a fault of ours."""
        return [
            f"{path.name}: {line}"
            for path in sorted((self.folder / "logs").iterdir())
            for line in path.read_text(errors="replace").splitlines()
            if _OUR_FAULT.search(line)
        ]


def name_of(lower: Place, upper: Place) -> str:
    """What the link between two places is called."""
    return f"{lower.code}—{upper.code}"


def links_of(places: Places) -> list[str]:
    """The links that a county will have: to the township, and to the county."""
    above = {place.code: place for place in (places.county, *places.townships)}
    villages = [(one, above[one.parent]) for one in places.villages]
    skipping = [(one, places.county) for one in places.villages]
    townships = [(one, places.county) for one in places.townships]
    return [name_of(*ends) for ends in (*townships, *villages, *skipping)]


async def storm(trial: Storm, minutes: float) -> dict[str, Any]:
    """Founds the county, lets the storm pass, waits until all is equal, and reckons.

    Raises:
        LinliError: A node did not come up again, or the nodes did not become equal.
    """
    screen, places = trial.screen, trial.places
    codes = [place.code for place in places.all]
    drawn = schedule.blows(trial.seed, links_of(places), codes, minutes * 60)
    (trial.folder / "schedule.txt").write_text("\n".join(schedule.lines(drawn)))
    limits = dict.fromkeys(trial.all, QUICK)
    limits |= dict.fromkeys(trial.villages[::3], SMALL_AND_QUICK)
    forward(True)
    await found(trial, None, limits)
    forward(False)
    register = Register(trial)
    work = Work(trial, register)
    await register.load(lambda news: None)
    await work.open_canteens()
    await trial.quiet()
    founded_s, before = screen.elapsed_s, trial.witness.count
    screen.say(f"{len(trial.all)} nodes founded, registered and equal after {founded_s:.0f} s")
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        telling = group.create_task(trial.tell_news(work))
        for box in trial.all:
            group.create_task(work.go_on(box, over))
        await trial.strike(work, drawn)
        trial.forget()
        await asyncio.sleep(_AFTER_S)
        over.set()
        telling.cancel()
    stormed_s = screen.elapsed_s - founded_s
    equal_s = await trial.quiet()
    screen.say(f"all equal {equal_s:.1f} s after the storm of {stormed_s:.0f} s")
    links = [link for link in trial.links if isinstance(link, RoughLink)]
    trial.write_plan()
    report = await judge(trial)
    return {
        "seed": trial.seed,
        "nodes": len(trial.all),
        "founded_s": round(founded_s, 1),
        "stormed_s": round(stormed_s, 1),
        "equal_s": round(equal_s, 1),
        "acknowledged": trial.witness.count,
        "in_the_storm": trial.witness.count - before,
        "looked_for": report["looked_for"],
        "kills": trial.kills,
        "while_starting": trial.starting,
        "struck": dict(sorted(trial.struck.items())),
        "breaks": sum(link.breaks for link in links),
        "packets_lost": trial.packets_lost,
        "moves": sum(link.moves for link in links),
        "bytes": sum(link.bytes_up + link.bytes_down for link in links),
        "unknown": work.gone,
        "refused": dict(work.refused),
        "errors": [*trial.faults_in_logs(), *trial.alerts()],
        "faults": report["faults"],
    }


async def run(folder: Path, seed: int, minutes: float) -> dict[str, Any]:
    """Runs a storm from beginning to end; SIGTERM ends it as Ctrl-C does."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    places = choose(read_list(division_list(COUNTY)), TOWNSHIPS, VILLAGES, seed)
    with namespaces(place.code for place in places.all) as networks:
        trial = Storm(folder, places, seed, Screen(), networks)
        try:
            return await storm(trial, minutes)
        finally:
            await asyncio.shield(trial.close())


def main() -> None:
    """Runs a storm and prints the report."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--seed", type=int, required=True)
    words.add_argument("--minutes", type=float, required=True)
    given = words.parse_args()
    report = asyncio.run(run(given.folder, given.seed, given.minutes))
    print(json.dumps(report, ensure_ascii=False))
    sys.exit(bool(report["faults"] or report["errors"]))


if __name__ == "__main__":
    main()
