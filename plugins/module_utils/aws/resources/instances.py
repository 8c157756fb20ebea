# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading instances, with what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import tags
from ..session import Session
from . import instance_shape as shape

Json = dict[str, Any]


def find(session: Session, what: str, filters: Mapping[str, str | Sequence[str]]) -> list[Json]:
    """The instances that all filters let pass, as the API answers them."""
    reservations = session.find("describe_instances", "Reservations", what, filters)
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def of_workstation(session: Session, workstation: str, what: str) -> list[Json]:
    """Those that carry the workstation's tag; one that was terminated is among them for about an hour."""
    return find(session, what, {f"tag:{tags.OWNER}": workstation})


def alive(found: Iterable[Json]) -> list[Json]:
    """Those that are not terminated, nor about to be."""
    return [instance for instance in found if shape.state_of(instance) not in shape.DEAD]


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
