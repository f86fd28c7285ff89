"""Runs many plans at once and adds up what happened."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.simulation.figures import Figures
from cli.simulation.judging import Found
from cli.simulation.plan import Event, Plan
from cli.simulation.shrinking import shrink
from cli.simulation.world import run

_MEMORY = Path("/dev/shm")
_NEWS_S = 20.0
_GARBAGE_MIN = 100_000
_happened = multiprocessing.Value("q", 0)
"""How many events have happened in all plans; a worker is handed its parent's."""
SHRINK_S_MAX = 600


@dataclass
class Total:
    """What came of some plans.

    Attributes:
        seeds: How many plans were run.
        node_days: How many days of nodes these were.
        cpu_s: What they cost, seconds of a processor.
        acknowledged: How many writes were acknowledged.
        given_up: How many of them went with the only disk that held them.
        rounds_max: How many rounds the slowest healing took.
        happened: How often each thing happened.
        latencies_ms: How long acknowledged rows took to the county, true time.
        broken: The plans that broke an invariant, with what was seen.
        traces: The digest of each run, by its seed.
    """

    seeds: int = 0
    node_days: int = 0
    cpu_s: float = 0.0
    acknowledged: int = 0
    given_up: int = 0
    rounds_max: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    latencies_ms: list[int] = field(default_factory=list)
    broken: list[tuple[Plan, list[Found]]] = field(default_factory=list)
    traces: dict[int, str] = field(default_factory=dict)

    def add(self, plan: Plan, found: list[Found], figures: Figures, cpu_s: float) -> None:
        """Adds the outcome of one plan."""
        self.seeds += 1
        self.node_days += len(plan.topology.names) * plan.days
        self.cpu_s += cpu_s
        self.acknowledged += figures.acknowledged
        self.given_up += figures.given_up
        self.rounds_max = max(self.rounds_max, figures.rounds)
        self.happened += figures.happened
        self.latencies_ms += figures.latencies_ms
        self.traces[plan.seed] = figures.trace
        if found:
            self.broken.append((plan, found))

    def latency_h(self, share: float) -> float:
        """Within how many hours a share of the rows had reached the county."""
        ordered = sorted(self.latencies_ms)
        place = min(int(share * len(ordered)), len(ordered) - 1)
        return ordered[place] / 3_600_000 if ordered else 0.0

    @property
    def trace(self) -> str:
        """One digest of all runs: the same seeds and the same program give the same."""
        every = repr(sorted(self.traces.items())).encode()
        return hashlib.blake2b(every, digest_size=8).hexdigest()

    @property
    def pace(self) -> float:
        """Days of nodes in a minute of one processor."""
        return 60 * self.node_days / self.cpu_s if self.cpu_s else 0.0


def run_in_memory(plan: Plan) -> tuple[list[Found], Figures, float]:
    """Runs a plan in a folder that goes away; in memory where there is such a place."""
    place = _MEMORY if _MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="linli-sim-", dir=place))
    begun = time.process_time()
    try:
        found, figures = run(plan, folder, _tell)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found, figures, time.process_time() - begun


def _tell(event: Event) -> None:
    with _happened.get_lock():
        _happened.value += 1


def _share(happened: Any) -> None:
    global _happened
    # Next to nothing that a simulation makes stands in a ring: looking for rings took a tenth.
    gc.set_threshold(_GARBAGE_MIN)
    _happened = happened


def run_all(
    plans: Iterable[Plan],
    jobs: int,
    seconds_max: float,
    told: Callable[[Total, Plan], None],
    news: Callable[[int, int], None] = lambda happened, planned: None,
) -> Total:
    """Runs plans side by side until there are no more, or no more time to begin one.

    Args:
        plans: The plans; may go on for ever.
        jobs: How many at once.
        seconds_max: When no other is begun.
        told: Is told after each.
        news: Is told now and then how many events have happened, of how many so far.
    """
    total, source, planned = Total(), iter(plans), 0
    until = time.monotonic() + seconds_max
    happened = multiprocessing.Value("q", 0)
    with ProcessPoolExecutor(jobs, initializer=_share, initargs=(happened,)) as pool:
        under_way: dict[Future[tuple[list[Found], Figures, float]], Plan] = {}
        while True:
            for plan in _some(source, jobs - len(under_way), until):
                under_way[pool.submit(run_in_memory, plan)] = plan
                planned += len(plan.events)
            if not under_way:
                return total
            done, _ = wait(under_way, _NEWS_S, return_when=FIRST_COMPLETED)
            if not done:
                news(happened.value, planned)
            for one in done:
                plan = under_way.pop(one)
                total.add(plan, *one.result())
                told(total, plan)


def _some(source: Iterator[Plan], count: int, until: float) -> Iterator[Plan]:
    for _ in range(count):
        if time.monotonic() > until:
            return
        plan = next(source, None)
        if plan is None:
            return
        yield plan


def keep(plan: Plan, kind: str, folder: Path) -> tuple[Path, int]:
    """Shrinks a plan that breaks an invariant and writes it down, to be replayed for ever.

    Returns:
        Where, and how many events are left.
    """

    def breaks(smaller: Plan) -> str:
        found, _, _ = run_in_memory(smaller)
        return found[0].kind if found else ""

    smaller = shrink(plan, kind, breaks, SHRINK_S_MAX)
    text = smaller.to_json()
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    return path, len(smaller.events)
