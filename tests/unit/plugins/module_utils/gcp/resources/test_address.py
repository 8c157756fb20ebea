# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Static addresses."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.address import Address
from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.resource import CloudError, Step
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

ADDRESS: dict[str, Any] = {
    "name": "ml-zoom-ip",
    "region": "northamerica-northeast2",
    "network_tier": "PREMIUM",
    "promote_from": None,
    "description": None,
    "labels": None,
    "state": "present",
}


def test_make_keep_release(cloud: Cloud) -> None:
    made = cloud.predicted(Address, ADDRESS)
    assert made["actions"] == ["create", "set_labels"]
    assert made["resource"]["labels"] == {"workstation": "mlops-zoom"}
    assert made["resource"]["address"].count(".") == 3
    kept = cloud.run(Address, ADDRESS)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert cloud.predicted(Address, {**ADDRESS, "state": "absent"})["actions"] == ["delete"]


def test_labels_are_laid_over_what_is_there(cloud: Cloud) -> None:
    cloud.run(Address, {**ADDRESS, "labels": {"team": "taxi"}})
    changed = cloud.predicted(Address, {**ADDRESS, "labels": {"cost": "low"}})
    assert changed["actions"] == ["set_labels"]
    assert changed["resource"]["labels"] == {"team": "taxi", "cost": "low", "workstation": "mlops-zoom"}


def test_one_whose_labels_never_came_is_ours_all_the_same(cloud: Cloud) -> None:
    cloud.fault(method="compute.addresses.setLabels", kind="error", times=1, status=400, message="no labels today")
    with pytest.raises(CloudError, match="no labels today"):
        cloud.run(Address, ADDRESS)
    assert cloud.run(Address, ADDRESS)["actions"] == ["set_labels"]


def test_a_label_that_moved_meanwhile_is_read_again(cloud: Cloud) -> None:
    cloud.run(Address, ADDRESS)
    cloud.fault(method="compute.addresses.setLabels", kind="error", times=1, status=412, reason="conditionNotMet")
    assert cloud.run(Address, {**ADDRESS, "labels": {"a": "b"}})["actions"] == ["set_labels"]


def test_what_cannot_change_is_refused(cloud: Cloud) -> None:
    cloud.run(Address, ADDRESS)
    with pytest.raises(CloudError, match="network_tier is 'PREMIUM', wanted 'STANDARD'"):
        cloud.run(Address, {**ADDRESS, "network_tier": "STANDARD"})


def test_what_is_not_ours_is_left_alone(cloud: Cloud) -> None:
    cloud.run(Address, {**ADDRESS, "workstation": "other"})
    with pytest.raises(CloudError, match="addresses update ml-zoom-ip"):
        cloud.run(Address, ADDRESS)
    assert "left alone" in cloud.run(Address, {**ADDRESS, "state": "absent"})["warnings"][0]


PROMOTED = {**ADDRESS, "promote_from": "mlops-zoom"}


def test_the_address_of_a_running_machine_is_promoted_without_an_outage(cloud: Cloud, machine: dict[str, Any]) -> None:
    held = cloud.run(Instance, machine)["resource"]["external_ip"]
    made = cloud.predicted(Address, PROMOTED)
    assert made["diff"]["after"]["address"] == held
    assert made["resource"] | {"address": held, "status": "IN_USE", "users": ["mlops-zoom"]} == made["resource"]
    kept = cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert (kept["changed"], kept["resource"]["external_ip"]) == (False, held)
    kept = cloud.run(Address, PROMOTED)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert not [entry for entry in cloud.log() if "AccessConfig" in entry["method"]]


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (None, {}),
        ({"workstation": "other"}, {}),
        ({"state": "stopped"}, {}),
        ({"zone": "us-central1-a"}, {}),
        ({}, {"network_tier": "STANDARD"}),
        ({"address": "older"}, {}),
    ],
    ids=["no-machine", "foreign", "stopped", "other-region", "other-tier", "static"],
)
def test_a_machine_with_nothing_to_give_leaves_a_new_address(
    cloud: Cloud, machine: dict[str, Any], there: dict[str, Any] | None, wanted: dict[str, Any]
) -> None:
    held = None
    if there is not None:
        cloud.run(Address, {**ADDRESS, "name": "older"})
        held = cloud.run(Instance, {**machine, **there})["resource"]["external_ip"]
    made = cloud.predicted(Address, {**PROMOTED, **wanted})
    assert made["resource"]["status"] == "RESERVED"
    assert made["resource"]["address"] not in (None, held)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_promotion_whose_reply_is_lost_is_done_once(cloud: Cloud, machine: dict[str, Any], kind: str) -> None:
    held = cloud.run(Instance, machine)["resource"]["external_ip"]
    cloud.fault(method="compute.addresses.insert", kind=kind, times=1)
    assert cloud.run(Address, PROMOTED)["resource"]["address"] == held


def test_one_that_has_gone_meanwhile_is_released_all_the_same(cloud: Cloud) -> None:
    late = Address(cloud.session(), {**ADDRESS, "workstation": "mlops-zoom", "state": "absent"})
    late.apply(Step("delete", {}, {}))
    assert late.read() is None
