# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The organisation and its folders."""

from __future__ import annotations

from sandbox.gcp import jobs
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.iam import policies
from sandbox.gcp.paging import paged
from sandbox.gcp.resourcemanager import changes, records
from sandbox.gcp.resourcemanager.projects import V3
from sandbox.gcp.store import Resource


@handles("cloudresourcemanager.folders.create")
def create_folder(call: Call) -> Json:
    """folders.create: in the organisation or in a folder."""
    parent, store = call.body.get("parent", ""), call.cloud.store
    policies.require(store, call.principal, "resourcemanager.folders.create", records.HOST + parent)
    changes.check_fields(call.body)

    def effect() -> Json:
        number = records.new_number()
        folder = records.new(f"folders/{number}", call.body.get("displayName", ""), parent)
        store.resources[records.full_name("folders", number)] = folder
        return {"@type": f"{V3}Folder", **folder}

    return jobs.start(call, "fc", "project_created", effect, {"@type": f"{V3}CreateFolderMetadata"})


@handles("cloudresourcemanager.folders.get", "cloudresourcemanager.organizations.get")
def get_folder(call: Call) -> Json:
    """folders.get, organizations.get."""
    name = records.HOST + call.params["name"]
    kind = call.params["name"].partition("/")[0]
    policies.require(call.cloud.store, call.principal, f"resourcemanager.{kind}.get", name)
    if name not in call.cloud.store.resources:
        raise policies.denied(f"resourcemanager.{kind}.get", name)
    return dict(call.cloud.store.resources[name])


@handles("cloudresourcemanager.folders.list")
def list_folders(call: Call) -> Json:
    """folders.list: those directly in the parent."""
    parent = call.params.get("parent", "")
    policies.require(call.cloud.store, call.principal, "resourcemanager.folders.list", records.HOST + parent)
    return paged(call, "folders", [folder for folder in _folders(call) if folder["parent"] == parent])


@handles("cloudresourcemanager.folders.search")
def search_folders(call: Call) -> Json:
    """folders.search: whichever the caller may see."""
    store, permission = call.cloud.store, "resourcemanager.folders.get"
    return paged(
        call,
        "folders",
        [item for item in _folders(call) if policies.allowed(store, call.principal, permission, _full_name(item))],
    )


@handles("cloudresourcemanager.organizations.search")
def search_organizations(call: Call) -> Json:
    """organizations.search: whichever the caller may see."""
    store, permission = call.cloud.store, "resourcemanager.organizations.get"
    found = store.children(f"{records.HOST}organizations")
    return paged(
        call,
        "organizations",
        [item for item in found if policies.allowed(store, call.principal, permission, _full_name(item))],
    )


def _folders(call: Call) -> list[Resource]:
    return call.cloud.store.children(f"{records.HOST}folders")


def _full_name(resource: Resource) -> str:
    return records.HOST + str(resource["name"])
