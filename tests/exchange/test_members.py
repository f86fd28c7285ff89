"""Who is admitted, who is not, and what is left behind by an attempt that failed."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.v1.enrol_pb2 import EnrolRequest, RenewRequest
from node import identity
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock
from node.codes import Listed
from node.config import Config
from node.errors import (
    LinliError,
    ParentUnreachable,
    Refused,
    RefusedBytes,
    StoreFault,
    UsageError,
)
from node.link import error_of, refusal_of, sync_once
from node.members import (
    add_divisions,
    enrol,
    init_county,
    invite,
    join,
    mint_division_id,
    renew,
)
from node.members.folder import own_key
from node.replica import Replica
from tests.exchange.neighbours import (
    COUNTY,
    LISTED,
    LOOPBACK,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    admit,
    found,
    serving,
    token_of,
    until,
)
from tests.exchange.proxy import line_to

ANYWHERE = "127.0.0.1:9"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(BOOT_FLOOR_MS + 30 * DAY_MS)


@pytest.fixture
def county(tmp_path: Path, clock: ManualClock) -> Iterator[Replica]:
    found(tmp_path / "county", clock)
    config = Config.load(tmp_path / "county")
    config.address = config.enrol_address = ANYWHERE
    config.save(tmp_path / "county")
    with Replica(tmp_path / "county", SCHEMA, clock) as replica:
        yield replica


def key_of(number: int) -> identity.Key:
    return identity.Key.generate(bytes([number]) * 32)


def secret_of(token: str) -> bytes:
    return identity.read_token(token).secret


def asking(token: str, key: identity.Key) -> EnrolRequest:
    return EnrolRequest(
        secret=secret_of(token), certificate_request=identity.make_request(key), user="王芳"
    )


# --- a county and its divisions ------------------------------------------------------------------


def test_an_id_has_eight_characters_of_crockford_and_is_free() -> None:
    drawn = itertools.chain([b"\0" * 5, b"\0" * 5, b"\xff" * 5])
    assert mint_division_id(lambda count: next(drawn)) == "00000000"
    assert mint_division_id(lambda count: next(drawn), {"00000000"}) == "ZZZZZZZZ"


def test_a_list_is_added_once_and_its_differences_are_proposals(county: Replica) -> None:
    assert len(county.tree) == len(LISTED)
    assert county.tree.root == county.division
    again = add_divisions(county, LISTED)
    assert (again.count, again.proposals) == (0, ())
    changed = [
        *LISTED[:4],
        Listed("130732100202", "东关新村", "village", OTHER_TOWN),
        Listed("130732100203", "西关村", "village", TOWN),
    ]
    added = add_divisions(county, changed)
    assert added.count == 1
    assert [(one.what, one.here, one.listed) for one in added.proposals] == [
        ("name", "东关村", "东关新村"),
        ("parent", TOWN, OTHER_TOWN),
    ]
    assert county.tree.find("东关村").parent == county.tree.find(TOWN).id
    assert add_divisions(county, changed).count == 0


def test_a_few_rows_hang_below_what_is_known_here(county: Replica) -> None:
    few = [Listed("130732100298", "北关村", "village", TOWN)]
    assert add_divisions(county, few).count == 1
    assert county.tree.find("北关村").parent == county.tree.find(TOWN).id
    lost = [Listed("130732999201", "无名村", "village", "130732999")]
    with pytest.raises(UsageError, match="130732999, which is not in the list"):
        add_divisions(county, lost)
    assert county.tree.by_code("130732999201") is None


def test_the_list_of_another_county_is_refused(county: Replica) -> None:
    with pytest.raises(UsageError, match=r"沁县 \(140430\), and this county is 赤城县 \(130732\)"):
        add_divisions(county, [Listed("140430", "沁县", "county", "")])


def test_a_county_is_made_once_in_a_folder(county: Replica, tmp_path: Path) -> None:
    assert county.core.is_root
    assert county.tier == "county"
    assert county.beacon() is not None
    assert not list((tmp_path / "county").glob(".making"))
    with pytest.raises(UsageError, match="A node lives in"):
        init_county(tmp_path / "county", SCHEMA, code=COUNTY, name="赤城县", user="x")
    with pytest.raises(UsageError, match="'130732100' is the code of a township"):
        init_county(tmp_path / "other", SCHEMA, code=TOWN, name="赤城镇", user="x")


def test_what_a_power_cut_left_is_in_nobodys_way(tmp_path: Path) -> None:
    home = tmp_path / "county"
    author = own_key(home, lambda count: b"k" * count).author
    (home / ".making").mkdir()
    (home / ".making" / "ledger.db").write_bytes(b"half")
    (home / "ledger.db").write_bytes(b"half")
    (home / "ledger.key").write_text("torn")
    with init_county(home, SCHEMA, code=COUNTY, name="赤城县", user="x") as replica:
        assert replica.author == author
        assert len(replica.tree) == 1


# --- inviting ------------------------------------------------------------------------------------


def test_an_invitation_leaves_only_a_hash(county: Replica, clock: ManualClock) -> None:
    division = county.tree.find(TOWN).id
    token = identity.read_token(invite(county, division, user="李梅"))
    assert (token.address, token.division) == (ANYWHERE, division)
    assert identity.author_text(token.issuer) == county.author
    assert identity.author_text(token.root) == county.author
    assert token.expires_at == clock.now_ms() + 14 * DAY_MS
    kept = county.store.peers.invite(hashlib.sha256(token.secret).digest())
    assert kept is not None and (kept.division, kept.user, kept.author) == (division, "李梅", "")
    for file in county.core.home.iterdir():
        assert token.secret not in file.read_bytes()


def test_a_node_invites_strictly_below_itself(county: Replica) -> None:
    with pytest.raises(Refused, match="strictly below itself") as refusal:
        invite(county, county.division)
    assert refusal.value.reason == "INVITE_SCOPE"
    with pytest.raises(UsageError, match="There is no division NOWHERE1"):
        invite(county, "NOWHERE1")


def test_nobody_is_invited_to_an_address_that_cannot_be_dialled(county: Replica) -> None:
    division = county.tree.find(TOWN).id
    with pytest.raises(UsageError, match=r"its enrol_address is '0\.0\.0\.0:7444'"):
        invite(county, division, address="0.0.0.0:7444")
    county.core.config.address = ""
    with pytest.raises(UsageError, match=r"its address is '127\.0\.0\.1:0'"):
        invite(county, division)


# --- admitting -----------------------------------------------------------------------------------


def test_the_same_key_gets_the_same_certificate(county: Replica, clock: ManualClock) -> None:
    division = county.tree.find(TOWN).id
    token, key = invite(county, division), key_of(1)
    first = enrol(county, asking(token, key))
    leaf = identity.check_chain(
        list(first.certificates), identity.author_bytes(county.author), county.tree.covers
    )
    assert (leaf.author, leaf.division, leaf.can_issue) == (key.author, division, True)
    assert [parent.address for parent in first.parents] == [ANYWHERE]
    standing = county.view.standing(key.author)
    assert standing is not None and standing.division == division
    clock.advance(20 * DAY_MS)
    again = enrol(county, asking(token, key))
    assert list(again.certificates) == list(first.certificates)
    assert county.count("certificate") == 1


def refused_enrolment(county: Replica, request: EnrolRequest) -> Refused:
    count = county.count("certificate")
    with pytest.raises(Refused) as refusal:
        enrol(county, request)
    assert county.count("certificate") == count
    return refusal.value


def test_a_used_a_stale_and_an_unknown_token(county: Replica, clock: ManualClock) -> None:
    division = county.tree.find(TOWN).id
    used = invite(county, division)
    enrol(county, asking(used, key_of(1)))
    error = refused_enrolment(county, asking(used, key_of(2)))
    assert error.reason == "TOKEN_INVALID" and "used by another box" in str(error)
    stale = invite(county, county.tree.find(OTHER_TOWN).id, days=1)
    clock.advance(DAY_MS)
    error = refused_enrolment(county, asking(stale, key_of(3)))
    assert error.reason == "TOKEN_INVALID" and "held until" in str(error)
    unknown = EnrolRequest(secret=b"x" * 16, certificate_request=identity.make_request(key_of(4)))
    error = refused_enrolment(county, unknown)
    assert error.reason == "TOKEN_INVALID" and "never given here" in str(error)


def test_a_request_that_proves_nothing(county: Replica) -> None:
    token = invite(county, county.tree.find(TOWN).id)
    request = identity.make_request(key_of(1))
    torn = EnrolRequest(secret=secret_of(token), certificate_request=request[:-3])
    assert refused_enrolment(county, torn).reason == "MALFORMED"
    flipped = request[:-1] + bytes([request[-1] ^ 1])
    forged = EnrolRequest(secret=secret_of(token), certificate_request=flipped)
    assert refused_enrolment(county, forged).reason in ("SIGNATURE_INVALID", "MALFORMED")
    enrol(county, asking(token, key_of(1)))


def test_a_second_live_node_at_a_division(county: Replica, clock: ManualClock) -> None:
    division = county.tree.find(TOWN).id
    first, second = invite(county, division), invite(county, division)
    enrol(county, asking(first, key_of(1)))
    error = refused_enrolment(county, asking(second, key_of(2)))
    assert error.reason == "INVITE_SCOPE" and key_of(1).author in str(error)
    with pytest.raises(Refused, match="stands at division"):
        invite(county, division)
    replacing = invite(county, division, replace=True)
    enrol(county, asking(replacing, key_of(2)))
    clock.advance(400 * DAY_MS)
    invite(county, division)


def test_a_key_keeps_its_division(county: Replica) -> None:
    enrol(county, asking(invite(county, county.tree.find(TOWN).id), key_of(1)))
    other = invite(county, county.tree.find(OTHER_TOWN).id)
    assert "a node keeps its division" in str(refused_enrolment(county, asking(other, key_of(1))))


# --- renewing ------------------------------------------------------------------------------------


def renewal(key: identity.Key) -> RenewRequest:
    return RenewRequest(certificate_request=identity.make_request(key))


def test_a_member_is_renewed_when_half_its_time_is_over(
    county: Replica, clock: ManualClock
) -> None:
    key = key_of(1)
    token = invite(county, county.tree.find(VILLAGE).id)
    chain = list(enrol(county, asking(token, key)).certificates)
    clock.advance(100 * DAY_MS)
    assert list(renew(county, chain, renewal(key)).certificates) == chain
    clock.advance(400 * DAY_MS)
    fresh = list(renew(county, chain[:1], renewal(key)).certificates)
    assert fresh[0] != chain[0]
    given = identity.read_certificate(fresh[0])
    identity.check_validity(given, clock.now_ms())
    assert not given.can_issue
    assert list(renew(county, chain, renewal(key)).certificates) == fresh
    assert county.view.certificates[key.author].der == fresh[0]


def test_who_is_not_renewed(county: Replica, clock: ManualClock) -> None:
    key = key_of(1)
    token = invite(county, county.tree.find(VILLAGE).id)
    chain = list(enrol(county, asking(token, key)).certificates)
    with pytest.raises(Refused, match="another key"):
        renew(county, chain, renewal(key_of(2)))
    foreign = identity.new_root(key_of(9), county.division, clock.now_ms(), 9)
    with pytest.raises(Refused):
        renew(county, [foreign], renewal(key_of(9)))
    with pytest.raises(Refused) as refusal:
        renew(county, county.core.chain, renewal(county.core.key))
    assert refusal.value.reason == "INVITE_SCOPE"


def test_a_chain_from_another_root_is_not_recognised(county: Replica, clock: ManualClock) -> None:
    division, now = county.tree.find(VILLAGE).id, clock.now_ms()
    stranger = key_of(9)
    root = identity.new_root(stranger, county.division, now, 9)
    leaf = identity.issue(
        stranger, root, identity.make_request(key_of(1)), division, now, 9, can_issue=False
    )
    for chain in ([leaf, root], [leaf], [root]):
        with pytest.raises(Refused) as refusal:
            county.view.recognise(chain)
        assert refusal.value.reason == "SIGNATURE_INVALID"
        with pytest.raises(Refused):
            renew(county, chain, renewal(key_of(1)))


# --- joining over the line -----------------------------------------------------------------------


def test_three_tiers_join_also_while_the_county_is_away(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await until(town, lambda replica: replica.tree.by_code(VILLAGE))
        async with serving(tmp_path / "town") as town:
            await admit(town, VILLAGE, tmp_path / "village")
            with Replica(tmp_path / "village", SCHEMA) as village:
                assert village.beacon() is not None
                assert (await asyncio.to_thread(sync_once, village)).equal
                assert village.tier == "village"
                parents = village.core.config.parents
                assert [parent.author for parent in parents] == [
                    town.replica.author,
                    county.replica.author,
                ]
                with pytest.raises(Refused, match="strictly below itself"):
                    invite(village, village.tree.find(VILLAGE).id)
                with pytest.raises(Refused, match="Only the county's node"):
                    add_divisions(village, LISTED)

    asyncio.run(story())


def test_a_join_that_failed_is_repeated_with_the_same_key(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        home = tmp_path / "town"
        async with serving(tmp_path / "county") as county, line_to(county.enrol_address) as line:
            token = await token_of(county, TOWN, address=line.address)

            def joined() -> Replica:
                return join(home, SCHEMA, token, user="town", listen=LOOPBACK)

            line.refusing = True
            with pytest.raises(ParentUnreachable, match="Cannot reach 127"):
                await asyncio.to_thread(joined)
            key = identity.Key.load(home / "node.key")
            line.refusing = False
            # The answer is lost: the county has admitted the key, and the box knows nothing.
            await county.exchange.commit(enrol, county.replica, asking(token, key))
            assert not (home / "node.toml").exists()
            with await asyncio.to_thread(joined) as town:
                assert town.author == key.author
                assert (await asyncio.to_thread(sync_once, town)).equal
            # Joining again in the same folder is harmless too.
            with await asyncio.to_thread(joined) as town:
                assert town.tier == "township"
            with pytest.raises(Refused, match="used by another box") as refusal:
                await asyncio.to_thread(
                    lambda: join(tmp_path / "thief", SCHEMA, token, user="thief")
                )
            assert refusal.value.reason == "TOKEN_INVALID"
            assert sorted(file.name for file in (tmp_path / "thief").iterdir()) == ["node.key"]

    asyncio.run(story())


def test_an_impostor_is_told_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        found(tmp_path / "impostor")
        async with (
            serving(tmp_path / "county") as county,
            serving(tmp_path / "impostor") as impostor,
        ):
            token = await token_of(county, TOWN, address=impostor.enrol_address)
            with pytest.raises(Refused, match="Nothing was told to it"):
                await asyncio.to_thread(lambda: join(tmp_path / "t", SCHEMA, token, user="t"))

    asyncio.run(story())


def test_a_folder_stays_the_node_that_it_is(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            token = await token_of(county, OTHER_TOWN)
            with pytest.raises(Refused, match="the invitation is for"):
                await asyncio.to_thread(lambda: join(tmp_path / "town", SCHEMA, token, user="t"))

    asyncio.run(story())


def test_a_mistyped_token(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="mistyped"):
        join(tmp_path / "x", SCHEMA, "ABCDE-FGHIJ", user="x")
    assert not (tmp_path / "x").exists()


# --- errors on the wire --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        (Refused("No.", reason="TOKEN_INVALID", hint="Ask."), Refused),
        (RefusedBytes("Torn."), RefusedBytes),
        (ParentUnreachable("Busy.", hint="Later."), ParentUnreachable),
        (StoreFault("The disk is full."), ParentUnreachable),
        (UsageError("Odd."), RefusedBytes),
    ],
    ids=lambda value: getattr(value, "reason", ""),
)
def test_an_error_crosses_the_wire(error: LinliError, heard: type[LinliError]) -> None:
    other = error_of(refusal_of(error))
    assert type(other) is heard
    assert re.fullmatch(re.escape(str(error)), str(other))
    if not isinstance(error, StoreFault | UsageError):
        assert (other.reason, other.exit_code) == (error.reason, error.exit_code)
