# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sandbox that the playbooks run against."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e import harness


@pytest.fixture(scope="session")
def workstation(_no_credentials_in_session: None) -> harness.Workstation:
    """An empty project on a sandbox of the tests' own."""
    logs = harness.REPOSITORY / ".cache" / "e2e"
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.iterdir():
        old.unlink()
    return harness.bring_up(harness.test_environment(os.environ), logs)


@pytest.fixture(scope="session")
def key_file(workstation: harness.Workstation) -> Path:
    """Where the playbook makes the SSH key."""
    return workstation.home / "ssh" / "mlops-zoom"
