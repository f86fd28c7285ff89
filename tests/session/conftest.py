"""Small counties for tests of sessions; their folders go away after the last test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.simulation.line import meet
from tests.ledger import federation


@pytest.fixture(scope="session", autouse=True)
def _prepared_folders() -> Iterator[None]:
    yield
    federation.forget_prepared()


@pytest.fixture
def three() -> Iterator[federation.Federation]:
    """A county, a township and a village that have met and are equal."""
    with federation.county("county", "town1", "village1") as nodes:
        for _ in range(2):
            meet(nodes["village1"], nodes["town1"])
            meet(nodes["town1"], nodes["county"])
        assert meet(nodes["village1"], nodes["town1"]).done
        yield nodes
