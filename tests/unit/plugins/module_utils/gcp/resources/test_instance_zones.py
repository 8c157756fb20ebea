# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual machines that may be in one of several zones."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

Options = dict[str, Any]

A, B, C = (f"northamerica-northeast2-{letter}" for letter in "abc")
OUT_OF_STOCK: Options = {"method": "compute.instances.insert", "kind": "operation_error", "times": 1}


@pytest.fixture
def roaming(machine: Options) -> Options:
    return {**machine, "zone": None, "zones": [A, B, C]}


def inserts(cloud: Cloud) -> list[str]:
    """The zones that were asked for a machine, in order."""
    paths = [entry["path"] for entry in cloud.log() if entry["method"] == "compute.instances.insert"]
    return [path.split("/zones/")[1].split("/")[0] for path in paths]


def test_the_first_zone_is_taken_where_it_has_room(cloud: Cloud, roaming: Options) -> None:
    made = cloud.predicted(Instance, roaming)
    assert (made["resource"]["zone"], made["diff"]["after"]["zone"]) == (A, A)
    kept = cloud.run(Instance, roaming)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert cloud.predicted(Instance, {**roaming, "state": "absent"})["actions"] == ["delete"]
    gone = cloud.run(Instance, {**roaming, "state": "absent"})
    assert (gone["changed"], gone["api_calls"]) == (False, 2)


@pytest.mark.parametrize("code", ["ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"])
@pytest.mark.parametrize("where", ["operation", "answer"])
def test_the_next_zone_is_tried_where_one_is_out_of_stock(
    cloud: Cloud, roaming: Options, code: str, where: str
) -> None:
    answer = {**OUT_OF_STOCK, "kind": "error", "status": 503, "reason": code}
    cloud.fault(**({**OUT_OF_STOCK, "code": code} if where == "operation" else answer))
    made = cloud.run(Instance, {**roaming, "state": "stopped"})
    assert inserts(cloud) == [A, B]
    assert made["actions"] == ["create", "stop"]
    assert (made["resource"]["zone"], made["diff"]["after"]["zone"]) == (B, B)
    assert cloud.run(Instance, {**roaming, "state": "stopped"})["changed"] is False


def test_no_zone_is_asked_twice(cloud: Cloud, roaming: Options) -> None:
    cloud.fault(**{**OUT_OF_STOCK, "times": 3, "code": "ZONE_RESOURCE_POOL_EXHAUSTED"})
    with pytest.raises(CloudError, match=f"none of {A}, {B}, {C} has room for it.*choose another zone"):
        cloud.run(Instance, roaming)
    assert inserts(cloud) == [A, B, C]
    assert cloud.run(Instance, {**roaming, "state": "absent"})["changed"] is False


def test_one_zone_alone_says_to_try_another(cloud: Cloud, machine: Options) -> None:
    cloud.fault(**OUT_OF_STOCK, code="ZONE_RESOURCE_POOL_EXHAUSTED")
    with pytest.raises(CloudError, match="another zone"):
        cloud.run(Instance, machine)
    assert inserts(cloud) == [A]


def test_a_quota_is_no_reason_to_go_elsewhere(cloud: Cloud, roaming: Options) -> None:
    cloud.fault(**OUT_OF_STOCK, code="QUOTA_EXCEEDED")
    with pytest.raises(CloudError, match="Ask for more quota"):
        cloud.run(Instance, roaming)
    assert inserts(cloud) == [A]


def test_a_zone_without_the_machine_type_is_passed_over(cloud: Cloud, roaming: Options) -> None:
    zones = ["northamerica-northeast1-a", "us-central1-a"]
    made = cloud.predicted(Instance, {**roaming, "zones": zones, "machine_type": "t2d-standard-1"})
    assert made["resource"]["zone"] == "us-central1-a"
    with pytest.raises(CloudError, match="no zone 'us-central1-x'"):
        cloud.run(Instance, {**roaming, "name": "other", "zones": [A, "us-central1-x"]})
    with pytest.raises(CloudError, match=f"no machine type 'n2-tiny' in {A} or {B}"):
        cloud.run(Instance, {**roaming, "name": "other", "zones": [A, B], "machine_type": "n2-tiny"})


