# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Host keys as a machine publishes them."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.host_keys import read
from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from plugins.module_utils.ssh.known_hosts import parse_key
from sandbox.config import ZONE
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud

QUESTION = {"name": "mlops-zoom", "zone": ZONE, "wait": 1}


def test_published_keys_can_be_pinned(cloud: Cloud, machine: dict[str, Any]) -> None:
    cloud.run(Instance, machine)
    session = cloud.session()
    keys = read(session, QUESTION)["host_keys"]
    assert [parse_key(key)[0] for key in keys] == ["ssh-ed25519"]
    assert session.calls == 1


def test_a_first_boot_is_waited_for(cloud: Cloud, machine: dict[str, Any]) -> None:
    cloud.run(Instance, machine)
    cloud.fault(method="compute.instances.getGuestAttributes", kind="error", status=404, reason="notFound", times=2)
    session = cloud.session()
    assert read(session, {**QUESTION, "wait": 60})["host_keys"]
    assert session.calls == 3


@pytest.mark.parametrize("fault", [{}, {"kind": "error", "status": 403, "reason": "forbidden", "message": "A policy."}])
def test_keys_that_are_not_published_are_an_error_with_the_reason(
    cloud: Cloud, machine: dict[str, Any], fault: dict[str, Any]
) -> None:
    cloud.run(Instance, {**machine, "metadata": {}})
    if fault:
        cloud.fault(method="compute.instances.getGuestAttributes", times=1, **fault)
    with pytest.raises(CloudError, match="enable-guest-attributes=TRUE") as caught:
        read(cloud.session(), {**QUESTION, "wait": 0})
    assert caught.value.details["reason"] == "hostKeysNotPublished"
    assert fault.get("message", "none came within 0 seconds") in caught.value.message
