"""A TLS certificate for the address at which a node shows its pages.

A browser trusts nobody of this county by itself, so the certificate is signed by the node's own
key, and a person compares its fingerprint once. Its dates are wide, because a box without a clock
would otherwise be locked out of its own pages; what a phone believes is told by its fingerprint.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from node.config import NODE_KEY, PAGES_CERTIFICATE, write_file
from node.identity import Key, chain_from_pem, chain_to_pem

_NOT_BEFORE = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_NOT_AFTER = datetime.datetime(2099, 12, 31, tzinfo=datetime.UTC)


def context_for(home: Path, key: Key, host: str) -> ssl.SSLContext:
    """The TLS settings for a host, with a certificate that is made where there is none for it.

    Args:
        home: The node's folder.
        key: The node's key, which lies there too.
        host: An address or a name, without a port.

    Raises:
        StoreFault: The disk refused.
    """
    path = home / PAGES_CERTIFICATE
    if not _fits(path, key, host):
        write_file(path, chain_to_pem([make(key, host)]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path, home / NODE_KEY)
    return context


def make(key: Key, host: str) -> bytes:
    """A certificate for a host, DER, signed by the key that it names."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"linli {key.author[:8]}")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .add_extension(x509.SubjectAlternativeName([_named(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return key.build(builder)


def fingerprint(home: Path) -> str:
    """The SHA-256 fingerprint of the certificate, as browsers show it; empty where none is."""
    try:
        der = chain_from_pem((home / PAGES_CERTIFICATE).read_bytes())[0]
    except OSError:
        return ""
    return x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()).hex(":").upper()


def _named(host: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(host))
    return x509.DNSName(host)


def _fits(path: Path, key: Key, host: str) -> bool:
    """Whether the certificate there is of this key and for this host."""
    try:
        (der,) = chain_from_pem(path.read_bytes())
    except (OSError, ValueError):
        return False
    certificate = x509.load_der_x509_certificate(der)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return certificate.public_key() == key.public and list(names) == [_named(host)]
