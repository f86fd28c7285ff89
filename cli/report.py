"""What a county may mail to the developers: facts of a node, and nobody in them.

Every line is a count, a size, a version, a code of this program or a setting that is a number.
No name, no text that somebody typed, no address of a network and no path stands in it: they would
say whose box it is. Divisions are public and are given by their codes.
"""

from __future__ import annotations

import os
import platform
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from typing import Any

from cli.home import code_of
from node import identity
from node.clock import CEILING_MS, DAY_MS, stamp_ms
from node.config import CHAIN, CONFIG, EVENTS, LEDGER, LEDGER_KEY, NODE_KEY
from node.errors import LinliError
from node.events import facts_of, kept_lines
from node.replica import Replica
from node.schema import Channel

PACKAGES = (
    "linli", "cryptography", "grpcio", "protobuf", "sqlalchemy", "sqlcipher3", "starlette",
    "typer", "uvicorn", "zstandard",
)  # fmt: skip
FILES = (LEDGER, f"{LEDGER}-wal", LEDGER_KEY, NODE_KEY, CHAIN, CONFIG)

Facts = Iterator[tuple[str, object]]


def report(replica: Replica, home: Path, verdicts: Mapping[str, str]) -> str:
    """The report as text, one fact a line.

    Args:
        replica: The node.
        home: Its folder.
        verdicts: What the doctor found, by check: `ok`, `look` or `bad`.
    """
    parts: dict[str, Facts] = {
        "checks": iter(verdicts.items()),
        "versions": _versions(replica),
        "machine": _machine(home),
        "node": _node(replica),
        "clock": _clock(replica),
        "database": iter(replica.store.facts().items()),
        "records": _records(replica),
        "ledger": _ledger(replica),
        "set aside": _set_aside(replica),
        "alerts": iter(sorted(Counter(one.kind for one in _alerts(replica)).items())),
        "peers": _peers(replica),
        "last errors": _errors(home),
        "limits that differ": _limits(replica),
    }
    return _text(parts)


def closed_report(home: Path, verdicts: Mapping[str, str], trouble: LinliError) -> str:
    """The report of a node that does not open: what can be said from outside, and why."""
    parts: dict[str, Facts] = {
        "checks": iter(verdicts.items()),
        "trouble": iter(facts_of(trouble).items()),
        "versions": _packages(),
        "machine": _machine(home),
        "last errors": _errors(home),
    }
    return _text(parts)


def _text(parts: Mapping[str, Facts]) -> str:
    lines = ["# A report of `linli doctor`, without personal data"]
    for heading, facts in parts.items():
        told = [f"{name}: {value}" for name, value in facts]
        lines += ["", f"## {heading}", *(told or ["none"])]
    return "\n".join(lines) + "\n"


def _packages() -> Facts:
    yield "python", platform.python_version()
    yield from ((name, metadata.version(name)) for name in PACKAGES)
    yield "openssl", ssl.OPENSSL_VERSION


def _versions(replica: Replica) -> Facts:
    yield from _packages()
    schema = replica.core.schema
    yield "schema", schema.version
    yield "rules", schema.rules_version
    yield "policy", replica.core.policy()


def _machine(home: Path) -> Facts:
    yield "system", f"{platform.system()} {platform.release()}"
    yield "architecture", platform.machine()
    yield "libc", " ".join(platform.libc_ver())
    yield "processors", os.cpu_count()
    yield "memory bytes", os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if not home.is_dir():
        return
    disk = os.statvfs(home)
    yield "disk bytes", disk.f_blocks * disk.f_frsize
    yield "disk bytes free", disk.f_bavail * disk.f_frsize
    yield "disk files free", disk.f_favail
    for name in FILES:
        if (home / name).exists():
            status = (home / name).stat()
            yield f"{name} bytes", status.st_size
            yield f"{name} mode", f"{status.st_mode & 0o777:o}"


