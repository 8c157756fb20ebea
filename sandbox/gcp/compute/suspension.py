# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Suspending and resuming instances."""

from __future__ import annotations

from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import guests, power
from sandbox.gcp.discovery import Json

SETTLED = ("RUNNING", "SUSPENDED")


@handles("compute.instances.suspend")
def suspend_instance(call: Call) -> Json:
    """instances.suspend: memory stays, and so does a reserved address; an ephemeral one goes."""
    path, instance = power.settled(call, SETTLED)

    def work() -> None:
        if instance["status"] == "RUNNING":
            power.halt(call.cloud, path, instance, passing="SUSPENDING", status="SUSPENDED")

    return call.cloud.operations.start(call, "suspend", path, work)


@handles("compute.instances.resume")
def resume_instance(call: Call) -> Json:
    """instances.resume: what was changed meanwhile reaches the guest now."""
    path, instance = power.settled(call, SETTLED)

    def work() -> None:
        if instance["status"] == "SUSPENDED":
            power.wake(call.cloud, path, instance)
            guests.push_metadata(call.cloud, path)
            guests.push_rules(call.cloud, path)

    return call.cloud.operations.start(call, "resume", path, work)
