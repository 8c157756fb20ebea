# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose quota a call counts for, and what that project has to have enabled; several projects side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import google.auth.compute_engine
import pytest
from google.auth import transport

from tests.unit.sandbox.gcp.support import PROJECT, Api, FakeHosts, Json, P, R, body_of, grant, machine, token_of

Z2 = "projects/zoom-1234/zones/us-central1-a"
SMALL = "zones/us-central1-a/machineTypes/e2-micro"


def reason(api: Api, path: str, **headers: str) -> tuple[str, str]:
    """Reason and consumer of a refusal."""
    response = api.client.get(path, headers={**api.headers, **headers})
    assert response.status_code == 403, response.text
    info = next(item for item in body_of(response)["error"]["details"] if item["@type"].endswith("ErrorInfo"))
    return info["reason"], info["metadata"]["consumer"]


@pytest.mark.parametrize("path", ["/v3/projects/sandbox-project", f"/compute/v1/{P}", f"/v1/{P}/serviceAccounts"])
def test_the_quota_project_has_to_be_ones_own(api: Api, path: str) -> None:
    named = {"X-Goog-User-Project": "none-1234"}
    assert reason(api, path, **named) == ("USER_PROJECT_DENIED", "projects/none-1234")


def test_the_quota_project_has_to_have_the_api(api: Api, found: Callable[..., str]) -> None:
    named = {"X-Goog-User-Project": found()}
    path = f"/v3/projects/{PROJECT}"
    assert reason(api, path, **named) == ("SERVICE_DISABLED", "projects/zoom-1234")
    api.result("POST", "/v1/projects/zoom-1234/services/cloudresourcemanager.googleapis.com:enable", {})
    assert api.client.get(path, headers={**api.headers, **named}).status_code == 200


def test_a_service_account_counts_for_its_own_project(
    api: Api, found: Callable[..., str], account: Callable[..., Json]
) -> None:
    found("zoom-1234", "iam")
    robot = api.acting_as(token_of(api, account("worker", "roles/viewer", project="zoom-1234")))
    number = api.get("/v3/projects/zoom-1234")["name"]
    assert reason(robot, "/v3/projects/zoom-1234") == ("SERVICE_DISABLED", number)
    api.result("POST", "/v1/projects/zoom-1234/services/cloudresourcemanager.googleapis.com:enable", {})
    assert robot.get("/v3/projects/zoom-1234")["projectId"] == "zoom-1234"


def test_iam_is_enabled_where_the_accounts_are(api: Api, found: Callable[..., str]) -> None:
    found()
    number = api.get("/v3/projects/zoom-1234")["name"]
    assert reason(api, "/v1/projects/zoom-1234/serviceAccounts") == ("SERVICE_DISABLED", number)


