"""One benefit from a hint to its end, the lists of a month, and who was overlooked."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.benefits import reports
from node.care.benefits.facts import Assessment, Held, Person
from node.care.benefits.finding import (
    DOUBLE,
    LACKING,
    TO_MEND,
    TO_STOP,
    WRONG_AMOUNT,
    Benefit,
    Gap,
    gaps,
)
from node.care.benefits.life import (
    APPLIED,
    APPROVED,
    CHANGE,
    CLOSED,
    HIT,
    INELIGIBLE,
    PAYING,
    PUBLISHED,
    RECOVERY,
    REFUSED,
    REVIEWED,
    STOPPED,
    TIERS,
    TOLD,
    VERIFIED,
    Act,
    Life,
    differences,
    life,
    unclaimed_fen,
)
from node.care.benefits.months import span
from node.language import CHINESE, said
from tests.care.money.numbers import AGE, parameters, person

SEEDS = parameters()


def act(at: int, kind: str, month: str = "", fen: int = 0, reason: str = "", **more: str) -> Act:
    tier = more.get("tier", "county")
    return Act(at, f"{at}{kind}", kind, tier, month, more.get("until", ""), fen, reason)


APPLYING = [
    act(1, HIT, tier="village"), act(2, TOLD, tier="village"), act(3, APPLIED, tier="village"),
    act(4, VERIFIED, tier="village"), act(5, REVIEWED, tier="township"),
]  # fmt: skip
WHOLE = [
    *APPLYING,
    act(6, APPROVED, "2026-01", 50_00), act(7, PUBLISHED),
    act(8, CHANGE, "2026-06", 100_00, "S06"),
    act(9, STOPPED, "2026-09", reason="S01"),
    act(10, RECOVERY, "2026-09", 200_00, until="2026-10"),
]  # fmt: skip


def reasons(acts: Sequence[Act]) -> list[str]:
    found = life(acts)
    for _, reason in found.listed:
        assert said(reason, CHINESE).endswith("。"), reason
    return [reason for _, reason in found.listed]


# --- the life of a benefit -----------------------------------------------------------------------


def test_a_benefit_goes_from_a_hint_to_its_end() -> None:
    kinds = [life(WHOLE[:count]).status("2026-03") for count in range(len(WHOLE) + 1)]
    assert kinds == ["", HIT, TOLD, APPLIED, VERIFIED, REVIEWED, *[PAYING] * 5]
    one = life(WHOLE)
    assert one.listed == ()
    assert [one.due_fen(m) for m in ("2025-12", "2026-01", "2026-05", "2026-06", "2026-08")] == [
        0, 50_00, 50_00, 100_00, 100_00,
    ]  # fmt: skip
    assert one.due_fen("2026-09") == 0 and one.status("2026-09") == STOPPED
    assert [a.fen for a in one.claimed] == [200_00]


@given(st.permutations(WHOLE), st.integers(0, len(WHOLE)))
def test_the_order_in_which_acts_come_plays_no_part(acts: Sequence[Act], some: int) -> None:
    assert life([*acts, *acts[:some]]) == life(WHOLE)


@given(
    st.lists(
        st.builds(
            Act,
            st.integers(0, 5), st.sampled_from("abcdefgh"), st.sampled_from([*TIERS, "unheard"]),
            st.sampled_from(["village", "township", "county", ""]),
            st.sampled_from(["", "2026-01", "2026-05", "2026-13", "二〇二六"]),
            st.sampled_from(["", "2026-05", "2026-06"]),
            st.sampled_from([-1, 0, 1, 50_00, 2**63 - 1, 2**63]),
            st.sampled_from(["", "S01", "S07", "no"]),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_acts_in_any_order_amount_to_the_same(acts: list[Act], chance: random.Random) -> None:
    first = life(acts)
    chance.shuffle(acts)
    assert life([*acts, *acts[:3]]) == first
    assert len(first.acts) + len(first.listed) == len({one.id for one in acts})
    assert all(one.tier == "county" for one in first.acts if one.kind in (APPROVED, STOPPED))
    months = [step.month for step in first.steps]
    assert months == sorted(set(months))
    assert all(0 <= first.due_fen(month) < 2**63 for month in span("2025-12", "2026-08"))


@pytest.mark.parametrize("tier", ["village", "township", "province", ""])
@pytest.mark.parametrize("kind", [APPROVED, CHANGE, STOPPED, RECOVERY, INELIGIBLE, CLOSED])
def test_the_county_alone_moves_money(kind: str, tier: str) -> None:
    acts = [act(1, APPROVED, "2026-01", 50_00)]
    other = act(2, kind, "2026-03", 10_00, "S01", until="2026-04", tier=tier)
    assert life([*acts, other]).due_fen("2026-03") == 50_00
    assert len(reasons([*acts, other])) == 1


def test_what_lacks_its_month_amount_or_reason_does_not_count() -> None:
    paying = act(1, APPROVED, "2026-01", 50_00)
    for wrong, told in (
        (act(2, CHANGE, "2026-02", 0), "0 fen is no amount"),
        (act(2, CHANGE, "2026-02", 2**63), "is no amount"),
        (act(2, CHANGE, "2026-2", 1), "is no month"),
        (act(2, STOPPED, "2026-02", reason="because"), "needs a reason of the list"),
        (act(2, RECOVERY, "2026-02", 5, until="2026-01"), "no month after 2026-02"),
        (act(2, REFUSED), "without a reason"),
        (act(2, "sold"), "not known here"),
        (act(2, CHANGE, "2025-12", 5), "Nothing is paid in 2025-12"),
    ):
        (reason,) = reasons([paying, wrong])
        assert told in reason
        assert life([paying, wrong]).steps == life([paying]).steps


def test_a_stop_that_is_known_late_overrides_a_change_that_was_planned() -> None:
    acts = [
        act(1, APPROVED, "2026-01", 50_00), act(2, CHANGE, "2026-06", 100_00),
        act(3, STOPPED, "2026-05", reason="S01"),
    ]  # fmt: skip
    for some in itertools.permutations(acts):
        assert [life(some).due_fen(m) for m in ("2026-04", "2026-05", "2026-06")] == [50_00, 0, 0]


def test_what_was_stopped_begins_again_by_an_approval_and_not_by_a_change() -> None:
    acts = [act(1, APPROVED, "2026-01", 50_00), act(2, STOPPED, "2026-03", reason="S02")]
    change = act(3, CHANGE, "2026-06", 100_00)
    assert "only an approval" in reasons([*acts, change])[0]
    assert life([*acts, act(3, APPROVED, "2026-06", 100_00)]).due_fen("2026-06") == 100_00


# --- what was paid too long ----------------------------------------------------------------------


def test_a_death_that_is_known_late_is_claimed_back_in_one_segment() -> None:
    acts = [act(1, APPROVED, "2026-01", 50_00), act(2, STOPPED, "2026-05", reason="S01")]
    paid = dict.fromkeys(span("2026-01", "2026-07"), 50_00)
    (segment,) = differences(life(acts), paid)
    assert (segment.first, segment.last, segment.total_fen) == ("2026-05", "2026-07", 150_00)
    assert said(segment.reason, CHINESE) == "2026-05至2026-07每月多发 50.00 元：应追缴 150.00 元。"
    assert unclaimed_fen(life(acts), paid) == 150_00
    acts.append(act(3, RECOVERY, "2026-05", 150_00, until="2026-07"))
    assert unclaimed_fen(life(acts), paid) == 0


def test_what_was_not_paid_is_owed_in_segments_of_their_own() -> None:
    acts = [act(1, APPROVED, "2026-01", 50_00), act(2, CHANGE, "2026-03", 100_00)]
    paid = {"2026-01": 50_00, "2026-02": 0, "2026-03": 50_00, "2026-04": 50_00, "2026-05": 150_00}
    found = [(one.first, one.last, one.fen) for one in differences(life(acts), paid)]
    assert found == [("2026-02", "2026-04", -50_00), ("2026-05", "2026-05", 50_00)]
    assert all(said(one.reason, CHINESE).endswith("。") for one in differences(life(acts), paid))


# --- the lists of a month ------------------------------------------------------------------------


def test_the_lists_of_a_month() -> None:
    lives = {
        "a": life([act(1, APPROVED, "2026-05", 50_00)]),
        "b": life([act(1, APPROVED, "2026-01", 50_00), act(2, CHANGE, "2026-05", 100_00)]),
        "c": life([act(1, APPROVED, "2026-01", 9), act(2, STOPPED, "2026-05", reason="S01")]),
        "d": life([act(1, APPROVED, "2026-01", 7)]),
        "e": life(APPLYING),
    }
    assert reports.due(lives, "2026-05") == (("a", 50_00, ""), ("b", 100_00, ""), ("d", 7, ""))
    assert reports.added(lives, "2026-05") == (("a", 50_00, ""), ("b", 100_00, "S06"))
    assert reports.stopped(lives, "2026-05") == (("b", 50_00, "S06"), ("c", 9, "S01"))
    assert reports.added(lives, "2026-06") == reports.stopped(lives, "2026-06") == ()
    turned = dict(reversed(lives.items()))
    assert reports.due(turned, "2026-05") == reports.due(lives, "2026-05")


def test_who_comes_of_age_in_a_month() -> None:
    people = [
        replace(person(born), id=born)
        for born in ("1946-05-01", "1936-05-31", "1926-05-15", "1936-04-30", "1936-06-01", "")
    ]
    gone = replace(person("1946-05-02", closings=(Held("deceased", "2026-05-01"),)), id="x")
    wanted = {(80, "1946-05-01"), (90, "1936-05-31"), (100, "1926-05-15")}
    for some in ([*people, gone], [gone, *people[::-1]], [*people, *people]):
        found = reports.coming_of_age(some, "2026-05", AGE)
        assert {(one.age, one.born) for one in found} == wanted and len(found) == 3


# --- who was overlooked --------------------------------------------------------------------------


def found(one: Person, *lives: Life, month: str = "2026-05") -> list[tuple[str, str]]:
    mine = [Benefit(f"b{place}", "age_allowance", each) for place, each in enumerate(lives)]
    told = gaps(one, mine, month, SEEDS)
    assert told == gaps(one, mine[::-1], month, SEEDS)
    for gap in told:
        chinese = said(gap.reason, CHINESE)
        assert chinese.endswith("。") and chinese.count("。") == 1, "one sentence"
        assert not re.search("[a-z]", re.sub(r"\bb\d", "", chinese, flags=re.ASCII)), chinese
    return [(gap.kind, gap.benefit) for gap in told]


OLD = person("1940-01-01")
PAID = [act(6, APPROVED, "2026-01", 50_00)]


def test_who_should_have_a_benefit_and_has_none_is_found_with_the_reason() -> None:
    (gap,) = gaps(OLD, [], "2026-05", SEEDS)
    assert gap == Gap(LACKING, "p1", "age_allowance", "", 50_00, gap.reason)
    assert said(gap.reason, CHINESE) == (
        "应享未享高龄津贴：2026-04末满 86 周岁：每月高龄津贴 50.00 元。"
    )
    assert found(OLD, life(PAID)) == []


@pytest.mark.parametrize("kind", [HIT, TOLD, VERIFIED, REVIEWED, PUBLISHED, CLOSED])
def test_nothing_else_closes_a_gap(kind: str) -> None:
    assert found(OLD, life([act(1, HIT), act(2, kind, "2026-04", 1, "S09")])) == [(LACKING, "")]


@pytest.mark.parametrize("kind", [APPLIED, REFUSED, INELIGIBLE])
def test_an_application_a_refusal_and_a_ruling_close_a_gap(kind: str) -> None:
    closing = act(2, kind, reason="has a pension")
    assert found(OLD, life([act(1, HIT), closing])) == []
    again = found(OLD, life([act(1, HIT), closing, act(3, HIT)]))
    assert again == ([] if kind == APPLIED else [(LACKING, "")])
    bare = found(OLD, life([act(1, HIT), act(2, kind)]))
    assert bare == ([] if kind == APPLIED else [(LACKING, "")]), "a reason is needed"
    village = act(2, INELIGIBLE, reason="has a pension", tier="village")
    assert found(OLD, life([village])) == [(LACKING, "")]


def test_a_stop_opens_the_gap_again_unless_it_was_given_up() -> None:
    for code, open_ in (("S02", [(LACKING, "")]), ("S07", [])):
        stopped = [*APPLYING, *PAID, act(7, STOPPED, "2026-05", reason=code)]
        assert found(OLD, life(stopped)) == open_
        assert found(OLD, life([*stopped, act(8, APPLIED)])) == []


def test_who_died_and_is_paid_is_found_until_the_county_stops_it() -> None:
    gone = replace(OLD, closings=(Held("deceased", "2026-04-20"),))
    assert found(gone, life(PAID), month="2026-04") == []
    assert found(gone, life(PAID)) == [(TO_STOP, "b0")]
    (gap,) = gaps(gone, [Benefit("b", "age_allowance", life(PAID))], "2026-05", SEEDS)
    assert said(gap.reason, CHINESE) == "应停未停高龄津贴：2026-04-20 去世：2026-04之后停发。"
    proposal = act(7, STOPPED, "2026-05", reason="S01", tier="township")
    assert found(gone, life([*PAID, proposal])) == [(TO_STOP, "b0")]
    assert found(gone, life([*PAID, proposal._replace(tier="county")])) == []


def test_another_amount_and_a_benefit_had_twice_are_found() -> None:
    turned = replace(OLD, birth_date="1936-04-15")
    assert found(turned, life(PAID)) == [(WRONG_AMOUNT, "b0")]
    assert found(turned, life([*PAID, act(7, CHANGE, "2026-05", 100_00)])) == []
    later = [one._replace(at=9, id="9") for one in PAID]
    assert found(OLD, life(PAID), life(later)) == [(DOUBLE, "b1")]
    assert found(OLD, life(later), life(PAID)) == [(DOUBLE, "b0")]


def test_what_cannot_be_right_in_the_register_is_found() -> None:
    both = person(groups=(Held("TKF"), Held("TKJ")), care_grades=(Held("ZL"),))
    assert (TO_MEND, "") in found(both, life(PAID))


def test_of_two_that_exclude_each_other_the_lesser_is_to_stop() -> None:
    by = parameters(age_allowance=replace(
        SEEDS.age_allowance,
        entries=(replace(SEEDS.age_allowance.entries[0],
                         value=replace(AGE, excludes=("frailty_allowance",))),),
    ))  # fmt: skip
    one = replace(OLD, assessments=(Assessment("2026-01-01", "4"),))
    told = gaps(one, [Benefit("b", "age_allowance", life(PAID))], "2026-05", by)
    assert [(gap.kind, gap.code) for gap in told] == [
        (TO_STOP, "age_allowance"), (LACKING, "frailty_allowance"),
    ]  # fmt: skip
