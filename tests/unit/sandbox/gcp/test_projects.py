# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Projects, folders and the organisation: made, found, changed, marked for deletion and had back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.gcp.resourcemanager.records import ORGANIZATION
from tests.unit.sandbox.gcp.support import PROJECT, Api, Json, token_of

NEW = {"projectId": "zoom-1234", "displayName": "Zoom", "labels": {"workstation": "zoom"}}
ZOOM = "/v3/projects/zoom-1234"


def ids(answer: Json) -> list[str]:
    """The projects in an answer."""
    return [project["projectId"] for project in answer.get("projects", [])]


@pytest.fixture
def folder(api: Api) -> str:
    """A folder in the organisation."""
    return str(api.result("POST", "/v3/folders", {"displayName": "Team", "parent": ORGANIZATION})["name"])


def test_a_new_project_takes_its_time(api: Api) -> None:
    begun = api.ok("POST", "/v3/projects", NEW)
    assert begun["name"].startswith("operations/cp.")
    assert "done" not in begun
    assert api.refused("GET", ZOOM)[:2] == (403, "PERMISSION_DENIED")
    api.advance(60)
    done = api.get(f"/v3/{begun['name']}")
    assert done["done"]
    found = api.get(ZOOM)
    assert found | {**NEW, "state": "ACTIVE"} == found
    assert done["response"] == {"@type": "type.googleapis.com/google.cloud.resourcemanager.v3.Project", **found}
    assert api.get(f"/v3/{found['name']}") == found


def test_a_search_shows_it_later_still(api: Api) -> None:
    api.settings(delays={"project_created": 10, "project_searchable": 20})
    api.ok("POST", "/v3/projects", NEW)
    api.advance(15)
    assert api.get(ZOOM)["state"] == "ACTIVE"
    assert ids(api.get("/v3/projects:search")) == [PROJECT]
    api.advance(20)
    assert ids(api.get("/v3/projects:search")) == [PROJECT, "zoom-1234"]


@pytest.mark.parametrize("identifier", ["mlops-zoom", PROJECT, "debian-cloud"])
def test_a_taken_id_is_taken_for_everybody(api: Api, identifier: str) -> None:
    message = "Requested entity already exists"
    assert api.refused("POST", "/v3/projects", {"projectId": identifier}) == (409, "ALREADY_EXISTS", message)


@pytest.mark.parametrize("identifier", ["mlops-zoom", "no-such-project"])
def test_what_is_foreign_looks_like_what_is_missing(api: Api, identifier: str) -> None:
    status, code, message = api.refused("GET", f"/v3/projects/{identifier}")
    assert (status, code) == (403, "PERMISSION_DENIED")
    assert message.endswith(f"/projects/{identifier}' (or it may not exist).")


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"projectId": "Zoom-1234"}, 400, "project_id must be 6 to 30"),
        ({"projectId": "zoom-"}, 400, "project_id must be 6 to 30"),
        ({"displayName": "Zoom?"}, 400, "display_name must be"),
        ({"labels": {"Team": "x"}}, 400, "label 'Team=x'"),
        ({"labels": {f"l{number}": "" for number in range(65)}}, 400, "at most 64 labels"),
        ({"parent": "zoom"}, 400, "parent must be folders/NUMBER"),
        ({"parent": "folders/1"}, 403, "'resourcemanager.projects.create' denied"),
        ({"colour": "red"}, 400, 'Unknown name "colour"'),
    ],
)
def test_projects_that_cannot_be(api: Api, change: Json, status: int, message: str) -> None:
    found = api.refused("POST", "/v3/projects", NEW | change)
    assert found[0] == status
    assert message in found[2]


def test_service_accounts_make_projects_only_below_something(api: Api, account: Callable[..., Json]) -> None:
    robot = api.acting_as(token_of(api, account("worker", "roles/owner")))
    status, _, message = robot.refused("POST", "/v3/projects", NEW)
    assert (status, message) == (403, "Service accounts cannot create projects without a parent.")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [PROJECT, "zoom-1234"]),
        ("labels.workstation:zoom", ["zoom-1234"]),
        ("labels.workstation:*", ["zoom-1234"]),
        ("labels.workstation:other", []),
        ("id:zoom-*", ["zoom-1234"]),
        ("projectId=zoom-1234 state:ACTIVE", ["zoom-1234"]),
        ("state:DELETE_REQUESTED", []),
        ("NOT labels.workstation:*", [PROJECT]),
    ],
)
def test_search(api: Api, found: Callable[..., str], query: str, expected: list[str]) -> None:
    found(**{key: value for key, value in NEW.items() if key != "projectId"})
    assert ids(api.get("/v3/projects:search", query=query)) == expected
    assert ids(api.get("/v1/projects", filter=query.replace("state", "lifecycleState"))) == expected


def test_pages(api: Api, found: Callable[..., str]) -> None:
    for number in range(3):
        found(f"zoom-{number}234")
    first = api.get("/v3/projects:search", pageSize=3)
    second = api.get("/v3/projects:search", pageSize=3, pageToken=first["nextPageToken"])
    assert (len(first["projects"]), ids(second), "nextPageToken" in second) == (3, ["zoom-2234"], False)
    assert api.refused("GET", "/v3/projects:search", pageToken="x")[0] == 400


def test_patch(api: Api, found: Callable[..., str]) -> None:
    found(labels={"a": "1"})
    before = api.get(ZOOM)
    after = api.result("PATCH", ZOOM, {"labels": {"b": "2"}, "displayName": "Zoom", "etag": before["etag"]})
    assert (after["labels"], after["displayName"]) == ({"b": "2"}, "Zoom")
    api.result("PATCH", ZOOM, {"displayName": "Zoom 2"}, updateMask="labels")
    after = api.get(ZOOM)
    assert ("labels" in after, after["displayName"]) == (False, "Zoom")
    assert api.refused("PATCH", ZOOM, {"labels": {}, "etag": before["etag"]})[:2] == (409, "ABORTED")
    assert "Only labels" in api.refused("PATCH", ZOOM, {}, updateMask="parent")[2]


