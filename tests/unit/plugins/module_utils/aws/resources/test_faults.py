# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every request that changes something, with its reply lost, itself lost, throttled or failed: the run goes on, what it
did is done once, and the next run has nothing to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.aws.resources.elastic_ip import ElasticIp
from plugins.module_utils.aws.resources.instance import Instance
from plugins.module_utils.aws.resources.key_pair import Ec2KeyPair
from plugins.module_utils.aws.resources.security_group import SecurityGroup
from tests.unit.plugins.module_utils.aws.resources.conftest import Cloud
from tests.unit.plugins.module_utils.aws.resources.test_elastic_ip import ADDRESS
from tests.unit.plugins.module_utils.aws.resources.test_security_group import GROUP

Options = dict[str, Any]

KINDS: dict[str, Any] = {"instance": Instance, "address": ElasticIp, "group": SecurityGroup, "key": Ec2KeyPair}
GONE: Options = {"state": "absent"}
TAGS: Options = {"tags": {"team": "taxi"}}

# The request, and the run that sends it: of what, after which runs of the same, with which options.
REQUESTS: list[tuple[str, str, list[Options], Options]] = [
    ("ImportKeyPair", "key", [], {}),
    ("CreateKeyPair", "key", [], {"source": "aws"}),
    ("DeleteKeyPair", "key", [{}], GONE),
    ("CreateTags", "key", [{}], TAGS),
    ("CreateSecurityGroup", "group", [], {}),
    ("AuthorizeSecurityGroupIngress", "group", [], {}),
    ("RevokeSecurityGroupIngress", "group", [{"http": True}], {}),
    ("DeleteSecurityGroup", "group", [{}], GONE),
    ("RunInstances", "instance", [], {}),
    ("StopInstances", "instance", [{}], {"state": "stopped"}),
    ("StartInstances", "instance", [{"state": "stopped"}], {}),
    ("TerminateInstances", "instance", [{}], GONE),
    ("ModifyVolume", "instance", [{}], {"root_volume_size": 60}),
    ("ModifyInstanceAttribute", "instance", [{}], {"termination_protection": True}),
    ("ModifyInstanceAttribute", "instance", [{"state": "stopped"}], {"instance_types": ["t2.large"]}),
    ("ModifyInstanceMetadataOptions", "instance", [{}, {"loose": True}], {}),
    ("AssociateIamInstanceProfile", "instance", [{}], {"instance_profile": "one"}),
    ("ReplaceIamInstanceProfileAssociation", "instance", [{"instance_profile": "one"}], {"instance_profile": "two"}),
    ("AllocateAddress", "address", [], {}),
    ("AssociateAddress", "address", [], {}),
    ("DisassociateAddress", "address", [{}], GONE),
    ("ReleaseAddress", "address", [{}], GONE),
]
FAULTS: dict[str, Options] = {
    "reply lost": {"kind": "drop_after"},
    "request lost": {"kind": "drop_before"},
    "throttled twice": {"kind": "throttle", "times": 2},
    "failed once": {"kind": "error", "status": 500},
}


@pytest.fixture
def options(cloud: Cloud, machine: Options, tmp_path: Path) -> dict[str, Options]:
    """What each kind is asked for; the instance profiles are there."""
    for name in ("one", "two"):
        cloud.aws.client("iam").create_instance_profile(InstanceProfileName=name)
    key = {"name": "k", "path": str(tmp_path / "k.pem"), "type": "ed25519", "source": "local", "on_mismatch": "fail"}
    return {
        "instance": machine,
        "address": ADDRESS,
        "group": GROUP,
        "key": {**key, "tags": None, "state": "present"},
    }


def things(cloud: Cloud) -> list[int]:
    """How many instances, addresses, groups and key pairs of ours there are."""
    cloud.sleep(10)
    session, ours = cloud.session(), {"tag-key": "workstation"}
    found = session.find(
        "describe_instances", "Reservations", "", {**ours, "instance-state-name": ["running", "stopped"]}
    )
    addresses = session.find("describe_addresses", "Addresses", "", ours)
    groups = session.find("describe_security_groups", "SecurityGroups", "", ours)
    return [*map(len, (found, addresses, groups)), len(session.find("describe_key_pairs", "KeyPairs", "", ours))]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(("request_name", "kind", "before", "change"), REQUESTS)
def test_it_is_done_once(
    cloud: Cloud,
    options: dict[str, Options],
    request_name: str,
    kind: str,
    before: list[Options],
    change: Options,
    fault: Options,
) -> None:
    if kind == "address":
        cloud.run(Instance, options["instance"])
    for earlier in before:
        if "loose" in earlier:
            (instance,) = cloud.session().find("describe_instances", "Reservations", "", {})[0]["Instances"]
            loose: Options = {"InstanceId": instance["InstanceId"], "HttpTokens": "optional"}
            cloud.session().call("modify_instance_metadata_options", "", **loose)
        else:
            cloud.run(KINDS[kind], {**options[kind], **earlier})
    cloud.fault(request_name, **fault)
    run = cloud.run(KINDS[kind], {**options[kind], **change})
    assert run["changed"] is True
    assert cloud.aws.admin("GET", "faults")["faults"] == []
    assert max(things(cloud)) <= 1
    again = cloud.run(KINDS[kind], {**options[kind], **change})
    assert (again["changed"], again["resource"]) == (False, run["resource"])
