# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where one sandbox lives and what its parts are called, read once from the environment."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path

from sandbox.errors import SandboxError

REPOSITORY = Path(__file__).resolve().parent.parent
LABEL = "mlops.workstation.sandbox"
ROLE_LABEL = "mlops.workstation.role"
PROJECT = "sandbox-project"
ZONE = "northamerica-northeast2-a"
REGION = "ca-central-1"
REGISTRY_PORT = 5000
FILES_PORT = 8080

# The documentation ranges look free, but real machines route through them; taking one cuts such a machine off.
_NEVER = tuple(ipaddress.IPv4Network(net) for net in ("192.0.2.0/24", "203.0.113.0/24"))


@dataclasses.dataclass(frozen=True)
class Config:
    """One sandbox. Two of them run side by side when name, home, subnet and port all differ."""

    home: Path
    cache: Path
    name: str
    subnet: ipaddress.IPv4Network
    port: int
    base_image: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Config:
        """Reads the SANDBOX_* variables; relative paths start at the checkout."""
        return cls(
            home=REPOSITORY / environ.get("SANDBOX_HOME", ".sandbox"),
            cache=REPOSITORY / environ.get("SANDBOX_CACHE", ".cache/sandbox"),
            name=_name(environ.get("SANDBOX_NAME", "mlops-sandbox")),
            subnet=_subnet(environ.get("SANDBOX_SUBNET", "198.18.0.0/16")),
            port=_port(environ.get("SANDBOX_PORT", "8481")),
            base_image=environ.get("SANDBOX_BASE_IMAGE") or None,
        )

    @property
    def network(self) -> str:
        """The Docker network of the hosts' public addresses."""
        return self.name

    @property
    def mirror(self) -> str:
        """The container that hosts download from."""
        return f"{self.name}-mirror"

    @property
    def mirror_address(self) -> str:
        """Fixed, the first address after the gateway."""
        return str(self.subnet[2])

    @property
    def url(self) -> str:
        """Root of the Google APIs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def aws_port(self) -> int:
        """The AWS APIs have a port of their own: AWS's clients send everything to the root."""
        return self.port + 1

    @property
    def aws_url(self) -> str:
        """Root of the AWS APIs."""
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def label(self) -> str:
        """What marks a container, network or volume as this sandbox's."""
        return f"{LABEL}={self.name}"

    def container(self, host: str) -> str:
        """The container behind a host."""
        return f"{self.name}-{host}"


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,40}", text):
        raise SandboxError(f"SANDBOX_NAME={text!r}: give 2 to 41 lower-case letters, digits or hyphens")
    return text


def _subnet(text: str) -> ipaddress.IPv4Network:
    try:
        subnet = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise SandboxError(f"SANDBOX_SUBNET={text!r}: {error}; give an IPv4 network such as 198.18.0.0/16") from error
    if subnet.prefixlen > 26:
        raise SandboxError(f"SANDBOX_SUBNET={text}: too small, give a /26 or larger")
    for net in _NEVER:
        if subnet.overlaps(net):
            raise SandboxError(f"SANDBOX_SUBNET={text}: overlaps {net}, which machines use for real; give another")
    return subnet


def _port(text: str) -> int:
    if not text.isdecimal() or not 1024 <= int(text) < 65535:
        raise SandboxError(f"SANDBOX_PORT={text!r}: give a port from 1024 to 65534; the one after it is AWS's")
    return int(text)
