"""Evidence of a fork: it convinces somebody without Linli, and nothing else does."""

from __future__ import annotations

import ast
import base64
import dataclasses
import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node import wire
from node.errors import UsageError
from node.replica import Replica
from node.replica.evidence import evidence, forked_author
from node.schema import Channel
from node.segment import SEGMENT_DOMAIN, Segment
from tests.ledger.federation import Federation, county, key_of
from tests.ledger.forging import forge, new_rows, signed
from tests.session.sameness import backup, person, restore

VERIFIER = Path(__file__).resolve().parents[2] / "docs/verify_fork.py"
ALLOWED = {"base64", "hashlib", "json", "sys", "cryptography"}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BYTES_MAX = 2_048
CODE_LINES_MAX = 30

verdict = runpy.run_path(str(VERIFIER))["verdict"]


@pytest.fixture
def nodes() -> Iterator[Federation]:
    with county("county", "town1", "village1", "village2") as nodes:
        yield nodes


def restored(nodes: Federation) -> Replica:
    """A village that wrote, was put back, and wrote again; the township has both branches."""
    person(nodes["village1"])
    nodes.give("village1", "town1")
    copy = backup(nodes, "village1")
    person(nodes["village1"], name="李四")
    nodes.give("village1", "town1")
    restore(nodes, "village1", copy)
    nodes.nodes["village1"].held, nodes.nodes["village1"].mark = {}, 0
    person(nodes["village1"], name="赵六")
    nodes.give("village1", "town1")
    return nodes["town1"]


def verified(content: bytes) -> subprocess.CompletedProcess[bytes]:
    """What a stranger's machine says: nothing of this tree can be imported there."""
    return subprocess.run(
        [sys.executable, "-I", VERIFIER], input=content, capture_output=True, check=False
    )


def holds(content: Any) -> bool:
    """Whether the verifier takes it for evidence."""
    try:
        verdict(**content)
    except Exception:  # noqa: BLE001  whatever is raised is a refusal
        return False
    return True


def shown(*segments: Segment, author: str = "village1") -> dict[str, Any]:
    """Some segments in the form of evidence."""
    return {
        "public_key": base64.b64encode(key_of(author).public_der).decode(),
        "segments": [
            {
                "header": base64.b64encode(one.header_bytes).decode(),
                "signature": base64.b64encode(one.signature).decode(),
            }
            for one in segments
        ],
    }


def notice(
    text: str,
    author: str = "village1",
    division: str = "VILL0001",
    channel: Channel = Channel.ORDERS,
) -> Segment:
    body = new_rows("notice", {"text": [text]})
    return forge(author, division, body, trust={}, channel=channel)


def test_evidence_of_a_restored_box_convinces_a_stranger(nodes: Federation) -> None:
    town, author = restored(nodes), key_of("village1").author
    content = evidence(town.core, forked_author(town.core, author[:8]))
    said = verified(content)
    assert (said.returncode, said.stderr) == (0, b"")
    assert author in said.stdout.decode() and "VILL0001/3, segment 2" in said.stdout.decode()
    assert len(content) <= BYTES_MAX
    told = json.loads(content)
    assert told.keys() == {"public_key", "segments"}
    assert [one.keys() for one in told["segments"]] == [{"header", "signature"}] * 2
    assert not any(name.encode() in content for name in ("王小明", "李四", "赵六", "village1"))


def test_every_bit_of_the_evidence_counts(nodes: Federation) -> None:
    told = json.loads(evidence(restored(nodes).core, key_of("village1").author))
    assert holds(told)
    places = [(told, "public_key")]
    places += [(one, name) for one in told["segments"] for name in ("header", "signature")]
    tried = 0
    for where, name in places:
        text, raw = where[name], bytearray(base64.b64decode(where[name]))
        for bit in range(8 * len(raw)):
            raw[bit >> 3] ^= 1 << (bit & 7)
            where[name] = base64.b64encode(raw).decode()
            assert not holds(told), f"bit {bit} of {name}"
            raw[bit >> 3] ^= 1 << (bit & 7)
            tried += 1
        where[name] = text
    assert tried > 4_000 and holds(told)


def test_a_false_accusation_is_refused() -> None:
    one, other = notice("one"), notice("other")
    assert holds(shown(one, other)), "the test accuses nobody"
    r, s = one.signature[:32], int.from_bytes(one.signature[32:], "big")
    again = dataclasses.replace(one, signature=r + (ORDER - s).to_bytes(32, "big"))
    elsewhere = dataclasses.replace(other.header, cluster=key_of("town2").author)
    later = dataclasses.replace(other.header, previous=(one.head,), number=2)
    for name, accused in {
        "one segment twice": shown(one, one),
        "one segment under both forms of its signature": shown(one, again),
        "one segment": shown(one),
        "none": shown(),
        "three": shown(one, other, notice("third")),
        "of two divisions": shown(one, notice("other", division="VILL0002")),
        "of two lanes": shown(one, notice("other", channel=Channel.CARE)),
        "of two counties": shown(one, signed(elsewhere, other.body, "village1")),
        "of two numbers": shown(one, signed(later, other.body, "village1")),
        "of two authors": shown(one, notice("other", author="village2")),
        "signed by another": shown(one, signed(other.header, other.body, "village2")),
        "of another, signed by this one": shown(
            *(signed(part.header, part.body, "village2") for part in (one, other)),
            author="village2",
        ),
    }.items():
        assert not holds(accused), name
        assert verified(json.dumps(accused).encode()).returncode == 1, name


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"segments": 1}']
)
def test_what_is_no_evidence_ends_with_one_line(content: bytes) -> None:
    said = verified(content)
    assert (said.returncode, said.stdout) == (1, b"")
    assert b"Traceback" not in said.stderr and said.stderr.strip()


