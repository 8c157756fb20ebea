# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance as the API shows it, from what instances.insert asks for."""

from __future__ import annotations

import dataclasses
import re

from sandbox.gcp import catalog, errors, links
from sandbox.gcp.catalog import MachineType
from sandbox.gcp.cloud import Call
from sandbox.gcp.compute import boot_disk, common, metadata, nics
from sandbox.gcp.compute.boot_disk import BootDisk
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, invalid, unsupported
from sandbox.gcp.iam import accounts, policies
from sandbox.gcp.store import Resource

MAX_TAGS = 64
TAG = re.compile(common.NAME)
HOSTNAME = re.compile(r"(?=.{1,253}$)[a-z]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+")
# What would change the machine in ways a host here cannot follow is refused rather than shown and ignored.
UNSUPPORTED = (
    "advancedMachineFeatures",
    "confidentialInstanceConfig",
    "guestAccelerators",
    "instanceEncryptionKey",
    "networkPerformanceConfig",
    "resourcePolicies",
    "sourceMachineImage",
    "workloadIdentityConfig",
)
KEPT = ("hostname", "minCpuPlatform", "reservationAffinity", "keyRevocationActionType")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What an insert is about to make."""

    path: str
    instance: Resource
    disk: BootDisk


def plan(call: Call) -> Plan:
    """The instance and the disk of an insert, checked."""
    path = common.check_new(call, call.body["name"])
    _check_supported(call)
    machine = machine_type(call, "resource.machineType", call.body.get("machineType", ""))
    common.check_labels("resource.labels", call.body.get("labels", {}))
    metadata.check("resource.metadata", call.body.get("metadata", {}))
    disk = boot_disk.plan(call, machine)
    instance = common.base("instance", path) | _fixed(call, machine) | _chosen(call)
    instance |= {"disks": [disk.attached], "networkInterfaces": [nics.plan(call)]}
    disk.resource["users"] = [instance["selfLink"]]
    return Plan(path, stamp(instance), disk)


def machine_type(call: Call, field: str, reference: str) -> MachineType:
    """The machine type a reference names, which must be one of the call's zone."""
    zone = call.params["zone"]
    if not reference:
        raise errors.required(field)
    path = links.path_of(reference, call.project, f"zones/{zone}/machineTypes") or ""
    parts = path.split("/")
    if len(parts) != 6 or parts[4] != "machineTypes":
        raise invalid(field, reference, "The URL is malformed.")
    if parts[1] != call.project or parts[3] != zone:
        raise invalid(field, reference, f"The resource must be in the zone '{zone}' of the project '{call.project}'.")
    found = catalog.machine_type(zone, parts[5])
    if found is None:
        message = f"The machine type '{parts[5]}' does not exist in zone '{zone}'."
        raise invalid(field, reference, f"The referenced resource does not exist. {message}")
    return found


def machine_link(call: Call, machine: MachineType) -> str:
    """The self link of a machine type in the call's zone."""
    return links.link(f"projects/{call.project}/zones/{call.params['zone']}/machineTypes/{machine.name}")


def tags(field: str, body: Json) -> Json:
    """Network tags, checked, as the API shows them."""
    items = body.get("items", [])
    for index, tag in enumerate(items):
        if not TAG.fullmatch(tag):
            raise invalid(f"{field}.items[{index}]", tag, f"Must be a match of regex '{common.NAME}'")
    if len(items) > MAX_TAGS or len(set(items)) < len(items):
        raise invalid(f"{field}.items", "", f"At most {MAX_TAGS} tags are allowed, each only once.")
    result: Json = {"fingerprint": links.fingerprint(items)}
    return result | {"items": items} if items else result


def stamp(instance: Resource) -> Resource:
    """Gives an instance the fingerprint of what it holds now."""
    content = {key: value for key, value in instance.items() if key not in ("fingerprint", "status")}
    instance["fingerprint"] = links.fingerprint(content)
    return instance


