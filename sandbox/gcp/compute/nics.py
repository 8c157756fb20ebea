# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network interfaces and their access configs."""

from __future__ import annotations

import ipaddress

from sandbox.gcp import links
from sandbox.gcp.cloud import Call
from sandbox.gcp.compute import addresses, networks
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, invalid, unsupported
from sandbox.gcp.store import Resource

UNSUPPORTED = ("aliasIpRanges", "ipv6AccessConfigs", "networkAttachment")
TIERS = ("PREMIUM", "STANDARD")


def plan(call: Call) -> Json:
    """The interface of an insert, checked; an ephemeral address is given later."""
    wanted = call.body.get("networkInterfaces", [])
    if not wanted:
        raise invalid("resource.networkInterfaces", "", "At least one network interface is required.")
    if len(wanted) > 1:
        raise unsupported("more than one network interface on a machine")
    for name in UNSUPPORTED:
        if wanted[0].get(name):
            raise unsupported(f"the network interface field '{name}'")
    if wanted[0].get("stackType", "IPV4_ONLY") != "IPV4_ONLY":
        raise unsupported("IPv6 addresses")
    field = "resource.networkInterfaces[0]"
    region = links.region_of(call.params["zone"])
    configs = wanted[0].get("accessConfigs", [])
    if len(configs) > 1:
        raise invalid(f"{field}.accessConfigs", "", "At most one access config currently supported.")
    subnetwork = _subnetwork(call, field, wanted[0], region)
    nic: Json = {
        "kind": "compute#networkInterface",
        "name": "nic0",
        "network": subnetwork["network"],
        "subnetwork": subnetwork["selfLink"],
        "networkIP": _internal(call, field, wanted[0], subnetwork),
        "stackType": "IPV4_ONLY",
    }
    if configs:
        nic["accessConfigs"] = [access_config(call, f"{field}.accessConfigs[0]", configs[0], region)]
    return stamp(nic)


def access_config(call: Call, field: str, wanted: Json, region: str) -> Json:
    """An access config, checked: its address, where given, is reserved in the region and free."""
    if wanted.get("type", "ONE_TO_ONE_NAT") != "ONE_TO_ONE_NAT":
        raise invalid(f"{field}.type", wanted["type"], "Must be ONE_TO_ONE_NAT.")
    tier = wanted.get("networkTier", "PREMIUM")
    if tier not in TIERS:
        raise invalid(f"{field}.networkTier", tier, f"Must be one of {', '.join(TIERS)}.")
    config = {
        "kind": "compute#accessConfig",
        "type": "ONE_TO_ONE_NAT",
        "name": wanted.get("name", "external-nat"),
        "networkTier": tier,
    }
    if wanted.get("natIP"):
        addresses.check_usable(call.cloud, f"{field}.natIP", wanted["natIP"], region)
        _check_tier(call, field, wanted["natIP"], tier)
        config["natIP"] = wanted["natIP"]
    return config


def config_of(instance: Resource) -> Json | None:
    """The access config of an instance, if it has one."""
    configs = instance["networkInterfaces"][0].get("accessConfigs", [])
    return configs[0] if configs else None


def public_address(instance: Resource) -> str | None:
    """The public address an instance has now."""
    config = config_of(instance)
    return config.get("natIP") if config else None


def stamp(nic: Json) -> Json:
    """Gives an interface the fingerprint of what it holds now."""
    nic["fingerprint"] = links.fingerprint({key: value for key, value in nic.items() if key != "fingerprint"})
    return nic


def _check_tier(call: Call, field: str, address: str, tier: str) -> None:
    found = addresses.reserved(call.cloud, address)
    if found and found["networkTier"] != tier:
        why = f"The network tier of external IP address is {found['networkTier']}, that of access config is {tier}."
        raise invalid(f"{field}.networkTier", tier, why)


def _subnetwork(call: Call, field: str, wanted: Json, region: str) -> Resource:
    """The subnetwork of an interface: the one named, or else that of its network in the region."""
    reference = wanted.get("subnetwork", "")
    network = networks.find(call, f"{field}.network", wanted.get("network", "")) if not reference else None
    if network is not None and not network["autoCreateSubnetworks"]:
        why = "Network interface must specify a subnet if the network resource is in custom subnet mode."
        raise ApiError(400, "badRequest", why)
    named = reference or (network["name"] if network else "")
    path = links.path_of(named, call.project, f"regions/{region}/subnetworks") or ""
    found = call.cloud.store.resources.get(path)
    if found is None or links.region_in(path) != region or links.project_of(path) != call.project:
        raise invalid(f"{field}.subnetwork", named, "The referenced subnetwork resource cannot be found.")
    if (
        wanted.get("network")
        and networks.find(call, f"{field}.network", wanted["network"])["selfLink"] != found["network"]
    ):
        raise invalid(f"{field}.subnetwork", named, "The subnetwork is not one of the network specified.")
    return found


def _internal(call: Call, field: str, wanted: Json, subnetwork: Resource) -> str:
    """An internal address: the one asked for or the first free one (the first is the gateway's)."""
    net = ipaddress.IPv4Network(subnetwork["ipCidrRange"])
    others = [nic for _, item in call.cloud.store.items("instances", call.project) for nic in item["networkInterfaces"]]
    taken = {nic["networkIP"] for nic in others if nic["subnetwork"] == subnetwork["selfLink"]}
    given = wanted.get("networkIP")
    if given is None:
        return next(str(host) for host in net.hosts() if host != net[1] and str(host) not in taken)
    try:
        good = ipaddress.IPv4Address(given) in net and given not in taken
    except ValueError:
        good = False
    if not good:
        raise invalid(f"{field}.networkIP", given, f"Requested internal IP address is in use or not in {net}.")
    return str(given)
