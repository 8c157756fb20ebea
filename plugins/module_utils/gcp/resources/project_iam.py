# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles that one member has in a project's IAM policy, a document that the whole project shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...resource import CloudError, State, Step, differences
from ..session import Session

Json = dict[str, Any]

MEMBER = re.compile(
    r"(user|serviceAccount|group):[^@\s:]+@[^@\s:]+\.[^@\s:]+|domain:[^@\s:]+\.[^@\s:]+"
    r"|principal(Set)?://iam\.googleapis\.com/\S+"
)
ROLE = re.compile(r"(roles|(projects|organizations)/[^/\s]+/roles)/[A-Za-z0-9_.]+")
# Conditions are only told, and only kept, in this version of the policy's format.
VERSION = 3
WANTED: Mapping[str, Callable[[set[str], set[str]], set[str]]] = {
    "add": lambda live, given: live | given,
    "remove": lambda live, given: live - given,
    "exact": lambda _live, given: given,
}


class ProjectIam:
    """The roles that the member has without a condition. Other members' roles, bindings with a condition and audit
    configurations are sent back as they came, under the etag that they came with."""

    fields = ("project", "member", "roles")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        self._api = session.api("cloudresourcemanager")
        self._project = session.project
        self._member: str = params["member"]
        self._mode: str = params["mode"]
        self._roles = set(params["roles"])
        check(self._member, self._roles)
        self.title = f"roles of {self._member} in the project {self._project}"
        self._policy: Json = {}
        self._written: Json | None = None

    def read(self) -> State | None:
        self._policy, self._written = self._written or self._get(), None
        return {
            "project": self._project,
            "member": self._member,
            "roles": sorted({binding["role"] for binding in self._bindings() if is_plain(binding)}),
        }

    def plan(self, live: State | None) -> Sequence[Step]:
        there = set(live["roles"]) if live else set()
        before, after = differences({"roles": sorted(WANTED[self._mode](there, self._roles))}, live or {})
        return [Step("set_roles", before, after)] if after else []

    def apply(self, step: Step) -> None:
        bindings = with_roles(self._policy.get("bindings") or (), self._member, set(step.after["roles"]))
        body = {"policy": {**self._policy, "bindings": bindings}}
        try:
            self._written = self._api.patiently(lambda: self._set(body), is_unknown_account)
        except CloudError as error:
            if not is_unknown_account(error):
                raise
            raise CloudError(
                f"{self.title}: {error.message} Check its email, and make it first with gcp_service_account.",
                **error.details,
            ) from error

    def warnings(self) -> Sequence[str]:
        kept = sorted({binding["role"] for binding in self._bindings() if not is_plain(binding)})
        if self._mode == "add" or not kept:
            return ()
        return (
            f"{self.title}: {', '.join(kept)} under a condition was left alone; only roles without one are managed.",
        )

    def _get(self) -> Json:
        return self._api.read(
            f"v3/projects/{self._project}:getIamPolicy", {"options": {"requestedPolicyVersion": VERSION}}
        )

    def _set(self, body: Json) -> Json:
        return self._api.write("POST", f"v3/projects/{self._project}:setIamPolicy", body)

    def _bindings(self) -> list[Json]:
        """Those that the member is in."""
        found = self._policy.get("bindings") or ()
        return [binding for binding in found if any(same(name, self._member) for name in binding.get("members") or ())]


def check(member: str, roles: Iterable[str]) -> None:
    """CloudError for a member or a role that IAM would not know."""
    if not MEMBER.fullmatch(member):
        raise CloudError(
            f"{member!r} is not a member of an IAM policy. Write for example user:name@example.com, "
            "group:team@example.com or serviceAccount:name@project.iam.gserviceaccount.com."
        )
    wrong = sorted(role for role in roles if not ROLE.fullmatch(role))
    if wrong:
        raise CloudError(
            f"{', '.join(map(repr, wrong))}: not the name of a role. Write it as roles/viewer, not as the console "
            "shows it; list them with: gcloud iam roles list"
        )


def same(one: str, other: str) -> bool:
    """Whether two spellings are one member: IAM keeps addresses in lower case, people may not."""
    return one.lower() == other.lower()


def is_plain(binding: Mapping[str, Any]) -> bool:
    """Whether a binding holds without a condition."""
    return not binding.get("condition")


def with_roles(bindings: Iterable[Json], member: str, roles: set[str]) -> list[Json]:
    """The bindings with exactly these roles for the member, as far as they have no condition. A binding that nobody is
    left in goes; every other one stays as it is, in its place."""
    missing = set(roles)
    result = []
    for binding in bindings:
        if is_plain(binding):
            members = _members(binding, member, binding["role"] in missing)
            missing.discard(binding["role"])
            if members:
                result.append({**binding, "members": members})
        else:
            result.append(binding)
    return result + [{"role": role, "members": [member]} for role in sorted(missing)]


def _members(binding: Json, member: str, wanted: bool) -> list[str]:
    members: list[str] = binding.get("members") or []
    there = any(same(name, member) for name in members)
    if wanted:
        return members if there else [*members, member]
    return [name for name in members if not same(name, member)]


def is_unknown_account(error: CloudError) -> bool:
    """Whether IAM does not know a member, as it may for a while after a service account was made."""
    return error.details.get("status") == 400 and "does not exist" in error.message
