# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Systems Manager: moto's Parameter Store, with the public parameters of those who publish catalog."""

from __future__ import annotations

from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.ssm.models import Parameter, ssm_backends
from moto.ssm.responses import SimpleSystemManagerResponse

from sandbox.aws import catalog
from sandbox.aws.cloud import Cloud
from sandbox.aws.errors import unsupported

_ACTIONS = ("GetParameter", "GetParameters", "GetParametersByPath")


class Ssm(SimpleSystemManagerResponse):
    """Answers one call of Systems Manager. Parameters of one's own would not outlive the process, so there are none."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self.cloud = cloud

    def call_action(self) -> TYPE_RESPONSE:
        """What reads parameters, and nothing else."""
        if self._get_action() not in _ACTIONS:
            raise unsupported(f"ssm.{self._get_action()}")
        _stock(self.cloud.key.account, self.region)
        answer: TYPE_RESPONSE = super().call_action()
        return answer


def _stock(account: str, region: str) -> None:
    """Puts the public parameters into a region that has none."""
    known = ssm_backends[account][region]._parameters
    for image in catalog.PUBLISHED:
        for name in image.parameters:
            if name not in known:
                known[name].append(_parameter(account, name, image, region))


def _parameter(account: str, name: str, image: catalog.Published, region: str) -> Any:
    # moto declares some of its own class's methods abstract, and does without them.
    make: Any = Parameter
    return make(
        account_id=account,
        name=name,
        value=image.id_in(region),
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=image.date,
        version=image.date.day,
        data_type="aws:ec2:image",
    )
