# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags, with the kinds of resources that moto calls by names of its own."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from sandbox.aws.ec2 import filters
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError

_KINDS = {"vpc-elastic-ip": "elastic-ip", "managed-prefix-list": "prefix-list", "nat-gateway": "natgateway"}

_UNCHECKED = {"eipalloc": "InvalidAllocationID.NotFound", "key": "InvalidKeyPair.NotFound"}


class Tags(Ec2Base):
    """CreateTags and DescribeTags."""

    def create_tags(self) -> ActionResult:
        """Of what is there; moto does not look for addresses and key pairs."""
        known = {found.allocation_id for found in self.ec2_backend.addresses}
        known |= {found.id for found in self.ec2_backend.key_pairs.values()}
        for resource in self.given("Resources"):
            if resource.startswith(tuple(_UNCHECKED)) and resource not in known:
                raise AwsError(_UNCHECKED[resource.partition("-")[0]], f"The ID '{resource}' does not exist")
        return super().create_tags()

    def describe_tags(self) -> ActionResult:
        """Every tag in the region, or those that filters let through."""
        self.dry_run()
        every = [
            {"ResourceId": resource, "ResourceType": _kind(resource), "Key": key, "Value": value}
            for resource, tags in self.ec2_backend.tags.items()
            for key, value in tags.items()
        ]
        return ActionResult({"Tags": filters.matching(every, self.given("Filters", []), filters.TAG)})


def _kind(resource: str) -> str:
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource), "")
    return _KINDS.get(kind, kind)
