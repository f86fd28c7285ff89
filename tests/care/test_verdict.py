"""What the reviews of a visit amount to, whatever the order in which they arrive."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from node.care.verdict import (
    ACCEPTED,
    DISPUTED,
    RETURNED,
    Verdict,
    compute_review,
    seen,
    verdict_of,
)
from node.care.visits import corrected
from node.schema import AMENDMENT


def review(id_: str, outcome: str = ACCEPTED, **more: Any) -> dict[str, Any]:
    return {
        "id": id_, "outcome": outcome, "seen": None, "reason": None, "waived": None,
        "replaces": None, **more,
    }  # fmt: skip


def found(*rows: dict[str, Any]) -> Verdict:
    return Verdict.read(compute_review(rows))


def test_nobody_has_looked() -> None:
    assert compute_review([]) is None
    assert verdict_of({"review": None}) == Verdict()


def test_a_later_review_takes_the_place_of_an_earlier() -> None:
    first = review("A", RETURNED, reason="R01")
    assert found(first) == Verdict(RETURNED, reason="R01")
    assert found(first, review("B", replaces="A")) == Verdict(ACCEPTED)
    assert found(review("B", replaces="A")) == Verdict(ACCEPTED), "also before what it replaces"


def test_two_that_differ_are_a_dispute_until_somebody_looks_again() -> None:
    pair = [review("A"), review("B", RETURNED, reason="R02")]
    assert found(*pair).outcome == DISPUTED
    assert found(*pair, review("C", replaces="A B")).outcome == ACCEPTED
    assert found(review("A"), review("B")).outcome == ACCEPTED, "they say the same"
    waived = review("B", waived="cap_exceeded")
    assert found(review("A"), waived).outcome == DISPUTED, "they pay different things"
    visit = {"review": None, AMENDMENT: "x"}
    about = [{**one, "seen": seen(visit)} for one in pair]
    assert found(*about).seen == seen(visit), "a corrected visit is in dispute, too"


def test_what_makes_no_sense_accepts_nothing() -> None:
    assert found(review("A", "perhaps")).outcome == DISPUTED
    circle = [review("A", replaces="B"), review("B", replaces="A")]
    assert found(*circle).outcome == DISPUTED
    assert found(review("A", replaces="A")).outcome == ACCEPTED
    assert Verdict.read("accepted") == Verdict.read("a:b") == Verdict()


def test_a_visit_that_was_amended_since_is_to_be_looked_at_again() -> None:
    visit = {"review": compute_review([review("A")]), AMENDMENT: None}
    assert verdict_of(visit).outcome == ACCEPTED
    later = {**visit, AMENDMENT: '{"correct": {"minutes": 600}}'}
    assert verdict_of(later) == Verdict()
    again = {**later, "review": compute_review([review("B", seen=seen(later), replaces="A")])}
    assert verdict_of(again).outcome == ACCEPTED


def test_no_correction_says_what_the_township_found() -> None:
    """A village could otherwise accept its own visits by correcting what is derived."""
    visit = {"id": "V", "review": None, AMENDMENT: '{"correct": {"review": "accepted:::"}}'}
    assert corrected(visit)["review"] is None
    assert verdict_of(corrected(visit)) == Verdict()


names = st.sampled_from("ABCDE")
rows = st.lists(
    st.builds(
        review,
        names,
        st.sampled_from([ACCEPTED, RETURNED, "perhaps"]),
        reason=st.sampled_from([None, "R01", "R02"]),
        waived=st.sampled_from([None, "", "late", "cap_exceeded,late"]),
        replaces=st.one_of(st.none(), st.lists(names, max_size=3).map(" ".join)),
    ),
    max_size=5,
    unique_by=lambda row: row["id"],
)


@given(rows)
def test_the_order_of_arrival_plays_no_part(given_rows: list[dict[str, Any]]) -> None:
    texts = {compute_review(order) for order in itertools.permutations(given_rows)}
    assert len(texts) == 1
    text = texts.pop()
    assert text is None or str(Verdict.read(text)) == text


@given(rows)
def test_an_acceptance_needs_somebody_who_accepts(given_rows: list[dict[str, Any]]) -> None:
    if found(*given_rows).outcome == ACCEPTED:
        assert any(row["outcome"] == ACCEPTED for row in given_rows)
        replaced = {name for row in given_rows for name in (row["replaces"] or "").split()}
        left = [r for r in given_rows if r["id"] not in replaced or r["replaces"] == r["id"]]
        assert not any(row["outcome"] == RETURNED and row in left for row in given_rows)
