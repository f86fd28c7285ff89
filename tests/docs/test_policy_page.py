"""The page of policy packs names every group and every key."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from cli.policy_page import page
from node.care.parameters.reading import GROUPS, parse

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"


def test_the_page_is_what_the_groups_say() -> None:
    assert PAGE.read_text("utf-8") == page(), (
        "docs/policy.md differs. Next: python -m cli.policy_page > docs/policy.md"
    )


@pytest.mark.parametrize("name", GROUPS)
def test_every_key_is_explained(name: str) -> None:
    told = page().split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
    for field in dataclasses.fields(GROUPS[name]):
        assert f"| `{field.name}` | " in told, f"{name}.{field.name}"


def test_the_example_can_be_published() -> None:
    example = page().split("```toml\n", 1)[1].split("```", 1)[0]
    pack = parse(example.encode(), "the example")
    assert tomllib.loads(example)["version"] == pack.version
    assert [entry.value.per_visit_fen for entry in pack.pay] == [5_000, 5_500]
