"""Accounts and the audit, as whoever looks after a box types them."""

from __future__ import annotations

import re
from pathlib import Path

from node.accounts import pins
from node.accounts.keeping import accounts_of
from node.accounts.roles import ACTIONS, ROLES
from node.care import audited
from node.care.records import SCHEMA
from node.replica import Replica
from node.store.database import open_engine
from tests.cli.conftest import Linli, meet, read

Homes = dict[str, Path]


def test_an_account_is_made_with_a_pin_that_is_shown_once(linli: Linli, homes: Homes) -> None:
    home = homes["village"]
    made = linli("account", "add", "王芳", "--role", "村级助老员", home=home)
    pin = made.stdout.strip()
    assert re.fullmatch(r"\d{6}", pin) and pin not in made.stderr
    assert read(linli("account", "list", "--json", home=home)) == [
        {"user": "王芳", "role": "aide", "failures": 0}
    ]
    with Replica(home, SCHEMA) as replica:
        assert pins.fits(accounts_of(replica).listed()[0].verifier, pin)
    again = linli("account", "add", "王芳", "--role", "aide", home=home, code=2)
    assert "There is an account of 王芳 already" in again.stderr
    other = linli("account", "pin", "王芳", home=home).stdout.strip()
    assert other != pin
    assert "食堂管理员" in linli(
        "--lang", "zh", "account", "role", "王芳", "食堂管理员", home=home
    ).stderr  # fmt: skip
    assert "canteen keeper" in linli("account", "list", home=home).stdout
    assert "keeper" in linli("account", "list", "--csv", home=home).stdout
    gone = linli("account", "remove", "王芳", home=home)
    assert "It was the last account" in gone.stderr
    assert "no account of 王芳" in linli("account", "remove", "王芳", home=home, code=2).stderr
    told = [one["about"] for one in read(linli("account", "audit", "--json", home=home))]
    assert told == ["王芳 aide", "王芳 PIN", "王芳 keeper", "王芳 -"]


def test_a_pin_comes_from_a_file_and_bad_ones_make_nothing(
    linli: Linli, homes: Homes, tmp_path: Path
) -> None:
    home, file = homes["village"], tmp_path / "pin.txt"
    for text, told in (
        ("123456\n", "Anybody would try"), ("1\n", "6 to 64"), ("7" * 2_000, "too long"),
    ):  # fmt: skip
        file.write_text(text)
        words = ("account", "add", "王芳", "--role", "aide", "--pin-file", file)
        assert told in linli(*words, home=home, code=2).stderr
    file.write_bytes(b"\xff\xfe")
    assert "No PIN can be read" in linli(*words, home=home, code=2).stderr
    unknown = linli("account", "add", "王芳", "--role", "书记", home=home, code=2)
    assert "书记" in unknown.stderr and read(linli("account", "list", "--json", home=home)) == []
    file.write_text("红色的自行车\n")
    made = linli(*words, home=home)
    assert not made.stdout and "红色" not in made.stderr


def test_roles_are_one_table(linli: Linli, homes: Homes) -> None:
    told = read(linli("account", "roles", "--json", home=homes["village"]))
    assert told.keys() == set(ROLES) and all(set(told[role]) <= ACTIONS.keys() for role in told)
    for recorder in ("supervisor", "auditor", "keeper"):
        assert "visit.record" not in told[recorder]
    assert "村级助老员" in linli("--lang", "zh", "account", "roles", home=homes["village"]).stdout


def test_the_county_has_the_audit_though_somebody_edits_the_box(linli: Linli, homes: Homes) -> None:
    with Replica(homes["village"], SCHEMA) as village:
        audited.note(village, audited.SIGNED_IN, user="王芳", role="aide")
        audited.note(village, audited.READ, user="王芳", role="aide", about="people 1")
    meet(homes)
    seen = read(linli("account", "audit", "--json", home=homes["county"]))
    assert [(one["deed"], one["actor"]) for one in seen] == [
        ("signed_in", "王芳"), ("read", "王芳"),
    ]  # fmt: skip
    engine = open_engine(
        homes["village"] / "ledger.db", homes["village"] / "ledger.key", lambda: None
    )
    with engine.begin() as connection:
        from sqlalchemy import text

        found = connection.execute(text("DELETE FROM audit WHERE deed = 'read'"))
        assert found.rowcount == 1
    engine.dispose()
    meet(homes)
    assert read(linli("account", "audit", "--json", home=homes["county"])) == seen
    assert len(read(linli("account", "audit", "--json", home=homes["village"]))) == 1
    told = linli("doctor", "--rebuild", home=homes["village"], code=5)
    assert "1 partitions came out otherwise" in told.stdout


def test_the_audit_is_listed_by_person_and_day(linli: Linli, homes: Homes) -> None:
    home = homes["village"]
    with Replica(home, SCHEMA) as village:
        audited.note(village, audited.SIGNED_IN, user="王芳", role="aide")
        audited.note(village, audited.DENIED, user="赵强", role="keeper", about="people.see")
    (one,) = read(linli("account", "audit", "--user", "赵强", "--json", home=home))
    assert (one["deed"], one["about"]) == ("denied", "people.see")
    assert read(linli("account", "audit", "--since", "2999-01-01", "--json", home=home)) == []
    assert "无权查看" in linli("--lang", "zh", "account", "audit", home=home).stdout
    assert "操作人" in linli("account", "audit", "--csv", home=home).stdout


def test_who_took_a_register_out_is_kept(linli: Linli, homes: Homes, tmp_path: Path) -> None:
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    linli("--as", "王芳", "export", "people", tmp_path / "people.csv", home=home)
    (one,) = read(linli("account", "audit", "--json", home=home))
    assert (one["deed"], one["actor"], one["about"]) == ("exported", "王芳", "people 1")


def test_no_verifier_travels(linli: Linli, homes: Homes) -> None:
    linli("account", "add", "王芳", "--role", "aide", home=homes["village"])
    meet(homes)
    for tier in ("township", "county"):
        assert read(linli("account", "list", "--json", home=homes[tier])) == []
