"""`make bench`: prints one table of ratios and writes it flat to `bench/results.json`.

Options: `--rows N` (100,000), `--runs N` (3). Times are never reported: this machine is not yours.
`sync_ratio` divides rows a second of a whole sync by rows a second of one plain insert of the same
rows in the same run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import scattered
from bench.sync import measure
from bench.workload import rows
from bench.yardstick import skeleton_bytes

_RESULTS = Path(__file__).parent / "results.json"
_MEANING = {
    "sync_ratio": "rows/s of a sync, source to commit, by plain inserts; more is better",
    "noop_round_trips": "round trips between equal nodes",
    "noop_payload_bytes": "payload between equal nodes, both ways",
    "bytes_per_visit": "payload by visit, signed and with its history",
    "skeleton_bytes_per_visit": "the same for bare columns with ids, to compare",
    "scattered100_round_trips": "round trips until 100 scattered changes are across",
    "scattered100_bytes": "payload of those, both ways",
    "database_overhead": "database of a node beyond a bare table of its rows, by that table",
    "rss_idle_mb": "memory of a parent that waits, MiB",
    "rss_peak_mb": "memory at most while syncing, MiB",
}


def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    visits = rows(chosen.rows)
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        figures = asdict(measure(visits, Path(folder), chosen.runs))
        changes = scattered.measure(visits, Path(folder) / "scattered")
    figures["scattered100_round_trips"] = changes.round_trips
    figures["scattered100_bytes"] = changes.payload_bytes
    figures["skeleton_bytes_per_visit"] = skeleton_bytes(visits)
    results = {name: round(figures[name], 3) for name in _MEANING}
    table = Table(title=f"{chosen.rows:,} visits, {chosen.runs} runs")
    table.add_column("key")
    table.add_column("figure", justify="right")
    table.add_column("meaning")
    for name, meaning in _MEANING.items():
        table.add_row(name, str(results[name]), meaning)
    Console().print(table)
    _RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
