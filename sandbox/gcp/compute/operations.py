# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations as clients see them: get, list, wait and delete, for zones, regions and the project."""

from __future__ import annotations

from sandbox.gcp.cloud import Call, handles
from sandbox.gcp.compute import common
from sandbox.gcp.discovery import Json
from sandbox.gcp.listing import aggregated, listed
from sandbox.gcp.operations import WAIT_SECONDS


@handles("compute.zoneOperations.get", "compute.regionOperations.get", "compute.globalOperations.get")
def get_operation(call: Call) -> Json:
    """zoneOperations.get, regionOperations.get, globalOperations.get."""
    return dict(common.get(call, call.path))


@handles("compute.zoneOperations.wait", "compute.regionOperations.wait", "compute.globalOperations.wait", locked=False)
def wait_operation(call: Call) -> Json:
    """zoneOperations.wait and its like: answers when the operation is done, or after two minutes as it is then."""
    with call.cloud.store.lock:
        path, _ = common.named(call)
    call.cloud.operations.wait(path, WAIT_SECONDS)
    with call.cloud.store.lock:
        return dict(common.get(call, path))


@handles("compute.zoneOperations.list", "compute.regionOperations.list", "compute.globalOperations.list")
def list_operations(call: Call) -> Json:
    """zoneOperations.list, regionOperations.list, globalOperations.list."""
    return listed(call, call.cloud.store.children(call.collection))


@handles("compute.globalOperations.aggregatedList")
def aggregate_operations(call: Call) -> Json:
    """globalOperations.aggregatedList."""
    return aggregated(call, "operations", [item for _, item in call.cloud.store.items("operations", call.project)])


@handles("compute.zoneOperations.delete", "compute.regionOperations.delete", "compute.globalOperations.delete")
def delete_operation(call: Call) -> Json:
    """zoneOperations.delete and its like: forgets the record, not the work."""
    path, _ = common.named(call)
    with call.cloud.store.change():
        del call.cloud.store.resources[path]
    return {}
