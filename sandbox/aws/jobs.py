# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Work on hosts that goes on after a call was answered: one thread a job, those of one machine one after another."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

_LOG = logging.getLogger(__name__)


class Jobs:
    """Starts jobs and knows which machines still have some."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tail: dict[str, threading.Event] = {}

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Does the work of a machine once all that came before it for this machine is done."""
        with self._changed:
            before, done = self._tail.get(name), threading.Event()
            self._tail[name] = done
        arguments = (name, work, before, done)
        threading.Thread(target=self._run, args=arguments, name=f"aws-{name}", daemon=True).start()

    def busy(self, name: str) -> bool:
        """Whether a machine has work left."""
        with self._changed:
            return name in self._tail

    def wait(self, names: Iterable[str], seconds: float) -> bool:
        """Waits for the work of these machines to end; whether it did."""
        wanted = set(names)
        with self._changed:
            return self._changed.wait_for(lambda: not wanted & self._tail.keys(), seconds)

    def drain(self, seconds: float) -> bool:
        """Waits for all work to end; whether it did."""
        deadline = time.monotonic() + seconds
        with self._changed:
            return self._changed.wait_for(lambda: not self._tail, max(0.0, deadline - time.monotonic()))

    def _run(self, name: str, work: Callable[[], None], before: threading.Event | None, done: threading.Event) -> None:
        if before:
            before.wait()
        try:
            work()
        except Exception:
            _LOG.exception("A job of %s failed", name)
        with self._changed:
            if self._tail.get(name) is done:
                del self._tail[name]
            done.set()
            self._changed.notify_all()
