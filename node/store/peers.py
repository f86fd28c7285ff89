"""What is remembered of others: receipts, peers and the marks we shared, invitations, alerts.

None of it is a change: it stands in no frontier and in no digest, and a node that lost it all would
only have to ask a little more at its next session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from node.feed import FeedKey, Head
from node.schema import Channel
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
        table = self.tables.receipt
        last: int = self.connection.execute(select(func.max(table.c.arrival))).scalar() or 0
        values = {
            "division": received.feed.division,
            "channel": int(received.feed.channel),
            "author": received.feed.author,
            "issuer": received.issuer,
            "time": received.time,
            "content": received.content,
            "arrival": last + 1,
        }
        key = ["division", "channel", "author", "issuer"]
        fresh = {name: value for name, value in values.items() if name not in key}
        self.connection.execute(
            insert(table).values(**values).on_conflict_do_update(index_elements=key, set_=fresh)
        )

    def receipts(self, feed: FeedKey) -> list[Received]:
        """The receipts for one feed."""
        table = self.tables.receipt
        rows = self.connection.execute(
            select(table).where(
                table.c.division == feed.division,
                table.c.channel == int(feed.channel),
                table.c.author == feed.author,
            )
        )
        return [_received(row) for row in rows]

    def newest_receipts(self) -> dict[str, int]:
        """When something of each author was last confirmed by anybody, milliseconds, by author."""
        table = self.tables.receipt
        query = select(table.c.author, func.max(table.c.time)).group_by(table.c.author)
        return {author: int(time) for author, time in self.connection.execute(query)}

    def receipts_after(self, arrival: int, limit: int) -> list[Received]:
        """The receipts that arrived after a number, in order of arrival."""
        table = self.tables.receipt
        rows = self.connection.execute(
            select(table).where(table.c.arrival > arrival).order_by(table.c.arrival).limit(limit)
        )
        return [_received(row) for row in rows]

    def last_receipt(self) -> int:
        """The number of the receipt that arrived last; 0 for none."""
        last: int | None = self.connection.execute(
            select(func.max(self.tables.receipt.c.arrival))
        ).scalar()
        return last or 0

    def peer(self, author: str) -> PeerState:
        """What is remembered of a peer."""
        table = self.tables.peer
        row = self.connection.execute(select(table).where(table.c.author == author)).fetchone()
        return PeerState(*row[1:]) if row else PeerState()

    def peers(self) -> dict[str, PeerState]:
        """What is remembered of every peer, by author id."""
        rows = self.connection.execute(select(self.tables.peer))
        return {row[0]: PeerState(*row[1:]) for row in rows}

    def put_peer(self, author: str, state: PeerState) -> None:
        """Remembers a peer."""
        values = asdict(state)
        self.connection.execute(
            insert(self.tables.peer)
            .values(author=author, **values)
            .on_conflict_do_update(index_elements=["author"], set_=values)
        )

    def put_mark(self, author: str, digest: bytes, arrival: int) -> None:
        """Remembers at which arrival our digest towards a peer was this one.

        Only the newest are kept, and the one at which we know that we were equal.
        """
        table = self.tables.peer_mark
        made: int = (
            self.connection.execute(
                select(func.max(table.c.made)).where(table.c.author == author)
            ).scalar()
            or 0
        ) + 1
        self.connection.execute(
            insert(table)
            .values(author=author, digest=digest, arrival=arrival, made=made)
            .on_conflict_do_update(
                index_elements=["author", "digest"], set_={"arrival": arrival, "made": made}
            )
        )
        agreed = select(self.tables.peer.c.mark).where(self.tables.peer.c.author == author)
        self.connection.execute(
            delete(table).where(
                table.c.author == author,
                table.c.made <= made - _MARKS_MAX,
                table.c.digest.not_in(agreed),
            )
        )

    def mark(self, author: str, digest: bytes) -> int | None:
        """At which arrival our digest towards a peer was this one, if we remember."""
        table = self.tables.peer_mark
        arrival: int | None = self.connection.execute(
            select(table.c.arrival).where(table.c.author == author, table.c.digest == digest)
        ).scalar()
        return arrival

    def put_told(self, peer: str, feeds: Mapping[FeedKey, Iterable[Head]]) -> None:
        """Remembers every head that a peer named in its newest bundle; none: nothing is known."""
        table = self.tables.told
        self.connection.execute(delete(table).where(table.c.peer == peer))
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
        table = self.tables.alert
        self.connection.execute(
            delete(table).where(table.c.kind == kind, table.c.subject == subject)
        )

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
