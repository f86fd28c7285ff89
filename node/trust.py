"""Who is who: certificates and the tree of divisions, as the `trust` lane states them.

Authority is judged by what an author had seen, not by what its reader knows: a segment's header
names a frontier of `trust` feeds, and the *view* at that frontier says where the author stands and
what lies below it. The same bytes give the same verdict on every node, whenever they arrive. Rows
of `trust` count only when they prove themselves: a certificate by its issuer's signature and by the
tree, a division act by being the county's.

Pure: rows come in, a view comes out.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from node import identity
from node.cut import CUT_TABLE, Cut, is_read
from node.division import LEVELS, Act, Tree
from node.errors import LinliError, Refused
from node.feed import FeedKey, Partition
from node.schema import Channel, Column, Kind, Table

TRUST_TABLES: tuple[Table, ...] = (
    Table(
        "division_act",
        Channel.TRUST,
        (
            Column("subject", Kind.FACT, required=True, meaning="the division's opaque id"),
            Column("kind", Kind.FACT, required=True, meaning="establish, rename, recode, move …"),
            Column("level", Kind.FACT, meaning="county, township or village"),
            Column("code", Kind.FACT, meaning="statistical code: 6, 9 or 12 digits"),
            Column("name", Kind.FACT, meaning="name"),
            Column("parent", Kind.FACT, meaning="the parent's id"),
            Column("successor", Kind.FACT, meaning="the id of the division that takes over"),
            Column("valid_from", Kind.FACT, required=True, meaning="ISO date"),
            Column("document", Kind.FACT, meaning="the decision behind it"),
        ),
        meaning="dated acts on divisions",
        writer="county",
    ),
    Table(
        "certificate",
        Channel.TRUST,
        (
            Column("author", Kind.FACT, required=True, meaning="the author id admitted"),
            Column("stands_at", Kind.FACT, required=True, meaning="the id of its division"),
            Column("der", Kind.FACT, required=True, meaning="X.509, DER in base64"),
        ),
        meaning="certificates issued",
    ),
    CUT_TABLE,
    Table(
        "fork_review",
        Channel.TRUST,
        (
            Column("author", Kind.FACT, required=True, meaning="the author whose feeds branched"),
            Column("branches", Kind.FACT, required=True, meaning="those that were looked at, JSON"),
            Column("finding", Kind.FACT, required=True, meaning="what the county found"),
        ),
        meaning="forks at which the county has looked",
        writer="county",
    ),
)

RECEIPT_DOMAIN = b"linli.v1.receipt"
BEACON_DOMAIN = b"linli.v1.beacon"
REPLACEMENT_DOMAIN = b"linli.v1.replacement"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an author stands in the eyes of one view.

    Attributes:
        division: Its division.
        tier: The tier of that division.
    """

    division: str
    tier: str


