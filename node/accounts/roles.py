"""What each role may do on the pages of a node: one table, and whatever is not in it is denied.

The tier of a node bounds what its key may write, wherever the bytes came from; this table bounds
what a person may see and do at the screen of one box, where many come by.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.care.codes import CodeList

ROLES = CodeList(
    "roles",
    {
        "aide": "村级助老员",
        "liaison": "残疾人联络员",
        "keeper": "食堂管理员",
        "worker": "服务人员",
        "admin": "乡镇管理员",
        "supervisor": "乡镇督导员",
        "operator": "县级操作员",
        "auditor": "县级审计员",
    },
)
"""The roles, in the words of the tiers that they belong to."""

_TOWNSHIP = frozenset({"admin", "supervisor"})
_COUNTY = frozenset({"operator", "auditor"})
_ABOVE = _TOWNSHIP | _COUNTY

ACTIONS: Mapping[str, frozenset[str]] = {
    "state.see": frozenset(ROLES),
    "today.see": _ABOVE | {"aide", "worker"},
    "visit.see": _ABOVE | {"aide", "worker"},
    "visit.record": frozenset({"aide", "worker"}),
    "people.see": _ABOVE | {"aide"},
    "case.see": _ABOVE | {"aide"},
    "photo.add": frozenset({"aide", "admin"}),
    "pay.see": _ABOVE | {"aide", "worker"},
    "registry.see": _ABOVE,
    "cases.see": _ABOVE,
    "conflicts.see": _ABOVE,
    "conflicts.settle": frozenset({"admin", "operator"}),
    "visits.see": _ABOVE,
    "nodes.see": _ABOVE,
}
"""Who may do what. A liaison and a canteen's keeper see no elders here until their pages come; a
supervisor and an auditor record nothing."""


SIGNED_IN_ONLY = frozenset({"conflicts.settle"})
"""What the access key alone never opens: the county's console writes for nobody without a name."""


def may(role: str, action: str) -> bool:
    """Whether a role may do something; nobody may do what the table does not name."""
    return role in ACTIONS.get(action, frozenset())
