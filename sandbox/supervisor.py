# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Watches the hosts: one that reboots itself comes up again, as a machine's power supply would see to it."""

from __future__ import annotations

import logging
import subprocess
import threading

from sandbox.config import ROLE_LABEL, Config
from sandbox.driver import HostError
from sandbox.hosts import DockerHosts

_LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0


class Supervisor:
    """Follows the engine's events in a thread until closed."""

    def __init__(self, config: Config, hosts: DockerHosts) -> None:
        self._config = config
        self._hosts = hosts
        self._closed = threading.Event()
        self._events: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._follow, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begins to watch; hosts that went down unwatched are brought up first."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and its docker process."""
        self._closed.set()
        if self._events:
            self._events.terminate()
        self._thread.join(timeout=5)

    def _follow(self) -> None:
        while not self._closed.is_set():
            with self._subscribe() as self._events:
                # Only now: an event between looking and subscribing would be lost.
                for name in self._hosts.names():
                    self._recover(name)
                for line in self._events.stdout or ():
                    name = line.strip().removeprefix(f"{self._config.name}-")
                    # Each in a thread of its own: one slow boot must not hold up the next host.
                    threading.Thread(target=self._recover, args=(name,), daemon=True).start()
            self._closed.wait(_RETRY_SECONDS)

    def _subscribe(self) -> subprocess.Popen[str]:
        filters = ("event=die", f"label={self._config.label}", f"label={ROLE_LABEL}=host")
        words = [word for condition in filters for word in ("--filter", condition)]
        # setpriv: the process ends with this one even if this one is killed.
        follow = ["docker", "events", *words, "--format", "{{.Actor.Attributes.name}}"]
        command = ["setpriv", "--pdeathsig", "TERM", *follow]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def _recover(self, name: str) -> None:
        try:
            self._hosts.recover(name)
        except HostError as error:
            _LOG.warning("%s", error)
