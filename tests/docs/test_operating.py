"""What docs/operating.md tells people to install and to type is there and works."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import NOUNS
from node.events import FIELDS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TEXT = (DOCS / "operating.md").read_text()
UNIT = (DOCS / "linli.service").read_text()
PROGRAM = "/opt/linli/.venv/bin/linli"


def service() -> dict[str, str]:
    section = UNIT.split("[Service]\n", 1)[1].split("\n[", 1)[0]
    lines = [line.partition("=") for line in section.splitlines() if "=" in line and line[0] != "#"]
    return {name: value for name, _, value in lines}


@pytest.mark.machine
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed on this machine")
    unit = tmp_path / "linli.service"
    linli = Path(sys.executable).with_name("linli")
    unit.write_text(re.sub(r"Documentation=.*\n", "", UNIT.replace(PROGRAM, str(linli))))
    done = subprocess.run(
        [verify, "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=perhaps"))
    done = subprocess.run(
        [verify, "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "perhaps" in done.stderr, "the question itself works"


def test_the_unit_gives_the_node_its_folder_and_nothing_else() -> None:
    options = service()
    for name, value in {
        "User": "linli",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "StateDirectory": "linli",
        "StateDirectoryMode": "0700",
        "MemoryMax": "400M",
        "Restart": "on-failure",
    }.items():
        assert options[name] == value
    assert "LINLI_HOME=/var/lib/linli" in options["Environment"]
    assert "ReadWritePaths" not in options


def test_the_unit_and_the_script_start_the_same_program() -> None:
    assert service()["ExecStart"].startswith(f"{PROGRAM} serve")
    assert PROGRAM in (DOCS / "linli.sh").read_text()
    done = subprocess.run(["sh", "-n", str(DOCS / "linli.sh")], check=False)
    assert done.returncode == 0


def test_every_sentence_of_the_page_exists() -> None:
    nouns = set(re.findall(r"(?:^|`)linli ([a-z]+)", TEXT, re.M))
    assert nouns >= {"health", "doctor", "join", "member"}
    assert nouns <= set(NOUNS)


def test_every_event_of_the_page_is_told_somewhere() -> None:
    told = set()
    for path in [*(ROOT / "node").rglob("*.py")]:
        told |= set(re.findall(r'(?:tell\(\s*|"event": )"(\w+)"', path.read_text()))
    table = TEXT.split("| event |", 1)[1].split("\n\n", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(explained) > 8
    assert explained <= told, explained - told
    assert {"reason"} <= FIELDS.keys()
