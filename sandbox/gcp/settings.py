# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What whoever runs the sandbox may set: how long things take, what is refused, and what time it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.gcp import catalog
from sandbox.gcp.store import Store

# Seconds; where Google takes minutes, the sandbox takes just long enough to be noticed.
DELAYS = {
    "project_created": 0.3,
    "project_searchable": 1.0,
    "service_enabled": 0.3,
    "service_usable": 1.0,
    "service_account_visible": 1.0,
}
CONSTRAINTS = (
    "compute.disableGuestAttributesAccess",
    "compute.skipDefaultNetworkCreation",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
)
STOCKOUTS = ("ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS")
DEFAULTS: Mapping[str, Any] = {
    "delays": DELAYS,
    # A constraint's projects, by id; "*" is every project.
    "org_policies": {},
    # Zones that have no room for a machine, with the code of the error that says so.
    "stockouts": {},
    # Limits other than the catalogue's, by metric (CPUS) or by region and metric (us-central1/CPUS).
    "quotas": {},
    # Lists of all zones leave these out, or fail where the caller takes no part of an answer.
    "unreachable_zones": [],
    # The account that the metadata server gives tokens for; none named, the project's default for machines.
    "machine_account": "",
    # Ids that belong to somebody else; project ids are unique in the whole world.
    "foreign_projects": ["mlops-zoom", "debian-cloud", "ubuntu-os-cloud"],
}


class Settings:
    """The settings in the cloud's state; whatever was not set is as in DEFAULTS."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> float:
        """Seconds since the epoch by the sandbox's own clock, which may be put forward."""
        return time.time() + float(self._store.settings.get("clock", 0.0))

    def advance(self, seconds: float) -> None:
        """Puts the clock forward: delays that end by then are over."""
        with self._store.change():
            self._store.settings["clock"] = float(self._store.settings.get("clock", 0.0)) + seconds

    def delay(self, name: str) -> float:
        """How long something takes, in seconds."""
        return float(self.all()["delays"][name])

    def enforced(self, constraint: str, project: str) -> bool:
        """Whether an organisation's policy is in force in a project."""
        return bool({project, "*"} & set(self.all()["org_policies"].get(constraint, ())))

    def all(self) -> dict[str, Any]:
        """Every setting as it is now."""
        chosen = self._store.settings
        return {
            name: {**default, **chosen.get(name, {})} if isinstance(default, Mapping) else chosen.get(name, default)
            for name, default in DEFAULTS.items()
        }

    def update(self, changes: Any) -> None:
        """Sets some; a map's entries are merged, and null takes one back. ValueError says what is wrong."""
        if not isinstance(changes, dict) or not changes.keys() <= DEFAULTS.keys():
            raise ValueError(f"give an object with some of {', '.join(DEFAULTS)}")
        checked = {name: _checked(name, value) for name, value in changes.items()}
        with self._store.change():
            for name, value in checked.items():
                if isinstance(value, dict):
                    merged = {**self._store.settings.get(name, {}), **value}
                    value = {key: item for key, item in merged.items() if item is not None}
                self._store.settings[name] = value


def _checked(name: str, value: Any) -> Any:
    if type(value) is not type(DEFAULTS[name]):
        raise ValueError(f"{name} is to be of the form of {DEFAULTS[name]!r}")
    for key, item in value.items() if isinstance(value, dict) else ():
        keys = _known(name, key)
        if key not in keys:
            raise ValueError(f"{name} has no {key!r}, but {', '.join(keys)}")
        if item is not None and not _fits(name, item):
            raise ValueError(f"{item!r} does not fit {name}.{key}")
    return value


def _known(name: str, key: str) -> Iterable[str]:
    """The keys that a map may have."""
    if name == "quotas":
        region, _, metric = key.rpartition("/")
        rows = catalog.table()["quotas"]
        metrics = rows["region"].keys() if region else rows["region"].keys() | rows["project"].keys()
        return [key] if metric in metrics and region in ("", *catalog.regions()) else sorted(metrics)
    return {"delays": DELAYS.keys(), "org_policies": CONSTRAINTS, "stockouts": catalog.zones().keys()}[name]


def _fits(name: str, item: Any) -> bool:
    if name in ("delays", "quotas"):
        return type(item) in (int, float) and item >= 0
    if name == "stockouts":
        return item in STOCKOUTS
    return isinstance(item, list) and all(isinstance(entry, str) for entry in item)
