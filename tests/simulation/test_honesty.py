"""Where nobody keeps anything back, no alert of such is left once everything works again."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.simulation.line import Link, NoBooks
from cli.simulation.plan import COUNTY, Topology, chance, plan_of
from cli.simulation.world import World
from node.replica.lag import LAGGING
from node.replica.withheld import BEHIND, STALE

_ROUND_MS = 60_000


class Told(World):
    """A world that notes what its nodes alert of after they were healed."""

    alerts: dict[str, str]
    before: dict[str, str]

    def heal(self) -> None:
        self.before = self._alerts()
        super().heal()
        drawn = chance(self.plan.seed, "a minute later")
        for _ in range(2):  # the first brings the county what the second names in its beacon
            self.now_ms += _ROUND_MS
            children = [box for box in self.boxes.values() if box.parent]
            children.sort(key=lambda box: (box.parent == COUNTY, box.name))
            for box in children + children[::-1]:
                Link(box.replica, self.boxes[box.parent].replica, drawn, NoBooks()).run()
        self.alerts = self._alerts()

    def _alerts(self) -> dict[str, str]:
        return {
            f"{box.name} {alert.kind}": alert.text
            for box in self.boxes.values()
            for alert in box.replica.alerts()
            if alert.kind in (BEHIND, STALE, LAGGING)
        }


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_no_alert_of_something_kept_back_is_left_after_healing(tmp_path: Path, seed: int) -> None:
    world = Told(plan_of(seed, Topology(1, 2), 9), tmp_path)
    assert not world.run()
    assert not world.alerts, f"before the healing: {world.before}"
