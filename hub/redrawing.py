"""The county decides what a new list means: a rename, a new code, a merger, a split, an end.

Nothing of a list is applied by itself. A merger leaves the records of the village that ends where
they are; it hangs below the one that takes over from then on, so that whoever asks for the new code
finds the records of both, the box of the old village goes on sending what it has, and the box of
the new one receives it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from node.care import moments, rows
from node.care.fields import date
from node.care.redrawing import (
    CHANGE,
    CONFIRMED,
    DECISION,
    GONE,
    KINDS,
    MOVE,
    NEW,
    OPEN,
    RECODE,
    REFUSED,
    RENAME,
    Change,
    change_of,
)
from node.codes import Listed
from node.division import Division
from node.errors import Refused, UsageError
from node.members import Compared, mint_division_id
from node.members.divisions import establishing
from node.replica import Insert, Replica

_KIND_OF = {"name": RENAME, "code": RECODE, "parent": MOVE, "gone": GONE}
_SOURCE = re.compile(r"[0-9a-f]{64}")


def changes(replica: Replica) -> list[Change]:
    """Every proposed change, those that are open first, in the order in which to decide."""
    decided = {}
    for row in sorted(rows.pages(replica, DECISION.name), key=lambda row: (row["time"], row["id"])):
        decided[row["change"]] = row
    found = [change_of(row, decided) for row in rows.pages(replica, CHANGE.name)]
    sound = [one for one in found if one.kind in KINDS]
    return sorted(
        sound, key=lambda one: (one.state != OPEN, KINDS.index(one.kind), one.code, one.id)
    )


def propose(
    replica: Replica, listed: Sequence[Listed], compared: Compared, source: str, *, user: str
) -> int:
    """Keeps what a list says otherwise, each difference once however often a list is read.

    Args:
        replica: The county's.
        listed: The list.
        compared: How it differs.
        source: SHA-256 of the list, hexadecimal.
        user: Who imports.

    Returns:
        How many proposals are new.
    """
    assert _SOURCE.fullmatch(source)
    by_code = {row.code: row for row in listed}
    known = {one.says for one in changes(replica)}
    wanted = [
        Change("", NEW, "", row.code, row.name, row.level, row.parent, "") for row in compared.new
    ]
    for one in compared.proposals:
        kind, here = _KIND_OF.get(one.what), replica.tree.get(one.division)
        if kind is None or here is None:
            continue
        row = by_code.get(one.code) or Listed(here.code, here.name, here.level, "")
        stated = (row.code, row.name, row.level, row.parent)
        wanted.append(Change("", kind, one.division, *stated, one.here))
    fresh = [one for one in wanted if one.says not in known]
    if fresh:
        inserts = [_proposal(one, source) for one in fresh]
        replica.insert_each(replica.division, inserts, user=user)
    return len(fresh)


def _proposal(one: Change, source: str) -> Insert:
    values = {
        "kind": one.kind,
        "subject": one.subject,
        "code": one.code,
        "name": one.name,
        "level": one.level,
        "parent": one.parent,
        "before": one.before,
        "source": source,
    }
    return Insert(CHANGE.name, {name: value or None for name, value in values.items()})


def confirm(
    replica: Replica,
    change: Change,
    *,
    document: str,
    user: str,
    into: str = "",
    part_of: str = "",
    on: str = "",
) -> str:
    """Writes the act that a proposal asks for, and that it was decided.

    Args:
        replica: The county's.
        change: The proposal.
        document: The decision behind it.
        user: Who confirms; not who imported the list.
        into: Of what is gone, the id of the division that takes over; empty: it ends.
        part_of: Of what is new, the id of the division of which it was a part.
        on: The day from which it holds; today where it is empty.

    Returns:
        The kind of the act.

    Raises:
        UsageError: A division or the day does not fit.
        Refused: This is not the county's node, it was decided, or the same person imported it.
    """
    day = _day(replica, on)
    _check_may(replica, change, user)
    if not document.strip():
        raise UsageError(
            "The document that decided the change is not given.",
            hint="Name it with --document, such as '县政发〔2026〕12号'.",
        )
    if (into and change.kind != GONE) or (part_of and change.kind != NEW):
        raise UsageError(
            f"The proposal about {change.name} ({change.code}) is of the kind {change.kind!r}.",
            hint="--into is for what is gone, and --from for what is new.",
        )
    acts, other = _acts(replica, change, into, part_of, day)
    values = [Insert(act.table, {**act.values, "document": document.strip()}) for act in acts]
    kind = str(values[-1].values["kind"])
    decision = _decision(change, CONFIRMED, kind, other, document.strip())
    replica.act([(replica.division, [*values, decision])], user=user)
    return kind


def refuse(replica: Replica, change: Change, *, user: str) -> None:
    """Notes that a proposal is not followed; it is not made again by a later list.

    Raises:
        Refused: This is not the county's node, or it was decided.
    """
    _check_may(replica, change, user)
    replica.write(replica.division, [_decision(change, REFUSED)], user=user)


def _day(replica: Replica, on: str) -> str:
    today = moments.today(replica)
    wanted = date("on", on) if on else today
    if wanted > today:
        raise UsageError(
            f"The change holds from {wanted} on, and it is {today} here.",
            hint="Confirm it on that day: an act counts as soon as it is written.",
        )
    return str(wanted)


def _check_may(replica: Replica, change: Change, user: str) -> None:
    if not replica.core.is_root:
        raise Refused(
            "Only the county's node changes divisions.",
            reason="NOT_AUTHORISED",
            hint="Decide it there; it comes here with the next session.",
        )
    if change.state != OPEN:
        raise Refused(
            f"The proposal {change.id} about {change.name} is {change.state} already.",
            hint="Those that are open are listed by: linli division change list",
        )
    first = next(iter(replica.history(CHANGE.name, change.id)), None)
    acting = user or replica.core.config.user
    if first is not None and first.author == replica.author and first.user == acting:
        raise Refused(
            f"{acting} imported the list, and nobody confirms what they brought in.",
            hint="Somebody else of the county decides it.",
        )


def _acts(
    replica: Replica, change: Change, into: str, part_of: str, day: str
) -> tuple[list[Insert], str]:
    """The acts, the one that was asked for last, and the other division concerned."""
    if change.kind == NEW:
        made = mint_division_id(replica.core.entropy, {*replica.tree.below(replica.tree.root)})
        parent = _parent(replica, change)
        acts = [establishing(made, change.level, change.code, change.name, parent, day)]
        if part_of:
            whole = _fitting(replica, part_of, change.level, "")
            acts.append(_act(whole.id, "split", day, successor=made))
        return acts, part_of or made
    subject = replica.tree.get(change.subject)
    if subject is None or subject.abolished:
        raise UsageError(
            f"{change.name} ({change.code}) is not here any more.",
            hint="Refuse the proposal: linli division change refuse ID",
        )
    match change.kind:
        case "rename":
            return [_act(subject.id, "rename", day, name=change.name)], ""
        case "recode":
            return [_act(subject.id, "recode", day, code=change.code)], ""
        case "move":
            parent = _parent(replica, change)
            return [_act(subject.id, "move", day, parent=parent)], parent
    if not into:
        _check_empty(replica, subject)
        return [_act(subject.id, "abolish", day)], ""
    heir = _fitting(replica, into, subject.level, subject.id)
    return [_act(subject.id, "merge", day, successor=heir.id, parent=heir.id)], heir.id


def _act(subject: str, kind: str, day: str, **more: str) -> Insert:
    return Insert("division_act", {"subject": subject, "kind": kind, "valid_from": day, **more})


def _parent(replica: Replica, change: Change) -> str:
    known = replica.tree.by_code(change.parent)
    if known is None or known.abolished:
        raise UsageError(
            f"{change.name} lies below {change.parent} in the list, which is not known here.",
            hint="Confirm the division above first.",
        )
    return known.id


def _fitting(replica: Replica, id: str, level: str, own: str) -> Division:
    found = replica.tree.get(id)
    if found is None or found.abolished or found.level != level or found.id == own:
        raise UsageError(
            f"{replica.tree.called(id)} is no other living {level}.",
            hint="Name the division by its code or its name; a new one is confirmed first.",
        )
    return found


def _check_empty(replica: Replica, subject: Division) -> None:
    """Refuses to end a division with people in it and nobody to take them over."""
    below = replica.tree.below(subject.id)
    if any(replica.rows("person", one, limit=1) for one in below):
        raise Refused(
            f"People are registered in {subject.name} ({subject.code}), and nobody takes over.",
            hint="Say into which division it was merged: --into DIVISION",
        )


def _decision(
    change: Change, outcome: str, act: str = "", other: str = "", document: str = ""
) -> Insert:
    values = {
        "change": change.id,
        "outcome": outcome,
        "act": act,
        "other": other,
        "document": document,
    }
    return Insert(DECISION.name, {name: value or None for name, value in values.items()})
