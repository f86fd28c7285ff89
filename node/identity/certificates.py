"""Certificates: how one node vouches for another.

A certificate is ordinary X.509, so that gRPC's TLS can check it, with two names (subject and DNS)
that are the holder's author id and one extension that states its division and Linli's own
validity. TLS proves that the peer holds the key and that somebody of this county vouched for it;
the rules on divisions and dates are checked in `chain`, where a refusal can say its reason, which
a failed handshake cannot.

Issuing is deterministic: the same key, division and dates give the same bytes.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import (
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)
from google.protobuf.message import DecodeError

from linli.v1.enrol_pb2 import CertificateScope
from node.clock import DAY_MS
from node.errors import Refused, RefusedBytes, UsageError
from node.identity.keys import (
    AuthorId,
    Key,
    PublicKey,
    author_bytes,
    author_of,
    public_der,
    usable,
)

SCOPE_OID = ObjectIdentifier("2.25.219484672061403943302166391586846214158")
"""The certificate extension that holds a `CertificateScope`."""

_NOT_BEFORE = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_NOT_AFTER = datetime.datetime(2099, 12, 31, tzinfo=datetime.UTC)
# All that the parsers below were seen to raise for altered bytes; warnings only where the
# interpreter was told to raise them.
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    DecodeError,
    Warning,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says, once its form is checked; its signature is checked along a chain.

    Attributes:
        author: The holder's author id.
        issuer_author: The author id of the issuer as the certificate names it.
        division: The id of the division at which the holder stands.
        valid_from: From when the holder may open sessions, milliseconds since 1970 UTC.
        valid_until: Until when, milliseconds since 1970 UTC.
        can_issue: Whether the holder may admit others.
        public_der: The holder's public key, SubjectPublicKeyInfo in DER.
        der: The certificate's bytes.
    """

    author: AuthorId
    issuer_author: AuthorId
    division: str
    valid_from: int
    valid_until: int
    can_issue: bool
    public_der: bytes
    der: bytes


def new_root(key: Key, division: str, now_ms: int, days: int) -> bytes:
    """Makes a county's own certificate, from which all others descend.

    Args:
        key: The county's key; its author id becomes the cluster's.
        division: The county's division id.
        now_ms: From when it opens sessions.
        days: For how long.

    Returns:
        The certificate in DER.
    """
    scope = _scope(division, now_ms, days)
    return key.build(_builder(key.public, key, scope, can_issue=True))


def make_request(key: Key) -> bytes:
    """A PKCS#10 request, DER: the public key and the proof of holding the private one."""
    return key.request()


def request_author(request_der: bytes) -> AuthorId:
    """The author id that a request asks a certificate for.

    Raises:
        Refused: `MALFORMED` or `SIGNATURE_INVALID`.
    """
    return author_of(public_der(_requested(request_der)))


def issue(
    issuer_key: Key,
    issuer_certificate: bytes,
    request_der: bytes,
    division: str,
    now_ms: int,
    days: int,
    can_issue: bool,
) -> bytes:
    """Vouches for a node. Whether `division` lies below the issuer's is the caller's to check.

    Args:
        issuer_key: The key of the node that admits.
        issuer_certificate: Its own certificate, DER.
        request_der: The newcomer's request.
        division: The id of the newcomer's division.
        now_ms: From when the newcomer may open sessions.
        days: For how long.
        can_issue: Whether the newcomer may admit others in turn.

    Returns:
        The newcomer's certificate in DER.

    Raises:
        Refused: `INVITE_SCOPE` where the issuer may not admit; `MALFORMED` or `SIGNATURE_INVALID`
            for the request.
    """
    issuer = read_certificate(issuer_certificate)
    assert issuer.author == issuer_key.author, "a node issues with its own certificate"
    if not issuer.can_issue:
        raise Refused(
            f"The certificate of {issuer.author} does not permit it to admit others.",
            reason="INVITE_SCOPE",
            hint="Ask the tier above for the invitation.",
        )
    scope = _scope(division, now_ms, days)
    return issuer_key.build(_builder(_requested(request_der), issuer_key, scope, can_issue))


def enrolment_certificate(key: Key) -> bytes:
    """Makes the certificate that the enrolment port shows, PEM.

    Newcomers know no root yet. They know the inviting node's author id from their token, compare
    it with `presented_author` of what the port shows, and then trust exactly that certificate.
    """
    der = key.build(_builder(key.public, key, None, can_issue=False))
    return chain_to_pem([der])


