# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services enabled and disabled, billing before them, and the time until they can be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import identity
from sandbox.gcp.world import CLOSED_BILLING_ACCOUNT
from tests.unit.sandbox.gcp.support import PROJECT, Api, Json, body_of, token_of

ZOOM = "/v1/projects/zoom-1234"
COMPUTE = "compute.googleapis.com"
OPEN = f"billingAccounts/{identity.BILLING_ACCOUNT}"


@pytest.fixture
def unpaid(api: Api) -> str:
    """A project nobody pays for."""
    return str(api.result("POST", "/v3/projects", {"projectId": "zoom-1234"})["name"])


def state(api: Api, service: str) -> str:
    """Whether the project has a service enabled."""
    return str(api.get(f"{ZOOM}/services/{service}")["state"])


def detail(api: Api, http: str, path: str, body: Any = None) -> Json:
    """The machine-readable reason of a refusal."""
    details = body_of(api.call(http, path, body))["error"]["details"]
    return next(entry for entry in details if entry["@type"].endswith("ErrorInfo"))


def test_billing_comes_first(api: Api, unpaid: str) -> None:
    number = unpaid.removeprefix("projects/")
    body = {"serviceIds": ["storage.googleapis.com", COMPUTE, "iam.googleapis.com"]}
    status, code, message = api.refused("POST", f"{ZOOM}/services:batchEnable", body)
    assert (status, code) == (400, "FAILED_PRECONDITION")
    assert message.startswith(f"Billing account for project '{number}' is not found.")
    info = detail(api, "POST", f"{ZOOM}/services:batchEnable", body)
    assert (info["reason"], info["metadata"]["services"]) == ("UREQ_PROJECT_BILLING_NOT_FOUND", COMPUTE)
    api.advance(60)
    assert state(api, "iam.googleapis.com") == "DISABLED"


def test_enabled_is_not_yet_usable(api: Api, found: Callable[..., str]) -> None:
    found()
    number = api.get("/v3/projects/zoom-1234")["name"].removeprefix("projects/")
    api.settings(delays={"service_enabled": 10, "service_usable": 100})
    begun = api.ok("POST", f"{ZOOM}/services/{COMPUTE}:enable", {})
    assert ("done" in begun, state(api, COMPUTE)) == (False, "DISABLED")
    api.advance(11)
    done = api.get(f"/v1/{begun['name']}")
    assert (done["response"]["service"]["state"], state(api, COMPUTE)) == ("ENABLED", "ENABLED")
    status, reason, message = api.error("GET", "projects/zoom-1234")
    assert (status, reason) == (403, "accessNotConfigured")
    assert message.startswith(f"Compute Engine API has not been used in project {number} before or it is disabled.")
    info = detail(api, "GET", "/compute/v1/projects/zoom-1234")
    assert (info["reason"], info["domain"]) == ("SERVICE_DISABLED", "googleapis.com")
    assert info["metadata"] | {"consumer": f"projects/{number}", "service": COMPUTE} == info["metadata"]
    api.advance(101)
    assert api.get("projects/zoom-1234")["name"] == "zoom-1234"


def test_enabling_again_is_done_at_once(api: Api, found: Callable[..., str]) -> None:
    found("zoom-1234", "compute")
    begun = api.ok("POST", f"{ZOOM}/services/{COMPUTE}:enable", {})
    assert begun == {"name": "operations/noop.DONE_OPERATION", "done": True, "response": {}}
    assert api.get(f"/v1/{begun['name']}") == begun


def test_what_a_service_needs_comes_with_it(api: Api, found: Callable[..., str]) -> None:
    found("zoom-1234", "compute")
    assert state(api, "oslogin.googleapis.com") == "ENABLED"
    disable = f"{ZOOM}/services/oslogin.googleapis.com:disable"
    status, code, message = api.refused("POST", disable, {})
    assert (status, code) == (400, "FAILED_PRECONDITION")
    assert f"depended on by the following active service(s): {COMPUTE}" in message
    api.result("POST", disable, {"disableDependentServices": True})
    assert state(api, COMPUTE) == "DISABLED"
    assert api.error("GET", "projects/zoom-1234")[1] == "accessNotConfigured"


def test_lists(api: Api, found: Callable[..., str]) -> None:
    found("zoom-1234", "compute")
    shown = api.get(f"{ZOOM}/services", filter="state:ENABLED")["services"]
    names = {service["config"]["name"] for service in shown}
    assert {COMPUTE, "serviceusage.googleapis.com"} <= names
    assert "iam.googleapis.com" not in names
    first = api.get(f"{ZOOM}/services", pageSize=5)
    assert (len(first["services"]), "nextPageToken" in first) == (5, True)
    wanted = [f"projects/zoom-1234/services/{service}" for service in ("iam.googleapis.com", COMPUTE)]
    batch = api.get(f"{ZOOM}/services:batchGet", names=wanted)["services"]
    assert [service["state"] for service in batch] == ["DISABLED", "ENABLED"]


