# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading instances, with what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...resource import CloudError
from .. import tags
from ..session import Session
from . import instance_shape as shape

Json = dict[str, Any]

ALIVE = (shape.PENDING, shape.RUNNING, shape.STOPPING, shape.STOPPED)


def find(session: Session, what: str, filters: Mapping[str, str | Sequence[str]], **parameters: Any) -> list[Json]:
    """The instances that all filters let pass, as the API answers them."""
    reservations = session.find("describe_instances", "Reservations", what, filters, **parameters)
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def of_workstation(session: Session, workstation: str, what: str) -> list[Json]:
    """Those that carry the workstation's tag; one that was terminated is among them for about an hour."""
    return find(session, what, {f"tag:{tags.OWNER}": workstation})


def alive(found: Iterable[Json]) -> list[Json]:
    """Those that are not terminated, nor about to be."""
    return [instance for instance in found if shape.state_of(instance) in ALIVE]


def refuse_several(found: Sequence[str], workstation: str, what: str) -> None:
    """CloudError where more than one thing of a kind carries the workstation's tag; found are their ids."""
    if len(found) > 1:
        raise CloudError(
            f"{what}: {len(found)} carry the tag {tags.OWNER}={workstation}, so which one is meant is not known: "
            f"{', '.join(found)}. Remove the others, or take their tag away: aws ec2 delete-tags --resources <id> "
            f"--tags Key={tags.OWNER}",
            found=list(found),
        )


def root_volumes(session: Session, found: Iterable[Json], what: str) -> dict[str, Json]:
    """The root volumes of instances by the instances' ids, in one request."""
    ids = {shape.root_volume(instance): instance["InstanceId"] for instance in found}
    named = [volume for volume in ids if volume]
    volumes = session.find("describe_volumes", "Volumes", what, {"volume-id": named}) if named else []
    return {ids[volume["VolumeId"]]: volume for volume in volumes}


def why(instance: Mapping[str, Any]) -> str:
    """AWS's reason for the state that an instance is in, "" if it gives none."""
    reason: Mapping[str, Any] = instance.get("StateReason") or {}
    return str(reason.get("Message") or reason.get("Code") or "")


def read(session: Session, params: Mapping[str, Any]) -> Json:
    """The instances of params' workstation, or of all workstations, in the module's terms and by their ids."""
    what = f"instances in {session.region}"
    whose = {f"tag:{tags.OWNER}": params["workstation"]} if params["workstation"] else {"tag-key": tags.OWNER}
    found = find(session, what, {**whose, "instance-state-name": ALIVE})
    volumes = root_volumes(session, found, what)
    shaped = [shape.from_api(instance, volumes.get(instance["InstanceId"], {})) for instance in found]
    return {"instances": sorted(shaped, key=lambda instance: str(instance["id"]))}
