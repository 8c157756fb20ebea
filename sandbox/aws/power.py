# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How instances get from one state to the next: a host does the work, and the cloud's clock says when it shows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from moto.ec2.models.instances import InstanceState, StateReason

from sandbox.aws import addresses, guests
from sandbox.aws.cloud import Cloud
from sandbox.aws.records import Machine
from sandbox.driver import HostError, HostSpec, stays_off

_LOG = logging.getLogger(__name__)

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
# How long a reader waits for a host that is due: in memory it is done by then, and else the reader comes again.
_PATIENCE = 0.05
_USER = StateReason("Client.UserInitiatedShutdown: User initiated shutdown", "Client.UserInitiatedShutdown")
_GUEST = StateReason(
    "Client.InstanceInitiatedShutdown: Instance initiated shutdown", "Client.InstanceInitiatedShutdown"
)


def start(cloud: Cloud, machine: Machine, failure: tuple[str, str] | None = None) -> None:
    """Boots an instance, at first or again, with a public address where it is to have one."""
    try:
        addresses.give(cloud, machine)
    except HostError as error:
        failure = failure or _failed(error)
    _enter(cloud, machine, "pending")
    machine.powered = cloud.now()
    machine.instance.state_reason, machine.instance._reason = StateReason(), ""
    _begin(cloud, machine, "pending", _boot, failure)


def stop(cloud: Cloud, machine: Machine) -> None:
    """Shuts an instance down; the disk stays."""
    _enter(cloud, machine, "stopping")
    _explain(cloud, machine, _USER, "User initiated")
    _begin(cloud, machine, "stopping", _halt)


def terminate(cloud: Cloud, machine: Machine) -> None:
    """Removes an instance's host for good."""
    _enter(cloud, machine, "shutting-down")
    _explain(cloud, machine, _USER, "User initiated")
    _begin(cloud, machine, "shutting-down", _remove)


def reboot(cloud: Cloud, machine: Machine) -> None:
    """Off and on again at the same address; the state does not show it."""

    def work() -> None:
        with cloud.lock:
            if machine.state != "running":
                return
        cloud.hosts.stop(machine.id)
        cloud.hosts.start(machine.id, machine.address)

    cloud.jobs.start(machine.id, work)


def settle(cloud: Cloud) -> None:
    """Lets instances reach the states that are due by the cloud's clock; every call begins with this."""
    with cloud.lock:
        due = [machine.id for machine in cloud.machines.values() if _due(cloud, machine) and not machine.ready]
    if due:
        cloud.jobs.wait(due, _PATIENCE)
    with cloud.lock:
        arrived = [machine for machine in cloud.machines.values() if _due(cloud, machine) and machine.ready]
        tagged = [machine for machine in cloud.machines.values() if machine.late_tags and _tags_seen(cloud, machine)]
        gone = [machine for machine in cloud.machines.values() if _forgotten(cloud, machine)]
        changes = [
            change for found in cloud.records.modifications.values() for change in found if change.due(cloud.now())
        ]
        if not arrived + tagged + gone and not changes:
            return
        with cloud.change():
            for machine in arrived:
                _ARRIVALS[machine.state](cloud, machine)
            for machine in tagged:
                cloud.backend(machine.region).create_tags([machine.id], machine.late_tags)
                machine.late_tags = {}
            for machine in gone:
                _forget(cloud, machine)
            for change in changes:
                change.apply()


def refresh(cloud: Cloud) -> None:
    """Notices guests that powered themselves off: AWS shows those as stopped too, or terminates them if asked to."""
    with cloud.lock:
        awake = [machine for machine in cloud.machines.values() if _quiet(cloud, machine)]
    for machine in awake:
        if not stays_off(cloud.hosts, machine.id):
            continue
        with cloud.change():
            # It may have been told to stop since.
            if not _quiet(cloud, machine):
                continue
            if machine.instance.instance_initiated_shutdown_behavior == "terminate":
                terminate(cloud, machine)
            else:
                _stopped(cloud, machine)
            _explain(cloud, machine, _GUEST, "Instance initiated")


def recover(cloud: Cloud) -> None:
    """Brings the records in line with the hosts, where a process starts over what an earlier one left."""
    works = {"pending": _boot, "stopping": _halt, "shutting-down": _remove}
    with cloud.change():
        for machine in list(cloud.machines.values()):
            if machine.state in works:
                _begin(cloud, machine, machine.state, works[machine.state])
            elif machine.state == "running" and not cloud.hosts.running(machine.id):
                _stopped(cloud, machine)


def _enter(cloud: Cloud, machine: Machine, state: str) -> None:
    machine.instance._state = InstanceState(state, CODES[state])
    machine.since, machine.ready, machine.failure = cloud.now(), False, None


