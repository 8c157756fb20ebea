# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service accounts as they are kept, and their keys beside them."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.gcp import links
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.store import Resource, Store

HOST = "//iam.googleapis.com/"


def full_name(project: str, email: str) -> str:
    """The full name of a service account."""
    return f"{HOST}projects/{project}/serviceAccounts/{email}"


def full_name_of(account: Resource) -> str:
    """The same, of one that exists."""
    return HOST + str(account["name"])


def find(store: Store, identifier: str, project: str = "-") -> Resource | None:
    """An account by its email or unique id, in one project or in any."""
    prefix = f"{HOST}projects/" if project == "-" else full_name(project, "")
    return next(
        (
            account
            for path, account in store.resources.items()
            if path.startswith(prefix)
            and "/serviceAccounts/" in path
            and identifier in (account["email"], account["uniqueId"])
        ),
        None,
    )


def project_of(store: Store, identifier: str) -> str:
    """The id of the project an account belongs to; of one that does not exist, none."""
    found = find(store, identifier)
    return str(found["projectId"]) if found else ""


def keys(store: Store, account: Resource) -> dict[str, dict[str, Any]]:
    """An account's keys by id: each the resource as the API shows it, its public key and perhaps its certificate."""
    found: dict[str, dict[str, Any]] = store.notes[full_name_of(account)]["keys"]
    return found


def key(account: Resource, public_key: str, bits: int, identifier: str = "") -> dict[str, Any]:
    """A new key of an account, its public half given as PEM."""
    identifier = identifier or secrets.token_hex(20)
    resource = {
        "name": f"{account['name']}/keys/{identifier}",
        "validAfterTime": f"{links.utc_now().partition('.')[0]}Z",
        "validBeforeTime": "9999-12-31T23:59:59Z",
        "keyAlgorithm": f"KEY_ALG_RSA_{1024 if bits < 2048 else 2048}",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
    }
    return {"id": identifier, "resource": resource, "public_key": public_key}


def add(store: Store, project: Resource, email: str, visible: float, **more: str) -> Resource:
    """A new account, which other methods see from a moment on."""
    identifier = str(10**20 + secrets.randbelow(10**20))
    account: Resource = {
        "name": f"projects/{project['projectId']}/serviceAccounts/{email}",
        "projectId": project["projectId"],
        "uniqueId": identifier,
        "email": email,
        "oauth2ClientId": identifier,
    } | {name: value for name, value in more.items() if value}
    path = full_name_of(account)
    store.resources[path] = stamp(account)
    store.notes[path] = {"visible": visible, "keys": {}}
    return account


def stamp(account: Resource) -> Resource:
    """Gives an account the etag of what it holds now."""
    account["etag"] = links.fingerprint({key: value for key, value in account.items() if key != "etag"})
    return account


def default_compute_account(project: Resource) -> str:
    """The account that Compute Engine makes for a project, and which machines get unless told otherwise."""
    return f"{records.number(project)}-compute@developer.gserviceaccount.com"
