"""`python -m bench.imports`: what an import of many people costs, in memory and by plain inserts.

Options: `--rows N` (50,000). Each import runs in a process of its own, into the county's node with
all its villages, once for a tenth of the rows and once for all: what the second peak has more is
the database's cache, which has a limit, and some bytes a row. `again` is the same list a second
time, of which nothing is new. The yardstick is one `executemany` of the same rows into plain
SQLite, with a key and an index, in the same minute.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from node.care.fields import id_check_digit
from node.care.policy import division_list
from node.care.records import SCHEMA
from node.care.sheets.importing import Import
from node.care.sheets.reading import open_sheet
from node.care.sheets.registers import PEOPLE
from node.care.sheets.writing import written
from node.codes import read_list
from node.replica import Replica

_HEADS = ("姓名", "身份证号", "联系电话", "家庭住址", "行政区划代码", "人员类别", "备注")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "桂兰秀英凤英玉兰建国志强德福淑珍长青春梅"
_GROUPS = ("", "独居", "高龄", "独居、高龄", "低保")
_RUNS = 3
COUNTY = "130732"


def main() -> None:
    """Measures and prints; or, with `--child`, is one of the processes that are measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--child", nargs=2, metavar=("HOME", "FILE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(_imported(*map(Path, chosen.child))))
        return
    table = Table(title=f"{chosen.rows:,} people")
    for head in ("list", "rows/s by plain inserts", "again", "MiB", "MiB for a tenth"):
        table.add_column(head, justify="left" if head == "list" else "right")
    people = list(_people(chosen.rows))
    mixed = random.Random(11).sample(people, len(people))
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        for name, rows in (("a.csv", people), ("a.xlsx", people), ("mixed.csv", mixed)):
            table.add_row(name, *_measured(Path(folder), name, rows))
    Console().print(table)


def _measured(folder: Path, name: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """A line of the table."""
    few = _run(
        _home(folder / f"few-{name}"), _file(folder / f"few-{name}", rows[: len(rows) // 10])
    )
    file, home = _file(folder / name, rows), _home(folder / name)
    plain = min(_plain(rows, folder / f"{name}.db") for _ in range(_RUNS))
    all_, again = _run(home, file), _run(home, file)
    assert (all_["new"], again["new"], again["present"]) == (len(rows), 0, len(rows))
    return [
        f"{plain / all_['seconds']:.3f}",
        f"{plain / again['seconds']:.3f}",
        f"{all_['mib']:.1f}",
        f"{few['mib']:.1f}",
    ]


def _people(count: int) -> Iterator[tuple[str, ...]]:
    """People who do not exist, village by village."""
    rng = random.Random(7)
    villages = [row.code for row in read_list(division_list(COUNTY)) if row.level == "village"]
    for number in range(count):
        day, serial = divmod(number, 999)
        born = f"19{30 + day // 300 % 30:02}{day % 12 + 1:02}{day // 12 % 25 + 1:02}"
        digits = f"130732{born}{serial + 1:03}"
        yield (
            rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, 2)),
            digits + id_check_digit(digits),
            f"138{rng.randrange(10**8):08}",
            f"{rng.randrange(9) + 1}组{rng.randrange(300) + 1}号",
            villages[number * len(villages) // count],
            rng.choice(_GROUPS),
            rng.choice(("", "腿脚不便", "子女在外地，每周电话一次")),
        )


def _file(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    if path.suffix == ".xlsx":
        with written(path, [True] * len(_HEADS)) as append:
            append(_HEADS)
            for row in rows:
                append(row)
    else:
        with path.open("w", encoding="gbk", newline="") as file:
            csv.writer(file).writerows([_HEADS, *rows])
    return path


def _home(beside: Path) -> Path:
    from node.members import add_divisions, init_county  # needs gRPC, which a child must not load

    home = beside.with_name(f"{beside.name}.home")
    with init_county(home, SCHEMA, code=COUNTY, name="赤城县", user="bench") as replica:
        add_divisions(replica, read_list(division_list(COUNTY)))
    return home


def _run(home: Path, file: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.imports", "--child", str(home), str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _imported(home: Path, file: Path) -> dict[str, float]:
    """One import: its seconds, its rows, and by how much memory grew at most."""
    with Replica(home, SCHEMA) as replica:
        before = _peak_kib()
        start = time.perf_counter()
        with open_sheet(file) as sheet:
            outcome = Import(replica, PEOPLE, "bench").run(sheet)
        seconds = time.perf_counter() - start
        grown = _peak_kib() - before
    assert not outcome.refused
    return {
        "seconds": seconds,
        "new": outcome.new,
        "present": outcome.present,
        "mib": grown / 1024,
    }


def _peak_kib() -> int:
    """This process's own peak; what `resource` tells begins with that of its parent."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def _plain(rows: Sequence[Sequence[str]], path: Path) -> float:
    """Seconds of one plain insert of the rows, its commit included."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.execute("PRAGMA synchronous=FULL").fetchall()
        columns = ",".join(f"c{number} TEXT" for number in range(len(_HEADS)))
        connection.execute(f"CREATE TABLE person(id INTEGER PRIMARY KEY, {columns})")
        connection.execute("CREATE INDEX person_division ON person(c4)")
        start = time.perf_counter()
        connection.execute("BEGIN")
        marks = ",".join("?" * len(_HEADS))
        connection.executemany(f"INSERT INTO person VALUES(NULL,{marks})", rows)
        connection.execute("COMMIT")
        return time.perf_counter() - start
    finally:
        connection.close()


if __name__ == "__main__":
    main()
