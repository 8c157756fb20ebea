# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where things lie in a region: its default VPC."""

from __future__ import annotations

from ..resource import CloudError
from .session import Session


def default_vpc(session: Session, what: str) -> str:
    """The id of the region's default VPC; CloudError where it has none."""
    found = session.find("describe_vpcs", "Vpcs", what, {"is-default": "true"})
    if not found:
        raise CloudError(
            f"{what}: there is no default VPC there. Make one with: aws ec2 create-default-vpc --region "
            f"{session.region}; or name one of your own with the option vpc.",
            code="DefaultVpcDoesNotExist",
        )
    return str(found[0]["VpcId"])
