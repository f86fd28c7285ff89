"""The folders of these tests, and their end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger import federation


@pytest.fixture(scope="session", autouse=True)
def _prepared_folders() -> Iterator[None]:
    """Takes away, after the last test, the folders that a small county was prepared in."""
    yield
    federation.forget_prepared()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder to work in, in memory where there is such a place."""
    made = federation.fast_folder()
    yield made
    shutil.rmtree(made)
