"""Keeps the English names of the policy pack in step with it; part of `make catalogue`.

The pack names services, statuses, stages and the like in Chinese, for that is what a county writes.
Pages in English show their names from this catalogue: each stands under its list, since 女 is a sex
in one and a daughter in another. A name that it lacks, such as one of a county's own, is shown in
Chinese.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from node.accounts.roles import ROLES
from node.care.audited import DEEDS
from node.care.facts.photos import SUBJECTS
from node.care.orders.titles import STEPS
from node.care.policy import BASELINE
from node.care.titles import ENDINGS, ITEMS, STAGES
from node.language import DOMAIN, ENGLISH, FOLDER

PO = FOLDER / ENGLISH / "LC_MESSAGES" / f"{DOMAIN}.po"
MO = PO.with_suffix(".mo")


def names() -> Iterator[tuple[str, str]]:
    """Every list and Chinese name of the pack."""
    for one in dataclasses.fields(BASELINE.lists):
        for name in getattr(BASELINE.lists, one.name).names.values():
            yield one.name, name
    for codes in (ROLES, DEEDS, SUBJECTS):
        yield from ((codes.name, name) for name in codes.names.values())
    yield from ((STAGES, stage.name) for stage in BASELINE.case.stages)
    yield from ((ENDINGS, ending.name) for ending in BASELINE.case.endings)
    yield from ((STEPS, step.name) for step in BASELINE.order.steps.values())
    yield from ((ITEMS, item.name) for item in BASELINE.catalogue.values())


def committed(path: Path, locale: str) -> Catalog:
    """The catalogue that a `.po` file holds; an empty one where there is none yet."""
    if not path.exists():
        return Catalog(locale=locale, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain=DOMAIN)


def current() -> Catalog:
    """The catalogue as it is committed."""
    return committed(PO, ENGLISH)


def updated() -> Catalog:
    """The catalogue with what the pack says now and the translations that it had."""
    before = current()
    after = Catalog(
        locale=ENGLISH, domain=DOMAIN, project="Linli", fuzzy=False,
        header_comment="# English names of the policy pack. Kept in step by: make catalogue",
    )  # fmt: skip
    for where, name in dict.fromkeys(names()):
        known = before.get(name, where)
        after.add(name, known.string if known else "", context=where)
    return after


def lacking() -> list[str]:
    """What has no English name yet."""
    return [f"{one.context}: {one.id}" for one in current() if one.id and not one.string]
