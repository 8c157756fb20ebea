# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RunInstances: what moto takes on trust is checked, what it leaves out is filled in, and each instance gets a host."""

from __future__ import annotations

import base64
from typing import Any

from moto.core.responses import ActionResult

from sandbox.aws import power
from sandbox.aws.catalog import USER
from sandbox.aws.ec2.disks import with_root_disk
from sandbox.aws.ec2.images import Images
from sandbox.aws.ec2.placement import Placement
from sandbox.aws.ec2.tokens import Tokens
from sandbox.aws.errors import AwsError, unsupported
from sandbox.aws.records import Launch, Machine

_REFUSED = ("LaunchTemplate", "HibernationOptions", "InstanceMarketOptions", "ElasticGpuSpecification")
# Runs what the first boot is to run once, whichever boot that is.
_FIRST_BOOT = """#!/bin/bash
mkdir /var/lib/sandbox/user-data-ran 2>/dev/null || exit 0
base64 -d > /var/lib/sandbox/user-data << 'END'
{encoded}
END
chmod 700 /var/lib/sandbox/user-data
exec /var/lib/sandbox/user-data
"""


class Launches(Placement, Tokens, Images):
    """RunInstances."""

    def run_instances(self) -> ActionResult:
        """New instances, or those that the client token stands for already."""
        scope, digest = self.scope(), self.digest()
        launch = self.repeated(scope, digest) if scope else None
        if launch is None:
            launch = self._launch(digest)
            if scope:
                self.cloud.records.launches[scope] = launch
        reservation = {"ReservationId": launch.reservation, "OwnerId": self.current_account, "Groups": []}
        return ActionResult({**reservation, "Instances": list(launch.instances)})

    def hold_back_tags(self) -> None:
        """Once the answer is made: new instances' tags are seen later than the instances themselves."""
        for machine in self.new:
            machine.late_tags = dict(self.ec2_backend.tags.pop(machine.id, {}))

    def _launch(self, digest: str) -> Launch:
        image, count = self._check(), self._count()
        family, metadata = self.family(image.id), self._metadata()
        self.params["MinCount"] = self.params["MaxCount"] = count
        self.params["BlockDeviceMappings"] = with_root_disk(self.given("BlockDeviceMappings", []), image)
        # Without a token, moto would write one of its own on every instance.
        self.params.setdefault("ClientToken", "")
        self.dry_run()
        reservation: Any = super().run_instances().result
        for instance in reservation.instances:
            self._adopt(instance, family, metadata)
        return Launch(digest, tuple(reservation.instances), reservation.id)

    def _check(self) -> Any:
        """Refuses what AWS refuses before it makes anything; returns the image."""
        for name in _REFUSED:
            if self.given(name):
                raise unsupported(f"RunInstances with {name}")
        image = self.image(self.given("ImageId"))
        self.params["ImageId"] = image.id
        key = self.given("KeyName")
        if key and key not in self.ec2_backend.key_pairs:
            raise AwsError("InvalidKeyPair.NotFound", f"The key pair '{key}' does not exist")
        self.place()
        return image

    def _count(self) -> int:
        least, most = self.given("MinCount", 1), self.given("MaxCount", 1)
        if not 1 <= least <= most:
            raise AwsError("InvalidParameterValue", f"Invalid value '{most}' for MaxCount: not below MinCount {least}.")
        return int(most)

    def _metadata(self) -> dict[str, str]:
        """What the guest agent reads; the key pair counts as it is at launch."""
        metadata = {"enable-guest-attributes": "TRUE"}
        if self.given("KeyName"):
            public = self.ec2_backend.key_pairs[self.given("KeyName")].public_key.strip()
            metadata["ssh-keys"] = f"{USER}:{public}"
        data = self.given("UserData")
        if data:
            metadata["startup-script"] = _first_boot(data)
        return metadata

    def _adopt(self, instance: Any, family: str, metadata: dict[str, str]) -> None:
        """Makes an instance of moto's one that has a host."""
        nic = instance.nics[0]
        automatic = bool(nic.public_ip_auto_assign)
        # From here on, addresses are the sandbox's own: moto would make some up.
        nic.public_ip, nic.public_ip_auto_assign, nic.delete_on_termination = None, False, True
        instance.security_groups = sorted(nic.group_set, key=lambda group: group.id)
        instance.launch_time = self.cloud.today()
        instance.disable_api_termination = bool(self.given("DisableApiTermination"))
        root = self.ec2_backend.volumes[instance.block_device_mapping[instance.root_device_name].volume_id]
        machine = Machine(
            instance=instance,
            region=self.region,
            family=family,
            metadata=metadata,
            disk_gb=root.size,
            automatic=automatic,
            launched=self.cloud.now(),
            since=self.cloud.now(),
        )
        self.cloud.machines[machine.id] = machine
        self.new.append(machine)
        power.start(self.cloud, machine, self.fault)


def _first_boot(data: str | bytes) -> str:
    """User data as a script of the guest agent's, which runs its own at every boot."""
    encoded = data.decode() if isinstance(data, bytes) else data
    try:
        plain = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise AwsError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from error
    if not plain.startswith(b"#!"):
        raise unsupported("user data other than a script that begins with #!")
    return _FIRST_BOOT.format(encoded=encoded)
