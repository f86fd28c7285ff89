"""The engine, the image, and a small county in four containers, once for all tests here."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.containers import ROOT, Containers, commands
from tests.compose.engine import answers, missing, started
from tests.conftest import lacking

IMAGE_S_MAX = 600


def cache() -> Path:
    """Where the base, the engine's layers and nothing else stay between runs."""
    given = os.environ.get("LINLI_CACHE", "")
    above = os.environ.get("XDG_CACHE_HOME", "") or str(Path.home() / ".cache")
    return Path(given) if given else Path(above) / "linli"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of clients of an engine that answers."""
    for name in ("docker", "debootstrap"):
        if shutil.which(name) is None:
            lacking(f"{name} is not installed on this machine")
    if not commands():
        lacking("neither docker-compose nor docker compose is installed on this machine")
    environment = {**os.environ, "LINLI_CACHE": str(cache()), "LINLI_IMAGE": "linli-test"}
    if answers(environment):
        yield environment
        return
    if why := missing():
        lacking(why)
    kept = cache() / "engine"
    kept.mkdir(parents=True, exist_ok=True)
    with started(kept, tmp_path_factory.mktemp("engine"), environment) as own:
        yield own


@pytest.fixture(scope="session")
def image(engine: dict[str, str]) -> dict[str, str]:
    """The same, with the image built from the code as it stands."""
    built = subprocess.run(
        [str(ROOT / ".ci/image")],
        env=engine, capture_output=True, text=True, timeout=IMAGE_S_MAX, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    return engine


@pytest.fixture(scope="session")
def county(image: dict[str, str]) -> Iterator[Containers]:
    """Four containers, healthy; gone with their volumes after the last test."""
    containers = Containers(f"linli-{uuid.uuid4().hex[:8]}", image)
    try:
        containers.start()
        yield containers
    finally:
        containers.remove()
