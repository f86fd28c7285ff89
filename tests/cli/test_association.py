"""An association's year: registered, staffed, checked, handed over, appraised and paid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.parameters import publishing
from node.care.policy import BASELINE
from tests.cli.conftest import Linli, meet, read

NAME = "南大街村残协"
ITEMS = ",".join(
    name for code, name in BASELINE.lists.inspection_items.names.items() if code[:4] == "SZWY"
)


@pytest.fixture
def place(linli: Linli, homes: dict[str, Path]) -> dict[str, Path]:
    """A village's association with its chair and its liaison, and 泉州's numbers."""
    village = homes["village"]
    pack = publishing.shipped()["350500"]
    linli("policy", "publish", pack, home=homes["county"])
    meet(homes)
    linli("association", "add", NAME, "--kind", "村残协", home=village)
    for name, role, post in (("王书记", "主席", "书记"), ("李红", "联络员", "两委成员")):
        linli("worker", "add", name, home=village)
        office(linli, village, name, role, post)
    linli("worker", "add", "赵新", home=village)
    meet(homes)
    return homes


def office(
    linli: Linli, home: Path, name: str, role: str, post: str, code: int = 0, **more: str
) -> Any:
    words = ("association", "office", "add", NAME, "--worker", name, "--role", role)
    days = ("--since", more.get("since", "2024-01-01"))
    return linli(*words, "--village-post", post, *days, home=home, code=code)


def lacks(linli: Linli, home: Path, *words: str) -> list[tuple[str, str]]:
    found = read(linli("association", "lacking", "--json", "--on", "2026-09-30", *words, home=home))
    return [(one["what"], one["detail"]) for one in found if one["what"] != "association"]


def test_a_village_has_one_association_and_coverage_is_counted(
    linli: Linli, place: dict[str, Path]
) -> None:
    county, village = place["county"], place["village"]
    again = linli("association", "add", "另一残协", "--kind", "村残协", home=village, code=4)
    assert "has an association: 南大街村残协" in again.stderr
    wrong = linli("association", "add", "镇残协", "--kind", "村残协", "--at", "赤城镇", home=county,
                  code=2)  # fmt: skip
    assert "stands at a village" in wrong.stderr
    linli("association", "add", "某公司残协", "--kind", "企业残协", "--at", "赤城镇", home=county)
    told = read(linli("association", "figures", "--json", home=county))
    assert (told["villages_with_association"], told["villages"]) == (1, 2)
    assert (told["associations_with_liaison"], told["associations"]) == (1, 2)
    without = read(linli("association", "lacking", "--json", "--what", "association", home=county))
    assert [one["division"] for one in without] == ["130732100202"]
    linli("association", "close", NAME, "--reason", "解散", home=village)
    meet(place)
    assert read(linli("association", "figures", "--json", home=county))[
        "villages_with_association"
    ] == 0  # fmt: skip
    assert NAME not in linli("association", "list", home=county).stdout
    assert NAME in linli("association", "list", "--all", home=county).stdout
    linli("association", "reopen", NAME, home=village)
    for words in (("list",), ("lacking",), ("figures",), ("show", NAME), ("office", "list")):
        for language in ("zh", "en"):
            shown = linli("--lang", language, "association", *words, home=county).stdout
            assert shown and max(map(_columns, shown.splitlines())) <= 80, (words, shown)
    assert "\ufeff" in linli("association", "lacking", "--csv", home=county).stdout


def _columns(line: str) -> int:
    from cli.help import columns

    return columns(line)


def test_there_is_one_liaison_and_wrong_posts_are_flagged(
    linli: Linli, place: dict[str, Path]
) -> None:
    village, county = place["village"], place["county"]
    second = office(linli, village, "赵新", "联络员", "两委成员", 4, since="2026-05-01")
    assert "has a 联络员 on 2026-05-01" in second.stderr
    earlier = office(linli, village, "赵新", "联络员", "两委成员", 4, since="2023-05-01")
    assert "has a 联络员 on 2024-01-01" in earlier.stderr, "it would have run into this one"
    office(linli, village, "赵新", "队员", "非两委成员")
    assert lacks(linli, county) == [("checklist", "")]
    chair = read(linli("association", "office", "list", "--json", home=village))[0]["id"]
    linli("association", "office", "correct", chair, "village_post", "两委成员", "--reason",
          "录错项目", home=village)  # fmt: skip
    meet(place)
    assert lacks(linli, county) == [("chair_post", "两委成员"), ("checklist", "")]
    unknown = linli("association", "lacking", "--what", "钱", home=county, code=2)
    assert "can be lacking" in unknown.stderr


def test_the_eight_items_of_a_year(linli: Linli, place: dict[str, Path]) -> None:
    town, county = place["township"], place["county"]
    words = ("association", "check", "add", NAME, "--template", "三专五有", "--inspected-on")
    items = ITEMS.split(",")
    linli(*words, "2026-05-01", "--passed", ",".join(items[:-1]), home=town)
    meet(place)
    assert lacks(linli, county) == [("checklist", items[-1])]
    linli(*words, "2026-06-01", "--passed", ITEMS, home=town)
    meet(place)
    assert lacks(linli, county) == []
    next_year = ("association", "lacking", "--what", "checklist", "--on", "2027-01-01", "--json")
    assert read(linli(*next_year, home=county))
    linli(*words, "2026-06-01", "--passed", ITEMS, home=place["village"], code=4)


def test_a_hand_over_moves_open_tasks_and_needs(linli: Linli, place: dict[str, Path]) -> None:
    village, county = place["village"], place["county"]
    linli("person", "add", "王桂兰", home=village)
    task = ("association", "task", "add", NAME, "--topic", "走访", "--given-on", "2026-10-08",
            "--due-on", "2026-10-31", "--owner")  # fmt: skip
    done, _, other = (
        linli(*task, who, home=village).stdout.strip() for who in ("李红", "李红", "王书记")
    )
    linli("association", "task-step", "add", done, "--step", "完成", "--done-on", "2026-10-20",
          home=village)  # fmt: skip
    need = ("need", "case", "add", "王桂兰", "--category", "辅具", "--detail", "轮椅",
            "--found-on", "2026-10-03", "--owner")  # fmt: skip
    mine, _ = (linli(*need, who, home=village).stdout.strip() for who in ("李红", "王书记"))
    over = linli("association", "hand-over", NAME, "--to", "赵新", "--village-post", "两委成员",
                 "--on", "2026-11-02", home=village)  # fmt: skip
    assert "1 open tasks and 1 open needs" in over.stderr
    again = linli("association", "hand-over", NAME, "--to", "赵新", "--on", "2026-11-03",
                  home=village, code=4)  # fmt: skip
    assert "0 others hold the office" in again.stderr
    meet(place)
    steps = read(linli("association", "task-step", "list", "--json", home=county))
    assert [one["step"] for one in steps] == ["WC", "YJ"] and steps[-1]["task"] != other
    needs = read(linli("need", "step", "list", "--json", home=county))
    assert [(one["need"], one["owner"]) for one in needs] == [(mine, "赵新")]
    assert lacks(linli, county, "--on", "2026-11-05")[:1] == [("checklist", "")]
    assert linli("person", "show", "王桂兰", home=village).stdout, "the box keeps its records"


def test_an_allowance_follows_from_tasks_and_the_township_signs(
    linli: Linli, place: dict[str, Path]
) -> None:
    village, town, county = place["village"], place["township"], place["county"]
    for on in ("08", "09", "10", "12"):
        linli("association", "task", "add", NAME, "--topic", "走访", "--owner", "李红",
              "--given-on", f"2026-10-{on}", "--due-on", "2026-10-31", home=village)  # fmt: skip
    meet(place)
    month = ("--month", "2026-10")
    (due,) = read(linli("association", "allowance", "due", *month, "--json", home=town))
    assert (due["amount_fen"], len(due["basis"]), due["signed_fen"]) == (8_000, 4, None)
    sign = ("association", "allowance", "sign", *month)
    for home in (village, county):
        assert "and this node is a" in linli(*sign, home=home, code=4).stderr
    assert "nobody signs their own" in linli("--as", "李红", *sign, home=town, code=4).stderr
    future = linli("association", "allowance", "sign", "--month", "2999-01", home=town, code=4)
    assert "is not over" in future.stderr
    assert "Signed 1 allowances" in linli(*sign, home=town).stderr
    assert "waits to be signed" in linli(*sign, home=town).stderr, "nobody is paid twice"
    meet(place)
    (row,) = read(linli("association", "allowance", "list", "--json", home=village))
    assert (row["amount_fen"], row["tasks"], row["policy"]) == (8_000, 4, "350500-1")
    told = linli("association", "allowance", "due", *month, home=county).stdout
    assert told.count("80.00") == 2
    wrong = linli("association", "allowance", "due", "--month", "2026-13", home=county, code=2)
    assert "is not a month" in wrong.stderr
    own = linli("association", "task", "add", NAME, "--topic", "走访", "--owner", "李红",
                "--given-on", "2026-09-08", "--due-on", "2026-09-30", home=town)  # fmt: skip
    assert own.stdout.strip()
    words = ("association", "allowance", "sign", "--month", "2026-09")
    assert "has recorded the tasks" in linli(*words, home=town, code=4).stderr
    assert "Signed 1" in linli("--as", "钱七", *words, home=town).stderr


def test_an_appraisal_says_what_it_is_based_on(linli: Linli, place: dict[str, Path]) -> None:
    village, town = place["village"], place["township"]
    made = linli("association", "task", "add", NAME, "--topic", "走访", "--owner", "李红",
                 "--given-on", "2025-10-08", "--due-on", "2025-10-31", home=village)  # fmt: skip
    linli("association", "task-step", "add", made.stdout.strip(), "--step", "完成", "--done-on",
          "2025-10-30", home=village)  # fmt: skip
    meet(place)
    words = ("association", "appraisal", "add", NAME, "--year", "2025", "--result", "合格")
    assert "this node is a village's" in linli(*words, home=village, code=4).stderr
    assert "nobody signs their own" in linli("--as", "李红", *words, home=town, code=4).stderr
    assert "1 of 1 tasks on time, 0 needs closed, 0 visits" in linli(*words, home=town).stderr
    (row,) = read(linli("association", "appraisal", "list", "--json", home=town))
    assert (row["result"], row["tasks"], row["on_time"], row["year"]) == ("HG", 1, 1, 2025)
    early = ("association", "appraisal", "add", NAME, "--year", "2023", "--result", "合格")
    assert "has 0 liaisons on 2023-12-31" in linli(*early, home=town, code=4).stderr


def test_grants_awards_and_pilots_stay_within_what_is_known(
    linli: Linli, place: dict[str, Path]
) -> None:
    county, village = place["county"], place["village"]
    grant = ("association", "grant", "add", NAME, "--mode", "活动补助", "--level", "市级",
             "--amount", "1000", "--year", "2026", "--granted-on", "2026-03-01")  # fmt: skip
    linli(*grant, home=village, code=4)
    id_ = linli(*grant, home=county).stdout.strip()
    meet(place)
    spend = ("association", "spending", "add", id_, "--item", "活动", "--spent-on", "2026-05-17",
             "--receipt-no", "1", "--amount")  # fmt: skip
    first = linli(*spend, "600", home=village).stdout.strip()
    assert "400.00 yuan are left" in linli(*spend, "400.01", home=village, code=4).stderr
    linli(*spend, "400", home=village)
    raised = linli("association", "spending", "correct", first, "amount", "601", "--reason",
                   "录错项目", home=village, code=4)  # fmt: skip
    assert "600.00 yuan are left" in raised.stderr
    meet(place)
    (row,) = read(linli("association", "figures", "--json", home=county))["grants"]
    assert (row["granted_fen"], row["spent_fen"], row["level"]) == (100_000, 100_000, "DS")
    act = ("association", "activity", "add", NAME, "--done-on", "2026-05-17", "--topic", "助残日",
           "--attendees", "30")  # fmt: skip
    bare, shown = (
        linli(*act, *more, home=village).stdout.strip() for more in ((), ("--evidence", "照片"))
    )
    meet(place)
    award = ("association", "award", "add", NAME, "--amount", "500", "--awarded-on", "2026-06-01",
             "--activity")  # fmt: skip
    assert "is no evidence" in linli(*award, bare, home=county, code=2).stderr
    linli(*award, shown, home=county)
    linli("association", "activity", "void", shown, "--reason", "录错对象", home=village)
    meet(place)
    assert ("evidence", "2026-06-01") in lacks(linli, county)
    linli("association", "set", NAME, "pilot_round", "2026", home=county)
    for name in ("东关村残协", "某公司残协"):
        kind = "村残协" if name.startswith("东关") else "企业残协"
        at = "东关村" if name.startswith("东关") else "赤城镇"
        words = ("association", "add", name, "--kind", kind, "--at", at, "--pilot-round", "2026")
        refused = linli(*words, home=county, code=4 if kind == "企业残协" else 0)
    assert "has its pilots" in refused.stderr
    person = ("association", "set", NAME, "legal_status", "社团法人")
    assert "needs registration_no" in linli(*person, home=county, code=2).stderr
    linli(*person, "registration_no", "51350500", home=county)
    report = ("association", "report", "add", NAME, "--year", "2025", "--published-on",
              "2026-02-01")  # fmt: skip
    assert ("report", "2025") in lacks(linli, county)
    linli(*report, home=village)
    meet(place)
    assert ("report", "2025") not in lacks(linli, county)


def test_members_of_a_village_and_an_enterprise_count_once(
    linli: Linli, place: dict[str, Path]
) -> None:
    county, village = place["county"], place["village"]
    linli("association", "add", "某公司残协", "--kind", "企业残协", "--at", "赤城镇", home=county)
    meet(place)
    linli("person", "add", "王桂兰", home=village)
    for name in (NAME, "某公司残协"):
        linli("person", "membership", "add", "王桂兰", "--association", name, "--since",
              "2026-01-01", home=village)  # fmt: skip
    meet(place)
    told = read(linli("association", "figures", "--json", home=county))
    assert (told["members"], told["memberships"]) == (1, 2)