def _check_supported(call: Call) -> None:
    for name in ("sourceInstanceTemplate", "sourceMachineImage"):
        if call.params.get(name):
            raise unsupported(f"instances.insert with {name}")
    for name in UNSUPPORTED:
        if call.body.get(name):
            raise unsupported(f"the instance field '{name}'")
    hostname = call.body.get("hostname")
    if hostname is not None and not HOSTNAME.fullmatch(hostname):
        raise invalid("resource.hostname", hostname, "Must be a fully qualified domain name of at least two labels.")


def _fixed(call: Call, machine: MachineType) -> Json:
    """What the cloud decides."""
    return {
        "status": "PROVISIONING",
        "zone": links.link(f"projects/{call.project}/zones/{call.params['zone']}"),
        "machineType": machine_link(call, machine),
        "cpuPlatform": catalog.series(machine)["platform"],
        "shieldedInstanceIntegrityPolicy": {"updateAutoLearnPolicy": True},
        "startRestricted": False,
        "resourceStatus": {"scheduling": {}},
    }


def _chosen(call: Call) -> Json:
    """What the caller may decide."""
    body = call.body
    labels = body.get("labels", {})
    result = {
        "description": body.get("description", ""),
        "canIpForward": body.get("canIpForward", False),
        "deletionProtection": body.get("deletionProtection", False),
        "metadata": metadata.shape(body.get("metadata", {})),
        "tags": tags("resource.tags", body.get("tags", {})),
        "scheduling": _scheduling(body.get("scheduling", {})),
        "shieldedInstanceConfig": _shielded(body.get("shieldedInstanceConfig", {})),
        "displayDevice": {"enableDisplay": body.get("displayDevice", {}).get("enableDisplay", False)},
        "labelFingerprint": links.fingerprint(labels),
    }
    given = enumerate(body.get("serviceAccounts", []))
    attached = [account(call, f"resource.serviceAccounts[{index}]", wanted) for index, wanted in given]
    optional = {"labels": labels, "serviceAccounts": attached}
    optional |= {name: body.get(name) for name in KEPT}
    return result | {name: value for name, value in optional.items() if value}


def _scheduling(body: Json) -> Json:
    spot = body.get("preemptible", False) or body.get("provisioningModel") == "SPOT"
    if spot and body.get("automaticRestart"):
        raise ApiError(400, "invalid", "Scheduling must have automaticRestart be false when preemptible is true.")
    if spot and body.get("onHostMaintenance", "TERMINATE") != "TERMINATE":
        raise ApiError(400, "invalid", "Scheduling must have onHostMaintenance be TERMINATE when preemptible is true.")
    if body.get("instanceTerminationAction") and body.get("provisioningModel") != "SPOT":
        raise ApiError(400, "invalid", "instanceTerminationAction can only be specified with provisioningModel SPOT.")
    defaults = {
        "onHostMaintenance": "TERMINATE" if spot else "MIGRATE",
        "automaticRestart": not spot,
        "preemptible": spot,
        "provisioningModel": "STANDARD",
    }
    if body.get("provisioningModel") == "SPOT":
        defaults["instanceTerminationAction"] = "STOP"
    return defaults | body


def _shielded(body: Json) -> Json:
    return {"enableSecureBoot": False, "enableVtpm": True, "enableIntegrityMonitoring": True} | body


def account(call: Call, field: str, body: Json) -> Json:
    """A service account for a machine, which the caller has to be allowed to act as."""
    store, email = call.cloud.store, body.get("email", "default")
    if email == "default":
        email = str(store.resources[f"projects/{call.project}"]["defaultServiceAccount"])
    found = accounts.find(store, email)
    permission = "iam.serviceAccounts.actAs"
    if found is None or not policies.allowed(store, call.principal, permission, accounts.full_name_of(found)):
        message = (
            f"The user does not have access to service account '{email}'.  User: '{call.principal.email}'.  Ask a "
            "project owner to grant you the iam.serviceAccountUser role on the service account"
        )
        raise invalid(f"{field}.email", email, message)
    return {"email": found["email"], "scopes": body.get("scopes", [])}
