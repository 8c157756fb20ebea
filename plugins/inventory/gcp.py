# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: gcp
short_description: Workstations on Google Cloud
version_added: 0.1.0
description:
  - Lists the Compute Engine instances of a project, all zones in one request for each 500 of them.
  - The source's name has to end in C(gcp.yml) or C(gcp.yaml).
  - Hosts are named after their instances; two instances of one name are told apart by their zones.
  - The options of the connection, and O(filter), may be templates as well.
author:
  - mlops.workstation contributors (@mlops)
options:
  plugin:
    description: Marks the file as a source of this plugin.
    type: str
    required: true
    choices: [mlops.workstation.gcp]
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
# workstation.gcp.yml
plugin: mlops.workstation.gcp
project: my-project

# A login and a key of your own, and a group for each zone
user: taxi
private_key_file: ~/.ssh/taxi
keyed_groups:
  - key: gcp_zone
    prefix: zone
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils.gcp import names
from ..module_utils.gcp.session import NO_PROJECT, connect
from ..module_utils.resource import CloudError
from ..plugin_utils.inventory import CloudInventory, ssh_args

PAGE = "500"
DISABLED = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})


class InventoryModule(CloudInventory):
    NAME = "mlops.workstation.gcp"

    suffixes = ("gcp.yml", "gcp.yaml")
    templated = (
        *CloudInventory.templated,
        "project",
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

    def fetch(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        session = connect(options)
        query = {"filter": options["filter"], "maxResults": PAGE}
        scopes = [scope for page in session.pages("aggregated/instances", query) for scope in page["items"].values()]
        return [item for scope in scopes for item in scope.get("instances") or ()]

    def is_missing(self, error: CloudError) -> bool:
        status, reason = error.details.get("status"), error.details.get("reason")
        return status == 404 or reason in (*DISABLED, NO_PROJECT)

    def host(self, item: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        return host(item, options)


def host(item: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of one instance."""
    interface: Mapping[str, Any] = next(iter(item.get("networkInterfaces") or ()), {})
    access: Mapping[str, Any] = next(iter(interface.get("accessConfigs") or ()), {})
    external, internal = access.get("natIP"), interface.get("networkIP")
    zone = str(names.short(item["zone"]))
    return {
        "inventory_hostname": item["name"],
        "fallback_hostname": f"{item['name']}.{zone}",
        "ansible_host": external or internal,
        "ansible_ssh_common_args": ssh_args(options, f"compute.{item['id']}"),
        "gcp_name": item["name"],
        "gcp_id": item["id"],
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
