# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources against an AWS API in this process."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.ec2.models import ec2_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.ssm.models import ssm_backends
from werkzeug.test import Client
from werkzeug.wrappers import Response

from plugins.module_utils.aws.session import Session, connect_to, open_core
from plugins.module_utils.resource import Resource, reconcile

ENDPOINT = "http://127.0.0.1:8482"
REGION = "ca-central-1"
COMMON: Mapping[str, Any] = {
    "region": REGION,
    "endpoint_url": ENDPOINT,
    "access_key": "AKIAEXAMPLE",
    "secret_key": "example",
    "timeout": 30,
    "workstation": "mlops-zoom-aws",
}


class Body(bytes):
    """What urllib3 would have read."""

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield self


@dataclasses.dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclasses.dataclass
class Cloud:
    """A sandboxed account, empty but for its default VPC."""

    application: Any
    entries: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    faults: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def session(self) -> Session:
        core = open_core(COMMON)
        core.register("before-send", self.answer)
        made = connect_to(REGION, COMMON, core)
        made.clock = clock = Clock()
        made.sleep = clock.sleep
        return made

    def answer(self, request: Any, **_event: Any) -> Any:
        """Hands a request to the WSGI application instead of a socket."""
        headers = {name: _text(value) for name, value in request.headers.items()}
        action = urllib.parse.parse_qs(_text(request.body)).get("Action", [headers.get("X-Amz-Target", "")])[0]
        fault = next((f for f in self.faults if f["method"] == action and f["times"] > 0), None)
        if fault:
            fault["times"] -= 1
        self.entries.append({"method": action, "mutating": not action.startswith(("Describe", "Get", "AmazonSSM"))})
        if fault and fault["kind"] == "drop_before":
            raise ConnectionClosedError(endpoint_url=ENDPOINT)
        if fault and fault["kind"] == "error":
            xml = (
                f"<Response><Errors><Error><Code>{fault['code']}</Code><Message>{fault.get('message', 'm')}"
                "</Message></Error></Errors><RequestID>r</RequestID></Response>"
            )
            return AWSResponse(request.url, fault.get("status", 400), {}, Body(xml.encode()))
        reply = Client(self.application, Response).open(
            "/", method=request.method, headers=headers, data=request.body, base_url=ENDPOINT
        )
        if fault and fault["kind"] == "drop_after":
            raise ConnectionClosedError(endpoint_url=ENDPOINT)
        return AWSResponse(request.url, reply.status_code, reply.headers, Body(reply.data))

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
        return list(self.entries)

    def mutations(self) -> list[str]:
        """The actions so far that may have changed something."""
        return [entry["method"] for entry in self.log() if entry["mutating"]]

    def fault(self, **fault: Any) -> None:
        """Makes the next calls fail."""
        self.faults.append({"times": 1, **fault})


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


@pytest.fixture
def cloud() -> Cloud:
    ec2_backends.reset()
    ssm_backends.reset()
    return Cloud(DomainDispatcherApplication(create_backend_app))
