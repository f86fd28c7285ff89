"""What follows from what was said of pairs: the same in any order, and never a circle."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from node.care.doubles.links import (
    APART,
    DISTINCT,
    SAME,
    Doubles,
    Statement,
    doubles,
    pair_of,
    statement,
)

VILLAGE, TOWNSHIP, COUNTY = 0, 1, 2
A, B, C, D = "A", "B", "C", "D"


def said(
    number: int,
    one: str,
    two: str,
    word: str = SAME,
    keep: str = "",
    replaces: tuple[int, ...] = (),
) -> Statement:
    if word == SAME and not keep:
        keep = two
    named = tuple(sorted(f"{one:03}" for one in replaces))
    return Statement(f"{number:03}", pair_of(one, two), ("v", "v"), ("", ""), word, keep, named)


def by_township(*statements: Statement) -> Doubles:
    return doubles((one, TOWNSHIP) for one in statements)


def test_a_merged_record_is_found_under_the_one_that_is_kept() -> None:
    known = by_township(said(1, A, B), said(2, B, C))
    assert [known.survivor(one) for one in (A, B, C, D)] == [C, C, C, D]
    assert known.group(A) == known.group(C) == (A, B, C)
    assert known.group(D) == (D,) and not known.contested


def test_undone_is_as_if_nothing_had_been_said() -> None:
    known = by_township(said(1, A, B), said(2, A, B, APART, replaces=(1,)))
    assert (known.survivors, known.groups, known.contested) == ({}, {}, ())


def test_two_people_are_remembered() -> None:
    known = by_township(said(1, A, B, DISTINCT))
    assert known.pairs[A, B].parted and not known.survivors


def test_each_into_the_other_is_one_person_and_a_conflict() -> None:
    known = by_township(said(1, A, B, keep=B), said(2, A, B, keep=A))
    assert known.survivors == {B: A} and known.contested == ((A, B),)
    settled = by_township(
        said(1, A, B, keep=B), said(2, A, B, keep=A), said(3, A, B, keep=B, replaces=(1, 2))
    )
    assert settled.survivors == {A: B} and not settled.contested


def test_into_two_is_one_person_and_a_conflict_until_these_are_merged() -> None:
    known = by_township(said(1, A, B), said(2, A, C))
    assert known.group(A) == (A, B, C) and known.survivor(B) == C
    assert known.contested == ((A, B, C),)
    settled = by_township(said(1, A, B), said(2, A, C), said(3, B, C, keep=B))
    assert settled.survivor(C) == settled.survivor(A) == B and not settled.contested


def test_a_circle_of_three_has_one_survivor_and_is_a_conflict() -> None:
    known = by_township(said(1, A, B), said(2, B, C), said(3, C, A))
    assert known.survivors == {B: A, C: A} and known.contested == ((A, B, C),)


def test_who_is_called_one_and_two_is_not_merged() -> None:
    known = by_township(said(1, A, B), said(2, A, B, DISTINCT))
    assert not known.survivors and known.contested == ((A, B),)


def test_nobody_is_merged_across_two_who_are_held_apart() -> None:
    known = by_township(said(1, A, C), said(2, B, C), said(3, A, B, DISTINCT))
    assert not known.survivors and known.contested == ((A, B, C),)


def test_a_village_proposes_and_changes_nothing() -> None:
    proposal = said(1, A, B)
    known = doubles([(proposal, VILLAGE)])
    assert not known.survivors and known.pairs[A, B].proposed == (proposal,)
    decided = doubles([(proposal, VILLAGE), (said(2, A, B, replaces=(1,)), TOWNSHIP)])
    assert decided.survivors == {A: B} and not decided.pairs[A, B].proposed
    undone = doubles([(said(1, A, B), COUNTY), (said(2, A, B, APART, replaces=(1,)), VILLAGE)])
    assert undone.survivors == {A: B}, "a proposal undoes nothing"
    assert len(undone.pairs[A, B].proposed) == 1


def test_a_township_does_not_overrule_the_county() -> None:
    known = doubles([(said(1, A, B), COUNTY), (said(2, A, B, DISTINCT, replaces=(1,)), TOWNSHIP)])
    assert not known.survivors and known.contested == ((A, B),), "both stand until settled"
    county = doubles([(said(1, A, B), TOWNSHIP), (said(2, A, B, keep=A, replaces=(1,)), COUNTY)])
    assert county.survivors == {B: A} and not county.contested


def test_what_is_no_statement_says_nothing() -> None:
    row = {
        "statement": "1", "person": A, "person_division": "v", "person_seen": None, "other": B,
        "other_division": "v", "other_seen": None, "word": SAME, "keep": B, "replaces": None,
        "note": None,
    }  # fmt: skip
    assert statement(row) is not None
    for wrong in ({"keep": C}, {"keep": None}, {"word": "twin"}, {"other": A}, {"person": C}):
        assert statement({**row, **wrong}) is None
    assert statement({**row, "word": DISTINCT}) is None, "who is kept of two people?"


IDS = st.sampled_from([A, B, C, D, "E"])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Statement, int]]:
    """Statements of several nodes: each answers any that were there before, known to it or not."""
    made: list[tuple[Statement, int]] = []
    for number in range(draw(st.integers(0, 9))):
        one, two = draw(st.lists(IDS, min_size=2, max_size=2, unique=True))
        word = draw(st.sampled_from([SAME, SAME, SAME, DISTINCT, APART]))
        keep = draw(st.sampled_from([one, two])) if word == SAME else ""
        of_pair = [int(s.number) for s, _ in made if s.pair == pair_of(one, two)]
        answers = draw(st.sets(st.sampled_from(of_pair))) if of_pair else set()
        made.append((said(number, one, two, word, keep, tuple(answers)), draw(st.integers(0, 2))))
    return made


@given(histories(), st.integers())
def test_any_order_and_any_repetition_give_the_same(
    weighed: list[tuple[Statement, int]], seed: int
) -> None:
    shuffled = [*weighed, *((one, VILLAGE) for one, _ in weighed), *weighed[:3]]
    random.Random(seed).shuffle(shuffled)
    assert doubles(shuffled) == doubles(weighed)


@given(histories())
def test_who_survives_is_merged_into_nobody(weighed: list[tuple[Statement, int]]) -> None:
    known = doubles(weighed)
    kept = set(known.survivors.values())
    assert not kept & known.survivors.keys(), "a survivor that was merged is a circle"
    assert kept == known.groups.keys()
    for survivor, group in known.groups.items():
        assert survivor in group and list(group) == sorted(set(group))
        assert all(known.survivor(one) == survivor for one in group)


@given(histories())
def test_no_disagreement_is_hidden(weighed: list[tuple[Statement, int]]) -> None:
    """Wherever two words that stand cannot both be right, the records are in a conflict."""
    known = doubles(weighed)
    for pair, spoken in known.pairs.items():
        words = {(one.word, one.keep) for one in spoken.stands}
        if len(words) > 1 and words != {(DISTINCT, ""), (APART, "")}:
            assert known.conflict(pair[0]) and known.conflict(pair[1])
        if spoken.word == SAME and known.survivor(pair[0]) != known.survivor(pair[1]):
            assert set(pair) <= set(known.conflict(pair[0])), "said to be one, and not merged"
        if spoken.parted and known.survivor(pair[0]) == known.survivor(pair[1]):
            raise AssertionError("merged though somebody holds them apart")
        for one in pair if spoken.word == SAME else ():
            if one != spoken.keep and known.survivor(one) == one:
                assert known.conflict(one), "merged away by one word, and kept by another"


@given(histories())
def test_a_proposal_changes_nothing(weighed: list[tuple[Statement, int]]) -> None:
    decided = doubles((one, weight) for one, weight in weighed if weight)
    known = doubles(weighed)
    assert (known.survivors, known.contested) == (decided.survivors, decided.contested)
