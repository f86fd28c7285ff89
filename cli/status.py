"""`linli status`: what waits here, since when, who has the rest, and what a person should look at.

It reads and writes nothing, and is right with the cable unplugged: who has what is told from
signed receipts, not from a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from cli import table
from cli.grammar import Json, sentences, verb
from cli.home import ago, code_of, name_of, open_node, place_name
from cli.output import as_json, counted
from node.clock import local
from node.division import LEVELS
from node.errors import LinliError
from node.feed import FeedKey, Head
from node.language import said
from node.replica import Replica
from node.replica.reading import check_receipt
from node.schema import Channel

app = sentences()


@verb(app, "status", "linli status", "linli status --json")
def status(context: typer.Context, json: Json = False) -> None:
    """Shows what waits here, since when, and who has the rest."""
    with open_node(context) as replica:
        facts = gathered(replica)
        if json:
            as_json(facts)
        else:
            table.fields(_lines(replica, facts))


def gathered(replica: Replica) -> dict[str, Any]:
    """Everything that a person may want to know of a node, as JSON shows it."""
    core, beacon, waits = replica.core, replica.beacon(), replica.waiting()
    return {
        "division": code_of(replica, replica.division),
        "tier": replica.tier,
        "author": replica.author,
        "user": core.config.user,
        "now_ms": core.now_ms(),
        "waiting": {
            "changes": sum(changes for _, changes, _ in waits),
            "since_ms": min((since for _, _, since in waits), default=None),
            "feeds": [_stated_wait(replica, *wait) for wait in waits],
        },
        "ticks": _held_above(replica),
        "beacon_ms": beacon.time if beacon else None,
        "parents": _parents(replica),
        "alerts": [alert._asdict() for alert in replica.alerts()],
        "conflicts": len(replica.conflicts()),
        "quarantine": _by_reason(replica),
        "records": {
            name: replica.count(name)
            for name, declared in core.schema.by_name.items()
            if declared.channel is not Channel.TRUST
        },
    }


def _stated_wait(replica: Replica, feed: FeedKey, changes: int, since: int) -> dict[str, Any]:
    return {
        "division": code_of(replica, feed.division),
        "channel": feed.channel.name.lower(),
        "changes": changes,
        "since_ms": since,
    }


def _parents(replica: Replica) -> list[dict[str, Any]]:
    found = []
    for parent in replica.core.config.parents:
        state = replica.core.store.peers.peer(parent.author)
        found.append(
            {
                "division": code_of(replica, parent.division),
                "address": parent.address,
                "author": parent.author,
                "spoke_at_ms": state.spoke_at or None,
                "equal_at_ms": state.equal_at or None,
            }
        )
    return found


def _by_reason(replica: Replica) -> dict[str, int]:
    """How many parts of segments are stored and not applied, by reason."""
    counts: dict[str, int] = {}
    for entry in replica.core.store.quarantine.entries():
        counts[entry.reason] = counts.get(entry.reason, 0) + 1
    return dict(sorted(counts.items()))


def _held_above(replica: Replica) -> list[dict[str, Any]]:
    """For each tier above, how many changes made here it lacks, and its newest word."""
    if replica.tier not in LEVELS:
        return []
    above = LEVELS[: LEVELS.index(replica.tier)]
    own = {
        feed: heads
        for feed, heads in replica.core.store.ledger.all_heads().items()
        if feed.author == replica.author
    }
    open_changes = sum(changes for _, _, changes, _ in replica.core.store.ledger.tails())
    receipts = {feed: _receipts(replica, feed) for feed in own}
    found = []
    for tier in reversed(above):
        words = {feed: [(h, at) for t, h, at in receipts[feed] if t == tier] for feed in own}
        moments = [at for given in words.values() for _, at in given]
        lacking = sum(
            _lacking(replica, feed, [head for heads, _ in words[feed] for head in heads])
            for feed in own
        )
        found.append(
            {
                "tier": tier,
                "lacks_changes": lacking + open_changes,
                "newest_ms": max(moments, default=None),
            }
        )
    return found


def _receipts(replica: Replica, feed: FeedKey) -> list[tuple[str, tuple[Head, ...], int]]:
    """The receipts of a feed that verify: tier of the issuer, heads, moment."""
    found = []
    for receipt in replica.core.store.peers.receipts(feed):
        try:
            check_receipt(replica.core, receipt.content)
        except LinliError:
            continue  # it proves nothing, as if it had not come
        standing = replica.view.standing(receipt.issuer)
        if standing is not None:
            found.append((standing.tier, receipt.heads, receipt.time))
    return found


def _lacking(replica: Replica, feed: FeedKey, confirmed: list[Head]) -> int:
    """How many sealed changes of a feed lie past the heads that are confirmed."""
    ledger = replica.core.store.ledger
    known = [head for head in confirmed if ledger.has(feed, head) is not None]
    count = 0
    for head in ledger.lacking(feed, known):
        segment = ledger.segment(feed, head)
        count += segment.header.changes if segment else 0
    return count


# --- in words ------------------------------------------------------------------------------------


def _lines(replica: Replica, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    now = facts["now_ms"]
    waiting = facts["waiting"]
    lines = [
        (
            "node",
            f"{place_name(replica, replica.division)}, {said(replica.tier or 'tier unknown')}",
        ),
        ("user", facts["user"]),
        ("waiting", said(_waiting(waiting, now, bool(facts["parents"])))),
    ]
    for place, held in enumerate(facts["ticks"], start=2):
        lines.append(("✓" * place, said(_held(held, now))))
    if facts["beacon_ms"]:
        lines.append(("beacon", _moment(facts["beacon_ms"], now)))
    else:
        lines.append(("beacon", said("none seen yet")))
    for parent in facts["parents"]:
        name = next(
            name_of(replica, known.division)
            for known in replica.core.config.parents
            if known.author == parent["author"]
        )
        spoke, equal = (ago(parent[key] or 0, now) for key in ("spoke_at_ms", "equal_at_ms"))
        lines.append(
            ("parent", said(f"{name} {parent['address']}: answered {spoke}, equal {equal}"))
        )
    for alert in facts["alerts"]:
        at = _moment(alert["raised_at"], now)
        lines.append(("alert", f"{said(alert['text'])} ({at})"))
    if facts["conflicts"]:
        lines.append(("conflicts", said(f"{facts['conflicts']}, see: linli conflict list")))
    for reason, count in facts["quarantine"].items():
        lines.append(("set aside", said(f"{count} {reason}, see: linli doctor")))
    records = (f"{count} {said(name)}" for name, count in facts["records"].items() if count)
    lines.append(("records", ", ".join(records) or said("none")))
    return lines


def _waiting(waiting: Mapping[str, Any], now: int, has_parents: bool) -> str:
    changes = waiting["changes"]
    if not has_parents:
        return "nothing: this node has no parent to send to"
    if not changes:
        return "nothing: every change made here has reached a parent"
    since = _moment(waiting["since_ms"], now)
    return f"{counted(changes, 'change')} since {since}, to send now: linli sync"


def _held(held: Mapping[str, Any], now: int) -> str:
    lacks, newest = held["lacks_changes"], held["newest_ms"]
    has = f"lacks {lacks} of the changes made here" if lacks else "has every change made here"
    word = f"last receipt {_moment(newest, now)}" if newest else "no receipt yet"
    return f"{held['tier']} {has}; {word}"


def _moment(then_ms: int, now_ms: int) -> str:
    return f"{local(then_ms)} ({said(ago(then_ms, now_ms))})"
