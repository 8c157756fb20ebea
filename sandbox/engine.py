# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container engine: the one that answers, or Debian's own, installed and started."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from sandbox import docker as engine
from sandbox import files
from sandbox.command import CommandError, installed, run
from sandbox.config import LABEL, Config
from sandbox.docker import docker
from sandbox.errors import SandboxError
from sandbox.network import egress_mtu
from sandbox.processes import Background
from sandbox.progress import Progress

_START_SECONDS = 60.0


def ensure(config: Config, progress: Progress) -> None:
    """Returns once an engine answers; SandboxError says what to do where none can be had."""
    if engine.answers():
        return
    _refuse_unless_we_may_start_one()
    if not installed("dockerd") or not installed("docker") or not installed("iptables"):
        with progress.step("container engine: installing docker.io"):
            _install()
    with progress.step("container engine: starting"):
        _start(config)


def stop(config: Config, progress: Progress) -> None:
    """Ends the engine that `ensure` started, and no other."""
    daemon = _daemon(config)
    if daemon.pid is None:
        progress.say("container engine: none that the sandbox started is running")
        return
    foreign = _foreign_containers()
    if foreign:
        raise SandboxError(f"containers that are no sandbox's are running: {', '.join(foreign)}; stop them first")
    with progress.step("container engine: stopping"):
        daemon.stop(grace=60)


def _refuse_unless_we_may_start_one() -> None:
    if os.environ.get("DOCKER_HOST"):
        place = os.environ["DOCKER_HOST"]
        raise SandboxError(f"no container engine answers at DOCKER_HOST={place}: start it or unset it")
    if os.geteuid() != 0:
        raise SandboxError(
            "no container engine answers. Start Docker and let this user reach it (group docker), "
            "or run as root on Debian or Ubuntu: the sandbox then installs and starts one"
        )
    if not installed("dockerd") and not installed("apt-get"):
        raise SandboxError("no container engine answers and no apt-get is there to install one: start Docker")


def _install() -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with contextlib.suppress(CommandError):
        # One unreachable third-party source fails the update; whether it mattered shows at the install.
        run(["apt-get", "update", "-q"], environ=environ)
    # Since Debian 13 the client is a package of its own; before, there is no package of that name.
    try:
        client = ["docker-cli"] if run(["apt-cache", "show", "docker-cli"]) else []
    except CommandError:
        client = []
    packages = ["docker.io", "iptables", *client]
    run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], environ=environ)


def _start(config: Config) -> None:
    daemon = _daemon(config)
    managed = Path("/run/systemd/system").is_dir()
    if managed:
        run(["systemctl", "start", "docker"])
    elif daemon.pid is None:
        # The Debian service script wants cgroupfs-mount and a terminal's limits; the daemon itself needs neither.
        files.claim(config.cache)
        daemon.start(["dockerd", "--mtu", str(egress_mtu())])
    deadline = time.monotonic() + _START_SECONDS
    while not engine.answers():
        if not managed and daemon.pid is None:
            raise SandboxError(f"dockerd ended at once: {daemon.last_words()} (all of it: {daemon.log})")
        if time.monotonic() > deadline:
            place = "journalctl -u docker" if managed else str(daemon.log)
            raise SandboxError(f"dockerd does not answer after {_START_SECONDS:.0f} s; see {place}")
        time.sleep(0.2)


def _daemon(config: Config) -> Background:
    return Background(config.cache / "dockerd.json", config.cache / "dockerd.log")


def _foreign_containers() -> list[str]:
    running = docker("ps", "--format", '{{.Names}} {{.Label "' + LABEL + '"}}').splitlines()
    return [line.split()[0] for line in running if len(line.split()) == 1]
