# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a container runs so that systemd boots in it and it can run containers itself."""

from __future__ import annotations

from sandbox import docker as engine
from sandbox.config import ROLE_LABEL, Config
from sandbox.docker import docker
from sandbox.driver import HostSpec
from sandbox.image import REPOSITORY_NAME

# A nested engine stores its layers here. Overlay filesystems do not stack, so these are no part of the container's own.
_VOLUMES = {"docker": "/var/lib/docker", "containerd": "/var/lib/containerd"}
# SYS_BOOT makes a reboot (exit code 129) differ from a power-off (130). Not privileged: some machines refuse that.
_SETTINGS = (
    *("--cgroupns", "private", "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--cap-add", "SYS_BOOT"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--stop-signal", "SIGRTMIN+3", "--stop-timeout", "30"),
    # A terminal as the console: what systemd says at boot is then the serial output.
    *("--tty", "--env", "container=docker"),
)
# What a container's init exits with when the host powers itself off; it is 129 when it reboots.
POWERED_OFF = 130


def make(config: Config, spec: HostSpec) -> None:
    """Creates the container, off, with volumes of its own."""
    name = config.container(spec.name)
    labels = ("--label", config.label, "--label", f"{ROLE_LABEL}=host")
    mounts: list[str] = []
    for suffix, path in _VOLUMES.items():
        docker("volume", "create", *labels, f"{name}-{suffix}")
        mounts += ["--volume", f"{name}-{suffix}:{path}"]
    address = ("--ip", spec.address) if spec.address else ()
    docker(
        *("create", "--name", name, "--hostname", spec.hostname, *labels, *_SETTINGS, *mounts),
        *("--network", config.network, *address, "--add-host", f"mirror:{config.mirror_address}"),
        f"{REPOSITORY_NAME}:{spec.family}",
    )


def remove(config: Config, host: str) -> None:
    """Removes the container and its volumes, as far as they are there."""
    name = config.container(host)
    if engine.inspect("container", name):
        docker("rm", "--force", "--volumes", name)
    for suffix in _VOLUMES:
        if engine.inspect("volume", f"{name}-{suffix}"):
            docker("volume", "rm", "--force", f"{name}-{suffix}")


def attach(config: Config, host: str, address: str | None) -> None:
    """Gives the container, running or not, exactly this public address; None takes it off the network."""
    name = config.container(host)
    networks = engine.inspect("container", name)["NetworkSettings"]["Networks"]
    if config.network in networks:
        if address and (networks[config.network].get("IPAMConfig") or {}).get("IPv4Address") == address:
            return
        docker("network", "disconnect", "--force", config.network, name)
    if address:
        docker("network", "connect", "--ip", address, config.network, name)
