"""A sealed file of frames: who made it stands in front, and only its readers can read the rest.

    magic                                            8 bytes
    length, CRC-32, Bundle message                   4 + 4 + length bytes
    length, CRC-32, sealed frame                     4 + 4 + length bytes, again and again
    length, CRC-32, sealed nothing                   the end

A frame is sealed by ChaCha20-Poly1305 under a key of the file's own, which the head holds once for
each reader. Its nonce is its number and whether it is the end (the STREAM construction), and the
hash of the signed head is bound in: no frame can be altered, left out, moved or put into another
file. The checksum outside tells a damaged stick from a forged file, and needs no key.
"""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from google.protobuf.message import DecodeError

from node import identity, wire
from node.errors import Refused, RefusedBytes, UsageError
from node.trust import View
from node.wire import Frame

MAGIC = b"\x89LINLI\r\n"
"""Begins every file; a transfer that took it for text has altered it."""

BUNDLE_DOMAIN = b"linli.v1.bundle"
LAYOUT = 1
FRAME_BYTES_MORE = 24
"""What a frame takes in the file beyond its own bytes: length, checksum and seal."""

READERS_MAX = 16

_HEAD_BYTES_MAX = 32_768
_KEY_BYTES = 32
_TAG_BYTES = 16
_PREFIX_BYTES = 8
_COUNTER_BYTES = 11


class CutShort(Exception):
    """The file ends before its end: everything before that is whole."""


class Sealer:
    """Writes frames into a file.

    Args:
        file: Where to; nothing is in it yet.
        key: Of the node that makes it.
        head: What stands in front; the keys are put in here.
        readers: The public keys of those that can open it, by author id.
        entropy: Gives random bytes.

    Attributes:
        size: How many bytes were written.
        frames: How many frames.
    """

    def __init__(
        self,
        file: BinaryIO,
        key: identity.Key,
        head: wire.bundle_pb2.BundleHead,
        readers: Mapping[str, identity.PublicKey],
        entropy: Callable[[int], bytes],
    ) -> None:
        secret = entropy(_KEY_BYTES)
        head.version = LAYOUT
        for reader, public in readers.items():
            sealed = identity.seal(public, secret, BUNDLE_DOMAIN)
            head.keys.add(reader=identity.author_bytes(reader), sealed=sealed)
        signed = head.SerializeToString(deterministic=True)
        signature = wire.signature_message(key.sign(BUNDLE_DOMAIN, signed))
        self._file = file
        self._cipher = ChaCha20Poly1305(secret)
        self._bound = hashlib.sha256(signed).digest()
        self.size = self.frames = 0
        self._put(MAGIC)
        self._record(wire.bundle_pb2.Bundle(head=signed, signature=signature).SerializeToString())

    def put(self, frame: Frame) -> None:
        """Adds a frame."""
        self._seal(frame.SerializeToString(), last=False)
        self.frames += 1

    def end(self) -> None:
        """Says that nothing follows."""
        self._seal(b"", last=True)

    def _seal(self, content: bytes, last: bool) -> None:
        nonce = _nonce(self.frames, last)
        self._record(self._cipher.encrypt(nonce, content, self._bound))

    def _record(self, content: bytes) -> None:
        self._put(len(content).to_bytes(4, "big") + zlib.crc32(content).to_bytes(4, "big"))
        self._put(content)

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self.size += len(content)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([last])


