# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where an instance goes: zone, subnet and security groups, as AWS chooses them where the request leaves it open."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.ec2.capacity import check_capacity, check_type
from sandbox.aws.errors import AwsError

DEFAULT_TYPE = "m1.small"
# The first addresses of a subnet are AWS's own, as is the last.
_RESERVED = 4


class Placement(Ec2Base):
    """What RunInstances decides before it launches."""

    def place(self) -> None:
        """Fills in subnet and security groups, and refuses what has no room; moto then has nothing left to guess."""
        nics: list[dict[str, Any]] = self.given("NetworkInterfaces", [])
        _check_combination(self.params, nics)
        first = next((nic for nic in nics if nic.get("DeviceIndex", 0) == 0), None)
        if first is not None and "NetworkInterfaceId" in first:
            subnet = self.ec2_backend.get_network_interface(first["NetworkInterfaceId"]).subnet
        else:
            holder = self.params if first is None else first
            subnet = self._subnet(holder.get("SubnetId"))
            holder["SubnetId"] = subnet.id
            _check_private(subnet, holder.get("PrivateIpAddress"))
            self._choose_groups(subnet, holder, "SecurityGroupIds" if first is None else "Groups")
        self._check_room(subnet)

    def _subnet(self, given: str | None) -> Any:
        zone = self.given("Placement.AvailabilityZone")
        if given:
            subnet = self.ec2_backend.get_subnet(given)
            if zone and zone != subnet.availability_zone:
                message = f"The availability zone {zone} is not that of subnet {subnet.id}, {subnet.availability_zone}"
                raise AwsError("InvalidParameterValue", message)
            return subnet
        return self._default_subnet(zone)

    def _default_subnet(self, zone: str | None) -> Any:
        """The default subnet of a zone; without one named, of the first that has the type and room for it."""
        vpc = self.ec2_backend.get_default_vpc()
        if vpc is None:
            raise AwsError("VPCIdNotSpecified", "No default VPC for this user")
        subnets = self.ec2_backend.get_default_subnets()
        if zone:
            if zone not in self._zones():
                raise AwsError("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
            if zone not in subnets:
                raise AwsError("InvalidInput", f"No default subnet for availability zone: '{zone}'.")
            return subnets[zone]
        if not subnets:
            message = f"No subnets found for the default VPC '{vpc.id}'. Please specify a subnet."
            raise AwsError("MissingInput", message)
        return min(subnets.values(), key=lambda subnet: (not self._fits(subnet), subnet.availability_zone))

    def _zones(self) -> list[str]:
        return [zone.name for zone in self.ec2_backend.describe_availability_zones()]

    def _fits(self, subnet: Any) -> bool:
        try:
            self._check_room(subnet)
        except AwsError:
            return False
        return True

    def _check_room(self, subnet: Any) -> None:
        instance_type, zone = self.given("InstanceType", DEFAULT_TYPE), subnet.availability_zone
        check_type(self.region, zone, instance_type)
        check_capacity(self.cloud, self.region, zone, instance_type, self.given("MaxCount", 1))

    def _choose_groups(self, subnet: Any, holder: dict[str, Any], field: str) -> None:
        """Names become ids, none becomes the network's default group, and another network's are refused."""
        named = [*holder.get(field, []), *self._ids_of_names(subnet.vpc_id)]
        self.params.pop("SecurityGroups", None)
        groups = [self._group(name) for name in named]
        for group in groups:
            if group.vpc_id != subnet.vpc_id:
                message = f"Security group {group.id} and subnet {subnet.id} belong to different networks."
                raise AwsError("InvalidParameter", message)
        holder[field] = [group.id for group in groups or [self.ec2_backend.get_default_security_group(subnet.vpc_id)]]

    def _ids_of_names(self, vpc: str) -> list[str]:
        ids = []
        for name in self.given("SecurityGroups", []):
            group = self.ec2_backend.get_security_group_from_name(name, vpc)
            if group is None:
                raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in VPC '{vpc}'")
            ids.append(group.id)
        return ids

    def _group(self, group_id: str) -> Any:
        found = self.ec2_backend.get_security_group_from_id(group_id)
        if found is None:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        return found


def _check_private(subnet: Any, address: str | None) -> None:
    """Refuses an address that an instance cannot have in a subnet."""
    if address is None:
        return
    network = ipaddress.ip_network(subnet.cidr_block)
    index = int(ipaddress.ip_address(address)) - int(network.network_address)
    if not 0 <= index < network.num_addresses:
        raise AwsError("InvalidParameterValue", f"Address {address} does not fall within the subnet's address range")
    if index < _RESERVED or index == network.num_addresses - 1:
        raise AwsError("InvalidParameterValue", f"Address {address} is in subnet's reserved address range")
    if address in subnet._subnet_ips:
        raise AwsError("InvalidIPAddress.InUse", f"Address {address} is in use.")


def _check_combination(params: dict[str, Any], nics: list[dict[str, Any]]) -> None:
    clashes = {
        "SubnetId": "subnet ID",
        "SecurityGroupIds": "security groups",
        "SecurityGroups": "security groups",
        "PrivateIpAddress": "private IP address",
    }
    for name, words in clashes.items():
        if nics and params.get(name):
            message = f"Network interfaces and an instance-level {words} may not be specified on the same request"
            raise AwsError("InvalidParameterCombination", message)
