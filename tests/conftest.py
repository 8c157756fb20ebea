# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for every test: no credentials of a real account, and no way to reach anything but this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CREDENTIAL_PREFIXES = ("GOOGLE_", "GCP_", "GCLOUD_", "CLOUDSDK_", "AWS_", "AZURE_", "ARM_")
# Loopback, and the range of RFC 2544 that the sandbox's hosts live in.
ALLOWED_NETWORKS = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128", "198.18.0.0/15")))
LOCAL_NAMES = {"localhost", "localhost.localdomain", socket.gethostname()}


class OutsideConnectionError(RuntimeError):
    """A test tried to leave this machine. It is no OSError, so that no retry or error handling swallows it."""


def is_local(host: str | bytes | None) -> bool:
    """Tell whether a socket may connect to this host; None and "" mean the machine itself."""
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in ALLOWED_NETWORKS)


def refuse_outside(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: let connections to this machine and to sandbox hosts pass and raise on all others."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):  # AF_UNIX has a path there
        host = args[1][0]
    else:
        return
    if not is_local(host):
        raise OutsideConnectionError(
            f"{event}: a test reached for {host!r}. Tests talk to loopback and to the sandbox (198.18.0.0/15) only: "
            f"pass the endpoint of a local fake or of the sandbox."
        )


def pytest_configure() -> None:
    """Install the guard once a process: an audit hook sees every socket, whatever library opens it, and stays."""
    sys.addaudithook(refuse_outside)


def scrub_credentials(monkeypatch: pytest.MonkeyPatch, empty: Path) -> None:
    """Drop every variable that could carry a real account, and point gcloud's and the AWS CLI's files at nothing."""
    for name in [name for name in os.environ if name.startswith(CREDENTIAL_PREFIXES)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(empty))
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # google-auth would ask for a metadata server otherwise
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(empty / name.lower()))


@pytest.fixture(scope="session", autouse=True)
def _no_credentials_in_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cover the fixtures that live longer than one test."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        scrub_credentials(monkeypatch, tmp_path_factory.mktemp("no-credentials"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Start every test from a clean environment, whatever the one before left behind."""
    scrub_credentials(monkeypatch, tmp_path_factory.mktemp("no-credentials"))
