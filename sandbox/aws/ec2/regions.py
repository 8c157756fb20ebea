# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DescribeRegions: those that are enabled, unless all are asked for."""

from __future__ import annotations

from moto.core.responses import ActionResult

from sandbox.aws import regions
from sandbox.aws.ec2 import filters
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError


class Regions(Ec2Base):
    """DescribeRegions."""

    def describe_regions(self) -> ActionResult:
        """By name or by filters; moto lists other partitions' too."""
        self.dry_run()
        known = regions.regions()
        names = self.given("RegionNames", [])
        for name in names:
            if name not in known:
                raise AwsError("InvalidParameterValue", f"Invalid region name: '{name}'")
        every = names or [name for name in known if self.given("AllRegions") or regions.enabled(name)]
        shown = [
            {"RegionName": name, "Endpoint": known[name].endpoint, "OptInStatus": known[name].opt_in_status}
            for name in every
        ]
        return ActionResult({"Regions": filters.matching(shown, self.given("Filters", []), filters.REGION)})