class Opened:
    """A bundle that is read from its start.

    Args:
        file: The file.
        frame_bytes_max: The largest frame that is read into memory.

    Attributes:
        head: What stands in front; signed by nobody that is known, until `check`.
        offset: How far the file was read, bytes.
        frames_read: How many frames.

    Raises:
        UsageError: It is no bundle.
        RefusedBytes: It is damaged, or of a later layout.
        CutShort: It ends within its head.
    """

    def __init__(self, file: BinaryIO, frame_bytes_max: int) -> None:
        self._file = file
        self._frame_bytes_max = frame_bytes_max
        self.offset = self.frames_read = 0
        magic = self._read(len(MAGIC), whole=False)
        if magic != MAGIC[: len(magic)] or not magic:
            raise UsageError(
                "This file is no bundle.",
                hint="A bundle is made with: linli bundle export --for DIVISION",
            )
        if len(magic) < len(MAGIC):
            raise CutShort
        self._signed, self._signature, self.head = _read_head(self._record(_HEAD_BYTES_MAX))

    @property
    def readers(self) -> list[str]:
        """The author ids of those that can open it."""
        return [identity.author_text(key.reader) for key in self.head.keys]

    def check(self, view: View) -> identity.Certificate:
        """Who made it, once chain and signature are found good.

        Its dates are not asked for: what a bundle carries is judged change by change, and a box
        that meets others by stick alone could not renew.

        Raises:
            Refused: The chain does not lead to this county's root, or the signature does not fit.
        """
        cluster = identity.author_bytes(view.root.author)
        if self.head.cluster != cluster:
            raise Refused(
                "The bundle comes from another county.",
                reason="CLUSTER_FOREIGN",
                hint="Nothing of it was taken in.",
            )
        maker = view.recognise(list(self.head.chain))
        identity.verify(maker.public_der, BUNDLE_DOMAIN, self._signed, self._signature)
        return maker

    def frames(self, key: identity.Key) -> Iterator[Frame]:
        """The frames, one in memory at a time; `CutShort` where the end is missing.

        Raises:
            Refused: `NOT_FOR_THIS_NODE`; or what follows here is damaged or altered, and all that
                came before is good.
        """
        cipher = ChaCha20Poly1305(self._secret(key))
        bound = hashlib.sha256(self._signed).digest()
        while True:
            begins = self.offset
            sealed = self._record(self._frame_bytes_max + _TAG_BYTES)
            last = len(sealed) == _TAG_BYTES
            try:
                content = cipher.decrypt(_nonce(self.frames_read, last), sealed, bound)
                frame = Frame.FromString(content)
            except (InvalidTag, DecodeError) as fault:
                raise RefusedBytes(
                    f"The bundle was altered at byte {begins}.",
                    reason="SIGNATURE_INVALID",
                    hint="What came before it is good; ask for another bundle.",
                ) from fault
            if last:
                return
            self.frames_read += 1
            yield frame

    def _secret(self, key: identity.Key) -> bytes:
        mine = identity.author_bytes(key.author)
        for one in self.head.keys:
            if one.reader == mine:
                secret = key.unseal(one.sealed, BUNDLE_DOMAIN)
                wire.need(len(secret) == _KEY_BYTES, "the key of a bundle")
                return secret
        raise Refused(
            f"The bundle is sealed for {', '.join(self.readers)}, and this node is {key.author}.",
            reason="NOT_FOR_THIS_NODE",
            hint="Carry it on to them; nothing of it can be read here.",
        )

    def _record(self, bytes_max: int) -> bytes:
        begins = self.offset
        prefix = self._read(_PREFIX_BYTES)
        size = int.from_bytes(prefix[:4], "big")
        if size > bytes_max:
            raise RefusedBytes(
                f"The bundle states {size} bytes at byte {begins}; {bytes_max} are allowed.",
                reason="LIMIT",
                hint="The file is damaged or hostile; what came before is good.",
            )
        content = self._read(size)
        if zlib.crc32(content).to_bytes(4, "big") != prefix[4:]:
            raise RefusedBytes(
                f"The bundle is damaged at byte {begins}.",
                reason="HASH_MISMATCH",
                hint="What came before it is good; copy the file again, or use another stick.",
            )
        return content

    def _read(self, size: int, whole: bool = True) -> bytes:
        content = self._file.read(size)
        self.offset += len(content)
        if whole and len(content) < size:
            raise CutShort
        return content


def _read_head(raw: bytes) -> tuple[bytes, bytes, wire.bundle_pb2.BundleHead]:
    """The signed bytes, the signature over them, and what they say."""
    with contextlib.suppress(DecodeError):
        message = wire.bundle_pb2.Bundle.FromString(raw)
        head = wire.bundle_pb2.BundleHead.FromString(message.head)
        if head.version != LAYOUT:
            raise RefusedBytes(
                f"The bundle has layout {head.version}, and this node reads {LAYOUT}.",
                reason="PROTOCOL_VERSION",
                hint="Upgrade this node.",
            )
        wire.need(0 < len(head.keys) <= READERS_MAX, "the keys of a bundle")
        for key in head.keys:
            wire.need(len(key.reader) == identity.AUTHOR_BYTES, "a reader of a bundle")
        return message.head, message.signature.value, head
    raise wire.malformed("the head of a bundle does not parse")
