"""Who looks after whom: agreements, pairings, check-ins, needs, goods and trainings.

The functions below say who is without what they should have. They are pure, and what they are
given may lie in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import amendments, fields
from node.care.facts.declaring import FactKind, code, day, note, number, ref, text
from node.care.facts.entrusted import AUTHORISATION, check_authorised
from node.care.facts.health import check_span, during
from node.care.facts.writing import standing
from node.care.policy import BASELINE
from node.errors import Refused, UsageError

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")

AGREEMENT = FactKind(
    "care_agreement",
    "person",
    "agreement",
    "照料协议",
    meaning="who has agreed in writing to look after a person",
    does="Records a written agreement to look after a person and prints the id.",
    about="Written agreements to look after a person.",
    example="王桂兰 --carer 王建国 --relation 邻居 --agreement-no 2026-014 --since 2026-01-01",
    fields=(
        _PERSON,
        text("carer", "照料人", "Who looks after the person.", required=True),
        code("relation", _LISTS.contact_relations, "与对象关系", "Such as 邻居 or 子女."),
        text("agreement_no", "协议编号", "The number of the agreement.", required=True),
        day("since", "开始日期", "The first day.", required=True),
        day("until", "结束日期", "The last day; empty while it goes on."),
        note(),
    ),
    judge=check_span,
)


def _check_two(values: Mapping[str, Any]) -> None:
    check_span(values)
    if values["volunteer"] == values["member"]:
        raise fields.refused(
            "volunteer",
            values["volunteer"],
            "is the committee member",
            "A pairing 1+1+1 has two different helpers.",
        )


PAIRING = FactKind(
    "pairing",
    "person",
    "pairing",
    "结对帮扶",
    meaning="a person, a committee member and a volunteer who stand together",
    does="Records a pairing 1+1+1 and prints the id.",
    about="Pairings of a person with a committee member and a volunteer.",
    example="王桂兰 --member 李主任 --volunteer 张红 --since 2026-01-01",
    fields=(
        _PERSON,
        text("member", "残协委员", "The committee member.", required=True),
        text("volunteer", "志愿者", "The volunteer.", required=True),
        day("since", "开始日期", "The first day.", required=True),
        day("until", "结束日期", "The last day; empty while it goes on."),
        note(),
    ),
    judge=_check_two,
)

CHECK_IN = FactKind(
    "check_in",
    "person",
    "check-in",
    "每日探访",
    meaning="somebody has looked after a person who lives alone",
    does="Records that somebody has looked in on a person and prints the id.",
    about="Daily looks at people who live alone.",
    example="王桂兰 --done-on 2026-11-03 --status 正常 --by 张红",
    fields=(
        _PERSON,
        day("done_on", "日期", "Such as 2026-11-03.", required=True),
        code("status", _LISTS.check_in_statuses, "情况", "正常, 异常 or 未见.", required=True),
        text("by", "探访人", "Who looked in."),
        note(),
    ),
    index=("done_on",),
)

NEED = FactKind(
    "need",
    "need",
    "case",
    "需求",
    meaning="something that a person needs",
    does="Registers something that a person needs and prints the id.",
    about="What people need, who sees to it, and by when.",
    example="王桂兰 --category 辅具 --detail 轮椅 --found-on 2026-11-03 --due-on 2026-11-20",
    fields=(
        _PERSON,
        code("category", _LISTS.need_categories, "类别", "Such as 辅具 or 办证.", required=True),
        text("detail", "内容", "What is needed.", required=True, erasable=True),
        day("found_on", "登记日期", "Such as 2026-11-03.", required=True),
        day("due_on", "期限", "By when."),
        text("owner", "责任人", "Who sees to it."),
        note(),
    ),
)

STEP = FactKind(
    "need_step",
    "need",
    "step",
    "需求办理",
    meaning="one step of a need",
    does="Records what was done about a need and prints the id.",
    about="What was done about a need: assigned, served, confirmed by the person.",
    example="7Q2M9K --step 已满足 --done-on 2026-11-10 --mode 上门",
    fields=(
        ref("need", "need", "需求编号", "Id, or part of an id."),
        code("step", _LISTS.need_steps, "办理", "Such as 分派, 已满足 or 本人确认.", required=True),
        day("done_on", "日期", "Such as 2026-11-10.", required=True),
        text("owner", "责任人", "Who sees to it from now on."),
        code("mode", _LISTS.delivery_modes, "方式", "集中, 上门 or 代理."),
        text("paper", "办理结果文书", "Needed for 代理: the paper that came of it."),
        text("reason", "原因", "Needed for 转介 and 暂无法满足."),
        note(),
    ),
    judge=lambda values: _check_step(values),
    weigh=lambda *found: _check_turn(*found),
)


def _check_turn(replica: Any, kind: Any, values: Mapping[str, Any], row_id: str) -> None:
    """The person confirms what was done, not what was not (QZ-28)."""
    _check_authorised(replica, kind, values, row_id)
    if values["step"] != "QR":
        return
    steps = standing(replica, STEP, None, {"need": values["need"]})
    if not any(row["step"] in _DONE and row["done_on"] <= values["done_on"] for row in steps):
        raise Refused(
            f"Nothing was done about this need by {values['done_on']}, so nobody confirms it.",
            hint="Record what was done first: --step 服务中 or --step 已满足.",
        )


def _check_authorised(replica: Any, _: Any, values: Mapping[str, Any], row_id: str) -> None:
    """What is done in somebody's name needs an authorisation that holds that day (QZ-29)."""
    if values["mode"] != "DL":
        return
    need = replica.row(NEED.name, values["need"])
    if need is not None:
        person = amendments.corrected(NEED.table, need)["person"]
        held = standing(replica, AUTHORISATION, None, {"person": person})
        check_authorised(held, person, values["done_on"])


