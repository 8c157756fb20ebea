# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may do what: policies of resources and of those above them, held against the roles' permissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.gcp import links
from sandbox.gcp.cloud import Principal
from sandbox.gcp.errors import ApiError, error_info
from sandbox.gcp.iam import roles
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.store import Resource, Store

ANYONE = ("allUsers", "allAuthenticatedUsers")


def policy(store: Store, name: str) -> Resource:
    """A resource's policy; where none was set, an empty one."""
    return store.policies.get(name) or {"version": 1, "etag": "ACAB"}


def put(store: Store, name: str, resource: Resource) -> Resource:
    """Replaces a policy under a new etag."""
    revision = int(store.notes.setdefault(name, {}).get("policy", 0)) + 1
    store.notes[name]["policy"] = revision
    store.policies[name] = {**resource, "etag": links.fingerprint([name, revision])}
    return store.policies[name]


def grant(store: Store, name: str, role: str, member: str) -> None:
    """Adds a member to a role's binding without a condition."""
    current = policy(store, name)
    bindings = [{**binding, "members": list(binding["members"])} for binding in current.get("bindings", [])]
    found = next((row for row in bindings if row["role"] == role and "condition" not in row), None)
    if found is None:
        found = {"role": role, "members": []}
        bindings.append(found)
    if member not in found["members"]:
        found["members"].append(member)
        put(store, name, {**current, "bindings": bindings})


def allowed(store: Store, principal: Principal, permission: str, name: str) -> bool:
    """Whether a permission is granted on a resource, by its own policy or one above.

    Conditions are kept but not evaluated: a conditional binding grants nothing here.
    """
    return any(roles.permits(role, permission) for role in _roles(store, principal.member, above(store, name)))


def held(store: Store, principal: Principal, permissions: Iterable[str], name: str) -> list[str]:
    """Those of the permissions that are granted."""
    return [permission for permission in permissions if allowed(store, principal, permission, name)]


def require(store: Store, principal: Principal, permission: str, name: str) -> None:
    """403 unless the permission is granted; it does not tell what is missing from what is foreign."""
    if not allowed(store, principal, permission, name):
        raise denied(permission, name)


def denied(permission: str, name: str) -> ApiError:
    """403 as IAM says it."""
    message = f"Permission '{permission}' denied on resource '{name}' (or it may not exist)."
    resource = name.removeprefix("//").partition("/")[2]
    info = error_info("IAM_PERMISSION_DENIED", "iam.googleapis.com", permission=permission, resource=resource)
    return ApiError(403, "forbidden", message, details=[info])


def above(store: Store, name: str) -> list[str]:
    """The full names whose policies hold for a resource: a service account's project and its folders too."""
    if not name.startswith("//iam."):
        return records.lineage(store, name)
    owner = name.removeprefix("//iam.googleapis.com/projects/").partition("/")[0]
    return [name, *records.lineage(store, records.full_name("projects", owner))]


def _roles(store: Store, member: str, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for binding in store.policies.get(name, {}).get("bindings", ()):
            if "condition" not in binding and {member, *ANYONE} & set(binding["members"]):
                yield binding["role"]
