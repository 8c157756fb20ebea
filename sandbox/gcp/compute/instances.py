# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances: making, finding and deleting them."""

from __future__ import annotations

import contextlib

from sandbox.driver import HostError, HostSpec
from sandbox.gcp import links
from sandbox.gcp.cloud import Call, Cloud, handles
from sandbox.gcp.compute import addresses, capacity, common, guests, instance_shape, nics, power, quotas
from sandbox.gcp.compute.instance_shape import Plan
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError
from sandbox.gcp.listing import aggregated, listed
from sandbox.gcp.store import Resource


@handles("compute.instances.get", locked=False)
def get_instance(call: Call) -> Json:
    """instances.get."""
    with call.cloud.store.lock:
        path, _ = common.named(call)
    power.refresh(call.cloud, [path])
    with call.cloud.store.lock:
        return common.get(call, path)


@handles("compute.instances.list", locked=False)
def list_instances(call: Call) -> Json:
    """instances.list."""
    _refresh(call)
    with call.cloud.store.lock:
        return listed(call, call.cloud.store.children(call.collection))


@handles("compute.instances.aggregatedList", locked=False)
def aggregate_instances(call: Call) -> Json:
    """instances.aggregatedList."""
    _refresh(call)
    with call.cloud.store.lock:
        return aggregated(call, "instances", [item for _, item in call.cloud.store.items("instances", call.project)])


@handles("compute.instances.insert")
def insert_instance(call: Call) -> Json:
    """instances.insert."""
    plan = instance_shape.plan(call)
    store = call.cloud.store

    def prepare() -> None:
        store.resources[plan.path] = plan.instance
        store.resources[plan.disk.path] = plan.disk.resource
        address = nics.public_address(plan.instance)
        if address:
            addresses.attach(call.cloud, address, plan.instance)

    return call.cloud.operations.start(call, "insert", plan.path, lambda: _make(call.cloud, plan), prepare)


@handles("compute.instances.delete")
def delete_instance(call: Call) -> Json:
    """instances.delete."""
    path, instance = common.named(call)
    if instance["deletionProtection"]:
        message = "Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion'."
        raise ApiError(400, "invalidResourceUsage", message)
    return call.cloud.operations.start(call, "delete", path, lambda: _unmake(call.cloud, path))


def _refresh(call: Call) -> None:
    """Looks at the hosts of the project's instances."""
    with call.cloud.store.lock:
        paths = [path for path, _ in call.cloud.store.items("instances", call.project)]
    power.refresh(call.cloud, paths)


def _make(cloud: Cloud, plan: Plan) -> None:
    """Makes and boots the host; of one that fails nothing stays."""
    try:
        with cloud.store.lock:
            capacity.check(cloud, plan.path, plan.instance)
            quotas.check_region(cloud, plan.path, "CPUS", "IN_USE_ADDRESSES", "INSTANCES", "DISKS_TOTAL_GB")
        address = power.give_address(cloud, plan.instance)
        _create_host(cloud, plan, address)
        power.boot(cloud, plan.path, plan.instance, address)
    except BaseException:
        forget(cloud, plan.path, plan.instance, keep_disks=False)
        raise


def _create_host(cloud: Cloud, plan: Plan, address: str | None) -> None:
    instance = plan.instance
    with cloud.store.change():
        name = _host_name(cloud, plan.path)
        spec = HostSpec(
            name=name,
            hostname=str(instance.get("hostname", instance["name"])),
            family=plan.disk.family.name,
            address=address,
            disk_gb=int(plan.disk.resource["sizeGb"]),
        )
        cloud.store.hosts[plan.path] = name
        metadata, rules = guests.metadata(cloud, instance), guests.port_rules(cloud, instance)
    cloud.hosts.create(spec, metadata, rules)
    with cloud.store.change():
        instance["status"] = "STAGING"
        changed = (metadata, rules) != (guests.metadata(cloud, instance), guests.port_rules(cloud, instance))
    if changed:
        guests.push_metadata(cloud, plan.path)
        guests.push_rules(cloud, plan.path)


def _unmake(cloud: Cloud, path: str) -> None:
    with cloud.store.change():
        instance = cloud.store.resources[path]
        before, instance["status"] = instance["status"], "STOPPING"
        host = cloud.store.hosts.get(path)
    try:
        if host:
            cloud.hosts.delete(host)
    except BaseException:
        with cloud.store.change():
            instance["status"] = before
        raise
    forget(cloud, path, instance, keep_disks=True)


def forget(cloud: Cloud, path: str, instance: Resource, *, keep_disks: bool) -> None:
    """Removes an instance from the records, with the host if one was begun, its address and the disks of its own."""
    host = cloud.store.hosts.get(path)
    if host and not keep_disks:
        with contextlib.suppress(HostError):
            cloud.hosts.delete(host)
    power.take_address(cloud, instance)
    with cloud.store.change():
        address = nics.public_address(instance)
        if address:
            addresses.detach(cloud, address)
        cloud.store.resources.pop(path, None)
        cloud.store.hosts.pop(path, None)
        for attached in instance["disks"]:
            disk = attached["source"].removeprefix(links.BASE)
            if not keep_disks or attached["autoDelete"]:
                cloud.store.resources.pop(disk, None)
            elif disk in cloud.store.resources:
                cloud.store.resources[disk].pop("users", None)
                cloud.store.resources[disk]["lastDetachTimestamp"] = links.now()


def _host_name(cloud: Cloud, path: str) -> str:
    """The instance's own name, unless a machine of another zone or project has it: hosts are named without those."""
    name, zone, project = links.name_of(path), path.split("/")[3], links.project_of(path)
    candidates = (name, f"{name}-{zone}", f"{name}-{zone}-{project}")
    return next(found for found in candidates if found not in cloud.store.hosts.values())
