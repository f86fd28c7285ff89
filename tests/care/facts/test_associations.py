"""What associations owe and are owed: pure rules, over facts in any order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.associations import handover, lacking, liaisons, reading
from node.care.facts.offices import LIAISON, in_office
from node.care.facts.staff import expiring
from node.care.facts.support import progress
from node.care.parameters.groups import Associations, Liaisons, Trainings
from node.care.policy import BASELINE

CHECKLIST = tuple(
    title for code, title in BASELINE.lists.inspection_items.names.items() if code[:4] == "SZWY"
)
RULES = Associations(CHECKLIST, pilots_max=2)
PAY = Liaisons(5_000, 20_000, 3_000, per_task_fen=2_000)
LEVELS = {"c": "county", "t": "township", "v": "village", "w": "village"}


def association(id_: str = "a", **more: Any) -> dict[str, Any]:
    row = {"id": id_, "division#": "v", "kind": "CC", "status": "active", "founded_on": None}
    return {**row, "legal_status": "WD", "pilot_round": None, **more}


def term(id_: str, since: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    row = {"id": id_, "association": "a", "worker": f"w{id_}", "role": LIAISON, "since": since}
    return {**row, "until": None, "follows": None, "village_post": "LW", **more}


def task(id_: str, given_on: str, due_on: str, owner: str = "w1") -> dict[str, Any]:
    return {"id": id_, "given_on": given_on, "due_on": due_on, "owner": owner}


def step(id_: str, of: str, what: str, on: str, owner: str | None = None) -> dict[str, Any]:
    return {"id": id_, "task": of, "step": what, "done_on": on, "owner": owner}


def what(known: lacking.Known, on: str = "2026-11-03", trainings: Any = None) -> list[str]:
    return [one.what for one in lacking.lacking(known, on, RULES, trainings)]


def check(on: str, passed: tuple[str, ...], template: str = "SZWY") -> dict[str, Any]:
    codes = ",".join(BASELINE.lists.inspection_items.code("passed", one) for one in passed)
    return {"association": "a", "template": template, "inspected_on": on, "passed": codes}


# --- offices -------------------------------------------------------------------------------------


def test_a_term_ends_on_the_day_before_the_one_that_follows_it() -> None:
    terms = [term("1"), term("2", "2026-06-01", follows="1")]
    for on, holder in (("2026-05-31", "1"), ("2026-06-01", "2"), ("2025-12-31", None)):
        assert [row["id"] for row in in_office(terms, on)] == ([holder] if holder else [])


def test_two_successors_that_were_named_apart_are_both_in_office_and_told() -> None:
    terms = [term("1"), term("2", "2026-06-01", follows="1"), term("3", "2026-07-01", follows="1")]
    assert [row["id"] for row in in_office(terms, "2026-06-15")] == ["2"]
    assert [row["id"] for row in in_office(terms, "2026-07-02")] == ["2", "3"]
    known = lacking.Known(LEVELS, [association()], terms, [check("2026-01-01", CHECKLIST)])
    found = [one for one in lacking.lacking(known, "2026-07-02", RULES, None)
             if one.what == "liaison"]  # fmt: skip
    assert [one.detail for one in found] == ["2"]


@given(st.permutations(range(4)), st.dates())
def test_who_is_in_office_depends_on_no_order(order: list[int], on: Any) -> None:
    terms = [
        term("1"),
        term("2", "2026-06-01", follows="1"),
        term("3", "2026-06-01", until="2026-09-01", role="DY"),
        term("4", "2026-08-01", follows="2"),
    ]
    day = on.isoformat()
    assert in_office([terms[one] for one in order], day) == in_office(terms, day)
    assert len(in_office(terms, day, LIAISON)) <= 1


@pytest.mark.parametrize(
    ("role", "post", "fits"),
    [
        ("ZX", "SJ", True), ("ZX", "ZR", True), ("ZX", "LW", False), ("ZX", None, False),
        ("LL", "SJ", True), ("LL", "LW", True), ("LL", "QT", False), ("LL", None, False),
        ("DY", None, True),
    ],
)  # fmt: skip
def test_who_may_hold_an_office(role: str, post: str | None, fits: bool) -> None:
    assert lacking.fits(role, post) is fits


def test_the_posts_of_an_enterprise_are_not_those_of_a_village() -> None:
    terms = [term("1", village_post=None), term("2", role="ZX", village_post=None)]
    ok = [check("2026-01-01", CHECKLIST)]
    town, village = {"t": "township"}, {"v": "village"}
    outside = lacking.Known(town, [association(kind="QY")], terms, ok)
    assert what(outside) == []
    inside = lacking.Known(village, [association()], terms, ok)
    assert what(inside) == ["chair_post", "liaison_post"]


# --- what is lacking -----------------------------------------------------------------------------


def test_a_village_without_an_active_association_is_told() -> None:
    terms = [term("1"), term("2", role="ZX", village_post="SJ")]
    known = lacking.Known(LEVELS, [association()], terms, [check("2026-02-01", CHECKLIST)])
    found = lacking.lacking(known, "2026-11-03", RULES, None)
    assert [(one.what, one.division) for one in found] == [("association", "w")]
    for gone in (association(status="closed"), association(kind="QY"), association(kind="HX")):
        villages = reading.covered([gone], ["v", "w"])
        assert villages == {"v": False, "w": False}, gone


def test_2548_associations_have_one_liaison_each_and_eight_items() -> None:
    """泉州: what is not so is told by name, whatever the order in which it came."""
    ids = [f"a{n}" for n in range(2_548)]
    levels = {f"v{n}": "village" for n in range(2_548)}
    known = [association(id_, **{"division#": f"v{n}"}) for n, id_ in enumerate(ids)]
    terms = [term(f"L{id_}", association=id_) for id_ in ids]
    terms += [term(f"Z{id_}", association=id_, role="ZX", village_post="SJ") for id_ in ids]
    checks = [{**check("2026-02-01", CHECKLIST), "association": id_} for id_ in ids]
    for seed in (1, 2):
        mixed = random.Random(seed)
        parts = [mixed.sample(part, len(part)) for part in (known, terms, checks)]
        assert lacking.lacking(lacking.Known(levels, *parts), "2026-11-03", RULES, None) == []
    second = term("second", association="a7")
    found = lacking.lacking(
        lacking.Known(levels, known, [*terms[1:], second], checks), "2026-11-03", RULES, None
    )
    assert [(one.what, one.association, one.detail) for one in found] == [
        ("liaison", "a0", "0"),
        ("liaison", "a7", "2"),
    ]


def test_all_eight_items_pass_in_the_year_or_the_check_is_lacking() -> None:
    assert len(CHECKLIST) == 8
    one_short = check("2026-05-01", CHECKLIST[:-1])
    for checks, expected in (
        ([], None),
        ([check("2025-12-31", CHECKLIST)], None),
        ([one_short], [CHECKLIST[-1]]),
        ([one_short, check("2026-06-01", CHECKLIST)], []),
        ([check("2026-06-01", CHECKLIST), check("2026-06-01", CHECKLIST[1:])], [CHECKLIST[0]]),
        ([check("2026-07-01", (), "AQXJ"), check("2026-06-01", CHECKLIST)], []),
    ):
        for _ in range(3):
            random.shuffle(checks)
            found = lacking.unmet(checks, CHECKLIST, "2026")
            assert found.get("a") == expected


def test_a_legal_person_owes_a_report_on_the_year_before() -> None:
    person = association(legal_status="FR", founded_on="2020-01-01")
    report = {"association": "a", "year": 2025}
    assert "report" in what(lacking.Known(LEVELS, [person]))
    assert "report" not in what(lacking.Known(LEVELS, [person], reports=[report]))
    assert "report" in what(lacking.Known(LEVELS, [person], reports=[{**report, "year": 2024}]))
    assert "report" not in what(lacking.Known(LEVELS, [association()]))
    new = association(legal_status="FR", founded_on="2026-03-01")
    assert "report" not in what(lacking.Known(LEVELS, [new])), "there was no year before"


def test_a_third_pilot_of_a_round_is_told_and_a_second_is_not() -> None:
    pilots = [association(id_, pilot_round="2026") for id_ in "abc"]
    assert what(lacking.Known(LEVELS, pilots)).count("pilots") == 3
    assert "pilots" not in what(lacking.Known(LEVELS, pilots[:2]))
    closed = [*pilots[:2], {**pilots[2], "status": "closed"}]
    assert "pilots" not in what(lacking.Known(LEVELS, closed))


def test_trainings_are_told_from_october_by_place() -> None:
    rules = Trainings(1, 2, clients_min=1, told_from_month=10)
    held = [
        {"division#": "t", "held_on": "2026-03-01", "audience": "LL"},
        {"division#": "c", "held_on": "2025-03-01", "audience": "CJ"},
    ]
    known = lacking.Known(LEVELS, trainings=held)
    assert "training" not in what(known, "2026-09-30", rules)
    found = [one for one in lacking.lacking(known, "2026-10-01", RULES, rules)
             if "training" in one.what]  # fmt: skip
    assert [(one.what, one.division, one.detail) for one in found] == [
        ("training", "c", "1"), ("training", "t", "1"), ("client_training", "c", "1"),
    ]  # fmt: skip
    more: list[dict[str, Any]] = [
        {"division#": "t", "held_on": "2026-11-01", "audience": "CJ"},
        {"division#": "c", "held_on": "2026-11-01", "audience": None},
    ]
    done = lacking.Known(LEVELS, trainings=[*held, *more])
    assert "training" not in " ".join(what(done, "2026-12-01", rules))


def test_an_award_without_evidence_and_a_grant_spent_twice_are_told() -> None:
    activity = {"id": "x", "association": "a", "done_on": "2026-05-01", "evidence": "签到表"}
    award = {"association": "a", "activity": "x", "awarded_on": "2026-06-01", "division#": "v"}
    fine = lacking.Known(LEVELS, activities=[activity], awards=[award])
    assert "evidence" not in what(fine)
    for wrong in (
        {**activity, "id": "y"},
        {**activity, "association": "b"},
        {**activity, "done_on": "2026-06-02"},
        {**activity, "evidence": None},
    ):
        assert "evidence" in what(lacking.Known(LEVELS, activities=[wrong], awards=[award])), wrong
    grant = {"id": "g", "association": "a", "division#": "v", "amount_fen": 500}
    spent = [{"grant": "g", "amount_fen": 300}]
    assert "grant" not in what(lacking.Known(LEVELS, grants=[grant], spending=spent))
    assert "grant" in what(lacking.Known(LEVELS, grants=[grant], spending=spent * 2))


def test_an_allowance_that_two_have_signed_is_told_once() -> None:
    one = {"id": "1", "worker": "w", "month": "2026-10", "association": "a", "division#": "v"}
    both = [one, {**one, "id": "2"}, {**one, "id": "3", "month": "2026-11"}]
    assert what(lacking.Known(LEVELS, allowances=both)).count("allowance") == 1


# --- members, grants, households -----------------------------------------------------------------


def test_nobody_counts_twice_for_the_county() -> None:
    people: list[dict[str, Any]] = [
        {"id": "p1", "id_number": None},
        {"id": "p2", "id_number": "N"},
        {"id": "p3", "id_number": "N"},
    ]

    def member(person: str, of: str, until: str | None = None) -> dict[str, Any]:
        row = {"id": f"{person}{of}", "person": person, "association": of}
        return {**row, "since": "2026-01-01", "until": until}

    memberships = [
        member("p1", "a"), member("p1", "e"), member("p2", "a"), member("p3", "e"),
        member("p4", "a", "2026-06-30"),
    ]  # fmt: skip
    found = reading.members(memberships, people, "2026-11-03")
    assert {one: len(who) for one, who in found.items()} == {"a": 2, "e": 2}
    assert reading.belonging(found) == 2
    assert reading.belonging(reading.members(memberships, people, "2026-06-30")) == 3
    assert reading.belonging({}) == 0


def test_grants_are_summed_by_year_and_level() -> None:
    def grant(id_: str, year: int, level: str, fen: int) -> dict[str, Any]:
        return {"id": id_, "year": year, "level": level, "amount_fen": fen}

    grants = [
        grant("1", 2026, "DS", 500), grant("2", 2026, "DS", 700), grant("3", 2026, "XJ", 100),
        grant("4", 2025, "DS", 900),
    ]  # fmt: skip
    spending = [{"grant": "1", "amount_fen": 200}, {"grant": "2", "amount_fen": 50}]
    found = reading.granted(grants, spending)
    told = [(row["year"], row["level"], row["granted_fen"], row["spent_fen"]) for row in found]
    assert told == [(2025, "DS", 900, 0), (2026, "DS", 1200, 250), (2026, "XJ", 100, 0)]


def test_a_household_counts_once_a_year_whichever_base_helped_it() -> None:
    helps = [
        {"base": base, "household": household, "year": year}
        for base, household, year in (
            ("b1", "h1", 2026), ("b2", "h1", 2026), ("b1", "h2", 2026), ("b1", "h1", 2025),
            ("gone", "h3", 2026),
        )
    ]  # fmt: skip
    assert reading.helped([{"id": "b1"}, {"id": "b2"}], helps) == {2025: 1, 2026: 2}


# --- tasks, hand-over, pay -----------------------------------------------------------------------


def test_a_task_is_done_on_time_by_who_has_it_then() -> None:
    tasks = [task(id_, "2026-11-01", "2026-11-10") for id_ in "123"]
    steps = [
        step("s1", "1", "WC", "2026-11-10"),
        step("s2", "2", "YJ", "2026-11-05", "w2"),
        step("s3", "2", "WC", "2026-11-11"),
        step("s4", "2", "YJ", "2026-11-12", "w9"),
    ]
    first, second, third = reading.tasks_of(tasks, steps)
    assert (first.on_time, first.open, first.owner) == (True, False, "w1")
    assert (second.on_time, second.open, second.owner) == (False, False, "w2")
    assert second.taken == (("w1", "2026-11-01"), ("w2", "2026-11-05"))
    assert third.open and not third.on_time


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["WC", "YJ", "QX"]), st.integers(1, 9), st.sampled_from(["w2", "w3"])
    ),
    max_size=6,
)


@given(STEPS, st.randoms())
def test_a_task_depends_on_the_set_of_its_steps(drawn: list[Any], chance: random.Random) -> None:
    steps = [
        step(f"s{place}", "1", code, f"2026-11-0{day}", owner)
        for place, (code, day, owner) in enumerate(drawn)
    ]
    shuffled = steps[:]
    chance.shuffle(shuffled)
    tasks = [task("1", "2026-11-01", "2026-11-05")]
    assert reading.tasks_of(tasks, steps) == reading.tasks_of(tasks, shuffled)
    assert reading.tasks_of(tasks, steps)[0].open == all(code == "YJ" for code, _, _ in drawn)


NEED_STEPS = st.lists(
    st.tuples(st.sampled_from(["FP", "FW", "MZ", "QR", "ZJ", "WF", "CK"]), st.integers(1, 9)),
    max_size=6,
)


@given(NEED_STEPS, st.integers(1, 9))
def test_a_need_that_is_handed_over_is_as_far_as_before(drawn: list[Any], on: int) -> None:
    need = {"id": "n", "owner": "甲"}
    steps = [
        {"id": f"s{place}", "need": "n", "step": code, "done_on": f"2026-11-0{day}",
         "owner": None, "reason": "缺货" if code in ("WF", "ZJ") else None}
        for place, (code, day) in enumerate(drawn)
    ]  # fmt: skip
    before = progress(need, steps)
    moved = handover.need_moved(need, steps, "乙", f"2026-11-0{on}")
    assert (moved is not None) == before.open
    if moved is not None:
        after = progress(need, [*steps, {**moved, "id": "z"}])
        assert after.owner == "乙" and after.open and after.step == (before.step or "FP")
        assert moved["step"] != "WF" or moved["reason"] == "缺货"


@given(st.integers(0, 500), st.booleans())
def test_an_allowance_lies_between_the_bounds(tasks: int, raised: bool) -> None:
    amount, more = liaisons.worth(tasks, raised, PAY)
    if tasks == 0:
        assert (amount, more) == (0, 0)
    else:
        assert PAY.month_min_fen <= amount - more <= PAY.month_max_fen
        assert more == (PAY.uplift_fen if raised else 0)
        assert liaisons.worth(tasks + 1, raised, PAY)[0] >= amount


def test_each_liaison_of_a_month_gets_what_the_own_tasks_are_worth() -> None:
    terms = [term("1", worker="w1"), term("2", "2026-11-16", worker="w2", follows="1")]
    tasks = reading.tasks_of(
        [task("1", "2026-11-01", "2026-11-20"), task("2", "2026-11-02", "2026-11-20"),
         task("3", "2026-10-31", "2026-11-20"), task("4", "2026-11-03", "2026-11-20")],
        [step("s", "1", "YJ", "2026-11-16", "w2")],
    )  # fmt: skip
    found = liaisons.due(terms, {"a": tasks}, [], [], "2026-11", PAY)
    assert [(one.worker, one.basis, one.amount_fen) for one in found] == [
        ("w1", ("1", "2", "4"), 6_000), ("w2", ("1",), 5_000),
    ]  # fmt: skip
    assert [one.worker for one in liaisons.due(terms, {"a": tasks}, [], [], "2026-12", PAY)] == [
        "w2"
    ]


def test_what_raises_an_allowance() -> None:
    def paper(**more: Any) -> dict[str, Any]:
        row = {"worker": "w1", "kind": "SG", "level": "CJ", "issued_on": "2025-01-01"}
        return {**row, "valid_until": None, **more}

    def judged(year: int, result: str = "HG", worker: str = "w1") -> dict[str, Any]:
        return {"worker": worker, "year": year, "result": result}

    for papers, appraisals, why in (
        ([paper()], [], "ZS"),
        ([paper(level="GJ", issued_on="2026-11-01", valid_until="2026-11-01")], [], "ZS"),
        ([paper(level=None)], [], ""),
        ([paper(kind="YL")], [], ""),
        ([paper(worker="w2")], [], ""),
        ([paper(issued_on="2026-11-02")], [], ""),
        ([paper(valid_until="2026-10-31")], [], ""),
        ([], [judged(2025), judged(2024, "YX")], "KH"),
        ([], [judged(2025)], ""),
        ([], [judged(2025), judged(2023)], ""),
        ([], [judged(2026), judged(2025)], ""),
        ([], [judged(2025), judged(2024, "BH")], ""),
        ([], [judged(2025), judged(2024), judged(2024, "BH")], ""),
        ([], [judged(2025), judged(2024, worker="w2")], ""),
    ):
        assert liaisons.uplift("w1", "2026-11", papers, appraisals) == why, (papers, appraisals)


def test_an_appraisal_counts_tasks_needs_and_visits_of_its_year() -> None:
    tasks = reading.tasks_of(
        [task("1", "2025-11-01", "2025-12-31"), task("2", "2025-12-20", "2026-01-05"),
         task("3", "2025-03-01", "2025-03-10"), task("4", "2025-03-01", "2025-03-10", "w2")],
        [step("s1", "1", "WC", "2025-12-31"), step("s3", "3", "WC", "2025-03-11")],
    )  # fmt: skip
    needs = [{"id": id_, "owner": owner} for id_, owner in (("1", "甲"), ("2", "甲"), ("3", "乙"))]
    steps = [
        {"id": f"s{need}", "need": need, "step": code, "done_on": "2025-06-01", "owner": None}
        for need, code in (("1", "QR"), ("2", "MZ"), ("3", "QR"))
    ]
    visits = [("w1", "2025-12-31"), ("w1", "2026-01-01"), ("w2", "2025-05-01")]
    worker = {"id": "w1", "name": "甲"}
    found = liaisons.inputs(worker, "2025", tasks, needs, steps, visits)
    assert found == liaisons.Inputs(tasks=2, on_time=1, needs=1, visits=1)


def test_a_certificate_is_told_thirty_days_before_unless_it_was_renewed() -> None:
    def paper(id_: str, until: str | None, kind: str = "YL", worker: str = "w") -> dict[str, Any]:
        return {"id": id_, "worker": worker, "kind": kind, "valid_until": until}

    papers = [
        paper("1", "2026-11-30"), paper("2", "2026-12-03", "HS"), paper("3", "2026-12-04", "YS"),
        paper("4", "2026-11-10", worker="x"), paper("5", "2027-11-10", worker="x"),
        paper("6", "2026-10-01", worker="y"), paper("7", None, worker="z"),
    ]  # fmt: skip
    random.shuffle(papers)
    found = expiring(papers, "2026-11-03", "2026-12-03")
    assert [row["id"] for row in found] == ["6", "1", "2"]
