# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts in memory, and a client that holds every answer against the discovery document."""

from __future__ import annotations

import dataclasses
import itertools
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.driver import HostError, HostSpec, PortRule
from sandbox.gcp import apis, discovery

PROJECT = "sandbox-project"
ZONE = "northamerica-northeast2-a"
REGION = "northamerica-northeast2"
P = f"projects/{PROJECT}"
Z = f"{P}/zones/{ZONE}"
R = f"{P}/regions/{REGION}"
Json = dict[str, Any]
KINDS = {"object": "dict", "array": "list", "string": "str", "boolean": "bool", "integer": "int", "number": "int float"}


@dataclasses.dataclass
class FakeHost:
    """What a host was told."""

    spec: HostSpec
    metadata: Mapping[str, str]
    rules: list[PortRule]
    address: str | None = None
    running: bool = False
    boots: int = 0


class FakeHosts:
    """The driver's protocol without any host; `failing` names the calls that are to fail, `hold` stops every boot."""

    def __init__(self) -> None:
        self.made: dict[str, FakeHost] = {}
        self.failing: set[str] = set()
        self.released: list[str] = []
        self.hold = threading.Event()
        self.hold.set()
        self._numbers = itertools.count(10)

    def families(self) -> Mapping[str, str]:
        return {"debian-12": "Debian GNU/Linux 12 (bookworm)"}

    def allocate(self) -> str:
        self._check("allocate")
        return f"198.18.0.{next(self._numbers)}"

    def release(self, address: str) -> None:
        self.released.append(address)

    def create(self, spec: HostSpec, metadata: Mapping[str, str], rules: Sequence[PortRule]) -> None:
        self._check("create")
        self.made[spec.name] = FakeHost(spec, dict(metadata), list(rules))

    def start(self, name: str, address: str | None) -> None:
        self.hold.wait(10)
        self._check("start")
        host = self.made[name]
        host.address, host.running, host.boots = address, True, host.boots + 1

    def stop(self, name: str) -> None:
        self._check("stop")
        self.made[name].running = False

    def suspend(self, name: str) -> None:
        self._check("suspend")
        self.made[name].address, self.made[name].running = None, False

    def delete(self, name: str) -> None:
        self._check("delete")
        self.made.pop(name, None)

    def running(self, name: str) -> bool:
        return name in self.made and self.made[name].running

    def readdress(self, name: str, address: str | None) -> None:
        self._check("readdress")
        self.made[name].address = address

    def set_metadata(self, name: str, metadata: Mapping[str, str]) -> None:
        self._check("set_metadata")
        self.made[name].metadata = dict(metadata)

    def set_rules(self, name: str, rules: Sequence[PortRule]) -> None:
        self._check("set_rules")
        self.made[name].rules = list(rules)

    def guest_attributes(self, name: str) -> Mapping[str, Mapping[str, str]]:
        return {"hostkeys": {"ssh-ed25519": f"key-of-{name}"}} if self.made[name].boots else {}

    def serial_output(self, name: str) -> str:
        return f"{name} booted {self.made[name].boots} times\n"

    def _check(self, call: str) -> None:
        if call in self.failing:
            raise HostError(f"the engine refused to {call}")


