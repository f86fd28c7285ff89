"""A value that does not fit is refused with the field, the value and the remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care import fields
from node.errors import UsageError


@pytest.mark.parametrize(
    ("number", "birth_date", "male"),
    [
        ("140430193805120128", "1938-05-12", False),
        ("431202195203070218", "1952-03-07", True),
        ("130732193301010029", "1933-01-01", False),
        ("350583194808150332", "1948-08-15", True),
    ],
)
def test_id_numbers_of_elders_are_accepted(number: str, birth_date: str, male: bool) -> None:
    assert fields.id_number("id_number", f" {number[:6]} {number[6:]} ") == number
    assert fields.id_birth_date(number) == birth_date
    assert fields.id_is_male(number) is male


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("42032319430229011X", "names a day that does not exist"),
        ("140430193805120129", "one of the 18 is mistyped"),
        ("1.40430193805E+17", "rounded by a spreadsheet"),
        ("140430380512012", "has 15 characters"),
        ("14043019380512012", "has 17 characters"),
        ("14043O193805120128", "not the form"),
        ("", "has 0 characters"),
        ("１４０４３０１９３８０５１２０１２９", "mistyped"),
    ],
)
def test_other_id_numbers_are_refused(number: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        fields.id_number("id_number", number)


def test_id_numbers_are_tidied() -> None:
    assert (
        fields.id_number("id_number", "１４０４３０１９３８０５１２０１２８")
        == "140430193805120128"
    )
    with_x = next(
        seventeen + "X"
        for seventeen in (f"4203231943022{n:04}" for n in range(10_000))
        if fields.id_check_digit(seventeen) == "X"
    )
    assert fields.id_number("id_number", with_x.lower()) == with_x


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, step: int) -> None:
    number = "140430193805120128"
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    with pytest.raises(UsageError):
        fields.id_number("id_number", wrong)


def test_masks() -> None:
    assert fields.masked_id("140430193805120128") == "140430********0128"
    assert fields.masked_id(None) == ""
    assert fields.masked_id("123") == "***"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "13812345678"),
        (" 138 1234-5678 ", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("0313-6312345", "0313-6312345"),
        ("03136312345", "03136312345"),
    ],
)
def test_phones(typed: str, kept: str) -> None:
    assert fields.phone("phone", typed) == kept


@pytest.mark.parametrize("typed", ["12812345678", "1381234567", "6312345", "电话", "138123456789"])
def test_other_phones_are_refused(typed: str) -> None:
    with pytest.raises(UsageError, match=r"phone '.*' is not a phone number\. Write 11 digits"):
        fields.phone("phone", typed)


@pytest.mark.parametrize("typed", ["1938-05-12", "1938/5/12", "1938.5.12", "1938年5月12日"])
def test_dates(typed: str) -> None:
    assert fields.date("birth_date", typed) == "1938-05-12"


@pytest.mark.parametrize(
    "typed",
    ["1943-02-29", "1938-13-01", "0000-01-01", "1538-05-12", "12.5.1938", "today", 19380512],
)
def test_other_dates_are_refused(typed: object) -> None:
    with pytest.raises(UsageError, match="birth_date"):
        fields.date("birth_date", typed)


def test_numbers() -> None:
    minutes = fields.whole_number(1, 720, "minutes")
    assert minutes("minutes", 60) == minutes("minutes", " ６０ ") == 60
    for wrong in (0, 721, -1, 1.5, "1.5", True, "sixty", "9" * 30, None):
        with pytest.raises(UsageError, match="minutes"):
            minutes("minutes", wrong)


def test_moments() -> None:
    assert fields.moment_ms("started_at", fields.MOMENT_MS_MIN) == fields.MOMENT_MS_MIN
    for wrong, told in ((1_795_233_600, "1970-01-22"), (253_000_000_000_000, "9987-")):
        with pytest.raises(UsageError, match=f"{told}.* between the years 2000 and 2100"):
            fields.moment_ms("started_at", wrong)
    for wrong in (-5, 1 << 61, 1 << 63):
        with pytest.raises(UsageError, match="started_at"):
            fields.moment_ms("started_at", wrong)


def test_text() -> None:
    note = fields.text(10, lines=True)
    assert note("note", "  一\n二 ") == "一\n二"
    assert fields.text(10)("address", " 一\r\n二\t三 ") == "一 二 三"
    for wrong in ("a\0b", "\x1b[31m", "\u202egnp", "x" * 11, "\ud800", 5):
        with pytest.raises(UsageError, match="note"):
            note("note", wrong)


def test_row_ids() -> None:
    assert fields.row_id("person", " 01jd0000000000000000000000 ") == "01JD0000000000000000000000"
    for wrong in ("", "01JD", "01JD000000000000000000000U", "8" * 26, 7):
        with pytest.raises(UsageError, match="is not the id of a record"):
            fields.row_id("person", wrong)


def test_records_are_checked_field_by_field() -> None:
    checks: dict[str, fields.Check] = {"name": fields.text(10), "phone": fields.phone}
    assert fields.check("person", checks, {"name": "王小明", "phone": " "}, ["name"]) == {
        "name": "王小明",
        "phone": None,
    }
    with pytest.raises(UsageError, match=r"has no field 'nmae'\. Its fields are: name, phone"):
        fields.check("person", checks, {"nmae": "x"})
    with pytest.raises(UsageError, match="needs name"):
        fields.check("person", checks, {"phone": "13812345678"}, ["name"])
    assert fields.check_changes("person", checks, {"phone": ""}, ["name"]) == {"phone": None}
    with pytest.raises(UsageError, match="needs name"):
        fields.check_changes("person", checks, {"name": ""}, ["name"])
    with pytest.raises(UsageError, match="No field of the person"):
        fields.check_changes("person", checks, {})
