"""Author ids, public keys, and the private key that signs what a node writes and serves its TLS."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509.oid import NameOID

from node.config import write_file
from node.errors import Refused, RefusedBytes, StoreFault

AuthorId = str
PublicKey = ec.EllipticCurvePublicKey

AUTHOR_BYTES = 20
"""Length of an author id as the wire carries it."""

SIGNATURE_BYTES = 64
"""Length of a signature: r and s, 32 bytes each, big endian."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ALGORITHM = ec.ECDSA(hashes.SHA256())
_SIGNING = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_SEALING = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_KEY_FILE_BYTES_MAX = 100_000


@functools.lru_cache(maxsize=4_096)
def author_text(raw: bytes) -> AuthorId:
    """The author id as text: 32 lower-case base32 characters, which is also a DNS name."""
    return base64.b32encode(raw).decode("ascii").lower()


@functools.lru_cache(maxsize=4_096)
def author_bytes(author: AuthorId) -> bytes:
    """The author id as the wire carries it, 20 bytes.

    Raises:
        RefusedBytes: The text is no author id.
    """
    try:
        proper = author.isascii() and author == author.lower()  # one spelling for one author
        raw = base64.b32decode(author.upper()) if proper else b""
    except ValueError:
        raw = b""
    if len(raw) != AUTHOR_BYTES:
        raise RefusedBytes(f"'{author[:40]}' is not an author id (32 characters of a-z, 2-7).")
    return raw


def author_of(public_der: bytes) -> AuthorId:
    """The author id of a public key (SubjectPublicKeyInfo, DER): the start of its SHA-256."""
    return author_text(hashlib.sha256(public_der).digest()[:AUTHOR_BYTES])


def public_der(public: PublicKey) -> bytes:
    """A public key as SubjectPublicKeyInfo in DER."""
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@functools.lru_cache(maxsize=512)
def load_public(der: bytes) -> PublicKey:
    """Reads a public key.

    Raises:
        RefusedBytes: It is not a P-256 key, or not in the one encoding that its author id is the
            hash of.
    """
    try:
        public = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise RefusedBytes("A public key cannot be read.") from fault
    checked = usable(public)
    if public_der(checked) != der:
        raise RefusedBytes("A public key is not in its uncompressed DER encoding.")
    return checked


def usable(public: object) -> PublicKey:
    """The key itself, once it is found to be on P-256.

    Raises:
        RefusedBytes: It is of another kind.
    """
    if not isinstance(public, ec.EllipticCurvePublicKey) or not _on_p256(public.curve):
        raise RefusedBytes("A public key is not an ECDSA key on P-256, and no other is understood.")
    return public


def _on_p256(curve: ec.EllipticCurve) -> bool:
    return isinstance(curve, ec.SECP256R1)


