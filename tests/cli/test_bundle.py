"""A stick, as the people at both ends handle it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Linli, read


def written(linli: Linli, home: Path) -> None:
    linli("person", "add", "王小明", home=home)


def test_there_and_back(linli: Linli, homes: dict[str, Path], tmp_path: Path) -> None:
    village, town = homes["village"], homes["township"]
    written(linli, village)
    stick = tmp_path / "usb"
    stick.mkdir()
    made = read(linli("bundle", "export", "--for", "赤城镇", stick, "--json", home=village))
    path = Path(made["file"])
    assert made["whole"] and made["for"] == "130732100" and path.parent == stick
    assert path.name.startswith("linli-130732100-2") and path.suffix == ".bundle"
    assert not set(path.name) & set('<>:"|?*\\/') and path.name.isascii()
    assert [one.name for one in stick.iterdir()] == [path.name]
    shown = linli("bundle", "show", path, home=town).stderr
    assert "From 南大街村" in shown and "This node can open it" in shown
    taken = linli("bundle", "import", path, home=town)
    assert "1 new change" in taken.stderr and "To answer" in taken.stderr
    assert "王小明" in linli("person", "list", home=town).stdout
    again = read(linli("bundle", "import", path, "--json", home=town))
    assert again["older"] and again["changes"] == 0
    answer = stick / "answer.bundle"
    linli("bundle", "export", "--for", "南大街村", answer, home=town)
    back = linli("bundle", "import", answer, home=village)
    assert "Kept" in back.stderr and "Both now hold the same." in back.stderr
    assert read(linli("status", "--json", home=village))["waiting"]["changes"] == 0


def test_what_is_there_is_not_written_over(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "a.bundle"
    path.write_bytes(b"something else")
    refused = linli("bundle", "export", "--for", "赤城镇", path, home=homes["village"], code=2)
    assert "is there already" in refused.stderr and path.read_bytes() == b"something else"
    linli("bundle", "export", "--for", "赤城镇", path, "--yes", home=homes["village"])
    assert path.read_bytes() != b"something else"


def test_a_stick_that_cannot_be_written_leaves_nothing(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    missing = tmp_path / "no such stick" / "a.bundle"
    told = linli("bundle", "export", "--for", "赤城镇", missing, home=homes["village"], code=None)
    assert told.exit_code != 0 and "Cannot use" in told.stderr
    nowhere = linli("bundle", "export", "--for", "东关村", tmp_path, home=homes["village"], code=4)
    assert "No node at division" in nowhere.stderr and not list(tmp_path.glob("*.bundle*"))


def test_for_another_cut_short_or_none_at_all(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    village, town = homes["village"], homes["township"]
    written(linli, village)
    path = tmp_path / "a.bundle"
    linli("bundle", "export", "--for", "赤城镇", path, home=village)
    other = linli("bundle", "import", path, home=homes["county"], code=4)
    assert "sealed for" in other.stderr and "Carry it on" in other.stderr
    assert "cannot open it" in linli("bundle", "show", path, home=homes["county"]).stderr
    path.write_bytes(path.read_bytes()[:-10])
    cut = linli("bundle", "import", path, home=town, code=1)
    assert "ends too early" in cut.stderr
    spoilt = bytearray(path.read_bytes())
    spoilt[-20] ^= 1
    path.write_bytes(bytes(spoilt))
    damaged = read(linli("bundle", "import", path, "--json", home=town, code=1))
    assert damaged["fault"] == "HASH_MISMATCH" or not damaged["whole"]
    path.write_bytes(b"PK\x03\x04 a spreadsheet")
    assert "no bundle" in linli("bundle", "import", path, home=town, code=2).stderr
    assert linli("bundle", "import", tmp_path / "none", home=town, code=2).stderr
