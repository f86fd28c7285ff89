"""Who may hold and write what (design.md 6), and that a refusal stops nothing else.

Each test puts something forbidden into a batch together with something honest. The forbidden is
refused, or kept and not applied, with its reason; the honest arrives.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Iterator
from typing import Any

import pytest

from node import identity, wire
from node.clock import stamp
from node.errors import Refused, RefusedBytes
from node.feed import FeedKey, Head, Partition, VersionName
from node.replica import Amend, Assign, Insert, Intake, Replica
from node.schema import Channel
from node.segment import BRANCHES_MAX, Body, Cells, Segment
from node.trust import BEACON_DOMAIN
from tests.ledger import federation as county_of
from tests.ledger.federation import (
    START_MS,
    Federation,
    admission,
    beacon_of,
    chain_of,
    county,
    key_of,
    overreaching,
    row,
)
from tests.ledger.forging import changes, flipped, forge, new_rows, replacement, signed, write_of

FLIPS_A_REGION = 40


@pytest.fixture
def nodes() -> Iterator[Federation]:
    with county("county", "town1", "town2", "village1", "village2") as federation:
        yield federation


def person(replica: Replica, division: str = "", **values: Any) -> str:
    """A new person in a node's own division."""
    insert = Insert("person", {"name": "Wang", **values})
    return replica.write(division or replica.division, [insert]).ids[0]


def trust_of(replica: Replica) -> dict[FeedKey, Any]:
    return replica.store.ledger.trust_heads()


def bystander(federation: Federation) -> tuple[str, list[Segment]]:
    """A person that village 2 added, and the segments that carry it."""
    id_ = person(federation["village2"])
    return id_, federation.lacking("village2", "town1")


def take_with_bystander(
    federation: Federation, taker: str, *segments: Segment
) -> tuple[Intake, list[str]]:
    """Delivers segments with an honest feed in the middle of them, and sees that one arrive.

    Returns:
        The intake and the reasons of what was refused.
    """
    id_, honest = bystander(federation)
    half = len(segments) // 2
    intake = federation.deliver(taker, [*segments[:half], *honest, *segments[half:]])
    assert federation[taker].row("person", id_) is not None, "an honest feed was stopped"
    return intake, sorted(refusal.reason for refusal in intake.refused.values())


def held(replica: Replica, segment: Segment) -> bool:
    return replica.store.ledger.has(segment.header.feed, segment.head) is not None


def set_aside(replica: Replica) -> list[tuple[str, str, str]]:
    return [(e.table, e.column, e.reason) for e in replica.store.quarantine.entries()]


# --- authenticity --------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["header", "signature", "body"])
def test_a_flipped_bit_is_refused(nodes: Federation, region: str) -> None:
    person(nodes["village1"], phone="13800000000", grade="full")
    (segment,) = nodes.lacking("village1", "town1")
    parts = {"header": segment.header_bytes, "signature": segment.signature, "body": segment.body}
    bits = range(8 * len(parts[region]))
    chosen = random.Random(region).sample(bits, min(len(bits), FLIPS_A_REGION))
    reasons = set()
    for bit in chosen:
        try:
            altered = flipped(segment, region, bit)
        except RefusedBytes as refusal:
            reasons.add(refusal.reason)
            continue
        intake = nodes.deliver("town1", [altered])
        assert not intake.segments and len(intake.refused) == 1, f"bit {bit} of {region} was taken"
        reasons.update(refusal.reason for refusal in intake.refused.values())
        assert not held(nodes["town1"], altered)
    assert reasons, "no bit was tried"
    if region == "body":
        assert reasons == {"HASH_MISMATCH"}
    if region == "signature":
        assert reasons == {"SIGNATURE_INVALID"}
    intake, refused = take_with_bystander(nodes, "town1", segment)
    assert intake.segments == 2 and not refused


def test_the_flipped_bit_in_a_frame_stops_only_its_feed(nodes: Federation) -> None:
    person(nodes["village1"])
    (segment,) = nodes.lacking("village1", "town1")
    altered = flipped(segment, "signature", 5)
    intake, reasons = take_with_bystander(nodes, "town1", altered)
    assert reasons == ["SIGNATURE_INVALID"] and list(intake.refused) == [segment.header.feed]
    refusal = intake.refused[segment.header.feed]
    assert "signature" in str(refusal).lower()


