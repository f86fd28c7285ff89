"""Divisions: the administrative places at which nodes stand, and the tree that they form.

A division is an opaque id. Its statistical code, name, parent and successor are facts with a date,
because codes change every year and villages merge; people type codes, the ledger never keys by
them. The county writes these facts as *division acts*, and every node computes the same `Tree`
from the acts that it holds. The tree answers the one question on which all permission rests: does
this division lie below that one?

An act may be missing while data is on its way, and an act may be nonsense. Neither stops anything:
a division whose parent is not known yet hangs below that parent's id all the same, and a move that
would close a circle is left out and listed in `Tree.void`.

Pure: no SQL, no wire, no files.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from node.errors import UsageError

LEVELS = ("county", "township", "village")
"""The tiers, from above; also the names of the levels of a division."""

ACT_KINDS = ("establish", "rename", "recode", "move", "merge", "split", "abolish")
"""What an act can do. Only `establish` brings a division into the tree."""

_MATCHES_MAX = 5
_OFFICE = re.compile(
    r"(?:社区|村)?(?:村民委员会|居民委员会|村委会|居委会)$|(?:村|社区|镇|乡|街道(?:办事处)?|县|区|市)$"
)


@dataclass(frozen=True, slots=True)
class Act:
    """One dated fact about a division. An empty text means that the act does not state it.

    Attributes:
        subject: The division's id.
        kind: One of `ACT_KINDS`. `merge` and `abolish` end the division, and `successor` says who
            takes over. `split` keeps it and names in `successor` a division made from a part of
            it, which is established by an act of its own.
        level: One of `LEVELS`.
        code: The statistical code.
        name: The name.
        parent: The id of the division above.
        successor: The id of the division that takes over.
        valid_from: ISO date from which the act holds; empty: always.
    """

    subject: str
    kind: str
    level: str = ""
    code: str = ""
    name: str = ""
    parent: str = ""
    successor: str = ""
    valid_from: str = ""


@dataclass(frozen=True, slots=True)
class Division:
    """A division as the acts up to a date leave it.

    Attributes:
        id: The opaque id.
        level: One of `LEVELS`.
        code: The statistical code.
        name: The name.
        parent: The id of the division above, empty at the top.
        successor: Who took over when it ended, empty where nobody did.
        abolished: Whether it has ended. It stays in the tree, since its records do.
    """

    id: str
    level: str = ""
    code: str = ""
    name: str = ""
    parent: str = ""
    successor: str = ""
    abolished: bool = False


class Tree:
    """The divisions on one date.

    Attributes:
        root: The id of the division at the top, empty while none is known.
        void: Acts that name no division, and acts whose parent was left out since it would have
            closed a circle.
    """

    def __init__(self, acts: Iterable[Act], on: str | None = None) -> None:
        """Applies acts by date, and those of one date in the given order.

        Args:
            acts: The acts, in an order that all nodes share.
            on: ISO date; later acts are left out. None: all apply.
        """
        self.void: tuple[Act, ...] = ()
        self._divisions: dict[str, Division] = {}
        self._parents: dict[str, str] = {}
        self._ever: dict[str, set[str]] = {}
        self._codes: dict[str, str] = {}
        self._coded: dict[str, list[tuple[str, str]]] = {}
        self._below: dict[str, list[str]] = {}
        self._build(sorted(acts, key=lambda act: act.valid_from), on)
        self._children: dict[str, list[str]] = {}
        for division in sorted(self._divisions.values(), key=lambda item: (item.code, item.id)):
            if division.parent:
                self._children.setdefault(division.parent, []).append(division.id)
        self._take_present_codes()
        tops = [item for item in self._divisions.values() if not item.parent]
        tops.sort(key=lambda item: item.abolished)
        self.root = tops[0].id if tops else ""

    def _build(self, acts: list[Act], on: str | None) -> None:
        drafts: dict[str, Division] = {}
        void = []
        for act in acts:
            if on is not None and act.valid_from > on:
                break
            if not act.subject or self._closes_circle(act.subject, act.parent):
                void.append(act)
                act = replace(act, parent="")
            if not act.subject:
                continue
            draft = drafts.get(act.subject) or Division(act.subject)
            drafts[act.subject] = draft = _applied(draft, act)
            self._parents[act.subject] = draft.parent
            self._ever.setdefault(act.subject, set()).add(draft.parent)
            if act.code:
                self._codes[act.code] = act.subject
                self._coded.setdefault(act.subject, []).append((act.valid_from, act.code))
            if act.kind == "establish":
                self._divisions[act.subject] = draft
        self._divisions = {subject: drafts[subject] for subject in self._divisions}
        self._parents = {subject: item.parent for subject, item in self._divisions.items()}
        self.void = tuple(void)

    def _closes_circle(self, subject: str, parent: str) -> bool:
        step = parent
        while step:
            if step == subject:
                return True
            step = self._parents.get(step, "")
        return False

    def _take_present_codes(self) -> None:
        """Gives a code to who bears it now before who bore it, to the living before the ended."""
        for abolished in (True, False):
            for division in self._divisions.values():
                if division.code and division.abolished is abolished:
                    self._codes[division.code] = division.id

    def __len__(self) -> int:
        return len(self._divisions)

    def __contains__(self, id: object) -> bool:
        return id in self._divisions

    def get(self, id: str) -> Division | None:
        """The division of that id, or None while it is not known here."""
        return self._divisions.get(id)

    def called(self, id: str) -> str:
        """A division as people are told of it, `南大街 (130732100201)`; its id while not known."""
        division = self._divisions.get(id)
        return _called(division) if division else id

    def by_code(self, code: str) -> Division | None:
        """The division that bears a code, else the one that bore it last, or None."""
        return self._divisions.get(self._codes.get(code, ""))

    def level(self, id: str) -> str:
        """The level of a division, empty while it is not known here."""
        division = self._divisions.get(id)
        return division.level if division else ""

    def covers(self, upper: str, lower: str) -> bool:
        """Whether `lower` is `upper` or lies below it; every id covers itself, known or not."""
        step = lower
        while step:
            if step == upper:
                return True
            step = self._parents.get(step, "")
        return False

    def ever_covered(self, upper: str, lower: str) -> bool:
        """Whether `lower` is `upper`, or lies or ever lay below it, by this tree's acts."""
        steps, seen = [lower], set[str]()
        while steps:
            step = steps.pop()
            if step == upper:
                return True
            if step and step not in seen:
                seen.add(step)
                steps += self._ever.get(step, ())
        return False

    def code_on(self, id: str, on: str) -> str:
        """The code that a division bore on a day, its first before that; empty where it has none.

        What happened under an old code is judged by what was set for that code.
        """
        codes = self._coded.get(id, [])
        borne = [code for valid_from, code in codes if valid_from <= on]
        return borne[-1] if borne else codes[0][1] if codes else ""

    def children(self, id: str) -> list[str]:
        """The ids directly below, by code."""
        return list(self._children.get(id, ()))

    def below(self, id: str) -> list[str]:
        """The ids of the subtree, itself included, by code."""
        found = self._below.get(id)
        if found is None:
            found = [id]
            for step in found:  # grows while it is walked, so that no depth is too much
                found.extend(self._children.get(step, ()))
            found.sort(key=lambda step: (self._code(step), step))
            self._below[id] = found
        return list(found)

    def _code(self, id: str) -> str:
        division = self._divisions.get(id)
        return division.code if division else ""

    def path(self, id: str) -> list[str]:
        """The ids from the top down to this one, as far as they are known here."""
        found = []
        step = id
        while step in self._divisions:
            found.append(step)
            step = self._parents[step]
        return found[::-1]

    def find(self, text: str) -> Division:
        """The division that a person means.

        Args:
            text: An id, a code, or a name that only one living division bears, with the word for
                its office or without.

        Raises:
            UsageError: None or several fit; the message lists those that come near.
        """
        wanted = text.strip()
        exact = self._divisions.get(wanted) or self.by_code(wanted)
        if exact is not None:
            return exact
        fitting = named(self._divisions.values(), wanted)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise UsageError(
                f"{len(fitting)} divisions are called '{wanted}': {_listed(fitting)}.",
                hint="Give the code of the one that you mean.",
            )
        near = self._near(wanted)
        hint = "Codes have 6 digits for a county, 9 for a township, 12 for a village."
        raise UsageError(
            f"No division here has the code, name or id '{wanted}'.",
            hint=f"Did you mean {_listed(near)}?" if near else hint,
        )

    def _near(self, wanted: str) -> list[Division]:
        """Divisions whose name or code holds the text or resembles it, the best first."""
        if not wanted:
            return []
        living = [item for item in self._divisions.values() if not item.abolished]
        holding = [item for item in living if wanted in item.name or item.code.startswith(wanted)]
        if holding:
            return holding
        words = {word: item for item in living for word in (item.code, item.name) if word}
        close = difflib.get_close_matches(wanted, words, n=_MATCHES_MAX, cutoff=0.5)
        return [words[word] for word in close]


