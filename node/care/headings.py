"""The Chinese heading of every column of every table and listing; the English one is its name."""

from __future__ import annotations

from collections.abc import Mapping

from node.care import audited
from node.care.budgets import tables as budgets
from node.care.canteen.tables import KINDS as CANTEEN_KINDS
from node.care.facts import KINDS
from node.care.listings import LISTINGS, SHARED
from node.care.orders import titles as orders

_SUMMED: Mapping[str, Mapping[str, str]] = {
    "advance": {"recovered_fen": "已收回(元)", "open_fen": "未收回(元)"},
    "donation": {"donations": "捐赠编号"},
    "fund_grant": {"spent_fen": "已支出(元)"},
    "points_entry": {"points": "积分", "minutes": "未满一分的分钟"},
}
"""What the listings of sums call their columns."""

HEADINGS: Mapping[str, Mapping[str, str]] = {
    **LISTINGS,
    "person": {
        **SHARED,
        "groups": "人群类别",
        "care_grade": "特困护理等级",
        "household": "户编号",
        "relation": "与户主关系",
        "contact_name": "联系人姓名",
        "contact_phone": "联系人电话",
        "contact_relation": "与联系人关系",
        "disability_kind": "残疾类别",
        "disability_certificate": "残疾人证号",
        "ability_level": "能力等级",
    },
    "household": {
        **SHARED,
        "head": "户主编号",
        "groups": "家庭类别",
        "head_name": "户主",
        "members": "成员数",
    },
    "worker": {
        **SHARED,
        "worker_class": "人员类别",
        "qualification": "资格证书",
        "clients_per_day_max": "每日服务人数上限",
        "helper_kind": "身份类别",
        "phone": "联系电话",
        "closed_on": "离岗日期",
        "closed_reason": "离岗原因",
    },
    "worker_record": {
        **SHARED,
        "contract_from": "合同开始日期",
        "contract_until": "合同结束日期",
        "insurance_no": "保险单号",
        "insured_from": "保险开始日期",
        "insured_until": "保险结束日期",
    },
    "visit": {
        **SHARED,
        "service": "服务项目",
        "started_at": "开始时间",
        "ended_at": "结束时间",
        "minutes": "服务分钟",
        "fee_fen": "费用(元)",
        "rating": "评分",
        "tasks": "服务内容",
        "condition": "对象状况",
        "confirmed_by": "确认人",
        "service_order": "订单编号",
        "charged_fen": "本人支付(元)",
        "review": "审核代码",
        "review_text": "审核",
        "state": "更正情况",
        "ticks": "送达情况",
    },
    "care_plan": {
        **SHARED,
        "services": "服务项目",
        "times": "次数",
        "per": "周期",
        "xun": "旬",
        "since": "开始日期",
        "until": "结束日期",
        "first": "起",
        "last": "止",
        "visits": "应访次数",
        "done": "已访次数",
        "vacant": "空缺原因",
    },
    "missed_visit": {
        **SHARED,
        "planned_at": "计划时间",
        "reason": "未访原因",
    },
    "person_move": {
        "person": "原档案编号",
        "name": "姓名",
        "into": "现档案编号",
        "from_division": "迁出区划",
        "from_name": "迁出村(社区)",
        "to_division": "迁入区划",
        "to_name": "迁入村(社区)",
        "moved_on": "迁移日期",
        "document": "文件",
        "seen": "已含修改",
        "left": "待核对",
    },
    "person_carried": {
        **SHARED,
        "person": "原档案编号",
        "into": "现档案编号",
        "kind": "内容类别",
        "source": "来源",
        "made": "生成的记录",
        "taken": "已转交字段",
        "left": "待核对",
    },
    "department_batch": {
        **SHARED,
        "department": "部门",
        "source": "文件摘要",
        "lines": "行数",
        "brought_by": "导入人",
        "brought_on": "导入日期",
        "open": "待办",
        "choose": "待认人",
        "rejected": "无此人",
        "agrees": "已一致",
        "taken": "已采用",
        "kept": "不采用",
    },
    "department_hit": {
        **SHARED,
        "batch": "批次编号",
        "department": "部门",
        "line": "行号",
        "outcome": "比对结果",
        "state": "状态",
        "found_by": "比对依据",
        "candidates": "可能的人",
        "reports": "事项",
        "happened_on": "日期",
        "disability_kind": "残疾类别",
        "disability_grade": "残疾等级",
        "name": "姓名",
        "birth_date": "出生日期",
        "id_number": "身份证号",
        "reason": "原因",
    },
    "department_ruling": {
        **SHARED,
        "hit": "比对行编号",
        "outcome": "处理结果",
        "decided_by": "处理人",
    },
    "person_link": {
        **SHARED,
        "state": "状态",
        "kind": "疑似依据",
        "other": "另一编号",
        "other_name": "另一姓名",
        "other_division": "另一区划代码",
        "other_division_name": "另一区划名称",
        "keep": "保留编号",
        "asked": "建议",
        "said_on": "认定日期",
        "statement": "认定编号",
        "person_division": "所在区划",
        "person_seen": "所见版本",
        "other_seen": "另一所见版本",
        "word": "认定",
        "replaces": "取代",
    },
    **{table: {**SHARED, **own} for table, own in orders.HEADINGS.items()},
    "facility": {
        **SHARED,
        "name": "名称",
        "kind": "设施类别",
        "address": "地址",
        "operator_mode": "运营方式",
        "seats": "座位/床位数",
        "services": "服务项目",
        "meals_served": "累计供餐份数",
        "manager": "负责人",
        "operator": "运营单位",
        "hours": "开放时间",
        "opened_on": "开业日期",
        "build_mode": "建设方式",
        "closed_on": "关停日期",
        "closed_reason": "关停原因",
        "successor": "并入设施编号",
    },
    "association": {
        **SHARED,
        "name": "名称",
        "kind": "组织类别",
        "founded_on": "成立日期",
        "legal_status": "登记情况",
        "registration_no": "登记证号",
        "pilot_round": "试点批次",
        "venue": "活动场所",
        "parent": "上级组织",
        "closed_reason": "注销原因",
    },
    "modification_case": {
        **SHARED,
        "household_address": "改造住址",
        "items": "改造项目",
        "status": "状态代码",
        "status_text": "进度",
        "household": "户编号",
        "budget_fen": "预算(元)",
        "contractor": "施工单位",
        "planned_on": "计划开工日期",
        "contact_phone": "联系电话",
        "cost_fen": "决算(元)",
        "hamlet": "自然村",
    },
    "stage_event": {
        **SHARED,
        "modification_case": "改造编号",
        "kind": "类型",
        "stage": "阶段",
        "stop": "终止原因",
        "round": "轮次",
        "builds_on": "依据事件",
    },
    **{name: {**SHARED, **more} for name, more in budgets.HEADINGS.items()},
    **{name: {**SHARED, **more} for name, more in audited.HEADINGS.items()},
    **{
        kind.name: {
            **SHARED,
            **{
                f"{one.name}_name": one.title.removesuffix("编号")
                for one in kind.fields
                if one.refers
            },
            **{one.name: one.title for one in kind.fields},
            **_SUMMED.get(kind.name, {}),
            "state": "更正情况",
        }
        for kind in (*KINDS, *CANTEEN_KINDS)
    },
}
"""By table or listing, the heading of each column."""


def heading(table: str, column: str) -> str:
    """The Chinese heading of a column; a column that has none is shown by its name."""
    return HEADINGS.get(table, {}).get(column, column)
