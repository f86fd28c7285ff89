"""What a chain of certificates permits: the rules that TLS does not know.

The county's root vouches for a township, the township for its villages. A chain is good when it
ends at the root that this node trusts, every signature fits, and every division lies below that of
its issuer. Whether the holder may open a session today is a question of its own.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import SignatureAlgorithmOID

from node.clock import day
from node.errors import Refused, RefusedBytes
from node.identity.certificates import Certificate, read_certificate
from node.identity.keys import author_bytes, author_text

CHAIN_LINKS_MAX = 8
"""How many certificates a chain may have."""


def check_chain(
    chain: Sequence[bytes], cluster: bytes, covers: Callable[[str, str], bool]
) -> Certificate:
    """Checks that a chain leads down from this cluster's root, each link below its issuer.

    Args:
        chain: The certificates in DER, the node's first, the root last.
        cluster: The author id of the root that is trusted, 20 bytes.
        covers: Whether the first division is the second or lies above it.

    Returns:
        What the node's certificate says. Its dates are for `check_validity`.

    Raises:
        Refused: `CLUSTER_FOREIGN`, `SIGNATURE_INVALID`, `CERTIFICATE_SCOPE` or `MALFORMED`.
    """
    if not 0 < len(chain) <= CHAIN_LINKS_MAX:
        raise RefusedBytes(f"A chain has {len(chain)} certificates; 1 to {CHAIN_LINKS_MAX} may be.")
    links = [read_certificate(der) for der in chain]
    leaf, root = links[0], links[-1]
    if author_bytes(root.author) != cluster:
        raise Refused(
            f"The certificate of {leaf.author} comes from the root {root.author}, and this county's"
            f" is {author_text(cluster)}.",
            reason="CLUSTER_FOREIGN",
            hint="Check the address: another county answers there.",
        )
    _check_signature(root, root)
    for link, issuer in itertools.pairwise(links):
        _check_signature(link, issuer)
        _check_scope(link, issuer, covers)
    return leaf


@functools.lru_cache(maxsize=1024)
def _check_signature(link: Certificate, issuer: Certificate) -> None:
    certificate = x509.load_der_x509_certificate(link.der)
    try:
        if certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
            raise InvalidSignature
        if link.issuer_author != issuer.author:
            raise InvalidSignature
        # The parser reads past an altered count of unused bits before the signature.
        if not link.der.endswith(b"\0" + certificate.signature):
            raise InvalidSignature
        certificate.verify_directly_issued_by(x509.load_der_x509_certificate(issuer.der))
    except (InvalidSignature, ValueError, TypeError) as fault:
        raise Refused(
            f"The certificate of {link.author} is not signed by {issuer.author}.",
            reason="SIGNATURE_INVALID",
            hint="It was altered or forged; join again with a new invitation.",
        ) from fault


def _check_scope(
    link: Certificate, issuer: Certificate, covers: Callable[[str, str], bool]
) -> None:
    if not issuer.can_issue:
        fact = f"{issuer.author}, which may not admit others, has signed for {link.author}."
    elif link.division == issuer.division or not covers(issuer.division, link.division):
        fact = (
            f"The certificate of {link.author} states division {link.division}, which does not lie"
            f" below {issuer.division}, that of its issuer {issuer.author}."
        )
    else:
        return
    raise Refused(fact, reason="CERTIFICATE_SCOPE", hint="Ask the tier above for a new invitation.")


def check_validity(certificate: Certificate, now_ms: int) -> None:
    """Checks Linli's own validity, which opens sessions.

    Args:
        certificate: A certificate whose chain was checked.
        now_ms: The time by the clock floor, never by a machine's clock alone.

    Raises:
        Refused: `CERTIFICATE_EXPIRED`, before the first moment as well as after the last.
    """
    if certificate.valid_from <= now_ms <= certificate.valid_until:
        return
    begins, ends = day(certificate.valid_from), day(certificate.valid_until)
    if now_ms < certificate.valid_from:
        fact = "is not valid yet"
        step = "Check the clock of this box and of the one that issued it."
    else:
        fact = "has expired"
        step = (
            "It may only renew now; where its parent does not renew it, ask there for an invitation"
            " and run: linli join TOKEN"
        )
    raise Refused(
        f"The certificate of {certificate.author} {fact}: it holds from {begins} to {ends}, and"
        f" today is {day(now_ms)}.",
        reason="CERTIFICATE_EXPIRED",
        hint=step,
    )
