"""Whether somebody meets the conditions that a programme sets, looked at one by one.

A screening answers each condition of the county's list and keeps the version of the list, so that
an old decision is read by the conditions of its day. Who is chosen among those that pass is the
county's to say: `node.care.programmes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import (
    FactKind,
    Field,
    day,
    decided_by,
    hidden,
    note,
    number,
    ref,
    text,
)
from node.care.parameters.groups import Parameters, Programme
from node.errors import UsageError

_EVIDENCE_CHARACTERS_MAX = 400


def _numbers(name: str, typed: Any) -> str:
    """Numbers of conditions, growing, a comma between; several are typed with any sign between."""
    words = [word for word in fields.words(str(typed)) if not fields.blank(word)]
    found = sorted({fields.whole_number(1, 99)(name, word) for word in words})
    return ",".join(map(str, found))


def programme_on(parameters: Parameters, code: str, on: str) -> Programme:
    """The programme of a code as it stands on a day.

    Raises:
        UsageError: There is none.
    """
    dated = parameters.programmes.get(code)
    found = dated.on(on) if dated is not None else None
    if found is None:
        known = ", ".join(sorted(parameters.programmes)) or "none"
        raise UsageError(
            f"The policy pack {parameters.version} has no programme {code!r} on {on}.",
            hint=f"Its programmes are: {known}.",
        )
    return found


def _judge(values: Mapping[str, Any], parameters: Parameters) -> None:
    """Refuses a screening that answers what the list does not ask."""
    programme = programme_on(parameters, values["programme"], values["day"])
    asked = len(programme.must_items)
    beyond = [one for one in met(values) if one > asked]
    if beyond:
        raise fields.refused(
            "met",
            ", ".join(map(str, beyond)),
            f"is not among the {asked} conditions of {programme.name}",
            "Give the numbers of those that are met: linli programme show",
        )


def met(screening: Mapping[str, Any]) -> frozenset[int]:
    """The numbers of the conditions that a screening found to be met."""
    words = str(screening["met"] or "").split(",")
    return frozenset(int(word) for word in words if word.isascii() and word.isdigit())


def passed(screening: Mapping[str, Any], programme: Programme) -> bool:
    """Whether a screening meets every condition of a programme."""
    if programme.unable_to_work and screening["able_to_work"] != 0:
        return False
    return met(screening) >= frozenset(range(1, len(programme.must_items) + 1))


SCREENING = FactKind(
    "screening",
    "programme",
    "screening",
    "入选筛查",
    meaning="whether a person meets the conditions of a programme",
    does="Records whether a person meets the conditions of a programme and prints the id.",
    about="Whether people meet the conditions of a programme.",
    example="王桂兰 --programme tuoyang --day 2026-11-03 --met 1,2,3 --able-to-work 0"
    " --evidence 残疾人证和村委会证明",
    fields=(
        ref("person", "person", "服务对象编号", "Id, part of an id, or name."),
        day("day", "筛查日期", "The day of the screening.", required=True),
        text("programme", "项目代码", "The code of the programme.", required=True),
        Field(
            "met",
            "符合的条件",
            "The numbers of the conditions that are met, such as 1,2,3.",
            _numbers,
        ),
        number("able_to_work", "有无劳动能力", "1 where able to work, 0 where not.", 0, 1),
        hidden(
            text(
                "evidence",
                "依据",
                "What shows it: papers, who was asked.",
                required=True,
                erasable=True,
                characters_max=_EVIDENCE_CHARACTERS_MAX,
            )
        ),
        note(),
        hidden(decided_by()),
    ),
    writer="township",
    judge_by_policy=_judge,
    index=("programme",),
)

KINDS = (SCREENING,)
