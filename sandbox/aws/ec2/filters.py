# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters, where moto knows too few of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.aws.errors import unsupported

Reader = Callable[[Any], Any]


def _tags(found: Any) -> Mapping[str, str]:
    """A resource's tags, where they are: moto itself looks through those of all resources."""
    tags: Mapping[str, str] = found.ec2_backend.tags.get(found.id, {})
    return tags


INSTANCE: Mapping[str, Reader] = {
    "architecture": lambda found: found.architecture,
    "availability-zone": lambda found: found.availability_zone,
    "block-device-mapping.device-name": lambda found: list(found.block_device_mapping),
    "block-device-mapping.volume-id": lambda found: [disk.volume_id for disk in found.block_device_mapping.values()],
    "client-token": lambda found: found.client_token,
    "dns-name": lambda found: found.public_dns_name,
    "hypervisor": lambda found: found.hypervisor,
    "image-id": lambda found: found.image_id,
    "instance-id": lambda found: found.id,
    "instance-state-code": lambda found: found.state_code,
    "instance-state-name": lambda found: found.state,
    "instance-type": lambda found: found.instance_type,
    "instance.group-id": lambda found: [group.id for group in found.security_groups],
    "instance.group-name": lambda found: [group.name for group in found.security_groups],
    "ip-address": lambda found: found.public_ip_address,
    "key-name": lambda found: found.key_name,
    "launch-index": lambda found: found.ami_launch_index,
    "metadata-options.http-endpoint": lambda found: found.metadata_options.http_endpoint,
    "metadata-options.http-tokens": lambda found: found.metadata_options.http_tokens,
    "owner-id": lambda found: found.owner_id,
    "private-dns-name": lambda found: found.private_dns_name,
    "private-ip-address": lambda found: found.private_ip_address,
    "root-device-name": lambda found: found.root_device_name,
    "root-device-type": lambda found: found.root_device_type,
    "source-dest-check": lambda found: found.source_dest_check,
    "state-reason-code": lambda found: found.state_reason.code,
    "subnet-id": lambda found: found.subnet_id,
    "tag-key": lambda found: list(_tags(found)),
    "vpc-id": lambda found: found.vpc_id,
}


STATUS: Mapping[str, Reader] = {
    "availability-zone": lambda found: found["AvailabilityZone"],
    "instance-state-code": lambda found: found["InstanceState"]["Code"],
    "instance-state-name": lambda found: found["InstanceState"]["Name"],
    "instance-status.status": lambda found: found["InstanceStatus"]["Status"],
    "system-status.status": lambda found: found["SystemStatus"]["Status"],
}
MODIFICATION: Mapping[str, Reader] = {
    "modification-state": lambda found: found["ModificationState"],
    "original-size": lambda found: found["OriginalSize"],
    "original-volume-type": lambda found: found["OriginalVolumeType"],
    "target-size": lambda found: found["TargetSize"],
    "target-volume-type": lambda found: found["TargetVolumeType"],
    "volume-id": lambda found: found["VolumeId"],
}
TAG: Mapping[str, Reader] = {
    "key": lambda found: found["Key"],
    "resource-id": lambda found: found["ResourceId"],
    "resource-type": lambda found: found["ResourceType"],
    "value": lambda found: found["Value"],
}
ADDRESS: Mapping[str, Reader] = {
    "allocation-id": lambda found: found.allocation_id,
    "association-id": lambda found: found.association_id,
    "instance-id": lambda found: found.instance.id if found.instance else None,
    "network-interface-id": lambda found: found.eni.id if found.eni else None,
    "private-ip-address": lambda found: found.private_ip_address,
    "public-ip": lambda found: found.public_ip,
    "tag-key": lambda found: list(_tags(found)),
}
REGION: Mapping[str, Reader] = {
    "endpoint": lambda found: found["Endpoint"],
    "opt-in-status": lambda found: found["OptInStatus"],
    "region-name": lambda found: found["RegionName"],
}


def matching(found: Iterable[Any], filters: Iterable[Mapping[str, Any]], readers: Mapping[str, Reader]) -> list[Any]:
    """What every filter lets through; a filter does so by any of its values."""
    tests = [
        (_reader(entry["Name"], readers), [_pattern(value) for value in entry.get("Values", ())]) for entry in filters
    ]
    return [one for one in found if all(_passes(read(one), patterns) for read, patterns in tests)]


def _reader(name: str, readers: Mapping[str, Reader]) -> Reader:
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda found: _tags(found).get(key)
    if name not in readers:
        raise unsupported(f"the filter '{name}' of this action")
    return readers[name]


def _passes(value: Any, patterns: list[re.Pattern[str]]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(pattern.fullmatch(_text(item)) for item in values if item is not None for pattern in patterns)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pattern(text: str) -> re.Pattern[str]:
    """`*` stands for any text and `?` for one character, unless a backslash stands before."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(part, re.escape(part[-1])) for part in parts), re.DOTALL)
