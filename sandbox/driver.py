# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a local cloud asks of whatever boots its virtual machines."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

# Longer than a host takes from the end of one boot to the beginning of the next.
REBOOT_SECONDS = 5.0


class HostError(Exception):
    """A host could not be made, booted, reached or removed; the text says what to do."""


@dataclasses.dataclass(frozen=True)
class PortRule:
    """One opening in a host's ingress, already resolved to this host: sources may reach the ports.

    protocol is tcp, udp, icmp or all; ports are "80" or "8000-8010", and an empty tuple means every port.
    A rule with allow=False denies. Rules are given in the order in which they are to be tried.
    """

    protocol: str
    ports: tuple[str, ...]
    sources: tuple[str, ...]
    allow: bool = True


@dataclasses.dataclass(frozen=True)
class HostSpec:
    """What is needed to make a host; hostname as the guest sees it, address the public IPv4 address or None."""

    name: str
    hostname: str
    family: str
    address: str | None
    disk_gb: int


class Hosts(Protocol):
    """Boots, stops and deletes hosts. Every call blocks until it is done, is safe from several threads and
    idempotent (stopping a stopped host is fine); each raises HostError. Names are unique across clouds."""

    def families(self) -> Mapping[str, str]:
        """The image families that can be booted here, each with the distribution's own description."""

    def allocate(self) -> str:
        """A public IPv4 address that no host has and that was not handed out lately."""

    def release(self, address: str) -> None:
        """Gives an address back."""

    def create(self, spec: HostSpec, metadata: Mapping[str, str], rules: Sequence[PortRule]) -> None:
        """Makes the host, off. metadata is what the guest agent reads (Google Cloud's keys: ssh-keys,
        enable-guest-attributes, user-data, startup-script, ...), instance over project already merged."""

    def start(self, name: str, address: str | None) -> None:
        """Boots it at that address, or has a suspended one go on; returns once sshd answers."""

    def stop(self, name: str) -> None:
        """Shuts it down cleanly; the disk stays."""

    def suspend(self, name: str) -> None:
        """Halts a running host where it is, without an address; memory and disk stay."""

    def delete(self, name: str) -> None:
        """Removes host and disk."""

    def running(self, name: str) -> bool:
        """Whether it is up now (a guest may have powered itself off)."""

    def readdress(self, name: str, address: str | None) -> None:
        """Gives a running host another public address without rebooting it."""

    def set_metadata(self, name: str, metadata: Mapping[str, str]) -> None:
        """Hands the guest agent new metadata; a running host acts on it at once (users, authorized keys)."""

    def set_rules(self, name: str, rules: Sequence[PortRule]) -> None:
        """Replaces what may come in, at once and for every later boot."""

    def guest_attributes(self, name: str) -> Mapping[str, Mapping[str, str]]:
        """What the guest published, namespace to key to value, e.g. hostkeys to ssh-ed25519 to the base64 blob.
        Empty while it has not booted or where enable-guest-attributes is not TRUE."""

    def serial_output(self, name: str) -> str:
        """The console's text so far."""


def stays_off(hosts: Hosts, name: str) -> bool:
    """Whether a host is off for good. A guest that reboots is off for a moment as well, so it gets some seconds to
    come back; one that cannot be asked is no reason to change anything."""
    deadline = time.monotonic() + REBOOT_SECONDS
    try:
        while not hosts.running(name):
            if time.monotonic() >= deadline:
                return True
            time.sleep(0.1)
    except HostError:
        pass
    return False
