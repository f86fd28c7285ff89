"""Checks the evidence of a fork with nothing of Linli: `python3 verify_fork.py < EVIDENCE`.

It needs the package `cryptography`: no node, no network, no other file. Where one key signed two
different segments for one place of one feed it says so and ends with 0; whatever else it is given,
it ends with 1 and a last line that says why. docs/protocol.md tells how a segment is signed (2),
what its header states, and what this proves and what not (6).
"""

import base64, hashlib, json, sys  # noqa: E401, I001

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils


def varint(raw):
    """A whole number in protobuf's form, and what follows it."""
    size = next(size for size in range(1, 11) if raw[size - 1] < 128)
    return sum((byte & 127) << 7 * place for place, byte in enumerate(raw[:size])), raw[size:]


def fields(raw):
    """The fields of a protobuf message by key (number and type), groups passed over.

    Of what is told twice the last counts, and a partition (0x22) told in parts is one.
    """
    found, depth = {}, 0
    while raw:
        key, raw = varint(raw)
        value, raw = varint(raw) if key & 7 in (0, 2) else (0, raw[{1: 8, 5: 4}.get(key & 7, 0) :])
        value, raw = (raw[:value], raw[value:]) if key & 7 == 2 else (value, raw)
        depth += (key & 7 == 3) - (key & 7 == 4)
        found |= {} if depth else {key: found.get(key, b"") + value if key == 0x22 else value}
    return found


def verdict(public_key, segments):
    """What the evidence proves; where it proves nothing, an error of whatever kind fits."""
    seen, der = {}, base64.b64decode(public_key)
    for header, signature in (map(base64.b64decode, one.values()) for one in segments):
        halves = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        key, signed = serialization.load_der_public_key(der), b"linli.v1.segment\0" + header
        key.verify(utils.encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        part = fields((told := fields(header))[0x22])
        # County, author, number, division and lane: a place for one segment.
        seen[header] = place = (*map(told.get, (0x12, 0x1A, 0x28)), part[0x0A], part[0x10] % 2**32)
    if (len(seen), len({*seen.values()}), place[1]) != (2, 1, hashlib.sha256(der).digest()[:20]):
        raise ValueError("no fork: not two segments that this key signed for one place")
    author, where = base64.b32encode(place[1]).decode(), f"{place[3].decode()}/{place[4]}"
    return f"FORK 分叉属实: {author.lower()}, {where}, segment {place[2]}"


if __name__ == "__main__":
    sys.tracebacklimit = 0
    print(verdict(**json.load(sys.stdin)))
