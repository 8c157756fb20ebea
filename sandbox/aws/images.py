# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The public images of the sandboxed AWS, and the parameters under which their publishers announce them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from typing import Any

from moto.ec2.models.amis import Ami

CANONICAL = "099720109477"
DEBIAN = "136693071363"


@dataclasses.dataclass(frozen=True)
class Published:
    """An image as its publisher has it in every region; family is the host image that boots for it."""

    family: str
    name: str
    owner: str
    parameters: tuple[str, ...]
    date: datetime.datetime
    description: str
    disk_type: str
    root: str

    def id_in(self, region: str) -> str:
        """The image's id, which differs by region."""
        return "ami-0" + hashlib.sha256(f"{region} {self.name}".encode()).hexdigest()[:16]


def _ubuntu(series: str, version: str, disk: str, path: str, date: datetime.datetime) -> Published:
    return Published(
        family=f"ubuntu-{version.replace('.', '')}-lts",
        name=f"ubuntu/images/hvm-ssd{path}/ubuntu-{series}-{version}-amd64-server-{date:%Y%m%d}",
        owner=CANONICAL,
        parameters=(f"/aws/service/canonical/ubuntu/server/{version}/stable/current/amd64/hvm/ebs-{disk}/ami-id",),
        date=date,
        description=f"Canonical, Ubuntu, {version}, amd64 {series} image",
        disk_type=disk,
        root="/dev/sda1",
    )


PUBLISHED = (
    _ubuntu("jammy", "22.04", "gp2", "", datetime.datetime(2026, 10, 20, 3, 12, 45)),
    _ubuntu("noble", "24.04", "gp3", "-gp3", datetime.datetime(2026, 10, 22, 5, 40, 2)),
    Published(
        family="debian-12",
        name="debian-12-amd64-20261013-2263",
        owner=DEBIAN,
        parameters=("/aws/service/debian/release/12/latest/amd64",),
        date=datetime.datetime(2026, 10, 13, 11, 4, 31),
        description="Debian 12 (20261013-2263)",
        disk_type="gp3",
        root="/dev/xvda",
    ),
)


class PublicImage(Ami):
    """moto's image with a disk of its publisher's size and kind."""

    DISK_GB = 8
    disk_type = "gp2"

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """The root disk, which goes with the instance."""
        ebs = {
            "SnapshotId": self.ebs_snapshot.id,
            "VolumeSize": self.DISK_GB,
            "DeleteOnTermination": True,
            "VolumeType": self.disk_type,
            "Encrypted": False,
        }
        return [{"DeviceName": self.root_device_name, "Ebs": ebs}]


def stock(backend: Any) -> None:
    """Puts the public images into a region that has none."""
    for image in PUBLISHED:
        made = PublicImage(
            backend,
            image.id_in(backend.region_name),
            name=image.name,
            description=image.description,
            owner_id=image.owner,
            public=True,
            virtualization_type="hvm",
            architecture="x86_64",
            creation_date=image.date,
            image_location=f"{image.owner}/{image.name}",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name=image.root,
            region_name=f"{backend.region_name}a",
            boot_mode="legacy-bios",
        )
        made.disk_type = image.disk_type
        made.ebs_snapshot.volume.size = PublicImage.DISK_GB
        backend.amis[made.id] = made


def published(region: str, ami: str) -> Published | None:
    """The public image that an id is."""
    return next((image for image in PUBLISHED if image.id_in(region) == ami), None)


def announced(parameter: str) -> Published | None:
    """The public image that a parameter leads to."""
    return next((image for image in PUBLISHED if parameter in image.parameters), None)


def parameter_of(family: str) -> str:
    """The parameter that leads to the image of a family of hosts."""
    return next(image.parameters[0] for image in PUBLISHED if image.family == family)
