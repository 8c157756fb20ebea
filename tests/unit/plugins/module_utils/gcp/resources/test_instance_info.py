# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists of virtual machines."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.gcp.resources.instances import read
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

ALL = {"name": None, "workstation": None, "zone": None}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({}, [("northamerica-northeast2-a", "mlops-zoom"), ("us-central1-a", "mlops-zoom"), ("us-central1-a", "two")]),
        ({"name": "mlops-zoom"}, [("northamerica-northeast2-a", "mlops-zoom"), ("us-central1-a", "mlops-zoom")]),
        ({"workstation": "two"}, [("us-central1-a", "two")]),
        ({"zone": "us-central1-a"}, [("us-central1-a", "mlops-zoom"), ("us-central1-a", "two")]),
        ({"zone": "us-central1-a", "name": "two", "workstation": "two"}, [("us-central1-a", "two")]),
        ({"name": "nobody"}, []),
    ],
)
def test_options_narrow_the_list(
    cloud: Cloud, machine: dict[str, Any], question: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    one = cloud.run(Instance, machine)["resource"]
    cloud.run(Instance, {**machine, "zone": "us-central1-a"})
    cloud.run(Instance, {**machine, "zone": "us-central1-a", "name": "two", "workstation": "two"})
    session = cloud.session()
    found = read(session, {**ALL, **question})["instances"]
    assert [(each["zone"], each["name"]) for each in found] == expected
    assert session.calls == 1
    assert all(each == one for each in found if each["id"] == one["id"])


def test_a_zone_that_does_not_exist_is_an_error(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match="List the zones with"):
        read(cloud.session(), {**ALL, "zone": "nowhere-a"})