@pytest.mark.parametrize(("count", "status"), [(0, 400), (20, 200), (21, 400)])
def test_only_so_many_are_enabled_at_once(api: Api, found: Callable[..., str], count: int, status: int) -> None:
    found()
    body = {"serviceIds": ["iam.googleapis.com"] * count}
    assert api.call("POST", f"{ZOOM}/services:batchEnable", body).status_code == status


@pytest.mark.parametrize(("count", "status"), [(0, 400), (30, 200), (31, 400)])
def test_only_so_many_are_read_at_once(api: Api, found: Callable[..., str], count: int, status: int) -> None:
    found()
    names = [f"projects/zoom-1234/services/{COMPUTE}"] * count
    assert api.call("GET", f"{ZOOM}/services:batchGet", names=names).status_code == status


@pytest.mark.parametrize(
    ("http", "path", "body"),
    [
        ("GET", f"{ZOOM}/services/none.googleapis.com", None),
        ("POST", f"{ZOOM}/services/none.googleapis.com:enable", {}),
        ("POST", f"{ZOOM}/services:batchEnable", {"serviceIds": ["iam.googleapis.com", "none.googleapis.com"]}),
    ],
)
def test_unknown_services(api: Api, found: Callable[..., str], http: str, path: str, body: Json | None) -> None:
    found()
    message = "Not found or permission denied for service(s): none.googleapis.com."
    assert api.refused(http, path, body) == (403, "PERMISSION_DENIED", message)
    api.advance(60)
    assert state(api, "iam.googleapis.com") == "DISABLED"


def test_a_role_is_needed(api: Api, account: Callable[..., Json]) -> None:
    robot = api.acting_as(token_of(api, account("worker", "roles/serviceusage.serviceUsageViewer")))
    path = f"/v1/projects/{PROJECT}/services/{COMPUTE}"
    assert robot.get(path)["state"] == "ENABLED"
    message = robot.refused("POST", f"{path}:enable", {})[2]
    assert message.startswith("Permission 'serviceusage.services.enable' denied on resource")
    assert robot.refused("GET", f"/v1/projects/none-1234/services/{COMPUTE}")[0] == 403


def test_billing_accounts(api: Api, account: Callable[..., Json]) -> None:
    shown = api.get("/v1/billingAccounts")["billingAccounts"]
    assert [(entry["name"], entry["open"]) for entry in shown] == [
        (OPEN, True),
        (f"billingAccounts/{CLOSED_BILLING_ACCOUNT}", False),
    ]
    assert api.get(f"/v1/{OPEN}") == shown[0]
    robot = api.acting_as(token_of(api, account("worker", "roles/owner")))
    assert robot.get("/v1/billingAccounts") == {}
    assert robot.refused("GET", f"/v1/{OPEN}")[:2] == (403, "PERMISSION_DENIED")
    assert robot.get(f"/v1/projects/{PROJECT}/billingInfo")["billingAccountName"] == OPEN


def test_linking(api: Api, unpaid: str) -> None:
    info = {"name": "projects/zoom-1234/billingInfo", "projectId": "zoom-1234"}
    assert api.get(f"{ZOOM}/billingInfo") == {**info, "billingAccountName": "", "billingEnabled": False}
    linked = api.ok("PUT", f"{ZOOM}/billingInfo", {"billingAccountName": OPEN})
    assert linked == {**info, "billingAccountName": OPEN, "billingEnabled": True}
    assert api.get(f"/v1/{unpaid}/billingInfo") == linked
    assert linked in api.get(f"/v1/{OPEN}/projects")["projectBillingInfo"]


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        (f"billingAccounts/{CLOSED_BILLING_ACCOUNT}", 400, "is closed"),
        ("billingAccounts/000000-000000-000000", 403, "(or it may not exist)"),
        (identity.BILLING_ACCOUNT, 400, "It must be billingAccounts/"),
    ],
)
def test_accounts_that_cannot_pay(api: Api, unpaid: str, name: str, status: int, message: str) -> None:
    found = api.refused("PUT", f"{ZOOM}/billingInfo", {"billingAccountName": name})
    assert found[0] == status
    assert message in found[2]
    assert not api.get(f"{ZOOM}/billingInfo")["billingEnabled"]


def test_paying_takes_a_role_on_both(api: Api, account: Callable[..., Json]) -> None:
    robot = api.acting_as(token_of(api, account("worker", "roles/owner")))
    refused = robot.refused("PUT", f"/v1/projects/{PROJECT}/billingInfo", {"billingAccountName": OPEN})
    assert "'billing.resourceAssociations.create' denied" in refused[2]


def test_machines_are_paid_for(api: Api, found: Callable[..., str]) -> None:
    found("zoom-1234", "compute")
    api.ok("PUT", f"{ZOOM}/billingInfo", {"billingAccountName": ""})
    assert "requires billing to be enabled" in api.error("GET", "projects/zoom-1234")[2]
    assert detail(api, "GET", "/compute/v1/projects/zoom-1234")["reason"] == "BILLING_DISABLED"
