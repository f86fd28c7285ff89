"""Opens the node that was named, and says in few words where a record now is.

A command and the service may both have the node open; they take turns at the database.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import typer

from cli.grammar import chosen
from cli.output import say
from node.care.records import SCHEMA
from node.clock import DAY_MS
from node.errors import UsageError
from node.replica import Replica

_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000


@contextlib.contextmanager
def open_node(context: typer.Context) -> Iterator[Replica]:
    """The node in the chosen folder, closed on leaving.

    Raises:
        UsageError: No node lives there.
        StoreFault: Its database would not keep its promises.
    """
    home = chosen(context).home
    with Replica(home, SCHEMA) as replica:
        last = replica.core.store.integer("next_number")
        yield replica
        wrote = replica.core.store.integer("next_number") != last
        if wrote and replica.rolled_back and replica.core.config.parents:
            say("The database was put back to an earlier state. To fetch what it lacks: linli sync")


def acting(context: typer.Context) -> str:
    """Who acts: `--as`, or nothing for the name that the node was given."""
    return chosen(context).user


def place(replica: Replica, text: str) -> str:
    """The id of the division that a person typed; of this node's own where nothing was typed.

    Raises:
        UsageError: No division, or several, are meant.
    """
    return replica.tree.find(text).id if text else replica.division


def village(replica: Replica, text: str) -> str:
    """The same for what stands in a village: a node higher up must be told which one.

    Raises:
        UsageError: Nothing was typed and this node stands at no village, or nothing fits.
    """
    if not text and replica.tier != "village":
        raise UsageError(
            f"This node stands at {place_name(replica, replica.division)}, which is no village.",
            hint="Name the village with --at, by its code or its name.",
        )
    return place(replica, text)


def within(replica: Replica, text: str) -> str | None:
    """The division to which a listing is narrowed, or None."""
    return replica.tree.find(text).id if text else None


def place_name(replica: Replica, division: str) -> str:
    """A division as `南大街 (130732100201)`; its id where it is not known yet."""
    return replica.tree.called(division)


def name_of(replica: Replica, division: str) -> str:
    """The name of a division alone."""
    known = replica.tree.get(division)
    return known.name if known else division


def code_of(replica: Replica, division: str) -> str:
    """The code of a division; its id where it is not known yet."""
    known = replica.tree.get(division)
    return known.code if known else division


def saved(replica: Replica, what: str) -> None:
    """Says what changed and where it is now."""
    above = replica.core.config.parents
    say(f"{what} Saved here (✓)." + (" To see who has it: linli status" if above else ""))


def ago(then_ms: int, now_ms: int) -> str:
    """How long ago, in one unit; empty where it never was."""
    if not then_ms:
        return "never"
    passed = max(now_ms - then_ms, 0)
    if passed < _MINUTE_MS:
        return "just now"
    if passed < _HOUR_MS:
        return f"{passed // _MINUTE_MS} min ago"
    if passed < DAY_MS:
        return f"{passed // _HOUR_MS} h ago"
    return f"{passed // DAY_MS} d ago"
