# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Persistent disks: the boot disks of the machines."""

from __future__ import annotations

from sandbox.gcp import errors, links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import invalid
from sandbox.gcp.listing import aggregated, listed
from sandbox.gcp.store import Resource


@handles("compute.disks.get")
def get_disk(call: Call) -> Json:
    """disks.get."""
    return common.get(call, call.path)


@handles("compute.disks.list")
def list_disks(call: Call) -> Json:
    """disks.list."""
    return listed(call, call.cloud.store.children(call.collection))


@handles("compute.disks.aggregatedList")
def aggregate_disks(call: Call) -> Json:
    """disks.aggregatedList."""
    return aggregated(call, "disks", [item for _, item in call.cloud.store.items("disks", call.project)])


@handles("compute.disks.resize")
def resize_disk(call: Call) -> Json:
    """disks.resize: disks only grow."""
    path, disk = common.named(call)
    wanted = call.body.get("sizeGb", "")
    if not wanted or int(wanted) <= int(disk["sizeGb"]):
        why = f"New disk size '{wanted}' GB must be larger than existing size '{disk['sizeGb']}' GB."
        raise invalid("sizeGb", wanted, why)

    def work() -> None:
        with call.cloud.store.change():
            disk["sizeGb"] = wanted
            for user in disk.get("users", ()):
                instance = call.cloud.store.resources[user.removeprefix(links.BASE)]
                for attached in instance["disks"]:
                    if attached["source"] == disk["selfLink"]:
                        attached["diskSizeGb"] = wanted

    return call.cloud.operations.start(call, "resizeDisk", path, work)


@handles("compute.disks.delete")
def delete_disk(call: Call) -> Json:
    """disks.delete: refused while a machine has it."""
    path, disk = common.named(call)
    _check_unused(path, disk)

    def work() -> None:
        with call.cloud.store.change():
            _check_unused(path, disk)
            del call.cloud.store.resources[path]

    return call.cloud.operations.start(call, "delete", path, work)


def _check_unused(path: str, disk: Resource) -> None:
    if disk.get("users"):
        raise errors.in_use("disk", path, disk["users"][0].removeprefix(links.BASE))
