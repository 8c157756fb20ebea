# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Projects."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from plugins.module_utils.gcp.resources import project_ids
from plugins.module_utils.gcp.resources.project import Project
from plugins.module_utils.resource import CloudError
from sandbox.gcp.world import CLOSED_BILLING_ACCOUNT
from sandbox.identity import BILLING_ACCOUNT
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

UNSET: dict[str, Any] = dict.fromkeys(("project_id", "prefix", "name", "parent", "labels", "billing_account"))
ASKED: dict[str, Any] = {**UNSET, "undelete": False, "state": "present"}
BY_ID = {**ASKED, "project_id": "taxi-data"}
BY_PREFIX = {**ASKED, "prefix": "mlops-zoom"}
PAID = {**BY_ID, "billing_account": BILLING_ACCOUNT}
FAULTS = ["drop_after", "drop_before", "throttle"]
FIRST, SECOND = itertools.islice(project_ids.candidates("mlops-zoom", "mlops-zoom"), 2)


def projects(cloud: Cloud) -> list[str]:
    """The ids of all projects but the sandbox's own, however new."""
    cloud.wait(3600)
    pages = cloud.session().api("cloudresourcemanager").pages("v3/projects:search")
    return sorted({project["projectId"] for page in pages for project in page["projects"]} - {"sandbox-project"})


def made_by_a_run_that_was_killed(cloud: Cloud, project_id: str = FIRST) -> None:
    body = {"projectId": project_id, "labels": {"workstation": "mlops-zoom"}}
    cloud.session().api("cloudresourcemanager").write("POST", "v3/projects", body)


def on_another_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "another")


def test_make_keep_remove_and_have_back_by_id(person: Cloud) -> None:
    made = person.predicted(Project, {**BY_ID, "name": "Taxi data", "labels": {"team": "taxi"}})
    assert made["actions"] == ["create"]
    assert made["resource"]["labels"] == {"team": "taxi", "workstation": "mlops-zoom"}
    assert made["resource"]["number"].isdigit()
    kept = person.run(Project, BY_ID)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    removed = person.predicted(Project, {**BY_ID, "state": "absent"})
    assert (removed["actions"], removed["resource"]["state"]) == (["delete"], "DELETE_REQUESTED")
    assert person.run(Project, {**BY_ID, "state": "absent"})["changed"] is False
    with pytest.raises(CloudError, match=r"taxi-data is marked for deletion.*Set undelete"):
        person.run(Project, BY_ID)
    back = person.predicted(Project, {**BY_ID, "undelete": True, "labels": {"back": "yes"}})
    assert (back["actions"], back["resource"]["state"]) == (["undelete", "update"], "ACTIVE")
    assert person.run(Project, {**BY_ID, "undelete": True})["changed"] is False


def test_make_and_keep_by_prefix(person: Cloud) -> None:
    made = person.predicted(Project, BY_PREFIX)
    assert made["resource"]["project_id"] == FIRST
    kept = person.run(Project, BY_PREFIX)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert person.run(Project, {**BY_PREFIX, "state": "absent"})["actions"] == ["delete"]


