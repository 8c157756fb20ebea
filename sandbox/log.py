# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The log of API calls: who asks for what, how often, with which outcome; never a credential."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any


class RequestLog:
    """Lines of JSON in a file, one a call."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def append(self, entry: dict[str, Any]) -> None:
        """Adds a call."""
        with self._lock:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(entry) + "\n")

    def read(self, *, mutating: bool = False, since: int = 0) -> list[dict[str, Any]]:
        """The calls since a mark, or those of them only that may have changed something."""
        entries = [json.loads(line) for line in self._lines()[since:]]
        return [entry for entry in entries if entry["mutating"]] if mutating else entries

    @property
    def mark(self) -> int:
        """Where the log ends now: how many calls it holds."""
        return len(self._lines())

    def _lines(self) -> list[str]:
        with self._lock:
            return self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []

    def clear(self) -> None:
        """Starts over."""
        with self._lock:
            self._file.unlink(missing_ok=True)
