# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network of the hosts' public addresses, and what the machine's own network allows."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from pathlib import Path

from sandbox import docker as engine
from sandbox.command import CommandError, run
from sandbox.config import Config
from sandbox.docker import docker
from sandbox.errors import SandboxError

_ROUTES = Path("/proc/net/route")
_CANDIDATES = tuple(ipaddress.IPv4Network(net) for net in ("198.18.0.0/16", "198.19.0.0/16", "10.213.0.0/16"))


def ensure(config: Config) -> None:
    """Makes the network unless it is there; a clash with what the machine routes already is an error."""
    existing = engine.inspect("network", config.network)
    if existing:
        subnets = [entry["Subnet"] for entry in existing["IPAM"]["Config"]]
        if subnets != [str(config.subnet)]:
            raise SandboxError(
                f"network {config.network} is {', '.join(subnets)} and not {config.subnet}: "
                f"run `python -m sandbox down` first, or set SANDBOX_NAME for a second sandbox"
            )
        return
    routes = routed(_ROUTES.read_text())
    clash = first_overlap(config.subnet, routes)
    if clash:
        free = next((str(net) for net in _CANDIDATES if not first_overlap(net, routes)), "one of your own")
        raise SandboxError(
            f"{config.subnet} overlaps {clash}, which this machine already routes: "
            f"set SANDBOX_SUBNET to a range that is free here, such as {free}"
        )
    docker(
        *("network", "create", "--label", config.label, "--subnet", str(config.subnet)),
        *("--gateway", str(config.subnet[1]), "--opt", f"com.docker.network.driver.mtu={egress_mtu()}", config.network),
    )


def routed(table: str) -> list[ipaddress.IPv4Network]:
    """The networks in the kernel's routing table (/proc/net/route), the default route apart."""
    rows = (line.split() for line in table.splitlines()[1:])
    return [_network(row[1], row[7]) for row in rows if row[1] != "00000000"]


def first_overlap(
    subnet: ipaddress.IPv4Network, others: Iterable[ipaddress.IPv4Network]
) -> ipaddress.IPv4Network | None:
    """The first network that shares addresses with subnet."""
    return next((other for other in others if other.overlaps(subnet)), None)


def egress_mtu() -> int:
    """The MTU of the way out: containers must not think that theirs is larger."""
    try:
        routes = json.loads(run(["ip", "-json", "route", "show", "default"]) or b"[]")
        return int(Path(f"/sys/class/net/{routes[0]['dev']}/mtu").read_text())
    except (CommandError, LookupError, OSError, ValueError):
        return 1500


def nameservers() -> list[str]:
    """The machine's name servers that a host can reach too, so none on the machine's loopback."""
    for source in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        if Path(source).exists():
            rows = [line.split() for line in Path(source).read_text().splitlines() if line.startswith("nameserver")]
            servers = [row[1] for row in rows if len(row) > 1 and not row[1].startswith(("127.", "::1"))]
            if servers:
                return servers
    return []


def _network(address: str, mask: str) -> ipaddress.IPv4Network:
    # The kernel prints both as little-endian hexadecimal numbers.
    octets = [ipaddress.IPv4Address(bytes.fromhex(text)[::-1]) for text in (address, mask)]
    return ipaddress.IPv4Network(f"{octets[0]}/{octets[1]}")
