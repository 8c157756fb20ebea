# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service accounts: made, changed, deleted and had back, with the awkward moments after each is made."""

from __future__ import annotations

import re

from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, aborted, error_info, precondition
from sandbox.gcp.iam import accounts, policies
from sandbox.gcp.paging import paged
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.resourcemanager.changes import bad_field
from sandbox.gcp.store import Resource

_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
CHANGEABLE = {"displayName": "displayName", "display_name": "displayName", "description": "description"}
LONGEST = {"displayName": 100, "description": 256}


@handles("iam.projects.serviceAccounts.create")
def create_account(call: Call) -> Json:
    """serviceAccounts.create: the name is taken at once, all else follows."""
    project = _project(call, "create")
    identifier, wanted = call.body.get("accountId", ""), call.body.get("serviceAccount", {})
    if not _ID.fullmatch(identifier):
        why = "must be 6 to 30 lowercase letters, digits or hyphens, start with a letter and not end with a hyphen"
        raise bad_field("account_id", f"account_id {why}")
    _check_texts(wanted)
    email = f"{identifier}@{project['projectId']}.iam.gserviceaccount.com"
    store, settings = call.cloud.store, call.cloud.settings
    if accounts.full_name(project["projectId"], email) in store.resources:
        message = f"Service account {identifier} already exists within project projects/{project['projectId']}."
        raise ApiError(409, "alreadyExists", message)
    visible = settings.now() + settings.delay("service_account_visible")
    texts = {name: wanted.get(name, "") for name in LONGEST}
    with store.change():
        return dict(accounts.add(store, project, email, visible, **texts))


@handles("iam.projects.serviceAccounts.get")
def get_account(call: Call) -> Json:
    """serviceAccounts.get."""
    return dict(named(call, "iam.serviceAccounts.get"))


@handles("iam.projects.serviceAccounts.list")
def list_accounts(call: Call) -> Json:
    """serviceAccounts.list, which does not show the newest."""
    project, store, now = _project(call, "list"), call.cloud.store, call.cloud.settings.now()
    found = store.children(accounts.full_name(project["projectId"], "").rstrip("/"))
    shown = [item for item in found if store.notes[accounts.full_name_of(item)]["visible"] <= now]
    return paged(call, "accounts", shown)


@handles("iam.projects.serviceAccounts.patch")
def patch_account(call: Call) -> Json:
    """serviceAccounts.patch: display name and description, those that the mask names."""
    account = named(call, "iam.serviceAccounts.update")
    wanted, names = call.body.get("serviceAccount", {}), call.body.get("updateMask", "").split(",")
    for name in names:
        if name not in CHANGEABLE:
            raise bad_field("update_mask", f"update_mask names {name!r}; only display_name and description can change")
    _check_texts(wanted)
    if wanted.get("etag", account["etag"]) != account["etag"]:
        raise aborted("There were concurrent changes to the service account. Please retry the read-modify-write.")
    with call.cloud.store.change():
        for field in (CHANGEABLE[name] for name in names):
            account.pop(field, None)
            account |= {field: wanted[field]} if wanted.get(field) else {}
        return dict(accounts.stamp(account))


@handles("iam.projects.serviceAccounts.enable", "iam.projects.serviceAccounts.disable")
def switch_account(call: Call) -> Json:
    """serviceAccounts.enable, serviceAccounts.disable."""
    verb = call.method.id.rpartition(".")[2]
    account = named(call, f"iam.serviceAccounts.{verb}")
    with call.cloud.store.change():
        account.pop("disabled", None)
        account |= {"disabled": True} if verb == "disable" else {}
        accounts.stamp(account)
    return {}


@handles("iam.projects.serviceAccounts.delete")
def delete_account(call: Call) -> Json:
    """serviceAccounts.delete: policies go on naming it, as deleted."""
    account, store = named(call, "iam.serviceAccounts.delete"), call.cloud.store
    path = accounts.full_name_of(account)
    with store.change():
        gone = _deleted(account["projectId"], account["uniqueId"])
        store.resources[gone], store.notes[gone] = store.resources.pop(path), store.notes.pop(path)
        _rename(call, f"serviceAccount:{account['email']}", _tombstone(account))
    return {}


@handles("iam.projects.serviceAccounts.undelete")
def undelete_account(call: Call) -> Json:
    """serviceAccounts.undelete: by unique id, unless another account has taken its email."""
    _, project, _, identifier = call.params["name"].split("/")
    store = call.cloud.store
    name = records.full_name("projects", project)
    policies.require(store, call.principal, "iam.serviceAccounts.undelete", name)
    gone = _deleted(project, identifier)
    if gone not in store.resources:
        raise ApiError(404, "notFound", f"Unknown service account: {identifier}")
    account = store.resources[gone]
    path = accounts.full_name_of(account)
    if path in store.resources:
        raise precondition(f"Another service account is called {account['email']} now; delete that first.")
    with store.change():
        store.resources[path], store.notes[path] = store.resources.pop(gone), store.notes.pop(gone)
        _rename(call, _tombstone(account), f"serviceAccount:{account['email']}")
    return {"restoredAccount": dict(account)}


def named(call: Call, permission: str) -> Resource:
    """The account a call names, by email or unique id; in the moments after it is made, it is now missing, now
    forbidden."""
    store = call.cloud.store
    _, reference, _, identifier = (call.params.get("name") or call.params["resource"]).split("/")[:4]
    numbered = records.project(store, reference) if reference.isdecimal() else None
    project = str(numbered["projectId"]) if numbered else reference
    found = accounts.find(store, identifier, project)
    path = accounts.full_name_of(found) if found else accounts.full_name(project, identifier)
    policies.require(store, call.principal, permission, path)
    if found is None:
        raise _unknown(identifier)
    note = store.notes[path]
    if note["visible"] > call.cloud.settings.now():
        with store.change():
            note["reads"] = note.get("reads", 0) + 1
        raise _unknown(identifier) if note["reads"] % 2 else policies.denied(permission, path)
    return found


def _project(call: Call, verb: str) -> Resource:
    reference = call.params["name"].removeprefix("projects/")
    found = records.project(call.cloud.store, reference)
    name = records.project_name(found) if found else records.full_name("projects", reference)
    policies.require(call.cloud.store, call.principal, f"iam.serviceAccounts.{verb}", name)
    if found is None:
        raise policies.denied(f"iam.serviceAccounts.{verb}", name)
    return found


def _check_texts(wanted: Json) -> None:
    for field, most in LONGEST.items():
        if len(wanted.get(field, "").encode()) > most:
            raise bad_field(field, f"{field} is longer than {most} bytes")


def _deleted(project: str, identifier: str) -> str:
    return f"{accounts.HOST}projects/{project}/deletedServiceAccounts/{identifier}"


def _tombstone(account: Resource) -> str:
    return f"deleted:serviceAccount:{account['email']}?uid={account['uniqueId']}"


def _rename(call: Call, before: str, after: str) -> None:
    """What policies call a member from now on."""
    for name, policy in list(call.cloud.store.policies.items()):
        bindings = [
            {**binding, "members": [after if member == before else member for member in binding["members"]]}
            for binding in policy.get("bindings", ())
        ]
        if bindings != policy.get("bindings", []):
            policies.put(call.cloud.store, name, {**policy, "bindings": bindings})


def _unknown(identifier: str) -> ApiError:
    info = error_info("RESOURCE_NOT_FOUND", "iam.googleapis.com", resource=identifier)
    return ApiError(404, "notFound", f"Unknown service account: {identifier}", details=[info])
