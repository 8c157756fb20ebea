# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pool of public addresses: handed out in turn, so that an address given back is not met again soon."""

from __future__ import annotations

import ipaddress
import threading
from pathlib import Path

from sandbox import files
from sandbox.driver import HostError

# The lowest addresses are the gateway's, the mirror's and whatever else the sandbox may need.
_FIRST = 16


class AddressPool:
    """Remembers in a file what is handed out, so that it survives a restart; safe from several threads."""

    def __init__(self, subnet: ipaddress.IPv4Network, path: Path) -> None:
        self._subnet = subnet
        self._path = path
        self._lock = threading.Lock()

    def allocate(self) -> str:
        """The next address that nobody holds."""
        with self._lock:
            cursor, held = self._read()
            last = self._subnet.num_addresses - 2
            for step in range(last - _FIRST + 1):
                index = _FIRST + (cursor - _FIRST + step) % (last - _FIRST + 1)
                address = str(self._subnet[index])
                if address not in held:
                    self._write(index + 1, held | {address})
                    return address
        raise HostError(f"all addresses of {self._subnet} are in use: delete hosts or addresses, or set SANDBOX_SUBNET")

    def release(self, address: str) -> None:
        """Takes an address back; one that was not handed out is fine."""
        with self._lock:
            cursor, held = self._read()
            self._write(cursor, held - {address})

    def _read(self) -> tuple[int, set[str]]:
        known = files.read_json(self._path) or {"cursor": _FIRST, "held": []}
        return int(known["cursor"]), set(known["held"])

    def _write(self, cursor: int, held: set[str]) -> None:
        files.write_json(self._path, {"cursor": cursor, "held": sorted(held)})
