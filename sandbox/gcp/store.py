# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cloud holds: resources by path, in memory under one lock, on disk after every change."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox import files

Resource = dict[str, Any]

SECTIONS = ("resources", "notes", "policies", "settings", "hosts", "requests", "tokens")


class Store:
    """The state. Readers and writers hold `lock`; writers do so through change(), which also saves.

    resources maps a path to the resource as its API shows it: Compute Engine's by the path in the API
    (projects/p/zones/z/instances/i), all others' by the full name (//iam.googleapis.com/projects/p/serviceAccounts/e).
    notes holds what the cloud knows of a resource but does not show, policies who may do what with one, settings how
    the cloud is to behave, hosts an instance's path to its host's name, requests an idempotency key to an operation's
    path, and tokens a token's digest to who may use it until when.
    """

    def __init__(self, file: Path, seed: Callable[[Store], None]) -> None:
        """Takes up what an earlier process left; seed adds what every cloud has, where it is missing."""
        self.lock = threading.RLock()
        self._file = file
        self._depth = 0
        self._seed = seed
        self._data: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
        self._data |= files.read_json(file) or {}
        with self.change():
            seed(self)

    @property
    def resources(self) -> dict[str, Resource]:
        """Everything with a path."""
        return self._data["resources"]

    @property
    def notes(self) -> dict[str, dict[str, Any]]:
        """What is known of a resource but not shown, by its path."""
        return self._data["notes"]

    @property
    def policies(self) -> dict[str, Resource]:
        """IAM policies, by the full name of what they are about."""
        return self._data["policies"]

    @property
    def settings(self) -> dict[str, Any]:
        """How the cloud is to behave."""
        return self._data["settings"]

    @property
    def hosts(self) -> dict[str, str]:
        """The hosts that exist, by the path of their instance."""
        return self._data["hosts"]

    @property
    def requests(self) -> dict[str, str]:
        """The operations of request ids already seen."""
        return self._data["requests"]

    @property
    def tokens(self) -> dict[str, dict[str, Any]]:
        """Access tokens given out, by digest."""
        return self._data["tokens"]

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Holds the lock for a change and saves after the outermost one, for a restarted daemon to go on from there."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            if not self._depth:
                self._save()

    def children(self, collection: str) -> list[Resource]:
        """The resources directly in a collection (projects/p/zones/z/instances), by name."""
        prefix = f"{collection}/"
        found = [path for path in self.resources if path.startswith(prefix) and "/" not in path[len(prefix) :]]
        return [self.resources[path] for path in sorted(found)]

    def items(self, kind: str, project: str = "") -> list[tuple[str, Resource]]:
        """Compute Engine's resources of a kind (instances), of one project or all, whichever the scope, with paths."""
        prefix = f"projects/{project}/" if project else "projects/"
        return [
            (path, self.resources[path])
            for path in sorted(self.resources)
            if path.startswith(prefix) and path.split("/")[-2] == kind
        ]

    def reset(self) -> None:
        """Forgets all but the access tokens given out, and starts over from the seed."""
        with self.change():
            for name, section in self._data.items():
                if name != "tokens":
                    section.clear()
            self._seed(self)

    def _save(self) -> None:
        """Replaces the file in one step, its owner's alone; not indented, because that is several times slower."""
        files.write(self._file, json.dumps(self._data), mode=0o600)