def test_deletion_is_a_mark(api: Api, found: Callable[..., str]) -> None:
    found("zoom-1234", "compute")
    assert api.result("DELETE", ZOOM)["state"] == "DELETE_REQUESTED"
    assert api.get(ZOOM)["state"] == "DELETE_REQUESTED"
    assert api.refused("DELETE", ZOOM)[:2] == (400, "FAILED_PRECONDITION")
    assert api.refused("POST", "/v3/projects", {"projectId": "zoom-1234"})[0] == 409
    assert api.error("GET", "projects/zoom-1234") == (
        403,
        "forbidden",
        "Permission denied on resource project zoom-1234.",
    )
    assert ids(api.get("/v3/projects:search", query="state:DELETE_REQUESTED")) == ["zoom-1234"]
    assert api.result("POST", f"{ZOOM}:undelete", {})["state"] == "ACTIVE"
    assert "deleteTime" not in api.get(ZOOM)
    assert not api.get("/v1/projects/zoom-1234/billingInfo")["billingEnabled"]
    assert api.refused("POST", f"{ZOOM}:undelete", {})[1] == "FAILED_PRECONDITION"


def test_an_operation_that_fails_changes_nothing(api: Api) -> None:
    api.fault("cloudresourcemanager.projects.create", "operation_error")
    begun = api.ok("POST", "/v3/projects", NEW)
    api.advance(60)
    assert api.get(f"/v3/{begun['name']}")["error"]["code"] == 13
    assert api.refused("GET", ZOOM)[0] == 403
    api.result("POST", "/v3/projects", NEW)


def test_unknown_operation(api: Api) -> None:
    assert api.refused("GET", "/v3/operations/cp.1")[:2] == (404, "NOT_FOUND")


def test_folders(api: Api, folder: str, found: Callable[..., str]) -> None:
    found(parent=folder)
    assert [item["displayName"] for item in api.get("/v3/folders", parent=ORGANIZATION)["folders"]] == ["Team"]
    assert api.get(f"/v3/{folder}")["parent"] == ORGANIZATION
    assert api.get("/v3/folders", parent=folder) == {}
    assert [item["name"] for item in api.get("/v3/folders:search")["folders"]] == [folder]
    assert [item["name"] for item in api.get("/v3/organizations:search")["organizations"]] == [ORGANIZATION]
    assert api.get(f"/v3/{ORGANIZATION}")["state"] == "ACTIVE"
    assert ids(api.get("/v3/projects", parent=folder)) == ["zoom-1234"]
    assert ids(api.get("/v3/projects", parent=ORGANIZATION)) == []
    api.result("DELETE", ZOOM)
    assert ids(api.get("/v3/projects", parent=folder)) == []
    assert ids(api.get("/v3/projects", parent=folder, showDeleted="true")) == ["zoom-1234"]


@pytest.mark.parametrize(
    ("http", "path", "query"),
    [
        ("GET", "/v3/folders/1", {}),
        ("GET", "/v3/organizations/1", {}),
        ("GET", "/v3/folders", {"parent": "folders/1"}),
        ("GET", "/v3/projects", {}),
        ("GET", "/v3/projects", {"parent": "folders/1"}),
    ],
)
def test_places_the_caller_has_no_part_in(api: Api, http: str, path: str, query: Json) -> None:
    assert api.refused(http, path, **query)[:2] == (403, "PERMISSION_DENIED")


def test_a_folders_policy_holds_for_what_is_in_it(
    api: Api, folder: str, found: Callable[..., str], account: Callable[..., Json]
) -> None:
    found("zoom-1234", parent=folder)
    made = account("worker", "roles/viewer")
    robot = api.acting_as(token_of(api, made))
    assert robot.refused("GET", ZOOM)[0] == 403
    binding = {"role": "roles/viewer", "members": [f"serviceAccount:{made['email']}"]}
    api.ok("POST", f"/v3/{folder}:setIamPolicy", {"policy": {"bindings": [binding]}})
    assert robot.get(ZOOM)["projectId"] == "zoom-1234"


def test_version_1_is_what_gcloud_speaks(api: Api, folder: str) -> None:
    parent = {"type": "folder", "id": folder.removeprefix("folders/")}
    made = api.result("POST", "/v1/projects", {"projectId": "zoom-1234", "name": "Zoom", "parent": parent})
    assert made["@type"] == "type.googleapis.com/google.cloudresourcemanager.v1.Project"
    found = api.get("/v1/projects/zoom-1234")
    assert (found["name"], found["parent"], found["lifecycleState"]) == ("Zoom", parent, "ACTIVE")
    assert f"projects/{found['projectNumber']}" == api.get(ZOOM)["name"]
    assert api.ok("PUT", "/v1/projects/zoom-1234", {"name": "Zoomer", "labels": {"a": "1"}})["labels"] == {"a": "1"}
    ancestors = api.ok("POST", "/v1/projects/zoom-1234:getAncestry", {})["ancestor"]
    assert [entry["resourceId"]["type"] for entry in ancestors] == ["project", "folder", "organization"]
    assert api.ok("DELETE", "/v1/projects/zoom-1234") == {}
    assert api.get("/v1/projects/zoom-1234")["lifecycleState"] == "DELETE_REQUESTED"
    assert api.ok("POST", "/v1/projects/zoom-1234:undelete", {}) == {}
    assert api.get("/v1/projects/zoom-1234")["lifecycleState"] == "ACTIVE"
