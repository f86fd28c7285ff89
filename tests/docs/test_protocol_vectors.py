"""Every number printed in docs/protocol.md is computed here, twice where a formula is short.

A stranger who writes a client in another language trusts these bytes more than any sentence. So
each is made by the code that makes the real ones, and the short formulas are written out once more
below as the document tells them, without the code.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from linli.v1 import enrol_pb2, ledger_pb2
from node import identity, wire
from node.clock import clamp, day, month, stamp, xun
from node.feed import Digest, FeedKey, Head, VersionName, head_digest
from node.schema import Channel
from node.segment import (
    SEGMENT_DOMAIN,
    Beacon,
    Body,
    Cells,
    Changes,
    Header,
    Rows,
    ids_of,
)
from node.trust import BEACON_DOMAIN, RECEIPT_DOMAIN, REPLACEMENT_DOMAIN
from node.wire.columns import put_column

PROTOCOL = Path(__file__).resolve().parents[2] / "docs/protocol.md"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DAY_MS = 86_400_000
NOON_MS = 1_795_233_600_000
BOOT = 0x0123456789ABCDEF
VILLAGE_DIVISION, COUNTY_DIVISION = "VILL0001", "COUNTY01"


def printed() -> dict[str, str]:
    """The vectors of the document, wrapped lines joined."""
    found: dict[str, str] = {}
    for block in re.findall(r"^```vector\n(.*?)^```", PROTOCOL.read_text(), re.S | re.M):
        for entry in re.split(r"\n(?! )", block.rstrip("\n")):
            name, value = entry.split(" = ", 1)
            assert name not in found, f"{name} is printed twice"
            found[name] = re.sub(r"\n +", "", value)
    return found


def key_of(words: str) -> tuple[int, identity.Key]:
    scalar = int.from_bytes(hashlib.sha256(words.encode()).digest(), "big")
    return scalar, identity.Key(ec.derive_private_key(scalar, ec.SECP256R1()))


COUNTY_SCALAR, COUNTY = key_of("linli vector county")
VILLAGE_SCALAR, VILLAGE = key_of("linli vector village")
FEED = FeedKey(VILLAGE.author, VILLAGE_DIVISION, Channel.CARE)
TRUST_FEED = FeedKey(COUNTY.author, COUNTY_DIVISION, Channel.TRUST)
TRUST_HEAD = Head(3, hashlib.sha256(b"linli vector trust head").digest())


def column(values: Sequence[str | int | None], type_: type) -> str:
    message = ledger_pb2.Column()
    put_column(message, values, type_)
    return message.SerializeToString(deterministic=True).hex()


def body() -> tuple[Body, str]:
    """Two changes: one registers a person, one corrects the phone and adds a group."""
    changes = Changes(
        [7, 9],
        [stamp(NOON_MS), stamp(NOON_MS + 60_000, 1)],
        ["aide", "aide"],
        [None, "typo"],
        [None, None],
    )
    rows = Rows("person", [0], [0], {"name": ["王小明"], "phone": ["13800000000"]})
    person = ids_of(identity.author_bytes(VILLAGE.author), BOOT, changes, rows)[0]
    first = VersionName(VILLAGE.author, BOOT, 7)
    cells = [
        Cells("person", "phone", [1], [person], [None], ["13900000000"], [(first,)]),
        Cells("person", "groups", [1], [person], ["DJ"], [1], [()]),
    ]
    return Body(changes, [rows], cells), person


def beacon() -> Beacon:
    trust = head_digest(TRUST_FEED, TRUST_HEAD)
    bare = Beacon(NOON_MS - DAY_MS, trust.to_bytes(), Digest().to_bytes(), COUNTY.author)
    signature = COUNTY.sign(BEACON_DOMAIN, wire.beacon_bytes(bare))
    return Beacon(bare.time, bare.trust_digest, bare.registry_digest, bare.author, signature)


def segment_vectors(packed: bytes) -> dict[str, str]:
    content, person = body()
    raw = wire.encode_body(content)
    assert wire.decompress(packed, len(raw), 1 << 20) == raw, "body.packed unpacks to body.raw"
    header = Header(
        cluster=COUNTY.author,
        feed=FEED,
        number=1,
        previous=(),
        boot=BOOT,
        first_change=7,
        last_change=9,
        changes=2,
        body_hash=hashlib.sha256(packed).digest(),
        body_bytes=len(raw),
        beacon=beacon(),
        trust={TRUST_FEED: (TRUST_HEAD,)},
        policy="baseline-1",
        schema=1,
    )
    encoded = wire.encode_header(header)
    signature = VILLAGE.sign(SEGMENT_DOMAIN, encoded)
    identity.verify(VILLAGE.public_der, SEGMENT_DOMAIN, encoded, signature)
    hash_ = hashlib.sha256(encoded + signature).digest()
    message = ledger_pb2.Segment(
        header=encoded, signature=wire.signature_message(signature), body=packed
    )
    assert wire.read_segment(message).head == Head(1, hash_)
    other = head_digest(FEED, TRUST_HEAD)
    return {
        "body.row_id": person,
        "body.raw": raw.hex(),
        "body.packed": packed.hex(),
        "header.bytes": encoded.hex(),
        "header.signature": signature.hex(),
        "segment.hash": hash_.hex(),
        "digest.head": str(head_digest(FEED, Head(1, hash_))),
        "digest.other_head": str(other),
        "digest.sum": str(head_digest(FEED, Head(1, hash_)) + other),
        **receipt_vectors(Head(1, hash_)),
        **replacement_vectors(encoded),
    }


def receipt_vectors(head: Head) -> dict[str, str]:
    receipt = wire.receipt_message(
        FEED,
        [head],
        [wire.Unapplied(BOOT, b"", 9, 9, "COLUMN_UNKNOWN")],
        NOON_MS + 120_000,
        COUNTY.author,
    )
    signed = wire.unsigned(receipt)
    signature = COUNTY.sign(RECEIPT_DOMAIN, signed)
    return {"receipt.bytes": signed.hex(), "receipt.signature": signature.hex()}


def replacement_vectors(header: bytes) -> dict[str, str]:
    message = ledger_pb2.Replacement(
        order="01KRH7Y2G0ABCDEFGHJKMNPQRS",
        body_hash=hashlib.sha256(b"without").digest(),
        body_bytes=len(b"without"),
    )
    signed = wire.replacement_bytes(header, message)
    signature = COUNTY.sign(REPLACEMENT_DOMAIN, signed)
    return {"replacement.signed": signed.hex(), "replacement.signature": signature.hex()}


def token() -> enrol_pb2.Token:
    return enrol_pb2.Token(
        version=1,
        address="10.2.0.5:7444",
        issuer=identity.author_bytes(COUNTY.author),
        root=identity.author_bytes(COUNTY.author),
        secret=bytes(range(16)),
        division=VILLAGE_DIVISION,
        expires_at=NOON_MS + 14 * DAY_MS,
    )


def computed(packed: bytes) -> dict[str, str]:
    beacon_bytes = wire.beacon_bytes(beacon())
    first, last = stamp(NOON_MS - 10 * DAY_MS), stamp(NOON_MS + 500 * DAY_MS)
    scope = enrol_pb2.CertificateScope(
        division=VILLAGE_DIVISION, valid_from=NOON_MS, valid_until=NOON_MS + 365 * DAY_MS
    )
    return {
        "county.private": f"{COUNTY_SCALAR:064x}",
        "county.public": COUNTY.public_der.hex(),
        "county.author": identity.author_bytes(COUNTY.author).hex(),
        "county.author_text": COUNTY.author,
        "village.private": f"{VILLAGE_SCALAR:064x}",
        "village.public": VILLAGE.public_der.hex(),
        "village.author": identity.author_bytes(VILLAGE.author).hex(),
        "village.author_text": VILLAGE.author,
        "stamp.milliseconds": str(NOON_MS),
        "stamp.counter": "5",
        "stamp.value": str(stamp(NOON_MS, 5)),
        "stamp.day": day(NOON_MS),
        "stamp.month": month(NOON_MS),
        "stamp.xun": xun(NOON_MS),
        "clamp.beacon_milliseconds": str(NOON_MS),
        "clamp.early": str(first),
        "clamp.early_becomes": str(clamp(first, NOON_MS, 400 * DAY_MS)),
        "clamp.late": str(last),
        "clamp.late_becomes": str(clamp(last, NOON_MS, 400 * DAY_MS)),
        "column.text": column(["a", "b", "c"], str),
        "column.dictionary": column(["no", "no", "yes", "no"], str),
        "column.one_word": column(["no", "no", "no"], str),
        "column.integer": column([5, -5, 5], int),
        "column.delta": column([1000, 1001, 1003], int),
        "column.nulls": column([1000, None, 1002], int),
        "column.all_null": column([None, None], int) or "(nothing)",
        "beacon.bytes": beacon_bytes.hex(),
        "beacon.signature": beacon().signature.hex(),
        "token.bytes": token().SerializeToString(deterministic=True).hex(),
        "token.text": identity.make_token(token()),
        "scope.bytes": scope.SerializeToString(deterministic=True).hex(),
        **segment_vectors(packed),
    }


def test_every_vector_of_the_document_is_what_the_code_gives() -> None:
    told = printed()
    # The compressor of another zstd may pack otherwise; what counts is that it unpacks.
    known = computed(bytes.fromhex(told["body.packed"]))
    assert told.keys() == known.keys()
    assert told == known


# --- the same by the words of the document -------------------------------------------------------


def test_the_author_id_is_the_start_of_a_hash_of_the_public_key() -> None:
    told = printed()
    digest = hashlib.sha256(bytes.fromhex(told["village.public"])).digest()[:20]
    assert digest.hex() == told["village.author"]
    assert base64.b32encode(digest).decode().lower() == told["village.author_text"]


def test_a_row_id_follows_from_the_change_that_made_it() -> None:
    told = printed()
    hashed = bytes.fromhex(told["village.author"])
    hashed += BOOT.to_bytes(8, "big") + (7).to_bytes(8, "big") + (0).to_bytes(4, "big")
    value = NOON_MS << 80 | int.from_bytes(hashlib.sha256(hashed).digest()[:10], "big")
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    ulid = "".join(alphabet[value >> shift & 31] for shift in range(125, -1, -5))
    assert ulid == told["body.row_id"]


def test_a_segment_is_signed_and_hashed_as_told() -> None:
    told = printed()
    header, signature = (bytes.fromhex(told[f"header.{name}"]) for name in ("bytes", "signature"))
    assert int.from_bytes(signature[32:], "big") <= ORDER // 2
    identity.verify(bytes.fromhex(told["village.public"]), b"linli.v1.segment", header, signature)
    assert hashlib.sha256(header + signature).hexdigest() == told["segment.hash"]


def test_a_digest_is_a_sum_of_hashes() -> None:
    told = printed()
    parts = []
    for number, hash_ in ((1, told["segment.hash"]), (3, TRUST_HEAD.hash.hex())):
        named = b"VILL0001\0" + bytes([3]) + told["village.author_text"].encode() + b"\0"
        named += number.to_bytes(8, "big") + bytes.fromhex(hash_)
        parts.append(int.from_bytes(hashlib.sha256(named).digest(), "big"))
    assert f"{sum(parts) % 2**256:064x}" == told["digest.sum"]


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        (b"linli.v1.beacon", "beacon"),
        (b"linli.v1.receipt", "receipt"),
    ],
)
def test_the_county_signs_as_told(domain: bytes, name: str) -> None:
    told = printed()
    message, signature = (bytes.fromhex(told[f"{name}.{part}"]) for part in ("bytes", "signature"))
    identity.verify(bytes.fromhex(told["county.public"]), domain, message, signature)


def test_a_replacement_is_signed_as_told() -> None:
    told = printed()
    signed = bytes.fromhex(told["replacement.signed"])
    start = hashlib.sha256(bytes.fromhex(told["header.bytes"])).digest()
    named = b"01KRH7Y2G0ABCDEFGHJKMNPQRS" + hashlib.sha256(b"without").digest()
    assert signed == start + named + (7).to_bytes(4, "big")
    public, signature = (
        bytes.fromhex(told[name]) for name in ("county.public", "replacement.signature")
    )
    identity.verify(public, b"linli.v1.replacement", signed, signature)


def test_a_token_is_base32_with_a_checksum() -> None:
    told = printed()
    content = bytes.fromhex(told["token.bytes"])
    checksum = hashlib.sha256(b"linli.v1.token\0" + content).digest()[:4]
    text = base64.b32encode(content + checksum).decode().rstrip("=")
    assert told["token.text"].replace("-", "") == text
    assert identity.read_token(told["token.text"].lower()) == token()
