"""A person moves to another village: the record goes along, and what comes late is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.care.forwarding import CARRIED, Forwarding
from node.care.moves import MOVE
from node.care.records import SCHEMA
from node.replica import Insert, Replica
from node.replica.history import Entry
from node.server import Server
from tests.cli.conftest import Linli, meet, read
from tests.exchange.neighbours import eventually

NUMBER = "140430193805120128"
THERE = "130732100202"


def show(linli: Linli, home: Path, person: str) -> dict[str, Any]:
    found: dict[str, Any] = read(linli("person", "show", person, "--json", home=home))
    return found


def one(linli: Linli, home: Path, *words: str) -> dict[str, Any]:
    (row,) = read(linli(*words, "--json", home=home))
    return dict(row)


def facts(linli: Linli, home: Path, kind: str, person: str) -> list[dict[str, Any]]:
    """Those of one record; a listing for people tells those of all records of the person."""
    found = read(linli("person", kind, "list", "--of", person, "--json", home=home))
    return [row for row in found if row["person"] == person]


@pytest.fixture
def old(linli: Linli, homes: dict[str, Path]) -> str:
    """Somebody of a village, with all that goes along."""
    village = homes["village"]
    added = linli(
        "person", "add", "王桂兰", "--id-number", NUMBER, "--phone", "13812345678", "--group",
        "独居", home=village,
    )  # fmt: skip
    id_ = str(added.stdout.strip())
    linli("person", "registration", "add", id_, "--since", "1990-01-01", "--place", "本县",
          home=village)  # fmt: skip
    linli("plan", "add", id_, "--service", "SH02", "--since", "2026-01-01", home=village)
    meet(homes)
    linli("person", "set", id_, "care_grade", "半护理", home=homes["county"])
    meet(homes)
    return id_


def moved(linli: Linli, homes: dict[str, Path], person: str, *more: str) -> str:
    done = linli("person", "move", person, "--to", "东关村", *more, home=homes["township"])
    return str(done.stdout.strip())


def test_the_record_goes_along_and_is_one_person_s(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    new = moved(linli, homes, old, "--on", "2026-11-01", "--document", "迁字3号")
    meet(homes)
    for home in (homes["township"], homes["county"]):
        row = show(linli, home, new)
        assert (row["phone"], row["id_number"], row["groups"]) == ("13812345678", NUMBER, ["DJ"])
        assert (row["division"], row["moved_from"], row["status"]) == (THERE, old, "active")
        listed = read(linli("person", "list", "--json", home=home))
        assert [row["id"] for row in listed] == [new]
        assert read(linli("person", "duplicates", "--json", home=home)) == []
        held = facts(linli, home, "registration", new)[0]
        assert (held["since"], held["place"]) == ("1990-01-01", "BX")
        line = one(linli, home, "plan", "list", "--person", new)
        assert (line["since"], line["division"]) == ("2026-11-01", THERE)
    left = show(linli, homes["village"], old)
    assert (left["status"], left["closed_reason"], left["moved_to"]) == ("closed", "moved", new)
    assert "东关村 2026-11-01" in linli("person", "show", old, home=homes["village"]).stdout


def test_what_the_county_alone_says_the_county_carries(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    new = moved(linli, homes, old)
    meet(homes)
    linli("person", "forward", home=homes["county"])
    meet(homes)
    with Replica(homes["township"], SCHEMA) as township:
        row = township.row("person", new)
        assert row is not None and row["care_grade"] == "BH"
        assert not township.contested("w")
    assert "nothing to carry" in linli("person", "forward", home=homes["county"]).stderr


def test_what_the_old_village_writes_late_is_carried(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    """Its box is cut off, knows of no move, and goes on."""
    new = moved(linli, homes, old)
    village, town = homes["village"], homes["township"]
    linli("person", "set", old, "phone", "13900000001", "note", "耳背", home=village)
    linli("person", "group", "add", old, "高龄", home=village)
    linli("person", "assessment", "add", old, "--done-on", "2026-10-30", "--score", "60",
          "--assessor", "李医生", "--second-assessor", "王医生", home=village)  # fmt: skip
    linli("person", "set", new, "phone", "13700000002", home=town)
    meet(homes)
    linli("person", "forward", home=town)
    row = show(linli, town, new)
    assert (row["note"], row["phone"]) == ("耳背", "13700000002")
    assert set(row["groups"]) == {"DJ", "GL"}
    assert facts(linli, town, "assessment", new)[0]["score"] == 60
    line = one(linli, town, "person", "moves")
    assert line["left"] == {"phone": "13900000001"}, "somebody looks at what both have written"
    assert "13900000001" in linli("person", "moves", home=town).stdout
    linli("person", "set", new, "phone", "13900000001", home=town)
    assert one(linli, town, "person", "moves")["left"] == {}
    meet(homes)
    before = show(linli, homes["county"], new)
    for home in (town, homes["county"], town):
        linli("person", "forward", home=home)
    meet(homes)
    assert show(linli, homes["county"], new)["groups"] == before["groups"]
    assert len(facts(linli, town, "assessment", new)) == 1


def test_a_death_told_by_the_old_village_is_carried_and_its_own_closing_is_not(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    new = moved(linli, homes, old)
    linli("person", "close", old, "--reason", "死亡", "--on", "2026-11-02", home=homes["village"])
    meet(homes)
    linli("person", "forward", home=homes["township"])
    row = show(linli, homes["township"], new)
    assert (row["status"], row["closed_reason"], row["closed_on"]) == (
        "closed", "deceased", "2026-11-02",
    )  # fmt: skip


def test_what_is_struck_there_is_struck_here(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    new = moved(linli, homes, old)
    village, town = homes["village"], homes["township"]
    held = facts(linli, village, "registration", old)[0]["id"]
    linli("person", "registration", "correct", held, "since", "1991-01-01", "--reason", "录错时间",
          home=village)  # fmt: skip
    meet(homes)
    linli("person", "forward", home=town)
    assert facts(linli, town, "registration", new)[0]["since"] == "1991-01-01"
    linli("person", "registration", "correct", held, "since", "1992-01-01", "--reason", "录错时间",
          home=village)  # fmt: skip
    meet(homes)
    linli("person", "forward", home=town)
    (mine,) = facts(linli, town, "registration", new)
    assert mine["since"] == "1992-01-01"
    linli("person", "registration", "void", held, "--reason", "录错对象", home=village)
    meet(homes)
    linli("person", "forward", home=town)
    assert facts(linli, town, "registration", new)[0]["state"] == "void"


def test_what_the_new_village_has_corrected_itself_stays(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    new = moved(linli, homes, old)
    village, town = homes["village"], homes["township"]
    (mine,) = facts(linli, town, "registration", new)
    word = ("--reason", "录错时间")
    linli("person", "registration", "correct", mine["id"], "since", "1985-01-01", *word, home=town)
    held = facts(linli, village, "registration", old)[0]["id"]
    linli("person", "registration", "correct", held, "since", "1991-01-01", *word, home=village)
    meet(homes)
    linli("person", "forward", home=town)
    assert facts(linli, town, "registration", new)[0]["since"] == "1985-01-01"


def test_who_moves_on_takes_along_what_came_late(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    """From one village to the next and back: what the first still writes arrives at the last."""
    town = homes["township"]
    second = moved(linli, homes, old)
    third = linli("person", "move", second, "--to", "南大街村", home=town).stdout.strip()
    linli("person", "set", old, "note", "耳背", home=homes["village"])
    meet(homes)
    linli("person", "forward", home=town)
    linli("person", "forward", home=town)
    assert show(linli, town, third)["note"] == "耳背"
    assert show(linli, town, "王桂兰")["id"] == third
    assert show(linli, town, old)["merged_into"] == third


def test_a_village_that_goes_to_another_township_is_carried_on_by_the_county_and_once(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    """What the former township carried stands, and the lowest node above both is another one."""
    new, county = moved(linli, homes, old), homes["county"]
    meet(homes)
    acts = [
        {"subject": "u", "kind": "establish", "level": "township", "code": "130732101",
         "name": "田家窑镇", "parent": "c"},
        {"subject": "w", "kind": "move", "parent": "u"},
    ]  # fmt: skip
    with Replica(county, SCHEMA) as replica:
        for act in acts:
            replica.write("c", [Insert("division_act", {**act, "valid_from": "2026-11-01"})])
    linli("person", "set", old, "note", "耳背", home=homes["village"])
    meet(homes)
    assert "nothing to carry" in linli("person", "forward", home=homes["township"]).stderr
    linli("person", "forward", home=county)
    assert show(linli, county, new)["note"] == "耳背"
    assert len(facts(linli, county, "registration", new)) == 1


def test_a_move_that_was_taken_back_carries_nothing(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    new, town = moved(linli, homes, old), homes["township"]
    linli("person", "unmerge", old, new, home=town)
    linli("person", "set", old, "note", "耳背", home=homes["village"])
    meet(homes)
    linli("person", "forward", home=town)
    assert show(linli, town, new)["note"] is None


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--to", "南大街村"), "no other living village"),
        (("--to", "赤城镇"), "no other living village"),
        (("--to", "东关村", "--on", "2100-01-01"), "lies after today"),
        (("--to", "东关村", "--on", "1930-01-01"), "lies before birth_date"),
    ],
)
def test_what_does_not_fit_is_refused(
    linli: Linli, homes: dict[str, Path], old: str, more: tuple[str, ...], told: str
) -> None:
    refused = linli("person", "move", old, *more, home=homes["township"], code=2)
    assert told in " ".join(refused.stderr.split())
    assert show(linli, homes["township"], old)["status"] == "active"


def test_a_village_moves_nobody_and_nobody_is_moved_twice(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    refused = linli("person", "move", old, "--to", "东关村", home=homes["village"], code=4)
    assert "does not stand above" in " ".join(refused.stderr.split())
    new = moved(linli, homes, old)
    again = linli("person", "move", old, "--to", "东关村", home=homes["township"], code=4)
    assert f"was merged into {new}" in " ".join(again.stderr.split())


def test_a_village_that_forges_a_move_changes_nobody(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    """It says that its own record moved into that of a stranger, and writes into its own."""
    town, village = homes["township"], homes["village"]
    other = linli("person", "add", "陈秀英", "--at", "东关村", home=town).stdout.strip()
    linli("person", "merge", old, other, "--keep", other, home=town)
    meet(homes)
    forged = {"person": old, "into": other, "from_division": "v", "to_division": "w",
              "moved_on": "2026-11-01", "seen": "x"}  # fmt: skip
    with Replica(village, SCHEMA) as replica:
        replica.write("v", [Insert(MOVE.name, forged)])
    linli("person", "set", old, "note", "forged", home=village)
    meet(homes)
    linli("person", "forward", home=town)
    assert show(linli, town, other)["note"] is None


def test_a_village_that_forges_what_was_carried_strikes_nothing(
    linli: Linli, homes: dict[str, Path], old: str
) -> None:
    new = moved(linli, homes, old)
    town, village = homes["township"], homes["village"]
    meet(homes)
    mine = linli("person", "registration", "add", old, "--since", "2001-01-01", "--place", "外县",
                 home=village).stdout.strip()  # fmt: skip
    kept = facts(linli, town, "registration", new)[0]["id"]
    told = {"person": old, "into": new, "kind": "household_registration", "source": mine,
            "made": kept}  # fmt: skip
    with Replica(village, SCHEMA) as replica:
        replica.write("v", [Insert(CARRIED.name, told)])
    linli("person", "registration", "void", mine, "--reason", "录错对象", home=village)
    meet(homes)
    linli("person", "forward", home=town)
    assert facts(linli, town, "registration", new)[0]["id"] == kept


def test_a_node_that_serves_carries_on_by_itself(
    linli: Linli, homes: dict[str, Path], old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, town = moved(linli, homes, old), homes["township"]
    linli("person", "set", old, "note", "耳背", home=homes["village"])
    meet(homes)
    monkeypatch.setattr("node.watch.TEND_GAP_S", 0.1)

    async def serves() -> None:
        server = Server(town, SCHEMA, tend=Forwarding().run)
        await server.start()
        try:
            await eventually(lambda: server.exchange.run(carried, server.replica), "it is carried")
        finally:
            await server.stop()

    def carried(replica: Replica) -> bool:
        row = replica.row("person", new)
        return row is not None and row["note"] == "耳背"

    asyncio.run(serves())


def test_it_looks_again_only_where_something_is_new(
    linli: Linli, homes: dict[str, Path], old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(linli, homes, old)
    looked: list[str] = []
    with Replica(homes["township"], SCHEMA) as replica:
        forwarding = Forwarding()
        while forwarding.run(replica):
            replica.seal()
        history = replica.history

        def watched(table: str, id_: str) -> Iterator[Entry]:
            looked.append(id_)
            return history(table, id_)

        monkeypatch.setattr(replica, "history", watched)
        assert forwarding.run(replica) == 0 and looked == []
        replica.write("w", [Insert("person", {"name": "陈秀英", "status": "active"})])
        replica.seal()
        assert forwarding.run(replica) == 0 and looked, "one of the two villages has news"
