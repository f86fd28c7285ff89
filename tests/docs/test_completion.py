"""The line that turns completion on, as the documents give it, does so in a real shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
COMP_WORDS=(linli vis) COMP_CWORD=1
"$(complete -p linli | grep -o "_[a-z_]*")" linli
echo "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash is here")
@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "docs/operating.md"])
def test_the_line_of_the_page_completes_a_noun(page: str) -> None:
    (line,) = re.findall(r"```bash\n(eval .*_LINLI_COMPLETE.*)\n```", (ROOT / page).read_text())
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    told = subprocess.run(
        ["bash", "--norc", "-c", f"{line}\n{ASK}"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.split() == ["visit"], told.stderr
