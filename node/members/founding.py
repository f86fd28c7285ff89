"""A county out of nothing: its key is the root, its hash the cluster's name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from node import identity
from node.clock import BOOT_FLOOR_MS, Clock, SystemClock, day
from node.codes import level_of_code
from node.config import Config, Limits
from node.division import LEVELS
from node.errors import UsageError
from node.members.divisions import establishing, mint_division_id
from node.members.folder import check_addresses, check_vacant, furnish, own_key
from node.replica import Replica
from node.schema import Schema


def init_county(
    home: Path,
    schema: Schema,
    *,
    code: str,
    name: str,
    user: str,
    listen: str = "",
    enrol_listen: str = "",
    address: str = "",
    enrol_address: str = "",
    pages_listen: str = "",
    clock: Clock | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
    limits: Limits | None = None,
) -> Replica:
    """Makes a county's node: key, root certificate, ledger, first division act, first beacon.

    Args:
        home: Its folder, in which no node lives.
        schema: What it keeps.
        code: The county's statistical code, 6 digits.
        name: The county's name.
        user: Who acts there: recorded, not trusted.
        listen: Host and port for sessions; port 0 takes any, once.
        enrol_listen: The same for enrolment.
        address: What children dial, where it differs from `listen`.
        enrol_address: What newcomers dial, where it differs from `enrol_listen`.
        pages_listen: Host and port where browsers find this node's pages; empty: no pages.
        clock: What time it is here.
        entropy: Gives random bytes.
        limits: Limits other than the usual ones.

    Returns:
        The replica, open.

    Raises:
        UsageError: The code is no county's, or a node lives there.
        StoreFault: The disk refused.
    """
    level = level_of_code(code)
    if level != LEVELS[0]:
        raise UsageError(
            f"'{code}' is the code of a {level}.", hint="A county has 6 digits. Others join it."
        )
    check_vacant(home)
    check_addresses(listen, enrol_listen, address, enrol_address, pages_listen)
    key = own_key(home, entropy)
    division = mint_division_id(entropy)
    limits = limits or Limits()
    now = max((clock or SystemClock()).now_ms(), BOOT_FLOOR_MS)
    root = identity.new_root(key, division, now, limits.certificate_days)
    config = Config(
        division=division,
        author=key.author,
        user=user,
        cluster=key.author,
        listen=listen,
        enrol_listen=enrol_listen,
        address=address,
        enrol_address=enrol_address,
        pages_listen=pages_listen,
        limits=limits,
    )

    def first(replica: Replica) -> None:
        replica.write(division, [establishing(division, level, code, name, "", day(now))])
        replica.issue_beacon()

    return furnish(home, schema, key, [root], config, first, clock, entropy)
