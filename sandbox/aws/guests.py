# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cloud tells the hosts while they exist: what may come in, and at which address."""

from __future__ import annotations

from typing import Any

from sandbox.aws import rules
from sandbox.aws.cloud import Cloud
from sandbox.aws.records import Machine
from sandbox.driver import HostError, PortRule

# It has booted, and the cloud does not show it yet.
_BOOTED = ("pending", True)


def wanted(cloud: Cloud, machine: Machine) -> tuple[tuple[PortRule, ...], str | None]:
    """The rules and the public address that a machine is to have; called under the lock."""

    def members(group: str) -> list[Any]:
        alive = [other for other in cloud.machines.values() if other.state not in ("shutting-down", "terminated")]
        near = [other.instance for other in alive if other.region == machine.region]
        return [instance for instance in near if group in [found.id for found in instance.security_groups]]

    return rules.resolve(machine.instance.security_groups, members), machine.nic.public_ip


def push(cloud: Cloud, only: Machine | None = None) -> None:
    """Brings every host, or one machine's, up to date; hosts that are told nothing new are not bothered."""
    with cloud.pushing:
        with cloud.lock:
            machines = [only] if only else list(cloud.machines.values())
        for machine in machines:
            try:
                _tell(cloud, machine)
            except HostError:
                # A host that goes away meanwhile has nothing left to be told.
                if _reachable(machine):
                    raise


def _reachable(machine: Machine) -> bool:
    """A host exists from its first boot to the beginning of its end, and is told things while nothing is done to it."""
    return bool(machine.boots) and (
        machine.state in ("running", "stopped") or (machine.state, machine.ready) == _BOOTED
    )


def _tell(cloud: Cloud, machine: Machine) -> None:
    with cloud.lock:
        if not _reachable(machine):
            return
        current, address = wanted(cloud, machine)
    if current != machine.rules:
        cloud.hosts.set_rules(machine.id, current)
        with cloud.change():
            machine.rules = current
    if address != machine.address and machine.state == "running":
        cloud.hosts.readdress(machine.id, address)
        with cloud.change():
            machine.address = address
