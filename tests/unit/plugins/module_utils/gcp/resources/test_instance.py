# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual machines."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.address import Address
from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.gcp.resources.instance_shape import plan_changes
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud
from tests.unit.plugins.module_utils.gcp.resources.test_address import ADDRESS

Options = dict[str, Any]


def mutations(cloud: Cloud) -> list[str]:
    return [entry["method"] for entry in cloud.log() if entry["mutating"]]


def test_make_keep_remove(cloud: Cloud, machine: Options) -> None:
    made = cloud.predicted(Instance, machine)
    assert made["actions"] == ["create"]
    assert made["resource"]["status"] == "RUNNING"
    assert made["resource"]["labels"] == {"workstation": "mlops-zoom"}
    assert made["resource"]["boot_disk_size"] == 30
    kept = cloud.run(Instance, machine)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    assert cloud.predicted(Instance, {**machine, "state": "absent"})["actions"] == ["delete"]
    assert cloud.run(Instance, {**machine, "state": "absent"})["changed"] is False


def test_a_named_address_costs_one_more_call(cloud: Cloud, machine: Options) -> None:
    reserved = cloud.run(Address, ADDRESS)["resource"]["address"]
    made = cloud.predicted(Instance, {**machine, "address": "ml-zoom-ip"})
    assert (made["resource"]["address"], made["resource"]["external_ip"]) == ("ml-zoom-ip", reserved)
    kept = cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert (kept["changed"], kept["api_calls"]) == (False, 2)


