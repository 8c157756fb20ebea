# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sandboxed Google Cloud for the fault matrix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugins.module_utils.gcp.session import Session, connect
from plugins.module_utils.gcp.transport import ENDPOINTS
from sandbox import gcp, identity
from sandbox.config import PROJECT
from tests.faults.clouds import SECONDS, Served

# Nearer to Google's own than the sandbox's: nobody waits for them here.
DELAYS = {
    "project_created": 5,
    "project_searchable": 30,
    "service_enabled": 5,
    "service_usable": 30,
    "service_account_visible": 20,
}


class GoogleCloud(Served):
    """A project that is ready for use, and a service account that owns it."""

    def __init__(self, folder: Path, delays: Mapping[str, float] = DELAYS) -> None:
        super().__init__(folder, gcp.create_app)
        self.sandbox.cloud.settings.update({"delays": dict(delays)})

    def prepare(self) -> None:
        self._key_file = identity.ensure_service_account(self.config)
        self._person_file = identity.ensure_user(self.config)

    def places(self) -> dict[str, str]:
        return {**super().places(), "PERSON": self._person_file}

    def drain(self) -> None:
        assert self.sandbox.cloud.operations.drain(SECONDS)

    def advance(self, seconds: float) -> None:
        self.sandbox.cloud.settings.advance(seconds)

    def options(self) -> dict[str, Any]:
        endpoints = {name: f"{self.url}/compute/v1/" if name == "compute" else f"{self.url}/" for name in ENDPOINTS}
        tokens = {"token_endpoint": f"{self.url}/token", "service_account_file": self._key_file}
        return {"project": PROJECT, "endpoints": endpoints, **tokens}

    def starts_operation(self, method: str) -> bool:
        return any(
            api.document.methods[method].response == "Operation"
            for api in self.sandbox.apis
            if method in api.document.methods
        )

    def objects(self) -> dict[str, Any]:
        store = self.sandbox.cloud.store
        with store.lock:
            return {
                name: {path: item for path, item in section.items() if "/operations/" not in path}
                for name, section in (
                    ("resources", store.resources),
                    ("notes", store.notes),
                    ("policies", store.policies),
                )
            }

    def session(self) -> Session:
        """What others do in the project."""
        return connect(self.options(), {})
