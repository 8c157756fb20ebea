# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Host block of ours in a person's SSH configuration."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ...resource import CloudError, State, Step, plan
from .. import config, files

MAIN = "~/.ssh/config"
# As deep as ssh itself follows Include.
DEPTH = 16


class SshHost:
    """The block between our marks. A name that the person's own Host lines use is left to them."""

    fields = ("aliases", *config.KEYWORDS, "mode")

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self._path: str = params["path"]
        self._block: str = params["block"] or "".join(params["aliases"][:1])
        self._values = {option: params[option] for option in config.KEYWORDS}
        self._text = ""
        self._taken: list[str] = []
        self.title = f"Host {' '.join(params['aliases'])} in {self._path}"
        config.check(self._block, params["aliases"], self._values)

    def read(self) -> State | None:
        self._text = files.read(self._path)
        where = config.find(self._text, self._block)
        others = {name for text in self._others(where) for name in config.hosts_in(text)}
        self._taken = [alias for alias in self._params["aliases"] if alias in others]
        if where is None:
            return None
        block = self._text[slice(*where)].replace("\r\n", "\n")
        mode = files.mode(self._path) or 0
        return {"aliases": config.aliases_in(block), **config.values_in(block), "mode": f"0{mode:03o}"}

    def plan(self, live: State | None) -> Sequence[Step]:
        ours = self._params["aliases"] if self._params["take_over"] else self._free()
        if self._params["state"] == "absent" or not ours:
            return plan(None, live, title=self.title)
        if not self._values["hostname"]:
            raise CloudError(f"{self.title}: hostname must be given.")
        # A mode that is stricter than needed is the person's own choice.
        strict = live is not None and not int(live["mode"], 8) & 0o077
        forwards = self._values["local_forward"] or []
        desired = {"aliases": ours, **self._values, "local_forward": forwards, "mode": None if strict else "0600"}
        if live is None:
            return plan(desired, None, title=self.title)
        # In a block that is all ours an option that is not asked for is one to take out.
        gone = {option: "" for option in config.KEYWORDS if desired[option] is None and live[option] is not None}
        return plan({**desired, **gone}, live, title=self.title)

    def apply(self, step: Step) -> None:
        block = ""
        if step.after:
            ours = step.after.get("aliases") or config.aliases_in(self._current())
            block = config.render(self._block, ours, self._values, config.newline_of(self._text))
        text = config.replace(self._text, self._block, block)
        if text:
            files.write(self._path, text)
        else:
            files.remove(self._path)

    def warnings(self) -> Sequence[str]:
        if self._params["take_over"] or self._params["state"] == "absent":
            return ()
        return [
            f"{self._path}: you have a Host {alias} of your own, which was left alone, so '{alias}' goes where that "
            "says. Remove it, or set take_over, to let this one come first."
            for alias in self._taken
        ]

    def _free(self) -> list[str]:
        return [alias for alias in self._params["aliases"] if alias not in self._taken]

    def _current(self) -> str:
        return self._text[slice(*(config.find(self._text, self._block) or (0, 0)))]

    def _others(self, where: tuple[int, int] | None) -> Iterator[str]:
        """This file without our block, and what it includes; with the person's main configuration and all that it
        includes, if this file is one of those. A file that stands alone, for ssh -F, is not."""
        start, stop = where or (0, 0)
        rest = self._text[:start] + self._text[stop:]
        ours = _real(self._path)
        main = _included(f"Include {MAIN}", {}, DEPTH)
        yield rest
        yield from _included(rest, {ours: rest}, DEPTH).values()
        patterns = [pattern for text in main.values() for pattern in config.includes_in(text)]
        if ours in main or any(fnmatchcase(str(ours), str(_absolute(pattern))) for pattern in patterns):
            yield from (text for path, text in main.items() if path != ours)


def _included(text: str, seen: dict[Path, str], depth: int) -> dict[Path, str]:
    """seen, with the files that a configuration includes, and those that they do."""
    for pattern in config.includes_in(text) if depth else ():
        for found in glob.glob(str(_absolute(pattern))):  # noqa: PTH207 - Path.glob refuses what ssh only finds empty
            path = Path(found).resolve()
            if path not in seen and path.is_file():
                seen[path] = files.read(str(path))
                _included(seen[path], seen, depth - 1)
    return seen


def _absolute(pattern: str) -> Path:
    """An Include's path; a relative one starts at ~/.ssh, and ~ of nobody's stays as it is."""
    return Path("~/.ssh").expanduser() / os.path.expanduser(pattern)  # noqa: PTH111 - Path's raises for nobody's ~


def _real(path: str | Path) -> Path:
    return Path(path).expanduser().resolve()
