# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What survives a restart, what a reset forgets, and who may read it."""

from __future__ import annotations

import stat
from collections.abc import Callable

import flask
import pytest

from sandbox.config import Config
from sandbox.gcp.errors import ApiError
from sandbox.gcp.store import Store
from tests.unit.sandbox.gcp.support import Api, FakeHosts, Json, P, R, Z, machine

VM = f"{Z}/instances/mlops-zoom"


@pytest.fixture
def restart(api: Api, start: Callable[[], flask.Flask]) -> Callable[[], None]:
    """Lets another process take over; the client and its token stay."""

    def restart() -> None:
        api.client = start().test_client()

    return restart


def test_a_restart_loses_nothing(
    api: Api, restart: Callable[[], None], make: Callable[..., Json], reserve: Callable[..., str]
) -> None:
    address = reserve()
    instance = make(nat={"natIP": address}, labels={"a": "1"})
    fingerprint = api.get(P)["commonInstanceMetadata"]["fingerprint"]
    restart()
    assert api.get(VM) == instance
    assert api.get(f"{R}/addresses/ml-zoom-ip")["users"] == [instance["selfLink"]]
    assert api.get(P)["commonInstanceMetadata"]["fingerprint"] == fingerprint
    api.did("POST", f"{VM}/stop")
    api.did("DELETE", VM)


def test_statuses_follow_the_hosts(
    api: Api, restart: Callable[[], None], make: Callable[..., Json], hosts: FakeHosts
) -> None:
    make("went-off")
    make("came-on")
    api.did("POST", f"{Z}/instances/came-on/stop")
    hosts.made["went-off"].running = False
    hosts.made["came-on"].running = True
    restart()
    statuses = {item["name"]: item["status"] for item in api.get(f"{Z}/instances")["items"]}
    assert statuses == {"went-off": "TERMINATED", "came-on": "RUNNING"}


def test_what_a_stopped_process_left_half_done(
    api: Api, restart: Callable[[], None], hosts: FakeHosts, start: Callable[[], flask.Flask]
) -> None:
    hosts.hold.clear()
    begun = api.ok("POST", f"{Z}/instances", machine())
    restart()
    path = begun["selfLink"].removeprefix("https://www.googleapis.com/compute/v1/")
    found = api.get(path)
    assert found["status"] == "DONE"
    assert found["error"]["errors"][0]["message"].startswith("The sandbox was stopped before this operation ended")
    assert api.error("GET", VM)[0] == 404
    assert "items" not in api.get(f"{Z}/disks")
    hosts.hold.set()


def test_a_token_outlives_the_process(api: Api, restart: Callable[[], None]) -> None:
    restart()
    assert api.call("GET", P).status_code == 200


def test_request_ids_outlive_the_process(api: Api, restart: Callable[[], None]) -> None:
    request = "8b8e0d3c-5f3e-4c62-9d0c-6c2f5f6d9a11"
    first = api.did("POST", f"{R}/addresses", {"name": "x"}, requestId=request)
    restart()
    assert api.ok("POST", f"{R}/addresses", {"name": "x"}, requestId=request)["name"] == first["name"]


def test_state_is_the_owners_alone(api: Api, config: Config) -> None:
    file = config.home / "state.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert api.headers["Authorization"].split()[1] not in file.read_text(encoding="utf-8")


def test_health(api: Api, make: Callable[..., Json]) -> None:
    make()
    found = api.client.get("/_sandbox/health").json
    assert found == {"status": "ok", "project": "sandbox-project", "families": ["debian-12"], "hosts": ["mlops-zoom"]}


def test_reset(api: Api, hosts: FakeHosts, make: Callable[..., Json], reserve: Callable[..., str]) -> None:
    address = reserve()
    make()
    api.fault("compute.*", "error")
    assert api.client.post("/_sandbox/reset").json == {"deleted": ["mlops-zoom"]}
    assert hosts.made == {}
    assert address in hosts.released
    assert "items" not in api.get(f"{R}/addresses")
    assert len(api.get(f"{P}/global/firewalls")["items"]) == 4


def test_a_reset_that_cannot_delete_says_so(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    hosts.failing = {"delete"}
    response = api.client.post("/_sandbox/reset")
    assert (response.status_code, response.json) == (500, {"error": "the engine refused to delete"})
    assert api.get(VM)["status"] == "RUNNING"


def test_a_failed_change_is_not_saved(config: Config) -> None:
    file = config.home / "other.json"
    store = Store(file, seed=lambda store: store.resources.update({"projects/p": {"name": "p"}}))
    before = file.read_text(encoding="utf-8")

    def refuse() -> None:
        with store.change():
            raise ApiError(400, "invalid", "no")

    with pytest.raises(ApiError, match="no"):
        refuse()
    assert file.read_text(encoding="utf-8") == before
    assert Store(file, seed=lambda _store: None).children("projects") == [{"name": "p"}]
