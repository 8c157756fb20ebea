# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person sees while long steps run, several of them at once."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

_HEARTBEAT_SECONDS = 15.0


class Progress:
    """Prints a line when a step begins and when it ends, and a sign of life in between; safe from several threads."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}

    def say(self, text: str) -> None:
        """One line, stamped with the seconds since the command began."""
        with self._lock:
            print(f"[{time.monotonic() - self._began:4.0f} s] {text}", file=self._stream, flush=True)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announces a step and its end; when it fails, the error follows elsewhere."""
        self.say(f"{name} ...")
        began = self._running[name] = time.monotonic()
        try:
            yield
        except BaseException:
            self.say(f"{name}: failed after {time.monotonic() - began:.0f} s")
            raise
        finally:
            self._running.pop(name, None)
        self.say(f"{name}: done in {time.monotonic() - began:.0f} s")

    @contextlib.contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Names what is still running every few seconds, until the block ends."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(_HEARTBEAT_SECONDS):
            now = time.monotonic()
            waiting = [f"{name} ({now - since:.0f} s)" for name, since in list(self._running.items())]
            if waiting:
                self.say("still at it: " + ", ".join(waiting))
