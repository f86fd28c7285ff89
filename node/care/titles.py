"""What columns and codes are called in Chinese, wherever a record meets a person.

Records hold codes and columns have English names, which JSON and the wire keep for ever. Screens,
pages, listings for a spreadsheet and the headers of a file to import take their Chinese from here
and from the policy pack, so that a field has one name everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care.codes import CodeList
from node.care.facts import KINDS
from node.care.policy import BASELINE
from node.care.stages import REJECT, REOPEN, STAGE, STOP
from node.language import CHINESE, joined

_LISTS = BASELINE.lists
_FIELDS = [(kind, one) for kind in KINDS for one in kind.fields]
STAGES, ENDINGS, ITEMS = "stages", "stops", "catalogue"
"""What the names of a case are kept under beside the lists."""

TITLES: Mapping[tuple[str, str], CodeList] = {
    ("person", "gender"): _LISTS.genders,
    ("person", "groups"): _LISTS.person_groups,
    ("person", "care_grade"): _LISTS.care_grades,
    ("person", "disability_grade"): _LISTS.disability_grades,
    ("person", "status"): _LISTS.person_statuses,
    ("person", "relation"): _LISTS.household_relations,
    ("person", "contact_relation"): _LISTS.contact_relations,
    ("person", "disability_kind"): _LISTS.disability_kinds,
    ("person", "ability_level"): _LISTS.ability_levels,
    ("person", "closed_reason"): _LISTS.person_closing_reasons,
    ("household", "groups"): _LISTS.household_groups,
    ("household", "status"): _LISTS.household_statuses,
    ("worker", "worker_class"): _LISTS.worker_classes,
    ("worker", "status"): _LISTS.worker_statuses,
    ("worker", "helper_kind"): _LISTS.helper_kinds,
    ("worker", "closed_reason"): _LISTS.worker_closing_reasons,
    ("worker_record", "gender"): _LISTS.genders,
    ("worker_record", "disability_grade"): _LISTS.disability_grades,
    ("facility", "kind"): _LISTS.facility_kinds,
    ("facility", "operator_mode"): _LISTS.operator_modes,
    ("facility", "status"): _LISTS.facility_statuses,
    ("facility", "services"): _LISTS.services,
    ("facility", "build_mode"): _LISTS.build_modes,
    ("facility", "closed_reason"): _LISTS.facility_closing_reasons,
    ("visit", "service"): _LISTS.services,
    ("visit", "tasks"): _LISTS.services,
    ("visit", "condition"): _LISTS.visit_conditions,
    ("visit", "confirmed_by"): _LISTS.visit_confirmations,
    ("missed_visit", "reason"): _LISTS.visit_missed_reasons,
    ("visit_review", "outcome"): _LISTS.review_outcomes,
    ("visit_review", "reason"): _LISTS.visit_return_reasons,
    ("stage_event", "kind"): CodeList(
        "step_kinds",
        {STAGE: "进入阶段", STOP: "终止", REJECT: "驳回", REOPEN: "重新开启"},
    ),
    ("stage_event", "stage"): CodeList(
        STAGES, {str(place): one.name for place, one in enumerate(BASELINE.case.stages, start=1)}
    ),
    ("stage_event", "stop"): CodeList(
        ENDINGS, {code: stop.name for code, stop in BASELINE.case.stops.items()}
    ),
    **{(kind.name, one.name): one.codes for kind, one in _FIELDS if one.codes is not None},
}
"""The lists whose codes a column holds."""

OUTCOMES = CodeList("outcomes", {"refused": "未导入", "differs": "与现有不同", "proposed": "建议"})
"""What became of a row of an import that was not taken in."""

PARTED = frozenset(
    {("visit", "tasks"), *((kind.name, one.name) for kind, one in _FIELDS if one.several)}
)
"""The columns that hold several codes in one text, a comma between."""

_SHARED: Mapping[str, str] = {
    "id": "编号",
    "division": "区划代码",
    "division_name": "区划名称",
    "person_name": "服务对象",
    "worker_name": "服务人员",
    "name": "姓名",
    "gender": "性别",
    "birth_date": "出生日期",
    "id_number": "身份证号",
    "phone": "电话",
    "address": "住址",
    "status": "状态",
    "note": "备注",
    "amendment": "更正",
    "person": "服务对象编号",
    "worker": "服务人员编号",
    "closed_on": "注销日期",
    "closed_reason": "注销原因",
    "disability_grade": "残疾等级",
}

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "person": {
        **_SHARED,
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
        **_SHARED,
        "head": "户主编号",
        "groups": "家庭类别",
        "head_name": "户主",
        "members": "成员数",
    },
    "worker": {
        **_SHARED,
        "worker_class": "人员类别",
        "qualification": "资格证书",
        "clients_per_day_max": "每日服务人数上限",
        "helper_kind": "身份类别",
        "phone": "联系电话",
        "closed_on": "离岗日期",
        "closed_reason": "离岗原因",
    },
    "worker_record": {
        **_SHARED,
        "contract_from": "合同开始日期",
        "contract_until": "合同结束日期",
    },
    "visit": {
        **_SHARED,
        "service": "服务项目",
        "started_at": "开始时间",
        "ended_at": "结束时间",
        "minutes": "服务分钟",
        "fee_fen": "费用(元)",
        "rating": "评分",
        "tasks": "服务内容",
        "condition": "对象状况",
        "confirmed_by": "确认人",
        "review": "审核代码",
        "review_text": "审核",
        "state": "更正情况",
        "ticks": "送达情况",
    },
    "missed_visit": {
        **_SHARED,
        "planned_at": "计划时间",
        "reason": "未访原因",
    },
    "visit_review": {
        **_SHARED,
        "visit": "服务记录编号",
        "outcome": "审核结果",
        "seen": "所见更正",
        "reason": "退回原因",
        "waived": "豁免的提示",
        "replaces": "所替代的审核",
    },
    "visit_outcome": {
        **_SHARED,
        "visit": "服务记录编号",
        "code": "提示",
        "withdrawn": "已撤回",
        "others": "相关服务记录",
        "details": "说明",
    },
    "pay_sheet": {
        **_SHARED,
        "period": "结算月份",
        "scope": "结算区划",
        "frontier": "数据摘要",
        "trust": "信任摘要",
        "policy": "政策版本",
        "rules": "规则版本",
        "result": "结算单摘要",
        "content": "结算单",
        "kind": "项目",
        "month": "所属月份",
        "subject": "服务记录编号",
        "state": "进度",
        "worth_fen": "应付(元)",
        "before_fen": "已付(元)",
        "amount_fen": "本次支付(元)",
        "reason": "原因",
    },
    "pay_choice": {**_SHARED, "period": "结算月份", "result": "采用的结算单摘要"},
    "facility": {
        **_SHARED,
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
    "modification_case": {
        **_SHARED,
        "household_address": "改造住址",
        "items": "改造项目",
        "status": "状态代码",
        "status_text": "进度",
        "household": "户编号",
        "budget_fen": "预算(元)",
        "contractor": "施工单位",
        "planned_on": "计划开工日期",
        "contact_phone": "联系电话",
    },
    "division": {
        "code": "区划代码",
        "name": "区划名称",
        "level": "级别",
        "parent": "上级代码",
        "parent_name": "上级名称",
        "nodes": "节点数",
    },
    "note": {
        "row": "行",
        "what": "结果",
        "column": "列",
        "field": "字段",
        "value": "内容",
        "reason": "原因",
        "remedy": "怎么办",
    },
    "history": {
        **_SHARED,
        "at": "时间",
        "user": "操作人",
        "author": "节点编号",
        "column": "字段",
        "before": "原值",
        "after": "新值",
        "applied": "是否有权",
        "stands": "是否现行",
        "reason": "原因",
        "segment": "段号",
        "segment_hash": "段摘要",
    },
    "member": {
        **_SHARED,
        "tier": "层级",
        "author": "节点编号",
        "issuer": "签发节点",
        "valid_until": "证书有效期至",
        "spoke_at": "最近联系",
        "self": "本节点",
        "revoked": "吊销原因",
    },
    "withdrawn": {
        **_SHARED,
        "time": "时间",
        "table": "登记册",
        "written": "所写内容",
        "user": "操作人",
        "author": "节点编号",
        "segment": "段号",
    },
    "partition": {
        **_SHARED,
        "channel": "分区类别",
        "frontier": "前沿摘要",
        "state": "各表摘要",
        "unsealed": "未封段的变更",
    },
    "settlement": {
        **_SHARED,
        "month": "月份",
        "division": "区划代码",
        "total_fen": "金额(元)",
        "closed_at_ms": "关闭时间",
        "state": "状态",
        "digest": "摘要",
    },
    "policy_pack": {
        **_SHARED,
        "version": "版本",
        "county": "县",
        "published": "发布时间",
        "state": "状态",
    },
    "conflict": {
        **_SHARED,
        "record": "记录",
        "column": "字段",
        "kind": "类型",
        "value": "现值",
        "others": "其他值",
    },
    "stage_event": {
        **_SHARED,
        "modification_case": "改造编号",
        "kind": "类型",
        "stage": "阶段",
        "stop": "终止原因",
        "round": "轮次",
        "builds_on": "依据事件",
    },
    **{
        kind.name: {
            **_SHARED,
            **{
                f"{one.name}_name": one.title.removesuffix("编号")
                for one in kind.fields
                if one.refers
            },
            **{one.name: one.title for one in kind.fields},
            "state": "更正情况",
        }
        for kind in KINDS
    },
}
"""The Chinese heading of every column of every table and listing; the English one is its name."""

LEVEL_TITLES: Mapping[str, str] = {"county": "县", "township": "乡镇", "village": "村"}
"""The tiers."""


def title(table: str, column: str, value: Any, language: str = CHINESE) -> str:
    """A value in words where it is a code, or several; the pack's own words are Chinese."""
    if value is None:
        return ""
    codes = TITLES.get((table, column))
    values = value if isinstance(value, list) else [value]
    if (table, column) in PARTED:
        values = str(value).split(",")
    if (table, column) == ("modification_case", "items"):
        ordered = sorted(map(str, values), key=lambda number: (len(number), number))
        return joined([BASELINE.item_title(one, language) for one in ordered], language)
    return joined(
        [codes.title(str(one), language) if codes else str(one) for one in values], language
    )


def heading(table: str, column: str) -> str:
    """The Chinese heading of a column; a column that has none is shown by its name."""
    return HEADINGS.get(table, {}).get(column, column)
