# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting and stopping instances, and the addresses that come and go with it."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.driver import stays_off
from sandbox.gcp import errors, links
from sandbox.gcp.cloud import Call, Cloud, handles
from sandbox.gcp.compute import addresses, capacity, common, guests, instance_shape, nics, quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.resourcemanager.changes import on_deletion
from sandbox.gcp.store import Resource

SETTLED = ("RUNNING", "TERMINATED")
STAMPS = {"TERMINATED": "lastStopTimestamp", "SUSPENDED": "lastSuspendedTimestamp"}


@handles("compute.instances.start")
def start_instance(call: Call) -> Json:
    """instances.start: an ephemeral address is a new one."""
    path, instance = settled(call, SETTLED)

    def work() -> None:
        if instance["status"] == "TERMINATED":
            wake(call.cloud, path, instance)

    return call.cloud.operations.start(call, "start", path, work)


@handles("compute.instances.stop")
def stop_instance(call: Call) -> Json:
    """instances.stop: an ephemeral address goes, a reserved one stays attached. One that is suspended has to be resumed
    first."""
    path, instance = common.named(call)
    if instance["status"] == "SUSPENDED":
        raise errors.not_ready(path)
    return _stopping(call, path, instance)


@on_deletion
def stop_all(call: Call, project: Resource) -> None:
    """The machines of a project that is marked for deletion are shut down."""
    for path, instance in call.cloud.store.items("instances", project["projectId"]):
        _stopping(call, path, instance)


@handles("compute.instances.reset")
def reset_instance(call: Call) -> Json:
    """instances.reset: a hard reboot at the same address."""
    path, instance = common.named(call)
    _check_running(path, instance)

    def work() -> None:
        _check_running(path, instance)
        host = call.cloud.store.hosts[path]
        try:
            call.cloud.hosts.stop(host)
            call.cloud.hosts.start(host, nics.public_address(instance))
        except BaseException:
            stopped(call.cloud, instance)
            raise

    return call.cloud.operations.start(call, "reset", path, work)


def give_address(cloud: Cloud, instance: Resource) -> str | None:
    """The public address to boot at: the one attached, or a fresh one where the access config leaves it open."""
    config = nics.config_of(instance)
    if config is None or config.get("natIP"):
        return config["natIP"] if config else None
    address = cloud.hosts.allocate()
    with cloud.store.change():
        config["natIP"] = address
        nics.stamp(instance["networkInterfaces"][0])
    return address


def take_address(cloud: Cloud, instance: Resource) -> None:
    """Gives back an ephemeral address; a reserved one stays as it is."""
    with cloud.store.change():
        config = nics.config_of(instance)
        address = config.get("natIP") if config else None
        if config is None or address is None or addresses.reserved(cloud, address):
            return
        del config["natIP"]
        nics.stamp(instance["networkInterfaces"][0])
    cloud.hosts.release(address)


def boot(cloud: Cloud, path: str, instance: Resource, address: str | None) -> None:
    """Boots the host of an instance at an address."""
    cloud.hosts.start(cloud.store.hosts[path], address)
    with cloud.store.change():
        instance |= {"status": "RUNNING", "lastStartTimestamp": links.now()}
        instance_shape.stamp(instance)
    _tell_others(cloud)


def refresh(cloud: Cloud, only: Collection[str] | None = None) -> None:
    """Notices guests that powered themselves off: Google shows those as TERMINATED too.

    A guest that reboots is off for a moment as well, so one that is off gets some seconds to come back.
    """
    with cloud.store.lock:
        candidates = cloud.store.hosts.items()
        awake = [(path, host) for path, host in candidates if (only is None or path in only) and _is_quiet(cloud, path)]
    for path, host in awake:
        if not stays_off(cloud.hosts, host):
            continue
        with cloud.store.lock:
            # It may have been told to stop, or deleted, since.
            instance = cloud.store.resources[path] if _is_quiet(cloud, path) else None
        if instance is not None:
            stopped(cloud, instance)


def _is_quiet(cloud: Cloud, path: str) -> bool:
    instance = cloud.store.resources.get(path)
    return instance is not None and instance["status"] == "RUNNING" and not cloud.operations.busy(path)


def _check_running(path: str, instance: Resource) -> None:
    if instance["status"] != "RUNNING":
        raise errors.not_ready(path)


def settled(call: Call, among: Collection[str]) -> tuple[str, Resource]:
    """The instance a call names, which has to be in one of these statuses."""
    path, instance = common.named(call)
    if instance["status"] not in among:
        raise errors.not_ready(path)
    return path, instance


def _stopping(call: Call, path: str, instance: Resource) -> Json:
    def work() -> None:
        if instance["status"] == "RUNNING":
            halt(call.cloud, path, instance, passing="STOPPING", status="TERMINATED")

    return call.cloud.operations.start(call, "stop", path, work)


def wake(cloud: Cloud, path: str, instance: Resource) -> None:
    """Takes an instance at rest to RUNNING; one that fails stays as it was."""
    before = instance["status"]
    with cloud.store.change():
        instance["status"] = "STAGING"
    try:
        with cloud.store.lock:
            capacity.check(cloud, path, instance)
            quotas.check_region(cloud, path, "CPUS", "IN_USE_ADDRESSES")
        boot(cloud, path, instance, give_address(cloud, instance))
    except BaseException:
        stopped(cloud, instance, before)
        raise


def halt(cloud: Cloud, path: str, instance: Resource, *, passing: str, status: str) -> None:
    """Takes a running instance to TERMINATED or SUSPENDED by way of another status; one that fails runs on."""
    with cloud.store.change():
        instance["status"] = passing
    host = cloud.store.hosts[path]
    try:
        if status == "SUSPENDED":
            cloud.hosts.suspend(host)
        else:
            cloud.hosts.stop(host)
    except BaseException:
        with cloud.store.change():
            instance["status"] = "RUNNING"
        raise
    stopped(cloud, instance, status)


def stopped(cloud: Cloud, instance: Resource, status: str = "TERMINATED") -> None:
    """Notes that an instance is off, and gives back its ephemeral address."""
    with cloud.store.change():
        instance |= {"status": status, STAMPS[status]: links.now()}
        instance_shape.stamp(instance)
    take_address(cloud, instance)


def _tell_others(cloud: Cloud) -> None:
    """Where rules let machines in by their tags, a new address of one concerns the others' hosts."""
    with cloud.store.lock:
        rules = [rule for _, rule in cloud.store.items("firewalls")]
        concerned = any({"sourceTags", "sourceServiceAccounts"} & rule.keys() for rule in rules)
    if concerned:
        guests.push_rules(cloud)
