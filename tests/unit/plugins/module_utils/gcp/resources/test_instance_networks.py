# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks of virtual machines: the default one, none, and those of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.gcp.resources.firewall import Firewall
from plugins.module_utils.gcp.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from sandbox.config import PROJECT
from tests.unit.plugins.module_utils.gcp.resources.conftest import Cloud
from tests.unit.plugins.module_utils.gcp.resources.test_firewall import RULE
from tests.unit.plugins.module_utils.gcp.resources.test_instance import mutations

Options = dict[str, Any]

REGION = "northamerica-northeast2"


@pytest.fixture
def custom(cloud: Cloud) -> Cloud:
    """A project with a network in custom mode, and two subnetworks of it in one region."""
    session = cloud.session()
    session.change("POST", "global/networks", {"name": "lab", "autoCreateSubnetworks": False})
    for name, span in (("lab-one", "10.1.0.0/24"), ("lab-two", "10.2.0.0/24")):
        body = {"name": name, "network": f"projects/{PROJECT}/global/networks/lab", "ipCidrRange": span}
        session.change("POST", f"regions/{REGION}/subnetworks", body)
    return cloud


@pytest.mark.parametrize(
    "place",
    [
        {"network": "lab", "subnetwork": "lab-two"},
        {"subnetwork": "lab-two"},
        {"subnetwork": f"projects/{PROJECT}/regions/{REGION}/subnetworks/lab-two"},
        {"network": f"projects/{PROJECT}/global/networks/lab", "subnetwork": "lab-two"},
    ],
)
def test_a_machine_in_a_subnetwork_of_ones_own(custom: Cloud, machine: Options, place: Options) -> None:
    made = custom.predicted(Instance, {**machine, **place})["resource"]
    assert (made["network"], made["subnetwork"], made["internal_ip"][:7]) == ("lab", "lab-two", "10.2.0.")
    assert custom.run(Instance, {**machine, **place})["changed"] is False
    with pytest.raises(CloudError, match="subnetwork is 'lab-two', wanted 'lab-one'"):
        custom.run(Instance, {**machine, **place, "subnetwork": "lab-one"})


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            {"network": "lab"},
            f"takes the option subnetwork .*{REGION}: lab-one or lab-two",
        ),
        ({"network": "lab", "zone": "us-east1-b"}, "in us-east1: it has none there"),
        ({"network": "lab", "subnetwork": "lab-tow"}, "no subnetwork 'lab-tow' in lab in .*Did you mean lab-two"),
        ({"network": "default", "subnetwork": "lab-one"}, "no subnetwork 'lab-one' in default in"),
        ({"subnetwork": "lab-one", "zone": "us-east1-b"}, "no subnetwork 'lab-one' in us-east1"),
        ({"network": "lba"}, r"has no network 'lba'. Choose another with the option network \(default, lab\)"),
    ],
)
def test_a_place_that_is_not_there_is_named_before_anything_is_made(
    custom: Cloud, machine: Options, place: Options, message: str
) -> None:
    before = mutations(custom)
    with pytest.raises(CloudError, match=message):
        custom.run(Instance, {**machine, **place})
    assert mutations(custom) == before


def test_a_project_without_the_default_network_is_told_how_to_make_one(cloud: Cloud, machine: Options) -> None:
    session = cloud.session()
    for rule in session.get("global/firewalls")["items"]:
        session.remove(f"global/firewalls/{rule['name']}")
    session.remove("global/networks/default")
    for check_mode in (True, False):
        with pytest.raises(CloudError, match=r"no network 'default'\. Make it with: .*until gcp_firewall lets it"):
            cloud.run(Instance, machine, check_mode=check_mode)
    session.change("POST", "global/networks", {"name": "default", "autoCreateSubnetworks": True})
    assert cloud.predicted(Instance, machine)["resource"]["network"] == "default"


def test_a_rule_for_a_network_of_ones_own(custom: Cloud) -> None:
    made = custom.predicted(Firewall, {**RULE, "network": "lab"})
    assert made["resource"]["network"] == "lab"
    with pytest.raises(CloudError, match="referenced network resource cannot be found"):
        custom.run(Firewall, {**RULE, "name": "other", "network": "nowhere"})