@pytest.mark.parametrize("signer", ["town1", "village1"])
def test_a_body_replaced_by_anyone_but_the_county_is_refused(
    nodes: Federation, signer: str
) -> None:
    """A township puts a body of its own in the place of what a village sealed."""
    person(nodes["village1"])
    (original,) = nodes.lacking("village1", "county")
    replaced = replacement(original, signer, signer)
    _, reasons = take_with_bystander(nodes, "town1", replaced)
    assert reasons == ["CLUSTER_FOREIGN"] and not held(nodes["town1"], replaced)
    _, reasons = take_with_bystander(nodes, "town1", replacement(original, "county", signer))
    assert reasons == ["SIGNATURE_INVALID"] and not held(nodes["town1"], replaced)
    nodes.deliver("town1", [replacement(original, "county", "county")])
    assert held(nodes["town1"], original)
    nodes.give("village1", "town1")
    nodes.give("town1", "county")
    assert held(nodes["county"], original), "what the county replaced was not passed on"


def test_an_author_that_fills_its_quota_is_refused_and_nobody_else(nodes: Federation) -> None:
    core = nodes["town1"].core
    core.limits = dataclasses.replace(core.limits, author_quota_bytes_max=8_000)
    person(nodes["village1"], name=random.Random("long").randbytes(8_000).hex())
    for kept in (True, False):
        (segment,) = nodes.lacking("village1", "town1")
        _, reasons = take_with_bystander(nodes, "town1", segment)
        assert reasons == ([] if kept else ["LIMIT"])
        assert held(nodes["town1"], segment) is kept
        person(nodes["village1"])


def test_a_forged_author_is_refused(nodes: Federation) -> None:
    """Village 2 signs as village 1."""
    body = new_rows("person", {"name": ["forged"]})
    trust = trust_of(nodes["village1"])
    forged = forge("village1", "VILL0001", body, trust=trust, signer="village2")
    _, reasons = take_with_bystander(nodes, "town1", forged)
    assert reasons == ["SIGNATURE_INVALID"] and not held(nodes["town1"], forged)


def test_a_township_cannot_claim_a_villages_authorship(nodes: Federation) -> None:
    """Not even the county believes the township that admitted the village."""
    body = new_rows("visit", {"minutes": [600]})
    forged = forge("village1", "VILL0001", body, trust=trust_of(nodes["town1"]), signer="town1")
    for taker in ("county", "village1"):
        intake = nodes.deliver(taker, [forged])
        assert [r.reason for r in intake.refused.values()] == ["SIGNATURE_INVALID"]
    assert nodes["county"].count("visit") == 0


def test_every_signature_counts_where_segments_come_alone_or_in_a_run(nodes: Federation) -> None:
    """A run costs one signature: the last. An altered one before it breaks the chain of hashes."""
    ids = []
    for name in ("a", "b", "c"):
        ids.append(person(nodes["village1"], name=name))
        nodes["village1"].seal()
    run = nodes.lacking("village1", "town1")
    assert len(run) == 3
    intake = nodes.deliver("town1", [run[0], flipped(run[1], "signature", 9), run[2]])
    assert [r.reason for r in intake.refused.values()] == ["SIGNATURE_INVALID"]
    assert nodes["town1"].row("person", ids[2]) is None
    assert nodes.deliver("town1", run).segments == 3 - intake.segments


def test_a_foreign_county_is_refused(nodes: Federation) -> None:
    body = new_rows("person", {"name": ["from elsewhere"]})
    trust = trust_of(nodes["village1"])
    cluster = key_of("another county").author
    foreign = forge("village1", "VILL0001", body, trust=trust, cluster=cluster)
    _, reasons = take_with_bystander(nodes, "town1", foreign)
    assert reasons == ["CLUSTER_FOREIGN"]


