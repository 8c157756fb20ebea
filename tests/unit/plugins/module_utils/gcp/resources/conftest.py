# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources against the sandbox's Compute Engine API, in this process and without hosts."""

from __future__ import annotations

import dataclasses
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
    """A sandboxed project, empty but for its default network."""

    application: Any
    key_file: Path

    def session(self) -> Session:
        made = connect({**COMMON, "service_account_file": str(self.key_file), "timeout": 30}, {})
        made.transport.http = InProcess(self.application)
        made.transport.sleep = lambda seconds: None
        return made

    def run(self, kind: Any, params: Mapping[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
        """What a module does with these options; api_calls as the module counts them."""
        session = self.session()
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

    def fault(self, **fault: Any) -> None:
        """Makes the next calls fail."""
        assert Client(self.application).post("/_sandbox/faults", json=fault).status_code == 200


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    config = Config.from_environment({"SANDBOX_HOME": str(tmp_path / "home"), "SANDBOX_CACHE": str(tmp_path / "cache")})
    config.home.mkdir()
    key_file = Path(identity.ensure_service_account(config))
    return Cloud(create_app(ApiOnlyHosts(config), config), key_file)


@pytest.fixture
def machine() -> dict[str, Any]:
    """The options of an instance that the sandbox can make."""
    return {
        "name": "mlops-zoom",
        "zone": ZONE,
        "machine_type": "n2-standard-2",
        "image_family": "debian-12",
        "image_project": "debian-cloud",
        "boot_disk_size": 30,
        "boot_disk_type": None,
        "network": None,
        "address": None,
        "tags": ["http-server"],
        "labels": None,
        "metadata": {"enable-guest-attributes": "TRUE"},
        "allow_stop": False,
        "state": "started",
    }
