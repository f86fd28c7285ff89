"""What came out, as two tables: the nodes, and the conflicts with all their values.

Every figure is the reader's. Results go to standard output.
"""

from __future__ import annotations

import sys
from typing import Any

from cli import table
from cli.demo.outage import PowerCut
from cli.demo.scenes import Register
from cli.demo.trial import Trial
from cli.output import result
from node.care.records import SCHEMA
from node.care.titles import title

_TIERS = {"county": "县", "township": "镇", "village": "村"}
_FAULTS_SHOWN_MAX = 20


def show(trial: Trial, register: Register, cut: PowerCut, report: dict[str, Any]) -> None:
    """Prints what the reader found."""
    result("")
    _nodes(trial, report)
    result("")
    _conflicts(trial, register, report)
    result("")
    lost = sum(len(node["lost"]) for node in report["nodes"])
    result(f"{report['written']} 项确认，在 {report['looked_for']} 处逐一核对，丢失 {lost}")
    result(
        f"{report['written']} acknowledgements looked for at {report['looked_for']} places, "
        f"{lost} lost"
    )
    result(
        f"kill -9 after frame {cut.frames_before}, {cut.frames_after} came later; "
        f"{trial.screen.elapsed_s:.0f} s in all"
    )
    faults = report["faults"]
    for fault in faults[:_FAULTS_SHOWN_MAX]:
        result(f"✗ {fault}")
    if len(faults) > _FAULTS_SHOWN_MAX:
        result(f"… and {len(faults) - _FAULTS_SHOWN_MAX} more")
    result("✗ 不成立 · it does not hold" if faults else "✓ 全部成立 · everything holds")
    sys.stdout.flush()


def _nodes(trial: Trial, report: dict[str, Any]) -> None:
    rows = []
    for node in report["nodes"]:
        place = trial.boxes[node["code"]].place
        sound = not (node["unequal"] or node["strangers"] or node["contests"])
        rows.append(
            (
                f"{_TIERS[place.tier]} {place.short}",
                node["records"],
                node["frontier"],
                node["digest"],
                "✓" if sound else "✗",
                f"{len(node['lost'])}/{node['acknowledged']}",
            )
        )
    figures = ["#记录 rows", "前沿 frontier", "摘要 digest", "相等 equal", "#丢失 lost"]
    table.table(["节点 node", *figures], rows, folded=["节点 node"])


def _conflicts(trial: Trial, register: Register, report: dict[str, Any]) -> None:
    by_author = {box.author: box.name for box in trial.all}

    def shown(one: dict[str, Any], version: dict[str, Any]) -> str:
        value = title(one["table"], one["column"], version["value"])
        return f"{value} ({by_author[version['author']]})"

    rows = []
    for one in report["conflicts"]:
        name = register.names.get(one["id"], one["id"][-8:])
        first, *others = (shown(one, version) for version in one["versions"])
        owned = SCHEMA.by_name[one["table"]].cells[one["column"]].owner
        kind = "待议 proposal" if owned else "冲突 conflict"
        rows.append((name, one["column"], first, "; ".join(others), kind))
    heads = ["谁 whose", "栏 column", "现值 value", "另有 also", ""]
    table.table(heads, rows, folded=["现值 value", "另有 also"])
