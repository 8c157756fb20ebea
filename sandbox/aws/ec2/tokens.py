# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Client tokens: a launch that was carried out is not carried out again."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError
from sandbox.aws.records import Launch

_TOKEN = re.compile(r"[\x21-\x7e]{1,64}")
# A request may be tried (DryRun) and then made under the same token.
_NOT_COMPARED = ("ClientToken", "DryRun")


class Tokens(Ec2Base):
    """What RunInstances knows of the tokens it has seen."""

    def scope(self) -> tuple[str, str, str] | None:
        """Where a token counts: in a zone where the request names one, by itself or by a subnet; else in the region."""
        token = self.given("ClientToken")
        if not token:
            return None
        if not _TOKEN.fullmatch(token):
            raise AwsError("InvalidClientToken", "The client token is not valid. Specify up to 64 ASCII characters.")
        return self.region, self._named_zone(), token

    def digest(self) -> str:
        """The request's parameters, all that count."""
        compared = {name: value for name, value in self.params.items() if name not in _NOT_COMPARED}
        return hashlib.sha256(json.dumps(compared, sort_keys=True, default=str).encode()).hexdigest()

    def repeated(self, scope: tuple[str, str, str], digest: str) -> Launch | None:
        """The launch that this token stands for already."""
        launch = self.cloud.records.launches.get(scope)
        if launch is None:
            return None
        if launch.digest != digest:
            message = (
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
            )
            raise AwsError("IdempotentParameterMismatch", message)
        if any(instance.state in ("shutting-down", "terminated") for instance in launch.instances):
            message = "The client token is associated with an instance that has been terminated."
            raise AwsError("IdempotentInstanceTerminated", message)
        return launch

    def _named_zone(self) -> str:
        subnets: list[Any] = [self.given("SubnetId")]
        subnets += [nic.get("SubnetId") for nic in self.given("NetworkInterfaces", [])]
        for subnet in filter(None, subnets):
            return str(self.ec2_backend.get_subnet(subnet).availability_zone)
        return str(self.given("Placement.AvailabilityZone", ""))
