# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Public addresses given to and taken from an instance that exists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.sandbox.gcp.support import Api, FakeHosts, Json, R, Z

VM = f"{Z}/instances/mlops-zoom"
NIC = {"networkInterface": "nic0"}
CONFIG = {"name": "External NAT", "type": "ONE_TO_ONE_NAT"}


def take(api: Api) -> None:
    """Takes the public address away."""
    api.did("POST", f"{VM}/deleteAccessConfig", accessConfig="External NAT", **NIC)


def test_swap_to_a_reserved_address(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], reserve: Callable[..., str]
) -> None:
    nic = make()["networkInterfaces"][0]
    address = reserve()
    take(api)
    assert hosts.made["mlops-zoom"].address is None
    assert hosts.released == [nic["accessConfigs"][0]["natIP"]]
    assert "accessConfigs" not in api.get(VM)["networkInterfaces"][0]
    api.did("POST", f"{VM}/addAccessConfig", {**CONFIG, "natIP": address}, **NIC)
    after = api.get(VM)["networkInterfaces"][0]
    assert hosts.made["mlops-zoom"].address == after["accessConfigs"][0]["natIP"] == address
    assert after["fingerprint"] != nic["fingerprint"]
    assert hosts.made["mlops-zoom"].boots == 1
    assert api.get(f"{R}/addresses/ml-zoom-ip")["status"] == "IN_USE"
    take(api)
    assert api.get(f"{R}/addresses/ml-zoom-ip")["status"] == "RESERVED"


def test_ephemeral(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make(nat=None)
    api.did("POST", f"{VM}/addAccessConfig", CONFIG, **NIC)
    config = api.get(VM)["networkInterfaces"][0]["accessConfigs"][0]
    assert config["natIP"] == hosts.made["mlops-zoom"].address


def test_of_a_stopped_machine(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], reserve: Callable[..., str]
) -> None:
    make(nat=None)
    address = reserve()
    api.did("POST", f"{VM}/stop")
    api.did("POST", f"{VM}/addAccessConfig", {**CONFIG, "natIP": address}, **NIC)
    assert hosts.made["mlops-zoom"].address is None
    api.did("POST", f"{VM}/start")
    assert hosts.made["mlops-zoom"].address == address


@pytest.mark.parametrize(
    ("verb", "body", "query", "message"),
    [
        ("addAccessConfig", CONFIG, NIC, "At most one access config currently supported."),
        ("addAccessConfig", CONFIG, {"networkInterface": "nic1"}, "network interface does not exist"),
        ("deleteAccessConfig", None, {**NIC, "accessConfig": "other"}, "access config does not exist"),
    ],
)
def test_refusals(api: Api, make: Callable[..., Json], verb: str, body: Json | None, query: Json, message: str) -> None:
    make()
    status, _, text = api.error("POST", f"{VM}/{verb}", body, **query)
    assert status == 400
    assert message in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"natIP": "8.8.8.8"}, "was not found in region"),
        ({"type": "DIRECT_IPV6"}, "Must be ONE_TO_ONE_NAT."),
        ({"networkTier": "FIXED_STANDARD"}, "Must be one of PREMIUM, STANDARD."),
    ],
)
def test_bad_configs(api: Api, make: Callable[..., Json], change: Json, message: str) -> None:
    make(nat=None)
    assert message in api.error("POST", f"{VM}/addAccessConfig", CONFIG | change, **NIC)[2]


def test_tiers_have_to_agree(api: Api, make: Callable[..., Json], reserve: Callable[..., str]) -> None:
    make(nat=None)
    address = reserve(networkTier="STANDARD")
    assert "tier" in api.error("POST", f"{VM}/addAccessConfig", CONFIG | {"natIP": address}, **NIC)[2]


def test_a_host_that_cannot_be_readdressed(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], reserve: Callable[..., str]
) -> None:
    make(nat=None)
    address = reserve()
    hosts.failing = {"readdress"}
    error = api.failed("POST", f"{VM}/addAccessConfig", CONFIG | {"natIP": address}, **NIC)
    assert error["message"] == "the engine refused to readdress"
    assert "accessConfigs" not in api.get(VM)["networkInterfaces"][0]
    assert api.get(f"{R}/addresses/ml-zoom-ip")["status"] == "RESERVED"
