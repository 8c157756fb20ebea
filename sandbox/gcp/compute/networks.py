# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks and subnetworks: the default ones with their first firewall rules, and those that people make."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from sandbox.gcp import catalog, errors, links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common, quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import invalid
from sandbox.gcp.listing import aggregated, listed
from sandbox.gcp.store import Resource, Store

INTERNAL = "10.128.0.0/9"
FIRST_RULES: dict[str, tuple[str, str, list[Json]]] = {
    "default-allow-icmp": ("Allow ICMP from anywhere", "0.0.0.0/0", [{"IPProtocol": "icmp"}]),
    "default-allow-internal": (
        "Allow internal traffic on the default network",
        INTERNAL,
        [{"IPProtocol": name, "ports": ["0-65535"]} for name in ("tcp", "udp")] + [{"IPProtocol": "icmp"}],
    ),
    "default-allow-rdp": ("Allow RDP from anywhere", "0.0.0.0/0", [{"IPProtocol": "tcp", "ports": ["3389"]}]),
    "default-allow-ssh": ("Allow SSH from anywhere", "0.0.0.0/0", [{"IPProtocol": "tcp", "ports": ["22"]}]),
}


@handles("compute.networks.get", "compute.subnetworks.get")
def get_network(call: Call) -> Json:
    """networks.get, subnetworks.get."""
    return common.get(call, call.path)


@handles("compute.networks.list", "compute.subnetworks.list")
def list_networks(call: Call) -> Json:
    """networks.list, subnetworks.list."""
    return listed(call, call.cloud.store.children(call.collection))


@handles("compute.subnetworks.aggregatedList")
def aggregate_subnetworks(call: Call) -> Json:
    """subnetworks.aggregatedList."""
    return aggregated(call, "subnetworks", [item for _, item in call.cloud.store.items("subnetworks", call.project)])


@handles("compute.networks.insert")
def insert_network(call: Call) -> Json:
    """networks.insert: with a subnetwork in every region, or without any."""
    path = common.check_new(call, call.body.get("name", ""))
    if "autoCreateSubnetworks" not in call.body:
        why = "Legacy networks can no longer be made: set it to true (auto mode) or false (custom mode)."
        raise invalid("resource.autoCreateSubnetworks", "", why)
    quotas.check_project(call.cloud, call.project, "NETWORKS")
    resources = _with_subnetworks(_network(path, call.body), call.project)

    def prepare() -> None:
        call.cloud.store.resources.update({common.path_of(item): item for item in resources})

    return call.cloud.operations.start(call, "insert", path, lambda: None, prepare)


@handles("compute.subnetworks.insert")
def insert_subnetwork(call: Call) -> Json:
    """subnetworks.insert: in a network of custom mode, with a range that no other of its subnetworks overlaps."""
    path = common.check_new(call, call.body.get("name", ""))
    network = find(call, "resource.network", call.body.get("network", ""))
    if network["autoCreateSubnetworks"]:
        raise invalid("resource.network", call.body["network"], "Cannot create subnetworks in an auto mode network.")
    span = _free_range(call, network)
    resource = _subnetwork(path, network, span, call.body)

    def prepare() -> None:
        call.cloud.store.resources[path] = resource
        network.setdefault("subnetworks", []).append(resource["selfLink"])

    return call.cloud.operations.start(call, "insert", path, lambda: None, prepare)


@handles("compute.networks.delete")
def delete_network(call: Call) -> Json:
    """networks.delete: refused while a rule, a machine or a subnetwork that was made by hand uses it."""
    path, network = common.named(call)
    own = network.get("subnetworks", []) if network["autoCreateSubnetworks"] else []

    def work() -> None:
        with call.cloud.store.change():
            _check_unused(call, "network", network, own)
            for name in (path, *(subnetwork.removeprefix(links.BASE) for subnetwork in own)):
                del call.cloud.store.resources[name]

    _check_unused(call, "network", network, own)
    return call.cloud.operations.start(call, "delete", path, work)


@handles("compute.subnetworks.delete")
def delete_subnetwork(call: Call) -> Json:
    """subnetworks.delete: refused while a machine uses it."""
    path, subnetwork = common.named(call)
    network = call.cloud.store.resources[subnetwork["network"].removeprefix(links.BASE)]

    def work() -> None:
        with call.cloud.store.change():
            _check_unused(call, "subnetwork", subnetwork, [])
            del call.cloud.store.resources[path]
            network["subnetworks"].remove(subnetwork["selfLink"])

    _check_unused(call, "subnetwork", subnetwork, [])
    return call.cloud.operations.start(call, "delete", path, work)


