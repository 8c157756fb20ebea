# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access configs of an instance that exists: its public address, given and taken away."""

from __future__ import annotations

from sandbox.gcp import links
from sandbox.gcp.cloud import Call, Cloud, handles
from sandbox.gcp.compute import addresses, common, guests, instance_shape, nics, power, quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, invalid
from sandbox.gcp.store import Resource


@handles("compute.instances.addAccessConfig")
def add_access_config(call: Call) -> Json:
    """instances.addAccessConfig: one to an interface, at a reserved address or an ephemeral one."""
    path, instance = common.named(call)
    _check_interface(call)
    _check_none(instance)
    region = links.region_of(call.params["zone"])
    config = nics.access_config(call, "resource", call.body, region)

    def work() -> None:
        with call.cloud.store.change():
            _check_none(instance)
            if "natIP" in config:
                addresses.check_usable(call.cloud, "resource.natIP", config["natIP"], region)
                addresses.attach(call.cloud, config["natIP"], instance)
            instance["networkInterfaces"][0]["accessConfigs"] = [config]
        try:
            _connect(call.cloud, path, instance)
        except BaseException:
            _disconnect(call.cloud, instance)
            raise

    return call.cloud.operations.start(call, "addAccessConfig", path, work)


@handles("compute.instances.deleteAccessConfig")
def delete_access_config(call: Call) -> Json:
    """instances.deleteAccessConfig."""
    path, instance = common.named(call)
    _check_interface(call)
    _check_named(call, instance)

    def work() -> None:
        _check_named(call, instance)
        if instance["status"] == "RUNNING":
            call.cloud.hosts.readdress(call.cloud.store.hosts[path], None)
        _disconnect(call.cloud, instance)

    return call.cloud.operations.start(call, "deleteAccessConfig", path, work)


def _connect(cloud: Cloud, path: str, instance: Resource) -> None:
    """Gives a running host its address; a stopped one gets it when it boots."""
    with cloud.store.lock:
        quotas.check_region(cloud, path, "IN_USE_ADDRESSES")
    if instance["status"] == "RUNNING":
        cloud.hosts.readdress(cloud.store.hosts[path], power.give_address(cloud, instance))
    _stamp(cloud, instance)
    guests.push_rules(cloud)


def _disconnect(cloud: Cloud, instance: Resource) -> None:
    """Removes the access config from the records."""
    power.take_address(cloud, instance)
    with cloud.store.change():
        address = nics.public_address(instance)
        if address:
            addresses.detach(cloud, address)
        instance["networkInterfaces"][0].pop("accessConfigs", None)
    _stamp(cloud, instance)


def _stamp(cloud: Cloud, instance: Resource) -> None:
    with cloud.store.change():
        nics.stamp(instance["networkInterfaces"][0])
        instance_shape.stamp(instance)


def _check_interface(call: Call) -> None:
    name = call.params["networkInterface"]
    if name != "nic0":
        raise invalid("networkInterface", name, "The specified network interface does not exist.")


def _check_none(instance: Resource) -> None:
    if nics.config_of(instance):
        raise ApiError(400, "invalid", "At most one access config currently supported.")


def _check_named(call: Call, instance: Resource) -> None:
    config, name = nics.config_of(instance), call.params["accessConfig"]
    if config is None or config["name"] != name:
        raise invalid("accessConfig", name, "The specified access config does not exist.")
