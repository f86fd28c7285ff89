"""The files of a node, made as a whole or not at all.

A node lives in a folder as soon as `node.toml` stands in it, and that file is written last. What a
power cut leaves behind before that is in nobody's way: the next try overwrites it. Only the key is
kept from the first moment on, since an invitation is spent on a key: whoever lost the answer asks
again with the same one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from node import identity
from node.clock import Clock
from node.config import (
    ANCHOR,
    CHAIN,
    CONFIG,
    LEDGER,
    LEDGER_KEY,
    LOCK,
    NODE_KEY,
    Config,
    write_file,
)
from node.errors import StoreFault, UsageError
from node.link import split_address
from node.replica import Replica
from node.schema import Schema
from node.store import Store
from node.store.database import holds_key
from node.store.disk import only_readable

_MAKING = ".making"
_KEY_BYTES = 32


def holds_node(home: Path) -> bool:
    """Whether a node lives in a folder."""
    return (home / CONFIG).exists()


def check_addresses(*addresses: str) -> None:
    """Refuses an address that nobody could listen at or dial, before anything is written.

    Raises:
        UsageError: One is neither empty nor host:port.
    """
    for address in filter(None, addresses):
        split_address(address)


def check_vacant(home: Path) -> None:
    """Refuses a folder in which a node lives.

    Raises:
        UsageError: One does.
    """
    if holds_node(home):
        raise UsageError(
            f"A node lives in {home} already.", hint="Choose another folder with --home."
        )


def own_key(home: Path, entropy: Callable[[int], bytes]) -> identity.Key:
    """The key of the node that lives or will live in a folder; made where there is none.

    Raises:
        StoreFault: The disk refused, or the key there is damaged or open to others.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise StoreFault(
            f"Cannot make the folder {home}: {fault.strerror}.", hint="Choose one with --home."
        ) from fault
    path = home / NODE_KEY
    if path.exists():
        return identity.Key.load(path)
    key = identity.Key.generate(entropy(_KEY_BYTES))
    key.save(path)
    return key


def furnish(
    home: Path,
    schema: Schema,
    key: identity.Key,
    chain: Sequence[bytes],
    config: Config,
    first: Callable[[Replica], object],
    clock: Clock | None,
    entropy: Callable[[int], bytes],
) -> Replica:
    """Makes the files of a node in a folder where none lives, and opens it.

    Args:
        home: The folder, in which the key stands already.
        schema: What the node keeps.
        key: That key.
        chain: Its certificates up to the root, DER.
        config: What goes into `node.toml`.
        first: What the replica does before anybody sees it.
        clock: What time it is here.
        entropy: Gives random bytes.

    Raises:
        StoreFault: The disk refused. No node lives there then.
        Refused: What came first was refused; likewise.
    """
    making = home / _MAKING
    shutil.rmtree(making, ignore_errors=True)
    try:
        making.mkdir(mode=0o700)
        key.save(making / NODE_KEY)
        write_file(making / CHAIN, identity.chain_to_pem(chain))
        config.save(making)
        if holds_key(home / LEDGER_KEY):
            shutil.copy(home / LEDGER_KEY, making)  # what was moved away can still be opened
        Store.create(making, schema).close()
        with Replica(making, schema, clock, entropy) as replica:
            first(replica)
        kept = {NODE_KEY, CONFIG}
        if (home / ANCHOR).exists():
            kept.add(ANCHOR)  # it knows of what the database that was lost had sealed
        made = [one for one in sorted(making.iterdir()) if one.name not in kept]
        for one in sorted(made, key=lambda one: one.name == LEDGER):  # what opens it comes before
            os.replace(one, home / one.name)
        config.save(home)
    except OSError as fault:
        raise StoreFault(
            f"Cannot make a node in {home}: {fault.strerror}.", hint="Free space, check the disk."
        ) from fault
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return Replica(home, schema, clock, entropy)


def lock(home: Path) -> IO[str]:
    """Takes the lock of a node's folder; it is free again when the file is closed.

    Raises:
        UsageError: Another process has it.
        StoreFault: The disk refused.
    """
    try:
        file = (home / LOCK).open("a+", encoding="ascii")
    except OSError as fault:
        if fault.errno == errno.EROFS:
            raise only_readable(home) from fault
        raise StoreFault(f"Cannot open {home / LOCK}: {fault.strerror}.") from fault
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read(20).strip()
        file.close()
        raise UsageError(
            f"The node in {home} is served already (process {holder or 'unknown'}).",
            hint="Commands work beside it; to start it anew, stop that process first.",
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