class View:
    """What a frontier of `trust` says.

    Args:
        root: The county's own certificate, which every member keeps from its enrolment.
        tree: The divisions by the county's acts within the frontier.
        certificates: Those stated within the frontier, in an order that all nodes share.
        withdrawn: Those stated past the cut of whoever issued them: they admit nobody, and what
            their holders signed is kept and forwarded all the same.
        cuts: Those stated, the oldest first.

    Attributes:
        certificates: Who is a member, by author.
        places: Every division for which an author has a good certificate.
        known: The same, and whoever holds a certificate that is withdrawn.
        cuts: What is in force, by the author that is cut.
        spoken: Whose word about an author counts, whether it cuts or lifts.
    """

    def __init__(
        self,
        root: identity.Certificate,
        tree: Tree,
        certificates: Sequence[identity.Certificate],
        withdrawn: Sequence[identity.Certificate] = (),
        cuts: Iterable[Cut] = (),
    ) -> None:
        self.root = root
        self.tree = tree
        self.places: dict[str, set[str]] = {}
        self.certificates = self.known = self._admitted(certificates)
        if withdrawn:
            self.known = self._admitted([*withdrawn, *certificates]) | self.certificates
        self.cuts = self._in_force(cuts)

    def _admitted(self, stated: Iterable[identity.Certificate]) -> dict[str, identity.Certificate]:
        """Takes in certificates whose issuer is in, until none is left that can join."""
        waiting: dict[str, list[identity.Certificate]] = {}
        for certificate in stated:
            waiting.setdefault(certificate.issuer_author, []).append(certificate)
        admitted = {self.root.author: self.root}
        reached = [self.root.author]
        while reached:
            issuer = admitted[reached.pop()]
            for certificate in waiting.pop(issuer.author, []):
                if not self._valid_below(certificate, issuer, admitted):
                    continue
                self.places.setdefault(certificate.author, set()).add(certificate.division)
                known = admitted.get(certificate.author)
                if known is None or _renews(certificate, known):
                    admitted[certificate.author] = certificate
                    reached.append(certificate.author)
        return admitted

    def _in_force(self, stated: Iterable[Cut]) -> dict[str, Cut]:
        """The last word of the highest tier about each author, where it is a cut.

        A township's is provisional: once the county has spoken of an author, only it speaks.
        """
        words: dict[str, Cut] = {}
        for cut in stated:
            known = words.get(cut.author)
            if (
                self._may_cut(cut)
                and is_read(cut.heads)
                and (known is None or not self._above(known.by, cut.by))
            ):
                words[cut.author] = cut
        self.spoken = {author: cut.by for author, cut in words.items()}
        return {author: cut for author, cut in words.items() if not cut.lifts}

    def _may_cut(self, cut: Cut) -> bool:
        """Whether who states a cut stands above its node, wherever that has been admitted.

        Keys are public: a township may state a certificate for a village that is none of its own.
        """
        by = self.certificates.get(cut.by)
        if by is None or cut.author == self.root.author:
            return False
        places = self.places.get(cut.author, set())
        return bool(places) and all(
            by.division != place and self.covers(by.division, place) for place in places
        )

    def _above(self, one: str, other: str) -> bool:
        """Whether one author stands strictly above another."""
        upper, lower = self.certificates.get(one), self.certificates.get(other)
        if upper is None or lower is None or upper.division == lower.division:
            return False
        return self.covers(upper.division, lower.division)

    def _valid_below(
        self,
        certificate: identity.Certificate,
        issuer: identity.Certificate,
        admitted: Mapping[str, identity.Certificate],
    ) -> bool:
        try:
            identity.check_chain(
                [certificate.der, *self._issuers(issuer, admitted)],
                identity.author_bytes(self.root.author),
                self.tree.covers,
            )
        except LinliError:
            return False
        return True

    def _issuers(
        self, certificate: identity.Certificate, admitted: Mapping[str, identity.Certificate]
    ) -> list[bytes]:
        chain = [certificate.der]
        while certificate.author != self.root.author:
            certificate = admitted[certificate.issuer_author]
            chain.append(certificate.der)
        return chain

    def chain(self, author: str) -> list[bytes]:
        """The certificates of an author up to the root, DER."""
        return self._issuers(self.certificates[author], self.certificates)

    def recognise(self, chain: Sequence[bytes]) -> identity.Certificate:
        """Checks a chain that a peer has shown; its dates are the caller's to check.

        Divisions are compared as far as the tree knows them: a new node knows none yet.

        Raises:
            Refused: The chain does not lead to this county's root by its rules, or who shows it
                was revoked.
        """
        links = list(chain)
        if not links or identity.presented_author(links[-1]) != self.root.author:
            links.append(self.root.der)

        def covers(upper: str, lower: str) -> bool:
            known = upper in self.tree and lower in self.tree
            return self.covers(upper, lower) if known else True

        leaf = identity.check_chain(links, identity.author_bytes(self.root.author), covers)
        self.check_member(leaf)
        for link in links[1:-1]:
            self._check_issuer(identity.read_certificate(link))
        return leaf

    def check_member(self, shown: identity.Certificate) -> None:
        """Refuses a certificate that opens nothing here, although every signature in it fits.

        Its node was revoked or is known to stand elsewhere; or its issuer was revoked, and it does
        not stand in `trust` before that.

        Raises:
            Refused: `REVOKED` or `CERTIFICATE_SCOPE`.
        """
        self.check_cut(shown.author)
        known = self.certificates.get(shown.author)
        if known is not None and known.division != shown.division:
            raise Refused(
                f"The certificate of {shown.author} states division {shown.division}, and it stands"
                f" at {known.division}.",
                reason="CERTIFICATE_SCOPE",
                hint="A node keeps its division; a box that moves is invited with a new key.",
            )
        self._check_issuer(shown)

    def _check_issuer(self, shown: identity.Certificate) -> None:
        """Refuses what a revoked node has issued and `trust` does not state before its cut."""
        known, issuer = self.certificates.get(shown.author), shown.issuer_author
        if known is None or known.der != shown.der:
            self.check_cut(issuer)
            if issuer in self.known and issuer not in self.certificates:
                self.check_cut(self.known[issuer].issuer_author)

    def check_cut(self, author: str) -> None:
        """Refuses a node that was revoked.

        Raises:
            Refused: `REVOKED`.
        """
        cut = self.cuts.get(author)
        if cut is not None:
            raise Refused(
                f"The node {author} was revoked by {cut.by}: {cut.cause}.",
                reason="REVOKED",
                hint="Nobody takes anything from it. If the box is in good hands again, invite it "
                "as a new node, or take the revocation back: linli member lift",
            )

    def standing(self, author: str) -> Standing | None:
        """Where an author stands, or None where no certificate is known."""
        certificate = self.certificates.get(author)
        if certificate is None:
            return None
        tier = self.tree.level(certificate.division)
        if not tier and author == self.root.author:
            tier = LEVELS[0]  # the root's own first act is what puts its division into the tree
        return Standing(certificate.division, tier)

    def public_key(self, author: str) -> identity.PublicKey:
        """The author's key.

        Raises:
            Refused: No certificate is known.
        """
        certificate = self.known.get(author)
        if certificate is None:
            raise Refused(
                f"No certificate of author {author} is known here.",
                reason="CERTIFICATE_UNKNOWN",
                hint="It comes with the trust data; sync with the node that enrolled it.",
            )
        return identity.load_public(certificate.public_der)

    def covers(self, upper: str, lower: str) -> bool:
        """Whether a division is another or stands above it."""
        return upper == lower or self.tree.covers(upper, lower)

    def holds(self, division: str, feed: FeedKey) -> bool:
        """Whether a node at a division may hold a feed (design, section 6)."""
        if feed.channel.countywide or self.covers(division, feed.division):
            return True
        author = self.known.get(feed.author)
        return author is not None and self.covers(division, author.division)

    def permits(self, feed: FeedKey) -> bool:
        """Whether a known certificate permits the feed at all."""
        author = self.known.get(feed.author)
        if author is None or self.tree.get(feed.division) is None:
            return author is not None and author.author == self.root.author
        return feed.channel is not Channel.TRUST or self.covers(author.division, feed.division)

    def holds_whole(self, division: str, partition: Partition) -> bool:
        """Whether a node at a division holds every feed of a partition."""
        return partition.channel.countywide or self.covers(division, partition.division)


