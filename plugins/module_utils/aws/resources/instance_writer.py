# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests that change an EC2 instance, each awaited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...resource import CloudError, Step, UncertainError
from .. import errors
from ..session import Session
from . import instance_shape as shape
from . import instances

Json = dict[str, Any]


class Writer:
    """One instance: raw is how the API answered it last, known lists it with those that share its tag."""

    def __init__(self, session: Session, known: Callable[[], Sequence[Json]], *, title: str) -> None:
        self.raw: Json = {}
        self._session = session
        self._known = known
        self._title = title

    @property
    def id(self) -> str:
        """The instance's id."""
        return str(self.raw["InstanceId"])

    def apply(self, step: Step) -> None:
        """Carries out one step; returns when it is done."""
        WRITERS[step.action](self, step)

    def call(self, operation: str, **parameters: Any) -> Json:
        """A request about the instance."""
        return self._session.call(operation, self._title, InstanceId=self.id, **parameters)

    def reach(self, state: str, identifier: str) -> None:
        """Waits for the instance to be listed in that state; CloudError with AWS's reason where it goes elsewhere."""

        def arrived(found: Sequence[Json]) -> bool:
            one = next((one for one in found if one["InstanceId"] == identifier), None)
            if one is None:
                return False
            now = shape.state_of(one)
            if now == state:
                self.raw = one
                return True
            seen.add(now)
            lost = shape.DEAD if state != "terminated" else frozenset()
            if now in lost or (now == shape.STOPPED and shape.PENDING in seen):
                reason = instances.why(one) or "AWS gives no reason"
                raise CloudError(f"{self._title}: it went to the state {now} by itself: {reason}.", instance=identifier)
            return False

        seen: set[str] = set()
        self._session.until(self._known, arrived, self._title)

    def _start(self, _step: Step) -> None:
        self._session.call("start_instances", self._title, InstanceIds=[self.id])
        self.reach(shape.RUNNING, self.id)

    def _stop(self, _step: Step) -> None:
        self._session.call("stop_instances", self._title, InstanceIds=[self.id])
        self.reach(shape.STOPPED, self.id)

    def _delete(self, _step: Step) -> None:
        """A persistent Spot request would launch another instance for the one that goes, so it goes first."""
        request = self.raw.get("SpotInstanceRequestId")
        if request:
            self._session.call("cancel_spot_instance_requests", self._title, SpotInstanceRequestIds=[request])
        self._session.call("terminate_instances", self._title, InstanceIds=[self.id])
        self.reach("terminated", self.id)

    def _set_instance_type(self, step: Step) -> None:
        self.call("modify_instance_attribute", InstanceType={"Value": step.after["instance_type"]})

    def _grow_root_volume(self, step: Step) -> None:
        """A volume can be used at its new size while AWS still optimises it."""
        volume, size = str(shape.root_volume(self.raw)), step.after["root_volume_size"]
        try:
            self._session.call("modify_volume", self._title, VolumeId=volume, Size=size)
        except CloudError as error:
            # The reply may have been lost, and the request repeated while the change is on its way.
            if not (errors.is_code(error, "IncorrectModificationState") and self._growing(volume, size)):
                raise

        def is_grown(change: Json) -> bool:
            if change.get("ModificationState") == "failed":
                raise CloudError(f"{self._title}: its root volume could not grow: {change.get('StatusMessage')}.")
            return change.get("ModificationState") in ("optimizing", "completed")

        self._session.until(lambda: self._growing(volume, size), is_grown, self._title)

    def _growing(self, volume: str, size: int) -> Json:
        """The change of a volume to that size, {} while AWS does not list it."""
        found = self._session.find(
            "describe_volumes_modifications", "VolumesModifications", self._title, {"volume-id": volume}
        )
        return next((change for change in found if change.get("TargetSize") == size), {})

    def _set_instance_profile(self, step: Step) -> None:
        profile = {"Name": step.after["instance_profile"]}
        key, filters = (
            "IamInstanceProfileAssociations",
            {"instance-id": self.id, "state": ["associating", "associated"]},
        )
        found = self._session.find("describe_iam_instance_profile_associations", key, self._title, filters)
        if found:
            old = {"AssociationId": found[0]["AssociationId"], "IamInstanceProfile": profile}
            self._session.call("replace_iam_instance_profile_association", self._title, **old)
            return
        try:
            self.call("associate_iam_instance_profile", IamInstanceProfile=profile)
        except CloudError as error:
            if errors.is_code(error, "IncorrectState"):
                raise UncertainError(f"{self._title}: it has got an instance profile meanwhile") from error
            raise

    def _set_metadata_options(self, step: Step) -> None:
        self.call("modify_instance_metadata_options", **shape.metadata_to_api(step.after["metadata_options"]))

    def _set_termination_protection(self, step: Step) -> None:
        value = {"Value": step.after["termination_protection"]}
        self.call("modify_instance_attribute", DisableApiTermination=value)


WRITERS: dict[str, Callable[[Writer, Step], None]] = {
    "start": Writer._start,
    "stop": Writer._stop,
    "delete": Writer._delete,
    "set_instance_type": Writer._set_instance_type,
    "grow_root_volume": Writer._grow_root_volume,
    "set_instance_profile": Writer._set_instance_profile,
    "set_metadata_options": Writer._set_metadata_options,
    "set_termination_protection": Writer._set_termination_protection,
}
