"""The reasons of a sheet as sentences, for whoever reads a sheet: a command, a page, a file."""

from __future__ import annotations

from collections.abc import Sequence

from node.care.pay.explain import trace
from node.care.pay.sheet import Key
from node.care.settlement.closing import Preview
from node.care.titles import title
from node.language import CHINESE, said

_RETURNED = "The township returned the visit."


def why_of(one: Preview) -> dict[Key, tuple[str, ...]]:
    """For each line of a sheet its reasons, for `in_english` and `in_words`."""
    return {
        traced.line.key: traced.why
        for worker in one.sheet.totals()
        for group in trace(one.sheet, one.facts, one.parameters, worker)
        for traced in group.lines
    }


def in_english(why: Sequence[str]) -> list[str]:
    """Reasons in English, for a program; what a county has named stays in its words."""
    return ["".join(_parts(one, "")) for one in why]


def in_words(why: Sequence[str], language: str = "") -> str:
    """Reasons in a language; without one as a command says them, which leaves codes as named."""
    told = (_parts(one, language) for one in why)
    return " ".join(f"{said(sentence, language or None)}{code}" for sentence, code in told)


def _parts(reason: str, language: str) -> tuple[str, str]:
    """The sentence of a reason, and the code of a return in words, where it has one."""
    head = f"{_RETURNED} "
    if not reason.startswith(head):
        return reason, ""
    code = reason.removeprefix(head)
    return _RETURNED, f" {title('visit_review', 'reason', code, language or CHINESE)}"
