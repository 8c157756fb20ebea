# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reserved public addresses, and who uses which."""

from __future__ import annotations

from sandbox.gcp import errors, links
from sandbox.gcp.cloud import Call, Cloud, handles
from sandbox.gcp.compute import common, quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import invalid, unsupported
from sandbox.gcp.listing import aggregated, listed
from sandbox.gcp.store import Resource


@handles("compute.addresses.get")
def get_address(call: Call) -> Json:
    """addresses.get."""
    return common.get(call, call.path)


@handles("compute.addresses.list", "compute.globalAddresses.list")
def list_addresses(call: Call) -> Json:
    """addresses.list; globalAddresses.list, which is empty: none can be made here."""
    return listed(call, call.cloud.store.children(call.collection))


@handles("compute.addresses.aggregatedList")
def aggregate_addresses(call: Call) -> Json:
    """addresses.aggregatedList."""
    return aggregated(call, "addresses", [item for _, item in call.cloud.store.items("addresses", call.project)])


@handles("compute.addresses.insert")
def insert_address(call: Call) -> Json:
    """addresses.insert: a new address, or with `address` the ephemeral one a machine has now (promotion).

    Labels in the body are ignored, as Google documents: addresses.setLabels sets them.
    """
    path = common.check_new(call, call.body["name"])
    _check(call)
    quotas.check_room(call.cloud, path, "STATIC_ADDRESSES")
    user = _holder(call) if "address" in call.body else None
    resource = _shape(call, path, user)

    def prepare() -> None:
        call.cloud.store.resources[path] = resource

    def work() -> None:
        address = call.body.get("address") or _allocate(call.cloud, path)
        with call.cloud.store.change():
            resource["address"] = address
            resource["status"] = "IN_USE" if user else "RESERVED"

    return call.cloud.operations.start(call, "insert", path, work, prepare)


@handles("compute.addresses.delete")
def delete_address(call: Call) -> Json:
    """addresses.delete: refused while a machine has it."""
    path, resource = common.named(call)
    _check_unused(path, resource)

    def work() -> None:
        with call.cloud.store.change():
            _check_unused(path, resource)
            del call.cloud.store.resources[path]
        call.cloud.hosts.release(resource["address"])

    return call.cloud.operations.start(call, "delete", path, work)


def reserved(cloud: Cloud, address: str) -> Resource | None:
    """The reservation of an address, if there is one."""
    return next((item for _, item in cloud.store.items("addresses") if item.get("address") == address), None)


def check_usable(cloud: Cloud, field: str, address: str, region: str) -> None:
    """400 unless the address is reserved in the region and free."""
    found = reserved(cloud, address)
    if found is None or links.name_of(found["region"]) != region:
        why = f"The specified external IP address '{address}' was not found in region '{region}'."
        raise invalid(field, address, why)
    if found.get("users"):
        raise invalid(field, address, "Specified IP address is in-use and would result in a conflict.")


def attach(cloud: Cloud, address: str, instance: Resource) -> None:
    """Notes that an instance uses an address, if that is reserved."""
    found = reserved(cloud, address)
    if found is not None:
        found |= {"status": "IN_USE", "users": [instance["selfLink"]]}


def detach(cloud: Cloud, address: str) -> bool:
    """Notes that an address is free again; whether it is reserved (an ephemeral one is the caller's to release)."""
    found = reserved(cloud, address)
    if found is None:
        return False
    found["status"] = "RESERVED"
    found.pop("users", None)
    return True


def _allocate(cloud: Cloud, path: str) -> str:
    try:
        return cloud.hosts.allocate()
    except BaseException:
        with cloud.store.change():
            cloud.store.resources.pop(path, None)
        raise


def _check(call: Call) -> None:
    body = call.body
    if body.get("addressType", "EXTERNAL") != "EXTERNAL":
        raise unsupported("internal addresses")
    if body.get("ipVersion", "IPV4") != "IPV4":
        raise unsupported("IPv6 addresses")
    for name in ("purpose", "network", "subnetwork", "prefixLength", "ipCollection"):
        if name in body:
            raise invalid(f"resource.{name}", body[name], "It cannot be specified for an external address.")


def _holder(call: Call) -> Resource:
    """The machine whose ephemeral address is to be kept."""
    address, region = call.body["address"], call.params["region"]
    if reserved(call.cloud, address):
        raise invalid("resource.address", address, "Specified IP address is already reserved.")
    for path, item in call.cloud.store.items("instances", call.project):
        configs = [config for nic in item["networkInterfaces"] for config in nic.get("accessConfigs", ())]
        found = next((config for config in configs if config.get("natIP") == address), None)
        if found and links.region_of(path.split("/")[3]) == region:
            _check_tier(call, found)
            return item
    why = f"Specified IP address is not in use by a resource of region '{region}'; only such can be reserved by value."
    raise invalid("resource.address", address, why)


def _check_tier(call: Call, config: Json) -> None:
    tier = call.body.get("networkTier", "PREMIUM")
    if tier != config["networkTier"]:
        why = f"The network tier of the address in use is {config['networkTier']}."
        raise invalid("resource.networkTier", tier, why)


def _check_unused(path: str, resource: Resource) -> None:
    if resource.get("users"):
        raise errors.in_use("address", path, resource["users"][0].removeprefix(links.BASE))


def _shape(call: Call, path: str, user: Resource | None) -> Resource:
    shape = common.base("address", path) | {
        "description": call.body.get("description", ""),
        "status": "RESERVING",
        "region": links.link(f"projects/{call.project}/regions/{call.params['region']}"),
        "networkTier": call.body.get("networkTier", "PREMIUM"),
        "addressType": "EXTERNAL",
        "labelFingerprint": links.fingerprint({}),
    }
    # The address of a promotion is noted at once: it is no longer ephemeral from here on.
    held = {"users": [user["selfLink"]], "address": call.body["address"]} if user else {}
    return shape | held
