"""What two nodes last knew of being equal, and whether equal ledgers gave equal tables."""

from __future__ import annotations

from dataclasses import replace

from node import wire
from node.replica import Replica, Scope
from node.store.peers import Alert

SPOKE_GAP_MS = 300_000
"""How often a line that holds is noted. A dead one is found out by its pings about as fast."""


class Agreement:
    """The digests of both sides over what they share, as far as this side knows them.

    Args:
        replica: This node's replica.
        scope: What it shares with the peer.
        peer: The peer's author id.

    Attributes:
        mark: This side's digest at the last moment of known equality.
        base: The arrival at which the mark that this session named held. It is kept here, since
            the mark may be forgotten while the session stands: another with the same author moves
            it on.
        mine: This side's digest when it was last looked at.
        theirs: The peer's digest as it last stated it.
    """

    def __init__(self, replica: Replica, scope: Scope, peer: str) -> None:
        self.replica = replica
        self.scope = scope
        self.peer = peer
        self.mark = b""
        self.base: int | None = None
        self.mine = b""
        self.theirs = b""
        self._spoke_at = 0
        self.heard_at: int | None = None
        """When what is heard was said, milliseconds, where that was not just now: on a stick."""

    @property
    def equal(self) -> bool:
        """Whether both held the same when they last spoke of it."""
        return bool(self.mine) and self.mine == self.theirs

    @property
    def empty(self) -> bool:
        """Whether this side holds nothing of what is shared."""
        return not any(self.mine)

    def snapshot(self) -> bytes:
        """This side's digest, remembered with the arrival at which it held."""
        digest = self.scope.digest().to_bytes()
        if digest != self.mine:
            self.mine = digest
            if self.replica.store.read_only:
                return digest  # a bundle is made there, and no session
            arrival = self.replica.store.ledger.last_arrival()
            self.replica.store.peers.put_mark(self.peer, digest, arrival)
        return digest

    def remember(self, spoke: bool = False, equal: bool = False) -> None:
        """Keeps what the next session with this peer will need."""
        with self.replica.store.transaction():
            peers, now = self.replica.store.peers, self.replica.core.now_ms()
            state = replace(peers.peer(self.peer), division=self.scope.peer_division)
            if spoke or equal:
                state = replace(state, spoke_at=self._heard(now, state.spoke_at))
                self._spoke_at = self.replica.core.clock.now_ms()
            if equal:
                state = replace(state, equal_at=self._heard(now, state.equal_at), mark=self.mine)
                peers.put_told(self.peer, {})  # the mark says more
            peers.put_peer(self.peer, state)

    def _heard(self, now: int, before: int) -> int:
        """When the peer was heard last: a stick that has lain about tells of no younger moment."""
        if self.heard_at is None:
            return now
        return max(min(now, self.heard_at), before, 0)

    def stay(self) -> None:
        """Notes that the peer is still there, which is a write and so is done now and then only."""
        if not 0 <= self.replica.core.clock.now_ms() - self._spoke_at < SPOKE_GAP_MS:
            self.remember(spoke=True)

    def note(self) -> None:
        """Remembers the moment, if both digests are the same and it is not remembered yet."""
        if self.theirs == self.mine == self.mark:
            return
        with self.replica.store.transaction():
            if self.snapshot() == self.theirs:
                self.mark = self.mine
                self.remember(equal=True)

    def choose_mark(self, offered: bytes) -> None:
        """Takes the mark to go by: the peer's where it is known here, this side's own otherwise.

        A peer that was restored from a backup may not know a mark newer than its own.
        """
        peers = self.replica.store.peers
        known = bool(offered) and peers.mark(self.peer, offered) is not None
        self.mark = offered if known else peers.peer(self.peer).mark
        self.base = peers.mark(self.peer, self.mark)

    def state_digest(self) -> bytes:
        """The digest over derived tables, or nothing while a tail is open.

        What waits in a tail counts in the tables already, and in no head yet.
        """
        open_tails = self.replica.store.ledger.tails()
        return b"" if open_tails else self.scope.state_digest().to_bytes()

    def compare_states(self, hello: wire.sync_pb2.Hello, digest: bytes, theirs: bytes) -> None:
        """Raises an alert where the same four inputs gave this side other tables than the peer.

        Args:
            hello: The peer's, which states the rules and the policy behind its tables.
            digest: What the peer held when it derived its tables; compared only if it is held here.
            theirs: The peer's digest over its tables; empty where it had none to state.
        """
        core = self.replica.core
        if (hello.rules, hello.policy) != (core.schema.rules_version, core.policy()) or not theirs:
            return
        with self.replica.store.transaction():
            mine = self.state_digest()
            if not mine or self.scope.digest().to_bytes() != digest:
                return
            if mine == theirs:
                self.replica.store.peers.clear_alert("diverged", self.peer)
                return
            self.replica.store.peers.raise_alert(
                Alert(
                    "diverged",
                    self.peer,
                    f"This node and {self.peer} at {self.scope.peer_division} hold the same "
                    f"ledger and derived different tables from it. Run on both: "
                    f"linli doctor --rebuild",
                    core.now_ms(),
                )
            )
