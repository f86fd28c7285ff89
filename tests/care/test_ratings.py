"""Which reviews count: the first of each visit and order, and none that was typed in a burst."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from node.care.facts.family import link_of
from node.care.orders.ratings import first_of, repeated
from node.care.pay.bursts import stuffed

MINUTE = 60_000


def review(id_: str, at: int, visit: str | None = None, order: str | None = None) -> dict[str, Any]:
    return {"id": id_, "reviewed_at": at, "visit": visit, "service_order": order, "stars": 5}


reviews = st.lists(
    st.builds(
        review,
        st.sampled_from("abcdefgh"),
        st.integers(0, 3),
        st.sampled_from([None, "v1", "v2"]),
        st.sampled_from([None, "o1", "o2"]),
    ),
    unique_by=lambda one: one["id"],
)


@given(reviews, st.randoms(use_true_random=False))
def test_no_visit_and_no_order_is_reviewed_twice(
    rows: list[dict[str, Any]], chance: random.Random
) -> None:
    first = first_of(rows)
    mixed = [*rows, *rows]
    chance.shuffle(mixed)
    assert first_of(mixed) == first
    counting = {row["id"]: row for row in first.values()}
    for name in ("visit", "service_order"):
        subjects = [row[name] for row in counting.values() if row[name]]
        assert len(set(subjects)) == len(subjects)
    assert repeated(rows) == {row["id"] for row in rows} - counting.keys()


def test_the_first_counts_whatever_came_first() -> None:
    early, late = review("z", 1, "v1", "o1"), review("a", 2, None, "o1")
    assert repeated([late, early]) == {"a"}


@given(
    st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 40)), max_size=12),
    st.integers(0, 4),
    st.integers(1, 10),
)
def test_a_burst_is_more_than_so_many_within_so_many_minutes(
    typed: list[tuple[str, int]], most: int, minutes: int
) -> None:
    rows = [(str(place), box, at * MINUTE) for place, (box, at) in enumerate(typed)]
    expected = set()
    for _, box, start in rows:
        near = [
            id_ for id_, other, at in rows if other == box and 0 <= at - start <= minutes * MINUTE
        ]
        if most and len(near) > most:
            expected |= set(near)
    assert stuffed(reversed(rows), most, minutes) == expected


def test_a_link_holds_between_its_days_and_for_its_rights() -> None:
    link = {"id": "l", "person": "p", "relative": "王", "rights": "ask,rate",
            "since": "2026-01-01", "until": "2026-06-30"}  # fmt: skip
    open_ = {**link, "id": "m", "rights": "pay", "until": None}
    links: list[dict[str, Any]] = [open_, link]

    def found(right: str, on: str, relative: str = "王", person: str = "p") -> Any:
        row = link_of(links, person, relative, right, on)
        return row and row["id"]

    assert found("ask", "2026-01-01") == found("rate", "2026-06-30") == "l"
    assert found("ask", "2026-07-01") is found("ask", "2025-12-31") is None
    assert found("pay", "2099-01-01") == "m"
    assert found("ask", "2026-02-01", "李") is found("ask", "2026-02-01", person="q") is None
