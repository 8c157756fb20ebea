# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a region offers: images, places and instance types, looked up before an instance is made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError, NotFoundError
from ...suggest import close_to
from ..network import default_vpc
from ..session import Session

UBUNTU = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
OFFERINGS = ("describe_instance_type_offerings", "InstanceTypeOfferings")

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Image:
    """An image: its id, the name of its root device, and the smallest root volume it fits on, in GiB."""

    id: str
    root_device: str
    size_gb: int


@dataclasses.dataclass(frozen=True)
class Place:
    """A subnet to put an instance in."""

    zone: str
    subnet: str
    vpc: str


def image_id(session: Session, params: Mapping[str, Any], what: str) -> str:
    """The id of the image that the options mean today; CloudError where there is none."""
    if params["image_id"]:
        return str(params["image_id"])
    return _named(session, params, what) if params["image_name"] else _published(session, params, what)


def find_image(session: Session, params: Mapping[str, Any], what: str) -> Image:
    """The same with what has to be known to make an instance of it."""
    found = session.call("describe_images", what, ImageIds=[image_id(session, params, what)])["Images"][0]
    root = found.get("RootDeviceName", "/dev/sda1")
    disks = {disk.get("DeviceName"): disk.get("Ebs") or {} for disk in found.get("BlockDeviceMappings") or ()}
    return Image(found["ImageId"], root, int(disks.get(root, {}).get("VolumeSize") or 0))


def _published(session: Session, params: Mapping[str, Any], what: str) -> str:
    """The image that a public parameter names: its publisher moves it on with each new one."""
    name = params["image_parameter"] or UBUNTU
    try:
        return str(session.call("get_parameter", what, service="ssm", Name=name)["Parameter"]["Value"])
    except NotFoundError as error:
        raise CloudError(
            f"{what}: there is no parameter {name} in {session.region}. List Ubuntu's with: aws ssm "
            "get-parameters-by-path --recursive --path /aws/service/canonical/ubuntu/server"
        ) from error


def _named(session: Session, params: Mapping[str, Any], what: str) -> str:
    name, owner = params["image_name"], params["image_owner"]
    filters = {"name": name, "state": "available"}
    found = session.find("describe_images", "Images", what, filters, Owners=[owner])
    if not found:
        raise CloudError(
            f"{what}: {owner} has no image named {name} in {session.region}. List its images with: aws ec2 "
            f"describe-images --owners {owner} --query 'Images[].Name'"
        )
    return str(max(found, key=lambda image: str(image.get("CreationDate")))["ImageId"])


def find_places(session: Session, params: Mapping[str, Any], what: str) -> list[Place]:
    """Where an instance may go, the best first, one in each zone, as subnets of one zone share its capacity.
    CloudError where there is nothing of the kind."""
    subnets, zones, vpc = params["subnets"], params["zones"], params["vpc"]
    filters = {"subnet-id": subnets} if subnets else {"vpc-id": vpc} if vpc else {"default-for-az": "true"}
    found = [
        Place(subnet["AvailabilityZone"], subnet["SubnetId"], subnet["VpcId"])
        for subnet in session.find("describe_subnets", "Subnets", what, filters)
    ]
    if not found and not subnets and not vpc:
        default_vpc(session, what)
    _refuse_unknown("subnet", subnets or (), [place.subnet for place in found], what)
    _refuse_unknown("zone with such a subnet", zones or (), [place.zone for place in found], what)
    if not found:
        raise CloudError(f"{what}: there is no subnet in {vpc or 'the default VPC'}. Make one first.")
    order = subnets or zones or ()
    chosen = [place for place in found if not zones or place.zone in zones]
    chosen.sort(key=lambda place: _rank(order, place))
    return list({place.zone: place for place in reversed(chosen)}.values())[::-1]


def _rank(order: Sequence[str], place: Place) -> tuple[int, str, str]:
    ranks = [order.index(name) for name in (place.subnet, place.zone) if name in order]
    return (min(ranks, default=0), place.zone, place.subnet)


def _refuse_unknown(kind: str, wanted: Sequence[str], known: Sequence[str], what: str) -> None:
    for name in wanted:
        if name not in known:
            raise CloudError(f"{what}: there is no {kind} {name!r} in the region.{close_to(name, known)}")


def offers(session: Session, types: Sequence[str], places: Sequence[Place], what: str) -> list[tuple[str, Place]]:
    """The types and places to try, in order: every place with the first type, then with the second. CloudError for a
    type that none of the places has."""
    filters = {"instance-type": types, "location": [place.zone for place in places]}
    found = session.find(*OFFERINGS, what, filters, LocationType="availability-zone")
    pairs = {(offer["InstanceType"], offer["Location"]) for offer in found}
    for name in types:
        if not any((name, place.zone) in pairs for place in places):
            everywhere = session.find(*OFFERINGS, what, {}, LocationType="region")
            hint = close_to(name, sorted(offer["InstanceType"] for offer in everywhere))
            raise CloudError(
                f"{what}: there is no instance type {name!r} in {', '.join(place.zone for place in places)}.{hint} "
                f"List them with: aws ec2 describe-instance-type-offerings --region {session.region}"
            )
    return [(name, place) for name in types for place in places if (name, place.zone) in pairs]


def group_ids(session: Session, groups: Sequence[str], vpc: str, what: str) -> list[str]:
    """The ids of security groups that are given by name or by id; CloudError for one that is not in the VPC."""
    named = [group for group in groups if not group.startswith("sg-")]
    filters = {"group-name": named, "vpc-id": vpc}
    found = session.find("describe_security_groups", "SecurityGroups", what, filters) if named else []
    ids = {group["GroupName"]: group["GroupId"] for group in found}
    for name in named:
        if name not in ids:
            raise CloudError(
                f"{what}: there is no security group {name!r} in {vpc}. Make it first, with ec2_security_group."
            )
    return sorted(ids.get(group, group) for group in groups)
