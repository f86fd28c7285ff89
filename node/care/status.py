"""The status of a case: how far it has come, as a value to be joined, stored as text, and shown.

Statuses form a lattice, lex(round, (stage reached, set of stops)): the higher round wins, and
within a round the furthest stage and all stops count. A join is the same in any order, counts
nothing twice and only ever grows, so that every node that holds the same valid events shows the
same status, and one that holds more never shows less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from node.care.pack import CaseRules, StopKind
from node.care.policy import BASELINE
from node.errors import UsageError
from node.language import CHINESE, ENGLISH, joined, named


@dataclass(frozen=True, slots=True)
class Status:
    """How far a case has come: an element of the lattice, joined with `|`.

    Attributes:
        round: The highest round that was opened.
        progress: The furthest stage entered in that round, 0 for none.
        stops: The codes of the stops and rejections of that round.
    """

    round: int = 0
    progress: int = 0
    stops: frozenset[str] = frozenset()

    def __or__(self, other: Status) -> Status:
        if self.round != other.round:
            return self if self.round > other.round else other
        return Status(
            self.round, max(self.progress, other.progress), frozenset(self.stops | other.stops)
        )

    def __le__(self, other: Status) -> bool:
        return self | other == other

    def __str__(self) -> str:
        """The canonical text of the derived column, such as `0:5:` or `0:5:deceased,withdrawn`."""
        return f"{self.round}:{self.progress}:{','.join(sorted(self.stops))}"

    @classmethod
    def read(cls, text: str | None) -> Status:
        """The status of a canonical text; an empty one is that of a case without events.

        Raises:
            UsageError: The text is no status.
        """
        if not text:
            return cls()
        parts = text.split(":")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
            raise UsageError(
                f"{text!r} is not the status of a case.",
                hint="It looks like 0:5: or 0:5:withdrawn.",
            )
        return cls(int(parts[0]), int(parts[1]), frozenset(filter(None, parts[2].split(","))))


def status_text(
    status: Status | str | None, rules: CaseRules = BASELINE.case, language: str = CHINESE
) -> str:
    """The status of a case in words, for screens and exports.

    A settled case is shown as settled whatever came later, with the stop beside it; else a stopped
    one as stopped, with the stage that it had reached; else the stage.
    """
    if not isinstance(status, Status):
        status = Status.read(status)
    forms = _FORMS[language]
    reached = _stage_title(status.progress, rules, language)
    stops = titles_of(status.stops, rules, language)
    if status.progress >= rules.settled_stage and stops:
        shown = forms.stopped_later.format(reached=reached, stops=stops)
    elif stops:
        shown = forms.stopped.format(reached=reached, stops=stops)
    else:
        shown = reached
    return forms.round.format(round=status.round + 1) + shown if status.round else shown


class _Forms(NamedTuple):
    """How a status is put into words."""

    stopped_later: str
    stopped: str
    round: str
    unbegun: str
    unnamed: str


_FORMS = {
    CHINESE: _Forms(
        "{reached}（此后终止：{stops}，待核查）", "已终止：{stops}（止于 {reached}）",
        "第{round}轮 ", "未申请", "第{number}阶段",
    ),
    ENGLISH: _Forms(
        "{reached} (ended later: {stops}; to be checked)", "Ended: {stops} (at {reached})",
        "Round {round}: ", "Not applied for", "Stage {number}",
    ),
}  # fmt: skip


def _stage_title(progress: int, rules: CaseRules, language: str) -> str:
    if progress == 0:
        return _FORMS[language].unbegun
    if progress > len(rules.stages):
        return _FORMS[language].unnamed.format(number=progress)
    return f"{progress} {named(rules.stages[progress - 1].name, 'stages', language)}"


def titles_of(codes: Iterable[str], rules: CaseRules, language: str = CHINESE) -> str:
    """The names of stops and rejections, in the order in which they are shown."""
    return joined(
        [named(ending.name, "stops", language) for ending in _endings(codes, rules)], language
    )


def _endings(codes: Iterable[str], rules: CaseRules) -> list[StopKind]:
    """The stops of these codes in the order in which they are shown; unknown ones last."""
    named = set(codes)
    known = [ending for ending in rules.endings if ending.code in named]
    unknown = sorted(named - {ending.code for ending in known})
    return known + [StopKind(code, code, frozenset()) for code in unknown]
