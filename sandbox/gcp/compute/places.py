# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regions, zones and machine types: read-only, from the catalogue."""

from __future__ import annotations

from sandbox.gcp import catalog, links
from sandbox.gcp.catalog import MachineType
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import not_found
from sandbox.gcp.listing import aggregated, listed

BEGINNING = "1969-12-31T16:00:00.000-08:00"


@handles("compute.zones.get")
def get_zone(call: Call) -> Json:
    """zones.get."""
    if call.params["zone"] not in catalog.zones():
        raise not_found(call.path)
    return _zone(call.project, call.params["zone"])


@handles("compute.zones.list")
def list_zones(call: Call) -> Json:
    """zones.list."""
    return listed(call, [_zone(call.project, name) for name in catalog.zones()])


@handles("compute.regions.get")
def get_region(call: Call) -> Json:
    """regions.get."""
    if call.params["region"] not in catalog.regions():
        raise not_found(call.path)
    return _region(call, call.params["region"])


@handles("compute.regions.list")
def list_regions(call: Call) -> Json:
    """regions.list."""
    return listed(call, [_region(call, name) for name in catalog.regions()])


@handles("compute.machineTypes.get")
def get_machine_type(call: Call) -> Json:
    """machineTypes.get."""
    found = catalog.machine_type(call.params["zone"], call.params["machineType"])
    if found is None:
        raise not_found(call.path)
    return _machine_type(call.project, call.params["zone"], found)


@handles("compute.machineTypes.list")
def list_machine_types(call: Call) -> Json:
    """machineTypes.list."""
    return listed(call, _machine_types(call.project, call.params["zone"]))


@handles("compute.machineTypes.aggregatedList")
def aggregate_machine_types(call: Call) -> Json:
    """machineTypes.aggregatedList."""
    found = [item for zone in catalog.zones() for item in _machine_types(call.project, zone)]
    return aggregated(call, "machineTypes", found)


def _zone(project: str, name: str) -> Json:
    series = catalog.table()["machine_series"].values()
    platforms = {row["platform"] for row in series if name in row.get("zones", [name])}
    return {
        "kind": "compute#zone",
        "id": links.fixed_id(name),
        "creationTimestamp": BEGINNING,
        "name": name,
        "description": name,
        "status": "UP",
        "region": links.link(f"projects/{project}/regions/{catalog.zones()[name]}"),
        "selfLink": links.link(f"projects/{project}/zones/{name}"),
        "availableCpuPlatforms": sorted(platforms),
        "supportsPzs": False,
    }


def _region(call: Call, name: str) -> Json:
    return {
        "kind": "compute#region",
        "id": catalog.table()["regions"][name]["id"],
        "creationTimestamp": BEGINNING,
        "name": name,
        "description": name,
        "status": "UP",
        "zones": [links.link(f"projects/{call.project}/zones/{zone}") for zone in catalog.regions()[name]],
        "quotas": quotas.of_region(call.cloud, call.project, name),
        "selfLink": links.link(f"projects/{call.project}/regions/{name}"),
        "supportsPzs": False,
    }


def _machine_types(project: str, zone: str) -> list[Json]:
    names = catalog.machine_types()
    return [_machine_type(project, zone, found) for name in names if (found := catalog.machine_type(zone, name))]


def _machine_type(project: str, zone: str, found: MachineType) -> Json:
    gigabytes = f"{found.memory_mb / 1024:g}"
    return {
        "kind": "compute#machineType",
        "id": links.fixed_id(found.name),
        "creationTimestamp": BEGINNING,
        "name": found.name,
        "description": f"{found.cpus} vCPU{'s' if found.cpus > 1 else ''}, {gigabytes} GB RAM",
        "guestCpus": found.cpus,
        "memoryMb": found.memory_mb,
        "imageSpaceGb": 0,
        "maximumPersistentDisks": 16 if found.shared else 128,
        "maximumPersistentDisksSizeGb": "3072" if found.shared else "263168",
        "zone": zone,
        "selfLink": links.link(f"projects/{project}/zones/{zone}/machineTypes/{found.name}"),
        "isSharedCpu": found.shared,
        "architecture": "X86_64",
    }
