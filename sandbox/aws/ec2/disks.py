# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The disks of a new instance: the image's own are there whether or not the request names them."""

from __future__ import annotations

from typing import Any

from sandbox.aws.errors import AwsError


def with_root_disk(given: list[dict[str, Any]], image: Any) -> list[dict[str, Any]]:
    """The mappings of a launch, complete: the image's defaults under what the request says of the same device."""
    named = {entry.get("DeviceName"): entry for entry in given}
    mappings = []
    for own in image.block_device_mappings:
        entry = named.pop(own["DeviceName"], {})
        ebs = {**own["Ebs"], **entry.get("Ebs", {})}
        if ebs["VolumeSize"] < own["Ebs"]["VolumeSize"]:
            message = (
                f"Volume of size {ebs['VolumeSize']}GB is smaller than snapshot '{ebs['SnapshotId']}', "
                f"expect size >= {own['Ebs']['VolumeSize']}GB"
            )
            raise AwsError("InvalidBlockDeviceMapping", message)
        mappings.append({"DeviceName": own["DeviceName"], "Ebs": ebs})
    for entry in named.values():
        if "Ebs" in entry:
            entry = {**entry, "Ebs": {"DeleteOnTermination": True, **entry["Ebs"]}}
        mappings.append(entry)
    return mappings
