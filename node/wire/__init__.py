"""The one door to protobuf: what the ledger looks like in bytes.

Encoding is canonical only in the sense that nobody ever encodes twice: a segment's bytes are made
once, by its author, and signatures stand over those bytes. Decoding trusts nothing: sizes are
bounded before anything is unpacked, lists must have the lengths that they state, and whatever does
not fit is refused as malformed.

The frames of a session are protobuf messages too; `Frame` is handed through here, with helpers that
turn its parts into the words of `node.feed` and back.
"""

from linli.v1 import bundle_pb2, error_pb2, ledger_pb2, sync_pb2
from node.wire.bodies import body_of, compress, decode_body, decompress, encode_body
from node.wire.columns import malformed, need
from node.wire.headers import (
    Unapplied,
    beacon_bytes,
    beacon_message,
    decode_header,
    decode_trust,
    encode_header,
    encode_trust,
    feed_heads,
    feed_key,
    partition_message,
    read_beacon,
    read_feed_heads,
    read_heads,
    read_receipt,
    read_segment,
    read_unapplied,
    receipt_message,
    replacement_bytes,
    segment_message,
    signature_message,
    unsigned,
)

Frame = sync_pb2.Frame
Reason = error_pb2.Reason

__all__ = [
    "Frame",
    "Reason",
    "Unapplied",
    "beacon_bytes",
    "beacon_message",
    "body_of",
    "bundle_pb2",
    "compress",
    "decode_body",
    "decode_header",
    "decode_trust",
    "decompress",
    "encode_body",
    "encode_header",
    "encode_trust",
    "error_pb2",
    "feed_heads",
    "feed_key",
    "ledger_pb2",
    "malformed",
    "need",
    "partition_message",
    "read_beacon",
    "read_feed_heads",
    "read_heads",
    "read_receipt",
    "read_segment",
    "read_unapplied",
    "receipt_message",
    "replacement_bytes",
    "segment_message",
    "signature_message",
    "sync_pb2",
    "unsigned",
]
