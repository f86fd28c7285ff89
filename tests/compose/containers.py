"""Four containers as docker-compose.yml declares them, and what a person would do with them."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
SERVICES = ("county", "township", "village1", "village2")
HOME = "/var/lib/linli"
COMMAND_S_MAX = 120
HEALTHY_S_MAX = 180
HAPPENS_S_MAX = 60


def commands() -> list[list[str]]:
    """How compose is called on this machine: 1, 2 or both."""
    found = [["docker-compose"]] if shutil.which("docker-compose") else []
    if shutil.which("docker"):
        plugin = ["docker", "compose"]
        done = subprocess.run([*plugin, "version"], capture_output=True, check=False)
        found += [plugin] if done.returncode == 0 else []
    return found


class Containers:
    """The containers of one project.

    Args:
        project: Its name.
        environment: The environment of clients of the engine.
    """

    def __init__(self, project: str, environment: dict[str, str]) -> None:
        self.project = project
        self.environment = environment
        self.ids: dict[str, str] = {}

    def run(self, *words: str, check: bool = True) -> str:
        """Runs a program beside the containers and returns what it printed."""
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment,
            capture_output=True, text=True, timeout=COMMAND_S_MAX, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def compose(self, *words: str, check: bool = True) -> str:
        """Says a sentence to compose."""
        return self.run(
            *commands()[0], "--project-name", self.project, "--file", str(FILE), *words, check=check
        )

    def start(self) -> None:
        """Starts all four and waits until each says that it serves."""
        self.compose("up", "--detach", "--no-build")
        for service in SERVICES:
            self.ids[service] = self.compose("ps", "--quiet", service).strip()
        for service in SERVICES:
            self.wait_healthy(service)

    def wait_healthy(self, service: str) -> None:
        """Waits until a container's health check has passed."""

        def healthy() -> bool:
            return bool(self.inspect(service, ".State.Health.Status") == "healthy")

        try:
            happens(healthy, f"{service} is healthy", HEALTHY_S_MAX)
        except AssertionError as failure:
            logs = self.compose("logs", "--no-color", "--tail", "40", service, check=False)
            raise AssertionError(f"{failure}\n{logs}") from None

    def remove(self) -> None:
        """Takes everything away, volumes too."""
        self.compose("down", "--volumes", "--timeout", "5", check=False)

    def inspect(self, service: str, what: str) -> Any:
        """One fact of a container."""
        return json.loads(
            self.run("docker", "inspect", "--format", f"{{{{json {what}}}}}", self.ids[service])
        )

    def inside(self, service: str, *words: str, check: bool = True) -> str:
        """Runs a program in a container."""
        return self.run("docker", "exec", self.ids[service], *words, check=check)

    def linli(self, service: str, *words: str) -> str:
        """Says a sentence of Linli in a container."""
        return self.inside(service, "linli", *words)

    def ask(self, service: str, *words: str) -> Any:
        """The same, for an answer as JSON."""
        return json.loads(self.linli(service, *words, "--json"))

    def network(self, name: str) -> str:
        """The name that the engine has for a network of the file."""
        return f"{self.project}_{name}"


def happens(claim: Callable[[], Any], what: str, patience_s: float = HAPPENS_S_MAX) -> None:
    """Waits until a claim holds."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if claim():
            return
        time.sleep(0.5)
    raise AssertionError(f"It did not happen within {patience_s:g} s: {what}")
