# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Projects as v3 has them."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.gcp import filters, jobs, links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import invalid
from sandbox.gcp.iam import policies
from sandbox.gcp.paging import paged
from sandbox.gcp.resourcemanager import changes, records
from sandbox.gcp.store import Resource

V3 = "type.googleapis.com/google.cloud.resourcemanager.v3."
CHANGEABLE = {"labels": "labels", "displayName": "displayName", "display_name": "displayName"}


@handles("cloudresourcemanager.projects.create")
def create_project(call: Call) -> Json:
    """projects.create."""
    changes.check_new(call, call.body)
    metadata = {"@type": f"{V3}CreateProjectMetadata", "createTime": links.utc_now()}
    return jobs.start(call, "cp", "project_created", lambda: _result(changes.make(call, call.body)), metadata)


@handles("cloudresourcemanager.projects.get")
def get_project(call: Call) -> Json:
    """projects.get."""
    return dict(_named(call, "get"))


@handles("cloudresourcemanager.projects.patch")
def patch_project(call: Call) -> Json:
    """projects.patch: labels and display name, those the mask names or else those given."""
    project = _named(call, "update")
    mask = call.params.get("updateMask")
    names = mask.split(",") if mask else [name for name in call.body if name in CHANGEABLE]
    for name in names:
        if name not in CHANGEABLE:
            raise invalid("updateMask", name, "Only labels and displayName can be changed.")
    fields = [CHANGEABLE[name] for name in names]
    return _change(call, "pp", "UpdateProject", lambda: changes.change(project, call.body, fields))


@handles("cloudresourcemanager.projects.delete")
def delete_project(call: Call) -> Json:
    """projects.delete: marks it for deletion."""
    project = _named(call, "delete")
    return _change(call, "dp", "DeleteProject", lambda: changes.mark_for_deletion(call, project))


@handles("cloudresourcemanager.projects.undelete")
def undelete_project(call: Call) -> Json:
    """projects.undelete."""
    project = _named(call, "undelete")
    return _change(call, "up", "UndeleteProject", lambda: changes.restore(project))


@handles("cloudresourcemanager.projects.list")
def list_projects(call: Call) -> Json:
    """projects.list: those directly in a folder or the organisation."""
    parent = call.params.get("parent", "")
    name = records.HOST + parent
    policies.require(call.cloud.store, call.principal, "resourcemanager.projects.list", name)
    states = ("ACTIVE", "DELETE_REQUESTED") if call.params.get("showDeleted") else ("ACTIVE",)
    inside = [item for item in changes.visible(call) if item.get("parent") == parent and item["state"] in states]
    return paged(call, "projects", inside)


@handles("cloudresourcemanager.projects.search")
def search_projects(call: Call) -> Json:
    """projects.search: whichever the caller may see, those marked for deletion too."""
    found = filters.select(call.params.get("query", ""), "query", changes.visible(call), _searched)
    return paged(call, "projects", found)


def _named(call: Call, verb: str) -> Resource:
    reference = call.params["name"].removeprefix("projects/")
    return changes.named(call, reference, f"resourcemanager.projects.{verb}")


def _change(call: Call, prefix: str, metadata: str, change: Callable[[], Resource]) -> Json:
    return jobs.start(call, prefix, None, lambda: _result(change()), {"@type": f"{V3}{metadata}Metadata"})


def _result(project: Resource) -> Json:
    return {"@type": f"{V3}Project", **project}


def _searched(project: Resource) -> Json:
    """The fields a query may name, under all of their names."""
    identifier, name, state = project["projectId"], project["displayName"], project["state"]
    return project | {
        "id": identifier,
        "project": [identifier, records.number(project)],
        "name": name,
        "lifecycleState": state,
    }
