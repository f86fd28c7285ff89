"""Certificates: what a chain permits, and that gRPC's TLS takes the same bytes."""

from __future__ import annotations

import os

# gRPC reads this once: with P-256 certificates it leaves TLS 1.3 alone.
os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-RSA-AES256-GCM-SHA384"

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import grpc
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from node import identity
from node.clock import BOOT_FLOOR_MS, DAY_MS
from node.errors import Refused, RefusedBytes, UsageError
from node.identity import Key

NOW = BOOT_FLOOR_MS


def key(name: str) -> Key:
    return Key.generate(hashlib.sha256(name.encode()).digest())


def covers(upper: str, lower: str) -> bool:
    """Divisions of these tests are named by their path, as in `c/t/v`."""
    return f"{lower}/".startswith(f"{upper}/")


@dataclass
class Family:
    """A county's three tiers, with their keys and chains."""

    keys: dict[str, Key]
    chains: dict[str, list[bytes]]

    @property
    def cluster(self) -> bytes:
        return identity.author_bytes(self.keys["county"].author)


def family(name: str, village: str = "c/t/v", township_issues: bool = True) -> Family:
    keys = {tier: key(f"{name} {tier}") for tier in ("county", "township", "village")}
    county, township = keys["county"], keys["township"]
    root = identity.new_root(county, "c", NOW, 365)
    middle = identity.issue(
        county, root, identity.make_request(township), "c/t", NOW, 365, township_issues
    )
    request = identity.make_request(keys["village"])
    signer = middle if township_issues else root
    leaf = identity.issue(
        township if township_issues else county, signer, request, village, NOW, 365, False
    )
    return Family(
        keys, {"county": [root], "township": [middle, root], "village": [leaf, middle, root]}
    )


OURS = family("ours")
THEIRS = family("theirs")


def refused(chain: list[bytes], cluster: bytes = OURS.cluster) -> Refused:
    with pytest.raises(Refused) as refusal:
        identity.check_chain(chain, cluster, covers)
    return refusal.value


@pytest.mark.parametrize(
    ("tier", "division", "can_issue"),
    [("county", "c", True), ("township", "c/t", True), ("village", "c/t/v", False)],
)
def test_a_good_chain_tells_who_stands_where(tier: str, division: str, can_issue: bool) -> None:
    leaf = identity.check_chain(OURS.chains[tier], OURS.cluster, covers)
    assert leaf.author == OURS.keys[tier].author
    assert leaf.public_der == OURS.keys[tier].public_der
    assert (leaf.division, leaf.can_issue) == (division, can_issue)
    assert (leaf.valid_from, leaf.valid_until) == (NOW, NOW + 365 * DAY_MS)
    assert leaf.der == OURS.chains[tier][0]


def test_a_certificate_opens_tls_on_a_box_from_1970_and_names_its_author() -> None:
    certificate = x509.load_der_x509_certificate(OURS.chains["village"][0])
    assert certificate.not_valid_before_utc.year == 1970
    assert certificate.not_valid_after_utc.year == 2099
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [OURS.keys["village"].author]


def test_issuing_again_gives_the_same_bytes() -> None:
    assert family("ours").chains == OURS.chains


def test_a_foreign_root_is_refused() -> None:
    refusal = refused(THEIRS.chains["village"])
    assert refusal.reason == "CLUSTER_FOREIGN"
    assert THEIRS.keys["county"].author in str(refusal)


def test_a_chain_with_links_exchanged_is_refused() -> None:
    leaf, middle, root = OURS.chains["village"]
    foreign_leaf, foreign_middle, _ = THEIRS.chains["village"]
    for chain in ([leaf, root], [foreign_leaf, middle, root], [leaf, foreign_middle, root]):
        assert refused(chain).reason == "SIGNATURE_INVALID"
    assert refused([leaf, middle]).reason == "CLUSTER_FOREIGN"
    assert refused([]).reason == "MALFORMED"
    assert refused([leaf] * 9).reason == "MALFORMED"


@pytest.mark.parametrize("division", ["c/t", "c", "c/u/v", "d"])
def test_a_division_that_is_not_below_its_issuers_is_refused(division: str) -> None:
    strange = family("ours", village=division)
    refusal = refused(strange.chains["village"])
    assert refusal.reason == "CERTIFICATE_SCOPE"
    assert f"division {division}, which does not lie below c/t" in str(refusal)


def test_who_may_not_issue_cannot() -> None:
    barren = family("ours", township_issues=False)
    request = identity.make_request(key("newcomer"))
    with pytest.raises(Refused, match="does not permit it to admit others") as refusal:
        identity.issue(
            barren.keys["township"],
            barren.chains["township"][0],
            request,
            "c/t/v",
            NOW,
            365,
            False,
        )
    assert refusal.value.reason == "INVITE_SCOPE"
    # The same forged past the guard: signed by a key whose certificate permits nothing.
    leaf = OURS.chains["village"][0]
    assert refused([leaf, *barren.chains["township"]]).reason == "CERTIFICATE_SCOPE"