def _check_step(values: Mapping[str, Any]) -> None:
    """A referral has a reason, and what was done in somebody's name a paper (QZ-29)."""
    if values["step"] in ("ZJ", "WF") and not values["reason"]:
        raise UsageError(
            "A need is referred, or said not to be met, with a reason, and there is none.",
            hint="Say why.",
        )
    if values["mode"] == "DL" and not values["paper"]:
        raise UsageError(
            "What was done in somebody's name leaves a paper, and none is named.",
            hint="Name the paper that came of it, such as a certificate.",
        )


GOODS = FactKind(
    "goods_issue",
    "person",
    "goods",
    "物资发放",
    meaning="goods that were given to a person",
    does="Records goods that a person was given and prints the id.",
    about="Goods that people were given, such as at a festival.",
    example="王桂兰 --campaign 2026春节慰问 --item 大米 --quantity 2"
    " --given-on 2026-02-10 --signed-by 王桂兰",
    fields=(
        _PERSON,
        text("campaign", "慰问活动", "The occasion, if there is one."),
        text("item", "物资", "What was given.", required=True),
        number("quantity", "数量", "How many.", 1, 100_000, required=True),
        day("given_on", "日期", "Such as 2026-02-10.", required=True),
        text("signed_by", "签收人", "Who signed for it.", required=True),
        note(),
    ),
    weigh=lambda *found: _check_once(*found),
)


def _check_once(replica: Any, _: Any, values: Mapping[str, Any], row_id: str) -> None:
    """Somebody gets one gift of a campaign, as far as this node knows (ZS-37)."""
    if not values["campaign"]:
        return
    for row in replica.rows(GOODS.name, where={"person": values["person"]}):
        stands = amendments.corrected(GOODS.table, row)
        same = stands["campaign"] == values["campaign"]
        if row["id"] != row_id and same and not amendments.void(row):
            raise Refused(
                f"The person has a gift of {values['campaign']}, given on {stands['given_on']}.",
                hint="A campaign gives each person one; void that one where it was wrong.",
            )


KINDS = (AGREEMENT, PAIRING, CHECK_IN, NEED, STEP, GOODS)


# --- what the facts amount to --------------------------------------------------------------------


