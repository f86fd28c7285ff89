"""Notices that go down and the receipts that come up, both in the orders lane of the receiver.

A notice stands once in each division that it is for, since a village holds its own orders and no
others. All copies bear one letter number, by which they are told as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import FactKind, day, moment, note, ref, text
from node.schema import Channel

NOTICE = FactKind(
    "notice",
    "",
    "notice",
    "通知",
    meaning="a notice to one division, from the county or a township",
    does="Sends a notice and prints its number.",
    about="Notices to divisions, and who has confirmed them.",
    example="",
    fields=(
        text("letter", "通知编号", "The same for every division.", required=True),
        text("title", "标题", "What it is about.", required=True),
        text("body", "内容", "The notice.", characters_max=fields.NOTE_CHARACTERS_MAX),
        moment("sent_at", "发出时间", "When it was sent.", required=True),
        day("due_on", "回执期限", "By when it is to be confirmed."),
        day("done_by", "办结期限", "By when it is to be done; empty where it is only to be read."),
        text("sent_from", "发文区划", "The id of the division that sends it.", required=True),
    ),
    channel=Channel.ORDERS,
    typed=False,
)

RECEIPT = FactKind(
    "notice_receipt",
    "notice",
    "receipt",
    "通知回执",
    meaning="a division has confirmed a notice",
    does="Confirms a notice.",
    about="Which divisions have confirmed which notices.",
    example="",
    fields=(
        ref("notice", "notice", "通知编号", "Id, or part of an id."),
        moment("confirmed_at", "回执时间", "When it was confirmed.", required=True),
        text("confirmed_by", "回执人", "Who confirmed it.", required=True),
        note(),
    ),
    channel=Channel.ORDERS,
    typed=False,
)

DONE = FactKind(
    "notice_done",
    "notice",
    "done",
    "通知办结",
    meaning="a division has done what a notice asks for",
    does="Reports that what a notice asks for is done and prints the id.",
    about="Which divisions have done what a notice asks for.",
    example="7Q2M9K --done-on 2026-11-10 --note 已核对12人",
    fields=(
        ref("notice", "notice", "通知编号", "Id, or part of an id."),
        day("done_on", "办结日期", "Such as 2026-11-10.", required=True),
        note(),
    ),
    channel=Channel.ORDERS,
)

KINDS = (NOTICE, RECEIPT, DONE)


def unconfirmed(
    notices: Iterable[Mapping[str, Any]], receipts: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The notices that nobody has confirmed, those that wait longest first."""
    done = {row["notice"] for row in receipts}
    waits = [row for row in notices if row["id"] not in done]
    return sorted(waits, key=lambda row: (row["sent_at"], str(row["id"])))
