"""Whose feeds have branched, and whether the county has looked at it.

A box that was restored from a backup, or copied, writes two things after one. Nothing is lost by
it, but what such a box was given to spend may be spent twice. So its author is *frozen* from the
moment at which a branch is seen until the county, which alone moves money, has looked at just that
branch. Where it branches again, it is frozen again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from node.feed import FeedKey
from node.replica.core import Core
from node.store.peers import Alert

FORK = "fork"
REVIEW = "fork_review"


def frozen(core: Core) -> set[str]:
    """The authors whose feeds branched in a way that the county has not looked at."""
    seen = reviewed(core)
    return {author for author, names in _by_author(core).items() if not names <= seen}


def branches(core: Core, author: str) -> set[str]:
    """What several segments of an author name as the one before them, one name for each."""
    return _by_author(core).get(author, set())


def _by_author(core: Core) -> dict[str, set[str]]:
    """The branches of every author; all segments are looked through once for it."""
    ledger = core.store.ledger
    found: dict[str, set[str]] = {}
    for feed, _ in ledger.forked():
        place = f"{feed.author} {feed.division} {int(feed.channel)}"
        found.setdefault(feed.author, set()).update(
            f"{place} {head.number} {head.hash.hex()}" for head in ledger.branched_after(feed)
        )
    return found


def reviewed(core: Core) -> set[str]:
    """The branches that the county has looked at."""
    seen: set[str] = set()
    table = core.schema.table(REVIEW)
    for row in core.store.records.read(table) if table is not None else ():
        if row["author#"] == core.root.author:
            seen.update(_read(row["branches"]))
    return seen


def written(names: Iterable[str]) -> str:
    """Branches as a row has them."""
    return json.dumps(sorted(names))


def _read(text: str | None) -> list[str]:
    try:
        names = json.loads(text or "[]")
    except ValueError:
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def alert(core: Core, feeds: Iterable[FeedKey]) -> None:
    """Tells of the authors of feeds that branched just now, unless the county knows already."""
    branched = {feed.author for feed in feeds}
    for author in sorted(branched & frozen(core)) if branched else ():
        core.store.peers.raise_alert(
            Alert(
                FORK,
                author,
                f"Two different segments of author {author} bear one number: its box was "
                f"restored from a backup, or copied. Nothing is lost. It may spend nothing until "
                f"the county has looked: linli member review. To hand out the proof: "
                f"linli member evidence {author[:8]} FILE",
                core.now_ms(),
            )
        )


def clear(core: Core) -> None:
    """Strikes the alerts of forks at which the county has looked meanwhile."""
    told = {one.subject for one in core.store.peers.alerts() if one.kind == FORK}
    for author in sorted(told - frozen(core)) if told else ():
        core.store.peers.clear_alert(FORK, author)
