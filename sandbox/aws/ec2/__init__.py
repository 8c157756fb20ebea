# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: moto's, with what it gets wrong mended, action by action."""

from __future__ import annotations

from moto.core.common_types import TYPE_RESPONSE

from sandbox.aws.ec2.addresses import Addresses
from sandbox.aws.ec2.images import Images
from sandbox.aws.ec2.instances import Instances
from sandbox.aws.ec2.launch import Launches
from sandbox.aws.ec2.power import Power


class Ec2(Launches, Instances, Power, Addresses, Images):
    """Answers one call of EC2."""

    def call_action(self) -> TYPE_RESPONSE:
        """What any action may name is found only once it can be seen, and tags are seen later still."""
        named = [self.given("InstanceId"), *self.given("InstanceIds", []), *self.given("Resources", [])]
        self.machines([found for found in named if found and found.startswith("i-")])
        answer: TYPE_RESPONSE = super().call_action()
        self.hold_back_tags()
        return answer
