"""What every part of a replica shares: identity, store, clock, and what it knows of others.

Time, randomness, keys and the disk come in from outside, so that the same code runs in a service,
under a command, in a test and in a simulation of a county in one process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from node import identity, wire
from node.clock import BOOT_FLOOR_MS, Clock, next_stamp
from node.config import Config
from node.errors import Refused, StoreFault, UsageError
from node.feed import FeedKey
from node.merge import Authority, Merge
from node.replica.anchor import Anchor
from node.replica.cuts import Cuts
from node.replica.views import Views
from node.schema import Channel, Schema
from node.segment import Beacon
from node.store import Store
from node.trust import BEACON_DOMAIN, View

NODE_KEY = "node.key"
CHAIN = "chain.pem"
OWN_MET = "own_met"
"""The arrival of the last own segment that came from outside, by whichever process."""

_BOOT_BITS = 63


class Core:
    """The parts of a replica that its other parts lean on.

    Args:
        home: The node's folder.
        schema: What the node keeps.
        clock: What time it is here.
        entropy: Gives random bytes.
    """

    def __init__(
        self,
        home: Path,
        schema: Schema,
        clock: Clock,
        entropy: Callable[[int], bytes],
    ) -> None:
        self.home = home
        self.schema = schema
        self.clock = clock
        self.entropy = entropy
        self.config = Config.load(home)
        self.limits = self.config.limits
        self.key = identity.Key.load(home / NODE_KEY)
        self.chain = read_chain(home / CHAIN)
        self.root = identity.read_certificate(self.chain[-1])
        if self.key.author != self.config.author or self.root.author != self.config.cluster:
            raise StoreFault(
                f"The files in {home} belong to different nodes: the key is {self.key.author}, "
                f"node.toml says {self.config.author}.",
                hint="Put the files of one node together again; never copy a key between boxes.",
            )
        self.store = Store(home, schema, now_ms=clock.now_ms)
        try:
            self.anchor = Anchor(home, self.key.author, self.store)
            self.draw_boot()
            self.cuts = Cuts(self.store)
            self.views = Views(self.root, schema, self.store, self.cuts)
        except BaseException:
            self.store.close()
            raise
        self._beacons: set[bytes] = set()
        self._beacon: tuple[bytes, Beacon | None] = (b"", None)

    def draw_boot(self) -> None:
        """Draws the boot number under which changes are written from now on."""
        self.boot = int.from_bytes(self.entropy(8), "big") >> (64 - _BOOT_BITS)
        self._met = self.store.integer(OWN_MET)

    def fresh_boot(self) -> None:
        """Draws another boot where some process of this node has met what a copy of it wrote."""
        if self.store.integer(OWN_MET) != self._met:
            self.draw_boot()

    # --- who is who ------------------------------------------------------------------------------

    @property
    def author(self) -> str:
        """This node's author id."""
        return self.key.author

    @property
    def division(self) -> str:
        """The id of the division at which this node stands."""
        return self.config.division

    @property
    def is_root(self) -> bool:
        """Whether this node holds the county's root key."""
        return self.author == self.root.author

    def view(self) -> View:
        """Everything that `trust` says here, the unsealed tail included."""
        return self.views.latest()

    def forget_views(self) -> None:
        """Empties what is remembered of trust, after a transaction that came to nothing."""
        self.views.forget()

    def authority(self, view: View, feed: FeedKey) -> Authority | None:
        """What a feed's author may do in its partition.

        Or None where the view has no such author.
        """
        standing = view.standing(feed.author)
        if standing is None:
            return None
        return Authority(view.covers(standing.division, feed.division), standing.tier)

    # --- time ------------------------------------------------------------------------------------

    def beacon(self) -> Beacon | None:
        """The newest beacon known here."""
        raw = self.store.content("beacon")
        if raw != self._beacon[0]:
            self._beacon = (raw, wire.read_beacon(wire.ledger_pb2.Beacon.FromString(raw)))
        return self._beacon[1] if raw else None

    def check_beacon(self, beacon: Beacon) -> None:
        """Refuses a beacon that the county's root did not sign."""
        known = wire.beacon_bytes(beacon) + beacon.signature
        if known in self._beacons:
            return
        if beacon.author != self.root.author:
            raise Refused(
                f"A beacon is signed by {beacon.author}, which is not this county's root.",
                reason="CLUSTER_FOREIGN",
                hint="Check the address of the parent.",
            )
        identity.verify(
            self.root.public_der, BEACON_DOMAIN, wire.beacon_bytes(beacon), beacon.signature
        )
        self._beacons.add(known)

    def next_time(self) -> int:
        """The stamp of the next change, kept as the new high-water mark."""
        beacon = self.beacon()
        floor = max(BOOT_FLOOR_MS, beacon.time if beacon else 0)
        time = next_stamp(self.clock.now_ms(), self.store.integer("high_water"), floor)
        self.store.put_integer("high_water", time)
        return time

    def observe(self, time: int) -> None:
        """Keeps the highest stamp seen, so that what is written next comes after it."""
        if time > self.store.integer("high_water"):
            self.store.put_integer("high_water", time)

    def now_ms(self) -> int:
        """The best guess of the time: never before the boot floor or the newest beacon.

        Stamps of others are no witness: a box whose clock runs a year ahead must not make every
        certificate here look expired.
        """
        beacon = self.beacon()
        return max(
            self.clock.now_ms(),
            BOOT_FLOOR_MS,
            beacon.time if beacon else 0,
        )

    # --- small things ----------------------------------------------------------------------------

    def merge(self) -> Merge:
        """A merge for the transaction under way."""
        return Merge(self.store, self.schema, self.limits.isolation_ms)

    def sign(self, domain: bytes, message: bytes) -> bytes:
        """This node's signature."""
        return self.key.sign(domain, message)

    def own_feed(self, division: str, channel: Channel) -> FeedKey:
        """This node's feed in a partition."""
        return FeedKey(self.author, division, channel)

    def written_under(self) -> tuple[str, int]:
        """The policy and the schema under which what is not sealed yet was written."""
        if not self.store.integer("context_schema"):
            return self.policy(), self.schema.version
        return self.store.text("context_policy"), self.store.integer("context_schema")

    def note_context(self) -> None:
        """Keeps the policy and the schema in force, for what is written from now on."""
        self.store.put_content("context_policy", self.policy().encode())
        self.store.put_integer("context_schema", self.schema.version)

    def policy(self) -> str:
        """The version of the policy pack in force."""
        return self.store.text("policy") or self.schema.policy


def read_chain(path: Path) -> list[bytes]:
    """The node's certificates, DER, its own first.

    Raises:
        StoreFault: The file is missing or damaged.
    """
    hint = "Restore it from a backup of this node, or ask for a new invitation and join again."
    try:
        return identity.chain_from_pem(path.read_bytes())
    except OSError as fault:
        raise StoreFault(f"Cannot read {path}: {fault.strerror}.", hint=hint) from fault
    except UsageError as fault:
        raise StoreFault(f"{path} is damaged: {fault.message}", hint=hint) from fault


def canonical(value: Mapping[str, Any]) -> str:
    """JSON text in one fixed form, what makes it a void or a settlement first."""
    first = ("void", "settled")
    ordered = dict(sorted(value.items(), key=lambda item: (item[0] not in first, item[0])))
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))


def amendment(text: str) -> dict[str, Any]:
    """The content of an amendment that a person chose or typed."""
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UsageError(
            f"{text!r} is no amendment.",
            hint="Give one of the values that `linli conflict show` lists, or JSON text.",
        )
    return content
