# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sandbox that the playbooks run against, and the runs that the tests look at.

The files are one story, told in the order of their numbers: a run is made when the first test asks for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import harness
from tests.e2e.harness import ZONE, Run, Workstation, read_foreign


@pytest.fixture(scope="session")
def workstation(_no_credentials_in_session: None) -> harness.Workstation:
    """A project that is there, with nothing in it, on a sandbox of the tests' own."""
    logs = harness.REPOSITORY / ".cache" / "e2e"
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.iterdir():
        old.unlink()
    return harness.bring_up(harness.own_environment(os.environ), logs)


@pytest.fixture(scope="session")
def key_file(workstation: harness.Workstation) -> Path:
    """Where the playbook makes the SSH key."""
    return workstation.home / "ssh" / "mlops-zoom"


@pytest.fixture(scope="session")
def foreign(workstation: Workstation) -> dict[str, Any]:
    """A machine, an address, a firewall rule and an SSH key that this collection did not make."""
    cloud = workstation.cloud()
    image = f"projects/{workstation.offer['gcp']['image_project']}/global/images/family/"
    cloud.change(
        "POST",
        f"{ZONE}/instances",
        {
            "name": "somebody-elses",
            "machineType": f"{ZONE}/machineTypes/e2-small",
            "disks": [
                {
                    "boot": True,
                    "autoDelete": True,
                    "initializeParams": {"sourceImage": image + workstation.offer["gcp"]["image_family"]},
                }
            ],
            "networkInterfaces": [{"network": "global/networks/default"}],
        },
    )
    cloud.change("POST", "regions/northamerica-northeast2/addresses", {"name": "somebody-elses"})
    rule = {"name": "mlops-zoom-allow-jupyter", "allowed": [{"IPProtocol": "tcp", "ports": ["8888"]}]}
    cloud.change("POST", "global/firewalls", {**rule, "sourceRanges": ["0.0.0.0/0"]})
    metadata = cloud.get("")["commonInstanceMetadata"]
    items = [{"key": "ssh-keys", "value": "somebody:ssh-ed25519 AAAA somebody"}]
    cloud.change("POST", "setCommonInstanceMetadata", {"items": items, "fingerprint": metadata["fingerprint"]})
    workstation.clear_log()
    return read_foreign(workstation)


@pytest.fixture(scope="session")
def predicted(workstation: Workstation, foreign: dict[str, Any]) -> Run:
    """--check --diff on a project without a workstation."""
    return workstation.play("gcp", "--check", "--diff")


@pytest.fixture(scope="session")
def made(workstation: Workstation, predicted: Run) -> Run:
    """The run itself."""
    assert workstation.mutations() == [], "check mode sent a mutating request"
    return workstation.play("gcp", "--diff")


@pytest.fixture(scope="session")
def address(workstation: Workstation, made: Run) -> str:
    """The machine's public address."""
    found: str = workstation.cloud().get("regions/northamerica-northeast2/addresses/ml-zoom-ip")["address"]
    return found
