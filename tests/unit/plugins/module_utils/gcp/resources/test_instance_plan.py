# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of the steps from one state of a virtual machine to another."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.instance_plan import plan_changes, power_steps
from plugins.module_utils.resource import CloudError

Options = dict[str, Any]

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
        ({}, {"service_account": {"email": "e", "scopes": []}}, None, ["stop", "set_service_account", "start"]),
        ({"status": "SUSPENDED"}, {"shielded": {"secure_boot": True}}, "RUNNING",
         ["resume", "stop", "set_shielded", "start"]),
        ({"status": "SUSPENDED"}, {"machine_type": "b"}, None,
         ["resume", "stop", "set_machine_type", "start", "suspend"]),
    ],
)  # fmt: skip
def test_plan_changes(live: Options, desired: Options, power: str | None, expected: list[str]) -> None:
    steps = plan_changes(desired, {**LIVE, **live}, title="instance", power=power, allow_stop=True)
    assert [step.action for step in steps] == expected


def test_a_disk_does_not_shrink() -> None:
    with pytest.raises(CloudError, match="cannot shrink to 5"):
        plan_changes({"boot_disk_size": 5}, LIVE, title="instance", power=None, allow_stop=True)


@pytest.mark.parametrize(
    ("now", "wanted", "expected"),
    [
        ("RUNNING", "RUNNING", []),
        ("RUNNING", "SUSPENDED", ["suspend"]),
        ("SUSPENDED", "RUNNING", ["resume"]),
        ("SUSPENDED", "TERMINATED", ["resume", "stop"]),
        ("TERMINATED", "SUSPENDED", ["start", "suspend"]),
    ],
)
def test_power_steps(now: str, wanted: str, expected: list[str]) -> None:
    assert [step.action for step in power_steps(now, wanted)] == expected


def test_a_stop_that_is_not_allowed_names_what_needs_it() -> None:
    desired = {"machine_type": "b", "service_account": {"email": "e", "scopes": []}}
    with pytest.raises(CloudError, match="machine_type from a to b, service_account from None to"):
        plan_changes(desired, LIVE, title="instance", power=None, allow_stop=False)
