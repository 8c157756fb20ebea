# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tests of Ansible's own parts share."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader

COLLECTIONS = Path(__file__).parents[2] / "collections"


@pytest.fixture(scope="session")
def collection() -> None:
    """The collection by its name, as in a checkout. Ansible settles once in a process where collections are looked for,
    so whatever makes it do so asks for this first."""
    init_plugin_loader([str(COLLECTIONS)])
