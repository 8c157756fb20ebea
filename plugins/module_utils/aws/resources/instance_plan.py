# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an EC2 instance is to be like, and the steps there from what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...resource import CloudError, State, Step, differences, refuse_immutable
from . import instance_shape as shape

Json = dict[str, Any]

POWER = {"started": shape.RUNNING, "stopped": shape.STOPPED, "present": None}
IMMUTABLE = frozenset({"key_name", "spot"})
# The fields that change in place, and the step that does it; the type is apart, as it needs a stop.
IN_PLACE = (
    (("root_volume_size",), "grow_root_volume"),
    (("name", "tags"), "set_tags"),
    (("security_groups",), "set_security_groups"),
    (("instance_profile",), "set_instance_profile"),
    (("metadata_options",), "set_metadata_options"),
    (("termination_protection",), "set_termination_protection"),
)


def desired(params: Mapping[str, Any], *, name: str, tags: Mapping[str, str], groups: Mapping[str, str]) -> Json:
    """What is managed of any instance, new or not, but for its type. groups are the names of the security groups that
    it has, by their ids."""
    wanted = params["security_groups"]
    return {
        "name": name,
        "root_volume_size": params["root_volume_size"],
        "security_groups": None if wanted is None else sorted({groups.get(group, group) for group in wanted}),
        "key_name": params["key_name"],
        "instance_profile": params["instance_profile"],
        "spot": params["spot"],
        "metadata_options": shape.METADATA_OPTIONS,
        "termination_protection": params["termination_protection"],
        "tags": {**tags, "Name": name},
    }


def changes(wanted: State, live: State, *, title: str, power: str | None, allow_stop: bool) -> list[Step]:
    """The steps from one existing state to another, in the order in which they have to come.

    power is the state to end in, None for the one the instance is in. Raises CloudError for what cannot be changed,
    for a smaller volume, and for a new type where the instance would have to be stopped and may not be.
    """
    before, after = differences(wanted, live)
    refuse_immutable(before, after, title=title, immutable=IMMUTABLE)
    _refuse_shrinking(before, after, title)
    steps: list[Step] = []
    state: str = live["state"]
    if "instance_type" in after:
        if state != shape.STOPPED:
            if not allow_stop and power != shape.STOPPED:
                raise CloudError(
                    f"{title}: its type changes from {before['instance_type']} to {after['instance_type']} only while "
                    "it is stopped. Set allow_stop to let it be stopped and started again, or stop it first."
                )
            steps.append(Step("stop", {"state": state}, {"state": shape.STOPPED}))
            state = shape.STOPPED
        steps.append(_step("set_instance_type", ("instance_type",), before, after))
    steps += [_step(verb, fields, before, after) for fields, verb in IN_PLACE if after.keys() & set(fields)]
    ending = power or live["state"]
    if ending != state:
        steps.append(Step("start" if ending == shape.RUNNING else "stop", {"state": state}, {"state": ending}))
    return steps


def _refuse_shrinking(before: State, after: State, title: str) -> None:
    size = after.get("root_volume_size")
    if size is not None and size < (before["root_volume_size"] or 0):
        raise CloudError(
            f"{title}: its root volume has {before['root_volume_size']} GiB and cannot shrink to {size}. Ask for at "
            f"least {before['root_volume_size']}."
        )


def _step(verb: str, fields: tuple[str, ...], before: State, after: State) -> Step:
    touched = [field for field in fields if field in after]
    return Step(verb, {field: before[field] for field in touched}, {field: after[field] for field in touched})
