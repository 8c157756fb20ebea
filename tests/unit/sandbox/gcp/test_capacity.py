# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Zones without room, quotas as they are set, and what a machine may be told only while it is off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.sandbox.gcp.support import PROJECT, REGION, ZONE, Api, FakeHosts, Json, P, R, Z, machine

VM = f"{Z}/instances/mlops-zoom"
CODES = ("ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS")
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


@pytest.mark.parametrize("code", CODES)
def test_a_zone_without_room(api: Api, hosts: FakeHosts, reserve: Callable[..., str], code: str) -> None:
    address = reserve()
    api.settings(stockouts={ZONE: code})
    done = api.wait(api.ok("POST", f"{Z}/instances", machine(nat={"natIP": address})))
    [error] = done["error"]["errors"]
    assert (error["code"], done["httpErrorStatusCode"]) == (code, 503)
    assert f"The zone '{Z}' does not have enough resources available" in error["message"]
    assert ("errorDetails" in error) is code.endswith("_WITH_DETAILS")
    assert hosts.made == {}
    assert api.error("GET", VM)[0] == 404
    assert api.get(f"{R}/addresses/ml-zoom-ip")["status"] == "RESERVED"
    elsewhere = machine() | {"machineType": "zones/us-central1-a/machineTypes/e2-micro"}
    api.did("POST", f"{P}/zones/us-central1-a/instances", elsewhere)
    api.settings(stockouts={ZONE: None})
    api.did("POST", f"{Z}/instances", machine(nat={"natIP": address}))


def test_a_machine_that_finds_no_room_to_start_stays_off(api: Api, make: Callable[..., Json]) -> None:
    make()
    api.did("POST", f"{VM}/stop")
    api.settings(stockouts={ZONE: CODES[0]})
    assert api.failed("POST", f"{VM}/start")["code"] == CODES[0]
    assert api.get(VM)["status"] == "TERMINATED"


@pytest.mark.parametrize("key", ["CPUS", f"{REGION}/CPUS"])
def test_quotas_as_they_are_set(api: Api, key: str) -> None:
    api.settings(quotas={key: 1})
    error = api.failed("POST", f"{Z}/instances", machine())
    assert error["message"] == f"Quota 'CPUS' exceeded.  Limit: 1.0 in region {REGION}."
    shown = {region: _limit(api, region) for region in (REGION, "us-central1")}
    assert shown == {REGION: 1, "us-central1": 1 if key == "CPUS" else 24}


def _limit(api: Api, region: str) -> float:
    rows = api.get(f"{P}/regions/{region}")["quotas"]
    return float(next(row["limit"] for row in rows if row["metric"] == "CPUS"))


def test_the_projects_own_quotas(api: Api) -> None:
    api.settings(quotas={"FIREWALLS": 4})
    body = {"name": "web", "allowed": [{"IPProtocol": "tcp"}]}
    found = api.error("POST", f"{P}/global/firewalls", body)
    assert found == (403, "quotaExceeded", "Quota 'FIREWALLS' exceeded.  Limit: 4.0 globally.")


def test_spot(api: Api, make: Callable[..., Json]) -> None:
    scheduling = make(scheduling={"provisioningModel": "SPOT"})["scheduling"]
    assert (scheduling["instanceTerminationAction"], scheduling["preemptible"]) == ("STOP", True)
    wrongs: list[tuple[Json, str]] = [
        ({"provisioningModel": "SPOT", "onHostMaintenance": "MIGRATE"}, "onHostMaintenance be TERMINATE"),
        ({"instanceTerminationAction": "DELETE"}, "only be specified with provisioningModel SPOT"),
    ]
    for wrong, message in wrongs:
        assert message in api.error("POST", f"{Z}/instances", machine("other", scheduling=wrong))[2]