def find(call: Call, field: str, reference: str) -> Resource:
    """The network of the project that a reference in a field names; none named, the default one."""
    path = links.path_of(reference or "default", call.project, "global/networks") or ""
    if path.split("/")[3:4] != ["networks"]:
        raise invalid(field, reference, "The URL is malformed.")
    if links.project_of(path) != call.project or path not in call.cloud.store.resources:
        raise invalid(field, reference or links.link(path), "The referenced network resource cannot be found.")
    return call.cloud.store.resources[path]


def seed(store: Store, project: str) -> None:
    """What a new project starts with."""
    described = {"description": "Default network for the project", "autoCreateSubnetworks": True}
    network = _network(f"projects/{project}/global/networks/default", described)
    resources = [*_with_subnetworks(network, project), *(_first_rule(network, name) for name in FIRST_RULES)]
    store.resources.update({common.path_of(item): item for item in resources})


def _network(path: str, body: Json) -> Resource:
    network = common.base("network", path) | {
        "description": body.get("description", ""),
        "autoCreateSubnetworks": body["autoCreateSubnetworks"],
        "routingConfig": {"routingMode": "REGIONAL"} | body.get("routingConfig", {}),
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    }
    return network | ({"mtu": body["mtu"]} if "mtu" in body else {})


def _with_subnetworks(network: Resource, project: str) -> list[Resource]:
    """A network and, in auto mode, its subnetwork in each region, all of the network's name."""
    if not network["autoCreateSubnetworks"]:
        return [network]
    subnetworks = [
        _subnetwork(f"projects/{project}/regions/{region}/subnetworks/{network['name']}", network, row["subnet"], {})
        for region, row in catalog.table()["regions"].items()
    ]
    network["subnetworks"] = [subnetwork["selfLink"] for subnetwork in subnetworks]
    return [network, *subnetworks]


def _free_range(call: Call, network: Resource) -> str:
    text = str(call.body.get("ipCidrRange", ""))
    try:
        span = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise invalid("resource.ipCidrRange", text, "Must be a CIDR address range with no bits beyond it.") from error
    for _, other in call.cloud.store.items("subnetworks", call.project):
        if other["network"] == network["selfLink"] and ipaddress.IPv4Network(other["ipCidrRange"]).overlaps(span):
            why = f"Invalid IPCidrRange: {text} conflicts with existing subnetwork '{other['name']}'."
            raise invalid("resource.ipCidrRange", text, why)
    return text


def _check_unused(call: Call, kind: str, resource: Resource, own: Sequence[str]) -> None:
    """Refuses while something other than the network's own subnetworks refers to the resource."""
    link, store = resource["selfLink"], call.cloud.store
    users = [item for name in ("firewalls", "subnetworks") for _, item in store.items(name, call.project)]
    users = [item for item in users if item["network"] == link and item["selfLink"] not in own]
    for _, machine in store.items("instances", call.project):
        if any(link in (nic["network"], nic["subnetwork"]) for nic in machine["networkInterfaces"]):
            users.append(machine)
    if users:
        raise errors.in_use(kind, common.path_of(resource), common.path_of(users[0]))


def _subnetwork(path: str, network: Resource, span: str, body: Json) -> Resource:
    project, region = links.project_of(path), links.region_in(path)
    return common.base("subnetwork", path) | {
        "network": network["selfLink"],
        "ipCidrRange": span,
        "gatewayAddress": str(ipaddress.IPv4Network(span)[1]),
        "region": links.link(f"projects/{project}/regions/{region}"),
        "privateIpGoogleAccess": body.get("privateIpGoogleAccess", False),
        "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
        "fingerprint": links.fingerprint(span),
        "purpose": "PRIVATE",
        "stackType": "IPV4_ONLY",
    }


def _first_rule(network: Resource, name: str) -> Resource:
    description, source, allowed = FIRST_RULES[name]
    project = links.project_of(common.path_of(network))
    return common.base("firewall", f"projects/{project}/global/firewalls/{name}") | {
        "description": description,
        "network": network["selfLink"],
        "priority": 65534,
        "direction": "INGRESS",
        "sourceRanges": [source],
        "allowed": allowed,
        "disabled": False,
        "logConfig": {"enable": False},
    }
