# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The published images as moto has them."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.amis import Ami

from sandbox.aws.catalog import PUBLISHED


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
