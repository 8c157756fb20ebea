# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading instances."""

from __future__ import annotations

from typing import Any

from plugins.module_utils.aws.resources.instance import Instance
from plugins.module_utils.aws.resources.instances import read
from tests.unit.plugins.module_utils.aws.resources.conftest import WORKSTATION, Cloud

Options = dict[str, Any]


def test_each_is_as_its_own_module_returns_it(cloud: Cloud, machine: Options) -> None:
    mine = cloud.run(Instance, machine)["resource"]
    other = cloud.run(Instance, {**machine, "workstation": "other", "state": "stopped"})["resource"]
    cloud.aws.running()
    session = cloud.session()
    everybody = sorted([mine, other], key=lambda instance: instance["id"])
    assert read(session, {"workstation": None}) == {"instances": everybody}
    assert session.calls == 2
    assert read(session, {"workstation": WORKSTATION}) == {"instances": [mine]}


def test_those_that_are_gone_are_left_out(cloud: Cloud, machine: Options) -> None:
    cloud.run(Instance, machine)
    cloud.run(Instance, {**machine, "state": "absent"})
    session = cloud.session()
    assert read(session, {"workstation": None}) == {"instances": []}
    assert session.calls == 1
