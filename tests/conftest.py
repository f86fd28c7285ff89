"""What every test may lean on, and nothing about Linli itself.

Some tests need the machine's help: strace to kill a process at a chosen write, network namespaces
to cut a link. A laptop may lack these and skips; CI may not: a skipped proof looks like a proof.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Generator

import pytest
from hypothesis import HealthCheck, settings

PROBE_S_MAX = 20

# Tests read what Linli says in English, in this process and in those that it starts; a test of
# another language asks for it.
os.environ["LINLI_LANG"] = "en"

# Shared runners pause for seconds: a deadline would fail the machine and not the code. Seeds are
# fixed in CI so that a red run can be repeated.
settings.register_profile(
    "linli", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("linli"), derandomize=True)


def in_ci() -> bool:
    """Returns whether a missing tool must fail the test."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


settings.load_profile("ci" if in_ci() else "linli")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails a test that was skipped in CI, whoever skipped it and however."""
    report = yield
    if not hasattr(report, "wasxfail") and not item.get_closest_marker("machine"):
        _must_run(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a file that skips itself as a whole."""
    report = yield
    _must_run(report)
    return report


def _must_run(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and in_ci():
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI must run every test, and this one ended with: {why}"


def lacking(what: str) -> None:
    """Ends the test: skips it here, fails it in CI."""
    if in_ci():
        pytest.fail(f"{what}. CI must run this test. Next: see .ci/run, which installs the tools")
    pytest.skip(what)


@pytest.fixture(scope="session")
def require_tool() -> Callable[..., str]:
    """Gives a function that finds a program, or ends the test.

    `require_tool("strace")` returns its path. Further words are a trial run that must succeed,
    since a program may be there and not be allowed to work:
    `require_tool("unshare", "--net", "true")`.
    """

    def require(name: str, *trial: str) -> str:
        path = shutil.which(name)
        if path is None:
            lacking(f"{name} is not installed on this machine")
            raise AssertionError("lacking() ends the test")
        if trial:
            done = subprocess.run(
                [path, *trial], capture_output=True, text=True, timeout=PROBE_S_MAX, check=False
            )
            if done.returncode:
                lacking(f"{name} {' '.join(trial)} failed here: {done.stderr.strip()[:300]}")
        return path

    return require


@pytest.fixture(scope="session")
def require_namespaces(require_tool: Callable[..., str]) -> None:
    """Ends the test where this user may not make network namespaces."""
    require_tool("ip")
    require_tool("unshare", "--net", "true")


@pytest.fixture(autouse=True)
def _outside_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps a person's own node out of the tests: LINLI_HOME must be given, never found."""
    monkeypatch.delenv("LINLI_HOME", raising=False)
