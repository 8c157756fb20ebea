# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Background processes that outlive the command that starts them, found again by a pid file."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox import files


@dataclasses.dataclass(frozen=True)
class Background:
    """One detached process. The pid file also holds the start time, so a recycled pid is never taken for it."""

    pid_file: Path
    log: Path
    cwd: Path = Path("/")

    def start(self, argv: Sequence[str | Path], fingerprint: str = "") -> None:
        """Starts it in a session of its own: it survives the terminal."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self.cwd,
            )
        record = {"pid": process.pid, "started": _start_time(process.pid), "fingerprint": fingerprint}
        files.write_json(self.pid_file, record)

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        record = files.read_json(self.pid_file)
        if not record or _start_time(record["pid"]) != record["started"]:
            return None
        return int(record["pid"])

    @property
    def fingerprint(self) -> str:
        """What the starter noted about it."""
        record = files.read_json(self.pid_file)
        return str(record["fingerprint"]) if record else ""

    def stop(self, grace: float = 20.0) -> bool:
        """Ends it, politely first; whether it was running."""
        pid = self.pid
        if pid is not None:
            self._end(pid, grace)
        self.pid_file.unlink(missing_ok=True)
        return pid is not None

    def _end(self, pid: int, grace: float) -> None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.pid is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                deadline = time.monotonic() + grace
            time.sleep(0.05)

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, for an error message."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return " | ".join(text.strip().splitlines()[-lines:])


def _start_time(pid: int) -> str | None:
    """When the process began, in clock ticks since boot; None once it is gone or a zombie."""
    try:
        # The second field is the program's name in parentheses, which may itself hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]
