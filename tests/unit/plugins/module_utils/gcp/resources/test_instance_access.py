# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Static addresses of virtual machines: attached, swapped, and put back where that fails."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.address import Address
from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud
from tests.unit.plugins.module_utils.gcp.resources.test_address import ADDRESS
from tests.unit.plugins.module_utils.gcp.resources.test_instance import mutations

Options = dict[str, Any]

REFUSED: Options = {"kind": "error", "status": 400, "message": "not now"}
UNREACHABLE: Options = {"kind": "drop_before", "times": 5}


@pytest.mark.parametrize("tier", ["PREMIUM", "STANDARD"])
@pytest.mark.parametrize("by", ["name", "number"])
def test_an_address_is_attached_to_a_running_machine(cloud: Cloud, machine: Options, by: str, tier: str) -> None:
    cloud.run(Instance, machine)
    reserved = cloud.run(Address, {**ADDRESS, "network_tier": tier})["resource"]["address"]
    wanted = {**machine, "address": "ml-zoom-ip" if by == "name" else reserved}
    changed = cloud.predicted(Instance, wanted)
    assert changed["actions"] == ["set_address"]
    assert changed["diff"]["after"] == {"address": wanted["address"], "external_ip": reserved}
    assert changed["resource"]["external_ip"] == reserved
    kept = cloud.run(Instance, wanted)
    assert (kept["changed"], kept["api_calls"]) == (False, 2 if by == "name" else 1)


@pytest.mark.parametrize("old", [None, "older"], ids=["ephemeral", "static"])
@pytest.mark.parametrize("call", ["deleteAccessConfig", "addAccessConfig"])
def test_an_address_that_cannot_be_had_leaves_the_machine_with_one(
    cloud: Cloud, machine: Options, call: str, old: str | None
) -> None:
    cloud.run(Address, {**ADDRESS, "name": "older"})
    before = cloud.run(Instance, {**machine, "address": old})["resource"]["external_ip"]
    cloud.run(Address, ADDRESS)
    cloud.fault(method=f"compute.instances.{call}", times=1, **REFUSED)
    with pytest.raises(CloudError, match="not now") as caught:
        cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert "Run again" not in caught.value.message
    after = cloud.run(Instance, machine)["resource"]["external_ip"]
    assert after is not None
    assert after == before or (old is None and call == "addAccessConfig")
    assert cloud.predicted(Instance, {**machine, "address": "ml-zoom-ip"})["actions"] == ["set_address"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["deleteAccessConfig", "addAccessConfig"])
def test_a_lost_reply_is_asked_for_again(cloud: Cloud, machine: Options, call: str, kind: str) -> None:
    cloud.run(Instance, machine)
    reserved = cloud.run(Address, ADDRESS)["resource"]["address"]
    cloud.fault(method=f"compute.instances.{call}", kind=kind, times=1)
    changed = cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert (changed["actions"], changed["resource"]["external_ip"]) == (["set_address"], reserved)


def test_a_machine_that_is_left_without_an_address_is_mended_by_the_next_run(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    reserved = cloud.run(Address, ADDRESS)["resource"]["address"]
    cloud.fault(method="compute.instances.addAccessConfig", **{**REFUSED, "times": 3})
    with pytest.raises(CloudError, match=r"it may have none now: .*Run again to mend it"):
        cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert cloud.run(Instance, machine)["resource"]["external_ip"] is None
    mended = cloud.predicted(Instance, {**machine, "address": "ml-zoom-ip"})
    assert (mended["actions"], mended["resource"]["external_ip"]) == (["set_address"], reserved)


@pytest.mark.parametrize("call", ["deleteAccessConfig", "addAccessConfig"])
def test_a_run_that_dies_between_the_two_is_mended_by_the_next(cloud: Cloud, machine: Options, call: str) -> None:
    cloud.run(Instance, machine)
    reserved = cloud.run(Address, ADDRESS)["resource"]["address"]
    for _ in range(3):
        cloud.fault(method=f"compute.instances.{call}", **UNREACHABLE)
    with pytest.raises(CloudError, match="no answer"):
        cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    cloud.clear_faults()
    mended = cloud.predicted(Instance, {**machine, "address": "ml-zoom-ip"})
    assert (mended["actions"], mended["resource"]["external_ip"]) == (["set_address"], reserved)


def test_an_address_of_somebody_else_is_not_taken(cloud: Cloud, machine: Options) -> None:
    cloud.run(Address, ADDRESS)
    cloud.run(Instance, {**machine, "name": "first", "address": "ml-zoom-ip"})
    before = mutations(cloud)
    with pytest.raises(CloudError, match="in use by first"):
        cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert mutations(cloud) == before


def test_zones_of_several_regions_have_no_static_address(cloud: Cloud, machine: Options) -> None:
    zones = {"zone": None, "zones": ["us-central1-a", "us-east1-b"]}
    with pytest.raises(CloudError, match="a static address is of one region, and the zones are of 2"):
        cloud.run(Instance, {**machine, **zones, "address": "ml-zoom-ip"})
