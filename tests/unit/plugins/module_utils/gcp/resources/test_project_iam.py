# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A member's roles in a project."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.project_iam import ProjectIam, check, with_roles
from plugins.module_utils.resource import CloudError, reconcile
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud
from tests.unit.plugins.module_utils.gcp.test_session import error, session

ME = "serviceAccount:mlops-zoom@p.iam.gserviceaccount.com"
OTHER = "user:somebody@example.com"
CONDITION = {"title": "a while", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"}
CONDITIONAL = {"role": "roles/viewer", "members": [ME], "condition": CONDITION}
OWNER = {"role": "roles/owner", "members": [OTHER]}
AUDIT = {"auditConfigs": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]}
POLICY: dict[str, Any] = {
    "version": 3,
    "etag": "BwX1",
    "bindings": [OWNER, CONDITIONAL, {"role": "roles/editor", "members": [OTHER, ME]}],
    **AUDIT,
}


ACCOUNT = "serviceAccount:mlops-zoom-user@sandbox-project.iam.gserviceaccount.com"
SEEDS = ("roles/viewer", "roles/storage.admin", "roles/storage.objectAdmin", "roles/bigquery.admin")


def params(*roles: str, mode: str = "add", member: str = ME) -> dict[str, Any]:
    return {"member": member, "roles": list(roles), "mode": mode}


def policy_of(cloud: Cloud) -> dict[str, Any]:
    options = {"options": {"requestedPolicyVersion": 3}}
    return cloud.session().api("cloudresourcemanager").read("v3/projects/sandbox-project:getIamPolicy", options)


def put(cloud: Cloud, policy: dict[str, Any]) -> None:
    body = {"policy": policy, "updateMask": "bindings,etag,auditConfigs"}
    cloud.session().api("cloudresourcemanager").write("POST", "v3/projects/sandbox-project:setIamPolicy", body)


def test_give_keep_and_take_away(cloud: Cloud) -> None:
    given = cloud.predicted(ProjectIam, params(*SEEDS, member=ACCOUNT))
    assert (given["actions"], given["api_calls"]) == (["set_roles"], 2)
    assert given["resource"]["roles"] == sorted([*SEEDS, "roles/owner"])
    kept = cloud.run(ProjectIam, params(*SEEDS, member=ACCOUNT))
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    exact = cloud.predicted(ProjectIam, params("roles/owner", mode="exact", member=ACCOUNT))
    assert exact["diff"]["after"] == {"roles": ["roles/owner"]}
    assert cloud.run(ProjectIam, params(*SEEDS, mode="remove", member=ACCOUNT))["changed"] is False


def test_conditions_and_audit_configurations_stay_as_they_are(cloud: Cloud) -> None:
    found = policy_of(cloud)
    conditional = {"role": "roles/viewer", "members": [OTHER], "condition": CONDITION}
    put(cloud, {**found, "version": 3, "bindings": [*found["bindings"], conditional], **AUDIT})
    before = policy_of(cloud)
    assert (conditional in before["bindings"], before["auditConfigs"]) == (True, AUDIT["auditConfigs"])
    cloud.run(ProjectIam, params(*SEEDS, member=ACCOUNT))
    cloud.run(ProjectIam, params(*SEEDS, mode="remove", member=ACCOUNT))
    assert policy_of(cloud) == {**before, "etag": policy_of(cloud)["etag"]}


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "throttle"])
def test_a_write_whose_reply_is_lost_is_carried_out_once(cloud: Cloud, kind: str) -> None:
    cloud.fault(method="cloudresourcemanager.projects.setIamPolicy", kind=kind)
    assert cloud.run(ProjectIam, params(*SEEDS, member=ACCOUNT))["actions"] == ["set_roles"]
    assert cloud.run(ProjectIam, params(*SEEDS, member=ACCOUNT))["changed"] is False


def test_an_account_that_was_made_a_moment_ago_gets_its_roles(cloud: Cloud) -> None:
    cloud.settings(delays={"service_account_visible": 20})
    cloud.session().api("iam").write("POST", "v1/projects/sandbox-project/serviceAccounts", {"accountId": "mlops-zoom"})
    new = "serviceAccount:mlops-zoom@sandbox-project.iam.gserviceaccount.com"
    assert cloud.run(ProjectIam, params("roles/viewer", member=new))["resource"]["roles"] == ["roles/viewer"]