def test_an_unknown_certificate_is_refused_until_it_comes() -> None:
    with county("county", "town2", "village3", settled=False) as nodes:
        person(nodes["village3"])
        carried = [s for s in nodes.lacking("village3", "county") if s.header.feed.channel > 1]
        admits = nodes.lacking("town2", "county")
        intake = nodes.deliver("county", carried)
        assert [r.reason for r in intake.refused.values()] == ["CERTIFICATE_UNKNOWN"]
        assert nodes["county"].count("person") == 0
        assert not nodes.deliver("county", [*carried, *admits]).refused
        assert nodes["county"].count("person") == 1


def test_a_certificate_for_a_place_outside_the_issuers_admits_nobody(nodes: Federation) -> None:
    """Township 2 certifies a box for a village of township 1, which its place does not allow."""
    outside = identity.issue(
        key_of("town2"),
        chain_of("town2")[0],
        identity.make_request(key_of("ghost")),
        "VILL0001",
        START_MS,
        365,
        False,
    )
    nodes["town2"].write("TOWN0002", [admission("ghost", "VILL0001", outside)])
    nodes.settle()
    for name in nodes.nodes:
        assert nodes[name].view.standing(key_of("ghost").author) is None
    ghost = forge(
        "ghost", "VILL0001", new_rows("person", {"name": ["ghost"]}),
        trust=trust_of(nodes["county"]),
    )  # fmt: skip
    _, reasons = take_with_bystander(nodes, "town1", ghost)
    assert reasons == ["CERTIFICATE_UNKNOWN"]


# --- place in the feed ---------------------------------------------------------------------------


def test_a_gap_is_refused(nodes: Federation) -> None:
    for name in ("a", "b", "c"):
        person(nodes["village1"], name=name)
        nodes["village1"].seal()
    first, second, third = nodes.lacking("village1", "town1")
    _, reasons = take_with_bystander(nodes, "town1", second, third)
    assert reasons == ["GAP"] and nodes["town1"].count("person", "VILL0001") == 0
    intake = nodes.deliver("town1", [first, third])
    assert intake.segments == 1
    assert [r.reason for r in intake.refused.values()] == ["GAP"]
    assert nodes.deliver("town1", [first, second, third]).segments == 2


def test_what_comes_twice_changes_nothing(nodes: Federation) -> None:
    id_ = person(nodes["village1"])
    nodes["village1"].write("VILL0001", [Assign("person", id_, "phone", "1")])
    run = nodes.lacking("village1", "town1")
    assert nodes.deliver("town1", [*run, *run]).segments == len(run)
    partition = Partition("VILL0001", Channel.CARE)
    before = nodes.nodes["town1"].digests(partition)
    assert nodes.deliver("town1", [*run, *run]).segments == 0
    assert nodes.nodes["town1"].digests(partition) == before


# --- scope ---------------------------------------------------------------------------------------


def test_a_feed_out_of_scope_is_refused_even_when_it_is_sent(nodes: Federation) -> None:
    """Village 1's people are none of village 2's or township 2's business."""
    person(nodes["village1"])
    nodes.seal("village1")
    sent = [
        segment
        for feed, segments in nodes.nodes["village1"].held.items()
        if feed.channel is Channel.CARE
        for segment in segments.values()
    ]
    assert sent
    for taker in ("village2", "town2"):
        intake = nodes.deliver(taker, sent)
        assert [r.reason for r in intake.refused.values()] == ["OUT_OF_SCOPE"]
        assert not any(held(nodes[taker], segment) for segment in sent)
        assert nodes[taker].count("person") == 0


def test_a_trust_feed_above_its_author_is_refused(nodes: Federation) -> None:
    """A village may not speak in the county's trust at all."""
    body = new_rows(
        "division_act", {"subject": ["VILL0001"], "kind": ["abolish"], "valid_from": ["2026-01-01"]}
    )
    trust = trust_of(nodes["village1"])
    forged = forge("village1", "COUNTY01", body, trust=trust, channel=Channel.TRUST)
    _, reasons = take_with_bystander(nodes, "town1", forged)
    assert reasons == ["NOT_AUTHORISED"] and not held(nodes["town1"], forged)


