# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance as a host."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.inventory.gcp import InventoryModule, gaps, host
from plugins.module_utils.resource import CloudError

BASE = "https://www.googleapis.com/compute/v1/projects/p/zones/northamerica-northeast2-a"
INSTANCE: dict[str, Any] = {
    "name": "mlops-zoom",
    "id": "42",
    "zone": BASE,
    "status": "RUNNING",
    "machineType": f"{BASE}/machineTypes/n2-standard-2",
    "labels": {"workstation": "mlops-zoom"},
    "tags": {"items": ["http-server"], "fingerprint": "f"},
    "metadata": {"items": [{"key": "enable-guest-attributes", "value": "TRUE"}]},
    "networkInterfaces": [{"networkIP": "10.188.0.2", "accessConfigs": [{"natIP": "198.51.100.7"}]}],
}


OPTIONS = {"host_key_checking": "published", "known_hosts_file": "~/.ssh/known_hosts"}


def test_host_has_the_instances_facts() -> None:
    assert host(INSTANCE, OPTIONS) == {
        "ansible_host": "198.51.100.7",
        "ansible_ssh_common_args": "-o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o HostKeyAlias=compute.42 "
        """-o 'UserKnownHostsFile="~/.ssh/known_hosts"'""",
        "gcp_name": "mlops-zoom",
        "gcp_id": "42",
        "gcp_project": "p",
        "gcp_zone": "northamerica-northeast2-a",
        "gcp_region": "northamerica-northeast2",
        "gcp_status": "RUNNING",
        "gcp_machine_type": "n2-standard-2",
        "gcp_labels": {"workstation": "mlops-zoom"},
        "gcp_tags": ["http-server"],
        "gcp_metadata": {"enable-guest-attributes": "TRUE"},
        "gcp_external_ip": "198.51.100.7",
        "gcp_internal_ip": "10.188.0.2",
    }


@pytest.mark.parametrize(
    "interfaces",
    [[{"networkIP": "10.0.0.2"}], [{"networkIP": "10.0.0.2", "accessConfigs": [{"name": "External NAT"}]}]],
)
def test_host_without_an_external_address_is_reached_inside(interfaces: list[dict[str, Any]]) -> None:
    found = host({**INSTANCE, "networkInterfaces": interfaces}, OPTIONS)
    assert (found["ansible_host"], found["gcp_external_ip"]) == ("10.0.0.2", None)


@pytest.mark.parametrize(
    ("details", "missing"),
    [
        ({"status": 404}, True),
        ({"status": 403, "reason": "accessNotConfigured", "service": "compute.googleapis.com"}, True),
        ({"status": 403, "reason": "accessNotConfigured", "service": "cloudresourcemanager.googleapis.com"}, False),
        ({"status": 403, "reason": "BILLING_DISABLED"}, True),
        ({"reason": "projectNotGiven"}, True),
        ({"status": 403, "reason": "forbidden"}, False),
        ({}, False),
    ],
)
def test_what_counts_as_nothing_there_yet(details: dict[str, Any], missing: bool) -> None:
    assert InventoryModule.is_missing(InventoryModule(), CloudError("no", **details)) is missing


@pytest.mark.parametrize(
    ("name", "accepted"), [("workstation.gcp.yml", True), ("gcp.yaml", True), ("hosts.yml", False)]
)
def test_sources_are_told_by_their_names(tmp_path: Any, name: str, accepted: bool) -> None:
    path = tmp_path / name
    path.write_text("plugin: mlops.workstation.gcp\n")
    assert InventoryModule().verify_file(str(path)) is accepted


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"items": {"zones/a": {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "None."}}, "zones/b": {}}}, []),
        (
            {"unreachables": ["zones/a"], "items": {"zones/b": {"warning": {"code": "UNREACHABLE", "message": "No."}}}},
            ["p: a, b could not be reached, so instances there are missing."],
        ),
        (
            {"items": {"zones/a": {"warning": {"code": "LIST_OVERHEAD_QUOTA_EXCEED", "message": "Too much."}}}},
            ["p, a: Too much. Instances may be missing."],
        ),
        ({"warning": {"code": "PARTIAL_SUCCESS"}}, ["p: PARTIAL_SUCCESS. Instances may be missing."]),
    ],
    ids=["an empty zone", "zones out of reach", "another warning", "a warning about the page"],
)
def test_what_an_answer_leaves_out_is_told_once(page: dict[str, Any], expected: list[str]) -> None:
    assert gaps("p", [page, page]) == expected
