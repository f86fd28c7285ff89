"""Whether this node's database was put back to an earlier state, and what people hear of it.

The anchor names own segments that the database lacks. Until they are here again an alert says so;
once a parent was asked in vain it says that they may be lost for good.
"""

from __future__ import annotations

from node.replica.anchor import Named
from node.replica.core import Core
from node.replica.mixed import check_moment
from node.store.peers import Alert

ROLLED_BACK = "rolled_back"
_ASKED = "past_asked"
_UNASKED = "past_unasked"


def look_back(core: Core, *, asked: bool = False) -> None:
    """Raises, rewords or clears the alert, by what the anchor names and the database holds.

    Args:
        core: The replica's core.
        asked: Whether a parent has just told all that it has.
    """
    if asked and core.store.integer(_UNASKED):
        with core.store.transaction():
            core.store.put_integer(_UNASKED, 0)
    told, lacking = _is_told(core), core.anchor.lacking()
    unasked = bool(core.store.integer(_UNASKED))
    known = told and bool(core.store.integer(_ASKED))
    if told == (bool(lacking) or unasked) and (known or not asked):
        return
    peers = core.store.peers
    with core.store.transaction():
        peers.clear_alert(ROLLED_BACK, core.author)
        core.store.put_integer(_ASKED, int(asked and bool(lacking)))
        if lacking:
            peers.raise_alert(_alert(core, lacking[-1], asked))
        elif unasked:
            peers.raise_alert(_question(core))


def ask_first(core: Core) -> None:
    """Remembers that a parent is to be asked what this node wrote after its backup was made."""
    with core.store.transaction():
        core.store.put_integer(_UNASKED, 1)
        look_back(core)


def _question(core: Core) -> Alert:
    text = (
        "The database of this node was made anew from a backup, and no parent has been asked yet "
        "for what was written here after the backup was made. What is written before that is "
        "kept, and makes a fork that the county has to look at. Ask now: linli sync"
    )
    return Alert(ROLLED_BACK, core.author, text, core.now_ms())


def take_back(core: Core) -> None:
    """At an opening: where the database turns out to have been put back, looks whether it may be.

    A copy of files that were in use can be of two moments. So all of it is read, and refused where
    that shows; otherwise whatever follows from the ledger is derived anew, as after an upgrade.

    Raises:
        StoreFault: It is damaged, or of two moments.
    """
    fresh = not _is_told(core) and bool(core.anchor.lacking())
    if not fresh:
        look_back(core)
        return
    check_moment(core)
    with core.store.transaction():
        core.store.outdate()
        look_back(core)


def _alert(core: Core, newest: Named, asked: bool) -> Alert:
    feed, head = newest
    number, lane, division = head.number, feed.channel.name.lower(), feed.division
    if asked:
        text = (
            f"The database of this node was put back to an earlier state, and the parent that was "
            f"asked lacks its segment {number} in {lane} of {division} too. What was written here "
            f"last is lost unless another copy turns up: enter it again."
        )
    else:
        text = (
            f"The database of this node was put back to an earlier state: it lacks the node's own "
            f"segment {number} in {lane} of {division}. What others have of it comes back with the "
            f"next session."
        )
    return Alert(ROLLED_BACK, core.author, text, core.now_ms())


def rolled_back(core: Core) -> bool:
    """Whether the database was put back, and no parent has been asked yet for what it lacks."""
    return _is_told(core) and not core.store.integer(_ASKED)


def _is_told(core: Core) -> bool:
    return any(alert.kind == ROLLED_BACK for alert in core.store.peers.alerts())