class Key:
    """A node's private key.

    Attributes:
        public: The public key.
        public_der: The public key as SubjectPublicKeyInfo in DER.
        author: The author id.
    """

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        """Wraps a private key on P-256."""
        self._private = private
        self.public: PublicKey = private.public_key()
        self.public_der = public_der(self.public)
        self.author: AuthorId = author_of(self.public_der)

    @classmethod
    def generate(cls, entropy: bytes) -> Key:
        """Makes the key that follows from `entropy`, the same key for the same bytes.

        Args:
            entropy: At least 16 bytes that nobody else knows; `os.urandom(32)` but in a simulation.
        """
        assert len(entropy) >= 16, "a key needs at least 16 bytes of entropy"
        digest = hashlib.sha512(b"linli.v1.key\0" + entropy).digest()
        scalar = int.from_bytes(digest, "big") % (_ORDER - 1) + 1
        return cls(ec.derive_private_key(scalar, ec.SECP256R1()))

    @classmethod
    def load(cls, path: Path) -> Key:
        """Reads a key file.

        Raises:
            StoreFault: It is missing, unreadable, no P-256 key, or open to others than its owner.
        """
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode & 0o777
                content = file.read(_KEY_FILE_BYTES_MAX)
        except OSError as fault:
            raise StoreFault(f"Cannot read the key {path}: {fault.strerror}.") from fault
        if mode & 0o077:
            raise StoreFault(
                f"The key {path} is open to others (mode {mode:04o}).",
                hint=f"If nobody has read it, run: chmod 600 {path}",
            )
        try:
            private = serialization.load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            private = None
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not _on_p256(private.curve):
            raise StoreFault(f"{path} holds no key on P-256.", hint="Put the right file back.")
        return cls(private)

    def save(self, path: Path) -> None:
        """Writes the key, readable by its owner only, durably and as a whole.

        Raises:
            StoreFault: The disk refused, or a file stands there: no key is ever overwritten.
        """
        if path.exists():
            raise StoreFault(
                f"{path} exists, and a key that is overwritten is lost.",
                hint="Choose another folder, or move that file away.",
            )
        write_file(path, self.pem)

    @property
    def pem(self) -> bytes:
        """The private key as PKCS#8 in PEM, as gRPC takes it. Never log it."""
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def sign(self, domain: bytes, message: bytes) -> bytes:
        """Signs `domain`, a zero byte and `message`; the same bytes give the same signature.

        By RFC 6979, so that a box restored from a backup that seals once more what it had sealed
        already makes the same segment and not a second one.

        Args:
            domain: What is signed, such as `linli.v1.segment`, so that no signature fits anything
                else.
            message: The bytes.

        Returns:
            r and s, 32 bytes each, big endian, with s in its lower half.
        """
        r, s = decode_dss_signature(self._private.sign(_framed(domain, message), _SIGNING))
        return r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")

    def unseal(self, sealed: bytes, domain: bytes) -> bytes:
        """Opens what `seal` closed for this key.

        Raises:
            RefusedBytes: `SIGNATURE_INVALID`: it was closed for another key or purpose, or altered.
        """
        try:
            return _SEALING.decrypt(sealed, self._private, info=domain)
        except (InvalidTag, ValueError) as fault:
            raise RefusedBytes(
                f"What is sealed for {self.author} does not open with its key.",
                reason="SIGNATURE_INVALID",
                hint="The bytes were altered or forged.",
            ) from fault

    def build(self, builder: x509.CertificateBuilder) -> bytes:
        """Signs a certificate, the same bytes for the same content."""
        certificate = builder.sign(self._private, hashes.SHA256(), ecdsa_deterministic=True)
        return certificate.public_bytes(serialization.Encoding.DER)

    def request(self) -> bytes:
        """A PKCS#10 request, DER: the public key and the proof of holding the private one."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.author)])
        builder = x509.CertificateSigningRequestBuilder(name)
        request = builder.sign(self._private, hashes.SHA256(), ecdsa_deterministic=True)
        return request.public_bytes(serialization.Encoding.DER)


def _framed(domain: bytes, message: bytes) -> bytes:
    assert b"\0" not in domain, "the zero byte ends the domain"
    return domain + b"\0" + message


def seal(public: PublicKey, content: bytes, domain: bytes) -> bytes:
    """Closes a few bytes so that one key alone opens them: HPKE, RFC 9180.

    Args:
        public: The key's public half.
        content: The bytes.
        domain: What they are for; it opens for nothing else.
    """
    return _SEALING.encrypt(content, public, info=domain)


def verify(public: PublicKey | bytes, domain: bytes, message: bytes, signature: bytes) -> None:
    """Checks a signature over `domain`, a zero byte and `message`.

    Args:
        public: The key, or its DER where it is used only once.
        domain: What was signed.
        message: The bytes.
        signature: As `Key.sign` gives it. The form with s in its upper half is refused, so that
            nobody can make a second signature from a first.

    Raises:
        Refused: `SIGNATURE_INVALID`.
    """
    if isinstance(public, bytes):
        public = load_public(public)
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    try:
        if len(signature) != SIGNATURE_BYTES or s > _ORDER // 2:
            raise InvalidSignature
        public.verify(encode_dss_signature(r, s), _framed(domain, message), _ALGORITHM)
    except InvalidSignature:
        raise Refused(
            f"A signature over {domain.decode('ascii', 'replace')} does not fit.",
            reason="SIGNATURE_INVALID",
            hint="The bytes were altered or forged.",
        ) from None