# --- authority -----------------------------------------------------------------------------------


def test_a_village_writing_anothers_register_is_kept_and_not_applied(nodes: Federation) -> None:
    id_ = person(nodes["village2"], phone="1")
    nodes.settle()
    with pytest.raises(Refused, match=r"may not write person\.phone") as refused:
        nodes["village1"].write("VILL0002", [Assign("person", id_, "phone", "2")])
    assert refused.value.reason == "NOT_AUTHORISED"
    with overreaching(nodes["village1"]):
        nodes["village1"].write("VILL0002", [Assign("person", id_, "phone", "2")])
    (forged,) = nodes.lacking("village1", "town1")
    intake, reasons = take_with_bystander(nodes, "town1", forged)
    assert intake.segments == 2 and not reasons
    for name in ("town1", "county", "village2"):
        nodes.give("town1", name)
        assert row(nodes[name], "person", id_)["phone"] == "1"
        assert set_aside(nodes[name]) == [("person", "phone", "NOT_AUTHORISED")]
        assert not nodes[name].conflicts(), "what is not applied is no conflict"
        assert held(nodes[name], forged), "it is kept and forwarded all the same"


def test_what_is_not_applied_is_transparent(nodes: Federation) -> None:
    """A chain of segments: an honest write that names a forged one takes out what that named."""
    id_ = person(nodes["village2"], phone="1")
    written = nodes["village2"].core
    first = VersionName(written.author, written.boot, written.store.integer("next_number") - 1)
    nodes.settle()
    trust = trust_of(nodes["village1"])
    over = write_of("person", id_, "phone", "forged", first)
    forged = forge("village1", "VILL0002", over, trust=trust)
    mended = write_of("person", id_, "phone", "3", VersionName(key_of("village1").author, 1, 1))
    honest = forge("town1", "VILL0002", mended, trust=trust_of(nodes["town1"]))
    for name, batch in (("county", [forged, honest]), ("village2", [honest, forged])):
        nodes.deliver(name, batch)
        assert row(nodes[name], "person", id_)["phone"] == "3"
        assert not nodes[name].conflicts(), "the first value was overwritten through the forged one"
    partition = Partition("VILL0002", Channel.CARE)
    assert nodes.nodes["county"].digests(partition) == nodes.nodes["village2"].digests(partition)


def test_a_village_may_not_create_rows_of_registers_elsewhere(nodes: Federation) -> None:
    trust = trust_of(nodes["village1"])
    both = new_rows("person", {"name": ["forged"]})
    both.rows.extend(new_rows("visit", {"minutes": [30]}).rows)
    forged = forge("village1", "VILL0002", both, trust=trust)
    take_with_bystander(nodes, "town1", forged)
    assert set_aside(nodes["town1"]) == [("person", "", "NOT_AUTHORISED")]
    assert nodes["town1"].count("visit", "VILL0002") == 1, "facts may be written anywhere"


def test_only_the_county_writes_its_own_tables(nodes: Federation) -> None:
    trust = trust_of(nodes["town1"])
    plan = new_rows("plan", {"text": ["by a township"]})
    forged = forge("town1", "VILL0001", plan, trust=trust, channel=Channel.ORDERS)
    take_with_bystander(nodes, "town1", forged)
    assert set_aside(nodes["town1"]) == [("plan", "", "NOT_AUTHORISED")]
    nodes["county"].write("VILL0001", [Insert("plan", {"text": "by the county"})])
    nodes.settle()
    assert [row["text"] for row in nodes["village1"].rows("plan")] == ["by the county"]