def named(divisions: Iterable[Division], text: str) -> list[Division]:
    """The divisions that bear a name, or its stem where none bears it; living ones if there are."""
    known = list(divisions)
    fitting = [one for one in known if one.name == text]
    fitting = fitting or [one for one in known if text and stem(one.name) == stem(text)]
    return [one for one in fitting if not one.abolished] or fitting


def stem(name: str) -> str:
    """A name without the words for its office, which people write in several ways or leave out."""
    shorter = _OFFICE.sub("", name)
    return shorter or name


def _applied(division: Division, act: Act) -> Division:
    """The division after one act: what the act states replaces what was."""
    ends = act.kind in ("merge", "abolish")
    begins = act.kind == "establish"
    if ends:
        successor = act.successor or division.successor
    else:
        successor = "" if begins else division.successor
    return Division(
        id=division.id,
        level=division.level or act.level,  # a division that rises is another division
        code=act.code or division.code,
        name=act.name or division.name,
        parent=act.parent or division.parent,
        successor=successor,
        abolished=ends or (division.abolished and not begins),
    )


def _called(division: Division) -> str:
    return f"{division.name} ({division.code})"


def _listed(divisions: list[Division]) -> str:
    """A few divisions in one line."""
    shown = ", ".join(_called(item) for item in divisions[:_MATCHES_MAX])
    more = len(divisions) - _MATCHES_MAX
    return f"{shown} and {more} more" if more > 0 else shown
