# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes and those that come from them."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def kill(root: int) -> None:
    """Kills a process and all that come from it; Ansible's workers are no part of its process group. They are stopped
    first, so that none is missed that another one starts meanwhile."""
    stopped: list[int] = []
    while stopped != (found := family(root)):
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
        stopped = found
    for process in stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def family(root: int) -> list[int]:
    """A process, and those that come from it and have not ended."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in brackets may hold anything, brackets too.
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found
