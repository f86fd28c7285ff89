"""The live carrier: sessions over gRPC, mutual TLS 1.3, the child dials.

A session (`node.session`) knows nothing of sockets; here its frames get a stream, a thread for the
database, time limits and a way back when the line breaks. Nothing here decides what may be held or
written: a peer is recognised by its certificate, and from then on the session speaks.

    tls       who may connect, and with what settings
    refusals  an error said over gRPC and raised again on the other side
    exchange  the one thread at the database, and the sessions that are open
    carrier   the frames of one session over one stream
    answering the side that children dial
    dialled   the dialling end of a stream
    pinning   whether it is the parent that answers
    dialling  the side that dials: once for a command, for ever for a service
    renewal   a new certificate before the old one ends

gRPC reads the list of ciphers when it is imported, so it is set before that, and nobody else
imports gRPC before this package. The only TLS 1.2
suite in it needs an RSA key, which no node has: what remains is TLS 1.3.
"""

import os

os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-RSA-AES256-GCM-SHA384"
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

from node.link.answering import SyncServicer
from node.link.dialling import Dialler, Exchanged, dial, exchange_once, sync_once
from node.link.exchange import Exchange
from node.link.refusals import abort, error_of, raised, refusal_of
from node.link.tls import (
    Servicer,
    caller,
    open_port,
    presented_certificate,
    split_address,
)

__all__ = [
    "Dialler",
    "Exchange",
    "Exchanged",
    "Servicer",
    "SyncServicer",
    "abort",
    "caller",
    "dial",
    "error_of",
    "exchange_once",
    "open_port",
    "presented_certificate",
    "raised",
    "refusal_of",
    "split_address",
    "sync_once",
]
