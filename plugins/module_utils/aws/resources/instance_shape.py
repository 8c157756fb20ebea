# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shape of an EC2 instance, in the API's terms and in the module's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import State
from .. import tags

Json = dict[str, Any]

PENDING, RUNNING, STOPPING, STOPPED = "pending", "running", "stopping", "stopped"
DEAD = frozenset({"shutting-down", "terminated"})
# On the way from one state to another; nothing can be asked of an instance meanwhile.
IN_TRANSIT = frozenset({PENDING, STOPPING, "shutting-down"})

FIELDS = (
    "name", "id", "state", "zone", "instance_type", "image", "root_volume_size", "root_volume_type",
    "root_volume_encrypted", "vpc", "subnet", "security_groups", "key_name", "instance_profile", "spot",
    "metadata_options", "termination_protection", "tags", "public_ip", "private_ip", "public_dns_name",
)  # fmt: skip
# Session tokens only (IMDSv2), and one hop more than the host's own, for containers on it.
METADATA_OPTIONS = {"http_tokens": "required", "http_put_response_hop_limit": 2}


def state_of(found: Mapping[str, Any]) -> str:
    """The name of an instance's state."""
    return str(found["State"]["Name"])


def root_volume(found: Mapping[str, Any]) -> str | None:
    """The id of an instance's root volume."""
    disks = {disk["DeviceName"]: disk for disk in found.get("BlockDeviceMappings") or ()}
    ebs: Mapping[str, Any] = disks.get(found.get("RootDeviceName"), {}).get("Ebs", {})
    return ebs.get("VolumeId")


def from_api(found: Mapping[str, Any], volume: Mapping[str, Any], *, protected: bool | None = None) -> Json:
    """An instance as the API answers it, with its root volume, in the module's terms. protected is whether it is
    protected from termination, None where that has not been asked for."""
    named = tags.from_api(found.get("Tags"))
    metadata = found.get("MetadataOptions") or {}
    profile = (found.get("IamInstanceProfile") or {}).get("Arn")
    return {
        "name": named.get("Name"),
        "id": found["InstanceId"],
        "state": state_of(found),
        "zone": (found.get("Placement") or {}).get("AvailabilityZone"),
        "instance_type": found.get("InstanceType"),
        "image": found.get("ImageId"),
        "root_volume_size": volume.get("Size"),
        "root_volume_type": volume.get("VolumeType"),
        "root_volume_encrypted": volume.get("Encrypted"),
        "vpc": found.get("VpcId"),
        "subnet": found.get("SubnetId"),
        "security_groups": sorted(group["GroupName"] for group in found.get("SecurityGroups") or ()),
        "key_name": found.get("KeyName"),
        "instance_profile": profile.rsplit("/", 1)[-1] if profile else None,
        "spot": found.get("InstanceLifecycle") == "spot",
        "metadata_options": {
            "http_tokens": metadata.get("HttpTokens"),
            "http_put_response_hop_limit": metadata.get("HttpPutResponseHopLimit"),
        },
        "termination_protection": protected,
        "tags": named,
        "public_ip": found.get("PublicIpAddress"),
        "private_ip": found.get("PrivateIpAddress"),
        "public_dns_name": found.get("PublicDnsName") or None,
    }


def to_api(state: State, *, root_device: str, group_ids: Sequence[str], public_ip: bool | None) -> Json:
    """The request that makes an instance, but for its type, its place and its token; what the state does not say is
    not sent. public_ip None leaves it to the subnet."""
    request: Json = {
        "ImageId": state["image"],
        "MinCount": 1,
        "MaxCount": 1,
        "BlockDeviceMappings": [{"DeviceName": root_device, "Ebs": _root(state)}],
        "MetadataOptions": {"HttpEndpoint": "enabled", **metadata_to_api(state["metadata_options"])},
        "TagSpecifications": [tags.specification(kind, state["tags"]) for kind in ("instance", "volume")],
        **_network(group_ids, public_ip),
    }
    if "key_name" in state:
        request["KeyName"] = state["key_name"]
    if "instance_profile" in state:
        request["IamInstanceProfile"] = {"Name": state["instance_profile"]}
    if state.get("termination_protection"):
        request["DisableApiTermination"] = True
    if state.get("spot"):
        # Of all kinds of Spot request the one whose instance can be stopped and keeps its disk.
        options = {"SpotInstanceType": "persistent", "InstanceInterruptionBehavior": "stop"}
        request["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": options}
    return request


def metadata_to_api(options: Mapping[str, Any]) -> Json:
    """The options of the metadata service as the API takes them."""
    return {
        "HttpTokens": options["http_tokens"],
        "HttpPutResponseHopLimit": options["http_put_response_hop_limit"],
    }


def placed(request: Json, instance_type: str, subnet: str, token: str) -> Json:
    """The request with what changes from one attempt to the next."""
    interfaces = [{**interface, "SubnetId": subnet} for interface in request.get("NetworkInterfaces", ())]
    where: Json = {"NetworkInterfaces": interfaces} if interfaces else {"SubnetId": subnet}
    return {**request, **where, "InstanceType": instance_type, "ClientToken": token}


def _root(state: State) -> Json:
    """The root volume goes with the instance."""
    size = {"VolumeSize": state["root_volume_size"]} if "root_volume_size" in state else {}
    kind = {"VolumeType": state["root_volume_type"], "Encrypted": state["root_volume_encrypted"]}
    return {"DeleteOnTermination": True, **kind, **size}


def _network(group_ids: Sequence[str], public_ip: bool | None) -> Json:
    if public_ip is None:
        return {"SecurityGroupIds": list(group_ids)} if group_ids else {}
    groups = {"Groups": list(group_ids)} if group_ids else {}
    return {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": public_ip, **groups}]}