def test_every_altered_bit_of_a_certificate_is_refused() -> None:
    leaf, middle, root = OURS.chains["village"]
    whole = int.from_bytes(leaf, "big")
    for bit in range(8 * len(leaf)):
        altered = (whole ^ 1 << bit).to_bytes(len(leaf), "big")
        assert refused([altered, middle, root]).reason in {"MALFORMED", "SIGNATURE_INVALID"}


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate_are_refused(content: bytes) -> None:
    for read in (identity.read_certificate, identity.presented_author, identity.request_author):
        with pytest.raises(RefusedBytes):
            read(content)


def test_a_certificate_of_somebody_elses_making_is_refused() -> None:
    strange = identity.enrolment_certificate(key("mine"))
    [der] = identity.chain_from_pem(strange)
    with pytest.raises(RefusedBytes, match="is not one of Linli's"):
        identity.read_certificate(der)
    assert identity.presented_author(der) == key("mine").author


def test_a_request_proves_that_its_key_is_held() -> None:
    request = identity.make_request(key("mine"))
    assert identity.request_author(request) == key("mine").author
    altered = request[:-1] + bytes([request[-1] ^ 1])
    with pytest.raises(RefusedBytes) as refusal:
        identity.request_author(altered)
    assert refusal.value.reason == "SIGNATURE_INVALID"


def test_validity_is_linlis_own_and_says_the_dates() -> None:
    leaf = identity.read_certificate(OURS.chains["village"][0])
    identity.check_validity(leaf, leaf.valid_from)
    identity.check_validity(leaf, leaf.valid_until)
    late = (
        "has expired: it holds from 2026-11-01 to 2027-11-01, and today is 2027-11-02.*linli join"
    )
    for now, message in (
        (leaf.valid_until + DAY_MS, late),
        (leaf.valid_from - 1, "is not valid yet: .*Check the clock"),
    ):
        with pytest.raises(Refused, match=message) as refusal:
            identity.check_validity(leaf, now)
        assert refusal.value.reason == "CERTIFICATE_EXPIRED"


def test_a_chain_survives_pem() -> None:
    chain = OURS.chains["village"]
    assert identity.chain_from_pem(identity.chain_to_pem(chain)) == chain
    with pytest.raises(UsageError, match="cannot be read"):
        identity.chain_from_pem(b"nothing")


class Echo(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in its stub only
    """Answers any call with the name in the caller's certificate."""

    def service(self, _details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        def answer(_request: bytes, context: grpc.ServicerContext) -> bytes:
            names = cast(Mapping[str, Iterable[bytes]], context.auth_context())
            return b",".join(names.get("x509_common_name", ()))

        return grpc.unary_unary_rpc_method_handler(answer)


@contextmanager
def serving(credentials: grpc.ServerCredentials) -> Iterator[int]:
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((Echo(),))
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()


def call(port: int, author: str, credentials: grpc.ChannelCredentials) -> bytes:
    """Calls whoever shows the certificate of `author`."""
    options = [("grpc.ssl_target_name_override", author)]
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        answer: bytes = channel.unary_unary("/test/Name", bytes, bytes)(b"", timeout=10)
        return answer


def server_credentials(of: Family, tier: str) -> grpc.ServerCredentials:
    shown = identity.chain_to_pem(of.chains[tier])
    root = identity.chain_to_pem(of.chains["county"])
    return grpc.ssl_server_credentials([(of.keys[tier].pem, shown)], root, True)


def client_credentials(of: Family, tier: str, trusting: Family) -> grpc.ChannelCredentials:
    root = identity.chain_to_pem(trusting.chains["county"])
    shown = identity.chain_to_pem(of.chains[tier])
    return grpc.ssl_channel_credentials(root, of.keys[tier].pem, shown)


@pytest.mark.parametrize("dialled", ["county", "township", "village"])
def test_tls_takes_the_chain_of_every_tier_on_both_sides(dialled: str) -> None:
    with serving(server_credentials(OURS, dialled)) as port:
        for dialler in ("county", "township", "village"):
            credentials = client_credentials(OURS, dialler, OURS)
            name = call(port, OURS.keys[dialled].author, credentials)
            assert name.decode() == OURS.keys[dialler].author


def test_tls_refuses_a_child_with_a_foreign_root() -> None:
    with serving(server_credentials(OURS, "township")) as port:
        credentials = client_credentials(THEIRS, "village", OURS)
        with pytest.raises(grpc.RpcError) as failure:
            call(port, OURS.keys["township"].author, credentials)
        assert failure.value.code() is grpc.StatusCode.UNAVAILABLE


def test_tls_refuses_a_parent_with_a_foreign_root_or_another_name() -> None:
    for shown, expected in ((THEIRS, THEIRS), (OURS, THEIRS)):
        with serving(server_credentials(shown, "township")) as port:
            credentials = client_credentials(OURS, "village", OURS)
            with pytest.raises(grpc.RpcError) as failure:
                call(port, expected.keys["township"].author, credentials)
            assert failure.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_newcomer_trusts_exactly_the_certificate_of_the_enrolment_port() -> None:
    township, other = OURS.keys["township"], THEIRS.keys["township"]
    shown = identity.enrolment_certificate(township)
    with serving(grpc.ssl_server_credentials([(township.pem, shown)])) as port:
        assert call(port, township.author, grpc.ssl_channel_credentials(shown)) == b""
        wrong = grpc.ssl_channel_credentials(identity.enrolment_certificate(other))
        with pytest.raises(grpc.RpcError):
            call(port, township.author, wrong)
