# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removing virtual machines, and what is left of them."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud
from tests.unit.plugins.module_utils.gcp.resources.test_instance import mutations

Options = dict[str, Any]


def test_protection_against_deletion_is_respected(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, {**machine, "deletion_protection": True})
    gone = {**machine, "state": "absent"}
    before = mutations(cloud)
    with pytest.raises(CloudError, match=r"protected against deletion.*deletion_protection=false"):
        cloud.run(Instance, gone)
    assert mutations(cloud) == before
    removed = cloud.predicted(Instance, {**gone, "deletion_protection": False})
    assert (removed["actions"], removed["resource"]) == (["set_deletion_protection", "delete"], {})


def test_a_deletion_that_is_refused_says_so_and_can_be_repeated(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    gone = {**machine, "state": "absent"}
    cloud.fault(method="compute.instances.delete", kind="error", times=1, status=403, message="a policy forbids it")
    with pytest.raises(CloudError, match="a policy forbids it"):
        cloud.run(Instance, gone)
    gone_already = {
        "code": "RESOURCE_NOT_FOUND",
        "message": "The resource 'zones/z/instances/mlops-zoom' was not found",
    }
    cloud.fault(method="compute.instances.delete", kind="operation_error", times=1, **gone_already)
    assert cloud.run(Instance, gone)["actions"] == ["delete"]
    assert cloud.run(Instance, gone)["actions"] == ["delete"]  # as that operation did nothing
    assert cloud.run(Instance, gone)["changed"] is False


def test_a_deletion_without_any_answer_is_finished_by_the_next_run(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    gone = {**machine, "state": "absent"}
    cloud.fault(method="compute.instances.delete", kind="drop_after", times=5)
    with pytest.raises(CloudError, match="no answer"):
        cloud.run(Instance, gone)
    assert cloud.run(Instance, gone)["resource"] == {}


def kept_disk(cloud: Cloud, machine: Options) -> None:
    """A machine whose boot disk is not to go with it."""
    cloud.run(Instance, machine)
    path = f"zones/{machine['zone']}/instances/mlops-zoom"
    device = {"deviceName": "persistent-disk-0", "autoDelete": "false"}
    cloud.session().change("POST", f"{path}/setDiskAutoDelete", query=device)


def disks(cloud: Cloud, machine: Options) -> list[str]:
    page = cloud.session().get(f"zones/{machine['zone']}/disks")
    return [disk["name"] for disk in page.get("items", ())]


def test_the_boot_disk_goes_too_where_it_would_stay(cloud: Cloud, machine: Options) -> None:
    kept_disk(cloud, machine)
    removed = cloud.predicted(Instance, {**machine, "state": "absent"})
    assert (removed["actions"], removed["resource"]) == (["delete", "delete_disk"], {})
    assert disks(cloud, machine) == []


@pytest.mark.parametrize("several", [False, True], ids=["one-zone", "several-zones"])
def test_a_boot_disk_that_was_left_is_removed(cloud: Cloud, machine: Options, several: bool) -> None:
    kept_disk(cloud, machine)
    cloud.session().remove(f"zones/{machine['zone']}/instances/mlops-zoom")
    where = {"zone": None, "zones": [machine["zone"], "us-central1-a"]} if several else {}
    with pytest.raises(CloudError, match=r"left over from an earlier machine.*state=absent"):
        cloud.run(Instance, {**machine, **where})
    foreign = {**machine, **where, "workstation": "other", "state": "absent"}
    assert cloud.run(Instance, foreign)["changed"] is False
    removed = cloud.predicted(Instance, {**machine, **where, "state": "absent"})
    assert removed["actions"] == ["delete_disk"]
    assert removed["diff"]["before"] == {"boot_disk_size": 30}
    assert disks(cloud, machine) == []


@pytest.mark.parametrize("whole", [True, False], ids=["machine", "disk"])
@pytest.mark.parametrize("owner", ["mlops-zoom", "other"])
def test_what_a_failed_creation_leaves_is_cleared_away(cloud: Cloud, machine: Options, whole: bool, owner: str) -> None:
    session = cloud.session()
    creating = Instance(session, {**machine, "workstation": "mlops-zoom", "project": session.project})
    step = creating.plan(creating.read())[0]
    kept_disk(cloud, {**machine, "workstation": owner})
    if not whole:
        session.remove(f"zones/{machine['zone']}/instances/mlops-zoom")
    stock_out = {"status": 503, "reason": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "no room here"}
    cloud.fault(method="compute.instances.insert", kind="error", times=1, **stock_out)
    with pytest.raises(CloudError, match="no room here"):
        creating.apply(step)
    left = [] if owner == "mlops-zoom" else ["mlops-zoom"]
    assert disks(cloud, machine) == left
    found = session.get(f"zones/{machine['zone']}/instances").get("items", ())
    assert [one["name"] for one in found] == (left if whole else [])
