# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes to an instance that exists: metadata, tags, machine type, service account, protection."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.gcp import catalog
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common, guests, instance_shape, metadata
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, invalid
from sandbox.gcp.store import Resource


@handles("compute.instances.setMetadata")
def set_metadata(call: Call) -> Json:
    """instances.setMetadata: replaces the whole set."""
    metadata.check("resource", call.body)
    path, _ = common.named(call)
    return _replace(call, "metadata", metadata.shape(call.body), lambda: guests.push_metadata(call.cloud, path))


@handles("compute.instances.setTags")
def set_tags(call: Call) -> Json:
    """instances.setTags: replaces the whole set; the rules of every host may change with it."""
    return _replace(call, "tags", instance_shape.tags("resource", call.body), lambda: guests.push_rules(call.cloud))


@handles("compute.instances.setServiceAccount")
def set_service_account(call: Call) -> Json:
    """instances.setServiceAccount: only while the instance is stopped; no email takes the account away."""
    path, instance = common.named(call)
    accounts = [instance_shape.account(call, "resource", call.body)] if call.body.get("email") else []
    _check_stopped(instance, "service account")

    def work() -> None:
        _check_stopped(instance, "service account")
        with call.cloud.store.change():
            instance.pop("serviceAccounts", None)
            _apply(call, instance, {"serviceAccounts": accounts} if accounts else {})
        # Firewall rules may be for machines with an account.
        guests.push_rules(call.cloud)

    return call.cloud.operations.start(call, "setServiceAccount", path, work)


@handles("compute.instances.updateShieldedInstanceConfig")
def update_shielded_instance_config(call: Call) -> Json:
    """instances.updateShieldedInstanceConfig: only while the instance is stopped; what is not given stays."""
    path, instance = common.named(call)
    _check_stopped(instance, "Shielded VM config")

    def work() -> None:
        _check_stopped(instance, "Shielded VM config")
        _apply(call, instance, {"shieldedInstanceConfig": instance["shieldedInstanceConfig"] | call.body})

    return call.cloud.operations.start(call, "updateShieldedInstanceConfig", path, work)


@handles("compute.instances.setMachineType")
def set_machine_type(call: Call) -> Json:
    """instances.setMachineType: only while the instance is stopped."""
    path, instance = common.named(call)
    machine = instance_shape.machine_type(call, "machineType", call.body.get("machineType", ""))
    _check_stopped(instance, "machine type")

    def work() -> None:
        _check_stopped(instance, "machine type")
        platform = catalog.series(machine)["platform"]
        _apply(call, instance, {"machineType": instance_shape.machine_link(call, machine), "cpuPlatform": platform})

    return call.cloud.operations.start(call, "setMachineType", path, work)


@handles("compute.instances.setDiskAutoDelete")
def set_disk_auto_delete(call: Call) -> Json:
    """instances.setDiskAutoDelete: whether a disk goes with its instance."""
    path, instance = common.named(call)
    name = call.params["deviceName"]
    attached = next((disk for disk in instance["disks"] if disk["deviceName"] == name), None)
    if attached is None:
        raise invalid("deviceName", name, "No attached disk found with this device name.")

    def work() -> None:
        with call.cloud.store.change():
            attached["autoDelete"] = call.params["autoDelete"]
            instance_shape.stamp(instance)

    return call.cloud.operations.start(call, "setDiskAutoDelete", path, work)


@handles("compute.instances.setDeletionProtection")
def set_deletion_protection(call: Call) -> Json:
    """instances.setDeletionProtection: on unless the parameter says false."""
    path, instance = common.named(call)
    change = {"deletionProtection": call.params["deletionProtection"]}
    return call.cloud.operations.start(call, "setDeletionProtection", path, lambda: _apply(call, instance, change))


def _replace(call: Call, field: str, value: Json, tell: Callable[[], None]) -> Json:
    """Replaces what is under a fingerprint, which is held against the current one now and when it is done."""
    path, instance = common.named(call)
    given = call.body.get("fingerprint")
    common.check_fingerprint(field, instance[field]["fingerprint"], given)

    def work() -> None:
        with call.cloud.store.lock:
            common.check_fingerprint(field, instance[field]["fingerprint"], given)
            _apply(call, instance, {field: value})
        tell()

    return call.cloud.operations.start(call, call.method.id.rsplit(".", 1)[1], path, work)


def _apply(call: Call, instance: Resource, change: Json) -> None:
    with call.cloud.store.change():
        instance |= change
        instance_shape.stamp(instance)


def _check_stopped(instance: Resource, what: str) -> None:
    if instance["status"] != "TERMINATED":
        message = (
            f"Invalid resource usage: 'The {what} of instance '{instance['name']}' can only be changed while it is "
            f"TERMINATED; it is {instance['status']}. Stop it first.'."
        )
        raise ApiError(400, "invalidResourceUsage", message)
