# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service accounts."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.names import service_account_email
from plugins.module_utils.gcp.resources.service_account import ServiceAccount
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

ACCOUNT: dict[str, Any] = {
    "account_id": "mlops-zoom",
    "display_name": "MLOps Zoomcamp",
    "description": None,
    "disabled": None,
    "state": "present",
}
EMAIL = "mlops-zoom@sandbox-project.iam.gserviceaccount.com"


def creations(cloud: Cloud) -> list[int]:
    return [entry["status"] for entry in cloud.log() if entry["method"] == "iam.projects.serviceAccounts.create"]


def test_make_keep_remove(cloud: Cloud) -> None:
    made = cloud.predicted(ServiceAccount, ACCOUNT)
    assert made["actions"] == ["create"]
    assert made["resource"]["email"] == EMAIL
    assert made["resource"]["unique_id"].isdigit()
    assert (made["resource"]["description"], made["resource"]["disabled"]) == ("", False)
    kept = cloud.run(ServiceAccount, ACCOUNT)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    removed = cloud.predicted(ServiceAccount, {**ACCOUNT, "state": "absent"})
    assert (removed["actions"], removed["resource"]) == (["delete"], {})
    assert f"undelete {made['resource']['unique_id']}" in removed["warnings"][0]
    assert cloud.run(ServiceAccount, {**ACCOUNT, "state": "absent"})["changed"] is False


def test_a_new_one_is_returned_once_it_is_there_for_everybody(cloud: Cloud) -> None:
    cloud.settings(delays={"service_account_visible": 10})
    cloud.run(ServiceAccount, ACCOUNT)
    last = [entry["status"] for entry in cloud.log()][-4:]
    assert last == [200, 200, 200, 200]
    assert {404, 403} <= {entry["status"] for entry in cloud.log()}


def test_one_that_never_shows_is_an_error_that_says_so(cloud: Cloud) -> None:
    cloud.settings(delays={"service_account_visible": 1000})
    with pytest.raises(CloudError, match=r"was made, and cannot be read yet.*Run again in a minute"):
        cloud.run(ServiceAccount, ACCOUNT)


@pytest.mark.parametrize(
    ("option", "value", "actions"),
    [
        ("display_name", "Another", ["update"]),
        ("description", "For the course", ["update"]),
        ("disabled", True, ["disable"]),
    ],
)
def test_each_field_is_changed_in_place_and_alone(cloud: Cloud, option: str, value: Any, actions: list[str]) -> None:
    cloud.run(ServiceAccount, ACCOUNT)
    changed = cloud.predicted(ServiceAccount, {**ACCOUNT, option: value})
    assert changed["actions"] == actions
    assert changed["diff"]["after"] == {option: value}
    assert cloud.run(ServiceAccount, {**ACCOUNT, option: value})["changed"] is False


def test_it_can_be_made_disabled_and_be_enabled_again(cloud: Cloud) -> None:
    assert cloud.predicted(ServiceAccount, {**ACCOUNT, "disabled": True})["actions"] == ["create", "disable"]
    assert cloud.predicted(ServiceAccount, {**ACCOUNT, "disabled": False})["actions"] == ["enable"]
    assert cloud.run(ServiceAccount, ACCOUNT)["resource"]["disabled"] is False


def test_what_is_not_ours_is_left_alone(cloud: Cloud) -> None:
    foreign = {**ACCOUNT, "account_id": "mlops-zoom-user"}
    with pytest.raises(CloudError, match=r"not marked.*gcloud iam service-accounts update mlops-zoom-user@"):
        cloud.run(ServiceAccount, foreign)
    result = cloud.run(ServiceAccount, {**foreign, "state": "absent"})
    assert (result["changed"], len(result["warnings"])) == (False, 1)
    assert not [entry for entry in cloud.log() if entry["mutating"]]


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "throttle"])
def test_one_account_is_made_although_the_reply_is_lost(cloud: Cloud, kind: str) -> None:
    cloud.fault(method="iam.projects.serviceAccounts.create", kind=kind)
    result = cloud.run(ServiceAccount, ACCOUNT)
    assert result["actions"] == ["create"]
    assert creations(cloud).count(200) == (0 if kind == "drop_after" else 1)
    assert cloud.run(ServiceAccount, ACCOUNT)["changed"] is False


def test_a_run_that_was_killed_in_the_making_is_picked_up_where_nothing_shows_yet(cloud: Cloud) -> None:
    body = {"accountId": "mlops-zoom", "serviceAccount": {"description": "[workstation=mlops-zoom]"}}
    cloud.session().api("iam").write("POST", "v1/projects/sandbox-project/serviceAccounts", body)
    result = cloud.run(ServiceAccount, ACCOUNT)
    assert result["actions"] == ["update"]
    assert creations(cloud) == [200, 409]


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "throttle"])
@pytest.mark.parametrize(
    ("method", "options", "action"),
    [
        ("patch", {"display_name": "Another"}, "update"),
        ("disable", {"disabled": True}, "disable"),
        ("delete", {"state": "absent"}, "delete"),
    ],
)
def test_a_change_whose_reply_is_lost_is_carried_out_once(
    cloud: Cloud, method: str, options: dict[str, Any], action: str, kind: str
) -> None:
    cloud.run(ServiceAccount, ACCOUNT)
    cloud.fault(method=f"iam.projects.serviceAccounts.{method}", kind=kind)
    assert cloud.run(ServiceAccount, {**ACCOUNT, **options})["actions"] == [action]
    assert cloud.run(ServiceAccount, {**ACCOUNT, **options})["changed"] is False


@pytest.mark.parametrize("account_id", ["short", "Upper-case", "1-digit-first", "hyphen-last-", "a" * 31, "a@b.c-d"])
def test_a_bad_id_is_refused_before_anything_is_sent(cloud: Cloud, account_id: str) -> None:
    with pytest.raises(CloudError, match="6 to 30 lower-case letters"):
        cloud.run(ServiceAccount, {**ACCOUNT, "account_id": account_id})
    assert cloud.log() == []


@pytest.mark.parametrize(("field", "most"), [("display_name", 100), ("description", 256)])
def test_texts_that_are_too_long_are_refused_before_anything_is_sent(cloud: Cloud, field: str, most: int) -> None:
    with pytest.raises(CloudError, match=f"{field} has .* at most {most} are taken"):
        cloud.run(ServiceAccount, {**ACCOUNT, field: "é" * (most // 2 + 1)})
    assert cloud.log() == []


def test_the_account_of_a_project_that_belongs_to_a_domain() -> None:
    assert service_account_email("a", "example.com:p") == "a@p.example.com.iam.gserviceaccount.com"
