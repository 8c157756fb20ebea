# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Public addresses: those that come and go with a start, and Elastic IPs, which stay."""

from __future__ import annotations

from typing import Any

from sandbox.aws.cloud import Cloud
from sandbox.aws.records import Machine


def elastic(cloud: Cloud, region: str, address: str | None) -> Any:
    """The Elastic IP that an address is, or None."""
    known = cloud.backend(region).addresses
    return next((found for found in known if found.public_ip == address), None)


def give(cloud: Cloud, machine: Machine) -> None:
    """A fresh address for a machine that is to have one and has none; moto shows what the interface holds."""
    if machine.automatic and machine.nic.public_ip is None:
        machine.nic.public_ip = cloud.hosts.allocate()


def take(cloud: Cloud, machine: Machine) -> None:
    """Gives back an address that goes when the machine stops; an Elastic IP stays on the interface."""
    address = machine.nic.public_ip
    if address and elastic(cloud, machine.region, address) is None:
        machine.nic.public_ip = None
        cloud.hosts.release(address)


def leave(cloud: Cloud, machine: Machine) -> None:
    """Takes every address off a machine that is no more; its Elastic IP belongs to the account still."""
    take(cloud, machine)
    found = elastic(cloud, machine.region, machine.nic.public_ip)
    if found is not None:
        detach(found)


def detach(address: Any) -> None:
    """Takes an Elastic IP off whatever it is on."""
    if address.eni is not None:
        address.eni.public_ip = None
    address.instance = address.eni = address.association_id = None
