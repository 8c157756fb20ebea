# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources against the sandbox's AWS, in this process and on hosts in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from plugins.module_utils.aws import model
from plugins.module_utils.aws.session import Session, connect_to, open_core
from plugins.module_utils.resource import Resource, reconcile
from sandbox.aws import access_key, create_app, in_process
from sandbox.config import Config
from tests.unit.sandbox.aws.support import IMAGE, REGION, Aws
from tests.unit.sandbox.gcp.support import FakeHosts

WORKSTATION = "mlops-zoom-aws"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


class Hosts(FakeHosts):
    """Hosts in memory, all with one host key."""

    def guest_attributes(self, name: str) -> Mapping[str, Mapping[str, str]]:
        kind, blob = HOST_KEY.split()
        return {"hostkeys": {kind: blob}} if self.made[name].boots else {}


@cache
def loader() -> Loader:
    """botocore's models, which take a while to read; EC2's as modules have it."""
    return Loader(extra_search_paths=[str(model.search_path())])


@dataclasses.dataclass
class Cloud:
    """A sandboxed account, empty but for its default VPC. Time passes there, and here, only while somebody sleeps."""

    aws: Aws
    core: Any
    common: Mapping[str, Any]
    now: float = 0.0

    def session(self) -> Session:
        made = connect_to(REGION, self.common, self.core)
        made.clock, made.sleep = lambda: self.now, self.sleep
        return made

    def sleep(self, seconds: float) -> None:
        """Lets time pass; all that a host has to do is done by then."""
        self.now += seconds
        self.aws.advance(seconds)

    def run(self, kind: Any, params: Mapping[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
        """What a module does with these options; api_calls as the module counts them."""
        session = self.session()
        resource: Resource = kind(session, {**self.common, **params})
        return {**reconcile(resource, check_mode=check_mode), "api_calls": session.calls}

    def predicted(self, kind: Any, params: Mapping[str, Any]) -> dict[str, Any]:
        """Runs in check mode, then for real, and returns the second result, seen to be what the first said."""
        before = self.mutations()
        check = self.run(kind, params, check_mode=True)
        assert self.mutations() == before
        real = self.run(kind, params)
        for part in ("changed", "actions", "diff"):
            assert check[part] == real[part]
        assert check["resource"].keys() == real["resource"].keys()
        return real

    def calls(self) -> list[str]:
        """The operations so far."""
        return [str(entry["method"]).partition(".")[2] for entry in self.aws.log()]

    def mutations(self) -> list[str]:
        """Those that may have changed something."""
        return [call for call in self.calls() if not call.startswith(("Describe", "Get"))]

    def fault(self, operation: str, kind: str, **more: Any) -> None:
        """Makes the next calls of an operation fail."""
        self.aws.fault(f"ec2.{operation}", kind, **more)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)  # between its retries
    config = Config.from_environment({"SANDBOX_HOME": str(tmp_path / "home"), "SANDBOX_CACHE": str(tmp_path / "cache")})
    config.home.mkdir()
    hosts = Hosts()
    app = create_app(hosts, config)
    app.extensions["sandbox"].cloud.clock = lambda: 1_800_000_000.0
    key = access_key.load(config)
    common = {
        "region": REGION,
        "endpoint_url": "http://127.0.0.1:8482",
        "access_key": key.id,
        "secret_key": key.secret,
        "timeout": 300,
        "workstation": WORKSTATION,
    }
    core = open_core(common)
    core.register_component("data_loader", loader())
    in_process.attach(core, app)
    return Cloud(Aws(app, hosts, key), core, common)


@pytest.fixture
def machine() -> dict[str, Any]:
    """The options of an instance that the sandbox can make."""
    return {
        "name": None,
        "instance_types": ["t2.xlarge"],
        "zones": None,
        "subnets": None,
        "vpc": None,
        "public_ip": None,
        "image_parameter": IMAGE,
        "image_name": None,
        "image_owner": "099720109477",
        "image_id": None,
        "image_drift": "ignore",
        "root_volume_size": 30,
        "root_volume_type": "gp3",
        "root_volume_encrypted": True,
        "security_groups": None,
        "key_name": None,
        "instance_profile": None,
        "spot": None,
        "termination_protection": None,
        "allow_stop": False,
        "tags": None,
        "state": "started",
    }
