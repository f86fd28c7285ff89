"""What has lapsed, from facts in any order: needs, calls, devices, places, contracts, vouchers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from node.care import lapses, modified
from node.care.facts import calls, entrusted, institutions, places, providers, rounds
from node.care.facts.support import progress
from node.care.findings import Cared
from node.care.parameters import publishing, reading
from node.care.parameters.duties import Watch
from node.care.parameters.groups import HealthChecks, Modifications
from node.care.parameters.serving import Hotline, Readings, Staffing
from node.care.provided import Line, lines_of, worth
from node.clock import parse_local
from node.errors import UsageError

ONE = Cared("p", "v", "2026-01-01")
TODAY = "2026-11-20"
HOTLINE = Hotline(answer_minutes=30, around_the_clock=True, ahead_hours=24, silent_days=3)
Row = dict[str, Any]


def shuffled(rows: Sequence[Row]) -> list[list[Row]]:
    """The same facts in a few orders."""
    return [random.Random(seed).sample(rows, len(rows)) for seed in range(4)]


def span(**more: Any) -> Row:
    return {"since": "2026-01-01", "until": "", "division#": "v", **more}


# --- needs (QZ-28, ZS-35) ------------------------------------------------------------------------


def need(id_: str, **more: Any) -> Row:
    return {"id": id_, "person": "p", "owner": "", "due_on": "", "detail": "轮椅",
            "found_on": "2026-11-01", **more}  # fmt: skip


def step(id_: str, of: str, code: str, on: str, owner: str = "") -> Row:
    return {"id": id_, "need": of, "step": code, "done_on": on, "owner": owner}


def test_a_need_goes_from_open_to_the_persons_own_word_and_can_be_opened_again() -> None:
    steps = [
        step("1", "n", "FP", "2026-11-02", "李主任"),
        step("2", "n", "FW", "2026-11-03"),
        step("3", "n", "MZ", "2026-11-04"),
    ]
    one = need("n")
    assert [progress(one, steps[:count]).step for count in range(4)] == ["", "FP", "FW", "MZ"]
    assert all(progress(one, order).open for order in shuffled(steps)), "only the person closes it"
    confirmed = [*steps, step("4", "n", "QR", "2026-11-05")]
    again = [*confirmed, step("5", "n", "CK", "2026-11-09")]
    assert not any(progress(one, order).open for order in shuffled(confirmed))
    assert all(progress(one, order).open for order in shuffled(again))


def test_a_need_that_nobody_has_taken_after_seven_days_goes_up() -> None:
    watch = Watch(need_days=7)
    needs = [
        need("late", found_on="2026-11-13"),
        need("new", found_on="2026-11-14"),
        need("taken", found_on="2026-11-01", owner="李主任"),
        need("due", found_on="2026-11-18", due_on="2026-11-19"),
        need("today", found_on="2026-11-18", due_on=TODAY),
    ]
    for order in shuffled(needs):
        found = lapses.of_needs(ONE, order, [], TODAY, watch, "1")
        assert sorted((one.code, one.since) for one in found) == [
            ("need_overdue", TODAY),
            ("need_unowned", TODAY),
        ]
    assigned = [step("1", "late", "FP", "2026-11-19", "李主任")]
    found = lapses.of_needs(ONE, needs, assigned, TODAY, watch, "1")
    assert [one.code for one in found] == ["need_overdue"]
    silent = lapses.of_needs(ONE, needs[:1], [], TODAY, Watch(), "1")
    assert silent == [], "the county has set no days"


# --- calls, devices, rounds (HC-02, HC-05, HC-07, ZS-24, CC-16) ----------------------------------


def test_the_clock_starts_with_the_call_also_where_it_is_typed_in_later() -> None:
    at = parse_local("2026-11-19 02:10")
    answered = {"called_at": at, "answered_at": at + 31 * 60_000}
    in_time = {"called_at": at, "answered_at": at + 30 * 60_000}
    now = at + 86_400_000  # typed in a day later
    (late,) = lapses.of_calls(ONE, [answered, in_time], [], now, HOTLINE, "1")
    assert dict(late.values) == {"at": "2026-11-19 02:10", "waited": "31", "least": "30"}
    assert late.since == "2026-11-19"
    waiting = {"called_at": at, "answered_at": None}
    assert lapses.of_calls(ONE, [waiting], [], at + 30 * 60_000, HOTLINE, "1") == []
    assert len(lapses.of_calls(ONE, [waiting], [], at + 31 * 60_000, HOTLINE, "1")) == 1


def test_of_what_is_asked_by_one_key_only_an_emergency_has_a_clock() -> None:
    at = parse_local("2026-11-19 02:10")
    asked = [
        {"id": kind, "kind": kind, "asked_at": at, "answered_at": None}
        for kind in ("YJ", "JK", "HL", "ZC", "ZX", "ZY", "DG")
    ]
    for order in shuffled(asked):
        assert len(lapses.of_calls(ONE, [], order, at + 3_600_000, HOTLINE, "1")) == 1


def test_a_silent_device_makes_a_visit_due_until_somebody_was_there() -> None:
    devices = [span(id="d", serial="SN1"), span(id="gone", serial="SN2", until="2026-11-10")]
    signals = [
        {"device": "d", "seen_at": parse_local(f"2026-11-{day} 06:00")} for day in (14, 16, 15)
    ]
    for order in shuffled(signals):
        (found,) = lapses.of_devices(ONE, devices, order, TODAY, HOTLINE, "1")
        assert (found.since, dict(found.values)["last"]) == (TODAY, "2026-11-16")
    assert lapses.of_devices(ONE, devices, signals, "2026-11-19", HOTLINE, "1") == []
    seen = Cared("p", "v", "2026-01-01", seen_on="2026-11-18")
    assert lapses.of_devices(seen, devices, signals, TODAY, HOTLINE, "1") == []


def test_no_hour_of_the_day_is_without_somebody_on_call() -> None:
    def shift(since: str, until: str) -> Row:
        return {"since": parse_local(since), "until": parse_local(until)}

    whole = [
        shift("2026-11-19 20:00", "2026-11-20 08:00"),
        shift("2026-11-20 08:00", "2026-11-20 20:00"),
        shift("2026-11-20 20:00", "2026-11-21 08:00"),
    ]
    for order in shuffled(whole):
        assert lapses.nobody_on_call("t", order, TODAY, HOTLINE, "1") == []
    (gap,) = lapses.nobody_on_call("t", [whole[0], whole[2]], TODAY, HOTLINE, "1")
    assert dict(gap.values) == {"first": "2026-11-20 08:00", "last": "2026-11-20 20:00"}
    (all_day,) = lapses.nobody_on_call("t", [], TODAY, HOTLINE, "1")
    assert dict(all_day.values) == {"first": "2026-11-20 00:00", "last": "2026-11-21 00:00"}
    calm = Hotline(answer_minutes=30, around_the_clock=False)
    assert lapses.nobody_on_call("t", [], TODAY, calm, "1") == []


def test_a_call_ends_in_an_order_an_advice_or_a_referral_and_says_which() -> None:
    base = {"person": "01M6A6FT00KBJHTHRMBAH2HXW6", "line": "护", "caller": "村干部",
            "called_at": parse_local("2026-11-03 09:10")}  # fmt: skip
    assert calls.CALL.check(base)["outcome"] is None, "a call may still be open"
    for outcome in ("订单", "建议", "转介"):
        with pytest.raises(UsageError, match="is empty"):
            calls.CALL.check({**base, "outcome": outcome})
    assert calls.CALL.check({**base, "outcome": "建议", "advice": "到镇卫生院换药"})


def test_a_call_of_yesterday_that_has_ended_in_nothing_is_told() -> None:
    asked = [
        {"id": str(n), "called_at": parse_local(f"2026-11-{day_} 09:00"), "caller": "村干部",
         "outcome": outcome}
        for n, (day_, outcome) in enumerate(((19, None), (20, None), (18, "advice")))
    ]  # fmt: skip
    for order in shuffled(asked):
        (found,) = lapses.of_hotline(ONE, order, TODAY, "1")
        assert (found.code, found.since) == ("open_call", TODAY)


def test_a_safety_round_looks_at_every_item_or_says_what_is_wrong() -> None:
    base = {"person": "01M6A6FT00KBJHTHRMBAH2HXW6", "done_on": "2026-11-03"}
    assert rounds.ROUND.check({**base, "passed": "燃气,用电,消防,门窗"})
    with pytest.raises(UsageError, match="门窗"):
        rounds.ROUND.check({**base, "passed": "燃气,用电,消防"})
    assert rounds.ROUND.check({**base, "passed": "燃气,用电,消防", "hazards": "门锁坏"})
    with pytest.raises(UsageError, match="no item of a safety round"):
        rounds.ROUND.check({**base, "passed": "燃气,用电,消防,门窗,有水"})


# --- places (ZS-12, ZS-14, ZS-18, ZS-38, CC-04, CC-10) -------------------------------------------


def facility(id_: str, kind: str = "HZ", **more: Any) -> Row:
    return {"id": id_, "kind": kind, "division#": "v", "status": "open", "opened_on": "",
            "operator_mode": "", **more}  # fmt: skip


def test_a_place_with_several_signs_is_one_place_of_several_kinds() -> None:
    one = facility("f", "XF")
    signs = [
        span(id="1", facility="f", kind="ZY"),
        span(id="2", facility="f", kind="WM", until="2026-06-30"),
        span(id="3", facility="other", kind="CT"),
    ]
    for order in shuffled(signs):
        assert places.kinds_of(one, order, TODAY) == {"XF", "ZY"}
        assert places.kinds_of(one, order, "2026-06-30") == {"XF", "ZY", "WM"}


def test_a_point_belongs_to_a_centre() -> None:
    known = [facility("lone"), facility("held"), facility("centre", "QY"), facility("ct", "CT"),
             facility("shut", status="closed")]  # fmt: skip
    ties = [
        span(id="1", facility="held", other="centre", kind="QY"),
        span(id="2", facility="lone", other="centre", kind="QY", until="2026-11-19"),
        span(id="3", facility="lone", other="ct", kind="YT"),
    ]
    for order in shuffled(ties):
        found = lapses.without_centre(known, order, TODAY, "1")
        assert [one.subject for one in found] == ["lone"]
        assert lapses.without_centre(known, order, "2026-11-19", "1") == []


def test_who_runs_a_public_place_needs_a_contract_with_an_end() -> None:
    known = [facility("f", "JL", operator_mode="GJMY"), facility("own", "JL", operator_mode="GJGY")]
    contracts = [span(id="1", facility="f", until="2026-10-31")]
    assert lapses.without_contract(known, contracts, "2026-10-31", "1") == []
    (found,) = lapses.without_contract(known, contracts, TODAY, "1")
    assert (found.subject, found.since) == ("f", "2026-11-01")
    with pytest.raises(UsageError, match="until"):
        providers.CONTRACT.check(
            {"provider": "01M6A6FT00KBJHTHRMBAH2HXW6", "contract_no": "1", "purpose": "机构运营",
             "since": "2026-01-01"}
        )  # fmt: skip


def test_staff_follow_from_the_grades_of_the_residents() -> None:
    ratios = (("ZL", 10), ("BH", 6), ("QH", 3))
    needed = institutions.staff_needed
    assert needed({}, ratios) == 0
    assert needed({"ZL": 10}, ratios) == 1
    assert needed({"ZL": 11}, ratios) == 2
    assert needed({"QH": 3, "BH": 3, "ZL": 5}, ratios) == 2, "1 and a half and a half"
    assert needed({"": 10}, ratios) == 1, "without a grade: the easiest"
    assert needed({"ZL": 1358}, (("ZL", 11),)) == 124, "124 of staff for 1358 residents (ZS-14)"
    living = [span(id=str(n), person=f"p{n}", facility="f") for n in range(4)]
    living.append(span(id="gone", person="p9", facility="f", until="2026-11-01"))
    posts = [span(id="a", facility="f", name="李"), span(id="b", facility="f", name="李")]
    grades = {f"p{n}": "QH" for n in range(4)}
    numbers = lapses.staffing(facility("f"), living, posts, grades, Staffing(ratios), TODAY)
    assert numbers == (4, 1, 2)
    assert lapses.understaffed(facility("f"), numbers, TODAY, "1") is not None
    assert lapses.understaffed(facility("f"), (4, 2, 2), TODAY, "1") is None


def test_who_would_like_to_live_there_is_the_last_answer() -> None:
    asked = [
        {"id": "1", "person": "p", "asked_on": "2026-03-01", "answer": "Y"},
        {"id": "2", "person": "q", "asked_on": "2026-03-01", "answer": "Y"},
        {"id": "3", "person": "q", "asked_on": "2026-04-01", "answer": "N"},
    ]
    for order in shuffled(asked):
        assert institutions.willing(order, TODAY) == ["p"]
        assert institutions.willing(order, "2026-03-31") == ["p", "q"]


def test_an_institution_takes_the_levels_that_it_states() -> None:
    intakes = [span(id="1", facility="f", levels="3,4"), span(id="2", facility="g", levels="0")]
    assert institutions.admits(intakes, "f", TODAY) == frozenset("34")
    assert institutions.admits(intakes, "h", TODAY) is None


# --- notices (ZS-06) -----------------------------------------------------------------------------


def notice(id_: str, at: str, due_on: str | None, done_by: str | None = None) -> Row:
    return {"id": id_, "division#": at, "due_on": due_on, "done_by": done_by, "title": id_}


def test_a_notice_that_was_not_confirmed_or_done_by_its_day_is_told() -> None:
    notices: list[Row] = [
        notice("a", "v", "2026-11-19"),
        notice("b", "v", TODAY),
        notice("c", "w", "2026-11-01"),
        notice("d", "w", None),
        notice("e", "w", None, "2026-11-19"),
        notice("f", "w", "2026-11-01", "2026-11-19"),
        notice("g", "w", None, TODAY),
    ]
    read = [{"notice": "c"}, {"notice": "e"}]
    for order in shuffled(notices):
        found = lapses.unconfirmed(order, read, [{"notice": "f"}], TODAY, "1")
        assert {(one.code, dict(one.values)["title"], one.since) for one in found} == {
            ("notice_overdue", "a", TODAY),
            ("notice_undone", "e", TODAY),  # it was read, which is not done
        }


# --- contracts (QX-10, QX-11, HC-06, HC-10) ------------------------------------------------------

TREE = {"c": ["c", "t", "u", "v"], "t": ["t", "v"], "u": ["u"], "v": ["v"]}


def covers(upper: str, lower: str) -> bool:
    return lower in TREE[upper]


def contract(id_: str, provider: str, at: str = "t", **more: Any) -> Row:
    return {"id": id_, "provider": provider, "division#": at, "services": "", "facility": None,
            "price_fen": 4_500, "since": "2026-01-01", "until": "2026-12-31", **more}  # fmt: skip


def test_the_last_character_of_a_credit_code_follows_from_the_others() -> None:
    code = "91990700MA0ABCDEF"
    whole = code + providers.credit_check(code)
    assert providers.credit_code("credit_code", whole.lower()) == whole
    wrong = [whole[:-1] + other for other in "0123456789" if other != whole[-1]]
    swapped = whole[1] + whole[0] + whole[2:]
    for typed in (*wrong, whole[:-1], f"{whole}0", whole.replace("M", "I"), swapped[::-1]):
        with pytest.raises(UsageError, match="统一社会信用代码"):
            providers.credit_code("credit_code", typed)


def test_a_provider_serves_where_when_and_for_what_its_contract_says() -> None:
    def breach(
        division: str, service: str, on: str, *contracts: Row, stand: Row | None = None
    ) -> str:
        facts = {
            providers.QUALIFICATION.name: [
                span(id="q", provider="a", since="2025-01-01", until="2026-11-30"),
                span(id="r", provider="b", until="2027-11-30"),
            ],
            providers.CONTRACT.name: list(contracts),
            providers.STAND_IN.name: [stand] if stand else [],
        }  # fmt: skip
        return providers.breach(facts, "a", division, service, on, covers)

    own = contract("1", "a", services="SH01,SH02")
    assert breach("v", "SH01", TODAY, own) == ""
    assert breach("v", "ZC02", TODAY, own) == "uncovered"
    assert breach("u", "SH01", TODAY, own) == "uncontracted", "another township"
    assert breach("v", "SH01", "2025-12-31", own) == "uncontracted"
    assert breach("v", "SH01", "2026-12-01", own) == "unqualified"
    assert breach("v", "SH01", TODAY) == "uncontracted"
    theirs = contract("2", "b")
    allowed = span(id="s", provider="a", contract="2", until="2026-11-30")
    assert breach("v", "ZC02", TODAY, theirs) == "uncontracted"
    assert breach("v", "ZC02", TODAY, theirs, stand=allowed) == "", "it stands in"


def test_the_nearest_contract_counts_whatever_the_order() -> None:
    wide, near = contract("1", "a", "c"), contract("2", "a", "t")
    for order in itertools.permutations((wide, near)):
        found = providers.contract_of(order, [], "a", "v", "SH01", TODAY, covers)
        assert found is not None and found["id"] == "2"


def test_of_several_contracts_the_one_for_the_service_counts_and_none_that_runs_a_place() -> None:
    washing, meals = contract("1", "a", services="SH02"), contract("2", "a", services="ZC02")
    place, wide = contract("0", "a", facility="f"), contract("3", "a", "c", services="JK04")
    for order in itertools.permutations((washing, meals, place, wide)):
        for service, id_ in (("SH02", "1"), ("ZC02", "2"), ("JK04", "3")):
            found = providers.contract_of(order, [], "a", "v", service, TODAY, covers)
            assert found is not None and found["id"] == id_, service
        assert providers.contract_of((place,), [], "a", "v", "SH02", TODAY, covers) is None


def test_a_line_leads_to_its_subject_and_what_comes_late_is_an_adjustment() -> None:
    one = contract("1", "a")
    october = lines_of(
        "2026-10", worth(one, [("2026-10", "x"), ("2026-10", "y")], [], "2026-10"), []
    )
    assert october == (Line("2026-10", "x", 4_500, False), Line("2026-10", "y", 4_500, False))
    closed = [{"lines": '[["2026-10","x",4500],["2026-10","y",4500]]'}]
    now = [("2026-10", "x"), ("2026-10", "late"), ("2026-11", "z")]  # y was voided since
    for order in (now, now[::-1]):
        found = lines_of("2026-11", worth(one, order, [], "2026-11"), closed)
        assert found == (
            Line("2026-10", "late", 4_500, True),
            Line("2026-10", "y", -4_500, True),
            Line("2026-11", "z", 4_500, False),
        )
    again = [
        *closed,
        {"lines": '[["2026-10","late",4500],["2026-10","y",-4500],["2026-11","z",4500]]'},
    ]
    assert lines_of("2026-12", worth(one, now, [], "2026-12"), again) == (), "nothing twice"


def test_a_contract_that_runs_a_place_is_paid_by_the_month_for_who_lives_there() -> None:
    one = contract("1", "a", facility="f", since="2026-10-01", price_fen=80_000)
    living = [
        span(id="whole", person="p", facility="f", since="2026-09-01"),
        span(id="left", person="o", facility="f", since="2026-10-01", until="2026-10-15"),
        span(id="elsewhere", person="e", facility="g"),
    ]
    due = worth(one, [], living, "2026-11")
    assert sorted(due) == [("2026-10", "left"), ("2026-10", "whole"), ("2026-11", "whole")]
    assert set(due.values()) == {80_000}
    late = contract("1", "a", facility="f", since="2026-10-20", price_fen=80_000)
    assert sorted(worth(late, [], living, "2026-10")) == [("2026-10", "whole")], "left before it"
    again = [
        span(id="1st", person="q", facility="f", until="2026-10-10"),
        span(id="2nd", person="q", facility="f", since="2026-10-12"),
    ]
    for order in (again, again[::-1]):
        assert sorted(worth(one, [], order, "2026-10")) == [("2026-10", "1st")], "one month, once"


# --- vouchers (CC-24) ----------------------------------------------------------------------------


def test_what_is_left_of_a_voucher_lapses_by_the_parameter() -> None:
    voucher = {"id": "v", "month": "2026-11", "amount_fen": 20_000}
    spent = [{"voucher": "v", "amount_fen": 4_500}, {"voucher": "w", "amount_fen": 9_999},
             {"voucher": "v", "amount_fen": 500}]  # fmt: skip
    assert entrusted.expires("2026-11", 0) == "2026-11-30"
    assert entrusted.expires("2026-11", 3) == "2027-02-28"
    for order in shuffled(spent):
        assert entrusted.left_of(voucher, order, "2026-11-30", 0) == (15_000, 0)
        assert entrusted.left_of(voucher, order, "2026-12-01", 0) == (0, 15_000)
        assert entrusted.left_of(voucher, order, "2026-12-01", 1) == (15_000, 0)
    both = [*spent, {"voucher": "v", "amount_fen": 16_000}]
    assert entrusted.left_of(voucher, both, "2026-12-01", 0) == (-1_000, 0), "told, not hidden"


def test_what_nodes_apart_spent_too_much_of_a_voucher_is_among_the_gaps() -> None:
    vouchers = [{"id": "v", "month": "2026-11", "amount_fen": 10_000},
                {"id": "w", "month": "2026-11", "amount_fen": 10_000}]  # fmt: skip
    spent = [{"voucher": of, "amount_fen": fen, "used_on": on} for of, fen, on in (
        ("v", 6_000, "2026-11-03"), ("v", 6_000, "2026-11-08"), ("w", 10_000, "2026-11-09"),
    )]  # fmt: skip
    for order, other in zip(shuffled(spent), shuffled(vouchers), strict=True):
        (found,) = lapses.of_vouchers(ONE, other, order, "1")
        assert (found.code, found.since) == ("voucher_over", "2026-11-08")
        assert "20.00 yuan too much" in lapses.sentence(found.code, dict(found.values))


# --- home modification (ZS-20, CC-08) ------------------------------------------------------------


def case(id_: str, village: str, hamlet: str | None, cost: int | None) -> Row:
    return {"id": id_, "division#": village, "hamlet": hamlet, "cost_fen": cost}


def test_1940_cases_over_7_townships_131_villages_and_more_than_260_hamlets() -> None:
    packs = {code: reading.load(path) for code, path in publishing.shipped().items()}
    least = packs["420323"].modifications.needed("2026-01-01").average_min_fen
    target = packs["130732"].modifications.needed("2022-06-01").target
    rules = Modifications(average_min_fen=least, case_max_fen=0, target=target)
    villages = [(f"t{place % 7}", f"v{place}") for place in range(131)]
    cases = [
        case(str(n), villages[n % 131][1], f"h{n % 262 // 131}", 300_000 + n % 2)
        for n in range(1_940)
    ]
    towns = {village: town for town, village in villages}
    for order in shuffled(cases):
        found = modified.of_year([*order, *order[:99]], rules, towns.__getitem__)
        assert (found.done, found.target) == (1_940, 1_940), "each case once"
        assert (found.townships, found.villages, found.hamlets) == (7, 131, 262)
        assert found.average_fen == 300_000 and not found.too_low


def test_3000_yuan_is_an_average_here_and_a_cap_elsewhere() -> None:
    cases = [
        case("a", "v", None, 100_000),
        case("b", "v", None, 500_000),
        case("c", "w", "h", None),
    ]
    average = modified.of_year(cases, Modifications(300_000, 0, 0), lambda _: "t")
    assert (average.average_fen, average.costed, average.too_low) == (300_000, 2, False)
    low = modified.of_year(cases[:1], Modifications(300_000, 0, 0), lambda _: "t")
    assert low.too_low and low.above == ()
    cap = modified.of_year(cases, Modifications(0, 300_000, 0), lambda _: "t")
    assert cap.above == ("b",) and not cap.too_low


# --- health (HC-17, QX-18, ZS-39) ----------------------------------------------------------------


def test_a_reading_outside_its_bounds_is_told_until_a_later_one_is_in_order() -> None:
    rules = Readings((("SS", 900),), (("SS", 1_400), ("XT", 111)))

    def taken(id_: str, kind: str, tenths: int, at: str) -> Row:
        return {"id": id_, "kind": kind, "tenths": tenths, "taken_at": parse_local(at)}

    high = [
        taken("1", "SS", 1_320, "2026-11-18 09:00"),
        taken("2", "SS", 1_610, "2026-11-19 09:00"),
        taken("3", "XT", 111, "2026-11-19 09:00"),
        taken("4", "TW", 999, "2026-11-19 09:00"),
    ]
    for order in shuffled(high):
        (found,) = lapses.of_readings(ONE, order, rules, "1")
        assert dict(found.values)["value"] == "161" and found.since == "2026-11-19"
    low = taken("5", "SS", 899, "2026-11-20 09:00")
    assert len(lapses.of_readings(ONE, [*high, low], rules, "1")) == 1
    fine = taken("6", "SS", 900, "2026-11-20 10:00")
    assert lapses.of_readings(ONE, [*high, low, fine], rules, "1") == []


def test_a_check_up_above_what_the_county_pays_is_told() -> None:
    rules = HealthChecks(per_year=2, cost_fen=30_000)
    checks: list[Row] = [
        {"id": "1", "done_on": "2026-05-12", "cost_fen": 30_000},
        {"id": "2", "done_on": "2026-11-02", "cost_fen": 30_001},
        {"id": "3", "done_on": "2025-11-02", "cost_fen": 99_999},
        {"id": "4", "done_on": "2026-11-03", "cost_fen": None},
    ]
    for order in shuffled(checks):
        dear, second = lapses.of_checks(ONE, order, TODAY, rules, "1")
        assert dict(dear.values) == {"day": "2026-11-02", "cost": "300.01", "most": "300.00"}
        assert (second.code, second.since) == ("check_twice", "2026-11-03")
        assert dict(second.values) == {"day": "2026-11-03", "before": "2026-11-02"}


@pytest.mark.parametrize("table", ["family_care", "payment_means"])
def test_what_a_family_does_and_can_pay_is_read_by_no_rule_of_money(table: str) -> None:
    care = Path(lapses.__file__).parent
    name = {"family_care": "FAMILY_CARE", "payment_means": "MEANS"}[table]
    rooms = ("pay", "settlement", "benefits", "granting", "canteen", "budgets", "meals", "orders")
    read = [path for room in rooms for path in (care / room).glob("*.py")]
    assert len(read) > 20
    for path in read:
        text = path.read_text()
        assert table not in text and f".{name}" not in text, path
