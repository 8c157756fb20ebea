# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The project itself and the metadata that all of its machines share."""

from __future__ import annotations

from sandbox.gcp import catalog, links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common, guests, metadata, networks, quotas
from sandbox.gcp.discovery import Json
from sandbox.gcp.store import Store


@handles("compute.projects.get")
def get_project(call: Call) -> Json:
    """projects.get."""
    return {**common.get(call, call.path), "quotas": quotas.of_project(call.cloud)}


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


def seed(store: Store, project: str) -> None:
    """A new project."""
    number = catalog.table()["project"]["number"]
    path = f"projects/{project}"
    store.resources[path] = common.base("project", path) | {
        "id": number,
        "commonInstanceMetadata": metadata.shape({}),
        "defaultServiceAccount": default_account(),
        "defaultNetworkTier": "PREMIUM",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "vmDnsSetting": "ZONAL_ONLY",
        "cloudArmorTier": "CA_STANDARD",
        "selfLink": links.link(path),
    }
    networks.seed(store, project)


def default_account() -> str:
    """The service account that machines get unless told otherwise."""
    return f"{catalog.table()['project']['number']}-compute@developer.gserviceaccount.com"
