# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a zone has room for an instance, and the account leave to run it."""

from __future__ import annotations

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from sandbox.aws.cloud import Cloud
from sandbox.aws.errors import AwsError

_RUNNING = ("pending", "running", "stopping")


def check_type(region: str, zone: str, instance_type: str) -> None:
    """Refuses a type that AWS does not have, or not there."""
    offers = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, [])
    zones = [offer["Location"] for offer in offers if offer["InstanceType"] == instance_type]
    if instance_type not in INSTANCE_TYPES or not zones:
        raise AwsError("InvalidParameterValue", f"Invalid value '{instance_type}' for InstanceType.")
    if zone not in zones:
        message = (
            f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone "
            f"({zone}). Please retry your request by not specifying an Availability Zone or choosing "
            f"{', '.join(sorted(zones))}."
        )
        raise AwsError("Unsupported", message)


def check_capacity(cloud: Cloud, region: str, zone: str, instance_type: str, count: int) -> None:
    """Refuses what the zone or the account's quota has no room for."""
    used = sum(
        vcpus(machine.instance.instance_type)
        for machine in cloud.machines.values()
        if machine.region == region and machine.state in _RUNNING
    )
    limit = cloud.settings.vcpus
    if used + count * vcpus(instance_type) > limit:
        message = (
            f"You have requested more vCPU capacity than your current vCPU limit of {limit} allows for the instance "
            "bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
        )
        raise AwsError("VcpuLimitExceeded", message)
    if not cloud.settings.has_capacity(zone, instance_type):
        message = (
            f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested "
            f"({zone}). Our system will be working on provisioning additional capacity."
        )
        raise AwsError("InsufficientInstanceCapacity", message, 500)


def vcpus(instance_type: str) -> int:
    """How many virtual processors a type has."""
    return int(INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"])
