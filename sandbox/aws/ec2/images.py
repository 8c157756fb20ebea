# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images: those that are there."""

from __future__ import annotations

from typing import Any

from sandbox.aws import catalog
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError

_RESOLVE = "resolve:ssm:"


class Images(Ec2Base):
    """What other actions want to know of catalog."""

    def image(self, given: str | None) -> Any:
        """The image that an id, or resolve:ssm: and a parameter, names."""
        if not given:
            raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
        ami = self._resolved(given) if given.startswith(_RESOLVE) else given
        if not ami.startswith("ami-"):
            raise AwsError("InvalidAMIID.Malformed", f'Invalid id: "{ami}" (expecting "ami-...")')
        if ami not in self.ec2_backend.amis:
            raise AwsError("InvalidAMIID.NotFound", f"The image id '[{ami}]' does not exist")
        return self.ec2_backend.amis[ami]

    def family(self, ami: str) -> str:
        """The family of hosts that boots for an image."""
        published = catalog.published(self.region, ami)
        served = self.cloud.hosts.families()
        if published is None or published.family not in served:
            known = ", ".join(catalog.parameter_of(family) for family in sorted(served)) or "none"
            message = f"The image id '[{ami}]' cannot be booted by the sandbox on this machine. It can boot: {known}."
            raise AwsError("InvalidAMIID.Unavailable", message)
        return published.family

    def _resolved(self, given: str) -> str:
        announced = catalog.announced(given.removeprefix(_RESOLVE))
        if announced is None:
            message = f"invalid value '{given}' for parameter imageId: the parameter does not exist"
            raise AwsError("InvalidParameterValue", message)
        return announced.id_in(self.region)
