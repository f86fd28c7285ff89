"""Who a node is: its key, its certificate, and the invitation by which it joined.

An author id is the hash of a public key, so nobody hands out ids and nobody can take another's.
One key (ECDSA on P-256) signs the ledger and serves TLS. Certificates chain from the county's
root, whose author id names the cluster; each states a division, and a holder may admit only below
its own. The X.509 dates are as wide as the format allows, so that a box without a clock can
connect and be told what is wrong; Linli's own validity stands in an extension and ends sessions,
never the validity of changes.

What comes in here came over a wire or from a person: everything is checked and refused with its
reason. Nothing is cached, since only the callers know how long an answer holds: keep what
`load_public` gives. No SQL and no sessions.

    keys          author ids, public keys, the private key
    certificates  how one node vouches for another
    chain         what the chain from the root to a node permits
    tokens        an invitation as text that a person can type
"""

from node.identity.certificates import (
    SCOPE_OID,
    Certificate,
    chain_from_pem,
    chain_to_pem,
    enrolment_certificate,
    issue,
    make_request,
    new_root,
    presented_author,
    read_certificate,
    request_author,
)
from node.identity.chain import check_chain, check_validity
from node.identity.keys import (
    AUTHOR_BYTES,
    SIGNATURE_BYTES,
    AuthorId,
    Key,
    PublicKey,
    author_bytes,
    author_of,
    author_text,
    load_public,
    public_der,
    seal,
    verify,
)
from node.identity.tokens import SECRET_BYTES, TOKEN_VERSION, make_token, read_token

__all__ = [
    "AUTHOR_BYTES",
    "SCOPE_OID",
    "SECRET_BYTES",
    "SIGNATURE_BYTES",
    "TOKEN_VERSION",
    "AuthorId",
    "Certificate",
    "Key",
    "PublicKey",
    "author_bytes",
    "author_of",
    "author_text",
    "chain_from_pem",
    "chain_to_pem",
    "check_chain",
    "check_validity",
    "enrolment_certificate",
    "issue",
    "load_public",
    "make_request",
    "make_token",
    "new_root",
    "presented_author",
    "public_der",
    "read_certificate",
    "read_token",
    "request_author",
    "seal",
    "verify",
]
