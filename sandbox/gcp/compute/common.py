# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the kinds of resources share: look-up, names, labels, fingerprints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.gcp import access, catalog, errors, links
from sandbox.gcp.cloud import Call
from sandbox.gcp.errors import ApiError, invalid, not_found, stale
from sandbox.gcp.iam import policies
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.serviceusage import records as services
from sandbox.gcp.store import Resource

NAME = r"(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")
MAX_LABELS = 64
# Where a permission is not called what the method is.
PERMISSIONS = {"insert": "create", "patch": "update", "aggregatedList": "list", "wait": "get"}
IMAGE_METHODS = ("compute.images.", "compute.imageFamilyViews.")


def get(call: Call, path: str) -> Resource:
    """The resource at a path, whose last part may be its id instead of its name."""
    resources = call.cloud.store.resources
    name = links.name_of(path)
    if path not in resources and name.isdecimal():
        siblings = call.cloud.store.children(path.rsplit("/", 1)[0])
        found = next((item for item in siblings if item["id"] == name), None)
        if found:
            return found
    if path not in resources:
        raise not_found(path)
    return resources[path]


def named(call: Call) -> tuple[str, Resource]:
    """The resource a call names, with its path by name."""
    resource = get(call, call.path)
    return path_of(resource), resource


def path_of(resource: Resource) -> str:
    """The path of a resource."""
    return str(resource["selfLink"]).removeprefix(links.BASE)


def check_new(call: Call, name: str) -> str:
    """The path of a resource that is to be made; refuses a bad name and one that is taken."""
    if not re.fullmatch(NAME, name):
        raise invalid("resource.name", name, f"Must be a match of regex '{NAME}'")
    path = f"{call.collection}/{name}"
    if path in call.cloud.store.resources:
        raise errors.already_exists(path)
    return path


def check_labels(field: str, labels: Mapping[str, str]) -> None:
    """Labels as Google takes them: few, short, lower case."""
    if len(labels) > MAX_LABELS:
        raise invalid(field, "", f"At most {MAX_LABELS} labels are allowed, {len(labels)} were given.")
    for key, value in labels.items():
        if not key or not key[0].islower() or not _LABEL.fullmatch(key):
            raise invalid(field, "", f"Label key '{key}' violates format constraints. {_CONSTRAINTS}")
        if not _LABEL.fullmatch(value):
            raise invalid(field, "", f"Label value '{value}' violates format constraints. {_CONSTRAINTS}")


_CONSTRAINTS = (
    "It can only contain lowercase letters, numeric characters, underscores and dashes, at most 63; "
    "a key starts with a letter."
)


def check_fingerprint(what: str, current: str, given: str | None) -> None:
    """412 unless the caller has seen the current state."""
    if given != current:
        raise stale(what)


def base(kind: str, path: str) -> dict[str, Any]:
    """What every stored resource begins with."""
    return {
        "kind": f"compute#{kind}",
        "id": links.new_id(),
        "creationTimestamp": links.now(),
        "name": links.name_of(path),
        "selfLink": links.link(path),
    }


def check_access(call: Call) -> None:
    """403 for other people's projects, which real Google does not tell from missing ones, for those that have not
    enabled the API, and for who may not do it; public images are open."""
    public = {family.project for family in catalog.image_families().values()}
    if call.project in public and call.method.id.startswith(IMAGE_METHODS) and not call.method.mutating:
        return
    permission, store = permission_for(call.method.id), call.cloud.store
    project = records.project(store, call.project)
    if project is None or store.notes[records.project_name(project)]["visible"] > call.cloud.settings.now():
        raise _forbidden(call, permission)
    if call.quota_project:
        access.check_consumer(call)
    services.check_usable(call.cloud, project, call.document.service)
    if not policies.allowed(store, call.principal, permission, records.project_name(project)):
        raise _forbidden(call, permission)
    _check_location(call)


def permission_for(method: str) -> str:
    """The permission that a method needs: compute.instances.create for compute.instances.insert."""
    kind, verb = method.rsplit(".", 1)
    return f"{kind}.{PERMISSIONS.get(verb, verb)}"


def _forbidden(call: Call, permission: str) -> ApiError:
    return ApiError(403, "forbidden", f"Required '{permission}' permission for '{call.path}'")


def _check_location(call: Call) -> None:
    if call.method.id in ("compute.zones.get", "compute.regions.get"):
        return
    for field, known in (("zone", catalog.zones()), ("region", catalog.regions())):
        place = call.params.get(field)
        if place is not None and place not in known:
            raise invalid(field, place, f"Unknown {field}.")
