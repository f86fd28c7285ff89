"""Fuzzes a parser with Atheris, by hand: `make fuzz`, `make fuzz ARGS="frame --seconds 600"`.

Each harness runs in a process of its own, since the fuzzer ends the process that it runs in. What
it found to reach new code is added to the corpus, which is then thinned to the inputs that reach
something together; an input that broke a promise is printed, and stays in a file to look at.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

INPUT_BYTES_MAX = 4_096
CORPUS_BYTES_MAX = 60_000
SLOWNESS = 6
NAMES = ("segment", "body", "frame", "bundle", "token", "evidence")
_CORPUS = Path(__file__).parent / "corpus"
_RUNS = Path(__file__).parent / "runs.json"


def fuzz(name: str, words: list[str]) -> None:
    """Runs the fuzzer in this process, which it ends."""
    import atheris

    with atheris.instrument_imports(include=["node", "linli", "tests.fuzz"]):
        from tests.fuzz import harnesses

    def one(data: bytes) -> None:
        harnesses.bounded(name, data, SLOWNESS)

    for data in [b"", *harnesses.corpus(name)]:
        harnesses.HARNESSES[name](data)  # what is made once is made before anything is measured
    itself = f"{sys.executable} -m tests.fuzz {name} --within"  # libFuzzer starts it anew to merge
    atheris.Setup([itself, *words], one)
    atheris.Fuzz()


def child(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The fuzzer in a process of its own."""
    command = [sys.executable, "-m", "tests.fuzz", name, "--within", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run(name: str, seconds: int) -> bool:
    """Fuzzes one harness and keeps what it found; whether no promise was broken."""
    with tempfile.TemporaryDirectory(prefix="linli-fuzz-") as folder:
        grown, thin, broken = (Path(folder, one) for one in ("grown", "thin", "broken-"))
        for each in (grown, thin):
            each.mkdir()
        for number, line in enumerate((_CORPUS / f"{name}.txt").read_text().splitlines()):
            (grown / str(number)).write_bytes(base64.b64decode(line))
        done = child(
            name, f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES_MAX}", "-timeout=20",
            f"-artifact_prefix={broken}", str(grown),
        )  # fmt: skip
        told = re.findall(r"^(?:Done .*|#\d+\s+DONE.*|stat::.*)$", done.stderr, re.M)
        print(f"{name}: {told[-1] if told else 'broke off'}", flush=True)
        found = sorted(Path(folder).glob("broken-*"))
        if found or done.returncode:
            print(done.stderr[-6_000:])
            for path in found:
                kept = Path(tempfile.gettempdir()) / f"linli-fuzz-{name}-{path.name[7:]}"
                kept.write_bytes(path.read_bytes())
                print(f"{name}: broke a promise: {kept}")
            return False
        merged = child(name, "-merge=1", f"-max_len={INPUT_BYTES_MAX}", str(thin), str(grown))
        if merged.returncode:
            print(merged.stderr[-2_000:])
            return False
        room = _keep(name, sorted((path.read_bytes() for path in thin.iterdir()), key=len))
    tried = re.search(r"^Done (\d+) runs", done.stderr, re.M)
    if tried:
        _note(name, {"seconds": seconds, "tried": int(tried[1]), "kept": room})
    return True


def _note(name: str, figures: dict[str, int]) -> None:
    """Keeps the figures of the last run for docs/proof.md."""
    runs = json.loads(_RUNS.read_text()) if _RUNS.exists() else {}
    runs[name] = figures
    ordered = {one: runs[one] for one in NAMES if one in runs}
    _RUNS.write_text(json.dumps(ordered, indent=1) + "\n")


def _keep(name: str, inputs: list[bytes]) -> int:
    """Writes the corpus, small inputs first, as far as there is room; how many."""
    lines, room = [], CORPUS_BYTES_MAX
    for data in inputs:
        line = base64.b64encode(data).decode("ascii")
        room -= len(line) + 1
        if room >= 0:
            lines.append(line)
    (_CORPUS / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    print(f"{name}: {len(lines)} of {len(inputs)} inputs are kept", flush=True)
    return len(lines)


def main() -> None:
    """Fuzzes what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=600, help="for each; 600 unless told")
    if sys.argv[2:3] == ["--within"]:
        fuzz(sys.argv[1], sys.argv[3:])
    asked = parser.parse_args()
    broken = [name for name in asked.names or NAMES if not run(name, asked.seconds)]
    sys.exit(f"broke a promise: {', '.join(broken)}" if broken else 0)


if __name__ == "__main__":
    main()
