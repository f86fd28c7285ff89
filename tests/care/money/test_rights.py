"""Rights to spend: each condition, each refusal as a sentence, and any amounts in any order."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care import rights
from node.care.money import FEN_MAX
from node.care.rights import (
    DONE,
    GIVEN_BACK,
    GRANT,
    REBUILT,
    RESERVED,
    RESTORED,
    RETURN,
    RUNNING,
    SEAL,
    SETTLEMENT,
    WAITS,
    Act,
    Book,
    Booked,
    Box,
    Claim,
    County,
    Lineage,
    Refusal,
)
from node.language import CHINESE, said

BOOK = Book("meals", 2026)
A = Lineage("aaaaaaaaaaaa", 1)
B = Lineage("bbbbbbbbbbbb", 1)


def done(after: object) -> County:
    assert isinstance(after, County), after
    return after


def refused(after: object) -> Refusal:
    assert isinstance(after, Refusal), "this should have been refused"
    assert after.reason.endswith((".", "!")) and " " in after.reason
    chinese = said(after.reason, CHINESE)
    assert chinese.endswith("。") and "want" not in chinese
    return after


def claim(id_: str, fen: int, lineage: Lineage = A, kind: str = RESERVED, number: int = 1) -> Claim:
    return Claim(id_, BOOK, lineage, number, kind, fen)


def county(budget: int = 1000, a: int = 0, b: int = 0) -> County:
    book = County(BOOK, budget)
    for lineage, fen in ((A, a), (B, b)):
        if fen:
            book = done(rights.grant(book, f"grant-{lineage.author}", lineage, fen))
    return book


# --- each condition ------------------------------------------------------------------------------


def test_a_claim_is_settled_up_to_what_was_granted_and_not_a_fen_above() -> None:
    book = county(a=100)
    book = done(rights.settle(book, claim("1", 60)))
    assert "40.00" not in refused(rights.settle(book, claim("2", 41))).reason
    assert "0.40 yuan are left" in refused(rights.settle(book, claim("2", 41))).reason
    book = done(rights.settle(book, claim("2", 40)))
    refused(rights.settle(book, claim("3", 1)))
    assert book.settled_fen == 100


def test_grants_stay_within_the_budget_and_what_is_taken_back_can_be_granted_again() -> None:
    book = county(budget=100, a=100)
    assert "0.00 are not granted yet" in refused(rights.grant(book, "g", B, 1)).reason
    book = done(rights.accept_return(book, claim("r", 30, kind=GIVEN_BACK)))
    assert book.outstanding_fen == 70
    book = done(rights.grant(book, "g", B, 30))
    refused(rights.grant(book, "h", B, 1))
    refused(rights.settle(book, claim("1", 71)))
    done(rights.settle(book, claim("1", 70)))


def test_what_was_settled_cannot_be_given_back() -> None:
    book = done(rights.settle(county(a=100), claim("1", 80)))
    refused(rights.accept_return(book, claim("r", 21, kind=GIVEN_BACK)))
    done(rights.accept_return(book, claim("r", 20, kind=GIVEN_BACK)))


def test_a_settlement_that_is_tried_again_pays_once() -> None:
    book = done(rights.settle(county(a=100), claim("1", 40)))
    again = refused(rights.settle(book, claim("1", 40)))
    assert again.meaning == DONE
    assert refused(rights.settle(book, claim("1", 41))).meaning != DONE
    other = done(rights.grant(book, "g", B, 100))
    refused(rights.settle(other, claim("1", 40, lineage=B)))._asdict()
    refused(rights.accept_return(book, claim("1", 40, kind=GIVEN_BACK)))
    assert refused(rights.grant(book, "grant-aaaaaaaaaaaa", B, 1)).meaning == DONE


@pytest.mark.parametrize("fen", [0, -1, -FEN_MAX, FEN_MAX + 1, 2**64, True, 1.5])
def test_what_is_no_amount_is_refused_everywhere(fen: int) -> None:
    book = county(budget=FEN_MAX, a=10)
    box = Box(BOOK, A, frozenset({Booked("g", FEN_MAX)}))
    for after in (
        rights.grant(book, "g", A, fen),
        rights.settle(book, claim("1", fen)),
        rights.accept_return(book, claim("1", fen, kind=GIVEN_BACK)),
        rights.reserve(box, "1", 1, fen),
        rights.request_return(box, "1", 1, fen),
    ):
        assert "is no amount" in refused(after).reason


def test_the_widest_amount_is_an_amount() -> None:
    book = county(budget=FEN_MAX, a=FEN_MAX)
    refused(rights.grant(book, "g", B, 1))
    book = done(rights.settle(book, claim("1", FEN_MAX)))
    refused(rights.settle(book, claim("2", 1)))


def test_a_frozen_author_waits_until_the_county_has_looked() -> None:
    book, frozen = county(a=100), {A.author}
    for after in (
        rights.grant(book, "g", A, 1, frozen),
        rights.settle(book, claim("1", 1), frozen),
        rights.accept_return(book, claim("1", 1, kind=GIVEN_BACK), frozen),
    ):
        told = refused(after)
        assert told.meaning == WAITS and "until the county has looked" in told.reason
    done(rights.grant(book, "g", B, 1, frozen))
    done(rights.settle(book, claim("1", 1), ()))


def test_a_sealed_box_is_granted_nothing_and_its_later_claims_are_refused() -> None:
    book = done(rights.seal(county(a=100), A, 5))
    assert book.outstanding_fen == 100, "a seal frees nothing"
    refused(rights.grant(book, "g", A, 1))
    done(rights.settle(book, claim("1", 1, number=5)))
    assert "is its change 6" in refused(rights.settle(book, claim("1", 1, number=6))).reason
    done(rights.accept_return(book, claim("1", 100, number=5, kind=GIVEN_BACK)))
    assert refused(rights.seal(book, A, 9)).meaning == DONE


def test_a_claim_on_another_book_or_of_another_kind_is_refused() -> None:
    book = county(a=100)
    refused(rights.settle(book, claim("1", 1)._replace(book=Book("meals", 2025))))
    refused(rights.settle(book, claim("1", 1, kind=GIVEN_BACK)))
    refused(rights.accept_return(book, claim("1", 1)))


def test_another_boot_of_the_same_box_has_no_rights_of_its_own() -> None:
    book = county(a=100)
    refused(rights.settle(book, claim("1", 1, lineage=Lineage(A.author, 2))))


# --- at the box ----------------------------------------------------------------------------------


def test_a_box_reserves_what_it_was_granted_and_has_not_promised_otherwise() -> None:
    box = Box(BOOK, A)
    told = refused(rights.reserve(box, "1", 1, 1))
    assert told.meaning == WAITS and "granted nothing to this box" in told.reason
    box = rights.learn(rights.learn(box, [Booked("g", 100)]), [Booked("g", 100)])
    assert box.left_fen == 100
    for id_, function, fen in (("1", rights.reserve, 60), ("2", rights.request_return, 30)):
        after = function(box, id_, 1, fen)
        assert isinstance(after, Box)
        assert refused(function(after, id_, 1, fen)).meaning == DONE
        box = after
    assert "0.10 yuan are left here" in refused(rights.reserve(box, "3", 1, 11)).reason
    assert isinstance(rights.reserve(box, "3", 1, 10), Box)


@given(st.permutations([("g", 5), ("h", 7), ("g", 5), ("i", 1)]))
def test_grants_are_learned_in_any_order(grants: Sequence[tuple[str, int]]) -> None:
    box = Box(BOOK, A)
    for one in grants:
        box = rights.learn(box, [Booked(*one)])
    assert box.left_fen == 13


# --- a book from a backup ------------------------------------------------------------------------


def test_a_restored_county_moves_nothing_until_its_book_was_rebuilt() -> None:
    now = done(rights.settle(county(budget=200, a=100), claim("1", 100)))
    old = rights.restored(county(budget=200, a=100))
    assert old.phase == RESTORED
    for after in (
        rights.grant(old, "g", B, 1),
        rights.settle(old, claim("2", 1)),
        rights.accept_return(old, claim("2", 1, kind=GIVEN_BACK)),
        rights.resumed(old),
    ):
        assert refused(after).meaning == WAITS
    paid = [Act(SETTLEMENT, "1", A, 100)]
    new = rights.rebuilt(old, [], paid)
    assert new.phase == REBUILT
    assert refused(rights.settle(new, claim("2", 1))).meaning == WAITS
    new = done(rights.resumed(new))
    assert new == now
    refused(rights.settle(new, claim("2", 1)))
    assert refused(rights.settle(new, claim("1", 100))).meaning == DONE
    assert rights.rebuilt(new, [Act(GRANT, "x", B, 5)], []) == new, "a running book is left alone"
    assert refused(rights.resumed(new)).meaning == DONE


def test_what_was_paid_had_been_granted() -> None:
    new = rights.rebuilt(rights.restored(County(BOOK, 200)), [], [Act(SETTLEMENT, "1", A, 70)])
    assert (new.account(A).granted_fen, new.account(A).settled_fen) == (70, 70)
    new = done(rights.resumed(new))
    refused(rights.grant(new, "g", B, 131))
    done(rights.grant(new, "g", B, 130))


def test_a_book_with_more_granted_than_there_is_takes_back_first() -> None:
    below = [Act(GRANT, "g", A, 100), Act(GRANT, "h", B, 100)]
    new = rights.rebuilt(rights.restored(County(BOOK, 100)), below, [])
    told = refused(rights.resumed(new))
    assert told.meaning == WAITS and "1.00 yuan more" in told.reason
    new = done(rights.accept_return(new, claim("r", 100, kind=GIVEN_BACK)))
    new = done(rights.resumed(new))
    refused(rights.settle(new, claim("1", 1)))
    done(rights.settle(new, claim("1", 100, lineage=B)))


def test_one_settlement_in_book_and_channel_counts_once_with_what_was_paid() -> None:
    old = done(rights.settle(county(a=100), claim("1", 40)))
    new = rights.rebuilt(rights.restored(old), [], [Act(SETTLEMENT, "1", A, 40)])
    assert done(rights.resumed(new)) == old


# --- any amounts, any order ----------------------------------------------------------------------

ACTS = [
    Act(GRANT, "g1", A, 100), Act(GRANT, "g2", A, 50), Act(GRANT, "g3", B, 10),
    Act(SETTLEMENT, "1", A, 70), Act(SETTLEMENT, "2", B, 10), Act(RETURN, "r", A, 20),
    Act(SEAL, "s", A, 9), Act(SEAL, "t", A, 7),
]  # fmt: skip


@given(st.permutations(ACTS + ACTS[:4]))
def test_a_book_is_the_same_whatever_the_order_of_its_acts(acts: Sequence[Act]) -> None:
    book = rights.assembled(BOOK, 200, acts)
    assert book == rights.assembled(BOOK, 200, ACTS)
    account = book.account(A)
    assert (account.granted_fen, account.settled_fen, account.returned_fen) == (150, 70, 20)
    assert account.sealed_after == 7
    assert book.phase == RUNNING


FEN = st.one_of(
    st.sampled_from([-FEN_MAX, -1, 0, 1, 2, FEN_MAX - 1, FEN_MAX, FEN_MAX + 1]),
    st.integers(-3, 300),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["grant", "settle", "return", "seal", "restore"]),
        st.sampled_from([A, B, Lineage(A.author, 2)]),
        st.integers(0, 12),
        FEN,
    ),
    max_size=40,
)


@given(STEPS, st.sampled_from([0, 1, 100, 500, FEN_MAX]), st.randoms(use_true_random=False))
def test_whatever_is_asked_the_two_conditions_hold(
    steps: Sequence[tuple[str, Lineage, int, int]], budget: int, chance: random.Random
) -> None:
    book = kept = County(BOOK, budget)
    paid: dict[str, Act] = {}
    for place, (verb, lineage, number, fen) in enumerate(steps):
        after: County | Refusal = book
        if verb == "grant":
            after = rights.grant(book, f"g{number}", lineage, fen)
        elif verb == "settle":
            one = claim(f"c{number}", fen, lineage, number=number)
            after = rights.settle(book, one)
            if isinstance(after, County):
                assert one.id not in paid, "one id is paid once"
                paid[one.id] = Act(SETTLEMENT, one.id, lineage, fen)
        elif verb == "return":
            after = rights.accept_return(book, claim(f"c{number}", fen, lineage, GIVEN_BACK))
        elif verb == "seal":
            after = rights.seal(book, lineage, number)
        elif chance.random() < 0.5:
            kept = book
        else:
            after = rights.resumed(rights.rebuilt(rights.restored(kept), [], paid.values()))
        book = after if isinstance(after, County) else book
        assert all(one.used_fen <= one.granted_fen for one in book.accounts), place
        assert book.outstanding_fen <= budget
        assert sum(one.fen for one in paid.values()) == book.settled_fen <= budget
