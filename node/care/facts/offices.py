"""Who serves in an association, who belongs to it, and what its liaison was asked to do.

Offices are public and travel in the registry lane; members, tasks and what is found about a
liaison stay in the care lane of the place. What they amount to is told in
`node.care.associations`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care.facts.associations import ASSOCIATION_FIELD, standing_here
from node.care.facts.declaring import FactKind, code, day, hidden, money, note, number, ref, text
from node.care.facts.health import check_span
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.schema import Channel

_LISTS = BASELINE.lists
_WORKER = ref("worker", "worker", "人员编号", "Who; id, part of an id, or name of a worker.")
CHAIR, LIAISON = "ZX", "LL"
ONE_EACH = frozenset({CHAIR, LIAISON})
"""The offices that exactly one person holds."""


def in_office(
    terms: Sequence[Mapping[str, Any]], on: str, role: str = "", association: str = ""
) -> list[Mapping[str, Any]]:
    """The terms of office that run on a day, by id; a term ends before the one that follows it.

    Args:
        terms: Facts of `association_office` that count.
        on: ISO date.
        role: Only of this code of `association_roles`.
        association: Only of this one.
    """
    followed: dict[str, str] = {}
    for row in terms:
        if row["follows"]:
            since = followed.get(row["follows"], row["since"])
            followed[row["follows"]] = min(since, row["since"])
    found = [
        row
        for row in terms
        if row["since"] <= on
        and (not row["until"] or on <= row["until"])
        and on < followed.get(str(row["id"]), "9999-99-99")
        and (not role or row["role"] == role)
        and (not association or row["association"] == association)
    ]
    return sorted(found, key=lambda row: str(row["id"]))


def _check_office(replica: Any, _: Any, values: Mapping[str, Any], row_id: str) -> None:
    """One chair and one liaison: another comes by a hand-over, which ends the term before."""
    terms: list[Mapping[str, Any]] = [
        row
        for row in standing_here(replica, OFFICE, {"association": values["association"]})
        if row["id"] != row_id
    ]
    follows = values["follows"]
    before = next((row for row in terms if row["id"] == follows), None)
    if follows and (before is None or before["role"] != values["role"]):
        raise UsageError(
            f"The term {follows} is no term of this office.",
            hint="The terms of an association: linli association office list --of ASSOCIATION",
        )
    if values["role"] not in ONE_EACH:
        return
    new = {**values, "id": row_id or "new"}
    days = [values["since"], *(row["since"] for row in terms if row["since"] >= values["since"])]
    for on in days:
        both = in_office([*terms, new], on, values["role"], values["association"])
        if len(both) > 1 and any(row["id"] == new["id"] for row in both):
            title = _LISTS.association_roles.title(values["role"])
            raise Refused(
                f"The association has a {title} on {on}, and it has exactly one.",
                hint="Hand the office over: linli association hand-over ASSOCIATION --to WORKER",
            )


OFFICE = FactKind(
    "association_office",
    "association",
    "office",
    "任职",
    meaning="one term of office in an association",
    does="Records a term of office and prints the id.",
    about="Who holds which office in an association, from when until when.",
    example="南大街村残协 --worker 张红 --role 联络员 --village-post 两委成员 --since 2026-01-01",
    fields=(
        ASSOCIATION_FIELD,
        _WORKER,
        code("role", _LISTS.association_roles, "职务", "Such as 主席 or 联络员.", required=True),
        code("village_post", _LISTS.village_posts, "村两委职务", "Such as 书记 or 两委成员."),
        day("since", "任职日期", "The first day.", required=True),
        day("until", "卸任日期", "The last day; empty while it goes on."),
        hidden(ref("follows", "association_office", "接任", "The term that this one ends.",
                   required=False)),
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
    weigh=_check_office,
)  # fmt: skip

MEMBERSHIP = FactKind(
    "association_member",
    "person",
    "membership",
    "残协会员",
    meaning="a person belongs to an association, or to several",
    does="Records that a person belongs to an association and prints the id.",
    about="Which associations people belong to: that of the village, of an enterprise, or both.",
    example="王桂兰 --association 南大街村残协 --since 2026-01-01",
    fields=(
        ref("person", "person", "服务对象编号", "Id, part of an id, or name."),
        ASSOCIATION_FIELD,
        day("since", "加入日期", "The first day.", required=True),
        day("until", "退出日期", "The last day; empty while it goes on."),
        note(),
    ),
    judge=check_span,
    index=("association",),
)

TASK = FactKind(
    "association_task",
    "association",
    "task",
    "残协任务",
    meaning="something that a liaison was asked to do",
    does="Gives a task to somebody of an association and prints the id.",
    about="Tasks of the liaisons, and by when.",
    example="南大街村残协 --topic 走访重度残疾人 --owner 张红 --given-on 2026-11-02"
    " --due-on 2026-11-20",
    fields=(
        ASSOCIATION_FIELD,
        text("topic", "任务", "What is to be done.", required=True),
        ref("owner", "worker", "责任人编号", "Who is to do it; a worker."),
        day("given_on", "交办日期", "Such as 2026-11-02.", required=True),
        day("due_on", "期限", "By when.", required=True),
        note(),
    ),
    judge=lambda values: check_span({"since": values["given_on"], "until": values["due_on"]}),
)

TASK_STEP = FactKind(
    "association_task_step",
    "association",
    "task-step",
    "任务办理",
    meaning="a task was done, handed over or dropped",
    does="Records that a task was done, handed over or dropped, and prints the id.",
    about="What became of the tasks of liaisons.",
    example="7Q2M9K --step 完成 --done-on 2026-11-18",
    fields=(
        ref("task", "association_task", "任务编号", "Id, or part of an id."),
        code("step", _LISTS.association_task_steps, "办理", "完成, 移交 or 取消.", required=True),
        day("done_on", "日期", "Such as 2026-11-18.", required=True),
        ref("owner", "worker", "接手人编号", "Who takes it over, for 移交.", required=False),
        note(),
    ),
    judge=lambda values: _check_task_step(values),
)


def _check_task_step(values: Mapping[str, Any]) -> None:
    if (values["step"] == "YJ") != bool(values["owner"]):
        raise UsageError(
            "A task that is handed over names who takes it, and no other step does.",
            hint="Name the worker with --owner where the step is 移交.",
        )


APPRAISAL = FactKind(
    "liaison_appraisal",
    "association",
    "appraisal",
    "联络员考核",
    meaning="what a township found about a liaison's year",
    does="Appraises the year of a liaison and prints the id.",
    about="Appraisals of liaisons, with what each is based on.",
    example="南大街村残协 --year 2026 --result 合格",
    fields=(
        ASSOCIATION_FIELD,
        _WORKER,
        number("year", "年度", "The year that is judged.", 2000, 2100, required=True),
        code(
            "result", _LISTS.appraisal_results, "考核结果", "优秀, 合格 or 不合格.", required=True
        ),
        number("tasks", "到期任务", "Tasks that were due in the year.", 0, required=True),
        number("on_time", "按期完成", "Those that were done on time.", 0, required=True),
        number("needs", "办结需求", "Needs closed in the year.", 0, required=True),
        number("visits", "走访次数", "Visits in the year.", 0, required=True),
        note(),
    ),
    writer="township",
    typed=False,
)

ALLOWANCE = FactKind(
    "liaison_allowance",
    "association",
    "allowance",
    "联络员补贴",
    meaning="a month's allowance of a liaison, signed by the township",
    does="Signs the allowances of a month.",
    about="Allowances of liaisons, as the township has signed them.",
    example="--month 2026-11",
    fields=(
        ASSOCIATION_FIELD,
        _WORKER,
        text("month", "月份", "Such as 2026-11.", required=True),
        number("tasks", "任务数", "Tasks taken on in the month.", 1, required=True),
        money("amount_fen", "金额(元)", "In yuan.", required=True),
        money("uplift_fen", "其中提高(元)", "What of it is an uplift, in yuan.", required=True),
        code("uplift", _LISTS.uplift_reasons, "提高依据", "职业水平证书 or 两年考核合格."),
        hidden(text("basis", "任务编号", "The tasks that it follows from.", required=True,
                    characters_max=3_000)),
        hidden(text("policy", "政策版本", "The version of the policy.", required=True)),
        note(),
    ),
    writer="township",
    typed=False,
)  # fmt: skip

KINDS = (OFFICE, MEMBERSHIP, TASK, TASK_STEP, APPRAISAL, ALLOWANCE)