def test_impersonation_takes_the_role(api: Api, account: Callable[..., Json]) -> None:
    worker, boss = account("worker", "roles/viewer"), account("the-boss")
    robot = api.acting_as(token_of(api, boss))
    path = f"/v1/projects/-/serviceAccounts/{worker['email']}:generateAccessToken"
    body: Json = {"scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "300s"}
    wrongs: list[Json] = [{"scope": []}, {"lifetime": "7200s"}, {"lifetime": "soon"}]
    assert robot.refused("POST", path, body)[:2] == (403, "PERMISSION_DENIED")
    role = "roles/iam.serviceAccountTokenCreator"
    grant(api, f"/v1/{worker['name']}", f"serviceAccount:{boss['email']}", role)
    made = robot.ok("POST", path, body)
    assert made["expireTime"].endswith("Z")
    assert api.acting_as(made["accessToken"]).get(P)["name"] == PROJECT
    for wrong in wrongs:
        assert robot.refused("POST", path, body | wrong)[:2] == (400, "INVALID_ARGUMENT")
    api.ok("POST", f"/v1/{worker['name']}:disable", {})
    assert robot.refused("POST", path, body)[1] == "FAILED_PRECONDITION"


def test_projects_do_not_see_each_others_things(
    api: Api, hosts: FakeHosts, found: Callable[..., str], make: Callable[..., Json], reserve: Callable[..., str]
) -> None:
    found("zoom-1234", "compute")
    make()
    address = reserve()
    assert "items" not in api.get(f"{Z2}/instances")
    assert api.get("projects/zoom-1234/aggregated/instances")["items"].keys() == (
        api.get(f"{P}/aggregated/instances")["items"].keys()
    )
    body = machine() | {"machineType": SMALL}
    api.did("POST", f"{Z2}/instances", body)
    first, second = api.get(f"{P}/zones/northamerica-northeast2-a/instances/mlops-zoom"), api.get(f"{Z2}/instances")
    assert [item["name"] for item in second["items"]] == ["mlops-zoom"]
    assert first["selfLink"] != second["items"][0]["selfLink"]
    assert set(hosts.made) == {"mlops-zoom", "mlops-zoom-us-central1-a"}
    used = {row["metric"]: row["usage"] for row in api.get("projects/zoom-1234/regions/us-central1")["quotas"]}
    assert (used["INSTANCES"], used["STATIC_ADDRESSES"]) == (1, 0)
    theirs = {"name": "x", "address": address}
    assert api.error("POST", "projects/zoom-1234/regions/northamerica-northeast2/addresses", theirs)[0] == 400


def test_metadata_and_rules_are_the_projects_own(
    api: Api, hosts: FakeHosts, found: Callable[..., str], rule: Callable[..., Json]
) -> None:
    found("zoom-1234", "compute")
    fingerprint = api.get(P)["commonInstanceMetadata"]["fingerprint"]
    shared = {"fingerprint": fingerprint, "items": [{"key": "ssh-keys", "value": "a:ssh-ed25519 AAAA a"}]}
    api.did("POST", f"{P}/setCommonInstanceMetadata", shared)
    rule("web")
    api.did("POST", f"{Z2}/instances", machine() | {"machineType": SMALL})
    host = hosts.made["mlops-zoom"]
    assert host.metadata == {}
    assert "80" not in [port for entry in host.rules for port in entry.ports]


def test_a_machine_may_be_given_an_account_that_one_may_use(
    api: Api, found: Callable[..., str], account: Callable[..., Json]
) -> None:
    found("zoom-1234", "compute", "iam")
    worker = account("worker", "roles/compute.admin", project="zoom-1234")
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    body = machine(serviceAccounts=[{"email": "default", "scopes": scopes}]) | {"machineType": SMALL}
    robot = api.acting_as(token_of(api, worker))
    refused = robot.error("POST", f"{Z2}/instances", body)
    assert "grant you the iam.serviceAccountUser role" in refused[2]
    grant(api, "/v3/projects/zoom-1234", f"serviceAccount:{worker['email']}", "roles/iam.serviceAccountUser")
    robot.did("POST", f"{Z2}/instances", body)
    given = api.get(f"{Z2}/instances/mlops-zoom")["serviceAccounts"]
    number = api.get("projects/zoom-1234")["id"]
    assert given == [{"email": f"{number}-compute@developer.gserviceaccount.com", "scopes": scopes}]


def test_a_project_may_come_without_a_network(api: Api, found: Callable[..., str]) -> None:
    api.settings(org_policies={"compute.skipDefaultNetworkCreation": ["zoom-1234"]})
    found("zoom-1234", "compute")
    assert "items" not in api.get("projects/zoom-1234/global/networks")
    assert "items" not in api.get("projects/zoom-1234/global/firewalls")
    body = machine() | {"machineType": SMALL}
    refused = api.error("POST", f"{Z2}/instances", body)
    assert refused[2].endswith("The referenced network resource cannot be found.")
    assert api.get(f"{P}/global/networks")["items"][0]["name"] == "default"


def test_an_address_in_use_elsewhere(api: Api, found: Callable[..., str], reserve: Callable[..., str]) -> None:
    found("zoom-1234", "compute")
    body = machine(nat={"natIP": reserve()}) | {"machineType": SMALL}
    assert "was not found in region" in api.error("POST", f"{Z2}/instances", body)[2]
    assert api.get(f"{R}/addresses/ml-zoom-ip")["status"] == "RESERVED"


class Wire(transport.Request):
    """google-auth's requests, answered by the application itself."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def __call__(
        self, url: str, method: str = "GET", body: Any = None, headers: Any = None, timeout: Any = None, **kwargs: Any
    ) -> Any:
        path = "/" + url.partition("://")[2].partition("/")[2]
        response = self.api.client.open(path, method=method, data=body, headers=headers)

        class Answer(transport.Response):
            status, headers, data = response.status_code, response.headers, response.data

        return Answer()


def test_a_machines_credentials(api: Api) -> None:
    credentials = google.auth.compute_engine.Credentials()
    credentials.refresh(Wire(api))
    assert credentials.service_account_email == "481516234200-compute@developer.gserviceaccount.com"
    assert api.acting_as(str(credentials.token)).get(P)["name"] == PROJECT


def test_a_machines_account_can_be_set(api: Api, account: Callable[..., Json]) -> None:
    made = account()
    api.settings(machine_account=made["email"])
    credentials = google.auth.compute_engine.Credentials()
    credentials.refresh(Wire(api))
    assert credentials.service_account_email == made["email"]
    assert api.acting_as(str(credentials.token)).error("GET", P)[0] == 403
    api.ok("POST", f"/v1/{made['name']}:disable", {})
    flavor = {"Metadata-Flavor": "Google"}
    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    assert api.client.get(path, headers=flavor).status_code == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("project/project-id", PROJECT),
        ("project/numeric-project-id", "481516234200"),
        ("instance/zone", "projects/481516234200/zones/northamerica-northeast2-a"),
        ("instance/service-accounts/default/email", "481516234200-compute@developer.gserviceaccount.com"),
        ("instance/service-accounts/default/scopes", "https://www.googleapis.com/auth/cloud-platform\n"),
        ("instance/service-accounts/default/", "aliases\nemail\nscopes\ntoken\n"),
        (
            "instance/service-accounts/",
            "481516234200-compute@developer.gserviceaccount.com/\ndefault/\n",
        ),
    ],
)
def test_the_metadata_server(api: Api, path: str, expected: str) -> None:
    url = f"/computeMetadata/v1/{path}"
    response = api.client.get(url, headers={"Metadata-Flavor": "Google"})
    assert (response.status_code, response.text) == (200, expected)
    assert response.headers["Metadata-Flavor"] == api.client.get("/").headers["Metadata-Flavor"] == "Google"
    assert api.client.get(url).status_code == 403
    assert api.client.get(f"{url}/none", headers={"Metadata-Flavor": "Google"}).status_code == 404
