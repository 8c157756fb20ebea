# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The boot disk that instances.insert asks for."""

from __future__ import annotations

import dataclasses
import re

from sandbox.gcp import catalog, errors, links
from sandbox.gcp.catalog import ImageFamily, MachineType
from sandbox.gcp.cloud import Call
from sandbox.gcp.compute import common, images
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, invalid, unsupported
from sandbox.gcp.store import Resource

FIELD = "resource.disks[0]"
PARAMETERS = f"{FIELD}.initializeParams"
MAX_GB = 65536
# What a host here cannot follow is refused rather than taken and ignored.
UNSUPPORTED = (
    "diskEncryptionKey",
    "provisionedIops",
    "provisionedThroughput",
    "replicaZones",
    "resourcePolicies",
    "sourceImageEncryptionKey",
    "sourceSnapshot",
    "storagePool",
)


@dataclasses.dataclass(frozen=True)
class BootDisk:
    """A disk to be made, as its own resource and as the instance shows it."""

    path: str
    family: ImageFamily
    resource: Resource
    attached: Json


def plan(call: Call, machine: MachineType) -> BootDisk:
    """The disk of an insert, checked."""
    wanted = _only(call.body.get("disks", []))
    parameters = wanted.get("initializeParams", {})
    family = _family(call, parameters)
    path = _path(call, parameters)
    size = _size(parameters, family)
    kind = _type(call, parameters, machine)
    common.check_labels(f"{PARAMETERS}.labels", parameters.get("labels", {}))
    resource = _resource(call, path, family, parameters) | {"sizeGb": str(size), "type": kind}
    return BootDisk(path, family, resource, _attached(wanted, resource))


def _only(disks: list[Json]) -> Json:
    if not disks:
        raise invalid("resource.disks", "", "No disks are specified.")
    if len(disks) > 1:
        raise unsupported("more than one disk on a machine")
    if not disks[0].get("boot"):
        raise invalid("resource.disks", "", "Boot disk must be the first disk attached to the instance.")
    if "source" in disks[0]:
        raise unsupported("booting from a disk that exists already")
    for name, value in {**disks[0], **disks[0].get("initializeParams", {})}.items():
        if name in UNSUPPORTED and value:
            raise unsupported(f"the disk field '{name}'")
    return disks[0]


def _family(call: Call, parameters: Json) -> ImageFamily:
    source = parameters.get("sourceImage")
    field = f"{PARAMETERS}.sourceImage"
    if not source:
        raise invalid(field, "", "A source image is required: the sandbox boots machines from images only.")
    path = links.path_of(source, call.project, "global/images")
    if path is None:
        raise invalid(field, source, "The URL is malformed.")
    found = images.by_path(path)
    if found is None:
        raise invalid(field, source, "The referenced image resource cannot be found.")
    if found.name not in call.cloud.hosts.families():
        raise invalid(field, source, images.unserved(call.cloud, found, path))
    return found


def _path(call: Call, parameters: Json) -> str:
    name = parameters.get("diskName") or call.body["name"]
    if not re.fullmatch(common.NAME, name):
        raise invalid(f"{PARAMETERS}.diskName", name, f"Must be a match of regex '{common.NAME}'")
    path = f"projects/{call.project}/zones/{call.params['zone']}/disks/{name}"
    if path in call.cloud.store.resources:
        raise errors.already_exists(path)
    return path


def _size(parameters: Json, family: ImageFamily) -> int:
    size = int(parameters.get("diskSizeGb", family.disk_gb))
    field = f"{PARAMETERS}.diskSizeGb"
    if size < family.disk_gb:
        why = f"Requested disk size cannot be smaller than the image size ({family.disk_gb} GB)"
        raise invalid(field, size, why)
    if size > MAX_GB:
        why = f"Disk size: {size} GB must be between {family.disk_gb} GB and {MAX_GB} GB inclusive."
        raise invalid(field, size, why)
    return size


def _type(call: Call, parameters: Json, machine: MachineType) -> str:
    reference = parameters.get("diskType", f"zones/{call.params['zone']}/diskTypes/pd-standard")
    zone = f"projects/{call.project}/zones/{call.params['zone']}"
    path = links.path_of(reference, call.project, f"zones/{call.params['zone']}/diskTypes")
    if path is None or path.rsplit("/", 1)[0] != f"{zone}/diskTypes":
        raise invalid(f"{PARAMETERS}.diskType", reference, "The URL is malformed.")
    name = links.name_of(path)
    if name not in catalog.table()["disk_types"]:
        raise invalid(f"{PARAMETERS}.diskType", reference, "The referenced resource does not exist.")
    if name not in catalog.series(machine).get("disks", [name]):
        message = f"[{name}] features are not compatible for creating instance with machine type {machine.name}."
        raise ApiError(400, "badRequest", message)
    return links.link(path)


def _resource(call: Call, path: str, family: ImageFamily, parameters: Json) -> Resource:
    image = images.path_of(family)
    resource = common.base("disk", path) | {
        "description": parameters.get("description", ""),
        "zone": links.link(f"projects/{call.project}/zones/{call.params['zone']}"),
        "status": "READY",
        "sourceImage": links.link(image),
        "sourceImageId": links.fixed_id(family.image),
        "licenses": [images.licence(family)],
        "guestOsFeatures": [{"type": "UEFI_COMPATIBLE"}, {"type": "VIRTIO_SCSI_MULTIQUEUE"}, {"type": "GVNIC"}],
        "architecture": "X86_64",
        "physicalBlockSizeBytes": "4096",
        "labelFingerprint": links.fingerprint(parameters.get("labels", {})),
        "lastAttachTimestamp": links.now(),
    }
    return resource | ({"labels": parameters["labels"]} if parameters.get("labels") else {})


def _attached(wanted: Json, resource: Resource) -> Json:
    return {
        "kind": "compute#attachedDisk",
        "type": "PERSISTENT",
        "mode": wanted.get("mode", "READ_WRITE"),
        "source": resource["selfLink"],
        "deviceName": wanted.get("deviceName", "persistent-disk-0"),
        "index": 0,
        "boot": True,
        "autoDelete": wanted.get("autoDelete", False),
        "licenses": resource["licenses"],
        "interface": wanted.get("interface", "SCSI"),
        "guestOsFeatures": resource["guestOsFeatures"],
        "diskSizeGb": resource["sizeGb"],
        "architecture": "X86_64",
    }
