# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic IPs: real addresses of the sandbox, kept over stop and start."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.utils import random_eip_association_id

from sandbox.aws import addresses
from sandbox.aws.ec2 import filters
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError, missing


class Addresses(Ec2Base):
    """AllocateAddress, AssociateAddress, DisassociateAddress, ReleaseAddress."""

    def allocate_address(self) -> ActionResult:
        """An address that stays until it is released."""
        self.dry_run()
        if self.given("Address"):
            raise AwsError("InvalidAddress.NotFound", f"Address '{self.given('Address')}' not found.")
        if len(self.ec2_backend.addresses) >= self.cloud.settings.addresses:
            raise AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
        made = self.cloud.hosts.allocate()
        self.params["Domain"] = "vpc"
        answer: Any = super().allocate_address().result
        self._address(answer["AllocationId"]).public_ip = made
        return ActionResult({**answer, "PublicIp": made, "NetworkBorderGroup": self.region, "PublicIpv4Pool": "amazon"})

    def describe_addresses(self) -> ActionResult:
        """By allocation, by address or by filters; what an address is not on is left out, where moto says ""."""
        self.dry_run()
        found = list(self.ec2_backend.addresses)
        if self.given("AllocationIds"):
            found = [self._address(allocation) for allocation in self.given("AllocationIds")]
        if self.given("PublicIps"):
            found = [self._elastic(address) for address in self.given("PublicIps")]
        found = filters.matching(found, self.given("Filters", []), filters.ADDRESS)
        return ActionResult({"Addresses": [self._address_described(address) for address in found]})

    def associate_address(self) -> ActionResult:
        """Puts an address on an instance, whose own goes; on the one it is on already it changes nothing."""
        address = self._address_named()
        nic = self._interface()
        if address.eni is nic:
            return ActionResult({"AssociationId": address.association_id})
        # Explicitly refused only: unless told otherwise, an address moves.
        if address.eni is not None and self.given("AllowReassociation") is False:
            message = (
                f"resource {address.allocation_id} is already associated with associate-id {address.association_id}"
            )
            raise AwsError("Resource.AlreadyAssociated", message)
        self.dry_run()
        self._move_off(address)
        self._free(nic)
        address.eni, address.instance, nic.public_ip = nic, nic.instance, address.public_ip
        address.association_id = random_eip_association_id()
        return ActionResult({"AssociationId": address.association_id})

    def disassociate_address(self) -> ActionResult:
        """Takes an address off; a running instance that had one of its own gets another."""
        association = self.given("AssociationId")
        address = self._associated(association) if association else self._address_named()
        self.dry_run()
        self._move_off(address)
        return EmptyResult()

    def release_address(self) -> ActionResult:
        """Gives an address back; not while it is in use."""
        address = self._address_named()
        if address.association_id:
            raise AwsError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
        self.dry_run()
        self.ec2_backend.addresses.remove(address)
        self.ec2_backend.tags.pop(address.allocation_id, None)
        self.cloud.hosts.release(address.public_ip)
        return EmptyResult()

    def _address_named(self) -> Any:
        if self.given("AllocationId"):
            return self._address(self.given("AllocationId"))
        if not self.given("PublicIp"):
            raise missing("AllocationId")
        return self._elastic(self.given("PublicIp"))

    def _elastic(self, address: str) -> Any:
        found = addresses.elastic(self.cloud, self.region, address)
        if found is None:
            raise AwsError("InvalidAddress.NotFound", f"Address '{address}' not found.")
        return found

    def _address_described(self, address: Any) -> dict[str, Any]:
        shown = {
            "PublicIp": address.public_ip,
            "AllocationId": address.allocation_id,
            "Domain": "vpc",
            "NetworkBorderGroup": self.region,
            "PublicIpv4Pool": "amazon",
            "Tags": address.get_tags(),
        }
        if address.association_id is None:
            return shown
        holder = {
            "AssociationId": address.association_id,
            "NetworkInterfaceId": address.eni.id,
            "NetworkInterfaceOwnerId": self.current_account,
            "PrivateIpAddress": address.eni.private_ip_address,
        }
        return {**shown, **holder, **({"InstanceId": address.instance.id} if address.instance else {})}

    def _address(self, allocation: str) -> Any:
        found = next((one for one in self.ec2_backend.addresses if one.allocation_id == allocation), None)
        if found is None:
            raise AwsError("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist")
        return found

    def _associated(self, association: str) -> Any:
        found = next((one for one in self.ec2_backend.addresses if one.association_id == association), None)
        if found is None:
            message = f"The association ID '{association}' does not exist"
            raise AwsError("InvalidAssociationID.NotFound", message)
        return found

    def _interface(self) -> Any:
        if self.given("NetworkInterfaceId"):
            return self.ec2_backend.get_network_interface(self.given("NetworkInterfaceId"))
        if not self.given("InstanceId"):
            raise missing("InstanceId")
        machine = self.machine()
        if machine.state not in ("running", "stopped", "stopping"):
            message = f"The instance '{machine.id}' is not in a valid state for this operation."
            raise AwsError("IncorrectInstanceState", message)
        return machine.nic

    def _move_off(self, address: Any) -> None:
        """Takes an address off where it is; what had an address of its own before gets a new one while it runs."""
        instance = address.instance
        addresses.detach(address)
        if instance is not None and instance.state == "running":
            addresses.give(self.cloud, self.cloud.machines[instance.id])

    def _free(self, nic: Any) -> None:
        """Makes room on an interface for another address."""
        other = addresses.elastic(self.cloud, self.region, nic.public_ip)
        if other is not None:
            addresses.detach(other)
        elif nic.public_ip:
            self.cloud.hosts.release(nic.public_ip)