def test_it_is_found_by_its_label_on_another_computer(person: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    person.run(Project, BY_PREFIX)
    person.wait(10)
    on_another_computer(monkeypatch)
    found = person.run(Project, BY_PREFIX)
    assert (found["changed"], found["resource"]["project_id"], found["api_calls"]) == (False, FIRST, 3)
    assert projects(person) == [FIRST]


def test_a_search_that_is_behind_does_not_make_a_twin(person: Cloud) -> None:
    person.settings(delays={"project_created": 20, "project_searchable": 600})
    made_by_a_run_that_was_killed(person)
    found = person.run(Project, BY_PREFIX)
    assert (found["changed"], found["resource"]["project_id"]) == (False, FIRST)
    assert projects(person) == [FIRST]


def test_an_id_that_is_somebody_elses_is_passed_over(person: Cloud) -> None:
    person.settings(foreign_projects=[FIRST])
    made = person.run(Project, BY_PREFIX)
    assert (made["actions"], made["resource"]["project_id"]) == (["create"], SECOND)
    assert made["diff"]["after"]["project_id"] == SECOND
    kept = person.run(Project, BY_PREFIX)
    assert (kept["changed"], kept["resource"]["project_id"]) == (False, SECOND)


def test_an_id_that_is_ours_under_a_later_suffix_is_adopted_before_it_can_be_searched_for(person: Cloud) -> None:
    person.settings(foreign_projects=[FIRST], delays={"project_searchable": 600})
    made_by_a_run_that_was_killed(person, SECOND)
    assert person.run(Project, BY_PREFIX)["changed"] is False
    assert projects(person) == [SECOND]


def test_a_project_of_ones_own_that_is_not_the_workstations_is_passed_over(person: Cloud) -> None:
    person.run(Project, {**BY_ID, "project_id": FIRST, "workstation": "other"})
    assert person.predicted(Project, BY_PREFIX)["resource"]["project_id"] == SECOND


def test_of_two_projects_it_is_not_guessed_which_is_meant(person: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for project_id in ("mlops-zoom-aaaaaa", "mlops-zoom-bbbbbb", "mlops-zoom-data"):
        made_by_a_run_that_was_killed(person, project_id)
    person.wait(10)
    with pytest.raises(CloudError, match=r"mlops-zoom-aaaaaa and mlops-zoom-bbbbbb are marked.*project_id"):
        person.run(Project, BY_PREFIX)
    person.run(Project, {**BY_ID, "project_id": "mlops-zoom-aaaaaa", "state": "absent"})
    assert person.run(Project, BY_PREFIX)["resource"]["project_id"] == "mlops-zoom-bbbbbb"


@pytest.mark.parametrize("asked", [BY_ID, BY_PREFIX])
@pytest.mark.parametrize("kind", FAULTS)
def test_one_project_is_made_although_the_reply_is_lost(person: Cloud, asked: dict[str, Any], kind: str) -> None:
    person.settings(delays={"project_created": 20, "project_searchable": 600})
    person.fault(method="cloudresourcemanager.projects.create", kind=kind)
    made = person.run(Project, asked)
    assert made["actions"] == ["create"]
    assert person.run(Project, asked)["changed"] is False
    assert projects(person) == [made["resource"]["project_id"]]


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize(
    ("method", "options", "action"),
    [
        ("cloudresourcemanager.projects.patch", {"name": "Another"}, "update"),
        ("cloudresourcemanager.projects.delete", {"state": "absent"}, "delete"),
        ("cloudbilling.projects.updateBillingInfo", {"billing_account": BILLING_ACCOUNT}, "link_billing"),
    ],
)
def test_a_change_whose_reply_is_lost_is_carried_out_once(
    person: Cloud, method: str, options: dict[str, Any], action: str, kind: str
) -> None:
    person.run(Project, BY_ID)
    person.fault(method=method, kind=kind)
    assert person.run(Project, {**BY_ID, **options})["actions"] == [action]
    assert person.run(Project, {**BY_ID, **options})["changed"] is False


@pytest.mark.parametrize("kind", FAULTS)
def test_having_a_project_back_whose_reply_is_lost(person: Cloud, kind: str) -> None:
    person.run(Project, BY_ID)
    person.run(Project, {**BY_ID, "state": "absent"})
    person.fault(method="cloudresourcemanager.projects.undelete", kind=kind)
    assert person.run(Project, {**BY_ID, "undelete": True})["actions"] == ["undelete"]


def test_a_label_that_is_a_number_is_no_change_when_it_is_there(person: Cloud) -> None:
    person.run(Project, {**BY_ID, "labels": {"cohort": 2026}})
    assert person.run(Project, {**BY_ID, "labels": {"cohort": 2026}})["changed"] is False


def test_a_label_that_was_set_meanwhile_stays(person: Cloud) -> None:
    person.run(Project, BY_ID)
    session = person.session()
    mine = Project(session, {**BY_ID, "workstation": "mlops-zoom", "labels": {"mine": "yes"}})
    steps = mine.plan(mine.read())
    person.run(Project, {**BY_ID, "labels": {"theirs": "yes"}})
    with pytest.raises(CloudError, match="changed since it was read"):
        mine.apply(steps[0])
    labels = person.run(Project, {**BY_ID, "labels": {"mine": "yes"}})["resource"]["labels"]
    assert labels == {"mine": "yes", "theirs": "yes", "workstation": "mlops-zoom"}


def test_billing_is_linked_once(person: Cloud) -> None:
    linked = person.predicted(Project, PAID)
    assert linked["actions"] == ["create", "link_billing"]
    assert linked["resource"]["billing_account"] == f"billingAccounts/{BILLING_ACCOUNT}"
    assert linked["resource"]["billing_enabled"] is True
    kept = person.run(Project, {**PAID, "billing_account": f"billingAccounts/{BILLING_ACCOUNT}"})
    assert (kept["changed"], kept["api_calls"]) == (False, 2)


def test_billing_is_linked_anew_to_a_project_that_is_had_back(person: Cloud) -> None:
    person.run(Project, PAID)
    person.run(Project, {**PAID, "state": "absent"})
    back = person.predicted(Project, {**PAID, "undelete": True})
    assert (back["actions"], back["resource"]["billing_enabled"]) == (["undelete", "link_billing"], True)


def test_an_account_that_cannot_pay_is_an_error(person: Cloud) -> None:
    with pytest.raises(CloudError, match="closed"):
        person.run(Project, {**BY_ID, "billing_account": CLOSED_BILLING_ACCOUNT})


def test_an_id_that_is_taken_for_everybody(person: Cloud) -> None:
    with pytest.raises(CloudError, match=r"mlops-zoom: the id is taken.*give prefix"):
        person.run(Project, {**BY_ID, "project_id": "mlops-zoom"})


def test_a_project_that_is_not_ours_is_used_as_it_is_or_not_at_all(person: Cloud) -> None:
    theirs = {**BY_ID, "labels": {"team": "taxi"}, "billing_account": BILLING_ACCOUNT}
    person.run(Project, {**theirs, "workstation": "other"})
    changes = len([entry for entry in person.log() if entry["mutating"]])
    used = person.run(Project, theirs)
    assert used["changed"] is False
    assert "used as it is" in used["warnings"][0]
    assert "gcloud alpha projects update taxi-data --update-labels=workstation=mlops-zoom" in used["warnings"][0]
    for option, value in {
        "labels": {"team": "x"},
        "name": "Other name",
        "billing_account": "0" * 6 + "-000000" * 2,
    }.items():
        with pytest.raises(CloudError, match="not marked as belonging to the workstation 'mlops-zoom'"):
            person.run(Project, {**theirs, option: value})
    removed = person.run(Project, {**theirs, "state": "absent"})
    assert (removed["changed"], len(removed["warnings"])) == (False, 1)
    assert len([entry for entry in person.log() if entry["mutating"]]) == changes


def test_what_is_not_to_be_seen_cannot_be_removed_and_that_is_said(person: Cloud) -> None:
    removed = person.run(Project, {**BY_ID, "project_id": "mlops-zoom", "state": "absent"})
    assert (removed["changed"], removed["resource"]) == (False, {})
    assert "does not exist, or these credentials may not see it" in removed["warnings"][0]


def test_a_service_account_needs_a_parent(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match=r"without a parent.*projectCreator"):
        cloud.run(Project, BY_ID)


def test_a_project_is_made_in_its_parent_and_not_moved(person: Cloud) -> None:
    api = person.session().api("cloudresourcemanager")
    organization = api.get("v3/organizations:search")["organizations"][0]["name"]
    made = person.predicted(Project, {**BY_ID, "parent": organization})
    assert made["resource"]["parent"] == organization
    assert person.run(Project, {**BY_ID, "parent": organization})["changed"] is False
    with pytest.raises(CloudError, match=rf"is in {organization}, and folders/1.*projects move taxi-data --folder=1"):
        person.run(Project, {**BY_ID, "parent": "folders/1"})


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("project_id", "short", "6 to 30 lower-case"),
        ("project_id", "Taxi-data", "6 to 30 lower-case"),
        ("project_id", "taxi-data-", "no hyphen last"),
        ("project_id", "my-google-taxi", "none of the words google"),
        ("prefix", "a" * 24, "1 to 23 lower-case"),
        ("prefix", "1taxi", "a letter first"),
        ("name", "abc", "4 to 30 letters"),
        ("parent", "folder/1", "folders/NUMBER"),
        ("billing_account", "My Billing Account", "012345-6789AB-CDEF01"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(person: Cloud, option: str, value: str, message: str) -> None:
    asked = {**(BY_ID if option not in ("project_id", "prefix") else ASKED), option: value}
    sent = len(person.log())
    with pytest.raises(CloudError, match=message):
        person.run(Project, asked)
    assert len(person.log()) == sent


def test_suffixes_look_random_and_are_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = list(itertools.islice(project_ids.candidates("taxi", "one"), 200))
    assert first == list(itertools.islice(project_ids.candidates("taxi", "one"), 200))
    assert len(set(first)) == 200
    assert all(project_ids.is_made_of(found, "taxi") for found in first)
    assert {char for found in first for char in found[5:]} == set(project_ids.ALPHABET)
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert not set(first) & set(itertools.islice(project_ids.candidates("taxi", "one"), 200))


def test_a_login_without_a_name_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert project_ids.is_made_of(next(project_ids.candidates("taxi", "one")), "taxi")


def test_suffixes_differ_by_workstation_prefix_and_computer(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def suffix(prefix: str, workstation: str) -> str:
        return next(project_ids.candidates(prefix, workstation)).rpartition("-")[2]

    found = {suffix("taxi", "one"), suffix("taxi", "two"), suffix("cab", "one")}
    monkeypatch.setattr(project_ids, "MACHINE_ID", tmp_path_factory.mktemp("etc") / "machine-id")
    found.add(suffix("taxi", "one"))
    on_another_computer(monkeypatch)
    found.add(suffix("taxi", "one"))
    assert len(found) == 5
