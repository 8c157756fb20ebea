# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Google of many projects and folders, with whatever may be out of order in them, as far as an inventory asks."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterable
from typing import Any

from werkzeug import Request, Response

from sandbox.gcp import discovery, fields, validation

ZONES = ("northamerica-northeast2-a", "northamerica-northeast2-b")
PAGE = 2


def instance(project: str, zone: str, name: str, number: int) -> dict[str, Any]:
    """An instance as the API answers it, of the size that it has there."""
    base = f"https://www.googleapis.com/compute/v1/projects/{project}/zones/{zone}"
    return {
        "kind": "compute#instance",
        "id": str(number),
        "creationTimestamp": "2026-03-01T12:00:00.000-08:00",
        "name": name,
        "tags": {"items": ["http-server", "https-server"], "fingerprint": "6smc4R4d39I="},
        "machineType": f"{base}/machineTypes/n2-standard-2",
        "status": "RUNNING",
        "zone": base,
        "canIpForward": False,
        "networkInterfaces": [
            {
                "kind": "compute#networkInterface",
                "network": f"https://www.googleapis.com/compute/v1/projects/{project}/global/networks/default",
                "subnetwork": f"{base}/subnetworks/default",
                "networkIP": "10.188.0.2",
                "name": "nic0",
                "fingerprint": "cDNWSHxNNW4=",
                "stackType": "IPV4_ONLY",
                "accessConfigs": [
                    {
                        "kind": "compute#accessConfig",
                        "type": "ONE_TO_ONE_NAT",
                        "name": "External NAT",
                        "natIP": "198.51.100.7",
                        "networkTier": "PREMIUM",
                    }
                ],
            }
        ],
        "disks": [
            {
                "kind": "compute#attachedDisk",
                "type": "PERSISTENT",
                "mode": "READ_WRITE",
                "source": f"{base}/disks/{name}",
                "deviceName": "persistent-disk-0",
                "index": 0,
                "boot": True,
                "autoDelete": True,
                "licenses": [
                    "https://www.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/licenses/ubuntu-2204-lts"
                ],
                "interface": "SCSI",
                "guestOsFeatures": [
                    {"type": feature}
                    for feature in ("VIRTIO_SCSI_MULTIQUEUE", "SEV_CAPABLE", "UEFI_COMPATIBLE", "GVNIC", "TDX_CAPABLE")
                ],
                "diskSizeGb": "30",
                "architecture": "X86_64",
            }
        ],
        "metadata": {
            "kind": "compute#metadata",
            "fingerprint": "2OeGuTVJXp4=",
            "items": [{"key": "enable-guest-attributes", "value": "TRUE"}],
        },
        "selfLink": f"{base}/instances/{name}",
        "scheduling": {
            "onHostMaintenance": "MIGRATE",
            "automaticRestart": True,
            "preemptible": False,
            "provisioningModel": "STANDARD",
        },
        "cpuPlatform": "Intel Ice Lake",
        "labels": {"workstation": name},
        "labelFingerprint": "42WmSpB8rSM=",
        "startRestricted": False,
        "deletionProtection": False,
        "shieldedInstanceConfig": {"enableSecureBoot": False, "enableVtpm": True, "enableIntegrityMonitoring": True},
        "shieldedInstanceIntegrityPolicy": {"updateAutoLearnPolicy": True},
        "fingerprint": "yKDFmI1WJc8=",
        "lastStartTimestamp": "2026-03-01T12:00:05.000-08:00",
        "resourceStatus": {"scheduling": {}},
    }


@dataclasses.dataclass
class Project:
    """A project: its instances, what is out of order in it, and where it is."""

    instances: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    unreachables: list[str] = dataclasses.field(default_factory=list)
    warnings: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    failure: tuple[int, str, str] | None = None
    parent: str = ""
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    state: str = "ACTIVE"


