"""Hello: who speaks, what it holds, and whether the two may go on."""

from __future__ import annotations

from node import identity, wire
from node.errors import Refused
from node.replica import Replica, Scope
from node.replica.core import Core
from node.wire import Frame

VERSIONS = (1,)
"""The protocol versions that this node speaks."""


def hello_frame(
    replica: Replica,
    scope: Scope,
    peer: str,
    digest: bytes,
    mark: bytes,
    receipts_last: int,
    blobs_lacking: int,
) -> Frame:
    """Says who this node is and what it holds, as of the transaction under way."""
    core = replica.core
    state = replica.store.peers.peer(peer)
    beacon = replica.beacon()
    frame = Frame()
    hello = frame.hello
    hello.versions.extend(VERSIONS)
    hello.cluster = identity.author_bytes(core.root.author)
    hello.author = identity.author_bytes(core.author)
    hello.division = core.division
    hello.time = core.clock.now_ms()
    hello.beacon_time = beacon.time if beacon else 0
    hello.digest = digest
    hello.mark = mark
    hello.state_digest = scope.state_digest().to_bytes()
    hello.rules = core.schema.rules_version
    hello.policy = core.policy()
    hello.store = replica.store.integer("store")
    hello.receipts_seen = state.receipts_seen
    hello.receipts_store = state.store
    hello.receipts_last = receipts_last
    hello.blobs_lacking = blobs_lacking
    return frame


def check_hello(core: Core, hello: wire.sync_pb2.Hello, peer: str, peer_division: str) -> None:
    """Refuses a peer of another protocol, of another county, or that is not who it proved to be."""
    wire.need(hello.store < 1 << 63, "a store id out of range")
    if not set(hello.versions) & set(VERSIONS):
        raise Refused(
            f"The peer speaks protocol {list(hello.versions)}, this node {list(VERSIONS)}.",
            reason="PROTOCOL_VERSION",
            hint="Upgrade the older of the two.",
        )
    if hello.cluster != identity.author_bytes(core.root.author):
        raise Refused(
            "The peer belongs to another county.",
            reason="CLUSTER_FOREIGN",
            hint="Check the address of the parent in node.toml.",
        )
    claimed = identity.author_text(hello.author)
    if claimed != peer or hello.division != peer_division:
        raise Refused(
            f"The peer says that it is {claimed} at {hello.division}; its certificate says "
            f"{peer} at {peer_division}.",
            reason="CERTIFICATE_SCOPE",
        )
