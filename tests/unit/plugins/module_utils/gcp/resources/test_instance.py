# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual machines."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.address import Address
from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from sandbox.identity import EMAIL
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"address": "nowhere"}, "is not reserved"),
        ({"address": "192.0.2.1"}, "the address 192.0.2.1 is not reserved"),
        ({"machine_type": "n2-standard-3"}, "no machine type 'n2-standard-3'.*Did you mean n2-standard-"),
        ({"zone": "northamerica-northeast2-x"}, "no zone .*Did you mean .*northamerica-northeast2-a"),
        ({"image_family": "plan-9"}, "plan-9"),
        ({"image_family": "ubuntu-2204-lts", "image_project": "ubuntu-os-cloud"}, "debian-12"),
        ({"image_family": None, "image": "plan-9"}, "No image 'plan-9' in debian-cloud"),
        ({"boot_disk_size": 1}, "at least"),
        ({"machine_type": None}, "machine_type must be given"),
        ({"image_family": None}, "image_family \\(or image\\) must be given"),
        ({"network": "defualt"}, "has no network 'defualt'. Choose another .*default.* networks create defualt"),
        ({"subnetwork": "nowhere"}, "no subnetwork 'nowhere' in northamerica-northeast2"),
        ({"network": "default", "subnetwork": "defualt"}, "no subnetwork 'defualt' in default .*Did you mean default"),
        ({"labels": {"Team": "taxi"}}, "Team=taxi is no label"),
        ({"labels": {"team": "a b"}}, "team=a b is no label"),
        ({"labels": {"1st": "a"}}, "1st=a is no label"),
        ({"workstation": "Mine"}, "workstation=Mine is no label"),
        ({"service_account": {"email": "trainer", "scopes": []}}, "not an account's full address"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_bad_input_is_refused_before_anything_is_made(
    cloud: Cloud, machine: Options, change: Options, message: str
) -> None:
    with pytest.raises(CloudError, match=message):
        cloud.run(Instance, {**machine, **change})
    assert mutations(cloud) == []


@pytest.mark.parametrize(
    ("option", "value", "action"),
    [
        ("tags", ["http-server", "https-server"], "set_tags"),
        ("tags", [], "set_tags"),
        ("labels", {"team": "taxi", "cost": 3, "shared": False}, "set_labels"),
        ("metadata", {"startup-script": "true", "block-project-ssh-keys": True}, "set_metadata"),
        ("boot_disk_size", 40, "resize_disk"),
        ("deletion_protection", True, "set_deletion_protection"),
        ("state", "stopped", "stop"),
        ("state", "suspended", "suspend"),
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


@pytest.mark.parametrize(
    ("mode", "labels", "tags", "metadata"),
    [
        ("merge", {"b": "2", "workstation": "mlops-zoom", "a": "1"}, ["http-server", "ssh"], {"a": "1", "b": "TRUE"}),
        ("exact", {"b": "2", "workstation": "mlops-zoom"}, ["ssh"], {"b": "TRUE"}),
    ],
)
def test_lists_are_merged_or_exact(
    cloud: Cloud, machine: Options, mode: str, labels: Options, tags: list[str], metadata: Options
) -> None:
    cloud.run(Instance, {**machine, "labels": {"a": 1}, "metadata": {"a": 1}})
    modes = {f"{name}_mode": mode for name in ("labels", "tags", "metadata")}
    wanted = {**machine, **modes, "labels": {"b": 2}, "tags": ["ssh"], "metadata": {"b": True}}
    changed = cloud.predicted(Instance, wanted)
    assert changed["actions"] == ["set_labels", "set_tags", "set_metadata"]
    assert (changed["resource"]["labels"], changed["resource"]["tags"]) == (labels, tags)
    assert changed["resource"]["metadata"] == metadata
    assert cloud.run(Instance, wanted)["changed"] is False


def test_the_labels_of_google_clouds_own_services_stay(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, {**machine, "labels": {"goog-ops-agent-policy": "v2", "team": "taxi"}})
    changed = cloud.run(Instance, {**machine, "labels_mode": "exact"})
    assert changed["resource"]["labels"] == {"goog-ops-agent-policy": "v2", "workstation": "mlops-zoom"}


def test_fingerprints_that_went_stale_are_read_again(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    for method in ("setLabels", "setTags", "setMetadata"):
        stale = {"kind": "error", "status": 412, "reason": "conditionNotMet", "times": 1}
        cloud.fault(method=f"compute.instances.{method}", **stale)
    wanted = {**machine, "labels": {"a": "b"}, "tags": [], "metadata": {"c": "d"}}
    assert cloud.run(Instance, wanted)["actions"] == ["set_labels", "set_tags", "set_metadata"]
    assert cloud.run(Instance, wanted)["changed"] is False


def test_what_is_fixed_at_creation(cloud: Cloud, machine: Options) -> None:
    made = cloud.predicted(
        Instance,
        {**machine, "spot": True, "deletion_protection": True, "shielded": {"secure_boot": True, "vtpm": None}},
    )["resource"]
    assert (made["spot"], made["deletion_protection"], made["service_account"]) == (True, True, None)
    assert made["shielded"] == {"secure_boot": True, "vtpm": True, "integrity_monitoring": True}
    with pytest.raises(CloudError, match="spot is True, wanted False"):
        cloud.run(Instance, {**machine, "spot": False})
    with pytest.raises(CloudError, match="subnetwork is 'default', wanted 'other'"):
        cloud.run(Instance, {**machine, "subnetwork": "other"})


def test_a_machine_can_be_made_of_an_image_by_name_or_path(cloud: Cloud, machine: Options) -> None:
    image = cloud.session().get("global/images/family/debian-12", project="debian-cloud")["name"]
    by_name = {**machine, "image_family": None, "image": image}
    assert cloud.predicted(Instance, by_name)["actions"] == ["create"]
    cloud.run(Instance, {**machine, "state": "absent"})
    by_path = {**by_name, "image": f"projects/debian-cloud/global/images/{image}", "image_project": "elsewhere"}
    assert cloud.predicted(Instance, by_path)["diff"]["after"]["image"] == image


@pytest.mark.parametrize("place", [{"subnetwork": "default"}, {"network": "default", "subnetwork": "default"}])
def test_a_subnetwork_can_be_chosen(cloud: Cloud, machine: Options, place: Options) -> None:
    made = cloud.predicted(Instance, {**machine, **place})
    assert (made["resource"]["network"], made["resource"]["subnetwork"]) == ("default", "default")
    assert cloud.run(Instance, {**machine, **place})["changed"] is False


@pytest.mark.parametrize(
    ("metadata", "ssh", "warnings"),
    [({}, "ok", 0), ({"block-project-ssh-keys": "true"}, "blocked", 1), ({"enable-oslogin": "TRUE"}, "oslogin", 1)],
)
def test_what_keeps_ssh_keys_out_is_told(
    cloud: Cloud, machine: Options, metadata: Options, ssh: str, warnings: int
) -> None:
    made = cloud.predicted(Instance, {**machine, "metadata": metadata})
    assert (made["resource"]["ssh"], made["warnings"]) == (ssh, [])  # as the task itself asks for it
    silent = cloud.run(Instance, {**machine, "metadata": None})
    assert (silent["resource"]["ssh"], len(silent["warnings"])) == (ssh, warnings)
    mended = dict.fromkeys(metadata, "FALSE")
    opened = cloud.run(Instance, {**machine, "metadata": mended})
    assert (opened["resource"]["ssh"], opened["warnings"]) == ("ok", [])


def test_a_type_change_that_died_after_the_stop_is_finished(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    larger = {**machine, "machine_type": "n2-standard-4", "allow_stop": True}
    cloud.fault(method="compute.instances.setMachineType", kind="error", times=1, status=400, message="died here")
    with pytest.raises(CloudError, match="died here"):
        cloud.run(Instance, larger)
    assert cloud.run(Instance, {**machine, "state": "present"}, check_mode=True)["resource"]["status"] == "TERMINATED"
    mended = cloud.predicted(Instance, {**larger, "allow_stop": False})
    assert mended["actions"] == ["set_machine_type", "start"]
    cloud.run(Instance, {**larger, "state": "stopped"})
    assert cloud.run(Instance, larger)["actions"] == ["start"]


@pytest.mark.parametrize(
    ("option", "value", "action"),
    [
        ("machine_type", "n2-standard-4", "set_machine_type"),
        ("service_account", {"email": EMAIL, "scopes": ["cloud-platform"]}, "set_service_account"),
        ("shielded", {"secure_boot": True}, "set_shielded"),
    ],
)
def test_what_needs_a_stop(cloud: Cloud, machine: Options, option: str, value: Any, action: str) -> None:
    cloud.run(Instance, machine)
    wanted = {**machine, option: value}
    with pytest.raises(CloudError, match=f"stopped can change: {option} from .*Set allow_stop"):
        cloud.run(Instance, wanted)
    changed = cloud.predicted(Instance, {**wanted, "allow_stop": True})
    assert changed["actions"] == ["stop", action, "start"]
    assert cloud.run(Instance, wanted)["changed"] is False
    undone = {**machine, "machine_type": "n2-standard-2", "shielded": {"secure_boot": False}, "state": "stopped"}
    assert cloud.predicted(Instance, undone)["actions"] == (
        ["stop"] if option == "service_account" else ["stop", action]
    )


def test_a_service_account_is_shown_as_it_is_asked_for(cloud: Cloud, machine: Options) -> None:
    account = {"email": EMAIL, "scopes": ["devstorage.read_only", "cloud-platform"]}
    made = cloud.predicted(Instance, {**machine, "service_account": account})
    scopes = [f"https://www.googleapis.com/auth/{scope}" for scope in ("cloud-platform", "devstorage.read_only")]
    assert made["resource"]["service_account"] == {"email": EMAIL, "scopes": scopes}
    assert cloud.run(Instance, {**machine, "service_account": account})["changed"] is False


def test_suspended_and_resumed(cloud: Cloud, machine: Options) -> None:
    made = cloud.predicted(Instance, {**machine, "state": "suspended"})
    assert (made["actions"], made["resource"]["status"]) == (["create", "suspend"], "SUSPENDED")
    assert cloud.run(Instance, {**machine, "state": "present"})["changed"] is False
    assert cloud.predicted(Instance, {**machine, "state": "stopped"})["actions"] == ["resume", "stop"]
    assert cloud.predicted(Instance, {**machine, "state": "suspended"})["actions"] == ["start", "suspend"]
    assert cloud.predicted(Instance, machine)["actions"] == ["resume"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("method", ["stop", "setMachineType", "start", "delete"])
def test_a_lost_reply_is_asked_for_again(cloud: Cloud, machine: Options, method: str, kind: str) -> None:
    cloud.run(Instance, machine)
    cloud.fault(method=f"compute.instances.{method}", kind=kind, times=1)
    changed = cloud.run(Instance, {**machine, "machine_type": "n2-standard-4", "allow_stop": True})
    assert changed["actions"] == ["stop", "set_machine_type", "start"]
    assert cloud.run(Instance, {**machine, "state": "absent"})["actions"] == ["delete"]
    assert cloud.run(Instance, {**machine, "state": "absent"})["changed"] is False
