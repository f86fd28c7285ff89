"""`linli doctor`: whether the node can be trusted to keep what it promised.

It looks at the files, opens the database as the service does, reads every page, and lists what the
ledger has set aside. Each finding is one of three: `ok`; `look`, which a person should see and
which stops nothing; `bad`, which is a fault of this box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli import table
from cli.digest import partitions
from cli.grammar import Json, chosen, sentences, verb
from cli.home import ago, open_node, place_name
from cli.output import as_json, result, say
from cli.report import closed_report, report
from node import identity
from node.config import CHAIN, CONFIG, LEDGER, LEDGER_KEY, NODE_KEY, write_file
from node.errors import LinliError, StoreFault, UsageError
from node.feed import Partition
from node.language import said
from node.replica import Replica
from node.replica.mixed import mixed
from node.store.disk import ALERT as DISK

app = sentences()

OK, LOOK, BAD = "ok", "look", "bad"
_SECRETS = (NODE_KEY, LEDGER_KEY, LEDGER)
_FOREIGN_BITS = 0o077
_SHOWN_MAX = 3


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    check: str
    verdict: str
    facts: str


@verb(app, "doctor", "linli doctor", "linli doctor --rebuild", "linli doctor --report report.txt")
def doctor(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default=False, help="Where the report goes."),
    ] = None,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Derive everything anew from the feeds and compare."),
    ] = False,
    reported: Annotated[
        bool,
        typer.Option("--report", help="Write a text for the developers, without personal data."),
    ] = False,
    json: Json = False,
) -> None:
    """Checks the node's files, its database and its ledger."""
    if file is not None and not reported:
        raise UsageError(f"'{file}' is a file for what?", hint=f"linli doctor --report {file}")
    home = chosen(context).home
    findings, text = list(_files(home)), ""
    try:
        with open_node(context) as replica:
            findings += _opened(replica)
            if rebuild:
                findings += _rebuilt(replica)
            if reported:
                text = report(replica, home, {one.check: one.verdict for one in findings})
    except LinliError as trouble:
        findings.append(Finding("open", BAD, str(trouble)))
        text = text or closed_report(home, {one.check: one.verdict for one in findings}, trouble)
    if reported:
        _hand_over(text, file)
    elif json:
        as_json([asdict(finding) for finding in findings])
    else:
        rows = [[said(word) for word in (one.verdict, one.check, one.facts)] for one in findings]
        table.table(["", "check", "found"], rows, folded=["found"])
    bad = [finding.check for finding in findings if finding.verdict == BAD]
    if bad:
        raise StoreFault(
            f"This node is not sound: {', '.join(bad)}.",
            hint="Write nothing more here until it is mended; what its parents have stays safe.",
        )
    look = [finding.check for finding in findings if finding.verdict == LOOK]
    say("This node is sound." + (f" To look at: {', '.join(look)}." if look else ""))


def _hand_over(text: str, file: Path | None) -> None:
    """Prints the report, or writes it where it was wanted."""
    if file is None:
        result(text.rstrip("\n"))
        return
    write_file(file, text.encode())
    say(f"Wrote the report to {file}. Nobody is named in it; read it, then send it.")


def _files(home: Path) -> Iterator[Finding]:
    """What the folder holds and who may read it."""
    lacking = [name for name in (*_SECRETS, CHAIN, CONFIG) if not (home / name).is_file()]
    if lacking:
        yield Finding("files", BAD, f"{home} lacks {', '.join(lacking)}")
        return
    yield Finding("files", OK, str(home))
    modes = {name: (home / name).stat().st_mode & 0o777 for name in _SECRETS}
    wide = [f"{name} {mode:o}" for name, mode in modes.items() if mode & _FOREIGN_BITS]
    if wide:
        names = " ".join(str(home / name) for name in modes if modes[name] & _FOREIGN_BITS)
        yield Finding("modes", BAD, f"others can read {', '.join(wide)}: chmod 600 {names}")
    else:
        yield Finding("modes", OK, "keys and database are the owner's alone")


