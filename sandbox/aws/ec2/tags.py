# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DescribeTags, with the kinds of resources that moto calls by names of its own."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from sandbox.aws.ec2 import filters
from sandbox.aws.ec2.base import Ec2Base

_KINDS = {"vpc-elastic-ip": "elastic-ip", "managed-prefix-list": "prefix-list", "nat-gateway": "natgateway"}


class Tags(Ec2Base):
    """DescribeTags."""

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