@dataclasses.dataclass
class Api:
    """The API as a client sees it; paths are relative to /compute/v1/."""

    client: FlaskClient
    headers: dict[str, str]

    def call(self, http: str, path: str, body: Any = None, **query: Any) -> TestResponse:
        """One call, whatever its answer."""
        url = path if path.startswith("/") else f"/compute/v1/{path}"
        response = self.client.open(url, method=http, json=body, query_string=query, headers=self.headers)
        if response.status_code == 200 and "fields" not in query:
            _check_response(http, url, response.json)
        return response

    def ok(self, http: str, path: str, body: Any = None, **query: Any) -> Json:
        """One call that succeeds."""
        response = self.call(http, path, body, **query)
        assert response.status_code == 200, response.text
        return body_of(response)

    def get(self, path: str, **query: Any) -> Json:
        """What a path holds."""
        return self.ok("GET", path, **query)

    def error(self, http: str, path: str, body: Any = None, **query: Any) -> tuple[int, str, str]:
        """Status, reason and message of a call that fails."""
        response = self.call(http, path, body, **query)
        error = body_of(response)["error"]
        assert error["code"] == response.status_code
        return response.status_code, error["errors"][0]["reason"], error["message"]

    def refused(self, http: str, path: str, body: Any = None, **query: Any) -> tuple[int, str, str]:
        """HTTP status, RPC status and message of a call that fails, of an API beside Compute Engine."""
        response = self.call(http, path, body, **query)
        error = body_of(response)["error"]
        assert (error["code"], "errors" in error) == (response.status_code, False)
        return response.status_code, error["status"], error["message"]

    def result(self, http: str, path: str, body: Any = None, **query: Any) -> Json:
        """What an operation of an API beside Compute Engine results in, once its time has come."""
        begun = self.ok(http, path, body, **query)
        self.advance(60)
        done = self.get(f"/{path.split('/')[1]}/{begun['name']}")
        assert done["done"], done
        response: Json = done["response"]
        return response

    def advance(self, seconds: float) -> None:
        """Puts the sandbox's clock forward."""
        assert self.client.post("/_sandbox/clock", json={"seconds": seconds}).status_code == 200

    def settings(self, **settings: Any) -> None:
        """Changes how the cloud behaves."""
        response = self.client.post("/_sandbox/settings", json=settings)
        assert response.status_code == 200, response.text

    def acting_as(self, token: str) -> Api:
        """The same API for the holder of another token."""
        return Api(self.client, {"Authorization": f"Bearer {token}"})

    def wait(self, operation: Json) -> Json:
        """The operation once it is done."""
        path = operation["selfLink"].removeprefix("https://www.googleapis.com/compute/v1/")
        done = self.ok("POST", f"{path}/wait")
        assert done["status"] == "DONE"
        return done

    def did(self, http: str, path: str, body: Any = None, **query: Any) -> Json:
        """A change, awaited and successful."""
        done = self.wait(self.ok(http, path, body, **query))
        assert "error" not in done, done["error"]
        return done

    def failed(self, http: str, path: str, body: Any = None, **query: Any) -> Json:
        """The first error of an operation that fails."""
        done = self.wait(self.ok(http, path, body, **query))
        error: Json = done["error"]["errors"][0]
        return error

    def fault(self, method: str, kind: str, **more: Any) -> None:
        """Asks for a fault."""
        response = self.client.post("/_sandbox/faults", json={"method": method, "kind": kind, **more})
        assert response.status_code == 200, response.text

    def log(self, *, mutating: bool = False) -> list[Json]:
        """The request log."""
        response = self.client.get("/_sandbox/requests", query_string={"mutating": int(mutating)})
        entries: list[Json] = body_of(response)["requests"]
        return entries


def body_of(response: TestResponse) -> Json:
    """The JSON of an answer."""
    result: Json = json.loads(response.text)
    return result


def grant(api: Api, path: str, member: str, *roles: str) -> None:
    """Adds a member to roles in the policy at a path of Resource Manager or IAM."""
    policy = api.ok("POST", f"{path}:getIamPolicy", {})
    bindings = policy.get("bindings", []) + [{"role": role, "members": [member]} for role in roles]
    api.ok("POST", f"{path}:setIamPolicy", {"policy": {**policy, "bindings": bindings}})


def token_of(api: Api, account: Json) -> str:
    """An access token of a service account, had by impersonation; api's caller may give it itself the role."""
    path = f"/v1/projects/-/serviceAccounts/{account['email']}:generateAccessToken"
    scope = ["https://www.googleapis.com/auth/cloud-platform"]
    return str(api.ok("POST", path, {"scope": scope})["accessToken"])


def machine(name: str = "mlops-zoom", **more: Any) -> Json:
    """The body of an instances.insert that works."""
    size = more.pop("size", "n2-standard-2")
    nat = more.pop("nat", {})
    return {
        "name": name,
        "machineType": f"zones/{ZONE}/machineTypes/{size}",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": disk(**more.pop("disk", {}))}],
        "networkInterfaces": [{"accessConfigs": [] if nat is None else [{"name": "External NAT", **nat}]}],
        **more,
    }


def disk(**more: Any) -> Json:
    """The parameters of a boot disk that works."""
    return {"sourceImage": "projects/debian-cloud/global/images/family/debian-12", **more}


def _check_response(http: str, path: str, answer: Any) -> None:
    """Refuses an answer with a field, type or enum value that the documented schema does not have."""
    found = apis.route(apis.load(), http, path)
    if found is None:
        assert not path.startswith("/compute/"), path
        return
    interface, method, _ = found
    assert method.response
    _check(interface.document, {"$ref": method.response}, answer, method.id)


def _check(document: discovery.Document, node: Json, value: Any, where: str) -> None:
    schema = document.schema(node)
    kind = schema.get("type", "any")
    assert type(value).__name__ in KINDS.get(kind, type(value).__name__).split(), f"{where}: {value!r} is no {kind}"
    if kind == "array":
        for index, item in enumerate(value):
            _check(document, schema["items"], item, f"{where}[{index}]")
    elif kind == "object":
        known = schema.get("properties", {})
        for name, item in value.items():
            assert name in known or "additionalProperties" in schema, f"{where}.{name} is not documented"
            _check(document, known.get(name, schema.get("additionalProperties")), item, f"{where}.{name}")
    elif "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r} is not one of the documented values"
