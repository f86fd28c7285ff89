"""Starts a program that ends when the one who started it ends, however that happens.

Run as a file, without the site packages, so that it costs next to nothing: it asks the kernel to
be told when its parent dies, and then becomes the program. Where the kernel cannot do that, the
program simply starts.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def main() -> None:
    """Becomes the program that the arguments name."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
