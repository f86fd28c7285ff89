"""A county is made, its list taken in, its nodes invited; and the whole way over real links."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.config import Config
from node.identity import read_token
from tests.cli.conftest import Linli, read

ROOT = Path(__file__).resolve().parents[2]
READY_S_MAX = 60
LISTEN = ["--listen", "127.0.0.1:7443", "--enrol-listen", "127.0.0.1:7444"]
FILE = "code,name,level,parent\n130732,赤城县,county,\n130732100,赤城镇,township,130732\n"


@pytest.fixture
def county(linli: Linli, tmp_path: Path) -> Path:
    home = tmp_path / "county"
    linli("init", "130732", "--user", "张三", *LISTEN, home=home)
    return home


def test_init_knows_the_county_by_its_code(linli: Linli, tmp_path: Path) -> None:
    result = linli("init", "130732", "--divisions", home=tmp_path / "n", code=2)
    assert "--user" in result.stderr
    result = linli("--as", "张三", "init", "130732", "--divisions", home=tmp_path / "n")
    assert "The county 赤城县 (130732) lives in" in result.stderr
    assert "Took in 458 divisions" in result.stderr
    config = Config.load(tmp_path / "n")
    assert (result.stdout.strip(), config.user) == (config.author, "张三")
    assert config.listen
    assert config.enrol_listen


def test_init_refuses_what_is_no_county(linli: Linli, county: Path, tmp_path: Path) -> None:
    words = ["--user", "张三"]
    assert "--name" in linli("init", "999999", *words, home=tmp_path / "n", code=2).stderr
    named = [*words, "--name", "赤城镇"]
    assert "township" in linli("init", "130732100", *named, home=tmp_path / "n", code=2).stderr
    assert "already" in linli("init", "130732", *words, home=county, code=2).stderr
    for bad in ("nonsense", "127.0.0.1:99999", "7443"):
        refused = linli("init", "130732", *words, "--listen", bad, home=tmp_path / "n", code=2)
        assert f"'{bad}' is not an address" in refused.stderr
        assert not (tmp_path / "n").exists()
    linli("init", "999999", *words, "--name", "某县", home=tmp_path / "other")


def test_divisions_are_added_once_and_differences_are_told(
    linli: Linli, county: Path, tmp_path: Path
) -> None:
    path = tmp_path / "赤城县.csv"
    path.write_text(FILE, "utf-8-sig")
    assert "Added 1 division; 2 are known" in linli("import", "divisions", path, home=county).stderr
    assert "Added 0 divisions" in linli("import", "divisions", path, home=county).stderr
    path.write_text(FILE.replace("赤城镇", "新城镇"), "utf-8")
    assert read(linli("import", "divisions", path, "--json", home=county))["differences"]
    differing = linli("import", "divisions", path, home=county)
    assert "新城镇" in differing.stdout
    assert "changed nothing" in differing.stderr
    path.write_text(FILE.replace("130732100", "13073210"), "utf-8")
    assert "Row 3" in linli("import", "divisions", path, home=county, code=1).stdout
    assert "457 differences" in linli("import", "divisions", home=county).stderr
    added = linli("import", "divisions", "--add-new", home=county)
    assert "Added 457 divisions" in added.stderr


def test_a_township_keeps_no_list(linli: Linli, homes: dict[str, Path]) -> None:
    assert "county" in linli("import", "divisions", home=homes["township"], code=2).stderr
    path = homes["township"] / "list.csv"
    path.write_text(FILE, "utf-8")
    linli("import", "divisions", path, home=homes["township"], code=4)


def test_a_token_is_printed_or_kept_in_a_file_of_its_own(
    linli: Linli, county: Path, tmp_path: Path
) -> None:
    linli("import", "divisions", home=county)
    printed = linli("member", "invite", "130732100", "--days", 3, home=county)
    token = read_token(printed.stdout)
    assert token.address == "127.0.0.1:7444"
    assert "赤城镇 (130732100) with it within 3 days" in printed.stderr
    path = tmp_path / "t.token"
    silent = linli("member", "invite", "赤城镇", "--file", path, home=county)
    assert silent.stdout == ""
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_token(path.read_text()).division == token.division
    assert read_token(path.read_text()).secret != token.secret
    assert "赤城镇 (130732100)" in linli("member", "invite", "赤城", home=county, code=2).stderr
    linli("member", "invite", "130732", home=county, code=4)


def test_members_are_listed_with_their_places(linli: Linli, homes: dict[str, Path]) -> None:
    listed = read(linli("member", "list", "--json", home=homes["county"]))
    assert [(one["division"], one["tier"], one["self"]) for one in listed] == [
        ("130732", "county", True),
        ("130732100", "township", False),
        ("130732100201", "village", False),
    ]
    assert all(one["author"] and one["valid_until_ms"] for one in listed)
    text = linli("member", "list", home=homes["county"]).stdout
    assert "this node" in text
    assert "never" in text, "the township has not spoken yet"
    assert "through its township" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "joins by one token"),
        (["AAAAA", "--file", "x"], "joins by one token"),
        (["AAAAA-BBBBB"], "mistyped"),
        (["--file", "nowhere.token"], "Cannot read the token"),
    ],
)
def test_a_token_that_is_none_is_refused(
    linli: Linli, tmp_path: Path, words: list[str], message: str
) -> None:
    home = tmp_path / "new"
    assert message in linli("join", *words, "--user", "李四", home=home, code=2).stderr
    assert "--user" in linli("join", "AAAAA", home=home, code=2).stderr


def test_a_node_that_is_away_admits_later(linli: Linli, county: Path, tmp_path: Path) -> None:
    linli("import", "divisions", home=county)
    port = free_port()
    address = ["--address", f"127.0.0.1:{port}"]
    token = linli("member", "invite", "130732100", *address, home=county).stdout.strip()
    joining = ["join", token, "--user", "李四"]
    assert f"127.0.0.1:{port}" in linli(*joining, home=tmp_path / "t", code=3).stderr


# --- over real links -----------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ports() -> list[str]:
    return [
        "--listen", f"127.0.0.1:{free_port()}", "--enrol-listen", f"127.0.0.1:{free_port()}",
    ]  # fmt: skip


class Served:
    """A node that `linli serve` runs as a process."""

    def __init__(self, home: Path, *words: str) -> None:
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'proto'}:{ROOT}"}
        script = "from cli.main import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, "--home", str(home), "serve", *words],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline()

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        _, talk = self.process.communicate(timeout=READY_S_MAX)
        assert self.process.returncode == 0, talk
        return talk


@pytest.fixture
def served() -> Iterator[list[Served]]:
    running: list[Served] = []
    yield running
    for one in running:
        one.process.kill()
        one.process.communicate()


@pytest.mark.process
def test_three_nodes_by_hand(linli: Linli, tmp_path: Path, served: list[Served]) -> None:
    county, township, village = (tmp_path / name for name in ("c", "t", "v"))
    linli("init", "130732", "--user", "张三", "--divisions", *ports(), home=county)
    served.append(Served(county))
    assert served[0].first.startswith("sessions 127.0.0.1:")
    token = tmp_path / "t.token"
    linli("member", "invite", "130732100", "--file", token, home=county)
    said = linli("join", "--file", token, "--user", "李四", *ports(), home=township).stderr
    assert "the node of 赤城镇 (130732100), a township" in said
    served.append(Served(township))
    paper = linli("member", "invite", "130732100201", home=township).stdout.strip()
    assert "a village" in linli("join", paper, "--user", "王五", home=village).stderr
    linli("join", paper, "--user", "王五", home=tmp_path / "thief", code=4)
    person = linli("person", "add", "王桂兰", home=village).stdout.strip()
    assert "Spoke with 赤城镇" in linli("sync", home=village).stderr
    until_there(linli, county, person)
    assert "served already" in linli("serve", home=county, code=2).stderr
    assert "has stopped" in served.pop(0).stop()
    assert "has stopped" in served.pop(0).stop()
    linli("person", "set", person, "phone", "13812345678", home=village)
    assert "1 change is saved here" in linli("sync", home=village, code=3).stderr


@pytest.mark.process
def test_no_journal_gets_the_key_of_the_pages(
    linli: Linli, tmp_path: Path, served: list[Served]
) -> None:
    """A terminal shows it; where nobody watches it stays in its file."""
    home = tmp_path / "c"
    linli("init", "130732", "--user", "张三", *ports(), home=home)
    served.append(Served(home, "--pages", "127.0.0.1:0", "--verbose"))
    key = (home / "pages.key").read_text().strip()
    talk = served.pop().stop()
    assert "pages.key" in talk and len(key) > 20 and key not in talk


def until_there(linli: Linli, home: Path, person: str) -> None:
    ends = time.monotonic() + READY_S_MAX
    while not linli("person", "show", person, "--json", home=home, code=None).stdout:
        assert time.monotonic() < ends, "the county never heard of the person"
