"""What the yearly list says otherwise about divisions, kept until somebody has decided.

The statistics office says which codes there are, and not what became of those that it lacks. So a
list makes proposals: a new name, a new code, another township, something new, something gone. A
person confirms each with the document that decided it, or refuses it. What is confirmed becomes an
act on the division, dated, in `trust`; the proposal and the decision stand here, for whoever asks
later why a village is called as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.schema import Channel, Column, Kind, Table

RENAME, RECODE, MOVE, NEW, GONE = "rename", "recode", "move", "new", "gone"
KINDS = (NEW, RENAME, RECODE, MOVE, GONE)
"""What a list may propose, in the order in which it is best decided."""

OPEN, CONFIRMED, REFUSED = "open", "confirmed", "refused"
STATES = (OPEN, CONFIRMED, REFUSED)

CHANGE = Table(
    name="division_change",
    channel=Channel.REGISTRY,
    meaning="what a list says otherwise about a division",
    columns=(
        Column("kind", Kind.FACT, required=True, meaning="new, rename, recode, move or gone"),
        Column("subject", Kind.FACT, meaning="id of the division; empty for a new one"),
        Column("code", Kind.FACT, required=True, meaning="its code in the list; when gone, here"),
        Column("name", Kind.FACT, required=True, meaning="its name in the list; when gone, here"),
        Column("level", Kind.FACT, required=True, meaning="county, township or village"),
        Column("parent", Kind.FACT, meaning="code of the division above, in the list"),
        Column("before", Kind.FACT, meaning="what is recorded: a name, a code, a parent's code"),
        Column("source", Kind.FACT, required=True, meaning="SHA-256 of the list, hexadecimal"),
    ),
    writer="county",
)

DECISION = Table(
    name="division_decision",
    channel=Channel.REGISTRY,
    meaning="what was decided about a proposed change of a division",
    columns=(
        Column("change", Kind.FACT, required=True, meaning="id of the division_change"),
        Column("outcome", Kind.FACT, required=True, meaning="confirmed or refused"),
        Column("act", Kind.FACT, meaning="the kind of the division_act that was written"),
        Column("other", Kind.FACT, meaning="id of the division that takes over or gives a part"),
        Column("document", Kind.FACT, meaning="the decision behind it"),
    ),
    writer="county",
    indexes=(("change",),),
)

TABLES = (CHANGE, DECISION)


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed change and what became of it.

    Attributes:
        id: The proposal.
        kind: One of `KINDS`.
        subject: The id of the division; empty for a new one.
        code: Its code in the list; of what is gone, its code here.
        name: Its name in the list; of what is gone, its name here.
        level: Its level.
        parent: The code of the division above, in the list.
        before: What is recorded.
        state: One of `STATES`.
        act: The act that was written.
        other: The id of the division that takes over or gives a part.
        document: The decision behind it.
    """

    id: str
    kind: str
    subject: str
    code: str
    name: str
    level: str
    parent: str
    before: str
    state: str = OPEN
    act: str = ""
    other: str = ""
    document: str = ""

    @property
    def says(self) -> tuple[str, ...]:
        """What it proposes, whichever list it came from."""
        return (self.kind, self.subject, self.code, self.name, self.parent)


def change_of(row: Mapping[str, Any], decisions: Mapping[str, Mapping[str, Any]]) -> Change:
    """A change from its row and the last decision about each change."""
    names = ("id", "kind", "subject", "code", "name", "level", "parent", "before")
    stated = [row[name] or "" for name in names]
    decided = decisions.get(row["id"])
    if decided is None:
        return Change(*stated)
    more = [decided[name] or "" for name in ("outcome", "act", "other", "document")]
    return Change(*stated, *more)
