# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the assertions need to know about a workstation: the roles' defaults under the inventory's variables.

The host comes from an Ansible inventory, over whatever connection it names:
    pytest tests/testinfra --hosts='ansible://workstation?force_ansible=True' --ansible-inventory=inventories/existing
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from testinfra.host import Host

ROLES = Path(__file__).resolve().parents[2] / "roles"

Run = Callable[[str], str]


@dataclasses.dataclass(frozen=True)
class Workstation:
    """Where things are on the host."""

    user: str
    home: str
    settings: Mapping[str, Any]

    def path(self, option: str) -> str:
        """An option's path, the user's home filled in."""
        return str(self.settings[option]).replace("~", self.home, 1)

    @property
    def released(self) -> bool:
        """Whether Compose is the project's own binary."""
        return bool(self.settings["compose_method"] == "release")


def _given(host: Host) -> Mapping[str, Any]:
    """What was set otherwise than the defaults: the inventory's variables, or WORKSTATION_SETTINGS over plain ssh."""
    if host.backend.HAS_RUN_ANSIBLE:
        variables: Mapping[str, Any] = host.ansible.get_variables()
        return variables
    settings: Mapping[str, Any] = json.loads(os.environ.get("WORKSTATION_SETTINGS", "{}"))
    return settings


@pytest.fixture(scope="module")
def workstation(host: Host) -> Workstation:
    """The host as its login user and the roles' settings describe it."""
    settings: dict[str, Any] = {}
    for defaults in sorted(ROLES.glob("*/defaults/main.yml")):
        settings |= yaml.safe_load(defaults.read_text()) or {}
    settings |= _given(host)
    user = host.user()
    return Workstation(user.name, user.home, settings)


@pytest.fixture(scope="module")
def login(host: Host) -> Run:
    """Runs a command as a new login of the user would, and gives what it prints."""

    def run(command: str) -> str:
        result = host.run("bash -ilc %s", command)
        assert result.rc == 0, f"{command}: {result.stdout}{result.stderr}"
        return str(result.stdout).strip()

    return run
