# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of AWS are run for: everything is made, changed in every way, and removed."""

from __future__ import annotations

from typing import Any

from sandbox.aws import catalog
from tests.faults.cloud_aws import Aws
from tests.faults.matrix import Matrix, Scene

# The function through which resources change something.
WRITERS = ("call",)
# What no story has, and the test that has it instead: where a key cannot be kept after all, and Spot, which the sandbox
# does not know.
UNIT = "tests/unit/plugins/module_utils/aws/resources"
UNTOLD = {
    "key_pair.py: self._session.call('delete_key_pair', self.title, KeyName=after['name'])": f"{UNIT}/"
    "test_key_pair.py::test_a_key_that_cannot_be_kept_is_taken_back",
    "instance_writer.py: self._session.call('cancel_spot_instance_requests', self._title, "
    "SpotInstanceRequestIds=[request])": f"{UNIT}/"
    "test_instance_writer.py::test_a_spot_request_goes_before_its_instance_or_it_would_launch_another",
}
OWNED = {"workstation": "mlops-zoom-aws"}
NAMED = {**OWNED, "name": "mlops-zoom-aws"}
KEY = {**NAMED, "path": "FILES/ssh/mlops-zoom-aws.pem", "type": "ed25519"}
KEY_OF_AWS = {
    **KEY,
    "name": "mlops-zoom-aws-2",
    "path": "FILES/ssh/mlops-zoom-aws-2.pem",
    "source": "aws",
    # Its private half crosses the network once: a run that dies then has lost it.
    "on_mismatch": "replace",
}
MACHINE = {
    **OWNED,
    "instance_types": ["t2.xlarge"],
    "zones": ["ca-central-1a", "ca-central-1b"],
    "image_parameter": catalog.parameter_of("debian-12"),
    "root_volume_size": 30,
    "security_groups": ["mlops-zoom-aws"],
    "key_name": "mlops-zoom-aws",
    "allow_stop": True,
    "state": "started",
}
CHANGED = {
    "instance_types": ["t2.large"],
    "root_volume_size": 40,
    "security_groups": ["mlops-zoom-aws", "default"],
    "instance_profile": "mlops-zoom",
    "termination_protection": True,
    "tags": {"team": "data"},
}


def machine(**more: Any) -> dict[str, Any]:
    """The options of a whole machine."""
    return {**MACHINE, **more}


def amazon(matrix: Matrix) -> Aws:
    """The cloud that this story is told of."""
    assert isinstance(matrix.cloud, Aws)
    return matrix.cloud


def lose_key(matrix: Matrix) -> None:
    """The file of a private key is deleted."""
    (matrix.cloud.files / "ssh" / "mlops-zoom-aws-2.pem").unlink()
    (matrix.cloud.files / "ssh" / "mlops-zoom-aws-2.pem.pub").unlink()


def fill_a_zone(matrix: Matrix) -> None:
    """One zone has no room for any instance."""
    matrix.cloud.sandbox.cloud.change_settings({"stockouts": ["ca-central-1a/*"]})


def loosen(matrix: Matrix) -> None:
    """Two roles are there to be had, and somebody lets every program on the machine ask for the one it has."""
    for name in ("mlops-zoom", "mlops-zoom-2"):
        amazon(matrix).client("iam").create_instance_profile(InstanceProfileName=name)
    found = amazon(matrix).objects()["Instances"][0]["InstanceId"]
    amazon(matrix).client().modify_instance_metadata_options(InstanceId=found, HttpTokens="optional")


STORY = (
    Scene("key-pair-imported", "ec2_key_pair", KEY),
    Scene("key-pair-tagged", "ec2_key_pair", {**KEY, "tags": {"team": "data"}}),
    Scene("key-pair-by-aws", "ec2_key_pair", KEY_OF_AWS),
    Scene("key-pair-replaced", "ec2_key_pair", KEY_OF_AWS, before=lose_key),
    Scene("group-made", "ec2_security_group", {**NAMED, "http": True}),
    Scene("group-changed", "ec2_security_group", {**NAMED, "ssh_from": ["192.0.2.0/24"], "tags": {"team": "data"}}),
    Scene("instance-made-elsewhere", "ec2_instance", machine(), before=fill_a_zone),
    Scene("address-made", "ec2_elastic_ip", OWNED),
    Scene("address-tagged", "ec2_elastic_ip", {**OWNED, "tags": {"team": "data"}}),
    Scene("instance-changed", "ec2_instance", machine(**CHANGED), before=loosen),
    Scene("instance-of-another-role", "ec2_instance", {**OWNED, "instance_profile": "mlops-zoom-2"}),
    Scene("instance-stopped", "ec2_instance", {**OWNED, "state": "stopped"}),
    Scene("address-removed", "ec2_elastic_ip", {**OWNED, "state": "absent"}),
    Scene("instance-removed", "ec2_instance", {**OWNED, "termination_protection": False, "state": "absent"}),
    Scene("instance-made-again", "ec2_instance", machine()),
    Scene("instance-removed-again", "ec2_instance", {**OWNED, "state": "absent"}),
    Scene("group-removed", "ec2_security_group", {**NAMED, "state": "absent"}),
    Scene("key-pair-removed", "ec2_key_pair", {**KEY, "state": "absent"}),
)
