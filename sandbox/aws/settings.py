# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How slow, how short of capacity and how consistent the sandboxed AWS is; all of it can be set while it runs."""

from __future__ import annotations

import dataclasses
import fnmatch
from typing import Any

from sandbox.aws.lasting import Lasting

_WHOLE = ("addresses", "modifications", "vcpus")


@dataclasses.dataclass(frozen=True)
class Settings(Lasting):
    """Times are in seconds of the cloud's own clock.

    stockouts are patterns of zone and type (ca-central-1a/t2.xlarge, ca-central-1b/*) that have no capacity; vcpus and
    addresses are how many the account may have at a time in a region.
    """

    pending: float = 1.0
    stopping: float = 1.0
    shutting_down: float = 1.0
    terminated: float = 3600.0  # how long a terminated instance is still shown
    visible_after: float = 0.5  # until then, a new instance is not found
    tags_after: float = 1.0  # until then, its tags are not seen
    console_after: float = 1.0
    console_after_t2: float = 5.0  # minutes in reality: the console of types before Nitro is posted late
    modifying: float = 1.0
    optimizing: float = 4.0
    modifications: int = 4  # how often a volume may be modified within the window
    modification_window: float = 86400.0
    checks: float = 1.0  # how long status checks are initializing once an instance runs
    vcpus: int = 64
    addresses: int = 5
    stockouts: tuple[str, ...] = ()

    def changed(self, payload: Any) -> Settings:
        """With some settings changed, from their JSON form; ValueError says what is wrong with it."""
        known = {field.name for field in dataclasses.fields(self)}
        if not isinstance(payload, dict) or not payload.keys() <= known:
            raise ValueError(f"give an object with some of {', '.join(sorted(known))}")
        for name, value in payload.items():
            if name == "stockouts":
                if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                    raise ValueError("stockouts is a list of patterns such as ca-central-1a/t2.xlarge")
            elif isinstance(value, bool) or not isinstance(value, int if name in _WHOLE else (int, float)):
                raise ValueError(f"{name} is a number")
        if "stockouts" in payload:
            payload = {**payload, "stockouts": tuple(payload["stockouts"])}
        return dataclasses.replace(self, **payload)

    def has_capacity(self, zone: str, instance_type: str) -> bool:
        """Whether a zone has room for another instance of a type."""
        return not any(fnmatch.fnmatchcase(f"{zone}/{instance_type}", pattern) for pattern in self.stockouts)
