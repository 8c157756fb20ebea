# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts that exist on paper only: for trying and testing the API without a container engine."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.addresses import AddressPool
from sandbox.config import Config
from sandbox.driver import HostError, HostSpec, PortRule


@dataclasses.dataclass
class _PaperHost:
    metadata: Mapping[str, str]
    rules: tuple[PortRule, ...]
    address: str | None = None
    running: bool = False
    host_key: str | None = None


class ApiOnlyHosts:
    """The driver's Hosts without any host: nothing answers at the addresses. Forgotten when the process ends."""

    def __init__(self, config: Config) -> None:
        self._pool = AddressPool(config.subnet, config.home / "addresses.json")
        self._hosts: dict[str, _PaperHost] = {}
        self._lock = threading.Lock()

    def families(self) -> Mapping[str, str]:
        """What the sandbox boots where no image registry answers."""
        return {"debian-12": "Debian GNU/Linux 12 (bookworm)"}

    def allocate(self) -> str:
        """The next free address of the subnet."""
        return self._pool.allocate()

    def release(self, address: str) -> None:
        """Gives an address back."""
        self._pool.release(address)

    def create(self, spec: HostSpec, metadata: Mapping[str, str], rules: Sequence[PortRule]) -> None:
        """Notes the host."""
        if spec.family not in self.families():
            raise HostError(f"host {spec.name}: image family {spec.family} cannot be booted here, only debian-12")
        with self._lock:
            self._hosts.setdefault(spec.name, _PaperHost(dict(metadata), tuple(rules)))

    def start(self, name: str, address: str | None) -> None:
        """Notes it as running; the first boot makes the host key."""
        with self._lock:
            host = self._get(name)
            host.running, host.address = True, address
            host.host_key = host.host_key or _host_key()

    def stop(self, name: str) -> None:
        """Notes it as off."""
        with self._lock:
            self._get(name).running = False

    def suspend(self, name: str) -> None:
        """Notes it as off, without an address."""
        with self._lock:
            host = self._get(name)
            host.running, host.address = False, None

    def delete(self, name: str) -> None:
        """Forgets it."""
        with self._lock:
            self._hosts.pop(name, None)

    def running(self, name: str) -> bool:
        """Whether it is noted as running."""
        with self._lock:
            return name in self._hosts and self._hosts[name].running

    def readdress(self, name: str, address: str | None) -> None:
        """Notes another address."""
        with self._lock:
            self._get(name).address = address

    def set_metadata(self, name: str, metadata: Mapping[str, str]) -> None:
        """Keeps the metadata."""
        with self._lock:
            self._get(name).metadata = dict(metadata)

    def set_rules(self, name: str, rules: Sequence[PortRule]) -> None:
        """Keeps the rules."""
        with self._lock:
            self._get(name).rules = tuple(rules)

    def guest_attributes(self, name: str) -> Mapping[str, Mapping[str, str]]:
        """A real public key that no host has."""
        with self._lock:
            host = self._get(name)
            if not host.host_key or host.metadata.get("enable-guest-attributes", "").upper() != "TRUE":
                return {}
            return {"hostkeys": {"ssh-ed25519": host.host_key}}

    def serial_output(self, name: str) -> str:
        """One line that says what this is."""
        with self._lock:
            self._get(name)
            return f"{name}: no console, the sandbox runs without hosts (--api-only)\n"

    def _get(self, name: str) -> _PaperHost:
        if name not in self._hosts:
            raise HostError(f"host {name} is gone: hosts without containers are forgotten when the API server ends")
        return self._hosts[name]


def _host_key() -> str:
    raw = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return raw.split()[1].decode()