def test_an_outsider_amends_its_own_fact_and_no_other(nodes: Federation) -> None:
    own = nodes["village1"].write("VILL0002", [Insert("visit", {"minutes": 60})]).ids[0]
    made = nodes["village2"].write("VILL0002", [Insert("visit", {"minutes": 60})])
    (other,) = made.ids
    nodes.settle()
    nodes["village1"].write("VILL0002", [Amend("visit", own, {"void": "typed twice"})])
    with pytest.raises(Refused, match=r"may not write visit\.amendment"):
        nodes["village1"].write("VILL0002", [Amend("visit", other, {"void": "envy"})])
    nodes.settle()
    names = [VersionName(nodes["village2"].author, made.boot, made.changes[0])]
    names.append(VersionName(nodes["village1"].author, 1, made.changes[0]))
    envy = write_of("visit", other, "amendment", '{"void":"envy"}', *names)
    forged = forge(
        "village1", "VILL0002", envy, trust=trust_of(nodes["village1"]),
        after=nodes.heads_of("village1", "VILL0002", Channel.CARE),
    )  # fmt: skip
    for name in ("town1", "county", "village2"):
        assert nodes.deliver(name, [forged]).segments == 1
        assert row(nodes[name], "visit", own)["amendment"] == '{"void":"typed twice"}'
        assert row(nodes[name], "visit", other)["amendment"] is None
        assert set_aside(nodes[name]) == [("visit", "amendment", "NOT_AUTHORISED")]


def test_authority_is_judged_by_what_the_author_had_seen(nodes: Federation) -> None:
    """A frontier without the author's own certificate gives it no standing, wherever it arrives."""
    empty = forge("village1", "VILL0001", new_rows("person", {"name": ["too early"]}), trust={})
    for name in ("town1", "county"):
        intake = nodes.deliver(name, [empty])
        assert intake.segments == 1
        assert set_aside(nodes[name]) == [("", "", "NOT_AUTHORISED")]
        assert nodes[name].count("person") == 0


def test_what_names_trust_that_is_not_here_waits_for_it(nodes: Federation) -> None:
    nodes["county"].write("COUNTY01", [county_of.rename("VILL0001", "Nanda")])
    nodes.give("county", "village1")
    id_ = person(nodes["village1"])
    carried = [s for s in nodes.lacking("village1", "town1") if s.header.feed.channel > 1]
    nodes.deliver("town1", carried)
    assert set_aside(nodes["town1"]) == [("", "", "TRUST_BEHIND")]
    assert nodes["town1"].row("person", id_) is None
    nodes.give("county", "town1")
    assert set_aside(nodes["town1"]) == []
    assert nodes["town1"].row("person", id_) is not None


def test_trust_that_is_here_and_waits_itself_counts_for_nobody_yet() -> None:
    """A township's admission leans on trust data that comes last; what leans on it must wait.

    Judged too early, the admission's row would be missing from the view at that frontier, and the
    view would be remembered. Found as `history(67)` in test_convergence.
    """
    five = ("county", "town1", "town2", "village2", "village3")
    with county(*five, late=("village3",)) as nodes:
        nodes["town1"].write("TOWN0001", [admission("village2")])
        nodes.give("town1", "town2")
        nodes["town2"].write("TOWN0002", [admission("village3")])
        for taker in ("village2", "village3"):
            nodes.give("town1", taker)
            nodes.give("town2", taker)
        own, id_ = person(nodes["village2"]), person(nodes["village3"])
        last = nodes.heads_of("town1", "TOWN0001", Channel.TRUST)
        rest = [one for one in nodes.lacking("village2", "county") if one.head != last[0].head]
        nodes.deliver("county", rest)
        assert {reason for *_, reason in set_aside(nodes["county"])} == {"TRUST_BEHIND"}
        nodes.deliver("county", last)
        assert row(nodes["county"], "person", own)
        nodes.give("village3", "county")
        assert row(nodes["county"], "person", id_) and not set_aside(nodes["county"])
        before = [nodes.nodes["county"].digests(p) for p in nodes["county"].partitions()]
        for partition in nodes["county"].partitions():
            nodes["county"].rebuild(partition)
        assert before == [nodes.nodes["county"].digests(p) for p in nodes["county"].partitions()]


