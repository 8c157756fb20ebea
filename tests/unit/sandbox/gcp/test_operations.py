# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations: what they show, how long they are waited for, and request ids."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

import pytest

from sandbox.gcp import operations
from tests.unit.sandbox.gcp.support import PROJECT, REGION, ZONE, Api, FakeHosts, Json, P, R, Z, machine

VM = f"{Z}/instances/mlops-zoom"
BASE = "https://www.googleapis.com/compute/v1/"
ACCOUNT = "user@sandbox-project.example"
BAD_IDS = ["abc", "00000000-0000-0000-0000-000000000000"]


def test_what_an_operation_shows(api: Api) -> None:
    begun = api.ok("POST", f"{Z}/instances", machine())
    assert begun["status"] in ("PENDING", "RUNNING")
    assert (begun["progress"], "endTime" in begun) == (0, False)
    done = api.wait(begun)
    assert done["name"].startswith("operation-")
    assert done["selfLink"] == f"{BASE}{Z}/operations/{done['name']}"
    assert (done["operationType"], done["user"], done["progress"]) == ("insert", ACCOUNT, 100)
    assert (done["targetLink"], done["targetId"]) == (BASE + VM, api.get(VM)["id"])
    assert done["insertTime"] <= done["startTime"] <= done["endTime"]
    assert api.get(f"{Z}/operations/{done['name']}") == done
    assert api.get(f"{Z}/operations/{done['id']}") == done


@pytest.mark.parametrize(
    ("path", "body", "scope", "field"),
    [
        (f"{Z}/instances", machine(), f"zones/{ZONE}", "zone"),
        (f"{R}/addresses", {"name": "x"}, f"regions/{REGION}", "region"),
        (f"{P}/global/firewalls", {"name": "x", "allowed": [{"IPProtocol": "tcp"}]}, "global", None),
    ],
)
def test_scopes(api: Api, path: str, body: Json, scope: str, field: str | None) -> None:
    done = api.did("POST", path, body)
    assert done["selfLink"].startswith(f"{BASE}projects/{PROJECT}/{scope}/operations/")
    assert {"zone", "region"} & done.keys() == ({field} if field else set())
    assert api.get(f"{P}/{scope}/operations")["items"] == [done]
    assert api.get(f"{P}/aggregated/operations")["items"][scope]["operations"] == [done]


def test_wait_blocks_until_done(api: Api, hosts: FakeHosts) -> None:
    hosts.hold.clear()
    begun = api.ok("POST", f"{Z}/instances", machine())
    threading.Timer(0.2, hosts.hold.set).start()
    before = time.monotonic()
    assert api.wait(begun)["status"] == "DONE"
    assert time.monotonic() - before > 0.1


def test_wait_gives_up(api: Api, hosts: FakeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert operations.WAIT_SECONDS == 120
    monkeypatch.setattr("sandbox.gcp.compute.operations.WAIT_SECONDS", 0.05)
    hosts.hold.clear()
    begun = api.ok("POST", f"{Z}/instances", machine())
    assert api.ok("POST", f"{Z}/operations/{begun['name']}/wait")["status"] == "RUNNING"
    hosts.hold.set()


def test_unknown_and_forgotten(api: Api, reserve: Callable[..., str]) -> None:
    path = f"{R}/operations/operation-0"
    for http, verb in (("GET", ""), ("POST", "/wait"), ("DELETE", "")):
        assert api.error(http, path + verb)[:2] == (404, "notFound")
    reserve()
    name = api.get(f"{R}/operations")["items"][0]["name"]
    assert api.call("DELETE", f"{R}/operations/{name}").status_code == 204
    assert "items" not in api.get(f"{R}/operations")


def test_a_request_id_is_carried_out_once(api: Api, hosts: FakeHosts) -> None:
    request = str(uuid.uuid4())
    first = api.did("POST", f"{Z}/instances", machine(), requestId=request)
    again = api.ok("POST", f"{Z}/instances", machine(), requestId=request)
    assert (again["name"], again["status"]) == (first["name"], "DONE")
    assert len(hosts.made) == 1
    api.did("DELETE", VM, requestId=str(uuid.uuid4()))
    repeated = api.ok("POST", f"{Z}/instances", machine(), requestId=request)
    assert repeated["name"] == first["name"]
    assert hosts.made == {}


def test_a_refused_request_may_be_mended_under_its_id(api: Api) -> None:
    request = str(uuid.uuid4())
    assert api.error("POST", f"{Z}/instances", machine(size="n9"), requestId=request)[0] == 400
    api.did("POST", f"{Z}/instances", machine(), requestId=request)


@pytest.mark.parametrize("request_id", BAD_IDS)
def test_bad_request_ids(api: Api, request_id: str) -> None:
    status, _, message = api.error("POST", f"{R}/addresses", {"name": "x"}, requestId=request_id)
    assert status == 400
    assert "Invalid value for field 'requestId'" in message


def test_only_so_many_are_kept(api: Api, reserve: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "KEPT", 2)
    for number in range(5):
        reserve(f"a{number}")
    assert len(api.get(f"{R}/operations")["items"]) == 3
