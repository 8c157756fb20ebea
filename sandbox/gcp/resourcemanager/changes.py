# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be done to projects, whichever version of the API asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sandbox.gcp import links
from sandbox.gcp.cloud import Call
from sandbox.gcp.errors import TYPES, ApiError, aborted, precondition
from sandbox.gcp.iam import policies
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.serviceusage import records as services
from sandbox.gcp.store import Resource

_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_DISPLAY_NAME = re.compile(r"[A-Za-z0-9 '\"!-]{4,30}")
_PARENT = re.compile(r"(folders|organizations)/\d+")
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
MAX_LABELS = 64
OnDeletion = Callable[[Call, Resource], None]
_ON_DELETION: list[OnDeletion] = []


def named(call: Call, reference: str, permission: str) -> Resource:
    """The project a call names, by id or number; 403 where it is missing, foreign, still being made or forbidden."""
    found = records.project(call.cloud.store, reference)
    name = records.project_name(found) if found else records.full_name("projects", reference)
    if found is None or call.cloud.store.notes[name]["visible"] > call.cloud.settings.now():
        raise policies.denied(permission, name)
    policies.require(call.cloud.store, call.principal, permission, name)
    return found


def check_new(call: Call, wanted: Resource) -> None:
    """Refuses a project that cannot be made: a bad or taken id, bad labels, a parent the caller may not use."""
    identifier, parent = wanted.get("projectId", ""), wanted.get("parent")
    if not _ID.fullmatch(identifier):
        why = "must be 6 to 30 lowercase letters, digits or hyphens, start with a letter and not end with a hyphen"
        raise bad_field("project_id", f"project_id {why}")
    check_fields(wanted)
    if parent is not None and not _PARENT.fullmatch(parent):
        raise bad_field("parent", "parent must be folders/NUMBER or organizations/NUMBER")
    if parent is None and call.principal.is_service_account:
        raise ApiError(403, "forbidden", "Service accounts cannot create projects without a parent.")
    if parent is not None:
        above = records.HOST + parent
        policies.require(call.cloud.store, call.principal, "resourcemanager.projects.create", above)
    if identifier in call.cloud.settings.all()["foreign_projects"] or records.project(call.cloud.store, identifier):
        raise ApiError(409, "alreadyExists", "Requested entity already exists")


def check_fields(wanted: Mapping[str, object]) -> None:
    """Refuses a display name or labels that Google would not take."""
    if "displayName" in wanted and not _DISPLAY_NAME.fullmatch(str(wanted["displayName"])):
        raise bad_field("display_name", "display_name must be 4 to 30 letters, digits, spaces, hyphens, quotes or !")
    labels = wanted.get("labels") or {}
    assert isinstance(labels, Mapping)
    if len(labels) > MAX_LABELS:
        raise bad_field("labels", f"at most {MAX_LABELS} labels are allowed")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            why = "takes lowercase letters, digits, hyphens and underscores, at most 63, and a key starts with a letter"
            raise bad_field("labels", f"label '{key}={value}' {why}")


def make(call: Call, wanted: Resource) -> Resource:
    """The project, its maker's own; it shows some time after, and in searches later still."""
    store, settings = call.cloud.store, call.cloud.settings
    identifier = wanted["projectId"]
    more = {"labels": wanted["labels"]} if wanted.get("labels") else {}
    project = records.new(
        f"projects/{records.new_number()}",
        wanted.get("displayName") or identifier,
        wanted.get("parent"),
        projectId=identifier,
        **more,
    )
    name = records.project_name(project)
    store.resources[name] = project
    visible = settings.now() + settings.delay("project_created")
    store.notes[name] = {"visible": visible, "searchable": visible + settings.delay("project_searchable")}
    policies.grant(store, name, "roles/owner", call.principal.member)
    at_first = [service for service, row in services.known().items() if row.get("at_first")]
    services.enable(store, project, at_first, visible)
    return project


def change(project: Resource, wanted: Resource, fields: list[str]) -> Resource:
    """Changes the named fields, if the etag given is the current one."""
    if wanted.get("etag", project["etag"]) != project["etag"]:
        raise aborted("The etag provided does not match the current etag of the project.")
    check_fields({field: wanted.get(field) for field in fields if wanted.get(field) is not None})
    for field in fields:
        project.pop(field, None)
        if wanted.get(field):
            project[field] = wanted[field]
    return records.stamp(project)


def on_deletion(function: OnDeletion) -> OnDeletion:
    """Makes a function one that is called with each project that is marked for deletion."""
    _ON_DELETION.append(function)
    return function


def mark_for_deletion(call: Call, project: Resource) -> Resource:
    """Marks a project for deletion: it can be had back, but nothing in it be used; it is no longer paid for."""
    _check_state(project, "ACTIVE")
    for function in _ON_DELETION:
        function(call, project)
    call.cloud.store.notes[records.project_name(project)].pop("billing", None)
    project |= {"state": "DELETE_REQUESTED", "deleteTime": links.utc_now()}
    return records.stamp(project)


def restore(project: Resource) -> Resource:
    """Takes the mark away."""
    _check_state(project, "DELETE_REQUESTED")
    project["state"] = "ACTIVE"
    project.pop("deleteTime", None)
    return records.stamp(project)


def visible(call: Call) -> list[Resource]:
    """The projects that a search finds for the caller: those that may be seen, and are not all too new."""
    store, now = call.cloud.store, call.cloud.settings.now()
    return [
        project
        for project in records.projects(store)
        if store.notes[records.project_name(project)]["searchable"] <= now
        and policies.allowed(store, call.principal, "resourcemanager.projects.get", records.project_name(project))
    ]


def bad_field(field: str, why: str) -> ApiError:
    """400 with the violation as a typed detail."""
    details = [{"@type": f"{TYPES}BadRequest", "fieldViolations": [{"field": field, "description": why}]}]
    return ApiError(400, "badRequest", f"Request contains an invalid argument: {why}.", details=details)


def _check_state(project: Resource, state: str) -> None:
    if project["state"] != state:
        message = f"Project {project['projectId']} is {project['state']}, which has to be {state} for this."
        raise precondition(message)