def test_trust_that_waits_for_ever_stops_nobody(nodes: Federation) -> None:
    """A village names trust data that nobody has; no honest header may lean on it."""
    bogus = trust_of(nodes["village2"])
    nobody = Head(999, hashlib.sha256(b"nobody has it").digest())
    bogus[FeedKey(key_of("county").author, "COUNTY01", Channel.TRUST)] = (nobody,)
    body = new_rows("certificate", {"author": ["x"], "stands_at": ["VILL0002"], "der": ["AA"]})
    waits = forge("village2", "VILL0002", body, trust=bogus, channel=Channel.TRUST)
    for name in ("county", "town1", "village1"):
        nodes.deliver(name, [waits])
        assert set_aside(nodes[name]) == [("", "", "TRUST_BEHIND")]
    ids = [person(nodes[name], "VILL0001") for name in ("village1", "town1", "county")]
    nodes.settle()
    partition = Partition("VILL0001", Channel.CARE)
    for name in ("village1", "town1", "county"):
        before = nodes.nodes[name].digests(partition)
        nodes[name].rebuild(partition)
        assert nodes.nodes[name].digests(partition) == before
        assert all(nodes[name].row("person", id_) for id_ in ids)
        assert set_aside(nodes[name]) == [("", "", "TRUST_BEHIND")]
    assert len({nodes.nodes[n].digests(partition) for n in ("village1", "town1", "county")}) == 1


def test_what_is_written_while_trust_waits_survives_a_rebuild(nodes: Federation) -> None:
    """The last of three trust segments came first: the county writes, and derives anew."""
    first, last = trust_of(nodes["town1"]), None
    for child in ("village3", "village4"):
        nodes["town1"].write("TOWN0001", [admission(child, "VILL0001")])
        nodes.seal("town1")
    (one, last) = nodes.lacking("town1", "county")
    leaning = dict(first)
    leaning[one.header.feed] = (last.head,)
    act = new_rows("certificate", {"author": ["x"], "stands_at": ["VILL0002"], "der": ["AA"]})
    waits = forge("village2", "VILL0002", act, trust=leaning, channel=Channel.TRUST)
    nodes.deliver("county", [waits])
    id_ = person(nodes["county"], "VILL0001")
    nodes["county"].seal()
    nodes["county"].rebuild(Partition("VILL0001", Channel.CARE))
    assert row(nodes["county"], "person", id_)
    nodes.settle()
    assert row(nodes["village1"], "person", id_) and not set_aside(nodes["county"])


def test_a_feed_branches_only_so_often(nodes: Federation) -> None:
    """Every header states all heads of every trust feed: a flood of forks would swell them all."""
    body = new_rows("certificate", {"author": ["x"], "stands_at": ["VILL0002"], "der": ["AA"]})
    forks = [
        forge("village2", "VILL0002", body, trust={}, channel=Channel.TRUST, boot=boot)
        for boot in range(BRANCHES_MAX + 1)
    ]
    intake = nodes.deliver("town1", forks)
    assert intake.segments == BRANCHES_MAX
    assert [refusal.reason for refusal in intake.refused.values()] == ["LIMIT"]
    person(nodes["town1"])
    (segment,) = nodes.heads_of("town1", "TOWN0001", Channel.CARE)
    assert len(segment.header_bytes) < 50 * (BRANCHES_MAX + 10)
    healed = forge("village2", "VILL0002", body, trust={}, channel=Channel.TRUST, boot=99,
                   after=forks[:BRANCHES_MAX])  # fmt: skip
    assert nodes.deliver("town1", [healed]).segments == 1


# --- poison --------------------------------------------------------------------------------------


