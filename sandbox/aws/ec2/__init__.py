# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: moto's, with what it gets wrong mended, action by action."""

from __future__ import annotations

import re

from moto.core.common_types import TYPE_RESPONSE

from sandbox.aws.ec2.addresses import Addresses
from sandbox.aws.ec2.attributes import Attributes
from sandbox.aws.ec2.console import Console
from sandbox.aws.ec2.groups import Groups
from sandbox.aws.ec2.instances import Instances
from sandbox.aws.ec2.keys import Keys
from sandbox.aws.ec2.launch import Launches
from sandbox.aws.ec2.networks import Networks
from sandbox.aws.ec2.power import Power
from sandbox.aws.ec2.regions import Regions
from sandbox.aws.ec2.tags import Tags
from sandbox.aws.ec2.volumes import Volumes
from sandbox.aws.errors import unsupported

# moto writes some names as Python writes a set.
_SET = re.compile(r"'?\{'[^{}]+'\}'?")
_NAME = re.compile(r"[\w./-]+")
# moto would make instances without hosts.
_OTHER_WAYS = ("CreateFleet", "RequestSpotFleet", "RequestSpotInstances")


class Ec2(Launches, Instances, Power, Attributes, Console, Addresses, Groups, Keys, Networks, Regions, Tags, Volumes):
    """Answers one call of EC2."""

    def call_action(self) -> TYPE_RESPONSE:
        """What any action may name is found only once it can be seen, and tags are seen later still."""
        if self._get_action() in _OTHER_WAYS:
            raise unsupported(f"launching instances by {self._get_action()}")
        tagged = [found for found in self.given("Resources", []) if found.startswith("i-")]
        self.machines([*filter(None, [self.given("InstanceId")]), *self.given("InstanceIds", []), *tagged])
        status, headers, body = super().call_action()
        self.hold_back_tags()
        return status, headers, _SET.sub(_listed, str(body)) if status >= 400 else body


def _listed(found: re.Match[str]) -> str:
    return f"'{', '.join(sorted(_NAME.findall(found[0])))}'"
