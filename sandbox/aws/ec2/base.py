# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every mended action of EC2 stands on: moto's own response class, and the cloud."""

from __future__ import annotations

import re
from typing import Any

from moto.ec2.responses import EC2Response

from sandbox.aws.cloud import Cloud
from sandbox.aws.errors import AwsError, no_instance
from sandbox.aws.records import Machine

_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")


class Ec2Base(EC2Response):
    """One call. moto parses it, and where an action is not mended, answers it."""

    def __init__(self, cloud: Cloud, fault: tuple[str, str] | None) -> None:
        super().__init__()
        self.cloud = cloud
        # How what this call starts is to fail, as code and message.
        self.fault = fault
        # What this call has launched.
        self.new: list[Machine] = []

    @property
    def ec2_backend(self) -> Any:
        """moto's EC2 of the region, with the sandbox's images."""
        return self.cloud.backend(self.region)

    def given(self, name: str, default: Any = None) -> Any:
        """A parameter by its path, such as Placement.AvailabilityZone."""
        return self._get_param(name, default)

    def visible(self, machine: Machine) -> bool:
        """Whether a new instance can be found already."""
        return self.cloud.now() >= machine.launched + self.cloud.settings.visible_after

    def machines(self, ids: list[str]) -> list[Machine]:
        """The machines with these ids, in this order; those that cannot be found yet are not found."""
        known = self.cloud.machines
        for found in ids:
            if not _ID.fullmatch(found):
                raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{found}"')
        lost = [found for found in ids if found not in known or not self.visible(known[found])]
        lost += [found for found in ids if found in known and known[found].region != self.region]
        if lost:
            raise no_instance(*lost)
        return [known[found] for found in ids]

    def machine(self) -> Machine:
        """The machine that InstanceId names."""
        return self.machines([self.given("InstanceId")])[0]

    def here(self) -> list[Machine]:
        """Every machine of the region that can be found."""
        machines = self.cloud.machines.values()
        return [machine for machine in machines if machine.region == self.region and self.visible(machine)]

    def dry_run(self) -> None:
        """Ends the call where it was only to be tried."""
        if self.given("DryRun"):
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
