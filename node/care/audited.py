"""What is kept of who did what at a screen: a fact like any other, signed and in its place.

A row travels upwards with the care of its division, so the county holds it soon, and whoever edits
the box's own copy changes nothing there; a gap in a feed is seen by its numbers. No name of
somebody who is cared for stands in it: a record is named by its id.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.care.codes import CodeList
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

SIGNED_IN, SIGNED_OUT, FAILED = "signed_in", "signed_out", "failed"
READ, DENIED, EXPORTED, ACCOUNT = "read", "denied", "exported", "account"

DEEDS = CodeList(
    "audit_deeds",
    {
        SIGNED_IN: "登录",
        SIGNED_OUT: "锁定",
        FAILED: "密码多次错误",
        READ: "查看",
        DENIED: "无权查看",
        EXPORTED: "导出",
        ACCOUNT: "账户变更",
    },
)

AUDIT = Table(
    name="audit",
    channel=Channel.CARE,
    meaning="who signed in, looked at what, or was denied it, at the screen of a node",
    columns=(
        Column("deed", Kind.FACT, required=True, meaning="what was done, a code"),
        Column("actor", Kind.FACT, required=True, meaning="who did it, as accounts are named"),
        Column("role", Kind.FACT, meaning="the role of whoever did it"),
        Column("about", Kind.FACT, meaning="a table and the id of a row, a page, or an account"),
    ),
    local=True,
)

TABLES = (AUDIT,)

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "account": {"user": "账户", "role": "角色", "failures": "连续输错次数"},
    AUDIT.name: {
        "deed": "事项",
        "role": "角色",
        "about": "对象",
        "actor": "操作人",
    },
}


def note(replica: Replica, deed: str, *, user: str, role: str = "", about: str = "") -> None:
    """Keeps one deed in this node's own partition.

    Args:
        replica: This node.
        deed: A code of `DEEDS`.
        user: Who did it.
        role: In which role.
        about: What it was about: ids and words of ours, no name of anybody who is cared for.
    """
    assert deed in DEEDS
    values = {"deed": deed, "actor": user or "-", "role": role or None, "about": about or None}
    replica.write(replica.division, [Insert(AUDIT.name, values)], user=user)
