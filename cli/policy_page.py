"""Prints docs/policy.md from the groups themselves: `python -m cli.policy_page`.

What a county may set is told by the docstrings of the groups, word for word, so that the page
cannot grow old; a test compares them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from node.care.parameters import publishing
from node.care.parameters.groups import Band, Line
from node.care.parameters.reading import GROUPS

_OPENING = """# Policy packs

Printed by `python -m cli.policy_page > docs/policy.md`; a test compares the two.

Every number by which a county cares and pays stands in its policy pack, a TOML file. The county
publishes it (`linli policy publish FILE`), signed; it comes to every node with the certificates,
and a village goes on with the one that it has until the new one comes. Every version is kept, and a
decision keeps the version by which it was made. A version never says something else: whoever
changes a number gives the pack a new version.

To begin, take one that comes with Linli (`linli policy show --shipped 140430 --toml > own.toml`),
change it, and look at what it says (`linli policy check own.toml`). What a new one says otherwise:
`linli policy diff 140430-1 own.toml`.

```toml
version = "140430-2"
county = "沁县"

[[pay]]
until = 2026-12-31
per_visit_fen = 5_000
base_fen = 0
paid_kinds = ["ZZ", "JZ"]
salaried_kinds = []

[[pay]]
from = 2027-01-01
per_visit_fen = 5_500
base_fen = 0
paid_kinds = ["ZZ", "JZ"]
salaried_kinds = []
```

Each group is an array of tables. Beside its own keys an entry may have `from` and `until`, days
without quotes, and `divisions`, the statistical codes for which it holds. Of one group at most one
entry holds on any day at any place; of `programmes`, one of each code. A group that lacks is not
run by the county: without `[[meals]]` no meal is sold at a discount. Money is fen, shares are
thousandths, ages are whole years. What does not hold together is refused with the file, the key and
the reason, and the pack in force stays. The codes are those of `node/care/packs/baseline.toml`.
"""

_SHIPPED = """## Packs that come with Linli

They follow five articles about real counties, with the row of the requirements beside each number;
what an article does not say is marked as inferred, and is for the county to set.

| code | county |
|---|---|
"""


def page() -> str:
    """The whole page."""
    parts = [_OPENING]
    for name, kind in GROUPS.items():
        parts.append(f"## {name}\n\n" + "\n".join(_told(kind)) + "\n")
    for kind in (Band, Line):
        title = "Ages with a value" if kind is Band else "Lines of a budget"
        parts.append(f"## {title}\n\n" + "\n".join(_told(kind)) + "\n")
    rows = [f"| {code} | {_county(code)} |" for code in publishing.shipped()]
    return "\n".join([*parts, _SHIPPED + "\n".join(rows)]) + "\n"


def _county(code: str) -> str:
    text = publishing.shipped()[code].read_text("utf-8")
    found = re.search(r'^county = "(.+)"$', text, re.MULTILINE)
    assert found is not None, "a pack that comes with Linli names its county"
    return found[1]


def _told(kind: type) -> Iterator[str]:
    """What a group is for, and each of its keys."""
    doc = inspect.cleandoc(kind.__doc__ or "")
    about, _, keys = doc.partition("\n\nAttributes:\n")
    yield " ".join(about.split())
    yield ""
    yield "| key | meaning |"
    yield "|---|---|"
    for key, meaning in re.findall(r"^    (\w+): (.+(?:\n        .+)*)", keys, re.MULTILINE):
        yield f"| `{key}` | {' '.join(meaning.split())} |"


if __name__ == "__main__":
    print(page(), end="")
