"""Configuration: what is saved is read back, and what does not fit is named."""

from __future__ import annotations

import os
import stat
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import config
from node.config import Config, Limits, ParentAddress, whole_file, write_file
from node.errors import StoreFault, UsageError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PARENTS = st.lists(st.builds(ParentAddress, TEXTS, TEXTS, TEXTS), max_size=3)
CONFIGS = st.builds(
    Config, *[TEXTS] * 10, PARENTS, st.builds(Limits, sessions_max=st.integers(1, 10**6))
)
PLAIN = Config(division="d1", author="a1", user="王小明", cluster="c1")


@given(CONFIGS)
def test_what_is_saved_is_read_back(tmp_path_factory: pytest.TempPathFactory, made: Config) -> None:
    home = tmp_path_factory.mktemp("home")
    made.save(home)
    assert Config.load(home) == made


def test_only_changed_limits_stand_in_the_file_with_their_meaning(tmp_path: Path) -> None:
    replace(PLAIN, limits=Limits(seal_age_s_max=60)).save(tmp_path)
    text = (tmp_path / config.CONFIG).read_text("utf-8")
    assert "# age at which an open tail is sealed\nseal_age_s_max = 60\n" in text
    assert "frame_bytes_max" not in text


def test_the_folder_holds_nothing_but_the_file(tmp_path: Path) -> None:
    PLAIN.save(tmp_path)
    PLAIN.save(tmp_path)
    assert os.listdir(tmp_path) == [config.CONFIG]
    assert stat.S_IMODE((tmp_path / config.CONFIG).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lisen = ''", "nothing is called 'lisen'. Did you mean 'listen'?"),
        ("zzz = 'red'", "nothing is called 'zzz'. Take that line out."),
        ("[limits]\nframe_bytes = 1", r"'limits.frame_bytes'. Did you mean 'limits.frame_bytes_m"),
        ("[limits]\nsessions_max = '9'", "limits.sessions_max is '9'. It must be a whole number."),
        ("[limits]\nsessions_max = true", "limits.sessions_max is True. It must be a whole num"),
        ("[limits]\nsessions_max = 0", "sessions_max is 0. Give a whole number from 1 up"),
        ("listen = 7443", "listen is 7443. It must be text in quotes."),
        ("limits = 3", "write parents as"),
        ("parents = ['x']", "'parents' is not a table"),
        ("[[parents]]\nauthor = 'x'", "lacks division, author"),
        ("[[parents]]\nhost = 'x'", "nothing is called 'parents.host'"),
        ("listen = ", "cannot be read"),
    ],
)
def test_what_does_not_fit_is_named_with_the_file(tmp_path: Path, text: str, message: str) -> None:
    PLAIN.save(tmp_path)
    path = tmp_path / config.CONFIG
    kept = [line for line in path.read_text("utf-8").splitlines() if "listen" not in line]
    path.write_text("\n".join([*kept, text]), "utf-8")
    with pytest.raises(UsageError, match=message) as refusal:
        Config.load(tmp_path)
    assert str(path) in str(refusal.value)


def test_a_folder_without_a_node_names_the_two_commands(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No node lives in .*linli init.*linli join TOKEN"):
        Config.load(tmp_path)


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    (tmp_path / config.CONFIG).write_text("division = 'd'\n")
    with pytest.raises(UsageError, match="lacks division, author, user or cluster"):
        Config.load(tmp_path)


def test_a_name_that_is_not_utf_8_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not UTF-8"):
        replace(PLAIN, user="\udcff").save(tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("item", fields(Limits), ids=lambda item: item.name)
def test_every_limit_has_a_unit_and_a_meaning(item: object) -> None:
    name, metadata = item.name, item.metadata  # type: ignore[attr-defined]
    units = {"bytes", "changes", "ms", "s", "days", "sessions", "heads", "per"}
    units |= {"connections"}
    assert units & set(name.split("_")[:-1] + name.split("_")[-1:])
    assert metadata["meaning"]


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("frame_bytes_min", 2_000_000, "frame_bytes_max"),
        ("frame_bytes_max", 5_000_000, "message_bytes_max"),
        ("segment_bytes_max", 5_000_000, "message_bytes_max"),
        ("dial_retry_s_min", 301, "dial_retry_s_max"),
    ],
)
def test_limits_at_odds_are_refused(name: str, value: int, other: str) -> None:
    with pytest.raises(UsageError, match=f"{name} .*is above {other}"):
        Limits(**{name: value})


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_file(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFault, match=r"Cannot write .*No space left on device"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_is_given_up_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_file(path, b"old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as file:  # noqa: PT012
        file.write(b"new, and ")
        file.flush()
        assert path.read_bytes() == b"old"
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(("asked", "given"), [(0o600, 0o600), (0o666, 0o640)])
def test_a_file_is_made_with_its_permissions_and_never_has_others(
    tmp_path: Path, asked: int, given: int
) -> None:
    path = tmp_path / "file"
    before = os.umask(0o027)
    try:
        with whole_file(path, asked) as file:
            assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == given
            file.write(b"first, then ")
            file.seek(0)
            assert file.read() == b"first, then "
            file.write(b"second")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == given
    assert path.read_bytes() == b"first, then second"
    assert os.listdir(tmp_path) == ["file"]


def test_a_write_into_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="No such file or directory"):
        write_file(tmp_path / "missing" / "file", b"")
