# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""getIamPolicy, setIamPolicy and testIamPermissions, the same for whatever has a policy."""

from __future__ import annotations

import re

from sandbox.gcp import links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError, aborted
from sandbox.gcp.iam import accounts, policies, roles
from sandbox.gcp.iam.service_accounts import named as named_account
from sandbox.gcp.resourcemanager import changes, records
from sandbox.gcp.resourcemanager.changes import bad_field
from sandbox.gcp.store import Resource

_MEMBER = re.compile(
    r"(user|group):[^@\s:]+@[^@\s:]+|domain:[^@\s:]+|deleted:\w+:\S+\?uid=\d+|allUsers|allAuthenticatedUsers"
    r"|principal(Set)?://\S+"
)
_ACCOUNT = "serviceAccount:"
CHANGEABLE = ("bindings", "auditConfigs", "etag", "version")


@handles(
    "cloudresourcemanager.projects.getIamPolicy",
    "cloudresourcemanager.v1.projects.getIamPolicy",
    "cloudresourcemanager.folders.getIamPolicy",
    "cloudresourcemanager.organizations.getIamPolicy",
    "iam.projects.serviceAccounts.getIamPolicy",
)
def get_policy(call: Call) -> Json:
    """getIamPolicy: conditions only where version 3 is asked for."""
    name = _named(call, "getIamPolicy")
    options = call.body.get("options", {})
    version = options.get("requestedPolicyVersion", call.params.get("options.requestedPolicyVersion", 1))
    if version not in (0, 1, 3):
        raise bad_field("options.requested_policy_version", "requested_policy_version must be 0, 1 or 3")
    return _shown(policies.policy(call.cloud.store, name), version)


@handles(
    "cloudresourcemanager.projects.setIamPolicy",
    "cloudresourcemanager.v1.projects.setIamPolicy",
    "cloudresourcemanager.folders.setIamPolicy",
    "cloudresourcemanager.organizations.setIamPolicy",
    "iam.projects.serviceAccounts.setIamPolicy",
)
def set_policy(call: Call) -> Json:
    """setIamPolicy: the whole of the policy is replaced, under an etag; audit configs only where the mask says so."""
    name = _named(call, "setIamPolicy")
    wanted, current = call.body.get("policy", {}), policies.policy(call.cloud.store, name)
    if wanted.get("etag", current["etag"]) != current["etag"]:
        raise aborted(
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. "
            f"The request's ETag '{wanted['etag']}' did not match the current policy's ETag '{current['etag']}'."
        )
    mask = [path.strip() for path in call.body.get("updateMask", "bindings,etag").split(",")]
    if not set(mask) <= set(CHANGEABLE):
        raise bad_field("update_mask", f"update_mask may name {', '.join(CHANGEABLE)}")
    changed = {**current, **{field: wanted.get(field, []) for field in mask if field in ("bindings", "auditConfigs")}}
    changed["bindings"] = _checked(call, changed.get("bindings", []), wanted.get("version", 1))
    changed["version"] = 3 if any("condition" in binding for binding in changed["bindings"]) else 1
    with call.cloud.store.change():
        return _shown(policies.put(call.cloud.store, name, {k: v for k, v in changed.items() if v}), 3)


@handles(
    "cloudresourcemanager.projects.testIamPermissions",
    "cloudresourcemanager.v1.projects.testIamPermissions",
    "iam.projects.serviceAccounts.testIamPermissions",
)
def test_permissions(call: Call) -> Json:
    """testIamPermissions: those of the permissions named that the caller has."""
    name = _named(call, None)
    found = policies.held(call.cloud.store, call.principal, call.body.get("permissions", []), name)
    return {"permissions": found} if found else {}


def _named(call: Call, verb: str | None) -> str:
    """The full name of what the call is about, which has to be there; with a verb, the caller may do it."""
    kind, _, identifier = call.params["resource"].rpartition("/")
    if kind.endswith("/serviceAccounts"):
        return accounts.full_name_of(named_account(call, f"iam.serviceAccounts.{verb or 'get'}"))
    kind = kind or "projects"
    if kind == "projects":
        return records.project_name(changes.named(call, identifier, f"resourcemanager.projects.{verb or 'get'}"))
    name = records.full_name(kind, identifier)
    policies.require(call.cloud.store, call.principal, f"resourcemanager.{kind}.{verb}", name)
    return name


def _shown(policy: Resource, version: int) -> Json:
    """A policy for a caller that knows policies up to a version: below 3 conditions cannot be told."""
    if version == 3 or policy.get("version") != 3:
        return dict(policy)
    bindings = [
        binding
        if "condition" not in binding
        else {
            "role": f"{binding['role']}_withcond_{links.fixed_id(str(binding['condition']))}",
            "members": binding["members"],
        }
        for binding in policy["bindings"]
    ]
    return {**policy, "version": 1, "bindings": bindings}


def _checked(call: Call, bindings: list[Json], version: int) -> list[Json]:
    """Bindings as they are kept: each role and condition once, members in order, none empty."""
    merged: dict[str, Json] = {}
    for binding in bindings:
        role, condition = binding.get("role", ""), binding.get("condition")
        if role not in roles.table():
            raise bad_field("policy.bindings.role", f"Role {role} is not supported for this resource")
        if condition and version != 3:
            raise bad_field("policy.version", "a policy with conditional bindings must be sent with version 3")
        kept = merged.setdefault(f"{role} {condition}", {"role": role, "members": []})
        kept |= {"condition": condition} if condition else {}
        kept["members"] = sorted({*kept["members"], *binding.get("members", [])})
    for binding in merged.values():
        for member in binding["members"]:
            _check_member(call, member)
    return [binding for _, binding in sorted(merged.items()) if binding["members"]]


def _check_member(call: Call, member: str) -> None:
    if not member.startswith(_ACCOUNT):
        if not _MEMBER.fullmatch(member):
            raise bad_field("policy.bindings.members", f"Invalid member {member}: it must be of the form type:value")
        return
    email, store = member.removeprefix(_ACCOUNT), call.cloud.store
    found = accounts.find(store, email)
    if found is None or store.notes[accounts.full_name_of(found)]["visible"] > call.cloud.settings.now():
        raise ApiError(400, "badRequest", f"Service account {email} does not exist.")
