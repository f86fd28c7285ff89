"""What a container does before it serves: becomes a node once, and invites the nodes below it.

Nobody types in a container. So a parent leaves each invitation in a folder that it shares with that
one child, readable by its owner alone, and the child waits for it, joins, and deletes it. A
container that starts again finds its node in its volume and only serves. Everything here is a
sentence that a person could type.

It is told what to do by its environment (see docker-compose.yml):

    LINLI_HOME     the node's folder, on a volume
    LINLI_USER     who acts where a command names nobody
    LINLI_COUNTY   the code of the county whose first node this is, or
    LINLI_TOKEN    the file in which the invitation of this node appears
    LINLI_HOST     the name under which the nodes below reach this one; none for a village
    LINLI_INVITES  whom to invite: CODE=FILE, and more with blanks between
    LINLI_WATCH    where the node tells whether it is well
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from cli.output import say
from node.config import CONFIG

UNKNOWN, UNREACHABLE = 2, 3
"""Exit codes of `linli`: nothing is called so here yet; nobody answers yet."""

PORT, ENROL_PORT = 7443, 7444
WAIT_S = 1.0


def linli(*words: str, may_end_with: int = 0) -> tuple[int, str]:
    """Says a sentence.

    Args:
        *words: The sentence.
        may_end_with: An exit code that is no failure of the container.

    Returns:
        The exit code and the result.

    Raises:
        SystemExit: It failed. The container ends with its code, and is started again.
    """
    done = subprocess.run(["linli", *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, may_end_with):
        raise SystemExit(done.returncode)
    return done.returncode, done.stdout


def ports(host: str) -> list[str]:
    """The options of a node that has children."""
    if not host:
        return []
    return [
        *("--listen", f"0.0.0.0:{PORT}", "--address", f"{host}:{PORT}"),
        *("--enrol-listen", f"0.0.0.0:{ENROL_PORT}", "--enrol-address", f"{host}:{ENROL_PORT}"),
    ]


def become(told: Mapping[str, str]) -> None:
    """Makes this container's volume a node, unless one lives there."""
    token = Path(told["LINLI_TOKEN"]) if told.get("LINLI_TOKEN") else None
    if not (Path(told["LINLI_HOME"]) / CONFIG).exists():
        given = ["--user", told["LINLI_USER"], *ports(told.get("LINLI_HOST", ""))]
        if token is None:
            linli("init", told["LINLI_COUNTY"], "--divisions", *given)
        else:
            join(token, given)
    if token is not None:
        token.unlink(missing_ok=True)  # it is spent


def join(token: Path, given: list[str]) -> None:
    """Waits for an invitation, and until whoever gave it answers."""
    say(f"Waiting for an invitation in {token}.")
    while not token.exists():
        time.sleep(WAIT_S)
    words = ("join", "--file", str(token), *given)
    while linli(*words, may_end_with=UNREACHABLE)[0] == UNREACHABLE:
        time.sleep(WAIT_S)


def invite(invites: str) -> None:
    """Writes the invitations of those who have not joined yet."""
    wanted = dict(pair.split("=", 1) for pair in invites.split())
    for code, file in wanted.items():
        if code in standing():
            continue
        words = ("member", "invite", code, "--file", file)
        while linli(*words, may_end_with=UNKNOWN)[0] == UNKNOWN:
            # A new node knows the county's divisions after its first session.
            linli("sync", may_end_with=UNREACHABLE)
            time.sleep(WAIT_S)


def standing() -> set[str]:
    """The codes of the divisions at which a node stands, as far as this one knows."""
    return {str(node["division"]) for node in json.loads(linli("member", "list", "--json")[1])}


def main() -> None:
    """Becomes a node, invites, and turns into its service."""
    os.umask(0o077)
    become(os.environ)
    invite(os.environ.get("LINLI_INVITES", ""))
    sys.stdout.flush()
    os.execvp("linli", ["linli", "serve", "--watch", os.environ["LINLI_WATCH"], "--verbose"])


if __name__ == "__main__":
    main()