def _explain(cloud: Cloud, machine: Machine, reason: StateReason, text: str) -> None:
    machine.instance.state_reason = reason
    machine.instance._reason = f"{text} ({cloud.today():%Y-%m-%d %H:%M:%S} GMT)"


def _failed(error: Exception) -> tuple[str, str]:
    return "Server.InternalError", f"Server.InternalError: {error}"


def _begin(
    cloud: Cloud,
    machine: Machine,
    state: str,
    work: Callable[[Cloud, Machine], None],
    failure: tuple[str, str] | None = None,
) -> None:
    def job() -> None:
        found = failure
        try:
            if not found:
                work(cloud, machine)
        except Exception as error:
            if not isinstance(error, HostError):
                _LOG.exception("Work on the host of %s failed", machine.id)
            found = _failed(error)
        with cloud.change():
            # It may have been terminated meanwhile, which has a job of its own.
            if machine.state == state:
                machine.ready, machine.failure = True, found
        # What changed while the host was busy.
        guests.push(cloud, machine)

    cloud.jobs.start(machine.id, job)


def _boot(cloud: Cloud, machine: Machine) -> None:
    with cloud.lock:
        if machine.state != "pending":
            return
        rules, address = guests.wanted(cloud, machine)
        hostname = str(machine.instance.private_dns_name).partition(".")[0]
    if not machine.boots:
        spec = HostSpec(machine.id, hostname, machine.family, address, machine.disk_gb)
        cloud.hosts.create(spec, machine.metadata, rules)
    elif rules != machine.rules:
        cloud.hosts.set_rules(machine.id, rules)
    cloud.hosts.start(machine.id, address)
    with cloud.change():
        machine.boots, machine.rules, machine.address = machine.boots + 1, rules, address


def _halt(cloud: Cloud, machine: Machine) -> None:
    cloud.hosts.stop(machine.id)


def _remove(cloud: Cloud, machine: Machine) -> None:
    cloud.hosts.delete(machine.id)


def _due(cloud: Cloud, machine: Machine) -> bool:
    delays = {
        "pending": cloud.settings.pending,
        "stopping": cloud.settings.stopping,
        "shutting-down": cloud.settings.shutting_down,
    }
    return machine.state in delays and cloud.now() >= machine.since + delays[machine.state]


def _tags_seen(cloud: Cloud, machine: Machine) -> bool:
    return cloud.now() >= machine.launched + cloud.settings.tags_after


def _forgotten(cloud: Cloud, machine: Machine) -> bool:
    return machine.state == "terminated" and cloud.now() >= machine.since + cloud.settings.terminated


def _quiet(cloud: Cloud, machine: Machine) -> bool:
    return machine.state == "running" and not cloud.jobs.busy(machine.id)


def _started(cloud: Cloud, machine: Machine) -> None:
    if machine.failure is None:
        _enter(cloud, machine, "running")
        return
    code, message = machine.failure
    (_stopped if machine.boots else _terminated)(cloud, machine)
    machine.instance.state_reason, machine.instance._reason = StateReason(message, code), code


def _halted(cloud: Cloud, machine: Machine) -> None:
    if machine.failure is None:
        _stopped(cloud, machine)
    else:
        _enter(cloud, machine, "running")


def _stopped(cloud: Cloud, machine: Machine) -> None:
    _enter(cloud, machine, "stopped")
    addresses.take(cloud, machine)


def _removed(cloud: Cloud, machine: Machine) -> None:
    if machine.failure is None:
        _terminated(cloud, machine)
    else:
        # Not gone before its host is: once more.
        _enter(cloud, machine, "shutting-down")
        _begin(cloud, machine, "shutting-down", _remove)


def _terminated(cloud: Cloud, machine: Machine) -> None:
    reason, explained = machine.instance.state_reason, machine.instance._reason
    addresses.leave(cloud, machine)
    machine.instance.terminate()
    machine.instance.state_reason, machine.instance._reason = reason, explained
    _enter(cloud, machine, "terminated")


def _forget(cloud: Cloud, machine: Machine) -> None:
    backend = cloud.backend(machine.region)
    for name, reservation in list(backend.reservations.items()):
        reservation.instances = [found for found in reservation.instances if found is not machine.instance]
        if not reservation.instances:
            del backend.reservations[name]
    backend.tags.pop(machine.id, None)
    del cloud.machines[machine.id]


_ARRIVALS: dict[str, Callable[[Cloud, Machine], None]] = {
    "pending": _started,
    "stopping": _halted,
    "shutting-down": _removed,
}
