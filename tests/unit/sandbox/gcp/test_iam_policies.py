# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies read, changed and replaced under their etags, and what they permit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.sandbox.gcp.support import PROJECT, Api, Json, P, Z, grant, machine, token_of

POLICY = f"/v3/projects/{PROJECT}"
CONDITION = {"title": "until summer", "expression": "request.time < timestamp('2027-07-01T00:00:00Z')"}
OWNERS = {"role": "roles/owner", "members": ["user:user@sandbox-project.example"]}


def read(api: Api, version: int = 3) -> Json:
    """The project's policy."""
    return api.ok("POST", f"{POLICY}:getIamPolicy", {"options": {"requestedPolicyVersion": version}})


def write(api: Api, policy: Json, **more: str) -> Json:
    """Replaces it."""
    return api.ok("POST", f"{POLICY}:setIamPolicy", {"policy": policy, **more})


def members(policy: Json, role: str) -> list[str]:
    """Who has a role without a condition."""
    return [
        member
        for binding in policy["bindings"]
        if binding["role"] == role and "condition" not in binding
        for member in binding["members"]
    ]


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_a_write_is_under_an_etag(api: Api, version: str) -> None:
    path = f"/{version}/projects/{PROJECT}"
    before = api.ok("POST", f"{path}:getIamPolicy", {})
    before["bindings"].append({"role": "roles/viewer", "members": ["user:anna@example.com"]})
    after = api.ok("POST", f"{path}:setIamPolicy", {"policy": before})
    assert members(after, "roles/viewer") == ["user:anna@example.com"]
    assert after["etag"] != before["etag"]
    status, code, message = api.refused("POST", f"{path}:setIamPolicy", {"policy": before})
    assert (status, code) == (409, "ABORTED")
    assert message.startswith("There were concurrent policy changes. Please retry the whole read-modify-write")
    assert api.ok("POST", f"{path}:getIamPolicy", {}) == after


def test_conditions_are_for_those_who_know_them(api: Api) -> None:
    policy = read(api)
    policy["bindings"].append({"role": "roles/viewer", "members": ["user:a@b.example"], "condition": CONDITION})
    refused = api.refused("POST", f"{POLICY}:setIamPolicy", {"policy": policy})
    assert "must be sent with version 3" in refused[2]
    assert write(api, {**policy, "version": 3})["version"] == 3
    assert next(binding for binding in read(api)["bindings"] if "condition" in binding)["condition"] == CONDITION
    older = read(api, 1)
    assert (older["version"], [row for row in older["bindings"] if "condition" in row]) == (1, [])
    assert any(row["role"].startswith("roles/viewer_withcond_") for row in older["bindings"])


def test_audit_configs_change_only_where_the_mask_says_so(api: Api) -> None:
    audit = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]
    write(api, {**read(api), "auditConfigs": audit})
    assert "auditConfigs" not in read(api)
    write(api, {**read(api), "auditConfigs": audit}, updateMask="bindings,etag,auditConfigs")
    policy = read(api)
    assert policy.pop("auditConfigs") == audit
    assert write(api, policy)["auditConfigs"] == audit


def test_bindings_are_kept_tidy(api: Api) -> None:
    twice = [{"role": "roles/viewer", "members": [f"user:{name}@x.example"]} for name in "bab"]
    policy = write(api, {"bindings": [OWNERS, *twice, {"role": "roles/browser", "members": []}]})
    assert [binding["role"] for binding in policy["bindings"]] == ["roles/owner", "roles/viewer"]
    assert members(policy, "roles/viewer") == ["user:a@x.example", "user:b@x.example"]


@pytest.mark.parametrize(
    ("role", "member", "message"),
    [
        ("roles/nobody", "user:a@b.example", "Role roles/nobody is not supported for this resource"),
        ("roles/viewer", "anna@example.com", "Invalid member anna@example.com"),
        ("roles/viewer", "user:anna", "Invalid member user:anna"),
        ("roles/viewer", "serviceAccount:x@y.example", "Service account x@y.example does not exist."),
    ],
)
def test_bad_bindings(api: Api, role: str, member: str, message: str) -> None:
    before = read(api)
    policy = {**before, "bindings": [*before["bindings"], {"role": role, "members": [member]}]}
    status, code, text = api.refused("POST", f"{POLICY}:setIamPolicy", {"policy": policy})
    assert (status, code) == (400, "INVALID_ARGUMENT")
    assert message in text
    assert read(api) == before


def test_a_new_account_cannot_be_named_yet(api: Api) -> None:
    made = api.ok("POST", f"/v1/{P}/serviceAccounts", {"accountId": "worker"})
    policy = read(api)
    policy["bindings"].append({"role": "roles/viewer", "members": [f"serviceAccount:{made['email']}"]})
    message = f"Service account {made['email']} does not exist."
    assert api.refused("POST", f"{POLICY}:setIamPolicy", {"policy": policy}) == (400, "INVALID_ARGUMENT", message)
    api.advance(60)
    write(api, policy)


