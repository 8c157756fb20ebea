# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures on demand, and the log of requests."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from plugins.module_utils import wait
from sandbox import serving
from sandbox.config import Config
from tests.unit.sandbox.gcp.support import Api, FakeHosts, Json, P, R, Z, body_of, machine

VM = f"{Z}/instances/mlops-zoom"
INSERT = "compute.instances.insert"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "error"}, (503, "backendError")),
        ({"kind": "error", "status": 500, "reason": "internalError", "message": "broken"}, (500, "internalError")),
        ({"kind": "error", "status": 409, "reason": "alreadyExists"}, (409, "alreadyExists")),
        ({"kind": "throttle"}, (429, "rateLimitExceeded")),
        ({"kind": "throttle", "status": 403}, (403, "rateLimitExceeded")),
    ],
)
def test_errors(api: Api, fault: Json, expected: tuple[int, str]) -> None:
    api.fault(INSERT, times=2, **fault)
    for _ in range(2):
        status, reason, message = api.error("POST", f"{Z}/instances", machine())
        assert (status, reason) == expected
        assert message == fault.get("message", message)
    assert api.error("GET", VM)[0] == 404
    api.did("POST", f"{Z}/instances", machine())


@pytest.mark.parametrize(("fault", "expected"), [({}, "1"), ({"retry_after": 7}, "7"), ({"retry_after": 0}, "0")])
def test_throttling_says_when_to_come_back(api: Api, fault: Json, expected: str) -> None:
    api.fault("compute.projects.get", "throttle", **fault)
    assert api.call("GET", P).headers["Retry-After"] == expected


def test_delay(api: Api) -> None:
    api.fault("compute.projects.*", "delay", seconds=0.1)
    before = time.monotonic()
    api.get(P)
    assert time.monotonic() - before >= 0.1


@pytest.mark.parametrize(("kind", "made"), [("hold_before", False), ("hold_after", True)])
def test_held_calls_wait_until_they_are_released(api: Api, kind: str, made: bool) -> None:
    api.fault(INSERT, kind, seconds=10)
    caller = threading.Thread(target=lambda: api.call("POST", f"{Z}/instances", machine()))
    caller.start()
    wait.poll(
        lambda: body_of(api.client.get("/_sandbox/faults")), lambda found: found["held"] == 1, timeout=10, pause=0.01
    )
    assert api.call("GET", VM).status_code == (200 if made else 404)
    assert api.client.post("/_sandbox/release").status_code == 204
    caller.join(10)
    assert not caller.is_alive()
    api.get(VM)


@pytest.mark.parametrize(("kind", "made"), [("hold_before", False), ("hold_after", True)])
def test_a_held_call_is_not_carried_out_once_its_client_has_gone(api: Api, kind: str, made: bool) -> None:
    server = serving.bind(0, api.client.application)
    threading.Thread(target=server.serve_forever).start()
    api.fault(INSERT, kind, seconds=10)
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    client.request("POST", f"/compute/v1/{Z}/instances", json.dumps(machine()), api.headers)
    held = partial(wait.poll, lambda: body_of(api.client.get("/_sandbox/faults"))["held"], timeout=10, pause=0.01)
    held(lambda calls: calls == 1)
    client.close()
    api.client.post("/_sandbox/release")
    held(lambda calls: calls == 0)
    wait.poll(api.log, lambda log: INSERT in [entry["method"] for entry in log], timeout=10, pause=0.01)
    assert api.call("GET", VM).status_code == (200 if made else 404)
    server.shutdown()
    server.server_close()


def test_a_list_of_faults_is_taken_whole_or_not_at_all(api: Api) -> None:
    good = {"method": "compute.projects.get", "kind": "delay"}
    assert api.client.post("/_sandbox/faults", json=[good, {"kind": "delay"}]).status_code == 400
    assert api.client.get("/_sandbox/faults").json == {"faults": [], "held": 0}
    assert len((api.client.post("/_sandbox/faults", json=[good, good]).json or {})["faults"]) == 2


