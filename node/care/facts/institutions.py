"""Who lives in an institution, whom it takes, who works there, and who would like to live there.

Whom an institution takes and who works there is public; who lives there, or would like to, stays
in the care lane. The functions below are pure but for one, and what they are given may lie in any
order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care.doubles.reading import read
from node.care.facts.declaring import FactKind, code, day, note, ref, several, text
from node.care.facts.health import check_span, during
from node.care.facts.writing import standing
from node.care.policy import BASELINE
from node.errors import Refused
from node.schema import Channel

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")
_FACILITY = ref("facility", "facility", "设施", "Id, part of an id, or name.")
_SINCE = day("since", "开始日期", "The first day.", required=True)
_UNTIL = day("until", "结束日期", "The last day; empty while it goes on.")

PLACEMENT = FactKind(
    "placement",
    "person",
    "placement",
    "入住",
    meaning="one stay of a person in an institution",
    does="Records that a person lives in an institution and prints the id.",
    about="People who live in an institution.",
    example="王桂兰 --facility 王家院敬老院 --since 2026-11-01 --document 民字12号",
    fields=(
        _PERSON,
        ref("facility", "facility", "设施", "Id, part of an id, or name."),
        day("since", "入住日期", "The first day.", required=True),
        day("until", "离开日期", "The last day; empty while it goes on."),
        text("document", "文件", "The decision behind it.", required=True),
        note(),
    ),
    judge=check_span,
    weigh=lambda replica, _kind, values, id_: check_placement(replica, values, id_),
    index=("facility",),
)

INTAKE = FactKind(
    "facility_intake",
    "facility",
    "intake",
    "收住范围",
    meaning="the levels of ability that an institution takes",
    does="Records which levels of ability an institution takes and prints the id.",
    about="Which levels of ability an institution takes; who has another is not admitted.",
    example="王家院敬老院 --levels 重度失能,完全失能 --since 2026-01-01",
    fields=(
        _FACILITY,
        several("levels", _LISTS.ability_levels, "收住等级", "With commas.", required=True),
        _SINCE,
        _UNTIL,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
)

POST = FactKind(
    "facility_post",
    "facility",
    "post",
    "设施岗位",
    meaning="somebody who works at a facility",
    does="Records who works at a facility and prints the id.",
    about="Who works at a facility, since when and as what.",
    example="王家院敬老院 --name 李秀英 --post 护理员 --since 2026-01-01",
    fields=(
        _FACILITY,
        text("name", "姓名", "Who works there.", required=True),
        code("post", _LISTS.facility_posts, "岗位", "Such as 护理员.", required=True),
        _SINCE,
        _UNTIL,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
)

WISH = FactKind(
    "institution_wish",
    "person",
    "wish",
    "入住意愿",
    meaning="a person would like to live in an institution, or not any more",
    does="Records whether a person would like to live in an institution and prints the id.",
    about="Who would like to live in an institution.",
    example="王桂兰 --asked-on 2026-11-03 --answer 愿意",
    fields=(
        _PERSON,
        day("asked_on", "询问日期", "Such as 2026-11-03.", required=True),
        code("answer", _LISTS.wish_answers, "意愿", "愿意 or 不愿意.", required=True),
        note(),
    ),
)

KINDS = (PLACEMENT, INTAKE, POST, WISH)


# --- what the facts amount to --------------------------------------------------------------------


def admits(intakes: Iterable[Mapping[str, Any]], facility: str, on: str) -> frozenset[str] | None:
    """The levels that an institution takes on a day; None where it states none (CC-04)."""
    mine = during((row for row in intakes if row["facility"] == facility), on)
    return frozenset(one for row in mine for one in row["levels"].split(",")) if mine else None


def willing(wishes: Iterable[Mapping[str, Any]], on: str) -> list[str]:
    """Who would like to live in an institution, by the last answer up to a day (ZS-14)."""
    last: dict[str, Mapping[str, Any]] = {}
    for row in sorted(wishes, key=lambda row: (row["asked_on"], str(row["id"]))):
        if row["asked_on"] <= on:
            last[row["person"]] = row
    return sorted(person for person, row in last.items() if row["answer"] == "Y")


def staff_needed(residents: Mapping[str, int], ratios: Iterable[tuple[str, int]]) -> int:
    """How many of staff so many residents need (ZS-14).

    Args:
        residents: How many live there by code of `care_grades`; without a grade under an empty one.
        ratios: By grade how many residents one of staff looks after; who has no grade counts as
            the grade with the most.
    """
    known = dict(ratios)
    if not known:
        return 0
    easiest = max(known.values())
    # In shares of one of staff, exactly: a sum of fractions must not be rounded thrice.
    whole = 1
    for number_ in known.values():
        whole *= number_
    shares = sum(count * whole // known.get(grade, easiest) for grade, count in residents.items())
    return -(-shares // whole)


def in_two_homes(placements: Iterable[Mapping[str, Any]], on: str) -> list[Mapping[str, Any]]:
    """The stays of one person on a day, where they are in more than one institution (HC-10)."""
    here = during(placements, on)
    return here if len({row["facility"] for row in here}) > 1 else []


def check_placement(replica: Any, values: Mapping[str, Any], row_id: str) -> None:
    """Refuses a place beside another one (HC-10), and where the institution does not take one.

    Raises:
        Refused: The person, by whatever record, lives in an institution on one of the days, or
            `check_admission` refuses.
    """
    known_as = read(replica)
    person = known_as.survivor(values["person"])
    for row in known_as.of_kept(standing(replica, PLACEMENT)):
        over = row["until"] and row["until"] < values["since"]
        before = values["until"] and values["until"] < row["since"]
        if row["person"] == person and row["id"] != row_id and not over and not before:
            raise Refused(
                f"The person lives in an institution since {row['since']} already: {row['id']}.",
                hint="End that stay first: linli person placement correct PLACEMENT until DATE",
            )
    check_admission(replica, values)


def check_admission(replica: Any, values: Mapping[str, Any]) -> None:
    """Refuses a place for somebody whose level the institution does not take (CC-04).

    Raises:
        Refused: The level is another, or is not known.
    """
    levels = admits(standing(replica, INTAKE), values["facility"], values["since"])
    if levels is None:
        return
    person = replica.row("person", values["person"])
    level = (person or {}).get("ability_level") or ""
    if person is None or level in levels:
        return
    taken = "、".join(_LISTS.ability_levels.title(one) for one in sorted(levels))
    has = _LISTS.ability_levels.title(level) if level else "-"
    raise Refused(
        f"The institution takes people of the levels {taken}, and the person's level is {has}.",
        hint="Assess the person, or choose another place: linli facility intake list",
    )