def poisons() -> dict[str, Body]:
    """Well-formed bodies from a permitted author, each with something that may break a merge."""
    far = VersionName(key_of("village1").author, 1, (1 << 63) - 1)
    huge = [(1 << 62)] * 5
    meals = Cells("person", "meals", range(5), ["X" * 26] * 5, [None] * 5, huge, [()] * 5)
    keyless = new_rows("visit", {"person": [None, "P" * 26], "minutes": [1, 2]})
    keyless.cells.append(
        Cells("visit", "amendment", [0], ["Y" * 26], [None], ['{"void":"x"}'], [()])
    )
    twice = new_rows("person", {"name": ["a"]})
    twice.rows.extend(new_rows("person", {"name": ["b"]}).rows)
    return {
        "a sum beyond 64 bits": Body(changes(5), [], [meals]),
        "rows without their key": keyless,
        "two rows of one id": twice,
        "a number in place of text": new_rows("person", {"name": [5]}),
        "text in place of a number": new_rows("person", {"name": ["a"], "age": ["old"]}),
        "an unknown table": new_rows("spaceship", {"name": ["a"]}),
        "a column that is derived": new_rows("person", {"name": ["a"], "minutes": [1]}),
        "a cell of a fact": write_of("visit", "Z" * 26, "minutes", 5),
        "a register of another lane": new_rows("facility", {"name": ["a"]}),
        "a version that names itself": write_of(
            "person", "Q" * 26, "name", "me", VersionName(key_of("village1").author, 1, 1)
        ),
        "a version far away": write_of("person", "Q" * 26, "name", "me", far),
        "an amendment that is no JSON": write_of("visit", "Z" * 26, "amendment", "?"),
        "a stamp at the end of time": Body(changes(1, time=(1 << 63) - 1)),
        "text with a zero byte": new_rows("person", {"name": ["a\0b"]}),
    }


@pytest.mark.parametrize("what", poisons())
def test_a_poisonous_body_stops_nothing_and_ends_equal(nodes: Federation, what: str) -> None:
    segment = forge("village1", "VILL0001", poisons()[what], trust=trust_of(nodes["village1"]))
    intake, reasons = take_with_bystander(nodes, "town1", segment)
    assert intake.segments == 2 and not reasons and held(nodes["town1"], segment)
    nodes.deliver("county", [segment])
    partition = Partition("VILL0001", Channel.CARE)
    assert nodes.nodes["county"].digests(partition) == nodes.nodes["town1"].digests(partition)
    before = nodes.nodes["town1"].digests(partition)
    nodes["town1"].rebuild(partition)
    assert nodes.nodes["town1"].digests(partition) == before
    person(nodes["town1"], "TOWN0001")


def test_a_body_that_is_no_body_is_kept_and_listed(nodes: Federation) -> None:
    good = forge(
        "village1", "VILL0001", new_rows("person", {"name": ["a"]}),
        trust=trust_of(nodes["village1"]),
    )  # fmt: skip
    for boot, size in enumerate((good.header.body_bytes - 1, 1 << 31, good.header.body_bytes + 1)):
        header = dataclasses.replace(good.header, body_bytes=size, boot=boot + 1)
        torn = signed(header, good.body, "village1")
        take_with_bystander(nodes, "town1", torn)
        assert held(nodes["town1"], torn)
    assert set(set_aside(nodes["town1"])) == {("", "", "MALFORMED")}


# --- numbers and stamps --------------------------------------------------------------------------


def test_a_box_from_2036_does_not_win_for_ever(nodes: Federation) -> None:
    """Its stamp counts at most as far as its beacon and the longest isolation allow."""
    id_ = person(nodes["village1"], phone="0")
    nodes.settle()
    nodes.nodes["county"].clock.advance(1)
    assert nodes["county"].issue_beacon()
    for name in ("village1", "town1"):
        nodes[name].take_beacon(beacon_of(nodes["county"]))
    nodes.nodes["village1"].clock.advance(4_000 * 86_400_000)
    nodes["village1"].write("VILL0001", [Assign("person", id_, "phone", "from 2036")])
    nodes.settle()
    beacon = beacon_of(nodes["county"])
    limit = stamp(beacon.time + nodes["county"].core.limits.isolation_ms)
    for name in ("village1", "town1", "county"):
        (version,) = nodes[name].store.cells.standing("VILL0001", "person", id_, "phone")
        assert version.time == limit
        assert nodes[name].core.store.integer("high_water") <= max(limit, stamp(START_MS) * 2)


