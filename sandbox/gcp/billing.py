# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cloud Billing v1: billing accounts, and which of them pays for which project."""

from __future__ import annotations

from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import invalid, precondition
from sandbox.gcp.iam import policies
from sandbox.gcp.paging import paged
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.store import Resource, Store

HOST = "//cloudbilling.googleapis.com/"


@handles("cloudbilling.billingAccounts.list")
def list_accounts(call: Call) -> Json:
    """billingAccounts.list: those the caller may see."""
    store, permission = call.cloud.store, "billing.accounts.get"
    found = store.children(f"{HOST}billingAccounts")
    shown = [item for item in found if policies.allowed(store, call.principal, permission, HOST + item["name"])]
    return paged(call, "billingAccounts", shown)


@handles("cloudbilling.billingAccounts.get")
def get_account(call: Call) -> Json:
    """billingAccounts.get."""
    return dict(_account(call, call.params["name"], "billing.accounts.get"))


@handles("cloudbilling.billingAccounts.projects.list")
def list_projects(call: Call) -> Json:
    """billingAccounts.projects.list: the projects that an account pays for."""
    account, store = _account(call, call.params["name"], "billing.resourceAssociations.list"), call.cloud.store
    paid = [project for project in records.projects(store) if _payer(store, project) == account["name"]]
    return paged(call, "projectBillingInfo", [_shown(store, project) for project in paid])


@handles("cloudbilling.projects.getBillingInfo")
def get_billing_info(call: Call) -> Json:
    """projects.getBillingInfo."""
    return _shown(call.cloud.store, _project(call, "resourcemanager.projects.get"))


@handles("cloudbilling.projects.updateBillingInfo")
def update_billing_info(call: Call) -> Json:
    """projects.updateBillingInfo: an empty name of an account ends the payment."""
    project = _project(call, "resourcemanager.projects.createBillingAssignment")
    wanted = call.body.get("billingAccountName", "")
    if wanted:
        account = _account(call, wanted, "billing.resourceAssociations.create")
        if not account["open"]:
            raise precondition(f"Billing account {wanted} is closed: it cannot pay for a project.")
    with call.cloud.store.change():
        call.cloud.store.notes[records.project_name(project)]["billing"] = wanted
    return _shown(call.cloud.store, project)


def add(store: Store, identifier: str, display_name: str, owner: str, *, is_open: bool) -> None:
    """A billing account of a person's own, unless it is there."""
    name = f"billingAccounts/{identifier}"
    account = {"name": name, "displayName": display_name, "open": is_open, "currencyCode": "CAD"}
    store.resources.setdefault(HOST + name, account)
    policies.grant(store, HOST + name, "roles/billing.admin", owner)


def _account(call: Call, name: str, permission: str) -> Resource:
    if not name.startswith("billingAccounts/"):
        raise invalid("billingAccountName", name, "It must be billingAccounts/ and the account's id.")
    policies.require(call.cloud.store, call.principal, permission, HOST + name)
    if HOST + name not in call.cloud.store.resources:
        raise policies.denied(permission, HOST + name)
    return call.cloud.store.resources[HOST + name]


def _project(call: Call, permission: str) -> Resource:
    reference = call.params["name"].removeprefix("projects/")
    found = records.project(call.cloud.store, reference)
    name = records.project_name(found) if found else records.full_name("projects", reference)
    policies.require(call.cloud.store, call.principal, permission, name)
    if found is None or found["state"] != "ACTIVE":
        raise policies.denied(permission, name)
    return found


def _payer(store: Store, project: Resource) -> str:
    return str(store.notes[records.project_name(project)].get("billing", ""))


def _shown(store: Store, project: Resource) -> Json:
    identifier, payer = project["projectId"], _payer(store, project)
    return {
        "name": f"projects/{identifier}/billingInfo",
        "projectId": identifier,
        "billingAccountName": payer,
        "billingEnabled": bool(payer),
    }
