"""Photos and signed papers, each of one record of another kind: a case, an inspection, a delivery.

The row says whose it is, what it shows and which content it names; the content itself travels
beside the ledger, in the last lane. A photo stands in the care of the division in which its record
stands, also where the record itself is public: a home is nobody's business but the household's.
"""

from __future__ import annotations

from dataclasses import replace

from node.care import fields
from node.care.codes import CodeList
from node.care.facts.declaring import FactKind, Field, code, day, hidden, note, number, text
from node.care.policy import BASELINE

SUBJECTS = CodeList(
    "photo_subjects",
    {
        "modification_case": "改造案例",
        "facility_inspection": "设施检查",
        "goods_issue": "物资配送",
        "visit": "服务记录",
        "care_agreement": "照料协议",
        "safety_round": "安全巡检",
        "emergency": "紧急求助",
        "facility": "设施",
        "person": "服务对象",
    },
)
"""The tables whose records have photos."""

_LISTS = BASELINE.lists


def _filled_in(one: Field) -> Field:
    return replace(one, typed=False)


PHOTO = FactKind(
    "photo",
    "photo",
    "",
    "照片",
    meaning="a photo or a signed paper of another record",
    does="Keeps a photo of a record and prints the id.",
    about="Photos and signed papers of records, such as of a home before and after.",
    example="7Q2M9K 改造前.jpg --shows 改造前 --taken-on 2026-11-03",
    fields=(
        _filled_in(
            Field("subject", "所属记录", "Id, or part of an id.", fields.row_id, required=True)
        ),
        _filled_in(
            code("subject_table", SUBJECTS, "记录类别", "What the record is.", required=True)
        ),
        code("shows", _LISTS.photo_kinds, "内容", "Such as 改造前 or 签字材料.", required=True),
        day("taken_on", "拍摄日期", "Such as 2026-11-03."),
        _filled_in(
            replace(
                hidden(text("content", "文件指纹", "SHA-256 of the content.", required=True)),
                blob=True,
            )
        ),
        _filled_in(number("size_bytes", "字节数", "Bytes.", 1, required=True)),
        note(),
    ),
    index=("shows",),
    typed=False,
)

KINDS = (PHOTO,)
"""Every kind of this room, in the order of their tables."""
