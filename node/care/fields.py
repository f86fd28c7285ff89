"""What a single value may look like before it is written: text, numbers, dates, phones, ID numbers.

Whatever a person types passes through here once, on the node where it is typed, and comes out in
one form: no blanks around it, upper-case check letters, half-width digits. A value that does not
fit is refused with the field, the value and what to do, since the aide who reads it stands in a
kitchen and not at a desk.

An ID number is judged by its check digit and its date alone. Its area part is that of the first
issue, decades ago, and published tables of codes by year reject most elders alive today; it is no
place of residence either.

All of it is pure. Moments are not compared with a clock, because a box without a battery may not
know the day.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from node.clock import local
from node.errors import UsageError

NAME_CHARACTERS_MAX = 100
ADDRESS_CHARACTERS_MAX = 300
NOTE_CHARACTERS_MAX = 2_000
COUNT_MAX = 1_000_000_000
YEAR_MIN = 1890
MOMENT_MS_MIN = 946_684_800_000
"""2000-01-01T00:00Z: a smaller number is a time in seconds or a slip."""
MOMENT_MS_MAX = 4_102_444_800_000
"""2100-01-01T00:00Z."""
_MOMENT_MS_SHOWN_MAX = 253_370_764_800_000
"""9999-01-01T00:00Z: what lies behind cannot be shown as a date."""

Check = Callable[[str, Any], Any]
"""Takes the name of a field and a value that is not blank; gives the value as it is written."""

_ROW_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}")
_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
_CERTIFICATE = re.compile(r"([1-9][0-9]{16}[0-9X])([1-7])([1-4])(B[0-9]{1,2})?")
_SPREADSHEET_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?E\+?[0-9]+")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK_DIGITS = "10X98765432"
_TURNS_TEXT_AROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHOWN_CHARACTERS_MAX = 60


def refused(field: str, value: object, why: str, remedy: str) -> UsageError:
    """The refusal of one value, naming the field, the value and the remedy."""
    value = value if isinstance(value, int | float) else cut(str(value))
    return UsageError(f"{field} {value!r} {why}.", hint=remedy)


def cut(text: str) -> str:
    """Text as a message shows it: not too long."""
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else text[:_SHOWN_CHARACTERS_MAX] + "…"


def blank(value: object) -> bool:
    """Whether a form field was left empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def words(typed: str) -> list[str]:
    """What was typed in one field with commas, semicolons or blanks between."""
    return [word for word in re.split(r"[,，、;；\s]+", typed) if word]


def check(
    noun: str, checks: Mapping[str, Check], values: Mapping[str, Any], required: Iterable[str] = ()
) -> dict[str, Any]:
    """Checks the fields of one record and gives them in the form in which they are written.

    Args:
        noun: What the record is, for messages.
        checks: How each field is checked; a field not named here is unknown.
        values: The fields as typed. A blank field becomes None.
        required: Fields that may be neither absent nor blank.

    Raises:
        UsageError: A field is unknown, missing, or does not fit.
    """
    for field in values:
        if field not in checks:
            raise UsageError(
                f"A {noun} has no field {field!r}.", hint=f"Its fields are: {', '.join(checks)}."
            )
    for field in required:
        if blank(values.get(field)):
            raise UsageError(f"A {noun} needs {field}, and it is empty.", hint=f"Fill in {field}.")
    return {
        field: None if blank(value) else checks[field](field, value)
        for field, value in values.items()
    }


def check_changes(
    noun: str, checks: Mapping[str, Check], changes: Mapping[str, Any], required: Iterable[str] = ()
) -> dict[str, Any]:
    """Checks the fields of a record that are about to change; those not named stay as they are.

    Raises:
        UsageError: Nothing changes, or a field is unknown, emptied though required, or does not
            fit.
    """
    if not changes:
        raise UsageError(f"No field of the {noun} was given.", hint="Name at least one to change.")
    return check(noun, checks, changes, [field for field in required if field in changes])