@pytest.mark.parametrize(
    ("http", "verb", "body", "field", "shown"),
    [
        (
            "POST",
            "setServiceAccount",
            {"email": "default", "scopes": SCOPES},
            "serviceAccounts",
            [{"email": "481516234200-compute@developer.gserviceaccount.com", "scopes": SCOPES}],
        ),
        (
            "PATCH",
            "updateShieldedInstanceConfig",
            {"enableSecureBoot": True},
            "shieldedInstanceConfig",
            {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True},
        ),
    ],
)
def test_changed_only_while_off(
    api: Api, make: Callable[..., Json], http: str, verb: str, body: Json, field: str, shown: Any
) -> None:
    make()
    status, reason, message = api.error(http, f"{VM}/{verb}", body)
    assert (status, reason) == (400, "invalidResourceUsage")
    assert "can only be changed while it is TERMINATED; it is RUNNING." in message
    api.did("POST", f"{VM}/stop")
    api.did(http, f"{VM}/{verb}", body)
    assert api.get(VM)[field] == shown


def test_an_account_is_taken_away(api: Api, make: Callable[..., Json]) -> None:
    make(serviceAccounts=[{"email": "default", "scopes": SCOPES}])
    api.did("POST", f"{VM}/stop")
    api.did("POST", f"{VM}/setServiceAccount", {})
    assert "serviceAccounts" not in api.get(VM)
    refused = api.error("POST", f"{VM}/setServiceAccount", {"email": "x@y.example", "scopes": SCOPES})
    assert "does not have access to service account 'x@y.example'" in refused[2]


def test_rules_follow_a_machines_account(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], account: Callable[..., Json], rule: Callable[..., Json]
) -> None:
    worker = account()["email"]
    rule("web", targetServiceAccounts=[worker])
    make()
    api.did("POST", f"{VM}/stop")
    assert "80" not in [port for entry in hosts.made["mlops-zoom"].rules for port in entry.ports]
    api.did("POST", f"{VM}/setServiceAccount", {"email": worker, "scopes": SCOPES})
    assert "80" in [port for entry in hosts.made["mlops-zoom"].rules for port in entry.ports]


@pytest.mark.parametrize("where", ["instance", "project"])
def test_with_os_login_no_key_in_metadata_lets_in(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], where: str
) -> None:
    keys = {"key": "ssh-keys", "value": "a:ssh-ed25519 AAAA a"}
    switch = {"key": "enable-oslogin", "value": "TRUE"}
    fingerprint = api.get(P)["commonInstanceMetadata"]["fingerprint"]
    shared = [keys, *([switch] if where == "project" else [])]
    api.did("POST", f"{P}/setCommonInstanceMetadata", {"fingerprint": fingerprint, "items": shared})
    made = make(metadata={"items": [switch] if where == "instance" else []})
    assert hosts.made["mlops-zoom"].metadata == {"enable-oslogin": "TRUE"}
    off = {"key": "enable-oslogin", "value": "FALSE"}
    api.did("POST", f"{VM}/setMetadata", {"fingerprint": made["metadata"]["fingerprint"], "items": [off]})
    assert hosts.made["mlops-zoom"].metadata == {"enable-oslogin": "FALSE", "ssh-keys": keys["value"]}


def test_a_policy_against_guest_attributes(api: Api, make: Callable[..., Json]) -> None:
    make(metadata={"items": [{"key": "enable-guest-attributes", "value": "TRUE"}]})
    path = f"{VM}/getGuestAttributes"
    assert api.get(path, queryPath="hostkeys/")["queryValue"]["items"]
    api.settings(org_policies={"compute.disableGuestAttributesAccess": [PROJECT]})
    status, reason, message = api.error("GET", path, queryPath="hostkeys/")
    assert (status, reason) == (412, "conditionNotMet")
    assert "constraints/compute.disableGuestAttributesAccess" in message


def test_a_deleted_projects_machines_are_shut_down(api: Api, hosts: FakeHosts, found: Callable[..., str]) -> None:
    found("zoom-1234", "compute")
    place = "projects/zoom-1234/zones/us-central1-a/instances"
    api.did("POST", place, machine() | {"machineType": "zones/us-central1-a/machineTypes/e2-micro"})
    api.ok("DELETE", "/v3/projects/zoom-1234")
    assert api.client.application.extensions["sandbox"].cloud.operations.drain(10)
    assert not hosts.made["mlops-zoom"].running
