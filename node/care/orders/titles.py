"""What the columns and codes of orders are called in Chinese, for `node.care.titles`."""

from __future__ import annotations

from collections.abc import Mapping

from node.care.codes import CodeList
from node.care.policy import BASELINE

_LISTS = BASELINE.lists
STEPS = "order_steps"
"""What the names of the steps of an order are kept under beside the lists."""

TITLES: Mapping[tuple[str, str], CodeList] = {
    ("service_order", "service"): _LISTS.services,
    ("service_order", "channel"): _LISTS.order_channels,
    ("service_order", "relation"): _LISTS.contact_relations,
    ("service_order", "state"): _LISTS.order_states,
    ("order_step", "kind"): CodeList(
        STEPS, {code: step.name for code, step in BASELINE.order.steps.items()}
    ),
    ("order_step", "helper_kind"): _LISTS.helper_kinds,
    ("order_step", "confirmed_by"): _LISTS.visit_confirmations,
    ("order_step", "reason"): _LISTS.order_reasons,
    ("client_review", "tags"): _LISTS.review_tags,
    ("client_review", "doubt"): _LISTS.review_doubts,
    ("client_review", "given_by"): _LISTS.review_givers,
    ("order_claim", "outcome"): _LISTS.claim_outcomes,
}
"""The lists whose codes a column holds."""

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "service_order": {
        "service": "服务项目",
        "asked_at": "下单时间",
        "channel": "下单渠道",
        "asked_by": "下单人",
        "relation": "与对象关系",
        "link": "家属关系编号",
        "wished_on": "希望日期",
        "status": "状态代码",
        "state": "进度",
        "assignee": "服务人员",
        "due": "期限",
        "overdue": "超时",
    },
    "order_step": {
        "service_order": "订单编号",
        "kind": "步骤",
        "done_at": "时间",
        "helper": "其他人员",
        "helper_kind": "人员类别",
        "claim": "抢单编号",
        "under": "依据派单",
        "confirmed_by": "确认人",
        "reason": "原因",
        "policy": "政策版本",
        "builds_on": "依据步骤",
    },
    "client_review": {
        "visit": "服务记录编号",
        "service_order": "订单编号",
        "stars": "评分",
        "tags": "评价标签",
        "given_by": "评价人",
        "reviewer": "家属姓名",
        "link": "家属关系编号",
        "reviewed_at": "评价时间",
        "doubt": "疑点",
    },
    "order_claim": {
        "service_order": "订单编号",
        "claimed_at": "抢单时间",
        "outcome": "结果",
    },
}
"""The headings of every table and listing, beside those that all share."""
