# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: gcp
short_description: Workstations on Google Cloud
version_added: 0.1.0
description:
  - Lists the Compute Engine instances of one or more projects, all zones of a project in one request for each 500
    instances, and several projects at the same time.
  - The source's name has to end in C(gcp.yml) or C(gcp.yaml).
  - Hosts are named after their instances; those of one name are told apart by their zones, and if need be by their
    projects.
  - A zone that cannot be reached, and one project of several that cannot be read, leaves a gap, which O(strict_partial)
    is about.
  - O(projects), O(folders), O(filter) and the options of the connection may be templates as well.
author:
  - mlops.workstation contributors (@mlops)
options:
  plugin:
    description: Marks the file as a source of this plugin.
    type: str
    required: true
    choices: [mlops.workstation.gcp]
  project:
    description:
      - The id of a project.
      - If O(projects) and O(folders) are unset too, the environment variables E(GCP_PROJECT) and
        E(GOOGLE_CLOUD_PROJECT) are tried, in this order.
      - If they are unset as well, every project with the label C(workstation) that the credentials see is listed, such
        as one that was made with a suffix to its id. That is one request more, and a project that has just been made
        may be missing for some minutes.
  projects:
    description: The ids of further projects.
    type: list
    elements: str
    default: []
  folders:
    description:
      - The ids of folders. All projects in them and in the folders below are listed, 2 requests more for each folder.
      - The credentials need the role Browser (C(roles/browser)) on them.
    type: list
    elements: str
    default: []
  filter:
    description:
      - Which instances are listed, in the language of the API's own filters, and evaluated there.
      - By default those that carry this collection's mark.
    type: str
    default: labels.workstation:*
  user:
    description: The login, that is the user of M(mlops.workstation.gcp_ssh_key).
    type: str
    default: mlops-zoom-user
  private_key_file:
    description: The path of the private key.
    type: str
    default: ~/.ssh/mlops-zoom
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.inventory
  - constructed
  - inventory_cache
seealso:
  - module: mlops.workstation.gcp_instance
"""

EXAMPLES = r"""
---
# workstation.gcp.yml: the workstations of one project
plugin: mlops.workstation.gcp
project: my-project
---
# Those of every project that has the label "workstation", with a login and a key of your own and a group for each zone
plugin: mlops.workstation.gcp
user: taxi
private_key_file: ~/.ssh/taxi
keyed_groups:
  - key: gcp_zone
    prefix: zone
---
# Those of a team, whichever project under its folder they are in, and a group for each project
plugin: mlops.workstation.gcp
folders: ["123456789012"]
keyed_groups:
  - key: gcp_project
    prefix: project
