# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The console: late on types before Nitro, and with the host keys that the first boot prints on it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from moto.core.responses import ActionResult
from moto.ec2.models.instance_types import INSTANCE_TYPES

from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError
from sandbox.aws.records import Machine
from sandbox.driver import HostError

# AWS keeps no more of it.
_KEPT_BYTES = 64 * 1024


class Console(Ec2Base):
    """GetConsoleOutput."""

    def get_console_output(self) -> ActionResult:
        """The text so far, once it was posted; Nitro shows it at once where the latest is asked for."""
        machine = self.machine()
        nitro = INSTANCE_TYPES[machine.instance.instance_type]["Hypervisor"] == "nitro"
        latest = bool(self.given("Latest"))
        if latest and not nitro:
            message = "This instance type does not support retrieving the latest console logs."
            raise AwsError("UnsupportedOperation", message)
        self.dry_run()
        answer = {"InstanceId": machine.id, "Timestamp": self.cloud.today()}
        text = self._text(machine) if latest or self._posted(machine, nitro) else ""
        output = base64.b64encode(text.encode()[-_KEPT_BYTES:]).decode()
        return ActionResult({**answer, **({"Output": output} if text else {})})

    def _posted(self, machine: Machine, nitro: bool) -> bool:
        settings = self.cloud.settings
        delay = settings.console_after if nitro else settings.console_after_t2
        return self.cloud.now() >= machine.powered + delay

    def _text(self, machine: Machine) -> str:
        """Of a host that has booted; cloud-init prints the host keys at an instance's first boot and at no other."""
        if not machine.boots:
            return ""
        try:
            text = self.cloud.hosts.serial_output(machine.id)
            keys = self.cloud.hosts.guest_attributes(machine.id).get("hostkeys", {}) if machine.boots == 1 else {}
        except HostError:
            return ""
        return text + (_host_keys(keys, machine) if keys else "")


def _host_keys(keys: Mapping[str, str], machine: Machine) -> str:
    owner = f"root@{str(machine.instance.private_dns_name).partition('.')[0]}"
    prints = [f"{_fingerprint(blob)} {owner} ({kind})" for kind, blob in sorted(keys.items())]
    shown = ["-----BEGIN SSH HOST KEY FINGERPRINTS-----", *prints, "-----END SSH HOST KEY FINGERPRINTS-----"]
    lines = [f"ec2: {line}" for line in ("#" * 61, *shown, "#" * 61)]
    block = [f"{kind} {blob} {owner}" for kind, blob in sorted(keys.items())]
    lines += ["-----BEGIN SSH HOST KEY KEYS-----", *block, "-----END SSH HOST KEY KEYS-----"]
    return "".join(f"{line}\r\n" for line in lines)


def _fingerprint(blob: str) -> str:
    try:
        raw = base64.b64decode(blob, validate=True)
    except ValueError:
        raw = blob.encode()
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