def text(characters_max: int, lines: bool = False) -> Callable[[str, Any], str]:
    """A check for text of limited length without invisible characters.

    Args:
        characters_max: The limit.
        lines: Whether line breaks stay; elsewhere each becomes a blank, as a cell of a worksheet
            may hold one.
    """

    def check_text(field: str, value: Any) -> str:
        if not isinstance(value, str):
            raise refused(field, value, "is not text", "Write it as text.")
        tidy = unicodedata.normalize("NFC", value).strip()
        if not lines:
            tidy = re.sub(r"[\r\n\t]+", " ", tidy)
        for character in tidy:
            hidden = unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
            if hidden or character in _TURNS_TEXT_AROUND:
                raise refused(
                    field,
                    tidy,
                    f"holds the invisible character U+{ord(character):04X}",
                    "Type it again instead of pasting it.",
                )
        if len(tidy) > characters_max:
            raise refused(
                field,
                tidy,
                f"has {len(tidy)} characters, and {characters_max} fit",
                "Shorten it.",
            )
        return tidy

    return check_text


note = text(NOTE_CHARACTERS_MAX, lines=True)
_short = text(NAME_CHARACTERS_MAX)


def name(field: str, value: Any) -> str:
    """A check for the name of somebody; an ID number is none."""
    tidy = _short(field, value)
    if _ID_NUMBER.fullmatch(unicodedata.normalize("NFKC", tidy).upper()):
        raise refused(
            field, masked_id(tidy), "is an ID number and no name", "Write the name there."
        )
    return tidy


def whole_number(low: int, high: int, unit: str = "") -> Callable[[str, Any], int]:
    """A check for a whole number within bounds; digits typed as text count as a number."""

    def check_whole_number(field: str, value: Any) -> int:
        number = value
        if isinstance(value, str):
            digits = unicodedata.normalize("NFKC", value).strip()
            if re.fullmatch(r"-?[0-9]{1,18}", digits):
                number = int(digits)
        if not isinstance(number, int) or isinstance(number, bool):
            raise refused(
                field,
                value,
                "is not a whole number",
                f"Write digits only{_in(unit)}, such as {low}.",
            )
        if not low <= number <= high:
            raise refused(field, value, f"is not between {low} and {high}", f"Check it{_in(unit)}.")
        return number

    return check_whole_number


def _in(unit: str) -> str:
    return f", in {unit}" if unit else ""


def moment_ms(field: str, value: Any) -> int:
    """Checks a moment, milliseconds UTC; one outside this century is told as people read it."""
    moment = whole_number(-(1 << 62), 1 << 62, "milliseconds UTC")(field, value)
    if MOMENT_MS_MIN <= moment <= MOMENT_MS_MAX:
        return moment
    shown = local(moment) if 0 <= moment < _MOMENT_MS_SHOWN_MAX else str(moment)
    raise refused(field, shown, "does not lie between the years 2000 and 2100", "Check the year.")


def date(field: str, value: Any) -> str:
    """Checks a date in ISO form; slashes, dots and 年月日 are understood."""
    match = re.fullmatch(
        r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?",
        unicodedata.normalize("NFKC", str(value)).strip(),
    )
    if match is None:
        raise refused(field, value, "is not a date", "Write it as 1938-05-12.")
    year, month, day = map(int, match.groups())
    return _real_date(field, value, year, month, day)


def _real_date(field: str, value: object, year: int, month: int, day: int) -> str:
    try:
        iso = datetime.date(year, month, day).isoformat()
    except ValueError:
        raise refused(
            field, value, "names a day that does not exist", "Check year, month and day."
        ) from None
    if year < YEAR_MIN:
        raise refused(field, value, f"lies before {YEAR_MIN}", "Check the year.")
    return iso