def without_carer(
    agreements: Iterable[Mapping[str, Any]], people: Iterable[str], today: str
) -> list[str]:
    """The people whom nobody has agreed to look after today, in their order (ZS-16, HC-03)."""
    cared = {row["person"] for row in during(agreements, today)}
    return [person for person in people if person not in cared]


def unpaired(
    pairings: Iterable[Mapping[str, Any]], people: Iterable[str], today: str
) -> dict[str, int]:
    """By person how many pairings they have today, where that is not exactly one (QZ-17)."""
    count: dict[str, int] = {}
    for row in during(pairings, today):
        count[row["person"]] = count.get(row["person"], 0) + 1
    return {person: count.get(person, 0) for person in people if count.get(person, 0) != 1}


def unseen(check_ins: Iterable[Mapping[str, Any]], people: Iterable[str], today: str) -> list[str]:
    """The people whom nobody has seen today, in their order: 未见 is not seen (ZS-33)."""
    seen = {row["person"] for row in check_ins if row["done_on"] == today and row["status"] != "WJ"}
    return [person for person in people if person not in seen]


@dataclass(frozen=True)
class Progress:
    """How far a need has come.

    Attributes:
        step: The code of its last step; empty where nothing was done yet.
        owner: Who sees to it.
        open: Whether somebody has still to do something.
        conflicting: Whether two last steps of one day say different things.
    """

    step: str
    owner: str
    open: bool
    conflicting: bool = False


_ENDS = frozenset({"QR", "ZJ"})
_DONE = frozenset({"FW", "MZ"})
_ORDER = ("FP", "FW", "MZ", "QR", "ZJ", "WF", "CK")


def progress(need: Mapping[str, Any], steps: Iterable[Mapping[str, Any]]) -> Progress:
    """How far a need has come, from its steps in any order.

    The last day decides; of two steps of one day the one further along, but a reopening stands
    above all. Only the person's own confirmation, or a referral, closes a need (QZ-28).
    """
    own = [row for row in steps if row["need"] == need["id"]]
    if not own:
        return Progress("", need["owner"] or "", True)

    def place(row: Mapping[str, Any]) -> tuple[str, int, str]:
        known = _ORDER.index(row["step"]) if row["step"] in _ORDER else -1
        return row["done_on"], known, str(row["id"])

    ordered = sorted(own, key=place)
    last = ordered[-1]
    owners = [row["owner"] for row in ordered if row["owner"]]
    same_day = {row["step"] for row in ordered if row["done_on"] == last["done_on"]}
    conflicting = len(same_day & _ENDS) == 2
    owner = owners[-1] if owners else need["owner"] or ""
    return Progress(last["step"], owner, last["step"] not in _ENDS, conflicting)


def neglected(
    needs: Iterable[Mapping[str, Any]],
    steps: Collection[Mapping[str, Any]],
    today: str,
    unowned_since: str,
) -> list[tuple[Mapping[str, Any], str]]:
    """Open needs that are overdue, or that nobody has seen to for too long, the oldest first.

    Args:
        needs: Facts of `need`.
        steps: Facts of `need_step`.
        today: ISO date.
        unowned_since: A need of this day or before without an owner escalates (ZS-35).

    Returns:
        Each with `overdue` or `unowned`.
    """
    found = []
    for need in needs:
        now = progress(need, steps)
        if now.open and need["due_on"] and need["due_on"] < today:
            found.append((need, "overdue"))
        elif now.open and not now.owner and need["found_on"] <= unowned_since:
            found.append((need, "unowned"))
    return sorted(found, key=lambda one: (one[0]["found_on"], str(one[0]["id"])))


def given_twice(issues: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Goods beyond the first of one occasion and person, by id: the earliest stands (ZS-37)."""
    by_key: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in issues:
        if row["campaign"]:
            by_key.setdefault((row["campaign"], row["person"]), []).append(row)
    found = []
    for rows in by_key.values():
        ordered = sorted(rows, key=lambda row: (row["given_on"], str(row["id"])))
        found += ordered[1:]
    return sorted(found, key=lambda row: str(row["id"]))
