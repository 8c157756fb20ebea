# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prints as JSON who listens on a port of the loopback address: pid, command, unit and groups, or an empty object.

Reads /proc only, because a small machine may lack ss, and must run as root to see every process.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LISTEN = "0A"
# 0.0.0.0, 127.0.0.1, :: and 127.0.0.1 on a socket of both families, as a little-endian kernel writes them.
ADDRESSES = {"00000000", "0100007F", "0" * 32, "0000000000000000FFFF00000100007F"}


def listening(port: int) -> set[str]:
    """The inodes of the sockets in whose way a listener on 127.0.0.1 would be."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for row in (line.split() for line in Path(table).read_text().splitlines()[1:]):
                address, _colon, number = row[1].partition(":")
                if row[3] == LISTEN and int(number, 16) == port and address in ADDRESSES:
                    inodes.add(f"socket:[{row[9]}]")
    return inodes


@contextlib.contextmanager
def acting_as(uid: int, gid: int) -> Iterator[None]:
    """Another user's rights for a while."""
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def open_files(process: Path) -> set[str]:
    """What the process has open, as far as it may be seen; one that has just ended has nothing open."""
    found = set()
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(link.readlink()))
    return found


def holds(process: Path, inodes: set[str]) -> bool:
    """Whether the process has one of the sockets open. In a container root may not look, but its own user may."""
    with contextlib.suppress(OSError):
        owner = process.stat()
        if inodes & open_files(process):
            return True
        with acting_as(owner.st_uid, owner.st_gid):
            return bool(inodes & open_files(process))
    return False


def describe(process: Path) -> dict[str, object]:
    """What a person needs to find the process, and its groups."""
    fields = dict(line.partition(":")[::2] for line in (process / "status").read_text().splitlines())
    units = re.findall(r"[^/]+\.service", (process / "cgroup").read_text())
    return {
        "pid": int(process.name),
        "command": (process / "cmdline").read_text().replace("\0", " ").strip()[:120],
        "unit": units[0] if units else "",
        "groups": sorted(int(group) for group in fields["Groups"].split()),
    }


def main() -> None:
    """Answers for the port that the first argument names."""
    inodes = listening(int(sys.argv[1]))
    processes = [path for path in Path("/proc").iterdir() if path.name.isdigit()] if inodes else []
    holders = [describe(process) for process in processes if holds(process, inodes)]
    # A socket may belong to a network namespace's neighbour that this machine cannot see: it is taken all the same.
    print(json.dumps(holders[0] if holders else {"command": "an unknown process"} if inodes else {}))


main()