def test_an_address_is_attached_to_a_running_machine(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    reserved = cloud.run(Address, ADDRESS)["resource"]["address"]
    changed = cloud.predicted(Instance, {**machine, "address": "ml-zoom-ip"})
    assert changed["actions"] == ["set_address"]
    assert changed["resource"]["external_ip"] == reserved


def test_an_address_that_cannot_be_attached_leaves_the_machine_with_one(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    cloud.run(Address, ADDRESS)
    cloud.fault(method="compute.instances.addAccessConfig", kind="error", times=1, status=400, message="not now")
    with pytest.raises(CloudError, match="not now"):
        cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert cloud.run(Instance, machine)["resource"]["external_ip"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"address": "nowhere"}, "is not reserved"),
        ({"machine_type": "n2-standard-3"}, "no machine type 'n2-standard-3'.*Did you mean n2-standard-"),
        ({"zone": "northamerica-northeast2-x"}, "no zone .*Did you mean .*northamerica-northeast2-a"),
        ({"image_family": "plan-9"}, "plan-9"),
        ({"image_family": "ubuntu-2204-lts", "image_project": "ubuntu-os-cloud"}, "debian-12"),
        ({"boot_disk_size": 1}, "at least"),
        ({"machine_type": None}, "machine_type must be given"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_bad_input_is_refused_before_anything_is_made(
    cloud: Cloud, machine: Options, change: Options, message: str
) -> None:
    with pytest.raises(CloudError, match=message):
        cloud.run(Instance, {**machine, **change})
    assert mutations(cloud) == []


def test_an_address_of_somebody_else_is_not_taken(cloud: Cloud, machine: Options) -> None:
    cloud.run(Address, ADDRESS)
    cloud.run(Instance, {**machine, "name": "first", "address": "ml-zoom-ip"})
    before = mutations(cloud)
    with pytest.raises(CloudError, match="in use by first"):
        cloud.run(Instance, {**machine, "address": "ml-zoom-ip"})
    assert mutations(cloud) == before


@pytest.mark.parametrize(
    ("option", "value", "action"),
    [
        ("tags", ["http-server", "https-server"], "set_tags"),
        ("tags", [], "set_tags"),
        ("labels", {"team": "taxi"}, "set_labels"),
        ("metadata", {"startup-script": "true"}, "set_metadata"),
        ("boot_disk_size", 40, "resize_disk"),
        ("state", "stopped", "stop"),
    ],
)
def test_one_change_is_one_mutation_and_nothing_else_is_posted(
    cloud: Cloud, machine: Options, option: str, value: Any, action: str
) -> None:
    cloud.run(Instance, machine)
    before = len(mutations(cloud))
    changed = cloud.predicted(Instance, {**machine, option: value})
    assert changed["actions"] == [action]
    assert len([call for call in mutations(cloud)[before:] if not call.endswith(".wait")]) == 1
    assert cloud.run(Instance, {**machine, option: value})["changed"] is False


def test_what_is_not_set_is_not_touched(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, {**machine, "labels": {"team": "taxi"}})
    silent = {
        **machine,
        **dict.fromkeys(("tags", "labels", "metadata", "machine_type", "image_family", "boot_disk_size")),
    }
    cloud.run(Instance, {**silent, "state": "stopped"})
    started = cloud.run(Instance, {**silent, "state": "started"})
    assert started["actions"] == ["start"]
    assert started["resource"]["labels"] == {"team": "taxi", "workstation": "mlops-zoom"}
    assert started["resource"]["tags"] == ["http-server"]
    assert started["resource"]["metadata"] == {"enable-guest-attributes": "TRUE"}


def test_present_leaves_the_power_alone(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, {**machine, "state": "stopped"})
    assert cloud.run(Instance, {**machine, "state": "present"})["changed"] is False
    assert cloud.run(Instance, machine)["actions"] == ["start"]


def test_a_machine_type_needs_a_stop_that_has_to_be_allowed(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    larger = {**machine, "machine_type": "n2-standard-4"}
    with pytest.raises(CloudError, match="allow_stop"):
        cloud.run(Instance, larger)
    changed = cloud.predicted(Instance, {**larger, "allow_stop": True})
    assert changed["actions"] == ["stop", "set_machine_type", "start"]
    assert (changed["resource"]["machine_type"], changed["resource"]["status"]) == ("n2-standard-4", "RUNNING")


def test_what_is_not_ours_is_left_alone(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, {**machine, "workstation": "other"})
    before = mutations(cloud)
    with pytest.raises(CloudError, match="instances add-labels mlops-zoom"):
        cloud.run(Instance, machine)
    assert "left alone" in cloud.run(Instance, {**machine, "state": "absent"})["warnings"][0]
    assert mutations(cloud) == before


def test_another_network_is_refused(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    with pytest.raises(CloudError, match="network is 'default', wanted 'other'"):
        cloud.run(Instance, {**machine, "network": "other"})


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [({"kind": "drop_after", "times": 1}, 2), ({"kind": "drop_before", "times": 2}, 3),
     ({"kind": "throttle", "times": 2, "status": 429}, 3)],
)  # fmt: skip
def test_a_lost_reply_does_not_make_two(cloud: Cloud, machine: Options, fault: dict[str, Any], attempts: int) -> None:
    cloud.fault(method="compute.instances.insert", **fault)
    made = cloud.run(Instance, machine)
    assert made["actions"] == ["create"]
    assert mutations(cloud).count("compute.instances.insert") == attempts
    aggregate = cloud.session().get("aggregated/instances", {"filter": "labels.workstation:*"})
    assert sum(len(scope.get("instances", ())) for scope in aggregate["items"].values()) == 1


def test_a_stock_out_says_to_try_another_zone(cloud: Cloud, machine: Options) -> None:
    cloud.fault(method="compute.instances.insert", kind="operation_error", times=1, code="ZONE_RESOURCE_POOL_EXHAUSTED")
    with pytest.raises(CloudError, match="another zone"):
        cloud.run(Instance, machine)


LIVE: Options = {
    "status": "RUNNING",
    "machine_type": "a",
    "boot_disk_size": 10,
    "labels": {},
    "tags": [],
    "metadata": {},
    "address": "192.0.2.1",
}


@pytest.mark.parametrize(
    ("live", "desired", "power", "expected"),
    [
        ({}, {}, None, []),
        ({}, {}, "TERMINATED", ["stop"]),
        ({"status": "TERMINATED"}, {}, None, []),
        ({"status": "TERMINATED"}, {}, "RUNNING", ["start"]),
        ({"status": "SUSPENDED"}, {}, "RUNNING", ["resume"]),
        ({"status": "TERMINATED"}, {"machine_type": "b"}, None, ["set_machine_type"]),
        ({}, {"machine_type": "b"}, "TERMINATED", ["stop", "set_machine_type"]),
        ({}, {"machine_type": "b"}, None, ["stop", "set_machine_type", "start"]),
        ({}, {"machine_type": "b", "tags": ["t"], "boot_disk_size": 20}, "RUNNING",
         ["stop", "set_machine_type", "resize_disk", "set_tags", "start"]),
    ],
)  # fmt: skip
def test_plan_changes(live: Options, desired: Options, power: str | None, expected: list[str]) -> None:
    steps = plan_changes(desired, {**LIVE, **live}, title="instance", power=power, allow_stop=True)
    assert [step.action for step in steps] == expected


def test_a_disk_does_not_shrink() -> None:
    with pytest.raises(CloudError, match="cannot shrink to 5"):
        plan_changes({"boot_disk_size": 5}, LIVE, title="instance", power=None, allow_stop=True)
