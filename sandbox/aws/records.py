# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is kept beside moto's own objects, and pickled together with them."""

from __future__ import annotations

import dataclasses
from typing import Any

from moto.ec2.models.instances import Instance

from sandbox.aws.access_key import AccessKey
from sandbox.aws.lasting import Lasting
from sandbox.aws.settings import Settings
from sandbox.aws.volumes import Modification
from sandbox.driver import PortRule


@dataclasses.dataclass
class Machine(Lasting):
    """What moto does not know of an instance: its host, and how far that has come."""

    instance: Instance
    region: str
    family: str
    metadata: dict[str, str]
    disk_gb: int
    automatic: bool  # a public address at each start, unless an Elastic IP is there
    launched: float
    since: float  # when the present state began, by the cloud's clock
    ready: bool = False  # whether the host has come as far as the state wants it
    failure: tuple[str, str] | None = None  # code and message: why the host did not
    powered: float = 0.0  # when it was last told to boot
    boots: int = 0
    address: str | None = None  # what the host was told
    rules: tuple[PortRule, ...] = ()
    late_tags: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def id(self) -> str:
        """The instance's id, which is its host's name too."""
        return str(self.instance.id)

    @property
    def state(self) -> str:
        """The instance's state as DescribeInstances names it."""
        return str(self.instance.instance_state.name)

    @property
    def nic(self) -> Any:
        """The primary network interface; terminated instances have none."""
        return self.instance.nics.get(0)


@dataclasses.dataclass(frozen=True)
class Launch:
    """A RunInstances that was carried out: what it asked for, and what it made."""

    digest: str
    instances: tuple[Instance, ...]
    reservation: str


@dataclasses.dataclass(frozen=True)
class Session:
    """Credentials for a while."""

    key: AccessKey
    token: str = dataclasses.field(repr=False)
    expires: float


@dataclasses.dataclass
class Records(Lasting):
    """All of it."""

    machines: dict[str, Machine] = dataclasses.field(default_factory=dict)
    # By region, zone (empty where the request named none) and token.
    launches: dict[tuple[str, str, str], Launch] = dataclasses.field(default_factory=dict)
    modifications: dict[str, list[Modification]] = dataclasses.field(default_factory=dict)
    # By access key.
    sessions: dict[str, Session] = dataclasses.field(default_factory=dict)
    settings: Settings = dataclasses.field(default_factory=Settings)
    ahead: float = 0.0  # how far the cloud's clock was put forward
