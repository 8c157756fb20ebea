# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks and subnetworks beside the default ones, and machines in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.sandbox.gcp.support import REGION, Api, FakeHosts, Json, P, R, Z, machine

NETWORKS = f"{P}/global/networks"
LAB = f"{NETWORKS}/lab"
DESKS = f"{R}/subnetworks/desks"


@pytest.fixture
def lab(api: Api) -> Json:
    """A network of custom mode with one subnetwork."""
    api.did("POST", NETWORKS, {"name": "lab", "autoCreateSubnetworks": False})
    api.did("POST", f"{R}/subnetworks", {"name": "desks", "network": LAB, "ipCidrRange": "10.1.0.0/24"})
    return api.get(DESKS)


def test_custom_mode(api: Api, lab: Json) -> None:
    assert (lab["gatewayAddress"], lab["network"]) == ("10.1.0.1", api.get(LAB)["selfLink"])
    assert api.get(LAB)["subnetworks"] == [lab["selfLink"]]
    assert lab in api.get(f"{P}/aggregated/subnetworks")["items"][f"regions/{REGION}"]["subnetworks"]
    assert {item["name"] for item in api.get(f"{R}/subnetworks")["items"]} == {"default", "desks"}


def test_auto_mode(api: Api) -> None:
    api.did("POST", NETWORKS, {"name": "lab", "autoCreateSubnetworks": True})
    assert len(api.get(LAB)["subnetworks"]) == len(api.get(f"{NETWORKS}/default")["subnetworks"])
    assert api.get(f"{R}/subnetworks/lab")["ipCidrRange"] == api.get(f"{R}/subnetworks/default")["ipCidrRange"]
    api.did("DELETE", LAB)
    assert api.error("GET", f"{R}/subnetworks/lab")[0] == 404


@pytest.mark.parametrize(
    ("interface", "message"),
    [
        ({"network": "global/networks/lab"}, "must specify a subnet if the network resource is in custom subnet mode"),
        ({"network": "global/networks/none"}, "The referenced network resource cannot be found."),
        ({"subnetwork": f"regions/{REGION}/subnetworks/none"}, "The referenced subnetwork resource cannot be found."),
        ({"network": "default", "subnetwork": DESKS}, "is not one of the network specified"),
        ({"subnetwork": DESKS, "networkIP": "10.188.0.9"}, "is in use or not in 10.1.0.0/24"),
    ],
)
def test_interfaces_that_cannot_be(api: Api, lab: Json, interface: Json, message: str) -> None:
    status, _, text = api.error("POST", f"{Z}/instances", machine() | {"networkInterfaces": [interface]})
    assert status == 400
    assert message in text


def test_a_machine_in_a_subnetwork(
    api: Api, hosts: FakeHosts, lab: Json, make: Callable[..., Json], rule: Callable[..., Json]
) -> None:
    rule("default-web")
    rule("lab-web", network=LAB, allowed=[{"IPProtocol": "tcp", "ports": ["8080"]}])
    nic = make(networkInterfaces=[{"subnetwork": DESKS}])["networkInterfaces"][0]
    assert (nic["network"], nic["subnetwork"], nic["networkIP"]) == (lab["network"], lab["selfLink"], "10.1.0.2")
    assert [entry.ports for entry in hosts.made["mlops-zoom"].rules] == [("8080",)]
    for path in (LAB, DESKS):
        assert api.error("DELETE", path)[1] == "resourceInUseByAnotherResource"
    api.did("DELETE", f"{Z}/instances/mlops-zoom")
    api.did("DELETE", f"{P}/global/firewalls/lab-web")
    assert api.error("DELETE", LAB)[2].endswith(f"is already being used by '{DESKS}'")
    api.did("DELETE", DESKS)
    api.did("DELETE", LAB)
    assert [item["name"] for item in api.get(NETWORKS)["items"]] == ["default"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (NETWORKS, {"name": "new"}, "Legacy networks can no longer be made"),
        (NETWORKS, {"name": "New", "autoCreateSubnetworks": True}, "Must be a match of regex"),
        (f"{R}/subnetworks", {"name": "x", "network": "default", "ipCidrRange": "10.1.0.0/24"}, "auto mode network"),
        (f"{R}/subnetworks", {"name": "x", "network": LAB, "ipCidrRange": "10.1.0.9/24"}, "Must be a CIDR"),
        (f"{R}/subnetworks", {"name": "x", "network": LAB, "ipCidrRange": "10.1.0.0/25"}, "'desks'"),
        (f"{R}/subnetworks", {"name": "x", "network": "none", "ipCidrRange": "10.1.0.0/25"}, "cannot be found"),
    ],
)
def test_networks_that_cannot_be(api: Api, lab: Json, path: str, body: Json, message: str) -> None:
    status, _, text = api.error("POST", path, body)
    assert status == 400
    assert message in text


def test_a_project_has_few_networks(api: Api) -> None:
    for number in range(4):
        api.did("POST", NETWORKS, {"name": f"lab{number}", "autoCreateSubnetworks": False})
    found = api.error("POST", NETWORKS, {"name": "one-more", "autoCreateSubnetworks": False})
    assert found == (403, "quotaExceeded", "Quota 'NETWORKS' exceeded.  Limit: 5.0 globally.")


def test_a_project_can_be_without_its_default_network(api: Api) -> None:
    for rule in api.get(f"{P}/global/firewalls")["items"]:
        api.did("DELETE", f"{P}/global/firewalls/{rule['name']}")
    api.did("DELETE", f"{NETWORKS}/default")
    assert "items" not in api.get(NETWORKS)
    status, _, message = api.error("POST", f"{Z}/instances", machine())
    assert (status, "networks/default" in message) == (400, True)
