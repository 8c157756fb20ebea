# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps that bring a virtual machine from one state to another, in the order in which they have to come."""

from __future__ import annotations

from typing import Any

from ...resource import CloudError, State, Step, differences
from .instance_shape import RUNNING, SUSPENDED, TERMINATED

# What can be changed only while the machine is off, and the step that does it.
COLD = (
    ("machine_type", "set_machine_type"),
    ("service_account", "set_service_account"),
    ("shielded", "set_shielded"),
)
# What is changed whether it runs or not.
IN_PLACE = (
    ("boot_disk_size", "resize_disk"),
    ("labels", "set_labels"),
    ("tags", "set_tags"),
    ("metadata", "set_metadata"),
    ("deletion_protection", "set_deletion_protection"),
    ("address", "set_address"),
)
# What follows from a field, and changes with it.
ALONG = {"metadata": "ssh", "address": "external_ip"}


def plan_changes(desired: State, live: State, *, title: str, power: str | None, allow_stop: bool) -> list[Step]:
    """The steps from live to desired. power is the status to end in, None for the one the machine is in.

    CloudError for a smaller disk, and for a change that needs a stop where the machine may not be stopped.
    """
    before, after = differences(desired, live)
    _refuse_to_shrink(before, after, title)
    status: str = live["status"]
    wanted = power or status
    cold = [(field, verb) for field, verb in COLD if field in after]
    steps: list[Step] = []
    if cold and status != TERMINATED:
        if not allow_stop and wanted != TERMINATED:
            raise _needs_a_stop([field for field, _verb in cold], before, after, title)
        steps += power_steps(status, TERMINATED)
    for field, verb in (*cold, *IN_PLACE):
        if field in after:
            touched = [name for name in (field, ALONG.get(field)) if name in after]
            steps.append(Step(verb, {name: before[name] for name in touched}, {name: after[name] for name in touched}))
    return steps + power_steps(TERMINATED if cold else status, wanted)


def power_steps(now: str, wanted: str) -> list[Step]:
    """The steps from one status at rest to another. From off to suspended and back leads over running."""
    if now == wanted:
        return []
    if now == RUNNING:
        verb, then = ("stop" if wanted == TERMINATED else "suspend"), wanted
    else:
        verb, then = ("resume" if now == SUSPENDED else "start"), RUNNING
    return [Step(verb, {"status": now}, {"status": then}), *power_steps(then, wanted)]


def plan_removal(live: State, *, title: str, unprotect: bool, disk: bool) -> list[Step]:
    """The steps that remove a machine, and its boot disk where that would stay. unprotect says that its protection
    against deletion may be cleared; CloudError where it is on and may not."""
    steps: list[Step] = []
    if live["deletion_protection"]:
        if not unprotect:
            raise CloudError(
                f"{title} is protected against deletion. To remove it all the same, set deletion_protection=false."
            )
        steps.append(Step("set_deletion_protection", {"deletion_protection": True}, {"deletion_protection": False}))
    if live["id"]:
        steps.append(Step("delete", live, {}))
    if disk:
        steps.append(Step("delete_disk", {"boot_disk_size": live["boot_disk_size"]}, {}))
    return steps


def _refuse_to_shrink(before: State, after: State, title: str) -> None:
    if "boot_disk_size" in after and after["boot_disk_size"] < (before["boot_disk_size"] or 0):
        raise CloudError(
            f"{title}: its boot disk has {before['boot_disk_size']} GiB and cannot shrink to "
            f"{after['boot_disk_size']}. Ask for at least {before['boot_disk_size']}."
        )


def _needs_a_stop(fields: list[str], before: State, after: State, title: str) -> CloudError:
    changes = ", ".join(f"{field} from {_text(before[field])} to {_text(after[field])}" for field in fields)
    return CloudError(
        f"{title}: only while it is stopped can change: {changes}. Set allow_stop to let it be stopped and started "
        "again, or stop it first."
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
