# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.aws.resources.instance import Instance
from plugins.module_utils.aws.resources.instance_plan import changes
from plugins.module_utils.aws.resources.key_pair import Ec2KeyPair
from plugins.module_utils.aws.resources.security_group import SecurityGroup
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.aws.resources.conftest import WORKSTATION, Cloud
from tests.unit.plugins.module_utils.aws.resources.test_security_group import GROUP
from tests.unit.sandbox.aws.support import IMAGE

Options = dict[str, Any]


@pytest.fixture
def machine() -> Options:
    return {
        "name": None,
        "instance_types": ["t2.xlarge"],
        "zones": None,
        "subnets": None,
        "vpc": None,
        "public_ip": None,
        "image_parameter": IMAGE,
        "image_name": None,
        "image_owner": "099720109477",
        "image_id": None,
        "image_drift": "ignore",
        "root_volume_size": 30,
        "root_volume_type": "gp3",
        "root_volume_encrypted": True,
        "security_groups": None,
        "key_name": None,
        "instance_profile": None,
        "spot": None,
        "termination_protection": None,
        "allow_stop": False,
        "tags": None,
        "state": "started",
    }


def instances(cloud: Cloud) -> list[dict[str, Any]]:
    cloud.sleep(10)
    found = cloud.session().find("describe_instances", "Reservations", "", {})
    return [one for reservation in found for one in reservation["Instances"]]


def alive(cloud: Cloud) -> list[dict[str, Any]]:
    return [one for one in instances(cloud) if one["State"]["Name"] not in ("shutting-down", "terminated")]


def test_make_keep_remove(cloud: Cloud, machine: Options) -> None:
    made = cloud.predicted(Instance, machine)
    assert made["actions"] == ["create"]
    found = made["resource"]
    assert (found["state"], found["instance_type"], found["name"]) == ("running", "t2.xlarge", WORKSTATION)
    assert found["tags"] == {"Name": WORKSTATION, "workstation": WORKSTATION}
    volume = (found["root_volume_size"], found["root_volume_type"], found["root_volume_encrypted"])
    assert volume == (30, "gp3", True)
    assert found["metadata_options"] == {"http_tokens": "required", "http_put_response_hop_limit": 2}
    assert found["public_ip"]
    kept = cloud.run(Instance, machine)
    assert (kept["changed"], kept["api_calls"]) == (False, 2)
    assert kept["resource"] == found
    assert cloud.predicted(Instance, {**machine, "state": "absent"})["actions"] == ["delete"]
    assert alive(cloud) == []
    gone = cloud.run(Instance, {**machine, "state": "absent"})
    assert (gone["changed"], gone["api_calls"]) == (False, 1)
