# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The project itself and the metadata that all of its machines share."""

from __future__ import annotations

from sandbox.gcp import links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common, guests, metadata, networks, quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.iam import accounts, policies
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.serviceusage import records as services
from sandbox.gcp.settings import Settings
from sandbox.gcp.store import Resource, Store


@handles("compute.projects.get")
def get_project(call: Call) -> Json:
    """projects.get."""
    return {**common.get(call, call.path), "quotas": quotas.of_project(call.cloud, call.project)}


@handles("compute.projects.setCommonInstanceMetadata")
def set_common_instance_metadata(call: Call) -> Json:
    """projects.setCommonInstanceMetadata: replaces the whole set."""
    path, project = common.named(call)
    current = project["commonInstanceMetadata"]
    metadata.check("resource", call.body)
    common.check_fingerprint("metadata", current["fingerprint"], call.body.get("fingerprint"))

    def work() -> None:
        with call.cloud.store.change():
            present = project["commonInstanceMetadata"]["fingerprint"]
            common.check_fingerprint("metadata", present, call.body.get("fingerprint"))
            project["commonInstanceMetadata"] = metadata.shape(call.body)
        guests.push_metadata(call.cloud)

    return call.cloud.operations.start(call, call.method.id, path, work)


@services.on_first_use("compute.googleapis.com")
def set_up(store: Store, project: Resource) -> None:
    """What a project has once Compute Engine is enabled: metadata, a network unless a policy forbids it, and an account
    for its machines."""
    identifier = project["projectId"]
    path, account = f"projects/{identifier}", accounts.default_compute_account(project)
    if accounts.find(store, account) is None:
        accounts.add(store, project, account, 0.0, displayName="Compute Engine default service account")
        policies.grant(store, records.project_name(project), "roles/editor", f"serviceAccount:{account}")
    if path in store.resources:
        return
    store.resources[path] = common.base("project", path) | {
        "id": records.number(project),
        "commonInstanceMetadata": metadata.shape({}),
        "defaultServiceAccount": account,
        "defaultNetworkTier": "PREMIUM",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "vmDnsSetting": "ZONAL_ONLY",
        "cloudArmorTier": "CA_STANDARD",
        "selfLink": links.link(path),
    }
    if not Settings(store).enforced("compute.skipDefaultNetworkCreation", identifier):
        networks.seed(store, identifier)
