"""A whole county in one process, with faults: `linli sim`.

    plan      what happens when, drawn from a seed before anything runs
    boxes     one node: its folder, its clock, and what can befall them
    county    how the nodes of a plan come about
    line      a session between two nodes, as bad as it is asked to be
    meeting   who meets whom, and every way in which that goes wrong
    sticks    bundles that are carried, cut short, lost and found
    work      what people write, and what was acknowledged
    world     runs a plan, heals everything, and has it judged
    figures   what happened, and what has to happen in one of many plans
    judging   the invariants
    shrinking a smaller plan with the same fault

The store, the merge, the session and the care rooms are the product's own, on real files, with real
signatures; only time, chance and the network are made here. No fault point lives in the product.
What is equal and what is lost is judged by `cli.demo.reader`, which imports nothing of it.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.grammar import sentences, verb
from cli.output import result, talk
from node.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.simulation.plan import Plan
    from cli.simulation.running import Total

app = sentences()
_SHOWN_MAX = 5
_WIDTH = 79
CHECKED = (
    "查了：号码和编号不重复；各机自己的写入都在；每次确认都在该在的每个节点上；",
    "账本和表格一致；没有外人的记录；每一格显示的都由其各版本得出；",
    "重新推算结果相同；数据库页完好；恢复后四轮之内一致",
    "checked: numbers and ids given once; own writes are there; each acknowledgement",
    "at every node that should hold it; equal ledgers and tables; no stranger's",
    "record; each cell shows what its versions say; derived anew the same; pages",
    "authentic; equal within four rounds of healing",
)
"""What is looked at in every run."""


@verb(
    app,
    "sim",
    "linli sim",
    "linli sim --townships 3 --villages 9 --days 30 --seeds 10",
    "linli sim --replay 4f2a9c01be77.json",
)
def sim(
    townships: Annotated[int, typer.Option(min=1, metavar="N", help="Townships with a node.")] = 2,
    villages: Annotated[
        int, typer.Option(min=1, metavar="N", help="Villages with a node, in all.")
    ] = 4,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="How long it lasts.")] = 7,
    seed: Annotated[int, typer.Option(metavar="N", help="The first seed.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="How many seeds.")] = 1,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            metavar="N",
            show_default=False,
            help="Begin another seed for so long instead of a number of seeds.",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=0, metavar="N", help="Seeds at once; 0 is one a processor.")
    ] = 0,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Run a plan that was kept."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Where to keep a smaller plan of what goes wrong.",
        ),
    ] = None,
    markers: Annotated[
        bool, typer.Option("--markers", help="End with 1 where a kind of fault never struck.")
    ] = False,
) -> None:
    """Rehearses a county's bad weeks: cuts, crashes, wrong clocks, restores; then judges it."""
    from cli.simulation import running  # a typed command has no use for a simulation
    from cli.simulation.figures import never

    if keep is not None:
        _prepare(keep)
    numbers = itertools.count(seed) if minutes else iter(range(seed, seed + seeds))
    chosen = _replayed(replay) if replay else _drawn(townships, villages, days, numbers)
    seconds = 60 * minutes if minutes else float("inf")
    total = running.run_all(chosen, jobs or os.cpu_count() or 1, seconds, _told, _news)
    missing = never(total.happened) if markers else []
    _show(total, missing)
    for broken, found in total.broken:
        result(f"seed {broken.seed}:")
        for one in found[:_SHOWN_MAX]:
            result(f"  {one.kind}: {one.text}")
        if keep is not None:
            path, events = running.keep(broken, found[0].kind, keep)
            result(f"  kept: {path} ({events} events)")
    raise typer.Exit(1 if total.broken or missing else 0)


def _replayed(path: Path) -> Iterator[Plan]:
    """The plan of a file."""
    from cli.simulation.plan import Plan
    from cli.simulation.world import check

    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(f"Cannot read {path}: {fault}.") from fault
    plan = Plan.from_json(text)
    check(plan)
    return iter([plan])


def _prepare(folder: Path) -> None:
    """Makes the folder for plans before anything is run.

    Raises:
        UsageError: It cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as fault:
        raise UsageError(
            f"Cannot write to {folder}: {fault.strerror}.", hint="Name another folder with --keep."
        ) from fault


def _drawn(townships: int, villages: int, days: int, numbers: Iterator[int]) -> Iterator[Plan]:
    """The plans of some seeds."""
    from cli.simulation.plan import Topology, plan_of

    return (plan_of(number, Topology(townships, villages), days) for number in numbers)


def _told(total: Total, plan: Plan) -> None:
    verdict = f"{len(total.broken)} 个不成立 broken" if total.broken else "全部成立 all hold"
    end = "\r" if sys.stderr.isatty() else "\n"
    line = f"种子 seed {plan.seed}: {total.seeds} 个 seeds, {total.node_days} 节点日 node-days, "
    print(line + verdict, end=end, file=sys.stderr, flush=True)


def _news(happened: int, planned: int) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"事件 events: {happened} / {planned}", end=end, file=sys.stderr, flush=True)


def _line(what: str, figure: str) -> None:
    """One figure; a Chinese character is two columns wide."""
    from rich.cells import cell_len  # a typed command has no use for it

    result(what + " " * (_WIDTH - cell_len(what) - len(figure)) + figure)


def _show(total: Total, missing: list[str]) -> None:
    """What was injected, what was checked, how fast, and the verdict."""
    from cli.simulation.figures import MARKERS, SELDOM

    talk("")
    for what, count in sorted(total.happened.items()):
        _line(f"{MARKERS.get(what) or SELDOM[what]} · {what}", f"{count}")
    result("")
    for what, figure in (
        ("种子 · seeds", f"{total.seeds}"),
        ("节点日 · node-days", f"{total.node_days}"),
        ("每处理器分钟的节点日 · node-days a minute of one processor", f"{total.pace:.0f}"),
        ("确认过的写入 · acknowledgements", f"{total.acknowledged}"),
        ("随唯一的磁盘失去 · gone with the only disk that held them", f"{total.given_up}"),
        ("恢复一致最多几轮 · rounds of healing at most", f"{total.rounds_max}"),
        ("半数到县，小时 · half are at the county after hours", f"{total.latency_h(0.5):.0f}"),
        ("百分之九十九到县 · 99 of 100 after hours", f"{total.latency_h(0.99):.0f}"),
        ("过程摘要 · digest of what happened", total.trace),
    ):
        _line(what, figure)
    result("")
    for line in CHECKED:
        result(line)
    if missing:
        result(f"✗ 未发生 · never happened: {', '.join(missing)}")
    result("✗ 有不成立 · something broke" if total.broken else "✓ 全部成立 · everything holds")
