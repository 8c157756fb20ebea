# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sandbox's settings."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from sandbox.config import REPOSITORY, Config
from sandbox.errors import SandboxError


def test_defaults() -> None:
    config = Config.from_environment({})
    assert config.home == REPOSITORY / ".sandbox"
    assert config.cache == REPOSITORY / ".cache/sandbox"
    assert (config.url, config.aws_url) == ("http://127.0.0.1:8481", "http://127.0.0.1:8482")
    assert config.mirror_address == "198.18.0.2"
    assert config.container("mlops-zoom") == "mlops-sandbox-mlops-zoom"


def test_everything_can_be_set() -> None:
    config = Config.from_environment(
        {
            "SANDBOX_HOME": "/var/tmp/one",
            "SANDBOX_CACHE": "build/cache",
            "SANDBOX_NAME": "other",
            "SANDBOX_SUBNET": "198.19.0.0/24",
            "SANDBOX_PORT": "9000",
            "SANDBOX_BASE_IMAGE": "debian:12",
        }
    )
    assert config == Config(
        Path("/var/tmp/one"),
        REPOSITORY / "build/cache",
        "other",
        ipaddress.IPv4Network("198.19.0.0/24"),
        9000,
        "debian:12",
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SANDBOX_NAME", "Upper", "lower-case"),
        ("SANDBOX_NAME", "x", "2 to 41"),
        ("SANDBOX_SUBNET", "198.18.0.1/16", "host bits"),
        ("SANDBOX_SUBNET", "198.18.0.0/28", "too small"),
        ("SANDBOX_SUBNET", "203.0.113.0/24", "machines use for real"),
        ("SANDBOX_SUBNET", "192.0.0.0/16", "overlaps 192.0.2.0/24"),
        ("SANDBOX_PORT", "80", "from 1024"),
        ("SANDBOX_PORT", "http", "from 1024"),
        ("SANDBOX_PORT", "65535", "to 65534"),
    ],
)
def test_bad_settings_name_the_variable(name: str, value: str, message: str) -> None:
    with pytest.raises(SandboxError, match=message) as caught:
        Config.from_environment({name: value})
    assert str(caught.value).startswith(f"{name}=")