def test_a_machine_is_found_in_whichever_zone_it_is(cloud: Cloud, machine: Options, roaming: Options) -> None:
    cloud.run(Instance, {**machine, "zone": B})
    changed = cloud.predicted(Instance, {**roaming, "tags": []})
    assert (changed["actions"], changed["resource"]["zone"]) == (["set_tags"], B)
    with pytest.raises(CloudError, match=f"zone is '{B}', wanted '{A} or {C}'"):
        cloud.run(Instance, {**roaming, "zones": [A, C]})
    assert inserts(cloud) == [B]
    assert cloud.predicted(Instance, {**roaming, "zones": [A, C], "state": "absent"})["actions"] == ["delete"]


def test_two_of_one_name_have_to_be_told_apart(cloud: Cloud, machine: Options, roaming: Options) -> None:
    cloud.run(Instance, machine)
    cloud.run(Instance, {**machine, "zone": B})
    for state in ("present", "absent"):
        with pytest.raises(CloudError, match=f"has one in {A} and {B}. Say which with zone"):
            cloud.run(Instance, {**roaming, "state": state})


def test_somebody_elses_machine_is_in_the_way_only_where_ours_could_be(
    cloud: Cloud, machine: Options, roaming: Options
) -> None:
    cloud.run(Instance, {**machine, "zone": C, "workstation": "other"})
    with pytest.raises(CloudError, match=f"add-labels mlops-zoom --zone={C}"):
        cloud.run(Instance, roaming)
    assert "left alone" in cloud.run(Instance, {**roaming, "state": "absent"})["warnings"][0]
    assert cloud.predicted(Instance, {**roaming, "zones": [A, B]})["resource"]["zone"] == A
    assert cloud.run(Instance, roaming)["changed"] is False


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_lost_reply_does_not_lead_to_another_zone(cloud: Cloud, roaming: Options, kind: str) -> None:
    cloud.fault(method="compute.instances.insert", kind=kind, times=1)
    assert cloud.run(Instance, roaming)["resource"]["zone"] == A
    assert inserts(cloud) == [A, A]


def test_a_project_that_runs_out_of_zones_and_finds_room_again(cloud: Cloud, roaming: Options) -> None:
    codes = ["ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"]
    cloud.settings(stockouts={A: codes[0], B: codes[1], C: codes[0]})
    with pytest.raises(CloudError, match="does not have enough resources available"):
        cloud.run(Instance, roaming)
    cloud.settings(stockouts={C: None})
    assert cloud.run(Instance, roaming)["resource"]["zone"] == C
    cloud.settings(stockouts={A: None, B: None})
    assert cloud.run(Instance, roaming)["changed"] is False


def test_a_machine_that_cannot_start_says_that_its_disk_ties_it_to_the_zone(cloud: Cloud, roaming: Options) -> None:
    cloud.run(Instance, {**roaming, "state": "stopped"})
    cloud.settings(stockouts={A: "ZONE_RESOURCE_POOL_EXHAUSTED"})
    with pytest.raises(CloudError, match=r"cannot start: .*its disk is in that zone.*another machine_type"):
        cloud.run(Instance, roaming)
    cloud.settings(stockouts={A: None})
    assert cloud.run(Instance, roaming)["actions"] == ["start"]


def test_a_zone_that_cannot_be_looked_into_is_no_reason_to_make_another(
    cloud: Cloud, machine: Options, roaming: Options
) -> None:
    cloud.run(Instance, {**machine, "zone": B})
    cloud.settings(unreachable_zones=[B])
    with pytest.raises(CloudError, match="aggregated/instances"):
        cloud.run(Instance, roaming)
    assert inserts(cloud) == [B]
