# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reserved addresses: made, labelled, promoted, attached, deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.sandbox.gcp.support import REGION, Api, FakeHosts, Json, P, R, Z

ADDRESS = f"{R}/addresses/ml-zoom-ip"


def test_insert(api: Api, reserve: Callable[..., str]) -> None:
    address = reserve(description="for the workstation")
    found = api.get(ADDRESS)
    assert found | {"address": address, "status": "RESERVED", "description": "for the workstation"} == found
    assert (found["addressType"], found["networkTier"]) == ("EXTERNAL", "PREMIUM")
    assert api.get(f"{R}/addresses")["items"] == [found]
    assert api.get(f"{P}/aggregated/addresses")["items"][f"regions/{REGION}"]["addresses"] == [found]


def test_labels_are_set_by_set_labels_only(api: Api, reserve: Callable[..., str]) -> None:
    reserve(labels={"workstation": "x"})
    found = api.get(ADDRESS)
    assert "labels" not in found
    body = {"labels": {"workstation": "x"}, "labelFingerprint": found["labelFingerprint"]}
    api.did("POST", f"{ADDRESS}/setLabels", body)
    assert api.get(ADDRESS)["labels"] == {"workstation": "x"}
    assert api.error("POST", f"{ADDRESS}/setLabels", body)[:2] == (412, "conditionNotMet")


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"name": "Static"}, 400, "Must be a match of regex"),
        ({"name": "x", "addressType": "INTERNAL"}, 501, "internal addresses"),
        ({"name": "x", "ipVersion": "IPV6"}, 501, "IPv6"),
        ({"name": "x", "purpose": "VPC_PEERING"}, 400, "cannot be specified for an external address"),
        ({"name": "x", "address": "8.8.8.8"}, 400, "not in use by a resource of region"),
        ({"name": "x", "networkTier": "GOLD"}, 400, "TYPE_ENUM"),
    ],
)
def test_refusals(api: Api, body: Json, status: int, message: str) -> None:
    found = api.error("POST", f"{R}/addresses", body)
    assert found[0] == status
    assert message in found[2]


def test_taken_name_and_quota(api: Api, reserve: Callable[..., str]) -> None:
    for number in range(8):
        reserve(f"a{number}")
    assert api.error("POST", f"{R}/addresses", {"name": "a1"})[:2] == (409, "alreadyExists")
    found = api.error("POST", f"{R}/addresses", {"name": "a9"})
    assert found == (403, "quotaExceeded", f"Quota 'STATIC_ADDRESSES' exceeded.  Limit: 8.0 in region {REGION}.")


def test_in_use(api: Api, hosts: FakeHosts, reserve: Callable[..., str], make: Callable[..., Json]) -> None:
    address = reserve()
    instance = make(nat={"natIP": address})
    assert hosts.made["mlops-zoom"].address == address
    found = api.get(ADDRESS)
    assert (found["status"], found["users"]) == ("IN_USE", [instance["selfLink"]])
    status, reason, message = api.error("DELETE", ADDRESS)
    assert (status, reason) == (400, "resourceInUseByAnotherResource")
    assert message == f"The address resource '{ADDRESS}' is already being used by '{Z}/instances/mlops-zoom'"
    api.did("DELETE", f"{Z}/instances/mlops-zoom")
    found = api.get(ADDRESS)
    assert (found["status"], "users" in found) == ("RESERVED", False)
    assert address not in hosts.released
    api.did("DELETE", ADDRESS)
    assert hosts.released == [address]
    assert api.error("GET", ADDRESS)[0] == 404


def test_promotion_keeps_a_machines_address(
    api: Api, hosts: FakeHosts, reserve: Callable[..., str], make: Callable[..., Json]
) -> None:
    instance = make()
    ephemeral = instance["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    assert reserve(address=ephemeral) == ephemeral
    found = api.get(ADDRESS)
    assert (found["status"], found["users"]) == ("IN_USE", [instance["selfLink"]])
    for action in ("stop", "start"):
        api.did("POST", f"{Z}/instances/mlops-zoom/{action}")
    assert hosts.made["mlops-zoom"].address == ephemeral
    assert hosts.released == []
    assert "already reserved" in api.error("POST", f"{R}/addresses", {"name": "again", "address": ephemeral})[2]


def test_promotion_is_of_the_same_region_and_tier(api: Api, make: Callable[..., Json]) -> None:
    ephemeral = make()["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    body = {"name": "x", "address": ephemeral}
    assert "not in use by" in api.error("POST", f"{P}/regions/us-central1/addresses", body)[2]
    assert "tier" in api.error("POST", f"{R}/addresses", {**body, "networkTier": "STANDARD"})[2]


def test_no_address_left(api: Api, hosts: FakeHosts) -> None:
    hosts.failing = {"allocate"}
    error = api.failed("POST", f"{R}/addresses", {"name": "x"})
    assert error == {"code": "INTERNAL_ERROR", "message": "the engine refused to allocate"}
    assert "items" not in api.get(f"{R}/addresses")


def test_by_id(api: Api, reserve: Callable[..., str]) -> None:
    reserve()
    found = api.get(ADDRESS)
    assert api.get(f"{R}/addresses/{found['id']}") == found
    assert "items" not in api.get(f"{P}/global/addresses")