def _opened(replica: Replica) -> Iterator[Finding]:
    """What shows once the node is open."""
    core = replica.core
    integrity = _integrity(replica)  # and every pragma is read back on the way
    if not core.store.read_only:
        yield Finding("pragmas", OK, "every one reads back as it was set")
    yield integrity
    moments = mixed(core) if integrity.verdict == OK else []
    facts = "; ".join(moments[:_SHOWN_MAX])
    yield Finding("ledger", BAD if moments else OK, facts or "of one moment, without a gap")
    yield _disk(replica, sound=integrity.verdict == OK)
    yield Finding("schema", OK, f"version {core.schema.version}, rules {core.schema.rules}")
    yield _certificate(replica)
    yield _beacon(replica)
    yield _quarantine(replica)
    yield _forks(replica)
    alerts = [alert.text for alert in replica.alerts() if alert.kind != DISK]
    yield Finding("alerts", LOOK if alerts else OK, "; ".join(alerts) or "none")
    void = len(replica.tree.void)
    yield Finding("divisions", LOOK if void else OK, f"{len(replica.tree)} known, {void} acts void")


def _integrity(replica: Replica) -> Finding:
    """Reads every page: its authentication first, then its structure."""
    found = replica.core.store.damages()
    if found:
        return Finding("integrity", BAD, "; ".join(found[:_SHOWN_MAX]))
    return Finding("integrity", OK, "every page is authentic and in its place")


def _disk(replica: Replica, *, sound: bool) -> Finding:
    """What is known of the disk; an alert of it ends here, where every page was found well."""
    store = replica.core.store
    alerts = [alert.text for alert in store.alerts()]
    if not alerts:
        return Finding("disk", OK, "has not failed")
    if store.read_only or not sound:
        return Finding("disk", BAD, "; ".join([*alerts, store.read_only]).rstrip("; "))
    store.disk.clear()
    return Finding("disk", LOOK, f"{alerts[0]} (every page was read now: the alert is cleared)")


def _certificate(replica: Replica) -> Finding:
    core = replica.core
    own = identity.read_certificate(core.chain[0])
    try:
        identity.check_validity(own, core.now_ms())
    except LinliError as trouble:
        return Finding("certificate", LOOK, str(trouble))
    return Finding("certificate", OK, f"{own.author}, {place_name(replica, own.division)}")


def _beacon(replica: Replica) -> Finding:
    beacon = replica.beacon()
    if beacon is None:
        alone = replica.core.is_root
        facts = "none issued yet" if alone else "none seen: connect once to a parent"
        return Finding("beacon", OK if alone else LOOK, facts)
    return Finding("beacon", OK, ago(beacon.time, replica.core.now_ms()))


def _quarantine(replica: Replica) -> Finding:
    reasons = Counter(entry.reason for entry in replica.core.store.quarantine.entries())
    facts = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    return Finding("quarantine", LOOK if reasons else OK, facts or "empty")


def _forks(replica: Replica) -> Finding:
    forked = replica.core.store.ledger.forked()
    facts = ", ".join(
        f"{feed.author[:8]} in {place_name(replica, feed.division)}"
        f"/{feed.channel.name.lower()} at segment {number}"
        for feed, number in forked[:_SHOWN_MAX]
    )
    more = f" and {len(forked) - _SHOWN_MAX} more" if len(forked) > _SHOWN_MAX else ""
    return Finding("forks", LOOK if forked else OK, f"{facts}{more}" or "none")


def _rebuilt(replica: Replica) -> Iterator[Finding]:
    """Derives each partition anew and compares what came out with what was there."""
    differing = []
    every = partitions(replica)
    for partition in every:
        with replica.core.store.transaction():
            before = _state(replica, partition)
            replica.rebuild(partition)
            if _state(replica, partition) != before:
                where = place_name(replica, partition.division)
                differing.append(f"{where}/{partition.channel.name.lower()}")
    if differing:
        shown = ", ".join(differing[:_SHOWN_MAX])
        yield Finding("rebuild", BAD, f"{len(differing)} partitions came out otherwise: {shown}")
    else:
        yield Finding("rebuild", OK, f"{len(every)} partitions came out identical")


def _state(replica: Replica, partition: Partition) -> tuple[str, dict[str, str]]:
    """The dump and the state digests of a partition."""
    states = replica.core.store.ledger.state_digests()
    digests = {
        name: str(digest)
        for (where, name), digest in states.items()
        if where == partition and digest.value
    }
    return replica.dump_digest(partition), digests
