"""What is remembered of others: receipts, peers and the marks we shared, invitations, alerts.

None of it is a change: it stands in no frontier and in no digest, and a node that lost it all would
only have to ask a little more at its next session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from node.feed import FeedKey, Head
from node.schema import Channel
from node.store.prepared import FEED, given, of_feed, prepared, replacing
from node.store.tables import Tables
from node.wire import read_heads, read_receipt

_MARKS_MAX = 16


@dataclass(frozen=True, slots=True)
class PeerState:
    """What is remembered of a peer between sessions.

    Attributes:
        division: Where it stands.
        mark: Our digest at the last moment at which we know we were equal.
        store: The id of its store when `receipts_seen` was noted.
        receipts_seen: Up to which of its receipts we have.
        spoke_at: When it was last known to be on the line, milliseconds by our clock, a few
            minutes early at most; 0 for never.
        equal_at: When we last knew that we were equal.
    """

    division: str = ""
    mark: bytes = b""
    store: int = 0
    receipts_seen: int = 0
    spoke_at: int = 0
    equal_at: int = 0


class Received(NamedTuple):
    """A receipt as it is kept.

    Attributes:
        feed: The feed.
        issuer: The author id of the node that has the heads.
        heads: The heads.
        time: When the issuer committed, milliseconds by its clock.
        content: The signed message.
        arrival: This node's running number over all receipts.
    """

    feed: FeedKey
    issuer: str
    heads: tuple[Head, ...]
    time: int
    content: bytes
    arrival: int = 0

    @property
    def reach(self) -> int:
        """The highest number among the heads."""
        return max(head.number for head in self.heads)


class Invite(NamedTuple):
    """An invitation that this node has given.

    Attributes:
        secret_hash: SHA-256 of its secret.
        division: Where the newcomer is to stand.
        expires_at: Milliseconds since 1970 UTC, by this node's clock.
        user: Who gave it.
        author: The author that has used it, or empty.
        replaces: Whether the newcomer takes the place of a node that stands there already.
    """

    secret_hash: bytes
    division: str
    expires_at: int
    user: str
    author: str
    replaces: bool = False


class Alert(NamedTuple):
    """Something that a person should look at."""

    kind: str
    subject: str
    text: str
    raised_at: int


class Peers:
    """Receipts, peers, invitations and alerts.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables

    def put_receipt(self, received: Received) -> None:
        """Keeps a receipt in place of an older one of the same issuer and feed.

        Newer is what was issued later, or reaches further: the clock of a restored box may lag.
        """
        known = [one for one in self.receipts(received.feed) if one.issuer == received.issuer]
        if any(one.time > received.time and one.reach >= received.reach for one in known):
            return
        values = {
            **of_feed(received.feed),
            "issuer": received.issuer,
            "time": received.time,
            "content": received.content,
            "arrival": self.last_receipt() + 1,
        }
        self.connection.execute(self._put_receipt, values)

    def receipts(self, feed: FeedKey) -> list[Received]:
        """The receipts for one feed."""
        rows = self.connection.execute(self._receipts, of_feed(feed))
        return [_received(row) for row in rows]

    @prepared
    def _put_receipt(self) -> Any:
        return replacing(self.tables.receipt, *FEED, "issuer")

    @prepared
    def _receipts(self) -> Any:
        return select(self.tables.receipt).where(given(self.tables.receipt, *FEED))

    def newest_receipts(self) -> dict[str, int]:
        """When something of each author was last confirmed by anybody, milliseconds, by author."""
        table = self.tables.receipt
        query = select(table.c.author, func.max(table.c.time)).group_by(table.c.author)
        return {author: int(time) for author, time in self.connection.execute(query)}

    def receipts_after(self, arrival: int, limit: int) -> list[Received]:
        """The receipts that arrived after a number, in order of arrival."""
        values = {"after": arrival, "limit": limit}
        return [_received(row) for row in self.connection.execute(self._receipts_after, values)]

    @prepared
    def _receipts_after(self) -> Any:
        table = self.tables.receipt
        later = select(table).where(table.c.arrival > bindparam("after"))
        return later.order_by(table.c.arrival).limit(bindparam("limit"))

    def last_receipt(self) -> int:
        """The number of the receipt that arrived last; 0 for none."""
        last: int | None = self.connection.execute(self._last_receipt).scalar()
        return last or 0

    @prepared
    def _last_receipt(self) -> Any:
        return select(func.max(self.tables.receipt.c.arrival))

    def peer(self, author: str) -> PeerState:
        """What is remembered of a peer."""
        row = self.connection.execute(self._peer, {"author": author}).first()
        return PeerState(*row[1:]) if row else PeerState()

    @prepared
    def _peer(self) -> Any:
        return select(self.tables.peer).where(given(self.tables.peer, "author"))

    @prepared
    def _put_peer(self) -> Any:
        return replacing(self.tables.peer, "author")

    def peers(self) -> dict[str, PeerState]:
        """What is remembered of every peer, by author id."""
        rows = self.connection.execute(select(self.tables.peer))
        return {row[0]: PeerState(*row[1:]) for row in rows}

    def put_peer(self, author: str, state: PeerState) -> None:
        """Remembers a peer."""
        self.connection.execute(self._put_peer, {"author": author, **asdict(state)})

    def put_mark(self, author: str, digest: bytes, arrival: int) -> None:
        """Remembers at which arrival our digest towards a peer was this one.

        Only the newest are kept, and the one at which we know that we were equal.
        """
        last = self.connection.execute(self._last_mark, {"author": author}).scalar()
        made = (last or 0) + 1
        values = {"author": author, "digest": digest, "arrival": arrival, "made": made}
        self.connection.execute(self._put_mark, values)
        old = {"author": author, "old": made - _MARKS_MAX}
        self.connection.execute(self._drop_marks, old)

    def mark(self, author: str, digest: bytes) -> int | None:
        """At which arrival our digest towards a peer was this one, if we remember."""
        values = {"author": author, "digest": digest}
        arrival: int | None = self.connection.execute(self._mark, values).scalar()
        return arrival

    @prepared
    def _last_mark(self) -> Any:
        table = self.tables.peer_mark
        return select(func.max(table.c.made)).where(given(table, "author"))

    @prepared
    def _put_mark(self) -> Any:
        return replacing(self.tables.peer_mark, "author", "digest")

    @prepared
    def _drop_marks(self) -> Any:
        table, peer = self.tables.peer_mark, self.tables.peer
        agreed = select(peer.c.mark).where(given(peer, "author"))
        return delete(table).where(
            given(table, "author"),
            table.c.made <= bindparam("old"),
            table.c.digest.not_in(agreed),
        )

    @prepared
    def _mark(self) -> Any:
        table = self.tables.peer_mark
        return select(table.c.arrival).where(given(table, "author", "digest"))

    def put_told(self, peer: str, feeds: Mapping[FeedKey, Iterable[Head]]) -> None:
        """Remembers every head that a peer named in its newest bundle; none: nothing is known."""
        table = self.tables.told
        self.connection.execute(self._drop_told, {"peer": peer})
        rows = [
            {
                "peer": peer,
                "division": feed.division,
                "channel": int(feed.channel),
                "author": feed.author,
                "number": head.number,
                "hash": head.hash,
            }
            for feed, heads in feeds.items()
            for head in heads
        ]
        if rows:
            self.connection.execute(insert(table), rows)

    @prepared
    def _drop_told(self) -> Any:
        return delete(self.tables.told).where(given(self.tables.told, "peer"))

    def told(self, peer: str) -> dict[FeedKey, tuple[Head, ...]]:
        """The heads that a peer named in a bundle after we last knew that we were equal."""
        table = self.tables.told
        columns = (table.c.author, table.c.division, table.c.channel, table.c.number, table.c.hash)
        found: dict[FeedKey, tuple[Head, ...]] = {}
        for author, division, channel, number, hash_ in self.connection.execute(
            select(*columns).where(table.c.peer == peer)
        ):
            feed = FeedKey(author, division, Channel(channel))
            found[feed] = (*found.get(feed, ()), Head(number, hash_))
        return found

    def put_invite(self, invite: Invite) -> None:
        """Keeps an invitation."""
        self.connection.execute(insert(self.tables.invite), invite._asdict())

    def invite(self, secret_hash: bytes) -> Invite | None:
        """The invitation behind a secret, or None."""
        table = self.tables.invite
        row = self.connection.execute(
            select(table).where(table.c.secret_hash == secret_hash)
        ).fetchone()
        return Invite(*row) if row else None

    def use_invite(self, secret_hash: bytes, author: str) -> None:
        """Notes who used an invitation."""
        table = self.tables.invite
        self.connection.execute(
            update(table).where(table.c.secret_hash == secret_hash).values(author=author)
        )

    def raise_alert(self, alert: Alert) -> None:
        """Lists something that a person should look at, once for each kind and subject."""
        self.connection.execute(
            insert(self.tables.alert).values(**alert._asdict()).on_conflict_do_nothing()
        )

    def clear_alert(self, kind: str, subject: str) -> None:
        """Strikes an alert whose cause has gone."""
        self.connection.execute(self._clear_alert, {"kind": kind, "subject": subject})

    @prepared
    def _clear_alert(self) -> Any:
        return delete(self.tables.alert).where(given(self.tables.alert, "kind", "subject"))

    def alerts(self) -> list[Alert]:
        """What a person should look at, oldest first."""
        table = self.tables.alert
        rows = self.connection.execute(select(table).order_by(table.c.raised_at, table.c.subject))
        return [Alert(*row) for row in rows]


def _received(row: Any) -> Received:
    division, channel, author, issuer, time, arrival, content = row
    feed = FeedKey(author, division, Channel(channel))
    heads = read_heads(read_receipt(content).heads)
    return Received(feed, issuer, heads, time, content, arrival)