def _requested(request_der: bytes) -> PublicKey:
    try:
        request = x509.load_der_x509_csr(request_der)
        public = usable(request.public_key())
        fits = request.is_signature_valid
    except _UNREADABLE as fault:
        raise RefusedBytes("A certificate request cannot be read.") from fault
    if not fits:
        raise RefusedBytes(
            "A certificate request is not signed by the key that it names.",
            reason="SIGNATURE_INVALID",
        )
    return public


def _scope(division: str, now_ms: int, days: int) -> CertificateScope:
    until = now_ms + days * DAY_MS
    return CertificateScope(division=division, valid_from=now_ms, valid_until=until)


def _name(author: AuthorId) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, author)])


def _builder(
    public: PublicKey, issuer: Key, scope: CertificateScope | None, can_issue: bool
) -> x509.CertificateBuilder:
    """A certificate without its signature. The serial number follows from the content."""
    author = author_of(public_der(public))
    stated = scope.SerializeToString(deterministic=True) if scope else b""
    content = issuer.public_der + public_der(public) + bytes([can_issue]) + stated
    serial = int.from_bytes(hashlib.sha256(content).digest()[:19], "big") | 1
    builder = (
        x509.CertificateBuilder(_name(issuer.author), _name(author), public, serial)
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=can_issue, path_length=None), critical=True)
        .add_extension(_key_usage(can_issue), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(author)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public), critical=False
        )
    )
    if scope is not None:
        extension = x509.UnrecognizedExtension(SCOPE_OID, stated)
        builder = builder.add_extension(extension, critical=False)
    return builder


def _key_usage(can_issue: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=can_issue,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def presented_author(der: bytes) -> AuthorId:
    """The author id of the key in any certificate, whatever else the certificate says.

    Raises:
        RefusedBytes: It cannot be read, or its key is of another kind.
    """
    return author_of(public_der(_certified(_load(der))))


def _load(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except _UNREADABLE as fault:
        raise RefusedBytes("A certificate cannot be read.") from fault


def _certified(certificate: x509.Certificate) -> PublicKey:
    try:
        return usable(certificate.public_key())
    except _UNREADABLE as fault:
        raise RefusedBytes("A certificate's key cannot be read.") from fault


@functools.lru_cache(maxsize=1024)
def read_certificate(der: bytes) -> Certificate:
    """Reads a certificate and checks its form, not its signature.

    The same bytes always say the same, and every view of who is who reads them all again: so what
    was read is remembered.

    Raises:
        RefusedBytes: It cannot be read, its key is of another kind, or its names are not its key's
            author id.
    """
    certificate = _load(der)
    public = public_der(_certified(certificate))
    author = author_of(public)
    try:
        subject, issuer = _common_name(certificate.subject), _common_name(certificate.issuer)
        extensions = certificate.extensions
        alternatives = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = alternatives.get_values_for_type(x509.DNSName)
        can_issue = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        stated = extensions.get_extension_for_oid(SCOPE_OID).value
        scope = CertificateScope.FromString(stated.public_bytes())
    except (*_UNREADABLE, x509.ExtensionNotFound, x509.UnsupportedGeneralNameType) as fault:
        raise RefusedBytes(f"The certificate of {author} is not one of Linli's.") from fault
    if subject != author or names != [author]:
        raise RefusedBytes(f"The certificate of {author} bears the name of another, '{subject}'.")
    author_bytes(issuer)
    if not scope.division:
        raise RefusedBytes(f"The certificate of {author} states no division.")
    return Certificate(
        author=author,
        issuer_author=issuer,
        division=scope.division,
        valid_from=scope.valid_from,
        valid_until=scope.valid_until,
        can_issue=can_issue,
        public_der=public,
        der=der,
    )


def _common_name(name: x509.Name) -> str:
    values = [str(item.value) for item in name]
    if len(values) != 1 or not name.get_attributes_for_oid(NameOID.COMMON_NAME):
        raise ValueError("the name is not one common name")
    return values[0]


def chain_to_pem(chain: Sequence[bytes]) -> bytes:
    """Certificates in DER as one PEM text, in the given order."""
    pem = serialization.Encoding.PEM
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(pem) for der in chain)


def chain_from_pem(pem: bytes) -> list[bytes]:
    """The certificates of a PEM text in DER, in their order.

    Raises:
        UsageError: There is none, or one cannot be read.
    """
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError as fault:
        raise UsageError("The file of certificates cannot be read.") from fault
    return [certificate.public_bytes(serialization.Encoding.DER) for certificate in certificates]
