# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The guard that keeps tests away from real accounts and from the network."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import requests

from tests.conftest import is_local, refuse_outside, scrub_credentials


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::1%lo", True),
        ("localhost", True),
        (b"localhost", True),
        ("", True),
        (None, True),
        ("198.18.0.5", True),
        ("198.19.255.254", True),
        ("198.20.0.1", False),
        ("169.254.169.254", False),
        ("10.0.0.1", False),
        ("2001:db8::1", False),
        ("compute.googleapis.com", False),
        ("localhost.example.com", False),
    ],
)
def test_only_this_machine_and_the_sandbox_are_local(host: str | bytes | None, expected: bool) -> None:
    assert is_local(host) is expected


def test_connecting_outside_is_refused_before_a_packet_leaves() -> None:
    with (
        socket.socket() as connection,
        pytest.raises(RuntimeError, match=r"'192\.0\.2\.1'.*sandbox"),
    ):
        connection.connect(("192.0.2.1", 443))


def test_sending_a_datagram_outside_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as connection,
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1"),
    ):
        connection.sendto(b"x", ("192.0.2.1", 53))


def test_an_http_client_is_refused_too() -> None:
    with pytest.raises(RuntimeError, match=r"compute\.googleapis\.com"):
        requests.get("https://compute.googleapis.com/compute/v1/projects/p", timeout=1)


def test_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_a_unix_socket_is_left_alone(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as connection, pytest.raises(FileNotFoundError):
        connection.connect(str(tmp_path / "nobody-listens"))


def test_events_that_are_no_connection_pass() -> None:
    refuse_outside("open", ("compute.googleapis.com", "r", 0))


def test_every_credential_variable_goes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secrets = {
        "GOOGLE_APPLICATION_CREDENTIALS": "/key.json",
        "GCP_SERVICE_ACCOUNT_FILE": "/key.json",
        "CLOUDSDK_AUTH_ACCESS_TOKEN": "token",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AZURE_CLIENT_SECRET": "secret",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)

    scrub_credentials(monkeypatch, tmp_path)

    assert secrets.keys().isdisjoint(os.environ)
    assert os.environ["CLOUDSDK_CONFIG"] == str(tmp_path)


def test_a_test_starts_without_the_account_of_whoever_runs_it() -> None:
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ
    assert list(Path(os.environ["CLOUDSDK_CONFIG"]).iterdir()) == []