def test_a_restored_box_writes_on_under_the_beacon_of_its_own_past(nodes: Federation) -> None:
    """An old copy of a box, from before the last beacon, gets its own segments back and writes.

    What it writes follows them in its feed, so everybody else judges it by their beacon.
    """
    nodes.clone("village1", "restored")
    nodes.nodes["county"].clock.advance(86_400_000)
    nodes["county"].issue_beacon()
    beacon = beacon_of(nodes["county"])
    nodes["village1"].take_beacon(beacon)
    person(nodes["village1"])
    nodes.give("village1", "town1")
    nodes.give("town1", "village1-clone")
    nodes.nodes["village1-clone"].clock.advance(4_000 * 86_400_000)
    id_ = person(nodes["village1-clone"], phone="0")
    nodes["village1-clone"].write("VILL0001", [Assign("person", id_, "phone", "1")])
    nodes.settle()
    partition = Partition("VILL0001", Channel.CARE)
    seen = {nodes.nodes[name].digests(partition) for name in ("county", "town1", "village1-clone")}
    assert len(seen) == 1
    (version,) = nodes["county"].store.cells.standing("VILL0001", "person", id_, "phone")
    assert version.time == stamp(beacon.time + nodes["county"].core.limits.isolation_ms)


def test_a_beacon_is_only_the_countys(nodes: Federation) -> None:
    nodes.nodes["county"].clock.advance(1)
    nodes["county"].issue_beacon()
    beacon = beacon_of(nodes["county"])
    forged = dataclasses.replace(beacon, time=beacon.time + 1, raw=b"")
    with pytest.raises(Refused):
        nodes["village1"].take_beacon(forged)
    body = new_rows("person", {"name": ["a"]})
    segment = forge(
        "village1", "VILL0001", body, trust=trust_of(nodes["village1"]), beacon=forged
    )  # fmt: skip
    _, reasons = take_with_bystander(nodes, "town1", segment)
    assert reasons == ["SIGNATURE_INVALID"]


# --- contexts ------------------------------------------------------------------------------------


def test_what_was_written_before_new_trust_is_sealed_before_it(nodes: Federation) -> None:
    """A header states what its author had seen when it wrote, and not what came since."""
    person(nodes["village1"])
    nodes["county"].write("COUNTY01", [county_of.rename("VILL0001", "Nanda")])
    before = dict(nodes["village1"].store.ledger.trust_heads())
    nodes.give("county", "village1")
    (segment,) = [
        one
        for feed, segments in nodes.nodes["village1"].held.items()
        if feed.channel is Channel.CARE
        for one in segments.values()
    ]
    assert dict(segment.header.trust) == before
    assert dict(nodes["village1"].store.ledger.trust_heads()) != before


def test_what_was_written_before_a_beacon_is_sealed_before_it(nodes: Federation) -> None:
    person(nodes["village1"])
    nodes["county"].issue_beacon()
    nodes["village1"].take_beacon(beacon_of(nodes["county"]))
    person(nodes["village1"])
    nodes["village1"].seal()
    nodes.nodes["village1"].refresh()
    segments = [
        one
        for feed, found in nodes.nodes["village1"].held.items()
        if feed.channel is Channel.CARE
        for one in found.values()
    ]
    assert [segment.header.beacon is None for segment in segments] == [True, False]


def test_a_beacon_with_a_later_field_is_taken_and_passed_on_as_it_came(nodes: Federation) -> None:
    """The county's program may be newer than the village's."""
    nodes.nodes["county"].clock.advance(10_000_000)
    nodes["county"].issue_beacon()
    bare = wire.beacon_message(beacon_of(nodes["county"]))
    bare.ClearField("signature")
    bare.time += 1_000
    later = bytes([6 << 3 | 2, 2]) + b"v2"
    message = wire.ledger_pb2.Beacon.FromString(bare.SerializeToString(deterministic=True) + later)
    signed_bytes = message.SerializeToString(deterministic=True)
    signature = key_of("county").sign(BEACON_DOMAIN, signed_bytes)
    message.signature.CopyFrom(wire.signature_message(signature))
    raw = message.SerializeToString(deterministic=True)
    village = nodes["village1"]
    assert village.take_beacon(wire.read_beacon(wire.ledger_pb2.Beacon.FromString(raw)))
    assert wire.beacon_message(beacon_of(village)).SerializeToString(deterministic=True) == raw
    id_ = person(village)
    nodes.settle()
    assert row(nodes["county"], "person", id_)
    assert beacon_of(nodes["county"]).time == bare.time
