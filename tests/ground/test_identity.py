"""Identity: author ids, keys, signatures, and invitations that a person types."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from linli.v1.enrol_pb2 import Token
from node import identity
from node.clock import BOOT_FLOOR_MS
from node.errors import Refused, RefusedBytes, StoreFault, UsageError
from node.identity import Key

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NOW = BOOT_FLOOR_MS
DOMAIN = b"linli.v1.test"


def key(name: str) -> Key:
    return Key.generate(hashlib.sha256(name.encode()).digest())


@given(st.binary(min_size=20, max_size=20))
def test_an_author_id_reads_both_ways(raw: bytes) -> None:
    text = identity.author_text(raw)
    assert len(text) == 32
    assert identity.author_bytes(text) == raw


@pytest.mark.parametrize(
    "text", ["", "a" * 31, "a" * 33, "A" * 32, "a" * 31 + "1", "ı" + "a" * 31, "a" * 40, "é" * 32]
)
def test_what_is_no_author_id_is_refused(text: str) -> None:
    with pytest.raises(RefusedBytes, match="is not an author id"):
        identity.author_bytes(text)


def test_an_author_id_is_the_hash_of_the_key() -> None:
    mine = key("mine")
    digest = hashlib.sha256(mine.public_der).digest()
    assert identity.author_bytes(mine.author) == digest[:20]
    assert identity.author_of(mine.public_der) == mine.author


def test_the_same_entropy_gives_the_same_key() -> None:
    assert key("one").author == key("one").author != key("two").author


def test_a_key_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    made = key("mine")
    made.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Key.load(path).author == made.author


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "node.key"
    key("mine").save(path)
    path.chmod(mode)
    with pytest.raises(StoreFault, match=rf"open to others \(mode {mode:04o}\).*chmod 600"):
        Key.load(path)


def test_no_key_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    key("mine").save(path)
    with pytest.raises(StoreFault, match="a key that is overwritten is lost"):
        key("other").save(path)
    assert Key.load(path).author == key("mine").author


def test_a_file_without_a_fitting_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    with pytest.raises(StoreFault, match="Cannot read the key"):
        Key.load(path)
    other_curve = ec.derive_private_key(7, ec.SECP384R1())
    other_kind = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    contents = [
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        for private in (other_curve, other_kind)
    ]
    for content in [b"", b"hello", key("mine").pem[:100], *contents]:
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(StoreFault, match="holds no key on P-256"):
            Key.load(path)


def test_a_public_key_has_one_encoding() -> None:
    mine = key("mine")
    assert identity.public_der(identity.load_public(mine.public_der)) == mine.public_der
    # SubjectPublicKeyInfo of the same point, compressed: a second author id for one key.
    point = mine.public.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    other_curve = identity.public_der(ec.derive_private_key(7, ec.SECP384R1()).public_key())
    for der in (head + point, other_curve, mine.public_der + b"\0", mine.public_der[:-1], b""):
        with pytest.raises(RefusedBytes):
            identity.load_public(der)


@given(st.binary(max_size=40), st.binary(max_size=100))
def test_a_signature_fits_its_key_domain_and_message(domain: bytes, message: bytes) -> None:
    domain = domain.replace(b"\0", b"")
    mine = key("mine")
    signature = mine.sign(domain, message)
    assert len(signature) == 64
    assert int.from_bytes(signature[32:], "big") <= ORDER // 2
    identity.verify(mine.public, domain, message, signature)
    identity.verify(mine.public_der, domain, message, signature)
    wrong = [
        (key("other").public, domain, message),
        (mine.public, domain + b"x", message),
        (mine.public, domain, message + b"x"),
    ]
    for public, said_domain, said_message in wrong:
        with pytest.raises(Refused, match="does not fit") as refusal:
            identity.verify(public, said_domain, said_message, signature)
        assert refusal.value.reason == "SIGNATURE_INVALID"


def test_every_bit_of_a_signature_counts() -> None:
    mine = key("mine")
    signature = mine.sign(DOMAIN, b"message")
    for bit in range(512):
        flipped = int.from_bytes(signature, "big") ^ 1 << bit
        with pytest.raises(Refused):
            identity.verify(mine.public, DOMAIN, b"message", flipped.to_bytes(64, "big"))


def test_the_other_form_of_a_signature_and_other_lengths_are_refused() -> None:
    mine = key("mine")
    signature = mine.sign(DOMAIN, b"message")
    high = ORDER - int.from_bytes(signature[32:], "big")
    forms = [
        signature[:32] + high.to_bytes(32, "big"),
        signature[:63],
        signature + b"\0",
        signature[:32] + b"\0" + signature[32:],
        b"",
        bytes(64),
    ]
    for form in forms:
        with pytest.raises(Refused) as refusal:
            identity.verify(mine.public, DOMAIN, b"message", form)
        assert refusal.value.reason == "SIGNATURE_INVALID"


def test_a_signature_repeats() -> None:
    mine = key("mine")
    signatures = {mine.sign(DOMAIN, b"message") for _ in range(5)}
    assert len(signatures) == 1


TOKENS = st.builds(
    Token,
    version=st.just(1),
    address=st.text(min_size=1, max_size=30),
    issuer=st.binary(min_size=20, max_size=20),
    root=st.binary(min_size=20, max_size=20),
    secret=st.binary(min_size=16, max_size=16),
    division=st.text(min_size=1, max_size=10),
    expires_at=st.integers(-(1 << 63), (1 << 63) - 1),
)
INVITATION = Token(
    version=1,
    address="10.2.0.5:7444",
    issuer=bytes(range(20)),
    root=bytes(range(20, 40)),
    secret=bytes(range(16)),
    division="k3m9x2ab",
    expires_at=NOW,
)


@given(TOKENS)
def test_a_token_reads_both_ways(token: Token) -> None:
    text = identity.make_token(token)
    assert identity.read_token(text) == token
    assert max(map(len, text.split("-"))) == 5
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-")


def test_case_blanks_and_dashes_do_not_matter() -> None:
    text = identity.make_token(INVITATION)
    for typed in (text.lower(), text.replace("-", " "), text.replace("-", ""), f"\n {text}\u3000"):
        assert identity.read_token(typed) == INVITATION


def test_every_single_character_that_is_mistyped_is_found() -> None:
    text = identity.make_token(INVITATION)
    for index, right in enumerate(text):
        for wrong in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567018=*é- ":
            if wrong != right and {wrong, right} != {"-", " "}:
                with pytest.raises(UsageError, match="token was mistyped"):
                    identity.read_token(text[:index] + wrong + text[index + 1 :])


def test_a_missing_a_doubled_and_two_exchanged_characters_are_found() -> None:
    text = identity.make_token(INVITATION).replace("-", "")
    for index in range(len(text)):
        typed = [text[:index] + text[index + 1 :], text[:index] + text[index] + text[index:]]
        if text[index : index + 1] != text[index + 1 : index + 2]:
            typed.append(text[:index] + text[index : index + 2][::-1] + text[index + 2 :])
        for wrong in typed:
            if wrong != text:
                with pytest.raises(UsageError, match="token was mistyped"):
                    identity.read_token(wrong)


@given(st.text(max_size=200))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="token was mistyped"):
        identity.read_token(text)


def test_a_token_of_a_newer_linli_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = Token()
    newer.CopyFrom(INVITATION)
    newer.version = 2
    with monkeypatch.context() as future:
        future.setattr("node.identity.tokens.TOKEN_VERSION", 2)
        text = identity.make_token(newer)
    with pytest.raises(UsageError, match=r"of version 2; this Linli reads version 1.*Upgrade"):
        identity.read_token(text)
