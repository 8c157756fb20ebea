# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shape of a virtual machine: in the API's terms, in the module's, and the steps from one state to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...resource import CloudError, State, Step, differences
from .. import names

Json = dict[str, Any]

RUNNING, TERMINATED, SUSPENDED = "RUNNING", "TERMINATED", "SUSPENDED"
# On the way from one status to another; nothing can be asked of a machine meanwhile.
IN_TRANSIT = frozenset({"PROVISIONING", "STAGING", "STOPPING", "SUSPENDING", "REPAIRING", "PENDING", "PENDING_STOP"})

FIELDS = (
    "name", "zone", "id", "status", "machine_type", "image", "boot_disk_size", "boot_disk_type", "network",
    "labels", "tags", "metadata", "address", "external_ip", "internal_ip",
)  # fmt: skip

ACCESS_CONFIG = {"type": "ONE_TO_ONE_NAT", "name": "External NAT"}

# What changes in place, and the step that does it; the machine type is apart, as it needs a stop.
IN_PLACE = (
    ("boot_disk_size", "resize_disk"),
    ("labels", "set_labels"),
    ("tags", "set_tags"),
    ("metadata", "set_metadata"),
    ("address", "set_address"),
)


def boot_disk(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The boot disk among a machine's disks, {} if there is none."""
    return next((disk for disk in found.get("disks") or () if disk.get("boot")), {})


def access_config(found: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The first network interface's name and its external access, {} if it has none."""
    interface: Mapping[str, Any] = next(iter(found.get("networkInterfaces") or ()), {})
    return str(interface.get("name") or "nic0"), next(iter(interface.get("accessConfigs") or ()), {})


def from_api(found: Mapping[str, Any]) -> Json:
    """A machine as the API answers it, in the module's terms. image and boot_disk_type belong to its creation: the
    API does not say them afterwards."""
    interface: Mapping[str, Any] = next(iter(found.get("networkInterfaces") or ()), {})
    _nic, access = access_config(found)
    size = boot_disk(found).get("diskSizeGb")
    return {
        "name": found["name"],
        "zone": names.short(found.get("zone")),
        "id": found.get("id"),
        "status": found.get("status"),
        "machine_type": names.short(found.get("machineType")),
        "image": None,
        "boot_disk_size": int(size) if size else None,
        "boot_disk_type": None,
        "network": names.short(interface.get("network")),
        "labels": dict(found.get("labels") or {}),
        "tags": sorted((found.get("tags") or {}).get("items") or ()),
        "metadata": names.pairs((found.get("metadata") or {}).get("items")),
        "address": access.get("natIP"),
        "external_ip": access.get("natIP"),
        "internal_ip": interface.get("networkIP"),
    }


def to_api(state: State, *, project: str, image: str, address: str | None, network_tier: str | None) -> Json:
    """The body that makes a machine; what the state does not say is not sent. image is the image's full URL, address
    an IPv4 address to attach, network_tier that address's tier."""
    zone = f"zones/{state['zone']}"
    disk: Json = {"sourceImage": image, "labels": state["labels"]}
    if "boot_disk_size" in state:
        disk["diskSizeGb"] = str(state["boot_disk_size"])
    if "boot_disk_type" in state:
        disk["diskType"] = f"projects/{project}/{zone}/diskTypes/{state['boot_disk_type']}"
    access = {**ACCESS_CONFIG, **({"natIP": address} if address else {})}
    if network_tier:
        access["networkTier"] = network_tier
    network = f"projects/{project}/global/networks/{state['network']}"
    body: Json = {
        "name": state["name"],
        "machineType": f"{zone}/machineTypes/{state['machine_type']}",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": disk}],
        "networkInterfaces": [{"network": network, "accessConfigs": [access]}],
        "labels": state["labels"],
    }
    if "tags" in state:
        body["tags"] = {"items": state["tags"]}
    if "metadata" in state:
        body["metadata"] = {"items": names.items(state["metadata"])}
    return body


def plan_changes(desired: State, live: State, *, title: str, power: str | None, allow_stop: bool) -> list[Step]:
    """The steps from one existing state to another, in the order in which they have to come.

    power is the status to end in, None for the one the machine is in. Raises CloudError for a smaller disk, and for
    a new machine type where the machine would have to be stopped and may not be.
    """
    before, after = differences(desired, live)
    if "boot_disk_size" in after and after["boot_disk_size"] < (before["boot_disk_size"] or 0):
        raise CloudError(
            f"{title}: its boot disk has {before['boot_disk_size']} GiB and cannot shrink to "
            f"{after['boot_disk_size']}. Ask for at least {before['boot_disk_size']}."
        )
    steps: list[Step] = []
    status: str = live["status"]
    if "machine_type" in after:
        if status != TERMINATED:
            if not allow_stop and power != TERMINATED:
                raise CloudError(
                    f"{title}: its machine type changes from {before['machine_type']} to {after['machine_type']} only "
                    "while it is stopped. Set allow_stop to let it be stopped and started again, or stop it first."
                )
            steps.append(Step("stop", {"status": status}, {"status": TERMINATED}))
        steps.append(Step("set_machine_type", _only(before, "machine_type"), _only(after, "machine_type")))
    steps += [Step(verb, _only(before, field), _only(after, field)) for field, verb in IN_PLACE if field in after]
    now = TERMINATED if steps and steps[0].action == "stop" else status
    wanted = power or status
    if wanted != now:
        steps.append(Step(_verb(now, wanted), {"status": now}, {"status": wanted}))
    return steps


def _verb(now: str, wanted: str) -> str:
    if wanted == TERMINATED:
        return "stop"
    return "resume" if now == SUSPENDED else "start"


def _only(state: State, field: str) -> Json:
    return {field: state[field]}
