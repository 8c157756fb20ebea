# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Projects, folders and the organisation as they are kept."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.gcp import links
from sandbox.gcp.store import Resource, Store

HOST = "//cloudresourcemanager.googleapis.com/"
ORGANIZATION = "organizations/298357488294"


def full_name(kind: str, identifier: str) -> str:
    """The full name of a project (by its id), a folder or an organisation (by its number)."""
    return f"{HOST}{kind}/{identifier}"


def project(store: Store, reference: str) -> Resource | None:
    """A project by its id or its number."""
    if not reference.isdecimal():
        return store.resources.get(full_name("projects", reference))
    found = (item for item in projects(store) if item["name"] == f"projects/{reference}")
    return next(found, None)


def projects(store: Store) -> list[Resource]:
    """Every project, those marked for deletion too, by id."""
    return store.children(f"{HOST}projects")


def project_name(resource: Resource) -> str:
    """A project's full name."""
    return full_name("projects", resource["projectId"])


def number(resource: Resource) -> str:
    """A project's number, which never changes."""
    return str(resource["name"]).removeprefix("projects/")


def lineage(store: Store, name: str) -> list[str]:
    """The full names of a resource and of all above it, whose policies hold for it as well."""
    chain = [name]
    resource = store.resources.get(name, {})
    while resource.get("parent"):
        chain.append(HOST + resource["parent"])
        resource = store.resources.get(chain[-1], {})
    return chain


def new_number() -> str:
    """A number for a project or folder."""
    return str(10**11 + secrets.randbelow(9 * 10**11))


def stamp(resource: Resource) -> Resource:
    """Notes that a resource has just been changed."""
    content = {key: value for key, value in resource.items() if key != "etag"}
    resource["updateTime"] = links.utc_now()
    resource["etag"] = f'W/"{links.fingerprint([content, secrets.token_hex(4)])}"'
    return resource


def new(name: str, display_name: str, parent: str | None, **more: Any) -> Resource:
    """A project, folder or organisation that exists from now on."""
    begun: Resource = {"name": name, "state": "ACTIVE", "displayName": display_name, "createTime": links.utc_now()}
    if parent:
        begun["parent"] = parent
    return stamp(begun | more)
