# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Suspending and resuming."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.sandbox.gcp.support import Api, FakeHosts, Json
from tests.unit.sandbox.gcp.test_power import VM, nat_ip
from tests.unit.sandbox.gcp.test_updates import items, set_metadata


def test_suspended_and_resumed(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    first = nat_ip(make())
    api.did("POST", f"{VM}/suspend")
    suspended = api.get(VM)
    assert (suspended["status"], nat_ip(suspended), hosts.released) == ("SUSPENDED", None, [first])
    assert suspended["lastSuspendedTimestamp"] > suspended["lastStartTimestamp"]
    assert hosts.made["mlops-zoom"].running is False
    set_metadata(api, a="1")
    assert hosts.made["mlops-zoom"].metadata == {}
    api.did("POST", f"{VM}/resume")
    resumed = api.get(VM)
    assert resumed["status"] == "RUNNING"
    assert nat_ip(resumed) == hosts.made["mlops-zoom"].address != first
    assert resumed["metadata"]["items"] == items(a="1")
    assert hosts.made["mlops-zoom"].metadata == {"a": "1"}


def test_a_reserved_address_stays(api: Api, make: Callable[..., Json], reserve: Callable[..., str]) -> None:
    address = reserve()
    make(nat={"natIP": address})
    api.did("POST", f"{VM}/suspend")
    assert nat_ip(api.get(VM)) == address
    api.did("POST", f"{VM}/resume")
    assert nat_ip(api.get(VM)) == address


@pytest.mark.parametrize(
    ("first", "then"), [("suspend", "stop"), ("suspend", "start"), ("stop", "suspend"), ("stop", "resume")]
)
def test_no_way_leads_from_off_to_suspended_or_back(api: Api, make: Callable[..., Json], first: str, then: str) -> None:
    make()
    api.did("POST", f"{VM}/{first}")
    assert api.error("POST", f"{VM}/{then}")[:2] == (400, "resourceNotReady")


def test_again_is_fine_and_so_is_deleting(api: Api, hosts: FakeHosts, make: Callable[..., Json]) -> None:
    make()
    for action in ("suspend", "suspend", "resume", "resume", "suspend"):
        api.did("POST", f"{VM}/{action}")
    assert api.get(VM)["status"] == "SUSPENDED"
    api.did("DELETE", VM)
    assert hosts.made == {}


@pytest.mark.parametrize(
    ("call", "action", "status"), [("suspend", "suspend", "RUNNING"), ("start", "resume", "SUSPENDED")]
)
def test_one_that_fails_stays_as_it_was(
    api: Api, hosts: FakeHosts, make: Callable[..., Json], call: str, action: str, status: str
) -> None:
    make()
    if action == "resume":
        api.did("POST", f"{VM}/suspend")
    hosts.failing = {call}
    assert api.failed("POST", f"{VM}/{action}")["message"] == f"the engine refused to {call}"
    assert api.get(VM)["status"] == status
