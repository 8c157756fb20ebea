# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys of service accounts: made by Google or uploaded, and good for authentication from then on."""

from __future__ import annotations

import base64
import json
from typing import Any

from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, precondition
from sandbox.gcp.iam import accounts, key_pairs
from sandbox.gcp.iam.service_accounts import named
from sandbox.gcp.resourcemanager.changes import bad_field
from sandbox.gcp.store import Resource, Store

MOST = 10
SECONDS = "%Y-%m-%dT%H:%M:%SZ"
USER, SYSTEM = "USER_MANAGED", "SYSTEM_MANAGED"


@handles("iam.projects.serviceAccounts.keys.create")
def create_key(call: Call) -> Json:
    """keys.create: the private half is in this answer and nowhere else."""
    account = _account(call, "create")
    if call.body.get("privateKeyType", "TYPE_GOOGLE_CREDENTIALS_FILE") != "TYPE_GOOGLE_CREDENTIALS_FILE":
        raise bad_field("private_key_type", "the sandbox makes keys of TYPE_GOOGLE_CREDENTIALS_FILE only")
    _check_room(call, account, "iam.disableServiceAccountKeyCreation", "creation")
    pair = key_pairs.generate(1024 if call.body.get("keyAlgorithm") == "KEY_ALG_RSA_1024" else 2048)
    entry = accounts.key(account, key_pairs.public_pem(pair.public_key()), pair.key_size)
    _add(call, account, entry)
    content = _credentials(call, account, entry, key_pairs.private_pem(pair))
    data = _encoded(json.dumps(content, indent=2))
    return {**entry["resource"], "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "privateKeyData": data}


@handles("iam.projects.serviceAccounts.keys.upload")
def upload_key(call: Call) -> Json:
    """keys.upload: the public half of a key made elsewhere, in an X.509 certificate."""
    account = _account(call, "create")
    try:
        certificate = key_pairs.read_certificate(call.body.get("publicKeyData", ""))
    except ValueError as error:
        why = f"public_key_data must be an X.509 certificate as PEM in base64, but {error}"
        raise bad_field("public_key_data", why) from error
    _check_room(call, account, "iam.disableServiceAccountKeyUpload", "upload")
    entry = accounts.key(account, certificate.public_key, certificate.bits)
    entry["certificate"] = certificate.pem
    entry["resource"] |= {
        "keyOrigin": "USER_PROVIDED",
        "validAfterTime": certificate.begin.strftime(SECONDS),
        "validBeforeTime": certificate.end.strftime(SECONDS),
    }
    _add(call, account, entry)
    return dict(entry["resource"])


@handles("iam.projects.serviceAccounts.keys.list")
def list_keys(call: Call) -> Json:
    """keys.list: of the kinds asked for, or all."""
    account = _account(call, "list")
    kinds = call.params.get("keyTypes") or [USER, SYSTEM]
    entries = accounts.keys(call.cloud.store, account).values()
    shown = [dict(entry["resource"]) for entry in entries if entry["resource"]["keyType"] in kinds]
    return {"keys": shown} if shown else {}


@handles("iam.projects.serviceAccounts.keys.get")
def get_key(call: Call) -> Json:
    """keys.get: with its public half in the form asked for."""
    entry = _named(call, "get")
    kind = call.params.get("publicKeyType", "TYPE_NONE")
    if kind == "TYPE_RAW_PUBLIC_KEY":
        return {**entry["resource"], "publicKeyData": _encoded(entry["public_key"])}
    if kind == "TYPE_X509_PEM_FILE":
        shown = entry.get("certificate") or key_pairs.certify(entry["public_key"], entry["id"])
        return {**entry["resource"], "publicKeyData": _encoded(shown)}
    if kind not in ("TYPE_NONE", ""):
        raise bad_field("public_key_type", f"public_key_type cannot be {kind}")
    return dict(entry["resource"])


@handles("iam.projects.serviceAccounts.keys.delete")
def delete_key(call: Call) -> Json:
    """keys.delete: of those that are the user's."""
    entry = _named(call, "delete")
    if entry["resource"]["keyType"] != USER:
        raise precondition("System-managed keys cannot be deleted.")
    with call.cloud.store.change():
        del accounts.keys(call.cloud.store, _account(call, "delete"))[entry["id"]]
    return {}


@handles("iam.projects.serviceAccounts.keys.enable", "iam.projects.serviceAccounts.keys.disable")
def switch_key(call: Call) -> Json:
    """keys.enable, keys.disable."""
    verb = call.method.id.rpartition(".")[2]
    resource = _named(call, verb)["resource"]
    with call.cloud.store.change():
        resource.pop("disabled", None)
        resource |= {"disabled": True} if verb == "disable" else {}
    return {}


def _account(call: Call, verb: str) -> Resource:
    """The account of the keys; the permission is that on its keys."""
    account = named(call, f"iam.serviceAccountKeys.{verb}")
    entries = accounts.keys(call.cloud.store, account)
    if not any(entry["resource"]["keyType"] == SYSTEM for entry in entries.values()):
        with call.cloud.store.change():
            _provide(call.cloud.store, account)
    return account


def _provide(store: Store, account: Resource) -> None:
    """The key with which Google itself signs for an account; it is listed, but its private half stays with Google."""
    pair = key_pairs.of_google()
    entry = accounts.key(account, key_pairs.public_pem(pair.public_key()), pair.key_size)
    entry["resource"]["keyType"] = SYSTEM
    accounts.keys(store, account)[entry["id"]] = entry


def _named(call: Call, verb: str) -> dict[str, Any]:
    account = _account(call, verb)
    identifier = call.params["name"].rpartition("/")[2]
    entries = accounts.keys(call.cloud.store, account)
    if identifier not in entries:
        raise ApiError(404, "notFound", f"Service account key {identifier} does not exist.")
    return entries[identifier]


def _check_room(call: Call, account: Resource, constraint: str, what: str) -> None:
    if call.cloud.settings.enforced(constraint, account["projectId"]):
        message = f"Key {what} is not allowed on this service account (constraint constraints/{constraint})."
        violation = {"type": f"constraints/{constraint}", "subject": str(account["name"]), "description": message}
        raise precondition(message, violation)
    entries = accounts.keys(call.cloud.store, account).values()
    if sum(entry["resource"]["keyType"] == USER for entry in entries) >= MOST:
        raise precondition("Precondition check failed.")


def _add(call: Call, account: Resource, entry: dict[str, Any]) -> None:
    with call.cloud.store.change():
        accounts.keys(call.cloud.store, account)[entry["id"]] = entry


def _credentials(call: Call, account: Resource, entry: dict[str, Any], private_key: str) -> Json:
    """The content of a key file; its token endpoint is the sandbox's."""
    return {
        "type": "service_account",
        "project_id": account["projectId"],
        "private_key_id": entry["id"],
        "private_key": private_key,
        "client_email": account["email"],
        "client_id": account["oauth2ClientId"],
        "token_uri": f"{call.cloud.url}/token",
        "universe_domain": "googleapis.com",
    }


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
