"""`linli photo`: kept in the village, seen in the county, and never louder than it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.simulation import line
from node.care.records import SCHEMA
from node.replica import Replica
from tests.care.pictures import opened, picture
from tests.cli.conftest import Linli, meet, read


@pytest.fixture
def case(linli: Linli, homes: dict[str, Path]) -> str:
    linli("person", "add", "王桂兰", home=homes["village"])
    return linli("case", "open", "王桂兰", "--item", "4", home=homes["village"]).stdout.strip()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "改造前.jpg"
    path.write_bytes(picture())
    return path


def carry(homes: dict[str, Path], one: str, other: str) -> None:
    """A session as it is, contents and all."""
    with Replica(homes[one], SCHEMA) as dialler, Replica(homes[other], SCHEMA) as answerer:
        assert line.meet(dialler, answerer).done


def test_a_photo_is_kept_listed_shown_and_saved_where_it_has_come(
    linli: Linli, homes: dict[str, Path], case: str, file: Path, tmp_path: Path
) -> None:
    village, county = homes["village"], homes["county"]
    words = ["--shows", "改造前", "--taken-on", "2026-03-04", "--note", "门槛"]
    added = linli("photo", "add", case[-8:], file, *words, home=village)
    photo = added.stdout.strip()
    assert "南大街村" in added.stderr
    listed = linli("photo", "list", "--of", case, home=village).stdout
    for word in (photo[-8:], "改造案例", "改造前", "2026-03-04", "here, not above yet"):
        assert word in listed
    assert all(len(text) <= 80 for text in listed.splitlines())
    meet(homes)  # the records by hand, without contents
    assert "not here yet" in linli("photo", "show", photo, home=county).stdout
    refusal = linli("photo", "save", photo, tmp_path / "a.jpg", home=county, code=4).stderr
    assert " 0 of " in refusal and not (tmp_path / "a.jpg").exists()
    carry(homes, "village", "county")
    assert "here and above" in linli("photo", "list", home=village).stdout
    linli("photo", "save", photo[:8], tmp_path / "b.jpg", home=county)
    assert opened((tmp_path / "b.jpg").read_bytes()).size == (400, 300)
    assert (tmp_path / "b.jpg").stat().st_mode & 0o777 == 0o600
    linli("photo", "save", photo, tmp_path / "b.jpg", home=county, code=2)
    (row,) = read(linli("photo", "list", "--json", home=county))
    assert (row["shows"], row["state"], row["held_bytes"]) == ("before", "", row["size_bytes"])


def test_one_that_is_void_says_so(
    linli: Linli, homes: dict[str, Path], case: str, file: Path
) -> None:
    home = homes["village"]
    photo = linli("photo", "add", case, file, "--shows", "after", home=home).stdout.strip()
    linli("photo", "void", photo, "--reason", "录错对象", home=home)
    assert "void" in linli("photo", "list", home=home).stdout
    assert read(linli("photo", "show", photo, "--json", home=home))["state"] == "void"
    assert "void" in linli("photo", "history", photo, home=home).stdout


@pytest.mark.parametrize(
    ("record", "name", "told"),
    [
        ("王桂兰", "keiner.jpg", "无法读取"),
        ("王桂兰", "words.jpg", "打不开"),
        ("李四", "改造前.jpg", "可以带照片"),
        ("ZZZZZZZZ", "改造前.jpg", "可以带照片"),
    ],
)
def test_what_cannot_be_kept_is_told(
    linli: Linli, homes: dict[str, Path], case: str, file: Path, record: str, name: str, told: str
) -> None:
    (file.parent / "words.jpg").write_text("这不是照片")
    words = ["photo", "add", record, file.parent / name, "--shows", "before", "--lang", "zh"]
    assert told in linli(*words, home=homes["village"], code=2).stderr
    assert read(linli("photo", "list", "--json", home=homes["village"])) == []


def test_a_name_that_fits_two_records_is_asked_about(
    linli: Linli, homes: dict[str, Path], case: str, file: Path
) -> None:
    home = homes["village"]
    linli("facility", "add", "王桂兰", "--kind", "CT", home=home)
    refusal = linli("photo", "add", "王桂兰", file, "--shows", "other", home=home, code=2).stderr
    assert "fits several records" in refusal


def test_a_bundle_says_that_it_brought_photos(
    linli: Linli, homes: dict[str, Path], case: str, file: Path, tmp_path: Path
) -> None:
    linli("photo", "add", case, file, "--shows", "before", home=homes["village"])
    stick = tmp_path / "a.bundle"
    linli("bundle", "export", "--for", "赤城县", stick, home=homes["village"])
    told = linli("bundle", "import", stick, "--json", home=homes["county"])
    assert read(told)["photos"] == 1 and "Kept 1 photo." in told.stderr
