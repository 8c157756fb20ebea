# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Public images: only those that a host can really be made from."""

from __future__ import annotations

import re

from sandbox.gcp import catalog, links
from sandbox.gcp.catalog import ImageFamily
from sandbox.gcp.cloud import Call, Cloud, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, not_found
from sandbox.gcp.listing import listed

_PATH = re.compile(
    "projects/(?P<project>[^/]+)/"
    "((global/images/family|zones/[^/]+/imageFamilyViews)/(?P<family>[^/]+)|global/images/(?P<image>[^/]+))"
)


@handles("compute.images.getFromFamily")
def get_from_family(call: Call) -> Json:
    """images.getFromFamily: the newest image of a family."""
    return _newest(call)


@handles("compute.imageFamilyViews.get")
def get_image_family_view(call: Call) -> Json:
    """imageFamilyViews.get: the same by zone, which is how gcloud asks."""
    return {"image": _newest(call)}


def _newest(call: Call) -> Json:
    family = catalog.image_families().get(call.params["family"])
    if family is None or family.project != call.project:
        raise not_found(call.path)
    if family.name not in call.cloud.hosts.families():
        raise ApiError(404, "notFound", unserved(call.cloud, family, call.path))
    return _image(call.cloud, family)


@handles("compute.images.get")
def get_image(call: Call) -> Json:
    """images.get."""
    for family in _served(call.cloud, call.project):
        if call.params["image"] in (family.image, links.fixed_id(family.image)):
            return _image(call.cloud, family)
    raise not_found(call.path)


@handles("compute.images.list")
def list_images(call: Call) -> Json:
    """images.list."""
    return listed(call, [_image(call.cloud, family) for family in _served(call.cloud, call.project)])


def unserved(cloud: Cloud, family: ImageFamily, path: str) -> str:
    """Says that a real family has no hosts here, and which have."""
    served = sorted(cloud.hosts.families())
    return (
        f"The resource '{path}' was not found: the sandbox on this machine cannot serve the image family "
        f"'{family.name}' of '{family.project}'. It can serve: {', '.join(served) or 'none'}."
    )


def by_path(path: str) -> ImageFamily | None:
    """The family an image's or a family's path leads to, whether or not it can be served."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    families = [family for family in catalog.image_families().values() if family.project == found["project"]]
    return next((one for one in families if found["family"] == one.name or found["image"] == one.image), None)


def path_of(family: ImageFamily) -> str:
    """The path of a family's newest image."""
    return f"projects/{family.project}/global/images/{family.image}"


def licence(family: ImageFamily) -> str:
    """The licence that an image's disks carry."""
    name = "-".join(family.image.split("-")[:3]) if family.project == "debian-cloud" else family.name
    return links.link(f"projects/{family.project}/global/licenses/{name}")


def _served(cloud: Cloud, project: str) -> list[ImageFamily]:
    known = catalog.image_families()
    return [known[name] for name in sorted(cloud.hosts.families()) if name in known and known[name].project == project]


def _image(cloud: Cloud, family: ImageFamily) -> Json:
    date = family.image.rsplit("-v", 1)[1]
    title = cloud.hosts.families()[family.name]
    return {
        "kind": "compute#image",
        "id": links.fixed_id(family.image),
        "creationTimestamp": f"{date[:4]}-{date[4:6]}-{date[6:]}T10:00:00.000-08:00",
        "name": family.image,
        "description": f"{family.title}; booted here as {title}",
        "family": family.name,
        "status": "READY",
        "sourceType": "RAW",
        "diskSizeGb": str(family.disk_gb),
        "archiveSizeBytes": str(family.disk_gb * 2**27),
        "licenses": [licence(family)],
        "licenseCodes": [links.fixed_id(licence(family))],
        "guestOsFeatures": [{"type": name} for name in ("UEFI_COMPATIBLE", "VIRTIO_SCSI_MULTIQUEUE", "GVNIC")],
        "architecture": "X86_64",
        "labelFingerprint": links.fingerprint({}),
        "storageLocations": ["us"],
        "selfLink": links.link(path_of(family)),
    }
