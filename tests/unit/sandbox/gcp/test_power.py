# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting, stopping, resetting; what becomes of addresses and statuses."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from sandbox import driver
from tests.unit.sandbox.gcp.support import Api, FakeHosts, Json, Z, machine

VM = f"{Z}/instances/mlops-zoom"


def nat_ip(instance: Json) -> str | None:
    """The public address."""
    address: str | None = instance["networkInterfaces"][0]["accessConfigs"][0].get("natIP")
    return address


def test_an_ephemeral_address_changes(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    first = nat_ip(make())
    api.did("POST", f"{VM}/stop")
    stopped = api.get(VM)
    assert (stopped["status"], nat_ip(stopped)) == ("TERMINATED", None)
    assert stopped["lastStopTimestamp"] > stopped["lastStartTimestamp"]
    assert (hosts.made["mlops-zoom"].running, hosts.released) == (False, [first])
    api.did("POST", f"{VM}/start")
    started = api.get(VM)
    assert started["status"] == "RUNNING"
    assert nat_ip(started) == hosts.made["mlops-zoom"].address != first
    assert started["lastStartTimestamp"] > started["lastStopTimestamp"]


def test_a_reserved_address_stays(api: Api, make: Callable[..., Json], reserve: Callable[..., str]) -> None:
    address = reserve()
    make(nat={"natIP": address})
    api.did("POST", f"{VM}/stop")
    assert nat_ip(api.get(VM)) == address
    api.did("POST", f"{VM}/start")
    assert nat_ip(api.get(VM)) == address


def test_again_is_fine(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    api.did("POST", f"{VM}/start")
    assert hosts.made["mlops-zoom"].boots == 1
    api.did("POST", f"{VM}/stop")
    api.did("POST", f"{VM}/stop")
    assert api.get(VM)["status"] == "TERMINATED"


def test_reset(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    address = nat_ip(make())
    api.did("POST", f"{VM}/reset")
    assert hosts.made["mlops-zoom"].boots == 2
    assert nat_ip(api.get(VM)) == address
    api.did("POST", f"{VM}/stop")
    assert api.error("POST", f"{VM}/reset")[:2] == (400, "resourceNotReady")


def test_statuses_on_the_way(api: Api, hosts: FakeHosts) -> None:
    hosts.hold.clear()
    operation = api.ok("POST", f"{Z}/instances", machine())
    assert operation["status"] in ("PENDING", "RUNNING")
    assert api.get(VM)["status"] in ("PROVISIONING", "STAGING")
    assert api.error("POST", f"{VM}/start")[:2] == (400, "resourceNotReady")
    assert api.error("POST", f"{Z}/instances", machine())[:2] == (409, "alreadyExists")
    hosts.hold.set()
    api.wait(operation)
    assert api.get(VM)["status"] == "RUNNING"


def test_a_guest_that_powers_itself_off(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "REBOOT_SECONDS", 0)
    address = nat_ip(make())
    hosts.made["mlops-zoom"].running = False
    assert api.get(f"{Z}/instances")["items"][0]["status"] == "TERMINATED"
    assert hosts.released == [address]
    api.did("POST", f"{VM}/start")
    assert api.get(VM)["status"] == "RUNNING"


def test_a_guest_that_reboots(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    host = hosts.made["mlops-zoom"]
    host.running = False
    back = threading.Timer(0.15, lambda: setattr(host, "running", True))
    back.start()
    assert api.get(VM)["status"] == "RUNNING"
    back.join()
    assert hosts.released == []


@pytest.mark.parametrize(
    ("call", "action", "before", "after"),
    [("stop", "stop", "RUNNING", "RUNNING"), ("start", "start", "TERMINATED", "TERMINATED")],
)
def test_driver_failures(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], call: str, action: str, before: str, after: str
) -> None:
    make()
    if before == "TERMINATED":
        api.did("POST", f"{VM}/stop")
    hosts.failing = {call}
    assert api.failed("POST", f"{VM}/{action}")["message"] == f"the engine refused to {call}"
    found = api.get(VM)
    assert (found["status"], nat_ip(found) is None) == (after, after == "TERMINATED")


def test_a_reset_that_fails_leaves_it_off(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    hosts.failing = {"start"}
    api.failed("POST", f"{VM}/reset")
    assert api.get(VM)["status"] == "TERMINATED"


def test_quota_counts_what_runs(api: Api, make: Callable[..., Json]) -> None:
    make("one", size="n2-standard-16")
    api.did("POST", f"{Z}/instances/one/stop")
    make("two", size="n2-standard-16")
    error = api.failed("POST", f"{Z}/instances/one/start")
    assert error["code"] == "QUOTA_EXCEEDED"
    assert api.get(f"{Z}/instances/one")["status"] == "TERMINATED"


def test_operations_on_one_machine_queue(api: Api, hosts: FakeHosts) -> None:
    hosts.hold.clear()
    insert = api.ok("POST", f"{Z}/instances", machine())
    delete = api.ok("DELETE", VM)
    hosts.hold.set()
    assert "error" not in api.wait(insert)
    assert "error" not in api.wait(delete)
    assert api.error("GET", VM)[0] == 404
    assert hosts.made == {}


def test_what_comes_after_a_delete_finds_nothing(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    hosts.hold.clear()
    pending = [api.ok("POST", f"{VM}/reset"), api.ok("DELETE", VM), api.ok("POST", f"{VM}/stop"), api.ok("DELETE", VM)]
    hosts.hold.set()
    codes = [api.wait(operation).get("error", {}).get("errors", [{}])[0].get("code") for operation in pending]
    assert codes == [None, None, "RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND"]
