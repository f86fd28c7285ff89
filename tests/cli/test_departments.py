"""Lists of other departments: whose each row is, and that a person decides what follows."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from node.care.departments.matching import CHOOSE, MATCHED, REJECTED, Reported, match
from tests.cli.conftest import Linli, meet, read

NUMBER, OTHER, THIRD = "140430193805120128", "431202195203070218", "110101193402033122"
HEADS = "姓名,身份证号,出生日期,所在村,火化日期"


@pytest.fixture
def people(linli: Linli, homes: dict[str, Path]) -> dict[str, str]:
    """One with a number, one without, and one of whom the number is another's."""
    made = {}
    for name, *more in (
        ("王桂兰", "--id-number", NUMBER),
        ("陈秀英", "--birth-date", "1940-03-01"),
        ("张德福", "--id-number", OTHER),
    ):
        made[name] = linli("person", "add", name, *more, home=homes["village"]).stdout.strip()
    meet(homes)
    return made


def brought(
    linli: Linli, homes: dict[str, Path], text: str, source: str = "殡葬", name: str = "list.csv"
) -> str:
    file = homes["county"].parent / name
    file.write_text(text)
    words = ("--as", "导入员", "import", "department", file, "--from", source)
    done = linli(*words, home=homes["county"]).stdout.strip()
    meet(homes)
    return str(done)


def hits(linli: Linli, home: Path, *words: str) -> list[dict[str, Any]]:
    return list(read(linli("import", "hits", "--json", *words, home=home)))


def test_each_row_is_somebody_s_may_be_somebody_s_or_is_nobody_s(
    linli: Linli, homes: dict[str, Path], people: dict[str, str]
) -> None:
    rows = [
        f"王桂兰,{NUMBER},,,2026-10-20",
        "陈秀英,,1940-03-01,南大街村,2026-10-21",
        f"王桂英,{OTHER},,,2026-10-22",
        f"李大爷,{THIRD},,,2026-10-23",
        "王桂兰,140430193805120129,,,2026-10-24",
        f"王桂兰,{NUMBER},,,",
        "陈秀英,,,,2026-10-25",
        f"王桂兰,{THIRD},1938-05-12,南大街村,2026-10-26",
    ]
    batch = brought(linli, homes, "\n".join([HEADS, *rows]))
    found = {row["line"]: row for row in hits(linli, homes["county"], "--state", "all")}
    assert [found[line]["state"] for line in range(2, 10)] == [
        "open", "choose", "choose", *["rejected"] * 5,
    ]  # fmt: skip
    assert found[2]["person"] == people["王桂兰"] and found[2]["found_by"] == "number"
    assert found[3]["candidates"] == people["陈秀英"] and found[3]["found_by"] == "name"
    assert (found[4]["candidates"], found[4]["reason"]) == (people["张德福"], "name_differs")
    assert [found[line]["reason"] for line in (6, 7)] == [
        "number", "no_date",
    ]  # fmt: skip
    assert found[2]["id_number"] == "140430********0128"
    (told,) = read(linli("import", "batches", "--json", home=homes["county"]))
    assert (told["id"], told["lines"], told["open"], told["rejected"]) == (batch, 8, 1, 5)
    below = hits(linli, homes["village"], "--state", "all")
    assert [row["line"] for row in below] == [2], "a village is told of its own people alone"
    shown = linli("--lang", "zh", "import", "hits", home=homes["county"]).stdout
    assert "待办" in shown and "火化" in shown and NUMBER not in shown


def test_nothing_changes_until_a_person_who_did_not_bring_it_in_takes_it_over(
    linli: Linli, homes: dict[str, Path], people: dict[str, str]
) -> None:
    county, village = homes["county"], homes["village"]
    brought(linli, homes, f"{HEADS}\n王桂兰,{NUMBER},,,2026-10-20")
    (row,) = hits(linli, county)
    listed = ("person", "cremation", "list", "--of", people["王桂兰"], "--json")
    assert read(linli(*listed, home=county)) == []
    own = linli("--as", "导入员", "import", "take", row["id"], home=county, code=4)
    assert "brought the list in" in own.stderr
    linli("import", "take", row["id"], home=village)
    meet(homes)
    (fact,) = read(linli(*listed, home=county))
    assert (fact["cremated_on"], fact["source"]) == ("2026-10-20", "殡葬")
    assert [one["state"] for one in hits(linli, county, "--state", "all")] == ["taken"]
    again = linli("import", "take", row["id"], home=county, code=4)
    assert "decided already" in again.stderr


def test_what_nobody_has_decided_is_among_the_gaps_of_the_village(
    linli: Linli, homes: dict[str, Path], people: dict[str, str], tmp_path: Path
) -> None:
    pack = tmp_path / "pack.toml"
    pack.write_text('version = "2026-1"\ncounty = "赤城县"\n')
    linli("policy", "publish", pack, home=homes["county"])
    brought(linli, homes, f"{HEADS}\n王桂兰,{NUMBER},,,2026-10-20")
    words = ("report", "gaps", "--json")
    (gap,) = [
        one for one in read(linli(*words, home=homes["village"])) if one["kind"] == "reported"
    ]
    assert gap["subject"] == people["王桂兰"]
    assert "殡葬" in gap["why"] and "2026-10-20" in gap["why"]
    (row,) = hits(linli, homes["village"])
    linli("import", "take", row["id"], home=homes["village"])
    after = read(linli(*words, home=homes["village"]))
    assert not [one for one in after if one["kind"] == "reported"]


