# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The APIs of a project."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.project import Project
from plugins.module_utils.gcp.resources.services import Services, check, chunks
from plugins.module_utils.resource import CloudError
from sandbox.identity import BILLING_ACCOUNT
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

SEEDS = ["compute.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com"]
NEW: dict[str, Any] = {"project": "taxi-data", "names": SEEDS, "wait_usable": True}


@pytest.fixture
def owner(person: Cloud) -> Cloud:
    """A person with a project that is paid for and has next to nothing enabled."""
    new_project(person, billing_account=BILLING_ACCOUNT)
    return person


def new_project(person: Cloud, **options: Any) -> None:
    unset = dict.fromkeys(("prefix", "name", "parent", "labels", "billing_account"))
    person.run(Project, {**unset, "project_id": "taxi-data", "undelete": False, "state": "present", **options})


def test_several_are_enabled_in_one_call_and_can_be_used_then(owner: Cloud) -> None:
    enabled = owner.predicted(Services, NEW)
    assert enabled["actions"] == ["enable"]
    assert enabled["diff"]["after"] == {"enabled": SEEDS}
    assert enabled["resource"] == {"project": "taxi-data", "enabled": SEEDS}
    assert [entry["body"] for entry in owner.log() if entry["method"] == "serviceusage.services.batchEnable"] == [
        {"serviceIds": SEEDS}
    ]
    session = owner.session(project="taxi-data")
    session.get("")
    session.api("iam").get("v1/projects/taxi-data/serviceAccounts")
    assert session.calls == 2


def test_what_is_so_already_takes_one_call(owner: Cloud) -> None:
    owner.run(Services, NEW)
    kept = owner.run(Services, NEW)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)


def test_only_what_is_missing_is_enabled(owner: Cloud) -> None:
    owner.run(Services, {**NEW, "names": ["iam.googleapis.com"]})
    more = owner.predicted(Services, NEW)
    assert more["diff"]["before"] == {"enabled": ["iam.googleapis.com", "iamcredentials.googleapis.com"]}


def test_without_waiting_the_next_call_waits_by_itself(owner: Cloud) -> None:
    owner.run(Services, {**NEW, "wait_usable": False})
    assert "iam.projects.serviceAccounts.list" not in {entry["method"] for entry in owner.log()}
    session = owner.session(project="taxi-data")
    assert session.api("iam").get("v1/projects/taxi-data/serviceAccounts")["accounts"]
    assert session.calls > 1


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "throttle"])
def test_a_lost_reply_is_settled_by_asking_again(owner: Cloud, kind: str) -> None:
    owner.fault(method="serviceusage.services.batchEnable", kind=kind)
    assert owner.run(Services, NEW)["actions"] == ["enable"]
    assert owner.run(Services, NEW)["changed"] is False


def test_a_run_that_was_killed_before_they_could_be_used_is_no_harm_to_the_next(owner: Cloud) -> None:
    owner.settings(delays={"service_usable": 60})
    body = {"serviceIds": SEEDS}
    owner.session().api("serviceusage").write("POST", "v1/projects/taxi-data/services:batchEnable", body)
    owner.run(Services, NEW)
    assert owner.session().api("iam").get("v1/projects/taxi-data/serviceAccounts") is not None


def test_a_project_that_nobody_pays_for(person: Cloud) -> None:
    new_project(person)
    with pytest.raises(CloudError, match=r"gcloud billing projects link taxi-data --billing-account"):
        person.run(Services, NEW)


def test_an_api_that_a_quota_project_lacks_is_an_error_at_once(owner: Cloud) -> None:
    session = owner.session(project="sandbox-project", quota_project="taxi-data")
    with pytest.raises(CloudError, match=r"gcloud services enable iam\.googleapis\.com --project=taxi-data"):
        Services(session, {**NEW, "names": ["iam.googleapis.com"]})._probe("iam.googleapis.com")
    assert session.calls == 2


def test_an_operation_that_fails_is_an_error(owner: Cloud) -> None:
    owner.fault(method="serviceusage.services.batchEnable", kind="operation_error", message="Not today.")
    with pytest.raises(CloudError, match="Not today"):
        owner.run(Services, NEW)


def test_an_api_that_does_not_exist(owner: Cloud) -> None:
    with pytest.raises(CloudError, match=r"gcloud services list --available --project=taxi-data"):
        owner.run(Services, {**NEW, "names": ["storage-typo.googleapis.com"]})


@pytest.mark.parametrize("name", ["compute", "Compute Engine API", "compute.googleapis.com/", ""])
def test_what_cannot_be_a_name_is_refused_before_anything_is_sent(cloud: Cloud, name: str) -> None:
    with pytest.raises(CloudError, match=r"not the name of a service.*compute\.googleapis\.com"):
        cloud.run(Services, {"names": [name], "wait_usable": True})
    assert cloud.log() == []


def test_an_api_of_ones_own_is_a_name_too() -> None:
    check(["my-api.endpoints.my-project.cloud.goog"])


def test_more_names_than_a_call_takes_go_in_portions() -> None:
    assert [len(chunk) for chunk in chunks([str(number) for number in range(45)], 20)] == [20, 20, 5]
