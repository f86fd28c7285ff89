"""The dialling side of a measured sync, in a process of its own: `python -m bench.child HOME`.

It opens the replica, says so, and then does one exchange for every line on its standard input.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from node.care.records import SCHEMA
from node.link import sync_once
from node.replica import Replica


def main() -> None:
    """Answers each line with the seconds and the figures of one exchange."""
    with Replica(Path(sys.argv[1]), SCHEMA) as replica:
        print(json.dumps({"ready": True}), flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            result = sync_once(replica)
            seconds = time.perf_counter() - start
            facts = {"seconds": seconds, "equal": result.equal, **asdict(result.stats)}
            print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
