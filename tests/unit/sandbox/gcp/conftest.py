# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sandboxed project on hosts in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest

from sandbox import identity
from sandbox.config import Config
from sandbox.gcp import create_app, settings
from tests.unit.sandbox.gcp.support import PROJECT, Api, FakeHosts, Json, P, R, Z, grant, machine


@pytest.fixture(scope="session")
def key_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a service account's key in it: making one takes long enough to do it once."""
    home = tmp_path_factory.mktemp("identity")
    identity.ensure_service_account(_config(home))
    return home


@pytest.fixture(scope="session")
def public_key(key_home: Path) -> bytes:
    """Its public half: reading a private key is the slowest part of starting the API."""
    return identity.load_public_key(_config(key_home))


@pytest.fixture
def config(tmp_path: Path, key_home: Path) -> Config:
    """A sandbox of its own for each test."""
    home = tmp_path / "home"
    home.mkdir()
    for file in key_home.iterdir():
        (home / file.name).write_bytes(file.read_bytes())
    return _config(home)


@pytest.fixture
def hosts() -> FakeHosts:
    """Hosts in memory."""
    return FakeHosts()


@pytest.fixture
def key(config: Config) -> Json:
    """The service account's key file."""
    result: Json = json.loads((config.home / "service-account.json").read_text(encoding="utf-8"))
    return result


@pytest.fixture
def start(
    hosts: FakeHosts, config: Config, public_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], flask.Flask]:
    """Starts the API, as often as a test likes; what takes time there ends when the test puts the clock forward."""
    monkeypatch.setattr(identity, "load_public_key", lambda _config: public_key)
    for name in settings.DELAYS:
        monkeypatch.setitem(settings.DELAYS, name, 20.0)
    return lambda: create_app(hosts, config)


@pytest.fixture
def api(start: Callable[[], flask.Flask]) -> Api:
    """The API, with an access token."""
    app = start()
    authority = app.extensions["sandbox"].authority
    token = authority.exchange({"grant_type": "refresh_token", "refresh_token": authority.refresh_token})
    return Api(app.test_client(), {"Authorization": f"Bearer {token['access_token']}"})


@pytest.fixture
def found(api: Api) -> Callable[..., str]:
    """Founds a project, pays for it, and enables APIs in it (short names); returns its id once all that is usable."""

    def found(identifier: str = "zoom-1234", *services: str, **more: Any) -> str:
        api.result("POST", "/v3/projects", {"projectId": identifier, **more})
        account = f"billingAccounts/{identity.BILLING_ACCOUNT}"
        api.ok("PUT", f"/v1/projects/{identifier}/billingInfo", {"billingAccountName": account})
        names = [f"{service}.googleapis.com" for service in services]
        if names:
            api.result("POST", f"/v1/projects/{identifier}/services:batchEnable", {"serviceIds": names})
        return identifier

    return found


@pytest.fixture
def account(api: Api) -> Callable[..., Json]:
    """Makes a service account in the ready project, visible from the start, with roles there."""

    def account(identifier: str = "worker", *roles: str, project: str = PROJECT) -> Json:
        made = api.ok("POST", f"/v1/projects/{project}/serviceAccounts", {"accountId": identifier})
        api.advance(60)
        grant(api, f"/v3/projects/{project}", f"serviceAccount:{made['email']}", *roles)
        return made

    return account


@pytest.fixture
def make(api: Api) -> Callable[..., Json]:
    """Makes an instance and returns it as the API shows it."""

    def make(name: str = "mlops-zoom", **more: Any) -> Json:
        api.did("POST", f"{Z}/instances", machine(name, **more))
        return api.get(f"{Z}/instances/{name}")

    return make


@pytest.fixture
def reserve(api: Api) -> Callable[..., str]:
    """Reserves an address and returns it."""

    def reserve(name: str = "ml-zoom-ip", **more: Any) -> str:
        api.did("POST", f"{R}/addresses", {"name": name, **more})
        return str(api.get(f"{R}/addresses/{name}")["address"])

    return reserve


@pytest.fixture
def rule(api: Api) -> Callable[..., Json]:
    """Makes a firewall rule and returns it."""

    def rule(name: str, **more: Any) -> Json:
        body = {"name": name, "allowed": [{"IPProtocol": "tcp", "ports": ["80"]}], **more}
        if "denied" in more:
            del body["allowed"]
        api.did("POST", f"{P}/global/firewalls", body)
        return api.get(f"{P}/global/firewalls/{name}")

    return rule


def _config(home: Path) -> Config:
    return Config.from_environment({"SANDBOX_HOME": str(home), "SANDBOX_CACHE": str(home.parent / "cache")})
