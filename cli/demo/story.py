"""The story of `linli demo`, chapter by chapter: together, apart, one box killed, together again.

It starts real processes, lets people work at every tier, and at the end believes nobody: a separate
program reads the databases after every process has stopped (`reader`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.demo import findings, housecall, outage
from cli.demo.box import Box, environment
from cli.demo.founding import SMALL, found
from cli.demo.people import CLIENTS, WORKERS
from cli.demo.places import Places
from cli.demo.scenes import Register
from cli.demo.screen import Screen
from cli.demo.trial import Trial
from node.care.policy import BASELINE
from node.care.status import status_text
from node.codes import Listed
from node.errors import LinliError

READER_S_MAX = 300.0


@dataclass(frozen=True)
class Wanted:
    """What a person asked for.

    Attributes:
        folder: Where everything is kept.
        places: Where the nodes stand.
        listed: The county's list of places.
        county_csv: The file it was read from; None for the list that comes with Linli.
        seed: What decides every choice.
        stay: Whether to start the services again at the end and wait for Ctrl-C.
    """

    folder: Path
    places: Places
    listed: Sequence[Listed]
    county_csv: Path | None
    seed: int
    stay: bool


async def tell(wanted: Wanted, screen: Screen) -> int:
    """Tells the whole story.

    Returns:
        0 where everything that was acknowledged is where it belongs and equal nodes are equal,
        otherwise 1.

    Raises:
        LinliError: The story could not be told to its end.
    """
    trial = Trial(wanted.folder, wanted.places, wanted.seed, screen)
    try:
        register = Register(trial)
        victim = trial.villages[-1]
        await _together(trial, register, wanted, victim)
        await _apart(trial, register, victim)
        cut = await _together_again(trial, register, victim)
        await _look_around(trial, register)
        trial.write_plan()
        report = await judge(trial)
        findings.show(trial, register, cut, report)
        code = 1 if report["faults"] else 0
        if wanted.stay:
            await _stay(trial, register)
        return code
    finally:
        await asyncio.shield(trial.close())


async def _together(trial: Trial, register: Register, wanted: Wanted, victim: Box) -> None:
    screen, places = trial.screen, wanted.places
    screen.chapter(f"{places.county.name}建网", "the county comes about")
    screen.say(
        f"1 县 {len(places.townships)} 乡镇 {len(places.villages)} 村，每处一个进程 · "
        f"{len(places.all)} nodes, each a process; {len(wanted.listed)} divisions"
    )
    for town in places.townships:
        below = "、".join(village.short for village in places.below(town))
        screen.say(f"{town.short}: {below}")
    with screen.waiting("建网 · founding"):
        await found(trial, wanted.county_csv, {victim: SMALL})
    screen.say("各节点已入网并一致 · all have joined and are equal")

    screen.chapter("登记与日常", "registers and an ordinary day")
    with screen.waiting("登记 · registering") as news:
        await register.load(news)
    screen.say(f"{CLIENTS} 位服务对象、{WORKERS} 名护理员 · {CLIENTS} clients, {WORKERS} workers")
    await trial.quiet()
    await register.ordinary_day()
    took = await trial.quiet()
    screen.say(f"探访、食堂、两户改造 · visits, a canteen, cases; equal after {took:.1f} s")
    await _on_pages(trial, register)


async def _on_pages(trial: Trial, register: Register) -> None:
    """One visit is typed on a village's page and comes up on the county's."""
    screen = trial.screen
    screen.chapter("在网页上记一次探访", "a visit typed on a page")
    housecall.tell(trial, register)
    took = await housecall.pay(trial, register)
    screen.say("村页面记下的探访已出现在县页面，村页面显示第三个勾 ✓✓✓")
    screen.say(
        f"a visit typed on a village's page appears on the county's page, with its third tick: "
        f"{took:.1f} s"
    )
    await trial.quiet()


async def _apart(trial: Trial, register: Register, victim: Box) -> None:
    screen = trial.screen
    trial.cut()
    screen.chapter("链路全部断开", "all links cut")
    before = trial.witness.count
    with screen.waiting("各级照常工作 · everybody goes on working"):
        await register.alone(victim)
    person = register.names[register.contested_person]
    first, town = register.first.name, register.town.name
    waits = len(register.offline[victim.place.code])
    for line in (
        f"{first}和{town}各改了{person}的电话 · one phone number, changed twice",
        f"{first}食堂加送餐，{town}加上门做饭停堂食 · a canteen's services",
        f"{town}推进改造案，村里记户主放弃 · a case advanced, and withdrawn",
        f"{first}推进另一案，{town}记搬迁 · another case, the other way round",
        "县里定护理等级、改食堂座位 · the county decides a grade, edits seats",
        f"{victim.name}积压{waits}次探访 · a backlog of {waits} visits",
        f"离线确认{trial.witness.count - before}项写入 · so many writes acknowledged while apart",
    ):
        screen.say(line)
    if any(link.lines for link in trial.links):
        raise LinliError("A line was open although every link was cut.")


async def _together_again(trial: Trial, register: Register, victim: Box) -> outage.PowerCut:
    screen = trial.screen
    screen.chapter("链路恢复", "links heal")
    for link in victim.links.values():
        link.throttle(outage.BYTES_PER_S)
    cut = outage.watch(trial, victim)
    visit = register.visit(victim, victim.place.code)
    trial.heal()
    with screen.waiting(f"{victim.name}的慢链路 · the slow link of {victim.name}"):
        await outage.strike(victim, cut, visit)
    await outage.measure(cut, register.offline[victim.place.code])
    assert cut.committed_by is not None, "it was measured there"
    screen.say(f"{victim.name}断电 kill -9: {cut.committed_by.name}已提交{cut.frames_before}帧")
    screen.say(
        f"killed after {cut.frames_before} committed frames, {cut.held} of {cut.backlog} visits "
        f"across"
    )
    for link in victim.links.values():
        link.throttle(0)
    await victim.serve()
    await victim.take_up_work()
    took = await trial.quiet()
    if not cut.frames_after:
        raise LinliError(
            f"{victim.name} sent no further frame after its restart, so the kill came after the "
            f"last one.",
            hint="Run it again.",
        )
    screen.say(
        f"重启续传{cut.frames_after}帧 · restarted, {cut.frames_after} more frames; "
        f"all equal after {took:.1f} s"
    )
    return cut


async def _look_around(trial: Trial, register: Register) -> None:
    """Shows what became of the things that were written in two places."""
    county = trial.county
    canteen = await county.do("look", table="facility", id_=register.canteen)
    services = "、".join(BASELINE.lists.services.title(code) for code in canteen["services"])
    trial.screen.say(f"食堂 canteen: {services}; {canteen['meals_served']} 份 = 23 + 17")
    for case in (register.stopped, register.moved):
        row = await county.do("look", table="modification_case", id_=case)
        trial.screen.say(f"改造案 case: {status_text(row['status'])}")


async def judge(trial: Trial) -> dict[str, Any]:
    """Stops every process and lets the reader read.

    Raises:
        LinliError: The reader itself failed.
    """
    trial.screen.chapter("全部停机，独立核对", "all stopped, read by a separate program")
    await trial.stop()
    with trial.screen.waiting("核对 · reading every database"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli.demo.reader", str(trial.folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )  # fmt: skip
        try:
            async with asyncio.timeout(READER_S_MAX):
                out, talk = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode not in (0, 1) or not out:
        raise LinliError(f"The reader failed: {talk.decode(errors='replace').strip()[-2000:]}")
    report: dict[str, Any] = json.loads(out)
    if bool(report["faults"]) != bool(process.returncode):
        raise LinliError("The reader's report and its exit code contradict each other.")
    return report


async def _stay(trial: Trial, register: Register) -> None:
    """Starts the services again and waits for Ctrl-C."""
    with trial.screen.waiting("重新启动 · starting again"):
        await trial.each(trial.all, lambda box: box.serve())
    trial.screen.chapter("节点仍在运行", "the nodes keep running until Ctrl-C")
    housecall.tell(trial, register)
    trial.screen.paste(f"linli --home {trial.county.home} conflict list")
    trial.screen.paste(f"linli --home {trial.villages[0].home} status")
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
