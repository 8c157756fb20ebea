# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Projects as v1 has them: the methods that `gcloud projects` calls."""

from __future__ import annotations

from sandbox.gcp import filters, jobs, links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.paging import paged
from sandbox.gcp.resourcemanager import changes, records
from sandbox.gcp.store import Resource

KINDS = {"folder": "folders", "organization": "organizations"}


@handles("cloudresourcemanager.v1.projects.create")
def create_project(call: Call) -> Json:
    """projects.create."""
    wanted: Json = {key: call.body[key] for key in ("projectId", "labels") if key in call.body}
    if call.body.get("name"):
        wanted["displayName"] = call.body["name"]
    if call.body.get("parent"):
        wanted["parent"] = f"{KINDS.get(call.body['parent'].get('type'))}/{call.body['parent'].get('id')}"
    changes.check_new(call, wanted)
    metadata = {
        "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus",
        "createTime": links.utc_now(),
    }
    return jobs.start(call, "cp", "project_created", lambda: _result(changes.make(call, wanted)), metadata)


@handles("cloudresourcemanager.v1.projects.get")
def get_project(call: Call) -> Json:
    """projects.get."""
    return _shown(_named(call, "get"))


@handles("cloudresourcemanager.v1.projects.list")
def list_projects(call: Call) -> Json:
    """projects.list, which is what v3 calls search."""
    shown = [_shown(project) for project in changes.visible(call)]
    found = filters.select(call.params.get("filter", ""), "filter", shown, _searched)
    return paged(call, "projects", found, most=1000)


@handles("cloudresourcemanager.v1.projects.update")
def update_project(call: Call) -> Json:
    """projects.update: name and labels."""
    project = _named(call, "update")
    wanted = {"displayName": call.body.get("name"), "labels": call.body.get("labels")}
    with call.cloud.store.change():
        return _shown(changes.change(project, wanted, ["displayName", "labels"]))


@handles("cloudresourcemanager.v1.projects.delete")
def delete_project(call: Call) -> Json:
    """projects.delete."""
    project = _named(call, "delete")
    with call.cloud.store.change():
        changes.mark_for_deletion(call, project)
    return {}


@handles("cloudresourcemanager.v1.projects.undelete")
def undelete_project(call: Call) -> Json:
    """projects.undelete."""
    project = _named(call, "undelete")
    with call.cloud.store.change():
        changes.restore(project)
    return {}


@handles("cloudresourcemanager.v1.projects.getAncestry")
def get_ancestry(call: Call) -> Json:
    """projects.getAncestry: the project, its folders, the organisation."""
    project = _named(call, "get")
    name = records.project_name(project)
    above = [entry.removeprefix(records.HOST) for entry in records.lineage(call.cloud.store, name)[1:]]
    chain = [{"type": "project", "id": project["projectId"]}, *map(_resource_id, above)]
    return {"ancestor": [{"resourceId": entry} for entry in chain]}


def _named(call: Call, verb: str) -> Resource:
    return changes.named(call, call.params["projectId"], f"resourcemanager.projects.{verb}")


def _result(project: Resource) -> Json:
    return {"@type": "type.googleapis.com/google.cloudresourcemanager.v1.Project", **_shown(project)}


def _shown(project: Resource) -> Json:
    shown: Json = {
        "projectNumber": records.number(project),
        "projectId": project["projectId"],
        "lifecycleState": project["state"],
        "name": project["displayName"],
        "createTime": project["createTime"],
    }
    if project.get("labels"):
        shown["labels"] = project["labels"]
    return shown | ({"parent": _resource_id(project["parent"])} if project.get("parent") else {})


def _resource_id(parent: str) -> Json:
    kind, _, identifier = parent.partition("/")
    return {"type": kind.removesuffix("s"), "id": identifier}


def _searched(shown: Json) -> Json:
    return shown | {"id": shown["projectId"]}
