"""Takes away, after the last test, the folders that a small county was prepared in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger import federation


@pytest.fixture(scope="session", autouse=True)
def _prepared_folders() -> Iterator[None]:
    yield
    federation.forget_prepared()
