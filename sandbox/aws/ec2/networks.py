# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks and subnets: canonical, and not removed while something is in them."""

from __future__ import annotations

import ipaddress

from moto.core.responses import ActionResult

from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError


def canonical(text: str, version: int) -> str:
    """A network in its canonical form, as AWS writes one that was given with host bits."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise AwsError("InvalidParameterValue", f"CIDR block {text} is malformed") from error
    if network.version != version or "/" not in text:
        raise AwsError("InvalidParameterValue", f"CIDR block {text} is malformed")
    return str(network)


class Networks(Ec2Base):
    """CreateVpc, CreateSubnet, DeleteSubnet, DeleteVpc."""

    def create_vpc(self) -> ActionResult:
        """A network with its addresses."""
        self._canonical_block()
        return super().create_vpc()

    def create_subnet(self) -> ActionResult:
        """A part of a network."""
        self._canonical_block()
        return super().create_subnet()

    def delete_subnet(self) -> ActionResult:
        """Not while it has interfaces in it."""
        subnet = self.ec2_backend.get_subnet(self.given("SubnetId"))
        if any(nic.subnet.id == subnet.id for nic in self.ec2_backend.enis.values()):
            message = f"The subnet '{subnet.id}' has dependencies and cannot be deleted."
            raise AwsError("DependencyViolation", message)
        return super().delete_subnet()

    def delete_vpc(self) -> ActionResult:
        """Not while it has subnets, or groups of one's own."""
        network = self.ec2_backend.get_vpc(self.given("VpcId"))
        subnets = [subnet for subnet in self.ec2_backend.describe_subnets() if subnet.vpc_id == network.id]
        groups = [group for group in self.ec2_backend.groups[network.id].values() if not group.is_default]
        if subnets or groups:
            message = f"The vpc '{network.id}' has dependencies and cannot be deleted."
            raise AwsError("DependencyViolation", message)
        return super().delete_vpc()

    def _canonical_block(self) -> None:
        if self.given("CidrBlock"):
            self.params["CidrBlock"] = canonical(self.given("CidrBlock"), 4)