def _node(replica: Replica) -> Facts:
    core = replica.core
    yield "author", core.author
    yield "division", code_of(replica, replica.division)
    yield "tier", replica.tier
    yield "divisions known", len(replica.tree)
    yield "acts void", len(replica.tree.void)
    yield "nodes known", len(replica.view.certificates)
    for name in ("listen", "enrol_listen", "pages_listen", "watch_listen"):
        yield f"{name} set", "yes" if getattr(core.config, name) else "no"
    own = identity.read_certificate(core.chain[0])
    yield "certificate days left", (own.valid_until - core.now_ms()) // DAY_MS


def _clock(replica: Replica) -> Facts:
    core, beacon = replica.core, replica.beacon()
    machine = core.clock.now_ms()
    yield "machine ms", machine
    yield "machine beyond 2100", "yes" if machine > CEILING_MS else "no"
    yield "node ahead of machine s", (core.now_ms() - machine) // 1000
    yield (
        "newest stamp ahead of machine s",
        (stamp_ms(core.store.integer("high_water")) - machine) // 1000,
    )
    yield "beacon age s", (machine - beacon.time) // 1000 if beacon else "none"


def _records(replica: Replica) -> Facts:
    for name in replica.core.schema.by_name:
        yield name, replica.count(name)
    yield "conflicts", len(replica.conflicts())


def _ledger(replica: Replica) -> Facts:
    ledger = replica.core.store.ledger
    heads = ledger.all_heads()
    yield "segments arrived", ledger.last_arrival()
    yield "authors", len({feed.author for feed in heads})
    for channel in Channel:
        feeds = [feed for feed in heads if feed.channel is channel]
        word = channel.name.lower()
        yield f"{word} feeds", len(feeds)
        yield f"{word} partitions", len({feed.division for feed in feeds})
        yield f"{word} segments", sum(max(h.number for h in heads[f]) for f in feeds if heads[f])
    yield "forks", len(ledger.forked())
    tails = ledger.tails()
    yield "tails open", len(tails)
    yield "changes not sealed", sum(tail[2] for tail in tails)
    yield "changes not at every parent", sum(changes for _, changes, _ in replica.waiting())
    yield "bytes of own feeds", ledger.feed_bytes(replica.author)


def _set_aside(replica: Replica) -> Facts:
    """By reason, and where the reason is the schema's, by the words that were not known."""
    entries = replica.core.store.quarantine.entries()
    yield from sorted(Counter(entry.reason for entry in entries).items())
    known = replica.core.schema.by_name
    tables = Counter(entry.table for entry in entries if entry.table in known)
    yield from ((f"of {name}", count) for name, count in sorted(tables.items()))


def _alerts(replica: Replica) -> list[Any]:
    return replica.alerts()


def _errors(home: Path) -> Facts:
    """What the service kept of warnings and errors: how often each came, and when last."""
    counts: Counter[str] = Counter()
    last: dict[str, str] = {}
    for line in kept_lines(home / EVENTS):
        words = (line.get(name, "") for name in ("event", "error", "reason", "where"))
        what = " ".join(str(word) for word in words if word)
        counts[what] += 1
        last[what] = str(line.get("time", ""))
    yield from ((what, f"{count}, last {last[what]}") for what, count in counts.most_common())


def _peers(replica: Replica) -> Facts:
    core = replica.core
    peers = core.store.peers.peers()
    yield "parents", len(core.config.parents)
    for place, parent in enumerate(core.config.parents, 1):
        state = peers.get(parent.author)
        for what in ("spoke_at", "equal_at"):
            then = getattr(state, what, 0)
            age = (core.now_ms() - then) // 1000 if then else "never"
            yield f"parent {place} {what.removesuffix('_at')} s ago", age
    yield "peers", len(peers)
    yield "receipts", core.store.peers.last_receipt()


def _limits(replica: Replica) -> Facts:
    limits = replica.core.limits
    for item in fields(limits):
        if getattr(limits, item.name) != item.default:
            yield item.name, getattr(limits, item.name)
