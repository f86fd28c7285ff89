"""A stolen box as the people above it meet it: one command, a list, and the way back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.cli.conftest import Linli, meet, read


def test_from_the_theft_to_the_way_back(linli: Linli, homes: dict[str, Path]) -> None:
    village, township, county = (homes[tier] for tier in ("village", "township", "county"))
    linli("person", "add", "王桂兰", home=village)
    meet(homes)
    author: str = read(linli("status", "--json", home=village))["author"]
    linli("person", "add", "赵有才", home=village)
    meet({tier: homes[tier] for tier in ("village", "township")})
    words = ("member", "revoke", author[:8], "--cause", "stolen on the bus")
    refused = linli(*words, "--since", "2020-01-01", home=township, code=2)
    assert "receipt for 1 of the changes" in refused.stderr and "--withdraw" in refused.stderr
    done = linli(*words, home=county)
    assert "is revoked" in done.stderr and "1 change here still count and 0 do not" in done.stderr
    meet({tier: homes[tier] for tier in ("township", "county")})
    nodes = read(linli("member", "list", "--json", home=township))
    listed = {one["author"]: one["revoked"] for one in nodes}
    assert listed[author] == "stolen on the bus"
    assert "revoked" in linli("member", "list", home=township).stdout
    assert "赵有才" not in linli("person", "list", home=township).stdout
    found = linli("member", "withdrawn", home=county)
    assert "赵有才" in found.stdout and max(map(len, found.stdout.splitlines())) <= 80
    text = linli("member", "withdrawn", "--csv", home=county).stdout
    (row,) = list(csv.reader(io.StringIO(text)))[1:]
    assert author in row
    assert "服务对象" in linli("--lang", "zh", "member", "withdrawn", home=county).stdout
    assert "REVOKED" in linli("status", home=county).stdout
    linli("member", "lift", author[:8], "--cause", "it is back", home=county)
    meet(homes)
    assert "赵有才" in linli("person", "list", home=township).stdout
    again = linli("member", "lift", author[:8], "--cause", "twice", home=county, code=2)
    assert "is not revoked" in again.stderr


def test_who_does_not_stand_above_is_told_so(linli: Linli, homes: dict[str, Path]) -> None:
    meet(homes)
    author: str = read(linli("status", "--json", home=homes["township"]))["author"]
    words = ("member", "revoke", author, "--cause", "no")
    for tier in ("village", "township"):
        refused = linli(*words, home=homes[tier], code=4)
        assert "does not stand above" in refused.stderr
    several = linli("member", "lift", "", "--cause", "x", home=homes["county"], code=2)
    assert "begins the author ids" in several.stderr


def test_what_only_the_backup_of_a_stolen_box_holds_can_be_made_to_count(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    """As docs/operating.md says: refused while it is revoked; lifted, imported, revoked again."""
    village, county = homes["village"], homes["county"]
    linli("person", "add", "王桂兰", home=village)
    meet(homes)
    linli("person", "add", "赵有才", home=village)
    path = tmp_path / "last.backup"
    linli("backup", path, home=village)
    author: str = read(linli("status", "--json", home=village))["author"]
    revoke = ("member", "revoke", author, "--cause", "stolen")
    linli(*revoke, home=county)
    linli("bundle", "import", path, home=county, code=None)
    assert "赵有才" not in linli("person", "list", home=county).stdout
    linli("member", "lift", author, "--cause", "its backup is here", home=county)
    linli("bundle", "import", path, home=county)
    linli(*revoke, home=county)
    assert "赵有才" in linli("person", "list", home=county).stdout
    meet({tier: homes[tier] for tier in ("township", "county")})
    assert "赵有才" in linli("person", "list", home=homes["township"]).stdout
