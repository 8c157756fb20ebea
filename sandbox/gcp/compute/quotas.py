# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a project may use, and what it uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.gcp import catalog, links
from sandbox.gcp.cloud import Cloud
from sandbox.gcp.errors import ApiError
from sandbox.gcp.store import Resource, Store

AT_REST = ("TERMINATED", "SUSPENDED")


def of_region(cloud: Cloud, project: str, region: str) -> list[dict[str, Any]]:
    """The region's quotas as regions.get shows them."""
    used = _used(cloud.store, project, region)
    limits: Mapping[str, int] = catalog.table()["quotas"]["region"]
    return [_quota(cloud, metric, limit, used[metric], region) for metric, limit in limits.items()]


def of_project(cloud: Cloud, project: str) -> list[dict[str, Any]]:
    """The project's quotas as projects.get shows them."""
    limits: Mapping[str, int] = catalog.table()["quotas"]["project"]
    return [_quota(cloud, name, limit, len(cloud.store.items(name.lower(), project))) for name, limit in limits.items()]


def check_region(cloud: Cloud, path: str, *metrics: str) -> None:
    """Refuses what has just been added at a path, where its region went beyond a limit."""
    region = links.region_in(path)
    for row in of_region(cloud, links.project_of(path), region):
        if row["metric"] in metrics and row["usage"] > row["limit"]:
            raise _exceeded(row, f"in region {region}", {"region": region})


def check_project(cloud: Cloud, project: str, metric: str) -> None:
    """Refuses what is about to be added to the project, where there is no room."""
    for row in of_project(cloud, project):
        if row["metric"] == metric and row["usage"] >= row["limit"]:
            raise _exceeded(row, "globally", {"global": "global"})


def check_room(cloud: Cloud, path: str, metric: str) -> None:
    """Refuses what is about to be added at a path, where there is no room in its region."""
    region = links.region_in(path)
    for row in of_region(cloud, links.project_of(path), region):
        if row["metric"] == metric and row["usage"] >= row["limit"]:
            raise _exceeded(row, f"in region {region}", {"region": region})


def _quota(cloud: Cloud, metric: str, limit: float, usage: int, region: str = "") -> dict[str, Any]:
    chosen = cloud.settings.all()["quotas"]
    limit = chosen.get(f"{region}/{metric}", chosen.get(metric, limit))
    return {"metric": metric, "limit": float(limit), "usage": float(usage)}


def _used(store: Store, project: str, region: str) -> Mapping[str, int]:
    def inside(kind: str) -> list[Resource]:
        return [item for path, item in store.items(kind, project) if links.region_in(path) == region]

    machines = inside("instances")
    awake = [item for item in machines if item["status"] not in AT_REST]
    return {
        "CPUS": sum(catalog.machine_types()[links.name_of(item["machineType"])].cpus for item in awake),
        "IN_USE_ADDRESSES": sum(map(_public_addresses, machines)),
        "STATIC_ADDRESSES": len(inside("addresses")),
        "INSTANCES": len(machines),
        "DISKS_TOTAL_GB": sum(int(item["sizeGb"]) for item in inside("disks")),
    }


def _public_addresses(instance: Resource) -> int:
    held = instance["status"] not in AT_REST
    configs = [config for nic in instance["networkInterfaces"] for config in nic.get("accessConfigs", ())]
    return sum(held or "natIP" in config for config in configs)


def _exceeded(row: Mapping[str, Any], where: str, dimensions: Mapping[str, str]) -> ApiError:
    metric = row["metric"]
    details = {
        "metricName": f"compute.googleapis.com/{metric.lower()}",
        "limitName": f"{metric.replace('_', '-')}-per-project{'-region' if 'region' in dimensions else ''}",
        "dimensions": dict(dimensions),
        "limit": row["limit"],
    }
    message = f"Quota '{metric}' exceeded.  Limit: {row['limit']} {where}."
    return ApiError(403, "quotaExceeded", message, details=[{"quotaInfo": details}])
