# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes of volumes, which take their time: modifying, then optimizing (the new size is there), then completed."""

from __future__ import annotations

import dataclasses
from typing import Any

from sandbox.aws.lasting import Lasting

FIELDS = {"Size": "size", "VolumeType": "volume_type", "Iops": "iops", "Throughput": "throughput"}


@dataclasses.dataclass
class Modification(Lasting):
    """One change of a volume; original and target hold the fields of DescribeVolumesModifications."""

    volume: Any
    original: dict[str, Any]
    target: dict[str, Any]
    started: float
    modifying: float
    optimizing: float
    failure: str | None = None
    applied: bool = False

    def state(self, now: float) -> str:
        """How far it has come."""
        if now < self.started + self.modifying:
            return "modifying"
        if self.failure:
            return "failed"
        return "optimizing" if now < self.ends else "completed"

    @property
    def ends(self) -> float:
        """When it is done."""
        return self.started + self.modifying + (0 if self.failure else self.optimizing)

    def progress(self, now: float) -> int:
        """In percent."""
        whole = self.ends - self.started
        return min(100, int(100 * (now - self.started) / whole)) if whole else 100

    def due(self, now: float) -> bool:
        """Whether the volume is to show it from now on."""
        return not self.applied and self.state(now) in ("optimizing", "completed")

    def apply(self) -> None:
        """Makes the volume what was asked for."""
        for name, value in self.target.items():
            setattr(self.volume, FIELDS[name], value)
        self.applied = True
