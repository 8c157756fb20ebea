# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources against the sandbox's Google Cloud, in this process and without hosts."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from plugins.module_utils.gcp import transport
from plugins.module_utils.gcp.http import Http, Reply, UnansweredError
from plugins.module_utils.gcp.session import Session, connect
from plugins.module_utils.resource import Resource, reconcile
from sandbox import identity
from sandbox.api_only import ApiOnlyHosts
from sandbox.config import PROJECT, ZONE, Config
from sandbox.gcp import create_app

ROOT = "http://127.0.0.1:8481/"
ENDPOINTS = {**dict.fromkeys(transport.ENDPOINTS, ROOT), "compute": f"{ROOT}compute/v1/"}
COMMON: Mapping[str, Any] = {"project": PROJECT, "endpoints": ENDPOINTS, "workstation": "mlops-zoom"}


class InProcess(Http):
    """Hands requests to a WSGI application instead of a socket."""

    def __init__(self, application: Any) -> None:
        super().__init__()
        self._client = Client(application, Response)

    def request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            path = "/" + url.removeprefix(ROOT)
            reply = self._client.open(path, method=method, headers=dict(headers), data=body, base_url=ROOT)
        except ConnectionResetError as error:  # how the application drops a connection
            raise UnansweredError(str(error)) from error
        found = {name.lower(): value for name, value in reply.headers.items()}
        return Reply(reply.status_code, found, reply.data, reply.status)


@dataclasses.dataclass
class Cloud:
    """A sandboxed project, empty but for its default network, and who comes to it: credentials are options."""

    application: Any
    credentials: Mapping[str, str]

    def session(self, **options: Any) -> Session:
        made = connect({**COMMON, "timeout": 30, **self.credentials, **options}, {})
        made.transport.http = InProcess(self.application)
        made.transport.sleep = self.wait
        return made

    def wait(self, seconds: float) -> None:
        """Lets time pass in the sandbox."""
        assert Client(self.application).post("/_sandbox/clock", json={"seconds": seconds}).status_code == 200

    def run(self, kind: Any, params: Mapping[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
        """What a module does with these options; api_calls as the module counts them."""
        session = self.session(project=params.get("project", COMMON["project"]))
        resource: Resource = kind(session, {**COMMON, **params})
        return {**reconcile(resource, check_mode=check_mode), "api_calls": session.calls}

    def predicted(self, kind: Any, params: Mapping[str, Any]) -> dict[str, Any]:
        """Runs in check mode, then for real, and returns the second result, seen to be what the first said."""
        before = self.log()
        check = self.run(kind, params, check_mode=True)
        assert [entry for entry in self.log()[len(before) :] if entry["mutating"]] == []
        real = self.run(kind, params)
        for part in ("changed", "actions", "diff"):
            assert check[part] == real[part]
        assert check["resource"].keys() == real["resource"].keys()
        return real

    def log(self) -> list[dict[str, Any]]:
        """The requests so far."""
        log: Any = Client(self.application).get("/_sandbox/requests").json
        entries: list[dict[str, Any]] = log["requests"]
        return entries

    def settings(self, **settings: Any) -> None:
        """Sets how the sandbox is."""
        assert Client(self.application).post("/_sandbox/settings", json=settings).status_code == 200

    def fault(self, **fault: Any) -> None:
        """Makes the next calls fail."""
        assert Client(self.application).post("/_sandbox/faults", json=fault).status_code == 200

    def clear_faults(self) -> None:
        """Makes them work again."""
        assert Client(self.application).delete("/_sandbox/faults").status_code == 204


@pytest.fixture(scope="session")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Who clients log in as; making a key takes long enough to do it once."""
    home = tmp_path_factory.mktemp("identities")
    config = Config.from_environment({"SANDBOX_HOME": str(home)})
    identity.ensure_service_account(config)
    identity.ensure_user(config)
    return home


@pytest.fixture
def config(tmp_path: Path, identities: Path) -> Config:
    """A sandbox of its own for each test."""
    home = tmp_path / "home"
    shutil.copytree(identities, home)
    return Config.from_environment({"SANDBOX_HOME": str(home), "SANDBOX_CACHE": str(tmp_path / "cache")})


@pytest.fixture
def cloud(config: Config) -> Cloud:
    """For a service account that owns the project."""
    application = create_app(ApiOnlyHosts(config), config)
    return Cloud(application, {"service_account_file": identity.ensure_service_account(config)})


@pytest.fixture
def person(cloud: Cloud, config: Config) -> Cloud:
    """The same for a person, who may make projects and pays for them."""
    credentials = {"credentials_file": identity.ensure_user(config), "token_endpoint": f"{ROOT}token"}
    return dataclasses.replace(cloud, credentials=credentials)


@pytest.fixture
def machine() -> dict[str, Any]:
    """The options of an instance that the sandbox can make."""
    return {
        "name": "mlops-zoom",
        "zone": ZONE,
        "zones": None,
        "machine_type": "n2-standard-2",
        "image_family": "debian-12",
        "image": None,
        "image_project": "debian-cloud",
        "boot_disk_size": 30,
        "boot_disk_type": None,
        "network": None,
        "subnetwork": None,
        "address": None,
        "tags": ["http-server"],
        "tags_mode": "exact",
        "labels": None,
        "labels_mode": "merge",
        "metadata": {"enable-guest-attributes": "TRUE"},
        "metadata_mode": "merge",
        "spot": None,
        "shielded": None,
        "deletion_protection": None,
        "service_account": None,
        "allow_stop": False,
        "state": "started",
    }
