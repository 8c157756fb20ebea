# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shape of a virtual machine: in the API's terms and in the modules'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...resource import State
from .. import names

Json = dict[str, Any]

RUNNING, TERMINATED, SUSPENDED = "RUNNING", "TERMINATED", "SUSPENDED"
# On the way from one status to another; nothing can be asked of a machine meanwhile.
IN_TRANSIT = frozenset(
    {"DEPROVISIONING", "PENDING", "PENDING_STOP", "PROVISIONING", "REPAIRING", "STAGING", "STOPPING", "SUSPENDING"}
)

FIELDS = (
    "name", "zone", "id", "status", "machine_type", "image", "boot_disk_size", "boot_disk_type", "network",
    "subnetwork", "labels", "tags", "metadata", "address", "external_ip", "internal_ip", "spot", "shielded",
    "deletion_protection", "service_account", "ssh",
)  # fmt: skip

ACCESS_CONFIG = {"type": "ONE_TO_ONE_NAT", "name": "External NAT"}
SCOPE = "https://www.googleapis.com/auth/"
# What an image can boot with; Secure Boot is apart, as it keeps out kernel modules that nobody signed.
SHIELDED = {"secure_boot": False, "vtpm": True, "integrity_monitoring": True}
SHIELDED_TO_API = {
    "secure_boot": "enableSecureBoot",
    "vtpm": "enableVtpm",
    "integrity_monitoring": "enableIntegrityMonitoring",
}
# Spot machines end when Google Cloud wants their place, and stop rather than vanish.
SPOT = {
    "provisioningModel": "SPOT",
    "instanceTerminationAction": "STOP",
    "automaticRestart": False,
    "onHostMaintenance": "TERMINATE",
}


def boot_disk(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The boot disk among a machine's disks, {} if there is none."""
    return next((disk for disk in found.get("disks") or () if disk.get("boot")), {})


def access_config(found: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The first network interface's name and its external access, {} if it has none."""
    interface: Mapping[str, Any] = next(iter(found.get("networkInterfaces") or ()), {})
    return str(interface.get("name") or "nic0"), next(iter(interface.get("accessConfigs") or ()), {})


def ssh_access(metadata: Mapping[str, str]) -> str:
    """Whether the keys in the project's metadata let anybody in, as far as the machine's own metadata decides it: ok,
    blocked (its own keys only) or oslogin (no keys of metadata at all)."""
    if names.is_true(metadata.get("enable-oslogin")):
        return "oslogin"
    return "blocked" if names.is_true(metadata.get("block-project-ssh-keys")) else "ok"


def from_api(found: Mapping[str, Any]) -> Json:
    """A machine as the API answers it, in the modules' terms. image and boot_disk_type belong to its creation: the
    API does not say them afterwards."""
    interface: Mapping[str, Any] = next(iter(found.get("networkInterfaces") or ()), {})
    _nic, access = access_config(found)
    size = boot_disk(found).get("diskSizeGb")
    metadata = names.pairs((found.get("metadata") or {}).get("items"))
    scheduling, shielded = found.get("scheduling") or {}, found.get("shieldedInstanceConfig") or {}
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
        "subnetwork": names.short(interface.get("subnetwork")),
        "labels": dict(found.get("labels") or {}),
        "tags": sorted((found.get("tags") or {}).get("items") or ()),
        "metadata": metadata,
        "address": access.get("natIP"),
        "external_ip": access.get("natIP"),
        "internal_ip": interface.get("networkIP"),
        "spot": scheduling.get("provisioningModel") == "SPOT" or bool(scheduling.get("preemptible")),
        "shielded": {option: bool(shielded.get(api)) for option, api in SHIELDED_TO_API.items()},
        "deletion_protection": bool(found.get("deletionProtection")),
        "service_account": _account(found.get("serviceAccounts")),
        "ssh": ssh_access(metadata),
    }


def _account(accounts: Any) -> Json | None:
    first: Mapping[str, Any] = next(iter(accounts or ()), {})
    return service_account(first) if first.get("email") else None


def service_account(given: Mapping[str, Any]) -> Json:
    """A service account with its scopes in one order, each in full."""
    scopes = {scope if "://" in scope else SCOPE + scope for scope in given.get("scopes") or ()}
    return {"email": given["email"], "scopes": sorted(scopes)}


def shielded_to_api(shielded: Mapping[str, bool]) -> Json:
    """The options of a shielded machine as the API takes them."""
    return {SHIELDED_TO_API[option]: value for option, value in shielded.items()}


def to_api(state: State, *, references: Mapping[str, str], address: Mapping[str, Any]) -> Json:
    """The body that makes a machine; what the state does not say is not sent. references has the paths of image,
    machine_type, boot_disk_type, network and subnetwork, where there are any; address is the static address to attach,
    as the API answers it, {} for an ephemeral one."""
    body: Json = {
        "name": state["name"],
        "machineType": references["machine_type"],
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": _disk(state, references)}],
        "networkInterfaces": [_interface(references, address)],
        "labels": state["labels"],
    }
    if "tags" in state:
        body["tags"] = {"items": state["tags"]}
    if "metadata" in state:
        body["metadata"] = {"items": names.items(state["metadata"])}
    if "shielded" in state:
        body["shieldedInstanceConfig"] = shielded_to_api(state["shielded"])
    if "service_account" in state:
        body["serviceAccounts"] = [state["service_account"]]
    if "deletion_protection" in state:
        body["deletionProtection"] = state["deletion_protection"]
    if state.get("spot"):
        body["scheduling"] = dict(SPOT)
    return body


def _disk(state: State, references: Mapping[str, str]) -> Json:
    disk: Json = {"sourceImage": references["image"], "labels": state["labels"]}
    if "boot_disk_size" in state:
        disk["diskSizeGb"] = str(state["boot_disk_size"])
    if "boot_disk_type" in references:
        disk["diskType"] = references["boot_disk_type"]
    return disk


def _interface(references: Mapping[str, str], address: Mapping[str, Any]) -> Json:
    place = {kind: references[kind] for kind in ("network", "subnetwork") if kind in references}
    return {**place, "accessConfigs": [external(address)]}


def external(address: Mapping[str, Any]) -> Json:
    """External access at a static address as the API answers it; at an ephemeral one where that is {}. The tier has
    to be the address's."""
    access: Json = dict(ACCESS_CONFIG)
    if address.get("address"):
        access["natIP"] = address["address"]
    if address.get("networkTier"):
        access["networkTier"] = address["networkTier"]
    return access
