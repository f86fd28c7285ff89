"""Complaints: opened by hand and by rule, through each stage with its deadline."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.facts.complaints import OPENED, STAGES, charged, standing
from node.care.parameters.serving import Complaints
from tests.cli.conftest import Linli, meet, read

PACKS = Path(__file__).parents[2] / "node/care/packs"
RULE = Complaints((("HC", 3), ("CL", 5), ("HF", 3), ("BJ", 2)), free_of_charge=True)
Homes = dict[str, Path]


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Homes:
    """Three nodes of a county in which visits are free, a client and a worker."""
    linli("policy", "publish", PACKS / "140430.toml", home=homes["county"])
    linli("person", "add", "王桂兰", home=homes["village"])
    linli("worker", "add", "李秀英", home=homes["village"])
    meet(homes)
    return homes


def listed(linli: Linli, home: Path, *words: str) -> list[dict[str, Any]]:
    return list(read(linli("complaint", "list", *words, "--json", home=home)))


def test_a_complaint_goes_through_every_stage(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    ask = ("order", "add", "王桂兰", "--service", "SH02", "--channel", "电话")
    order = linli(*ask, home=village).stdout.strip()
    words = ("complaint", "case", "add", "王桂兰", "--kind", "态度差", "--opened-on")
    old = linli(*words, "2026-09-01", "--service-order", order, home=village).stdout.strip()
    new = linli(*words, "2026-11-01", home=village).stdout.strip()
    assert read(linli("order", "show", order, "--json", home=village))["state"] == "complained"
    meet(county)
    found = listed(linli, town)
    assert [one["id"] for one in found] == [old, new], "what waits longest stands first"
    assert [one["due_on"] for one in found] == ["2026-09-04", "2026-11-04"]
    assert (
        found[0]["overdue"] and listed(linli, town, "--overdue", "--since", "2026-09-02") != found
    )
    shown = linli("complaint", "list", home=town).stdout
    assert "受理" in shown and "overdue" in shown and "\ufeff" in linli(
        "complaint", "list", "--csv", home=town
    ).stdout  # fmt: skip
    step = ("complaint", "step", "add", old, "--result", "属实", "--stage")
    refused = linli(*step, "核查", "--done-on", "2026-09-02", home=village, code=4)
    assert "township" in refused.stderr, "whom it is about does not look into it"
    linli(*step, "办结", "--done-on", "2026-09-02", home=town)
    (first, _) = listed(linli, town)
    assert first["stage"] == "SL" and first["early"] == ["BJ"], "closed by nobody who looked"
    for stage, day in (("核查", "03"), ("处理", "05"), ("回访", "06")):
        linli(*step, stage, "--done-on", f"2026-09-{day}", home=town)
    meet(county)
    for home in county.values():
        assert [one["id"] for one in listed(linli, home)] == [new]
    (closed,) = [one for one in listed(linli, town, "--all") if one["id"] == old]
    assert closed["stage"] == "BJ" and not closed["due_on"]
    assert read(linli("order", "show", order, "--json", home=village))["state"] == "asked"


def test_money_for_what_is_free_opens_a_complaint_once(linli: Linli, county: Homes) -> None:
    village = county["village"]
    words = ("visit", "add", "王桂兰", "--worker", "李秀英", "--service", "SH02", "--minutes", "60",
             "--reason", "L03", "--confirmed-by", "本人", "--start")  # fmt: skip
    linli(*words, "2026-11-01 09:00", "--charged", "0", home=village)
    paid = linli(*words, "2026-11-02 09:00", "--charged", "10", home=village).stdout.strip()
    assert read(linli("visit", "show", paid, "--json", home=village))["charged_fen"] == 1_000
    made = linli("complaint", "find", home=village).stdout.split()
    assert len(made) == 1
    (row,) = listed(linli, village)
    assert (row["id"], row["visit"], row["kind"], row["stage"]) == (made[0], paid, "SF", "SL")
    again = linli("complaint", "find", home=village)
    assert not again.stdout and "there is a complaint already" in again.stderr
    meet(county)
    assert not linli("complaint", "find", home=county["township"]).stdout
    linli("policy", "publish", PACKS / "130732.toml", home=county["county"])
    meet(county)
    other = linli(*words, "2026-11-03 09:00", "--charged", "10", home=village).stdout.strip()
    assert not linli("complaint", "find", home=village).stdout, "here visits are not free"
    assert other


@given(
    st.lists(st.tuples(st.sampled_from([*STAGES, "??"]), st.integers(1, 28)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_a_stage_counts_once_those_before_it_are_there(
    done: list[tuple[str, int]], chance: random.Random
) -> None:
    complaint = {"id": "c", "opened_on": "2026-11-01"}
    steps = [
        {"complaint": "c", "stage": stage, "done_on": f"2026-11-{day:02}"} for stage, day in done
    ]
    found = standing(complaint, steps, RULE)
    mixed = [*steps, *steps, {"complaint": "other", "stage": "HC", "done_on": "2026-01-01"}]
    chance.shuffle(mixed)
    assert standing(complaint, mixed, RULE) == found
    present = {stage for stage, _ in done}
    reached = [OPENED, *STAGES].index(found.stage)
    assert present.issuperset(STAGES[:reached])
    assert reached == len(STAGES) or STAGES[reached] not in present
    assert set(found.early) == present & set(STAGES[reached:])
    assert found.open == bool(found.due)


def test_who_paid_nothing_or_has_complained_opens_nothing() -> None:
    visits = [
        {"id": name, "charged_fen": fen} for name, fen in zip("abcd", (None, 0, 5, 7), strict=True)
    ]
    known = [{"kind": "SF", "visit": "c"}, {"kind": "TD", "visit": "d"}]
    assert [one["id"] for one in charged(visits, known)] == ["d"]
