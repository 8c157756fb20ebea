# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sandboxed Google of many projects and folders, over real HTTP, filled without waiting for anything to be made."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from werkzeug.test import Client

from sandbox import identity
from sandbox.api_only import ApiOnlyHosts
from sandbox.config import Config
from sandbox.gcp import create_app
from sandbox.gcp.iam import policies
from sandbox.gcp.resourcemanager import records
from sandbox.gcp.serviceusage import records as services

ZONES = ("northamerica-northeast2-a", "northamerica-northeast2-b")
LISTS = "/aggregated/instances"


class Google:
    """The sandbox, which a person is logged in to.

    together holds back every list of instances until as many are asked for at the same time.
    """

    def __init__(self, home: Path) -> None:
        config = Config.from_environment({"SANDBOX_HOME": str(home), "SANDBOX_CACHE": str(home)})
        home.mkdir()
        identity.ensure_service_account(config)
        self.login = Path(identity.ensure_user(config))
        self.root = ""
        self.together = threading.Barrier(1)
        self._app = create_app(ApiOnlyHosts(config), config)
        self._client = Client(self._app)
        self._store = self._app.extensions["sandbox"].cloud.store
        self._person = f"user:{identity.USER}"
        self._instances = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith(LISTS):
            self.together.wait(10)
        return self._app(environ, start_response)

    def folder(self, number: str, parent: str) -> None:
        """A folder; the person may list what is in those of their own organisation."""
        name = records.full_name("folders", number)
        self._store.resources[name] = records.new(f"folders/{number}", f"folder {number}", parent)

    def project(
        self,
        name: str,
        *machines: str,
        parent: str | None = None,
        label: str | None = None,
        state: str = "ACTIVE",
        enabled: bool = True,
        paid: bool = True,
        closed: bool = False,
    ) -> None:
        """The person's own project, with a machine of each of these names in its first zone; closed, it is somebody
        else's."""
        more = {"labels": {"workstation": label}} if label else {}
        made = records.new(f"projects/{records.new_number()}", name, parent, projectId=name, **more) | {"state": state}
        full = records.project_name(made)
        self._store.resources[full] = made
        billing = {"billing": f"billingAccounts/{identity.BILLING_ACCOUNT}"} if paid else {}
        self._store.notes[full] = {"visible": 0.0, "searchable": 0.0, **billing}
        services.enable(self._store, made, ["compute.googleapis.com"] if enabled else [], 0.0)
        if not closed:
            policies.grant(self._store, full, "roles/owner", self._person)
        for machine in machines:
            self.machine(name, ZONES[0], machine)

    def machine(self, project: str, zone: str, name: str) -> None:
        """An instance, as large as the API answers it."""
        self._instances += 1
        found = instance(project, zone, name, self._instances)
        self._store.resources[f"projects/{project}/zones/{zone}/instances/{name}"] = found

    def settings(self, **settings: Any) -> None:
        """Changes how the sandbox behaves."""
        assert self._client.post("/_sandbox/settings", json=settings).status_code == 200

    def fault(self, **fault: Any) -> None:
        """Makes the next calls fail."""
        assert self._client.post("/_sandbox/faults", json=fault).status_code == 200

    def requests(self) -> list[dict[str, Any]]:
        """The API requests so far."""
        return [entry for entry in self._log() if entry["method"] != "oauth2.token"]

    def tokens(self) -> int:
        """How often a token was asked for."""
        return sum(entry["method"] == "oauth2.token" for entry in self._log())

    def listed(self) -> list[str]:
        """The projects whose instances were asked for, in any order."""
        return sorted(entry["path"].split("/")[4] for entry in self.requests() if entry["path"].endswith(LISTS))

    def _log(self) -> list[dict[str, Any]]:
        log: Any = self._client.get("/_sandbox/requests").json
        entries: list[dict[str, Any]] = log["requests"]
        return entries


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