class Google:
    """Token endpoint, Compute Engine's aggregated list of instances, and Resource Manager's lists, all in pages.
    Queries are held against the discovery documents.

    together holds back every list of instances until as many are asked for at the same time.
    """

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        self.folders: dict[str, str] = {}
        self.closed: set[str] = set()
        self.page = PAGE
        self.partial_success = True
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.tokens = 0
        self.sent_bytes = 0
        self.together = threading.Barrier(1)
        self._documents = {name: discovery.load(name) for name in ("compute.v1", "cloudresourcemanager.v3")}
        self._lock = threading.Lock()
        self.root = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        status, body = self._answer(request)
        response = Response(json.dumps(body), status, content_type="application/json")
        self.sent_bytes += len(response.data)
        return response(environ, start_response)

    def _answer(self, request: Request) -> tuple[int, dict[str, Any]]:
        with self._lock:
            if request.path == "/token":
                self.tokens += 1
                return 200, {"access_token": f"token-{self.tokens}", "expires_in": 3600, "token_type": "Bearer"}
            self.requests.append((request.path, dict(request.args)))
        if not request.headers.get("Authorization", "").startswith("Bearer token-"):
            return _error(401, "authError", "Invalid Credentials")
        document = self._documents["compute.v1" if request.path.startswith("/compute/") else "cloudresourcemanager.v3"]
        found = document.match(request.method, request.path)
        assert found, f"no method for {request.path}"
        method, arguments = found
        params = validation.parameters(document, method, arguments, request.args.to_dict(flat=False))
        status, body = self._method(".".join(method.id.split(".")[-2:]), params)
        if status == 200 and "fields" in params:
            body = fields.apply(fields.parse(params["fields"], document, method.response), body)
        return status, body

    def _method(self, name: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if name == "instances.aggregatedList":
            return self._instances(params)
        if name == "projects.search":
            assert params["query"] == "labels.workstation:*"
            found = {key: project for key, project in self.projects.items() if "workstation" in project.labels}
            return self._paged("projects", [_project(*item) for item in found.items()], params)
        parent = params["parent"]
        if parent in self.closed:
            return _error(403, "forbidden", "The caller does not have permission")
        if name == "projects.list":
            inside = [_project(*item) for item in self.projects.items() if item[1].parent == parent]
            return self._paged("projects", inside, params)
        below = [{"name": folder, "displayName": folder} for folder, above in self.folders.items() if above == parent]
        return self._paged("folders", below, params)

    def _instances(self, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if params.get("returnPartialSuccess") and not self.partial_success:
            return _error(400, "badRequest", 'Invalid JSON payload received. Unknown name "returnPartialSuccess"')
        self.together.wait(10)
        project = self.projects.get(params["project"])
        if project is None:
            return _error(404, "notFound", f"The resource 'projects/{params['project']}' was not found")
        if project.failure:
            return _error(*project.failure)
        _status, page = self._paged("instances", project.instances, params)
        items: dict[str, Any] = {f"zones/{zone}": {"warning": _EMPTY} for zone in ZONES} | project.warnings
        for item in page.pop("instances", ()):
            scope = f"zones/{item['zone'].rpartition('/')[2]}"
            items[scope] = {"instances": [*items.get(scope, {}).get("instances", ()), item]}
        return 200, {"items": items, **page, **({"unreachables": project.unreachables} if project.unreachables else {})}

    def _paged(self, kind: str, items: list[Any], params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        start = int(params.get("pageToken") or 0)
        end = start + min(self.page, params.get("maxResults") or params.get("pageSize") or self.page)
        more = {"nextPageToken": str(end)} if end < len(items) else {}
        return 200, {**({kind: items[start:end]} if items[start:end] else {}), **more}


_EMPTY = {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results for this scope on this page.", "data": []}


def _project(name: str, project: Project) -> dict[str, Any]:
    return {"projectId": name, "state": project.state, "labels": project.labels, "parent": project.parent}


def _error(status: int, reason: str, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}
