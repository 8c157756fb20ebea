# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sandboxed AWS for the fault matrix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
from botocore.client import BaseClient
from botocore.session import Session

from sandbox.aws import access_key, create_app
from sandbox.config import Config
from sandbox.driver import Hosts
from tests.faults.clouds import SECONDS, Served
from tests.faults.likeness import alike

REGION = "ca-central-1"
# What each operation lists.
LISTED = {
    "describe_addresses": "Addresses",
    "describe_instances": "Reservations",
    "describe_key_pairs": "KeyPairs",
    "describe_security_groups": "SecurityGroups",
    "describe_volumes": "Volumes",
}
# Longer than anything in the sandbox takes.
AT_REST = 60.0


class Aws(Served):
    """An account with its default VPC. Its time passes while a module sleeps, and only then, unless it has a clock."""

    def __init__(self, folder: Path, clock: Callable[[], float] = lambda: 1_800_000_000.0) -> None:
        def create(hosts: Hosts, config: Config) -> flask.Flask:
            access_key.ensure(config)
            app = create_app(hosts, config)
            app.extensions["sandbox"].cloud.clock = clock
            return app

        super().__init__(folder, create)
        self._session = Session()
        self._clients: dict[str, BaseClient] = {}

    def drain(self) -> None:
        assert self.sandbox.cloud.jobs.drain(SECONDS)

    def advance(self, seconds: float) -> None:
        self.sandbox.cloud.advance(seconds)

    def options(self) -> dict[str, Any]:
        key = access_key.load(self.config)
        return {"region": REGION, "endpoint_url": self.url, "access_key": key.id, "secret_key": key.secret}

    def starts_operation(self, method: str) -> bool:
        return method in ("ec2.RunInstances", "ec2.StartInstances", "ec2.ModifyVolume")

    def objects(self) -> dict[str, Any]:
        self.advance(AT_REST)
        found = {key: getattr(self.client(), operation)().get(key) or [] for operation, key in LISTED.items()}
        instances = [instance for group in found.pop("Reservations") for instance in group["Instances"]]
        found["Instances"] = [instance for instance in instances if instance["State"]["Name"] != "terminated"]
        ordered: dict[str, Any] = alike(found)
        return ordered

    def client(self, service: str = "ec2") -> BaseClient:
        """What others do in the account."""
        if service not in self._clients:
            keys = self.options()
            self._session.set_credentials(keys["access_key"], keys["secret_key"])
            made: BaseClient = self._session.create_client(service, region_name=REGION, endpoint_url=self.url)
            self._clients[service] = made
        return self._clients[service]
