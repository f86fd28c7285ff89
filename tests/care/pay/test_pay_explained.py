"""Each yuan leads to visits, and each visit tells what became of it."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

from node.care.pay import explain, sheet, worth
from node.care.pay.explain import reason, story, trace
from node.care.pay.facts import Facts, Review
from node.care.pay.flags import outcomes
from node.language import CHINESE, said
from tests.care.pay.building import (
    FULL_TIME,
    PARAMETERS,
    accepted,
    client,
    facts,
    settled,
    visit,
    waiver,
    worker,
)


def test_groups_pay_together_what_the_sheet_pays() -> None:
    old = visit("old", "2026-11-12 09:00")
    dead = visit("dead", "2026-12-12 09:00", "p2")
    fine = visit("fine", "2026-12-13 09:00", "p3", minutes=75)
    closed = [settled("2026-11", facts([]))]
    people = [client("p2", closed_on="2026-12-01", closed_reason="deceased")]
    known = facts([old, dead, fine], people)
    told = known.told(outcomes(known, PARAMETERS))
    made = settled("2026-12", known, closed)
    groups = {one.name: one for one in trace(made, told, PARAMETERS, "w1")}
    assert groups.keys() == {"adjustments", "visits"}
    assert sum(one.total_fen for one in groups.values()) == made.totals()["w1"] == 10_000
    (adjusted,) = groups["adjustments"].lines
    assert (adjusted.line.subject, adjusted.day, adjusted.person, adjusted.minutes) == (
        "old",
        "2026-11-12",
        "p1",
        61,
    )
    assert adjusted.why == ("The visit arrived or was accepted after its month was closed.",)
    barred, paid = groups["visits"].lines
    assert (barred.line.amount_fen, barred.why) == (
        0,
        ("The client died on 2026-12-01, before the visit.",),
    )
    assert (paid.line.amount_fen, paid.why, paid.minutes) == (5_000, (), 75)
    assert trace(made, told, PARAMETERS, "w2") == ()


def test_base_and_bonus_are_groups_of_their_own() -> None:
    visits = [visit(f"v{n}", f"2026-11-{n + 1:02} 09:00", f"p{n}", rating=5) for n in range(3)]
    known = facts(visits, workers=[worker("w1", FULL_TIME)])
    made = settled("2026-11", known)
    groups = {one.name: one for one in trace(made, known, PARAMETERS, "w1")}
    assert {name: one.total_fen for name, one in groups.items()} == {
        "base": 200_000,
        "bonus": 1_200,
        "visits": 0,
    }
    assert {one.why for one in groups["visits"].lines} == {
        ("The worker's base pays for the visit.",)
    }


def test_the_story_of_a_visit() -> None:
    short = visit("v", "2026-11-12 09:00", minutes=45)
    barred = facts([short])
    november = settled("2026-11", barred)
    told = story("v", barred, PARAMETERS, [november])
    assert told is not None
    assert (told.due.state, told.due.reasons) == ("accepted", ("short",))
    assert told.why == ("The visit took 45 minutes; 60 are needed.",)
    assert told.sheets == (("2026-11", 0),)
    waived = barred | Facts.of(reviews=[waiver("v", "short", "病情")])
    december = settled("2026-12", waived, [november])
    told = story("v", waived, PARAMETERS, [december, november, november])
    assert told is not None
    assert (told.due.state, told.due.fen, told.why) == ("payable", 5_000, ())
    assert [(one.flag.code, one.waiver and one.waiver.reason) for one in told.doubts] == [
        ("short", "病情")
    ]
    assert told.decision is not None
    assert told.sheets == (("2026-11", 0), ("2026-12", 5_000))
    assert story("unknown", waived, PARAMETERS) is None


def test_the_reason_of_the_township_is_told() -> None:
    done = visit("v", "2026-11-12 09:00")
    returned = Review("r", "v", "return", at=1, reason="与本人核实无此服务")
    told = story("v", facts([done], reviews=[returned]), PARAMETERS)
    assert told is not None
    assert told.why == ("The township returned the visit. 与本人核实无此服务",)


def test_the_story_of_a_void_or_unread_visit() -> None:
    done = visit("v", "2026-11-12 09:00")
    for one, code in ((replace(done, void=True), "void"), (replace(done, held=True), "held")):
        told = story("v", facts([one], reviews=accepted([one])), PARAMETERS)
        assert told is not None
        assert told.due.reasons == (code,)
    told = story("v", Facts.of([done], reviews=accepted([done])), PARAMETERS)
    assert told is not None
    assert told.due.reasons == ("worker_unknown",)


CODES = sorted(set(re.findall(r'case "([a-z_]+)"', inspect.getsource(explain.reason))))


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_a_sentence_in_both_languages(code: str) -> None:
    told = reason(code)
    chinese = said(told, CHINESE)
    assert chinese != told and not re.search("[a-z]{3}", chinese)


def test_every_reason_that_is_given_is_told() -> None:
    written = inspect.getsource(worth) + inspect.getsource(sheet)
    given = set(re.findall(r'\("([a-z_]+)",\)', written)) | {
        "held",
        "few_ratings",
        "low_ratings",
        "changed",
        "late_fact",
        "kind_unknown",
    }
    assert given <= set(CODES), given - set(CODES)
    assert said(reason("cap"), CHINESE) == "有疑点 cap，不能结算。"