def test_evidence_of_a_machine_copied_while_it_ran_has_the_same_form(nodes: Federation) -> None:
    nodes.clone("village1", "copied", running=True)
    for name in ("village1", "village1-clone"):
        person(nodes[name], name=name)
        nodes.give(name, "town1")
    content = evidence(nodes["town1"].core, key_of("village1").author)
    assert verified(content).returncode == 0 and len(content) <= BYTES_MAX


def test_of_many_forks_the_smallest_is_shown(nodes: Federation) -> None:
    """A header states the trust that its author had newly seen: the first of a feed states all."""
    trust = nodes["county"].store.ledger.trust_heads()
    body, other = (new_rows("notice", {"text": [text]}) for text in ("one", "two"))
    large = [
        forge("village1", "VILL0001", each, trust=trust, channel=Channel.ORDERS)
        for each in (body, other)
    ]
    later = [new_rows("notice", {"text": [text]}) for text in ("three", "four")]
    for each in later:
        each.changes.number = [2]
    small = [
        forge("village1", "VILL0001", each, trust={}, channel=Channel.ORDERS, after=large[:1])
        for each in later
    ]
    nodes.deliver("town1", [*large, *small])
    told = json.loads(evidence(nodes["town1"].core, key_of("village1").author))
    assert sorted(map(str, told["segments"])) == sorted(map(str, shown(*small)["segments"]))


def test_where_there_is_no_fork_nothing_is_proved(nodes: Federation) -> None:
    town = nodes["town1"]
    with pytest.raises(UsageError, match="nothing to prove"):
        forked_author(town.core, key_of("village1").author)
    with pytest.raises(UsageError, match="No two different segments"):
        evidence(town.core, key_of("village1").author)


def test_a_beginning_that_fits_several_authors_is_refused(nodes: Federation) -> None:
    for name in ("village1", "village2"):
        nodes.clone(name, "copied")
        for copy in (name, f"{name}-clone"):
            person(nodes[copy], nodes[copy].division, name=copy)
            nodes.give(copy, "town1")
    town = nodes["town1"]
    with pytest.raises(UsageError, match="'' begins the ids of 2 authors"):
        forked_author(town.core, "")
    for name in ("village1", "village2"):
        assert forked_author(town.core, key_of(name).author[:6].upper()) == key_of(name).author


def test_the_alert_names_the_command_that_gives_the_evidence(nodes: Federation) -> None:
    (alert,) = restored(nodes).store.peers.alerts()
    assert f"linli member evidence {key_of('village1').author[:8]} FILE" in alert.text


def test_the_verifier_is_short_and_needs_nothing_of_linli() -> None:
    tree = ast.parse(VERIFIER.read_text())
    named = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.add((node.module or "").split(".")[0])
    assert named == ALLOWED
    lines = VERIFIER.read_text().splitlines()
    told = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef)
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
        if ast.get_docstring(node)
    }
    code = [
        line
        for number, line in enumerate(lines, 1)
        if number not in told and line.strip() and not line.strip().startswith("#")
    ]
    assert len(code) <= CODE_LINES_MAX


def test_a_header_is_read_as_protobuf_reads_it() -> None:
    """Else an author could add what a node passes over, and its forks would not show."""
    one, other = notice("one"), notice("other")
    partition = b"\x0a\x08VILL0001"
    more = {
        "an empty group": b"\x9b\x06\x9c\x06",
        "a number within a group": b"\x9b\x06\x28\x07\x9c\x06",
        "a number of another type": b"\x2a\x01\x07",
        "a number told again": b"\x28\x07\x28\x01",
        "a partition told in parts": b"\x22" + bytes([len(partition)]) + partition,
        "a lane of more than 32 bits": b"\x22\x07\x10\x82\x80\x80\x80\x80\x01",
        "a field of four bytes": b"\x9d\x06abcd",
    }
    for name, added in more.items():
        bent = other.header_bytes + added
        assert wire.decode_header(bent).feed == one.header.feed, name
        assert wire.decode_header(bent).number == one.header.number, name
        signature = key_of("village1").sign(SEGMENT_DOMAIN, bent)
        assert holds(shown(one, Segment(bent, signature, b"", other.header))), name