def _renews(certificate: identity.Certificate, known: identity.Certificate) -> bool:
    """Whether a second certificate of one author, for the same division, lasts longer."""
    return known.division == certificate.division and known.valid_until < certificate.valid_until


@functools.lru_cache(maxsize=64)
def view_of(
    root: identity.Certificate,
    acts: tuple[Act, ...],
    certificates: tuple[identity.Certificate, ...],
    withdrawn: tuple[identity.Certificate, ...],
    cuts: tuple[Cut, ...],
) -> View:
    """What some acts of the county, certificates and cuts say; nobody changes it."""
    return View(root, _tree(acts), certificates, withdrawn, cuts)


@functools.lru_cache(maxsize=8)
def _tree(acts: tuple[Act, ...]) -> Tree:
    """The tree of some acts: the divisions stay while members come, and many views share it."""
    return Tree(acts)


def act_of(values: Mapping[str, str | int | None]) -> Act:
    """What a row of `division_act` says."""
    names = (
        "subject",
        "kind",
        "level",
        "code",
        "name",
        "parent",
        "successor",
        "valid_from",
    )
    return Act(*(str(values.get(name) or "") for name in names))


def certificate_of(values: Mapping[str, str | int | None]) -> identity.Certificate | None:
    """Reads a row's certificate; a row that is none is as if it were not there."""
    try:
        der = base64.b64decode(str(values.get("der") or ""), validate=True)
        certificate = identity.read_certificate(der)
    except (LinliError, binascii.Error, ValueError):
        return None
    same = certificate.author == values.get("author")
    return certificate if same and certificate.division == values.get("stands_at") else None