---
# Every instance of two projects, for a run that must not miss one; asked for once an hour
plugin: mlops.workstation.gcp
projects: [my-project, my-other-project]
filter: name:*
strict_partial: true
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-inventory
"""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from typing import Any

from ..module_utils.gcp import names, ownership, projects
from ..module_utils.gcp.api import Api
from ..module_utils.gcp.errors import DISABLED, NO_BILLING
from ..module_utils.gcp.session import NO_PROJECT, Session, connect, named_project
from ..module_utils.gcp.transport import ENDPOINTS, OVERRIDE
from ..module_utils.resource import CloudError
from ..plugin_utils.inventory import CloudInventory, Listing, in_parallel, ssh_args

PAGE = "500"
# What host() reads, and what is said of a part that could not be asked.
FIELDS = (
    "nextPageToken,unreachables,warning(code,message),items/*/warning(code,message),items/*/instances(id,name,zone,"
    "status,machineType,labels,tags/items,metadata/items,networkInterfaces(networkIP,accessConfigs/natIP))"
)
# An empty zone comes with a warning too.
HARMLESS = frozenset({"NO_RESULTS_ON_PAGE"})
# What decides on the answer. A token changes every hour, and is kept out of the names of files.
OPTIONS = (
    "project",
    "projects",
    "folders",
    "filter",
    "auth_kind",
    "service_account_file",
    "credentials_file",
    "impersonate_service_account",
    "endpoints",
)
ENVIRONMENT = (
    "GCP_PROJECT",
    "GOOGLE_CLOUD_PROJECT",
    "GCP_AUTH_KIND",
    "GCP_SERVICE_ACCOUNT_FILE",
    "GCP_IMPERSONATE_SERVICE_ACCOUNT",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "CLOUDSDK_CONFIG",
    *(OVERRIDE + service.upper() for service in ENDPOINTS),
)
# By project, or by folder where that failed.
Answers = dict[str, Listing | CloudError]


class InventoryModule(CloudInventory):
    NAME = "mlops.workstation.gcp"

    suffixes = ("gcp.yml", "gcp.yaml")
    templated = (
        *CloudInventory.templated,
        "project",
        "projects",
        "folders",
        "auth_kind",
        "service_account_file",
        "credentials_file",
        "access_token",
        "impersonate_service_account",
        "quota_project",
        "endpoints",
        "token_endpoint",
        "filter",
    )

    def fetch(self, options: Mapping[str, Any], pool: Executor) -> Listing:
        session = connect(options)

        def listed(project: str) -> Listing:
            return _listed(Session(project, session.transport), options["filter"])

        found, failures = _projects(session, options, pool)
        answers = in_parallel(pool, listed, found)
        listing = self.gathered(failures | answers)
        # Two ids of one project, and pages that shift while they are read, give an instance twice.
        items = {item["id"]: item for item in listing.items}
        return Listing(sorted(items.values(), key=self.hostnames), listing.gaps)

    def asked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **{option: options[option] for option in OPTIONS},
            **{name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            "fields": FIELDS,
        }

    def is_missing(self, error: CloudError) -> bool:
        status, reason = error.details.get("status"), error.details.get("reason")
        disabled = reason in DISABLED and error.details.get("service") == "compute.googleapis.com"
        return status == 404 or reason in (NO_PROJECT, *NO_BILLING) or disabled

    def hostnames(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        name, zone = str(item["name"]), names.short(item["zone"])
        return name, f"{name}.{zone}", f"{name}.{zone}.{names.project_of(item['zone'])}"

    def host(self, item: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        return host(item, options)


def _projects(session: Session, options: Mapping[str, Any], pool: Executor) -> tuple[list[str], Answers]:
    """The projects to ask, and the folders that could not be read. CloudError where nothing says which to ask."""
    manager = session.api("cloudresourcemanager")
    named = [*([options["project"]] if options["project"] else []), *options["projects"]]
    if named or options["folders"]:
        found, failures = _under(manager, [projects.folder_id(str(folder)) for folder in options["folders"]], pool)
        return [*named, *found], failures
    given = named_project(options, os.environ)
    found = [given] if given else projects.labelled(manager, ownership.LABEL)
    if not found:
        raise CloudError(
            f"No Google Cloud project is given, and none that these credentials see has the label {ownership.LABEL}: "
            "set the option project or GOOGLE_CLOUD_PROJECT to its id.",
            reason=NO_PROJECT,
        )
    return found, {}


def _under(manager: Api, folders: Iterable[str], pool: Executor) -> tuple[list[str], Answers]:
    """The projects in these folders and below them, one level after the other, and the folders that failed."""
    found: list[str] = []
    failures: Answers = {}
    seen: set[str] = set()
    level = list(folders)
    while level:
        seen.update(level)
        answers = in_parallel(pool, lambda folder: projects.children(manager, folder), level)
        failures |= {f"folders/{folder}": error for folder, error in answers.items() if isinstance(error, CloudError)}
        read = [answer for answer in answers.values() if not isinstance(answer, CloudError)]
        found += [project for _below, inside in read for project in inside]
        level = [folder for below, _inside in read for folder in below if folder not in seen]
    return found, failures


def _listed(session: Session, condition: str) -> Listing:
    """The instances of one project that meet a filter, all zones at once: 1 request for each 500 of them."""
    query = {"filter": condition, "maxResults": PAGE, "fields": FIELDS}
    path = "aggregated/instances"
    try:
        pages = list(session.pages(path, {**query, "returnPartialSuccess": "true"}))
    except CloudError as error:
        # The API's prose recommends it, but its newest discovery document has it on no method.
        if "returnPartialSuccess" not in error.message:
            raise
        pages = list(session.pages(path, query))
    scopes = [scope for page in pages for scope in (page.get("items") or {}).values()]
    return Listing([item for scope in scopes for item in scope.get("instances") or ()], gaps(session.project, pages))


def gaps(project: str, pages: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a project's answer says of its own gaps."""
    unreachable: set[str] = set()
    others: dict[str, None] = {}
    for page in pages:
        unreachable.update(str(names.short(zone)) for zone in page.get("unreachables") or ())
        for scope, part in [("", page), *(page.get("items") or {}).items()]:
            warning = part.get("warning") or {}
            code, where = warning.get("code"), ", ".join(filter(None, (project, names.short(scope))))
            if code == "UNREACHABLE" and scope:
                unreachable.add(str(names.short(scope)))
            elif code and code not in HARMLESS:
                others[f"{where}: {str(warning.get('message') or code).rstrip('.')}. Instances may be missing."] = None
    out_of_reach = ", ".join(sorted(unreachable))
    gone = [f"{project}: {out_of_reach} could not be reached, so instances there are missing."] if unreachable else []
    return [*gone, *others]


def host(item: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of one instance."""
    interface: Mapping[str, Any] = next(iter(item.get("networkInterfaces") or ()), {})
    access: Mapping[str, Any] = next(iter(interface.get("accessConfigs") or ()), {})
    external, internal = access.get("natIP"), interface.get("networkIP")
    zone = str(names.short(item["zone"]))
    return {
        "ansible_host": external or internal,
        "ansible_ssh_common_args": ssh_args(options, f"compute.{item['id']}"),
        "gcp_name": item["name"],
        "gcp_id": item["id"],
        "gcp_project": names.project_of(item["zone"]),
        "gcp_zone": zone,
        "gcp_region": names.region_of(zone),
        "gcp_status": item.get("status"),
        "gcp_machine_type": names.short(item.get("machineType")),
        "gcp_labels": dict(item.get("labels") or {}),
        "gcp_tags": list((item.get("tags") or {}).get("items") or ()),
        "gcp_metadata": names.pairs((item.get("metadata") or {}).get("items")),
        "gcp_external_ip": external,
        "gcp_internal_ip": internal,
    }
