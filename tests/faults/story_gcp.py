# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of Google Cloud are run for: everything is made, changed in every way, and removed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from sandbox.config import ZONE
from sandbox.gcp.iam import accounts
from sandbox.identity import BILLING_ACCOUNT
from tests.faults.cloud_gcp import GoogleCloud
from tests.faults.matrix import Matrix, Scene

# The functions through which resources change something.
WRITERS = ("change", "remove", "write")
# What only a run sends that fails all the same, and so no story has; the test that has it instead.
UNTOLD = {
    "instance_creation.py: self._session.remove(path)": "tests/unit/plugins/module_utils/gcp/resources/"
    "test_instance_removal.py::test_what_a_failed_creation_leaves_is_cleared_away",
}
REGION = ZONE.rpartition("-")[0]
FULL = f"{REGION}-b"
VM = f"zones/{ZONE}/instances/mlops-zoom"

OWNED = {"workstation": "mlops-zoom"}
PERSON = {"service_account_file": None, "credentials_file": "PERSON"}
OF_PREFIX = {**OWNED, **PERSON, "prefix": "mlops-zoom"}
OWN = {**PERSON, "project": "mlops-zoom-4711"}
PROJECT = {**OWNED, **OWN, "project_id": OWN["project"]}
ACCOUNT = {**OWNED, **OWN, "account_id": "mlops-zoom-user"}
EMAIL = f"mlops-zoom-user@{OWN['project']}.iam.gserviceaccount.com"
KEY = {**ACCOUNT, "path": "FILES/keys/mlops-zoom.json"}
APIS = ["iam.googleapis.com", "iamcredentials.googleapis.com", "compute.googleapis.com"]
ROLES = {**OWN, "member": f"serviceAccount:{EMAIL}", "roles": ["roles/viewer", "roles/storage.admin"]}
FIREWALL = {**OWNED, "name": "mlops-zoom-allow-ssh", "allowed": [{"protocol": "tcp", "ports": ["22"]}]}
ADDRESS = {**OWNED, "name": "ml-zoom-ip", "region": REGION}
SSH_KEY = {"user": "mlops", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample mlops"}
MACHINE = {
    **OWNED,
    "name": "mlops-zoom",
    "zones": [FULL, ZONE],
    "image_family": "debian-12",
    "image_project": "debian-cloud",
    "metadata": {"enable-guest-attributes": "TRUE"},
    "allow_stop": True,
    "state": "started",
}
CHANGED = {
    "machine_type": "n2-standard-4",
    "boot_disk_size": 40,
    "tags": ["http-server"],
    "labels": {"team": "data"},
    "metadata": {"note": "hello"},
    "service_account": {"email": "mlops-zoom-user@sandbox-project.iam.gserviceaccount.com"},
    "shielded": {"secure_boot": True},
    "deletion_protection": True,
}


def machine(**more: Any) -> dict[str, Any]:
    """The options of a whole machine."""
    return {**MACHINE, "machine_type": "n2-standard-2", "boot_disk_size": 30, **more}


def google(matrix: Matrix) -> GoogleCloud:
    """The cloud that this story is told of."""
    assert isinstance(matrix.cloud, GoogleCloud)
    return matrix.cloud


def fill_a_zone(matrix: Matrix) -> None:
    """One zone has no room."""
    google(matrix).sandbox.cloud.settings.update({"stockouts": {FULL: "ZONE_RESOURCE_POOL_EXHAUSTED"}})


def suspend(matrix: Matrix) -> None:
    """Somebody suspends the machine."""
    google(matrix).session().change("POST", f"{VM}/suspend")


def keep_disk(matrix: Matrix) -> None:
    """Somebody has the disk outlive the machine."""
    disk = google(matrix).session().get(VM)["disks"][0]["deviceName"]
    query = {"autoDelete": "false", "deviceName": disk}
    google(matrix).session().change("POST", f"{VM}/setDiskAutoDelete", query=query)


@contextlib.contextmanager
def keys(matrix: Matrix) -> Iterator[dict[str, Any]]:
    """The account's keys as the cloud keeps them, to be changed."""
    store = matrix.cloud.sandbox.cloud.store
    with store.change():
        account = accounts.find(store, EMAIL)
        assert account
        yield accounts.keys(store, account)


def age_key(matrix: Matrix) -> None:
    """Years pass for the key."""
    with keys(matrix) as found:
        for entry in found.values():
            entry["resource"]["validAfterTime"] = "2020-01-01T00:00:00Z"


def interrupt_rotation(matrix: Matrix) -> None:
    """A rotation comes as far as the new key, and the old one stays."""
    age_key(matrix)
    matrix.cut_short(matrix.takes["key-rotated"].scene, "iam.projects.serviceAccounts.keys.delete")


def open_key(matrix: Matrix) -> None:
    """Somebody lets everybody read the key."""
    (matrix.cloud.files / "keys" / "mlops-zoom.json").chmod(0o644)


def delete_key(matrix: Matrix) -> None:
    """Somebody deletes the key in Google Cloud."""
    name = json.loads((matrix.cloud.files / "keys" / "mlops-zoom.json").read_text())["private_key_id"]
    with keys(matrix) as found:
        del found[name]


STORY = (
    Scene("project-made-of-a-prefix", "gcp_project", OF_PREFIX),
    Scene("project-of-a-prefix-removed", "gcp_project", {**OF_PREFIX, "state": "absent"}),
    Scene("project-of-a-prefix-had-back", "gcp_project", {**OF_PREFIX, "undelete": True}),
    Scene("project-made", "gcp_project", {**PROJECT, "billing_account": BILLING_ACCOUNT}),
    Scene("project-changed", "gcp_project", {**PROJECT, "name": "Workstation", "labels": {"team": "data"}}),
    Scene("services-enabled", "gcp_services", {**OWN, "names": APIS}),
    Scene("account-made", "gcp_service_account", {**ACCOUNT, "display_name": "Workstation"}),
    Scene("account-disabled", "gcp_service_account", {**ACCOUNT, "description": "For the notebooks", "disabled": True}),
    Scene("account-enabled", "gcp_service_account", {**ACCOUNT, "disabled": False}),
    Scene("key-made", "gcp_service_account_key", KEY),
    Scene("key-rotated", "gcp_service_account_key", {**KEY, "rotate_after": 90}, before=age_key),
    Scene("key-rotation-finished", "gcp_service_account_key", {**KEY, "rotate_after": 90}, before=interrupt_rotation),
    Scene("key-closed", "gcp_service_account_key", KEY, before=open_key),
    Scene("key-replaced", "gcp_service_account_key", {**KEY, "replace_deleted": True}, before=delete_key),
    Scene("key-removed", "gcp_service_account_key", {**KEY, "state": "absent"}),
    Scene("roles-given", "gcp_project_iam", ROLES),
    Scene("roles-exact", "gcp_project_iam", {**ROLES, "roles": ["roles/viewer"], "mode": "exact"}),
    Scene("roles-taken", "gcp_project_iam", {**ROLES, "mode": "remove"}),
    Scene("account-removed", "gcp_service_account", {**ACCOUNT, "state": "absent"}),
    Scene("project-removed", "gcp_project", {**PROJECT, "state": "absent"}),
    Scene("firewall-made", "gcp_firewall", {**FIREWALL, "source_ranges": ["0.0.0.0/0"]}),
    Scene("firewall-narrowed", "gcp_firewall", {**FIREWALL, "source_ranges": ["203.0.113.0/24"]}),
    Scene("ssh-key-made", "gcp_ssh_key", SSH_KEY),
    Scene("ssh-key-expires", "gcp_ssh_key", {**SSH_KEY, "expire_on": "2099-01-01T00:00:00Z"}),
    Scene("instance-made-elsewhere", "gcp_instance", machine(), before=fill_a_zone),
    Scene("address-promoted", "gcp_address", {**ADDRESS, "promote_from": "mlops-zoom"}),
    Scene("address-labelled", "gcp_address", {**ADDRESS, "labels": {"team": "data"}}),
    Scene("address-made", "gcp_address", {**ADDRESS, "name": "another-ip"}),
    Scene("address-swapped", "gcp_instance", machine(address="another-ip")),
    Scene("instance-resumed", "gcp_instance", machine(), before=suspend),
    Scene("instance-changed", "gcp_instance", machine(**CHANGED)),
    Scene("instance-suspended", "gcp_instance", {**MACHINE, "state": "suspended"}),
    Scene("instance-stopped", "gcp_instance", {**MACHINE, "state": "stopped"}),
    Scene(
        "instance-removed",
        "gcp_instance",
        {**MACHINE, "deletion_protection": False, "state": "absent"},
        before=keep_disk,
    ),
    Scene("ssh-key-removed", "gcp_ssh_key", {**SSH_KEY, "state": "absent"}),
    Scene("address-removed", "gcp_address", {**ADDRESS, "state": "absent"}),
    Scene("firewall-removed", "gcp_firewall", {**FIREWALL, "state": "absent"}),
)
