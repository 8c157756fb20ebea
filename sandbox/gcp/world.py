# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is before anyone makes anything: a person with an organisation and billing accounts, and one project."""

from __future__ import annotations

import dataclasses

from sandbox.config import PROJECT
from sandbox.gcp import billing, catalog
from sandbox.gcp.iam import accounts, policies
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.serviceusage import records as services
from sandbox.gcp.store import Store
from sandbox.identity import BILLING_ACCOUNT, EMAIL, USER

CLOSED_BILLING_ACCOUNT = "0F3E21-7B6A55-94C0D8"
ORGANIZATION_ROLES = (
    "roles/resourcemanager.folderAdmin",
    "roles/resourcemanager.projectCreator",
)
ACCOUNT = "serviceAccount:" + EMAIL
PERSON = "user:" + USER


@dataclasses.dataclass(frozen=True)
class OfferedKey:
    """The key of the service account that clients are offered: its id, and its public half as PEM."""

    identifier: str
    public_key: str


def seed(store: Store, key: OfferedKey) -> None:
    """Makes what is missing of it; what has been changed since stays as it is."""
    organization = records.HOST + records.ORGANIZATION
    if organization not in store.resources:
        more = {"directoryCustomerId": "C01a2b3c4"}
        store.resources[organization] = records.new(records.ORGANIZATION, "sandbox.example", None, **more)
        for role in ORGANIZATION_ROLES:
            policies.grant(store, organization, role, PERSON)
    billing.add(store, BILLING_ACCOUNT, "My Billing Account", PERSON, is_open=True)
    billing.add(store, CLOSED_BILLING_ACCOUNT, "Expired Trial", PERSON, is_open=False)
    if records.project(store, PROJECT) is None:
        _project(store)
    _offer(store, key)


def _project(store: Store) -> None:
    """The project that is ready for use: paid for, and with every API enabled."""
    project = records.new(f"projects/{catalog.table()['project']['number']}", PROJECT, None, projectId=PROJECT)
    name = records.project_name(project)
    store.resources[name] = project
    store.notes[name] = {"visible": 0.0, "searchable": 0.0, "billing": f"billingAccounts/{BILLING_ACCOUNT}"}
    accounts.add(store, project, EMAIL, 0.0, displayName="MLOps Zoom user")
    for member in (PERSON, ACCOUNT):
        policies.grant(store, name, "roles/owner", member)
    services.enable(store, project, services.known(), 0.0)


def _offer(store: Store, key: OfferedKey) -> None:
    """The offered account's key is good again whenever the sandbox starts."""
    account = accounts.find(store, EMAIL)
    if account is None:
        return
    entry = accounts.key(account, key.public_key, 2048, key.identifier)
    accounts.keys(store, account).setdefault(key.identifier, entry)