def row_id(field: str, value: Any) -> str:
    """Checks the id of a row: 26 characters of ULID text, of which the row need not be here."""
    tidy = str(value).strip().upper()
    if not _ROW_ID.fullmatch(tidy):
        raise refused(
            field,
            value,
            "is not the id of a record",
            "An id has 26 letters and digits; copy it from a listing.",
        )
    return tidy


def phone(field: str, value: Any) -> str:
    """Checks a phone number: a mobile of 11 digits, or a landline with its area code."""
    tidy = re.sub(r"[\s]", "", unicodedata.normalize("NFKC", str(value)))
    tidy = tidy.removeprefix("+86")
    mobile = tidy.replace("-", "")
    if _MOBILE.fullmatch(mobile):
        return mobile
    if not _LANDLINE.fullmatch(tidy):
        raise refused(
            field,
            value,
            "is not a phone number",
            "Write 11 digits for a mobile, or the area code and the number, such as 0313-6312345.",
        )
    return tidy


def id_number(field: str, value: Any) -> str:
    """Checks a resident ID number (GB 11643-1999) by its check digit and its date only."""
    tidy = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", str(value))).upper()
    if _SPREADSHEET_NUMBER.fullmatch(tidy):
        raise refused(
            field,
            value,
            "was rounded by a spreadsheet, and its last digits are lost",
            "Format the column as text and enter the 18 characters again.",
        )
    if not _ID_NUMBER.fullmatch(tidy):
        raise refused(
            field,
            value,
            f"has {len(tidy)} characters and not the form of an ID number",
            "Copy the 18 characters from the card; leave the field empty where there is no card.",
        )
    if tidy[17] != id_check_digit(tidy[:17]):
        raise refused(
            field,
            value,
            "does not fit its last character, so one of the 18 is mistyped",
            "Compare it with the card.",
        )
    _real_date(field, value, int(tidy[6:10]), int(tidy[10:12]), int(tidy[12:14]))
    return tidy


def id_check_digit(digits: str) -> str:
    """The eighteenth character of an ID number that begins with these seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits, strict=True))
    return _ID_CHECK_DIGITS[total % 11]


def id_birth_date(number: str) -> str:
    """The ISO birth date that a checked ID number states."""
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def id_is_male(number: str) -> bool:
    """Whether a checked ID number is that of a man: its seventeenth digit is odd."""
    return int(number[16]) % 2 == 1


def disability_certificate(field: str, value: Any) -> str:
    """Checks the number of a disability certificate (GB/T 26341-2010).

    It is the holder's ID number, the kind from 1 to 7 and the grade from 1 to 4; a certificate
    that was issued again has B1, B2 and so on behind it.
    """
    tidy = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", str(value))).upper()
    if _SPREADSHEET_NUMBER.fullmatch(tidy):
        raise refused(
            field,
            value,
            "was rounded by a spreadsheet, and its last digits are lost",
            "Format the column as text and enter the 20 characters again.",
        )
    match = _CERTIFICATE.fullmatch(tidy)
    if match is None:
        raise refused(
            field,
            value,
            "is not the number of a disability certificate",
            "Copy it from the certificate: the 18 characters of the ID card, the kind from 1 to 7, "
            "the grade from 1 to 4, and B1 or the like after a re-issue.",
        )
    id_number(field, match[1])
    return tidy


def certificate_holder(certificate: str) -> str:
    """The ID number in a checked certificate number."""
    return certificate[:18]


def certificate_kind(certificate: str) -> str:
    """The code of the kind of disability in a checked certificate number."""
    return certificate[18]


def certificate_grade(certificate: str) -> str:
    """The code of the grade of disability in a checked certificate number."""
    return certificate[19]


def id_gender(number: str) -> str:
    """The code of the gender that a checked ID number states."""
    return "M" if id_is_male(number) else "F"


def masked_id(number: str | None) -> str:
    """An ID number for screens and exports: six characters, stars, four characters."""
    if not number:
        return ""
    if len(number) <= 10:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]
