"""What a node was told about itself: `node.toml` in its folder, and every limit in one place.

A node's folder holds a handful of files, named here once. The configuration is written by `linli
init` and `linli join` and may be edited by hand; a word in it that Linli does not know is refused
rather than passed over, since a mistyped limit that silently does nothing is found out too late.

No secret stands in it: keys have files of their own. `whole_file` here is how a file is written so
that a power cut leaves the old one or the new one; `write_file` does it for every small file.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import secrets
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO, Self

from node.errors import StoreFault, UsageError

LEDGER = "ledger.db"
LEDGER_KEY = "ledger.key"
NODE_KEY = "node.key"
CHAIN = "chain.pem"
CONFIG = "node.toml"
LOCK = "serve.lock"
ANCHOR = "anchor"
DISK_ALERT = "disk.alert"
EVENTS = "events.log"
PAGES_KEY = "pages.key"
PAGES_CERTIFICATE = "pages.pem"

_TEXTS = (
    "division",
    "author",
    "user",
    "cluster",
    "listen",
    "enrol_listen",
    "address",
    "enrol_address",
    "pages_listen",
    "watch_listen",
)
_PARENT = ("author", "address", "division")


def _limit(default: int, meaning: str, least: int = 1) -> Any:
    """A limit with its meaning and the least value that makes sense."""
    return field(default=default, metadata={"meaning": meaning, "least": least})


@dataclass(frozen=True)
class Limits:
    """Every limit of a node, each with its unit in its name and its meaning in its metadata.

    Raises:
        UsageError: A value is no whole number, too small, or at odds with another.
    """

    frame_bytes_max: int = _limit(524_288, "largest frame of a session")
    frame_bytes_min: int = _limit(4_096, "smallest size that the frame adapts down to")
    segment_changes_max: int = _limit(2_000, "changes after which a tail is sealed")
    segment_bytes_max: int = _limit(262_144, "largest body of a segment, compressed")
    body_bytes_max: int = _limit(16_777_216, "largest body of a segment, decompressed")
    seal_delay_ms_max: int = _limit(300, "how long new changes gather on a live session", 0)
    seal_age_s_max: int = _limit(600, "age at which an open tail is sealed")
    message_bytes_max: int = _limit(4_194_304, "largest message that gRPC takes in")
    session_idle_s_max: int = _limit(120, "silence after which a session is given up")
    author_quota_bytes_max: int = _limit(1_073_741_824, "bytes stored for one author")
    isolation_days_max: int = _limit(400, "how far a stamp may run ahead of its author's beacon")
    lag_days_max: int = _limit(7, "days without the county's receipt after which an alert says so")
    behind_s_max: int = _limit(
        3_600, "how long a node may lack what a beacon names before an alert says so", 0
    )
    beacon_days_max: int = _limit(
        7, "days without a beacon that matches after which an alert says so"
    )
    beacon_interval_s: int = _limit(600, "time between two beacons of the county")
    dial_retry_s_min: int = _limit(1, "first wait before a parent is dialled again")
    dial_retry_s_max: int = _limit(300, "longest wait before a parent is dialled again")
    lost_branch_wait_s_max: int = _limit(60, "how long a box that was put back first asks above", 0)
    invite_days: int = _limit(14, "how long an invitation holds")
    certificate_days: int = _limit(365, "how long a certificate opens sessions")
    sessions_max: int = _limit(600, "sessions that a parent keeps open at once")
    connections_max: int = _limit(2_000, "connections that the port for children keeps at once", 8)
    heads_per_frame_max: int = _limit(500, "feeds whose heads one frame states")
    trust_heads_max: int = _limit(2_000, "trust heads that a segment's header names")
    bundle_bytes_max: int = _limit(4_294_967_295, "largest bundle, as FAT32 allows")
    text_bytes_max: int = _limit(20_000, "longest text in a cell, UTF-8")
    blob_bytes_max: int = _limit(2_097_152, "largest photo or paper")
    author_blobs_bytes_max: int = _limit(
        1_073_741_824, "bytes of photos and papers kept for one author"
    )
    pages_idle_s_max: int = _limit(900, "how long pages that nobody touches stay signed in", 10)

    def __post_init__(self) -> None:
        for item in fields(self):
            value, least = getattr(self, item.name), item.metadata["least"]
            if type(value) is not int or not least <= value < 1 << 53:
                raise UsageError(
                    f"The limit {item.name} is {value!r}.",
                    hint=f"Give a whole number from {least} up ({item.metadata['meaning']}).",
                )
        self._ordered("frame_bytes_min", "frame_bytes_max")
        self._ordered("frame_bytes_max", "message_bytes_max")
        self._ordered("segment_bytes_max", "message_bytes_max")
        self._ordered("dial_retry_s_min", "dial_retry_s_max")

    def _ordered(self, lower: str, upper: str) -> None:
        if getattr(self, lower) > getattr(self, upper):
            raise UsageError(
                f"The limit {lower} ({getattr(self, lower)}) is above {upper}"
                f" ({getattr(self, upper)}).",
                hint=f"Lower {lower} or raise {upper}.",
            )

    @property
    def body_bytes_target(self) -> int:
        """What a sealed body should stay under: two segments then fit into one frame."""
        return min(self.segment_bytes_max, self.frame_bytes_max // 2)

    @property
    def isolation_ms(self) -> int:
        """`isolation_days_max` in milliseconds, as stamps are clamped."""
        return self.isolation_days_max * 86_400_000


@dataclass(frozen=True)
class ParentAddress:
    """A node above, and how to reach it.

    Attributes:
        author: Its author id, which its certificate must name.
        address: Host and port for sessions.
        division: The id of its division.
    """

    author: str
    address: str
    division: str


@dataclass
class Config:
    """What stands in `node.toml`.

    Attributes:
        division: The id of the division at which the node stands.
        author: The node's author id.
        user: Who acts where nobody else is named: recorded, not trusted.
        cluster: The author id of the county's root, which names the cluster.
        listen: Host and port where children find this node; port 0 takes any; empty: no children.
        enrol_listen: Host and port for enrolment; empty: nobody joins here.
        address: What children dial, where it differs from `listen`.
        enrol_address: What newcomers dial, where it differs from `enrol_listen`.
        pages_listen: Host and port where browsers find this node's pages; empty: no pages.
        watch_listen: Host and port on loopback that tells whether the node is well; empty: none.
        parents: Whom to dial, in order.
        limits: The limits; only those that differ from their default stand in the file.
    """

    division: str
    author: str
    user: str
    cluster: str
    listen: str = ""
    enrol_listen: str = ""
    address: str = ""
    enrol_address: str = ""
    pages_listen: str = ""
    watch_listen: str = ""
    parents: list[ParentAddress] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def load(cls, home: Path) -> Self:
        """Reads the configuration of the node that lives in `home`.

        Raises:
            UsageError: No node lives there, or the file has an unknown, missing or unfit key.
        """
        path = home / CONFIG
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise UsageError(
                f"No node lives in {home} ({CONFIG} is missing).",
                hint="Make a county with: linli init. Join one with: linli join TOKEN",
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise UsageError(
                f"{path} cannot be read: {fault}.",
                hint="Mend it there, or restore the file from a backup of this node.",
            ) from fault
        except OSError as fault:
            raise StoreFault(f"Cannot read {path}: {fault.strerror}.") from fault
        parents = content.pop("parents", [])
        limits = content.pop("limits", {})
        if not isinstance(parents, list) or not isinstance(limits, dict):
            raise UsageError(f"{path}: write parents as [[parents]] and limits as [limits].")
        texts = _checked(content, _TEXTS, str, path)
        numbers = _checked(limits, (item.name for item in fields(Limits)), int, path, "limits.")
        above = [_checked(item, _PARENT, str, path, "parents.") for item in parents]
        try:
            addresses = [ParentAddress(**item) for item in above]
            return cls(**texts, parents=addresses, limits=Limits(**numbers))
        except UsageError as fault:
            raise UsageError(f"{path}: {fault.message}", hint=fault.hint) from fault
        except TypeError:
            raise UsageError(
                f"{path} lacks division, author, user or cluster, or a parent's author, address"
                " or division.",
                hint="Put it back, or join again with: linli join TOKEN",
            ) from None

    def save(self, home: Path) -> None:
        """Writes the configuration; a power cut leaves the old file or the new one.

        Raises:
            StoreFault: The disk refused.
            UsageError: A text holds bytes that are not UTF-8.
        """
        try:
            content = self._text().encode()
        except UnicodeEncodeError as fault:
            wrong = fault.object[max(fault.start - 10, 0) : fault.end]
            raise UsageError(f"The text {wrong!r} is not UTF-8.") from fault
        write_file(home / CONFIG, content)

    def _text(self) -> str:
        lines = ["# A Linli node. Every key is explained in node/config.py."]
        lines += [f"{name} = {_quoted(getattr(self, name))}" for name in _TEXTS]
        limits = self.limits
        changed = [item for item in fields(limits) if getattr(limits, item.name) != item.default]
        if changed:
            lines += ["", "[limits]"]
        for item in changed:
            lines += [f"# {item.metadata['meaning']}"]
            lines += [f"{item.name} = {getattr(limits, item.name)}"]
        for parent in self.parents:
            lines += ["", "[[parents]]"]
            lines += [f"{name} = {_quoted(getattr(parent, name))}" for name in _PARENT]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are TOML's, but for DEL, which JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _checked(
    table: object, names: Iterable[str], kind: type, path: Path, prefix: str = ""
) -> dict[str, Any]:
    """One table of the file as keyword arguments, once its keys are known and its values fit.

    Raises:
        UsageError: A key is unknown or its value is of another type.
    """
    if not isinstance(table, dict):
        raise UsageError(f"{path}: '{prefix.rstrip('.')}' is not a table.")
    known = set(names)
    for name, value in table.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(
                f"{path}: nothing is called '{prefix}{name}'.",
                hint=f"Did you mean '{prefix}{near[0]}'?" if near else "Take that line out.",
            )
        if type(value) is not kind:
            word = "text in quotes" if kind is str else "a whole number"
            raise UsageError(f"{path}: {prefix}{name} is {value!r}.", hint=f"It must be {word}.")
    return table


def write_file(path: Path, content: bytes) -> None:
    """Replaces a file as a whole and durably; only its owner may read it.

    Args:
        path: The file; its folder must exist.
        content: All of it.

    Raises:
        StoreFault: The disk refused; the old file, if any, is untouched.
    """
    try:
        with whole_file(path) as file:
            file.write(content)
    except OSError as fault:
        raise StoreFault(
            f"Cannot write {path}: {fault.strerror}.", hint="Free space or check the disk."
        ) from fault


@contextlib.contextmanager
def whole_file(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A file that takes its place on leaving, whole and durable, or not at all.

    It is written beside its place: fsync, rename, fsync of the folder. Whatever ends it before that
    takes it away and leaves what stood there.

    Args:
        path: The file; its folder must exist.
        mode: Its permission bits, less the umask. It is made with them and keeps them: a stick may
            refuse whoever would change them.

    Raises:
        OSError: The disk refused.
    """
    part = path.parent / f"{path.name}.{secrets.token_hex(4)}.part"
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