@pytest.mark.parametrize(("kind", "made"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connections(api: Api, kind: str, made: bool) -> None:
    api.fault(INSERT, kind)
    request = str(uuid.uuid4())
    with pytest.raises(ConnectionResetError):
        api.call("POST", f"{Z}/instances", machine(), requestId=request)
    assert (api.call("GET", VM).status_code == 200) is made
    api.did("POST", f"{Z}/instances", machine(), requestId=request)
    assert [entry["status"] for entry in api.log(mutating=True)] == [0, 200]


def test_operation_error(api: Api, hosts: FakeHosts) -> None:
    code = "ZONE_RESOURCE_POOL_EXHAUSTED"
    api.fault(INSERT, "operation_error", path="*northamerica-northeast2-a*", code=code, message="no capacity")
    error = api.failed("POST", f"{Z}/instances", machine())
    assert error == {"code": code, "message": "no capacity"}
    assert hosts.made == {}
    for kind in ("instances", "disks"):
        assert "items" not in api.get(f"{Z}/{kind}")


def test_operation_error_of_a_change(api: Api, make: Callable[..., Json]) -> None:
    fingerprint = make()["labelFingerprint"]
    api.fault("compute.instances.setLabels", "operation_error")
    api.failed("POST", f"{VM}/setLabels", {"labels": {"a": "1"}, "labelFingerprint": fingerprint})
    assert "labels" not in api.get(VM)


def test_only_what_matches(api: Api) -> None:
    api.fault("compute.*.insert", "error", path="*/regions/us-central1/*")
    api.did("POST", f"{R}/addresses", {"name": "x"})
    assert api.error("POST", f"{P}/regions/us-central1/addresses", {"name": "x"})[0] == 503


def test_token_endpoint(api: Api) -> None:
    api.fault("oauth2.token", "error", status=500)
    assert api.client.post("/token", data={"grant_type": "x"}).status_code == 500
    assert api.client.post("/token", data={"grant_type": "x"}).status_code == 400


def test_listed_and_cleared(api: Api) -> None:
    api.fault(INSERT, "error", times=3)
    api.call("POST", f"{Z}/instances", machine())
    listed = body_of(api.client.get("/_sandbox/faults"))["faults"]
    assert [(fault["method"], fault["times"]) for fault in listed] == [(INSERT, 2)]
    assert api.client.delete("/_sandbox/faults").status_code == 204
    api.did("POST", f"{Z}/instances", machine())


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {"method": INSERT},
        {"method": INSERT, "kind": "explode"},
        {"method": INSERT, "kind": "error", "colour": "red"},
        {"method": INSERT, "kind": "error", "times": "2"},
        {"method": INSERT, "kind": "error", "times": True},
    ],
)
def test_no_fault(api: Api, payload: Any) -> None:
    response = api.client.post("/_sandbox/faults", json=payload)
    assert response.status_code == 400
    assert body_of(response)["error"].startswith("Not a fault: ")


def test_log(api: Api, config: Config) -> None:
    api.headers["User-Agent"] = "a-test/1"
    api.get(f"{Z}/instances", filter="name=x")
    begun = api.ok("POST", f"{R}/addresses", {"name": "x"})
    api.wait(begun)
    api.error("POST", f"{R}/addresses", {"name": "x"})
    entries = api.log()
    shown = [(entry["method"], entry["status"], entry["mutating"]) for entry in entries]
    assert shown == [
        ("compute.instances.list", 200, False),
        ("compute.addresses.insert", 200, True),
        ("compute.regionOperations.wait", 200, False),
        ("compute.addresses.insert", 409, True),
    ]
    first = entries[0]
    assert (first["http"], first["path"]) == ("GET", f"/compute/v1/{Z}/instances")
    assert (first["query"], first["user_agent"]) == ({"filter": ["name=x"]}, "a-test/1")
    assert entries[1]["body"] == {"name": "x"}
    assert api.log(mutating=True) == [entries[1], entries[3]]
    lines = (config.home / "requests.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == entries
    assert api.client.delete("/_sandbox/requests").status_code == 204
    assert api.log() == []


def test_log_holds_no_credentials(api: Api, config: Config) -> None:
    secret = api.headers["Authorization"].split()[1]
    api.get(P)
    api.call("GET", P, access_token=secret, key="an-api-key")
    api.client.post(
        "/token", data={"grant_type": "refresh_token", "refresh_token": "1//a-secret", "assertion": "e.y.J"}
    )
    text = (config.home / "requests.jsonl").read_text(encoding="utf-8")
    assert [entry["body"] for entry in api.log()] == [None, None, {"grant_type": "refresh_token"}]
    for hidden in (secret, "an-api-key", "a-secret", "e.y.J"):
        assert hidden not in text


def test_log_holds_no_encryption_keys(api: Api, config: Config) -> None:
    secured = {"diskEncryptionKey": {"rawKey": "c2VjcmV0", "kmsKeyName": "k"}}
    api.error("POST", f"{Z}/instances", machine() | {"disks": [{"boot": True, **secured}]})
    assert api.log()[0]["body"]["disks"][0]["diskEncryptionKey"] == {"kmsKeyName": "k"}
    assert "c2VjcmV0" not in (config.home / "requests.jsonl").read_text(encoding="utf-8")


def test_the_log_since_a_mark(api: Api) -> None:
    api.get(P)
    mark = read_log(api)["mark"]
    api.did("POST", f"{R}/addresses", {"name": "x"})
    since = read_log(api, since=mark)
    assert [entry["method"] for entry in since["requests"]] == [
        "compute.addresses.insert",
        "compute.regionOperations.wait",
    ]
    later = read_log(api, since=mark, mutating=1)
    assert (len(later["requests"]), later["mark"]) == (1, mark + 2)


def read_log(api: Api, **query: int) -> Json:
    """The answer of the log's path."""
    return body_of(api.client.get("/_sandbox/requests", query_string=query))