def test_a_death_and_a_removal_close_the_record(
    linli: Linli, homes: dict[str, Path], people: dict[str, str]
) -> None:
    county = homes["county"]
    heads = "姓名,身份证号,注销原因,注销日期"
    text = f"{heads}\n王桂兰,{NUMBER},死亡,2026-10-20\n张德福,{OTHER},迁出,2026-10-21"
    brought(linli, homes, text, "公安")
    for row in hits(linli, county):
        linli("import", "take", row["id"], home=homes["township"])
    meet(homes)
    for name, reason, on in (("王桂兰", "deceased", "20"), ("张德福", "moved", "21")):
        card = read(linli("person", "show", people[name], "--json", home=county))
        assert (card["closed_reason"], card["closed_on"]) == (reason, f"2026-10-{on}")
    again = f"{heads}\n王桂兰,{NUMBER},死亡,2026-10-22"
    batch = brought(linli, homes, again, "公安", "again.csv")
    (known,) = hits(linli, county, "--batch", batch, "--state", "all")
    assert known["state"] == "agrees"
    assert "says so" in linli("import", "take", known["id"], home=county, code=4).stderr


def test_a_person_says_whose_a_row_is(
    linli: Linli, homes: dict[str, Path], people: dict[str, str]
) -> None:
    county = homes["county"]
    text = "姓名,出生日期,残疾类别,残疾等级,发证日期\n陈秀英,1940-03-01,肢体,二级,2026-01-05"
    brought(linli, homes, text, "残联")
    (row,) = hits(linli, county)
    nobody = linli("import", "take", row["id"], home=county, code=2)
    assert "does not tell whose" in nobody.stderr
    linli("import", "take", row["id"], "--person", "陈秀英", home=county)
    meet(homes)
    (held,) = read(linli("person", "certificate", "list", "--json", home=homes["village"]))
    assert (held["person"], held["since"], held["grade"]) == (people["陈秀英"], "2026-01-05", "2")


def test_what_is_not_taken_stays_with_its_reason(
    linli: Linli, homes: dict[str, Path], people: dict[str, str]
) -> None:
    county = homes["county"]
    brought(linli, homes, f"{HEADS}\n王桂兰,{NUMBER},,,2026-10-20")
    (row,) = hits(linli, county)
    assert "not said why" in linli("import", "keep", row["id"], home=county, code=2).stderr
    linli("import", "keep", row["id"], "--note", "本人在世", home=homes["village"])
    meet(homes)
    (kept,) = hits(linli, county, "--state", "kept")
    assert kept["note"] == "本人在世"


def test_a_number_that_is_another_s_is_never_overruled(
    linli: Linli, homes: dict[str, Path], people: dict[str, str]
) -> None:
    county = homes["county"]
    brought(linli, homes, f"{HEADS}\n王桂兰,{NUMBER},,,2026-10-20")
    (row,) = hits(linli, county)
    wrong = linli("import", "take", row["id"], "--person", "张德福", home=county, code=4)
    assert "it is another person" in wrong.stderr


def test_a_file_is_brought_in_once_and_a_dry_run_keeps_nothing(
    linli: Linli, homes: dict[str, Path], people: dict[str, str]
) -> None:
    county, file = homes["county"], homes["county"].parent / "list.csv"
    file.write_text(f"{HEADS}\n王桂兰,{NUMBER},,,2026-10-20")
    words = ("import", "department", file, "--from", "殡葬")
    linli(*words, "--dry-run", home=county)
    assert read(linli("import", "batches", "--json", home=county)) == []
    linli(*words, home=county)
    assert "brought in already" in linli(*words, home=county, code=4).stderr
    unsaid = homes["county"].parent / "unsaid.csv"
    unsaid.write_text(f"姓名,身份证号\n王桂兰,{NUMBER}")
    told = linli("import", "department", unsaid, "--from", "公安", home=county, code=2)
    assert "What the list reports is not told" in told.stderr


def _row(id_: str, name: str, number: str, born: str, place: str) -> dict[str, Any]:
    return {"id": id_, "name": name, "id_number": number or None, "birth_date": born or None,
            "division#": place}  # fmt: skip


def test_whose_a_row_is_depends_on_no_order_and_is_never_a_guess() -> None:
    """Matched is only whom the number and the name tell alone; whoever contradicts is left out."""
    for seed in range(200):
        check_whose(Random(seed))


def check_whose(random: Random) -> None:
    numbers, names, days = (
        ["", NUMBER, OTHER],
        ["王桂兰", "陈秀英"],
        ["", "1938-05-12", "1940-03-01"],
    )
    here = [
        _row(f"{n:02}", random.choice(names), random.choice(numbers), random.choice(days),
             random.choice("vw"))
        for n in range(random.randrange(7))
    ]  # fmt: skip
    kept = {"00": "01"} if len(here) > 1 and random.random() < 0.5 else {}
    one = Reported(2, random.choice(names), random.choice(numbers), random.choice(days),
                   random.choice(["", "v", "w"]), "cremation", "2026-10-20")  # fmt: skip
    found = match(one, here, kept)
    assert match(one, random.sample(here, len(here)), kept) == found
    own = {kept.get(row["id"], row["id"]) for row in here if one.id_number
           and row["id_number"] == one.id_number}  # fmt: skip
    if found.outcome == MATCHED:
        assert own == set(found.people)
        assert any(row["name"] == one.name and row["id_number"] == one.id_number for row in here)
    elif found.outcome == CHOOSE and found.found_by == "name":
        assert not own
        records = {row["id"]: row for row in here}
        for id_ in found.people:
            same = [row for row in here if kept.get(row["id"], row["id"]) == id_]
            assert any(row["name"] == one.name for row in same), records
    else:
        assert found.outcome in (CHOOSE, REJECTED)
    if own:
        assert found.outcome in (MATCHED, CHOOSE)
