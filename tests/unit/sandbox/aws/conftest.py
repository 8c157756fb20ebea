# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sandboxed account on hosts in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.aws import access_key, create_app
from sandbox.config import Config
from tests.unit.sandbox.aws.support import Aws
from tests.unit.sandbox.gcp.support import FakeHosts


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A sandbox of its own for each test."""
    home = tmp_path / "home"
    home.mkdir()
    return Config.from_environment({"SANDBOX_HOME": str(home), "SANDBOX_CACHE": str(tmp_path / "cache")})


@pytest.fixture
def hosts() -> FakeHosts:
    """Hosts in memory."""
    return FakeHosts()


@pytest.fixture
def start(hosts: FakeHosts, config: Config) -> Callable[[], Aws]:
    """Starts the APIs, as often as a test likes; their clock moves only when it is told to."""

    def start() -> Aws:
        app = create_app(hosts, config)
        app.extensions["sandbox"].cloud.clock = lambda: 1_800_000_000.0
        return Aws(app, hosts, access_key.load(config))

    return start


@pytest.fixture
def aws(start: Callable[[], Aws]) -> Aws:
    """The APIs."""
    return start()
