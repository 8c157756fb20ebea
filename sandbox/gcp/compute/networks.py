# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The default network and its subnetworks, which every new project has, and its first firewall rules."""

from __future__ import annotations

import ipaddress

from sandbox.gcp import catalog, links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common
from sandbox.gcp.discovery import Json
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


def path(project: str) -> str:
    """The default network."""
    return f"projects/{project}/global/networks/default"


def subnetwork_path(project: str, region: str) -> str:
    """The default network's subnetwork in a region."""
    return f"projects/{project}/regions/{region}/subnetworks/default"


def seed(store: Store, project: str) -> None:
    """What a new project starts with."""
    resources = [_network(project), *(_subnetwork(project, region) for region in catalog.regions())]
    resources += [_first_rule(project, name) for name in FIRST_RULES]
    store.resources.update({common.path_of(item): item for item in resources})


def _network(project: str) -> Resource:
    return common.base("network", path(project)) | {
        "description": "Default network for the project",
        "autoCreateSubnetworks": True,
        "subnetworks": [links.link(subnetwork_path(project, region)) for region in catalog.regions()],
        "routingConfig": {"routingMode": "REGIONAL"},
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    }


def _subnetwork(project: str, region: str) -> Resource:
    span = catalog.table()["regions"][region]["subnet"]
    return common.base("subnetwork", subnetwork_path(project, region)) | {
        "network": links.link(path(project)),
        "ipCidrRange": span,
        "gatewayAddress": str(ipaddress.IPv4Network(span)[1]),
        "region": links.link(f"projects/{project}/regions/{region}"),
        "privateIpGoogleAccess": False,
        "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
        "fingerprint": links.fingerprint(span),
        "purpose": "PRIVATE",
        "stackType": "IPV4_ONLY",
    }


def _first_rule(project: str, name: str) -> Resource:
    description, source, allowed = FIRST_RULES[name]
    return common.base("firewall", f"projects/{project}/global/firewalls/{name}") | {
        "description": description,
        "network": links.link(path(project)),
        "priority": 65534,
        "direction": "INGRESS",
        "sourceRanges": [source],
        "allowed": allowed,
        "disabled": False,
        "logConfig": {"enable": False},
    }
