# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changing instances: only in the state that allows it, and nothing but what was asked for."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.ec2.capacity import check_type
from sandbox.aws.errors import AwsError

# Parameters of ModifyInstanceAttribute that need a stopped instance; the old style names them in Attribute.
_STOPPED_ONLY = ("InstanceType", "Kernel", "Ramdisk", "UserData", "EbsOptimized", "EnaSupport", "SriovNetSupport")
_METADATA_OPTIONS = {
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}


class Attributes(Ec2Base):
    """ModifyInstanceAttribute, ModifyInstanceMetadataOptions and ReplaceIamInstanceProfileAssociation."""

    def modify_instance_attribute(self) -> ActionResult:
        """One attribute at a time."""
        machine = self.machine()
        name = str(self.given("Attribute", ""))
        if name:
            # The old style; moto would not look at either's state.
            self.params[name[0].upper() + name[1:]] = {"Value": self.params.pop("Value", None)}
            del self.params["Attribute"]
        changed = [one for one in _STOPPED_ONLY if one in self.params]
        if changed and machine.state != "stopped":
            message = f"The instance '{machine.id}' is not in the 'stopped' state."
            raise AwsError("IncorrectInstanceState", message)
        if "InstanceType" in self.params:
            zone = str(machine.instance.availability_zone)
            check_type(self.region, zone, self.given("InstanceType.Value"))
        if "Groups" not in self.params:
            return super().modify_instance_attribute()
        groups = self._wanted_groups(machine.nic)
        self.dry_run()
        machine.instance.security_groups = groups
        machine.nic._group_set = list(groups)
        return EmptyResult()

    def modify_instance_metadata_options(self) -> ActionResult:
        """Options that the request leaves out stay as they are."""
        current = self.machine().instance.metadata_options
        for name, attribute in _METADATA_OPTIONS.items():
            self.params.setdefault(name, getattr(current, attribute))
        return super().modify_instance_metadata_options()

    def replace_iam_instance_profile_association(self) -> ActionResult:
        """The instance shows the new profile; moto tells the association alone."""
        answer = super().replace_iam_instance_profile_association()
        known = self.ec2_backend.iam_instance_profile_associations.values()
        association = next(one for one in known if one.association_id == self.given("AssociationId"))
        profile = {"Arn": association.iam_instance_profile.arn, "Id": association.association_id}
        self.ec2_backend.modify_instance_attribute(association.instance_id, "iam_instance_profile", profile)
        return answer

    def _wanted_groups(self, nic: Any) -> list[Any]:
        groups = []
        for name in self.given("Groups"):
            group = self.ec2_backend.get_security_group_from_id(name)
            if group is None:
                raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
            if group.vpc_id != nic.subnet.vpc_id:
                message = f"You have specified two resources that belong to different networks: {name}, {nic.id}"
                raise AwsError("InvalidGroup.NotFound", message)
            groups.append(group)
        return groups
