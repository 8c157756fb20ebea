# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Google Cloud has before anyone makes anything: regions, zones, machine types, image families, quotas."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True)
class MachineType:
    """A size of machine; series is the part that decides where it exists and which disks it takes."""

    name: str
    series: str
    cpus: int
    memory_mb: int
    shared: bool


@dataclasses.dataclass(frozen=True)
class ImageFamily:
    """An image family and the newest image in it."""

    name: str
    project: str
    image: str
    disk_gb: int
    title: str


@functools.cache
def table() -> Mapping[str, Any]:
    """The data file."""
    data: Mapping[str, Any] = json.loads(Path(__file__).with_name("catalog.json").read_text(encoding="utf-8"))
    return data


@functools.cache
def regions() -> Mapping[str, tuple[str, ...]]:
    """Each region's zones."""
    return {
        name: tuple(f"{name}-{letter}" for letter in region["zones"]) for name, region in table()["regions"].items()
    }


@functools.cache
def zones() -> Mapping[str, str]:
    """Each zone's region."""
    return {zone: region for region, names in regions().items() for zone in names}


@functools.cache
def machine_types() -> Mapping[str, MachineType]:
    """Every machine type by name."""
    return {found.name: found for found in _machine_types()}


def _machine_types() -> Iterator[MachineType]:
    for name, row in table()["shared_core_types"].items():
        yield MachineType(name, row["series"], row["cpus"], row["memory_mb"], shared=True)
    for name, row in table()["machine_types"].items():
        for cpus in row["cpus"]:
            yield MachineType(f"{name}-{cpus}", name.split("-")[0], cpus, cpus * row["memory_mb"], shared=False)


def machine_type(zone: str, name: str) -> MachineType | None:
    """A machine type, if that zone has it."""
    found = machine_types().get(name)
    if found is None or zone not in series(found).get("zones", zones()):
        return None
    return found


def series(machine: MachineType) -> Mapping[str, Any]:
    """What is true of a machine type's whole series."""
    row: Mapping[str, Any] = table()["machine_series"][machine.series]
    return row


@functools.cache
def image_families() -> Mapping[str, ImageFamily]:
    """The image families Google offers, whether or not a host can be made from them here."""
    return {name: ImageFamily(name, **row) for name, row in table()["image_families"].items()}