def test_a_deleted_account_is_named_as_such(api: Api, account: Callable[..., Json]) -> None:
    made = account("worker", "roles/viewer")
    path = f"/v1/{P}/serviceAccounts"
    api.ok("DELETE", f"{path}/{made['email']}")
    tombstone = f"deleted:serviceAccount:{made['email']}?uid={made['uniqueId']}"
    assert members(read(api), "roles/viewer") == [tombstone]
    write(api, read(api))
    api.ok("POST", f"{path}/{made['uniqueId']}:undelete", {})
    assert members(read(api), "roles/viewer") == [f"serviceAccount:{made['email']}"]


@pytest.mark.parametrize(
    ("roles", "reads", "changes", "grants"),
    [
        ([], False, False, False),
        (["roles/viewer"], True, False, False),
        (["roles/editor"], True, True, False),
        (["roles/owner"], True, True, True),
        (["roles/compute.viewer"], True, False, False),
        (["roles/compute.admin"], True, True, False),
        (["roles/compute.viewer", "roles/compute.securityAdmin"], True, True, False),
        (["roles/resourcemanager.projectIamAdmin"], False, False, True),
        (["roles/storage.admin", "roles/bigquery.admin"], False, False, False),
    ],
)
def test_roles(
    api: Api, account: Callable[..., Json], roles: list[str], reads: bool, changes: bool, grants: bool
) -> None:
    robot = api.acting_as(token_of(api, account("worker", *roles)))
    assert (robot.call("GET", f"{Z}/instances").status_code == 200) is reads
    rule = {"name": "web", "allowed": [{"IPProtocol": "tcp"}]}
    assert (robot.call("POST", f"{P}/global/firewalls", rule).status_code == 200) is changes
    assert (robot.call("POST", f"{POLICY}:setIamPolicy", {"policy": read(api)}).status_code == 200) is grants


def test_a_refusal_names_the_permission(api: Api, account: Callable[..., Json]) -> None:
    robot = api.acting_as(token_of(api, account("worker", "roles/viewer")))
    status, reason, message = robot.error("POST", f"{Z}/instances", machine())
    assert (status, reason) == (403, "forbidden")
    assert message.startswith("Required 'compute.instances.create' permission for")


def test_a_conditional_binding_grants_nothing_here(api: Api, account: Callable[..., Json]) -> None:
    made = account("worker")
    binding = {"role": "roles/viewer", "members": [f"serviceAccount:{made['email']}"], "condition": CONDITION}
    policy = read(api)
    write(api, {**policy, "version": 3, "bindings": [*policy["bindings"], binding]})
    assert api.acting_as(token_of(api, made)).call("GET", P).status_code == 403


def test_permissions_can_be_asked_for(api: Api, account: Callable[..., Json]) -> None:
    robot = api.acting_as(token_of(api, account("worker", "roles/viewer")))
    body = {"permissions": ["compute.instances.list", "compute.instances.create"]}
    for version in ("v1", "v3"):
        path = f"/{version}/projects/{PROJECT}:testIamPermissions"
        assert robot.ok("POST", path, body) == {"permissions": ["compute.instances.list"]}
    assert api.ok("POST", f"{POLICY}:testIamPermissions", body) == body


def test_an_account_has_a_policy_of_its_own(api: Api, account: Callable[..., Json]) -> None:
    boss, worker = account("the-boss", "roles/viewer"), account("worker")
    path = f"/v1/{worker['name']}"
    assert api.ok("POST", f"{path}:getIamPolicy") == {"version": 1, "etag": "ACAB"}
    token = token_of(api, boss)
    robot = api.acting_as(token)
    generate = f"/v1/projects/-/serviceAccounts/{worker['email']}:generateAccessToken"
    scope = {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}
    assert "'iam.serviceAccounts.getAccessToken' denied" in robot.refused("POST", generate, scope)[2]
    binding = {"role": "roles/iam.serviceAccountTokenCreator", "members": [f"serviceAccount:{boss['email']}"]}
    api.ok("POST", f"{path}:setIamPolicy", {"policy": {"bindings": [binding]}})
    assert robot.ok("POST", generate, scope)["accessToken"].startswith("ya29.")
    asked = {"permissions": ["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.delete"]}
    assert robot.ok("POST", f"{path}:testIamPermissions", asked)["permissions"] == asked["permissions"][:1]


def test_grants_add_up(api: Api, account: Callable[..., Json]) -> None:
    made = account("worker", "roles/viewer")
    grant(api, POLICY, f"serviceAccount:{made['email']}", "roles/compute.admin")
    assert members(read(api), "roles/viewer") == members(read(api), "roles/compute.admin")
