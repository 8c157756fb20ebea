# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volumes that grow while in use, one change after another and not too many; they never shrink."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult

from sandbox.aws.ec2 import filters
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError
from sandbox.aws.volumes import FIELDS, Modification

# The largest of the types that these disks are of, in GiB.
_LARGEST = 16384
_GP3_IOPS = 3000


class Volumes(Ec2Base):
    """ModifyVolume and DescribeVolumesModifications."""

    def modify_volume(self) -> ActionResult:
        """Starts a change of size, type or performance."""
        volume = self._volume(self.given("VolumeId"))
        target = {name: self.given(name) for name in FIELDS if self.given(name) is not None}
        if not target:
            raise AwsError("InvalidParameterValue", "The request must change size, type, IOPS or throughput")
        self._check_pace(volume)
        _check_size(volume, target)
        self.dry_run()
        original = {name: getattr(volume, attribute) for name, attribute in FIELDS.items()}
        if target.get("VolumeType", volume.volume_type) == "gp3":
            target.setdefault("Iops", volume.iops or _GP3_IOPS)
        settings = self.cloud.settings
        change = Modification(
            volume=volume,
            original=original,
            target=target,
            started=self.cloud.now(),
            modifying=settings.modifying,
            optimizing=settings.optimizing,
            failure=self.fault[1] if self.fault else None,
        )
        self.cloud.records.modifications.setdefault(volume.id, []).append(change)
        return ActionResult({"VolumeModification": self._shown(change)})

    def describe_volumes_modifications(self) -> ActionResult:
        """The newest change of each volume that was ever changed."""
        self.dry_run()
        changes = self.cloud.records.modifications
        ids = self.given("VolumeIds", [])
        for identity in ids:
            self._volume(identity)
            if identity not in changes:
                message = f"Modification for volume '{identity}' does not exist."
                raise AwsError("InvalidVolumeModification.NotFound", message)
        here = [name for name in changes if name in self.ec2_backend.volumes]
        shown = [self._shown(changes[name][-1]) for name in ids or here]
        found = filters.matching(shown, self.given("Filters", []), filters.MODIFICATION)
        return ActionResult({"VolumesModifications": found})

    def _volume(self, identity: str) -> Any:
        if identity not in self.ec2_backend.volumes:
            raise AwsError("InvalidVolume.NotFound", f"The volume '{identity}' does not exist.")
        return self.ec2_backend.volumes[identity]

    def _check_pace(self, volume: Any) -> None:
        """A change has to be completed before the next, and there may be only so many of them in a while."""
        now, settings = self.cloud.now(), self.cloud.settings
        changes = self.cloud.records.modifications.get(volume.id, [])
        if changes and changes[-1].state(now) not in ("completed", "failed"):
            state = changes[-1].state(now).upper()
            message = f"Volume {volume.id} cannot be modified in modification state {state}"
            raise AwsError("IncorrectModificationState", message)
        recent = [change for change in changes if change.started > now - settings.modification_window]
        if len(recent) >= settings.modifications:
            message = (
                f"You've reached the maximum modification rate per volume limit. Volume {volume.id} was modified "
                f"{len(recent)} times within {settings.modification_window / 3600:g} hours."
            )
            raise AwsError("VolumeModificationRateExceeded", message)

    def _shown(self, change: Modification) -> dict[str, Any]:
        now = self.cloud.now()
        state = change.state(now)
        wanted = {**change.original, **change.target}
        return {
            "VolumeId": change.volume.id,
            "ModificationState": state,
            "StatusMessage": change.failure if state == "failed" else None,
            **{f"Original{name}": value for name, value in change.original.items()},
            **{f"Target{name}": value for name, value in wanted.items()},
            "Progress": change.progress(now),
            "StartTime": _time(change.started),
            "EndTime": _time(change.ends) if state in ("completed", "failed") else None,
        }


def _check_size(volume: Any, target: Mapping[str, Any]) -> None:
    size = target.get("Size", volume.size)
    if size < volume.size:
        raise AwsError("InvalidParameterValue", "New size cannot be smaller than existing size")
    if size > _LARGEST:
        message = f"Volume of {size}GiB is too large for volume type {volume.volume_type}; maximum is {_LARGEST}GiB."
        raise AwsError("InvalidParameterValue", message)


def _time(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
