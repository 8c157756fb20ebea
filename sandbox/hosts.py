# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts that are real: systemd containers with a public address, a firewall and a guest agent."""

from __future__ import annotations

import collections
import contextlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox import container, files, firewall
from sandbox import docker as engine
from sandbox.addresses import AddressPool
from sandbox.command import CommandError, run
from sandbox.config import ROLE_LABEL, Config
from sandbox.docker import docker
from sandbox.driver import HostError, HostSpec, PortRule
from sandbox.errors import SandboxError
from sandbox.image import Image
from sandbox.network import nameservers

_AGENT = "/usr/sbin/sandbox-agent"
_METADATA = "/etc/sandbox/metadata.json"
_RULES = "/etc/sandbox/rules.nft"
_ATTRIBUTES = "/var/lib/sandbox/guest-attributes.json"
_RESOLVER = "/etc/sandbox/resolv.conf"


class DockerHosts:
    """The driver's Hosts on a container engine. The disk size is noted by the cloud, not enforced here."""

    def __init__(self, config: Config, image: Image) -> None:
        self._config = config
        self._image = image
        self._pool = AddressPool(config.subnet, config.home / "addresses.json")
        self._locks: dict[str, threading.RLock] = collections.defaultdict(threading.RLock)

    def families(self) -> Mapping[str, str]:
        """The one family whose image was built."""
        return {self._image.family: self._image.description}

    def allocate(self) -> str:
        """The next free address of the subnet."""
        return self._pool.allocate()

    def release(self, address: str) -> None:
        """Gives an address back."""
        self._pool.release(address)

    def create(self, spec: HostSpec, metadata: Mapping[str, str], rules: Sequence[PortRule]) -> None:
        """Makes the container with what the guest agent reads at its first boot."""
        if spec.family not in self.families():
            known = ", ".join(self.families())
            raise HostError(f"host {spec.name}: image family {spec.family} cannot be booted here, only {known}")
        contents = {_METADATA: json.dumps(metadata), _RULES: firewall.render(rules), _RESOLVER: _resolver()}
        with self._guard(spec.name):
            if self._state(spec.name) is None:
                container.make(self._config, spec)
            try:
                engine.push(self._config.container(spec.name), contents, mode=0o600)
            except SandboxError:
                container.remove(self._config, spec.name)
                raise

    def start(self, name: str, address: str | None) -> None:
        """Boots the host at the address; idempotent, and a running host is only readdressed."""
        with self._guard(name):
            if self._require(name)["Paused"]:
                docker("unpause", self._config.container(name))
            container.attach(self._config, name, address)
            self._note_power(name, on=True)
            self._boot(name)

    def stop(self, name: str) -> None:
        """Shuts the host down through its own init."""
        with self._guard(name):
            self._require(name)
            self._note_power(name, on=False)
            docker("stop", self._config.container(name))

    def suspend(self, name: str) -> None:
        """Freezes every process of the host, off the network."""
        with self._guard(name):
            if not self._require(name)["Paused"]:
                container.attach(self._config, name, None)
                docker("pause", self._config.container(name))

    def delete(self, name: str) -> None:
        """Removes the host and its disk."""
        with self._guard(name):
            self._power_file(name).unlink(missing_ok=True)
            container.remove(self._config, name)

    def running(self, name: str) -> bool:
        """Whether its init runs now, and is not suspended."""
        with self._guard(name):
            state = self._state(name) or {}
            return bool(state.get("Running")) and not state["Paused"]

    def readdress(self, name: str, address: str | None) -> None:
        """Swaps the network under the running host."""
        with self._guard(name):
            self._require(name)
            container.attach(self._config, name, address)

    def set_metadata(self, name: str, metadata: Mapping[str, str]) -> None:
        """Hands the agent its new metadata."""
        self._hand(name, {_METADATA: json.dumps(metadata)}, "apply")

    def set_rules(self, name: str, rules: Sequence[PortRule]) -> None:
        """Hands the agent the new ruleset."""
        self._hand(name, {_RULES: firewall.render(rules)}, "firewall")

    def guest_attributes(self, name: str) -> Mapping[str, Mapping[str, str]]:
        """What the agent published, also while the host is off."""
        with self._guard(name):
            self._require(name)
            content = engine.pull_file(self._config.container(name), _ATTRIBUTES)
        attributes: dict[str, dict[str, str]] = json.loads(content) if content else {}
        return attributes

    def serial_output(self, name: str) -> str:
        """Everything on the console since the host was made."""
        with self._guard(name):
            self._require(name)
            return run(["docker", "logs", self._config.container(name)], timeout=60).decode(errors="replace")

    def names(self) -> list[str]:
        """The hosts that exist, by their own names."""
        prefix = f"{self._config.name}-"
        return sorted(
            name.removeprefix(prefix) for name in engine.names("container", self._config.label, f"{ROLE_LABEL}=host")
        )

    def recover(self, name: str) -> None:
        """Boots a host again that should be up: one that rebooted itself, or whose machine went down.

        A host that powered itself off is noted as off.
        """
        with self._guard(name):
            state = self._state(name)
            if state is None or state["Running"] or not self._wants_power(name):
                return
            if state["ExitCode"] == container.POWERED_OFF:
                self._note_power(name, on=False)
            else:
                self._boot(name)

    def _boot(self, name: str) -> None:
        docker("start", self._config.container(name))
        docker("exec", self._config.container(name), _AGENT, "wait-for-ssh")

    def _hand(self, name: str, contents: Mapping[str, str], command: str) -> None:
        target = self._config.container(name)
        with self._guard(name):
            self._require(name)
            engine.push(target, contents, mode=0o600)
            try:
                if self.running(name):
                    docker("exec", target, _AGENT, command)
            except CommandError:
                # It went down in between: the agent does the same at the next boot.
                if self.running(name):
                    raise

    def _require(self, name: str) -> Any:
        state = self._state(name)
        if state is None:
            raise HostError(f"host {name}: its container is gone; delete the instance and make it again")
        return state

    def _state(self, name: str) -> Any:
        found = engine.inspect("container", self._config.container(name))
        return found["State"] if found else None

    def _power_file(self, name: str) -> Path:
        return self._config.home / "power" / name

    def _note_power(self, name: str, *, on: bool) -> None:
        files.write(self._power_file(name), "on\n" if on else "off\n")

    def _wants_power(self, name: str) -> bool:
        path = self._power_file(name)
        return path.exists() and path.read_text() == "on\n"

    @contextlib.contextmanager
    def _guard(self, name: str) -> Iterator[None]:
        """One call at a time for each host, and every failure as a HostError."""
        with self._locks[name]:
            try:
                yield
            except SandboxError as error:
                raise HostError(f"host {name}: {error}") from error


def _resolver() -> str:
    """The machine's own name servers: the engine's would not serve the containers inside the host."""
    return "".join(f"nameserver {server}\n" for server in nameservers())
