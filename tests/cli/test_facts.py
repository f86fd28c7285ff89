"""Every kind of fact, typed as the example of its help says, corrected, voided and listed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from node.care.facts import (
    KINDS,
    associations,
    calls,
    complaints,
    counts,
    entrusted,
    family,
    funds,
    offices,
    providers,
    support,
)
from node.care.facts.declaring import FactKind
from node.care.parameters import publishing
from node.clock import parse_local
from tests.cli.conftest import Linli, meet, read

NAMES = {
    "provider": "康乐护理站",
    "person": "王桂兰",
    "facility": "南大街幸福食堂",
    "association": "南大街村残协",
}
FACILITIES = {
    "南大街幸福食堂": "社区食堂",
    "王家院敬老院": "敬老院",
    "王家院老年之家": "老年之家",
    "王家院幸福院": "互助幸福院",
    "王家院康复室": "康复室",
    "南大街邻里互助点": "邻里互助点",
    "赤城镇区域养老服务中心": "区域养老服务中心",
}
PROVIDERS = ("安康护理站", "康乐护理站")


@pytest.fixture
def village(linli: Linli, homes: dict[str, Path]) -> Path:
    """A village with a person and what the examples name."""
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    linli("worker", "add", "张红", home=home)
    linli("worker", "add", "李秀英", home=home)
    for name, kind in FACILITIES.items():
        linli("facility", "add", name, "--kind", kind, "--at", "南大街村", home=home)
    for place, name in enumerate(PROVIDERS):
        first = f"91990700MA0ABC00{place}"
        code = first + providers.credit_check(first)
        linli("provider", "firm", "add", name, "--credit-code", code, home=home)
    linli("association", "add", "南大街村残协", "--kind", "村残协", home=home)
    meet(homes)
    return home


def publish(linli: Linli, homes: dict[str, Path]) -> None:
    """A pack whose programme has three conditions."""
    text = publishing.shipped()["140430"].read_text()
    pack = homes["county"].parent / "pack.toml"
    text = text.replace("must_items = []", 'must_items = ["户籍", "家庭", "意愿"]')
    pack.write_text(f'{text}\n[[vouchers]]\nservices = ["SH02"]\nkeep_months = 2\n')
    linli("policy", "publish", pack, home=homes["county"])
    meet(homes)


MADE = {
    "need": support.NEED,
    "advance": funds.ADVANCE,
    "association_grant": associations.GRANT,
    "employment_base": associations.BASE,
    "association_task": offices.TASK,
    "stated_figure": counts.CLAIM,
    "complaint": complaints.COMPLAINT,
    "device": calls.DEVICE,
    "service_voucher": entrusted.VOUCHER,
}
"""What a fact is about that is a fact itself."""


def _who(kind: FactKind) -> str:
    """The tier that types an example: a contract is made by a township or the county."""
    return kind.writer or ("township" if kind.name == "provider_contract" else "village")


def _make(linli: Linli, homes: dict[str, Path], made: FactKind) -> str:
    typed = [made.noun, made.verb, "add", *shlex.split(made.example)]
    above = homes[_who(made)]
    if above != homes["village"] and "--at" not in typed:
        typed += ["--at", "南大街村"]
    id_ = linli(*typed, home=above).stdout.strip()
    meet(homes)
    return str(id_)


def _noticed(linli: Linli, homes: dict[str, Path]) -> str:
    words = ("notice", "send", "冬季走访", "--body", "请走访", "--villages")
    linli(*words, home=homes["county"])
    meet(homes)
    (mine,) = read(linli("notice", "list", "--json", home=homes["village"]))
    return str(mine["id"])


def _named(kind: FactKind, typed: str) -> str:
    """What a fact with a name of its own is called where another is about it."""
    about = MADE.get(kind.subject.refers)
    if about is None or "name" not in about.checks:
        return ""
    words = shlex.split(about.example)
    return words[words.index("--name") + 1]


def words_of(kind: FactKind, homes: dict[str, Path], linli: Linli) -> tuple[Path, list[str]]:
    """Whose command it is, and the words of the example."""
    home = homes[_who(kind)]
    if kind.judge_by_policy is not None:
        publish(linli, homes)
    words = shlex.split(kind.example)
    if "--activity" in words:
        words[words.index("--activity") + 1] = _make(linli, homes, associations.ACTIVITY)
    if kind.subject.refers == "notice":
        words[0] = _noticed(linli, homes)
    if "--contract" in words:
        words[words.index("--contract") + 1] = _make(linli, homes, providers.CONTRACT)
    if kind is entrusted.PAYMENT:
        link = shlex.split(family.LINK.example)
        link[link.index("--rights") + 1] = "结算费用"
        linli("person", "family", "add", *link, home=home)
    if "--household" in words:
        made_one = linli("household", "add", "南大街12号", home=home)
        words[words.index("--household") + 1] = made_one.stdout.strip()
    if kind.writer == "county" and not kind.subject.refers and "--at" not in words:
        words += ["--at", "南大街村"]
    made = MADE.get(kind.subject.refers)
    if made is not None:
        words[0] = _make(linli, homes, made)
    return home, words


@pytest.mark.parametrize("kind", [one for one in KINDS if one.typed], ids=lambda kind: kind.name)
def test_from_the_example_to_the_void(
    linli: Linli, homes: dict[str, Path], village: Path, kind: FactKind
) -> None:
    home, words = words_of(kind, homes, linli)
    verb = (kind.noun, kind.verb)
    added = linli(*verb, "add", *words, home=home)
    id_ = added.stdout.strip()
    assert "Recorded in 南大街村" in added.stderr
    (row,) = [one for one in read(linli(*verb, "list", "--json", home=home)) if one["id"] == id_]
    assert row["state"] == ""
    assert all(row[one.name] not in (None, "") for one in kind.fields if one.required)
    lists = linli(*verb, "list", home=home).stdout
    assert id_[-8:] in lists and max(map(_columns, lists.splitlines())) <= 80
    named = kind.subject.refers in (*NAMES, "worker", "")
    about = _named(kind, words[0])
    assert (about or (words[0] if named else words[0][-8:])) in lists
    for language in ("zh", "en"):
        shown = linli("--lang", language, *verb, "show", id_, home=home).stdout
        assert id_ in shown and "✓" in shown
    assert "\ufeff" in linli(*verb, "list", "--csv", home=home).stdout
    only = linli(*verb, "list", "--of", words[0], "--json", home=home)
    assert [one["id"] for one in read(only)] == [id_]
    _amend(linli, home, kind, id_, row)
    meet(homes)
    above = read(linli(*verb, "list", "--json", home=homes["county"]))
    assert [one["state"] for one in above if one["id"] == id_] == ["void"]
    history = linli(*verb, "history", id_, home=home).stdout
    assert "录错" in history or "amendment" in history


def _amend(linli: Linli, home: Path, kind: FactKind, id_: str, row: dict[str, Any]) -> None:
    verb = (kind.noun, kind.verb)
    field = next(one for one in kind.fields[1:] if one.codes is None and not one.refers)
    name = field.name.removesuffix("_fen")
    endings = {"_on": "2026-01-05", "nce": "2026-01-05", "ear": "2030", "_at": "2026-01-05 09:00",
               "day": "2026-01-05", "nth": "2026-05"}  # fmt: skip
    value = endings.get(field.name[-3:], "5")
    linli(*verb, "correct", id_[-8:], name, value, "--reason", "录错时间", home=home)
    after = read(linli(*verb, "show", id_, "--json", home=home))
    moment = parse_local(value) if field.name.endswith("_at") else None
    expected = moment or (
        500 if field.name.endswith("_fen") else int(value) if field.type is int else value
    )
    assert after[field.name] == expected and after["state"] == "corrected"
    same = linli(*verb, "correct", id_, name, value, "--reason", "L06", home=home, code=2)
    assert "says so already" in same.stderr
    others = {one.name: row[one.name] for one in kind.fields if one is not field}
    assert {name: after[name] for name in others} == others
    linli(*verb, "void", id_, "--reason", "录错对象", home=home)
    assert read(linli(*verb, "show", id_, "--json", home=home))["state"] == "void"
    again = linli(*verb, "correct", id_, name, value, "--reason", "L06", home=home, code=4)
    assert "is void" in again.stderr


def _columns(line: str) -> int:
    from cli.help import columns

    return columns(line)


def test_what_only_a_township_writes_no_village_does(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    words = ("南大街幸福食堂", "--year", "2026", "--score", "86")
    refused = linli("facility", "evaluation", "add", *words, home=village, code=4)
    assert "township" in refused.stderr
    linli("facility", "evaluation", "add", *words, home=homes["township"])


def test_fields_that_do_not_fit_are_named(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    town = homes["township"]
    words: tuple[str, ...]
    inspection = ("facility", "inspection", "add", "王家院敬老院", "--template", "三专五有")
    for words, told in (
        (
            (*inspection, "--inspected-on", "2026-11-03", "--passed", "有电"),
            "is no item of 三专五有",
        ),
        ((*inspection, "--inspected-on", "2026-02-30"), "a day that does not exist"),
        ((*inspection, "--inspected-on", "2026-11-03", "--passed", "好"), "inspection_items"),
    ):
        assert told in linli(*words, home=town, code=2).stderr
    for words, told in (
        (("stay", "add", "王桂兰", "--since", "2026-11-09", "--until", "2026-11-03",
          "--hospital", "县医院"), "lies before 2026-11-09"),
        (("pairing", "add", "王桂兰", "--member", "李", "--volunteer", "李", "--since",
          "2026-01-01"), "is the committee member"),
        (("assessment", "add", "王桂兰", "--done-on", "2026-05-12", "--score", "91",
          "--assessor", "赵", "--second-assessor", "钱"), "not between 0 and 90"),
        (("assessment", "add", "王桂兰", "--done-on", "2026-05-12", "--score", "58",
          "--assessor", "赵", "--second-assessor", "赵"), "made by two people"),
        (("goods", "add", "无此人", "--item", "米", "--quantity", "1", "--given-on",
          "2026-02-10", "--signed-by", "王"), "No person"),
    ):  # fmt: skip
        assert told in linli("person", *words, home=village, code=2).stderr
    for step, told in (("转介", "with a reason"), ("已满足", "leaves a paper")):
        need = ("need", "case", "add", "王桂兰", "--category", "办证", "--detail", "残疾人证")
        id_ = linli(*need, "--found-on", "2026-11-03", home=village).stdout.strip()
        words = (id_, "--step", step, "--done-on", "2026-11-10", "--mode", "代理")
        assert told in linli("need", "step", "add", *words, home=village, code=2).stderr
    for words, told in (
        (("worker", "points", "add", "张红", "--kind", "冲销"), "names the entry"),
        (("worker", "points", "add", "张红", "--kind", "兑换"), "the amount is missing"),
        (("fund", "donation", "add", "某公司", "--donated-on", "2026-05-17", "--receipt-no", "1"),
         "neither is given"),
        (("person", "transfer", "add", "王桂兰", "--departed-at", "2026-11-03 02:10", "--left-from",
          "家中", "--taken-to", "县医院", "--arrived-at", "2026-11-03 02:00"), "lies before"),
        (("person", "goods", "add", "王桂兰", "--item", "米", "--quantity", "1", "--given-on",
          "2026-02-10"), "--signed-by"),
        (("person", "emergency", "add", "王桂兰", "--called-at", "2026-11-03 02:10", "--caller",
          "村干部", "--answered-at", "2026-11-03 02:00"), "lies before 2026-11-03 02:10"),
    ):  # fmt: skip
        assert told in linli(*words, home=village, code=2).stderr
    meals = ("南大街幸福食堂", "--served-on", "2026-11-03", "--meal", "午餐", "--diners", "4")
    more = ("--cooked", "10", "--delivered", "11")
    refused = linli("facility", "meal-day", "add", *meals, *more, home=village, code=2)
    assert "more than the 10 portions" in refused.stderr
