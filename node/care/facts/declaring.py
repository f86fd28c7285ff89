"""A kind of fact is declared once: its fields, how each is checked, and what each is called.

The table of the ledger, the checks of what a person types, the words of the command line, the
headings of a sheet and the listing follow from the declaration. So a new kind of fact is one value
in one file; what its facts *mean* (who is due, what is paid) is a pure function beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from node.care import fields
from node.care.codes import CodeList
from node.care.fields import Check
from node.care.parameters.groups import Parameters
from node.errors import UsageError
from node.schema import Channel, Column, Kind, Table

_COUNT_MAX = 1_000_000_000


@dataclass(frozen=True)
class Field:
    """One field of a fact.

    Attributes:
        name: Its name on the wire, in SQL and in JSON.
        title: What it is called in Chinese.
        help: What to type, one sentence.
        check: Gives what was typed in the form in which it is written, or refuses it.
        type: `str` or `int`.
        required: Whether it may not be empty.
        refers: The table whose record it names, typed by id or name.
        codes: The list whose codes it holds.
        several: Whether it holds several codes, sorted, a comma between.
        erasable: Whether an erasure order may take it out.
        shown: Whether a listing for people shows it.
        typed: Whether a person types it; otherwise the node fills it in.
        ahead: Whether a moment may lie ahead, as of what is planned.
        blob: Whether it names a content that travels beside the ledger.
    """

    name: str
    title: str
    help: str
    check: Check
    type: type = str
    required: bool = False
    refers: str = ""
    codes: CodeList | None = None
    several: bool = False
    erasable: bool = False
    shown: bool = True
    typed: bool = True
    ahead: bool = False
    blob: bool = False


def ref(name: str, table: str, title: str, help: str, *, required: bool = True) -> Field:
    """A field that names a record of another table."""
    return Field(name, title, help, fields.row_id, required=required, refers=table)


def code(name: str, codes: CodeList, title: str, help: str, *, required: bool = False) -> Field:
    """A field that holds a code of a list."""
    return Field(name, title, help, codes.code, required=required, codes=codes)


def several(name: str, codes: CodeList, title: str, help: str, *, required: bool = False) -> Field:
    """A field that holds several codes of a list."""

    def check(field_name: str, value: Any) -> str:
        typed = value if isinstance(value, list | tuple) else fields.words(str(value))
        found = sorted({codes.code(field_name, word) for word in typed if not fields.blank(word)})
        return ",".join(found)

    return Field(name, title, help, check, required=required, codes=codes, several=True)


def text(
    name: str, title: str, help: str, *, required: bool = False, erasable: bool = False,
    characters_max: int = fields.NAME_CHARACTERS_MAX,
) -> Field:  # fmt: skip
    """A field of free text in one line."""
    check = fields.text(characters_max)
    return Field(name, title, help, check, required=required, erasable=erasable)


def note() -> Field:
    """Free text, kept with the fact."""
    told = "Free text, kept with the record."
    return Field("note", "备注", told, fields.note, erasable=True, shown=False)


def day(name: str, title: str, help: str, *, required: bool = False) -> Field:
    """A day, ISO date."""
    return Field(name, title, help, fields.date, required=required)


def moment(name: str, title: str, help: str, *, required: bool = False) -> Field:
    """A moment, milliseconds UTC; people type and read the clock on the wall in China."""
    return Field(name, title, help, fields.moment_ms, int, required=required)


def number(
    name: str, title: str, help: str, low: int, high: int = _COUNT_MAX, unit: str = "",
    *, required: bool = False,
) -> Field:  # fmt: skip
    """A whole number within bounds."""
    return Field(name, title, help, fields.whole_number(low, high, unit), int, required=required)


def money(name: str, title: str, help: str, *, required: bool = False) -> Field:
    """An amount in fen, at least 0; its name ends in `_fen`, and people type yuan."""
    assert name.endswith("_fen")
    return number(name, title, help, 0, unit="fen", required=required)


def decided_by() -> Field:
    """The version of the policy pack by which a fact was judged when it was written."""
    told = "The version of the policy pack that it was judged by."
    return Field("policy", "政策版本", told, fields.text(fields.NAME_CHARACTERS_MAX), typed=False)


def hidden(one: Field) -> Field:
    """The same field, which a listing for people leaves out."""
    return replace(one, shown=False)


def ahead(one: Field) -> Field:
    """The same field for a moment that may lie ahead."""
    return replace(one, ahead=True)


Judge = Callable[[Mapping[str, Any]], None]
JudgeByPolicy = Callable[[Mapping[str, Any], Parameters], None]


@dataclass(frozen=True)
class FactKind:
    """A kind of fact.

    Attributes:
        name: The table.
        noun: The noun of the command line that it belongs to, such as `facility`.
        verb: Its word below that noun, such as `inspection`.
        title: What it is called in Chinese.
        meaning: What one row is, for the page of tables.
        does: The sentence of the help of `add`.
        about: The sentence of the help of the group.
        example: What follows `add` in the example of the help.
        fields: Its fields; the first is what it is about, and is typed without an option.
        channel: The lane that it travels in.
        writer: The only tier that may write it; empty: any that may write there.
        local: Whether only nodes at its division or above may write it.
        judge: Refuses fields that do not go together.
        judge_by_policy: Refuses what the county's numbers do not allow; a kind that has it has the
            field `decided_by`, too.
        weigh: Refuses a fact that contradicts those that are here; given the replica, the kind, the
            fields, and of a correction the fact's id.
        index: The columns to index besides the first.
        typed: Whether people type its fields; others come from a rule with a sentence of its own.
    """

    name: str
    noun: str
    verb: str
    title: str
    meaning: str
    does: str
    about: str
    example: str
    fields: tuple[Field, ...]
    channel: Channel = Channel.CARE
    writer: str = ""
    local: bool = True
    judge: Judge = field(default=lambda _: None, repr=False)
    judge_by_policy: JudgeByPolicy | None = field(default=None, repr=False)
    weigh: Callable[[Any, Any, Mapping[str, Any], str], None] = field(
        default=lambda *_: None, repr=False
    )
    index: tuple[str, ...] = ()
    typed: bool = True

    @cached_property
    def subject(self) -> Field:
        """What a fact is about."""
        return self.fields[0]

    @cached_property
    def table(self) -> Table:
        """Its table in the ledger."""
        columns = tuple(
            Column(
                one.name, Kind.FACT, one.type, required=one.required,
                meaning=_meaning(one), erasable=one.erasable, blob=one.blob,
            )
            for one in self.fields
        )  # fmt: skip
        indexes = ((self.subject.name,), *((name,) for name in self.index))
        return Table(
            self.name, self.channel, columns, self.meaning, self.writer, indexes, local=self.local
        )

    def named(self, field: str) -> Field:
        """The field of that name.

        Raises:
            UsageError: There is none.
        """
        for one in self.fields:
            if one.name == field and one.typed:
                return one
        noun, checks = self.verb, [one.name for one in self.fields if one.typed]
        raise UsageError(
            f"A {noun} has no field {field!r}.", hint=f"Its fields are: {', '.join(checks)}."
        )

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """How each field is checked."""
        return {one.name: one.check for one in self.fields}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The fields that may not be empty."""
        return tuple(one.name for one in self.fields if one.required)

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Checks a new fact; every field that is not named is empty.

        Raises:
            UsageError: A field is unknown, missing, or does not fit, or fields contradict
                each other.
        """
        empty: dict[str, Any] = dict.fromkeys(self.checks)
        checked = fields.check(self.verb, self.checks, {**empty, **values}, self.required)
        self.judge(checked)
        return checked


def _meaning(one: Field) -> str:
    """What a column holds, for the page of tables."""
    if one.refers:
        return f"id of the {one.refers}"
    if one.blob:
        return "SHA-256 of the content, which travels beside the ledger"
    if one.codes is not None:
        return (
            f"codes of {one.codes.name}, a comma between"
            if one.several
            else (f"code of {one.codes.name}")
        )
    if one.name.endswith("_fen"):
        return "in fen"
    if one.check is fields.date:
        return "ISO date"
    return "milliseconds UTC" if one.check is fields.moment_ms else one.name.replace("_", " ")