@pytest.mark.parametrize(
    ("mode", "given", "bindings"),
    [
        ("add", ["roles/viewer"], [*POLICY["bindings"], {"role": "roles/viewer", "members": [ME]}]),
        ("add", ["roles/owner"], [{**OWNER, "members": [OTHER, ME]}, *POLICY["bindings"][1:]]),
        ("remove", ["roles/editor"], [OWNER, CONDITIONAL, {"role": "roles/editor", "members": [OTHER]}]),
        (
            "exact",
            ["roles/viewer"],
            [
                OWNER,
                CONDITIONAL,
                {"role": "roles/editor", "members": [OTHER]},
                {"role": "roles/viewer", "members": [ME]},
            ],
        ),
    ],
)
def test_one_write_under_the_etag_that_was_read(mode: str, given: list[str], bindings: list[Any]) -> None:
    made, script, _slept = session((200, POLICY), (200, {**POLICY, "bindings": bindings}))
    result = reconcile(ProjectIam(made, params(*given, mode=mode)), check_mode=False)
    assert result["actions"] == ["set_roles"]
    assert [(method, url.rpartition("/")[2]) for method, url, _query, _body in script.sent] == [
        ("POST", "p:getIamPolicy"),
        ("POST", "p:setIamPolicy"),
    ]
    assert script.sent[0][3] == {"options": {"requestedPolicyVersion": 3}}
    assert script.sent[1][3] == {"policy": {**POLICY, "bindings": bindings}}


@pytest.mark.parametrize(
    ("mode", "given"),
    [("add", ["roles/editor"]), ("remove", ["roles/viewer"]), ("exact", ["roles/editor"]), ("add", [])],
)
def test_what_is_so_already_takes_one_call(mode: str, given: list[str]) -> None:
    made, _script, _slept = session((200, POLICY))
    result = reconcile(ProjectIam(made, params(*given, mode=mode)), check_mode=False)
    assert (result["changed"], made.calls) == (False, 1)
    assert result["resource"]["roles"] == ["roles/editor"]


def test_a_spelling_in_upper_case_is_the_same_member() -> None:
    made, _script, _slept = session((200, POLICY))
    upper = params("roles/owner", member="user:Somebody@Example.com")
    assert reconcile(ProjectIam(made, upper), check_mode=False)["changed"] is False


def test_a_role_under_a_condition_is_left_alone_and_told() -> None:
    made, _script, _slept = session((200, POLICY))
    result = reconcile(ProjectIam(made, params("roles/viewer", mode="remove")), check_mode=False)
    assert "roles/viewer under a condition was left alone" in result["warnings"][0]


def test_a_binding_that_nobody_is_left_in_goes() -> None:
    bindings = [{"role": "roles/viewer", "members": [ME]}, OWNER]
    assert with_roles(bindings, ME, set()) == [OWNER]


def test_the_whole_reading_and_writing_begins_anew_where_somebody_else_wrote() -> None:
    aborted = (409, {"error": {"code": 409, "message": "There were concurrent policy changes.", "status": "ABORTED"}})
    later = {**POLICY, "etag": "BwX2", "bindings": [*POLICY["bindings"], {"role": "roles/x", "members": [OTHER]}]}
    made, script, _slept = session((200, POLICY), aborted, (200, later), (200, later))
    reconcile(ProjectIam(made, params("roles/owner")), check_mode=False)
    written = script.sent[3][3]["policy"]
    assert written["etag"] == "BwX2"
    assert written["bindings"][-1] == {"role": "roles/x", "members": [OTHER]}


UNKNOWN = error(400, f"Service account {ME.partition(':')[2]} does not exist.", "badRequest")


def test_an_account_that_was_made_a_moment_ago_is_waited_for() -> None:
    made, _script, slept = session((200, POLICY), UNKNOWN, UNKNOWN, (200, POLICY))
    reconcile(ProjectIam(made, params("roles/owner")), check_mode=False)
    assert len(slept) == 2


def test_an_account_that_never_comes_is_named() -> None:
    made, _script, slept = session((200, POLICY), *[UNKNOWN] * 9)
    with pytest.raises(CloudError, match=r"mlops-zoom@p.*does not exist.*gcp_service_account"):
        reconcile(ProjectIam(made, params("roles/owner")), check_mode=False)
    assert 30 < sum(slept) < 120


@pytest.mark.parametrize(
    ("member", "roles", "message"),
    [
        ("somebody@example.com", ["roles/viewer"], "is not a member.*user:name@example.com"),
        ("allUsers", ["roles/viewer"], "is not a member"),
        ("user:somebody", ["roles/viewer"], "is not a member"),
        ("serviceaccount:a@b.c", ["roles/viewer"], "is not a member"),
        (ME, ["Viewer"], "'Viewer': not the name of a role.*roles/viewer"),
        (ME, ["roles/viewer", "viewer", "roles/"], "'roles/', 'viewer': not the name"),
    ],
)
def test_what_iam_would_not_know_is_refused_before_anything_is_sent(
    member: str, roles: list[str], message: str
) -> None:
    made, _script, _slept = session()
    with pytest.raises(CloudError, match=message):
        ProjectIam(made, params(*roles, member=member))


@pytest.mark.parametrize(
    "member",
    ["group:team@example.com", "domain:example.com", "principal://iam.googleapis.com/locations/global/w/s/subject/a"],
)
def test_other_kinds_of_member(member: str) -> None:
    check(member, ["roles/viewer", "projects/p/roles/my_role", "organizations/1/roles/my.role"])
