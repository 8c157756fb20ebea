# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""setLabels, the same for every kind that has labels: the whole set is replaced, under a fingerprint."""

from __future__ import annotations

from sandbox.gcp import links
from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common
from sandbox.gcp.discovery import Json


@handles("compute.instances.setLabels", "compute.addresses.setLabels", "compute.disks.setLabels")
def set_labels(call: Call) -> Json:
    """instances.setLabels, addresses.setLabels, disks.setLabels."""
    path, resource = common.named(call)
    labels, fingerprint = call.body.get("labels", {}), call.body.get("labelFingerprint")
    common.check_labels("labels", labels)
    common.check_fingerprint("labels", resource["labelFingerprint"], fingerprint)

    def work() -> None:
        with call.cloud.store.change():
            common.check_fingerprint("labels", resource["labelFingerprint"], fingerprint)
            resource["labelFingerprint"] = links.fingerprint(labels)
            resource.pop("labels", None)
            if labels:
                resource["labels"] = labels

    return call.cloud.operations.start(call, "setLabels", path, work)
