# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fault matrix: each mutating call of a story of module runs, disturbed in every way and mended by a second run."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from plugins.module_utils import wait
from sandbox.faults import Fault
from tests.faults.clouds import SECONDS, Kept, Served
from tests.faults.likeness import canonical, difference
from tests.faults.modules import Ended, Nursery

ALWAYS = 1000
# What a message says where nobody knows yet, not even the cloud.
PATIENCE = "run again in a minute"
# What a task is to do that meets the disturbance itself.
FAILS, SUCCEEDS, EITHER, KILLED = "fails", "succeeds", "fails or succeeds", "is killed"


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """What happens to one call, in one way or another, and what becomes of the task that makes it."""

    outcome: str
    kinds: Sequence[str]
    times: int = 1


DISTURBANCES: Mapping[str, Disturbance] = {
    "fails": Disturbance(FAILS, ("error", "operation_error"), ALWAYS),
    "reply-lost": Disturbance(SUCCEEDS, ("drop_after",)),
    "every-reply-lost": Disturbance(EITHER, ("drop_after",), ALWAYS),
    "throttled": Disturbance(SUCCEEDS, ("throttle",)),
    "killed-before": Disturbance(KILLED, ("hold_before",)),
    "killed-after": Disturbance(KILLED, ("hold_after",)),
}


@dataclasses.dataclass(frozen=True)
class Scene:
    """One run of a module; in its options FILES stands for the user's folder. before is what happens ahead of it."""

    name: str
    module: str
    options: Mapping[str, Any]
    before: Callable[[Matrix], object] | None = None


@dataclasses.dataclass(frozen=True)
class Take:
    """A scene that nothing disturbed: how everything was before and after it, and its mutating calls in their order."""

    scene: Scene
    before: Kept
    result: Mapping[str, Any]
    calls: Sequence[tuple[str, str]]
    after: str


class Matrix:
    """A cloud, the modules that act on it, and the takes of the story so far."""

    def __init__(self, cloud: Served, nursery: Nursery, story: Sequence[Scene], watched: Sequence[str] = ()) -> None:
        self.cloud = cloud
        self._nursery = nursery
        self._watched = watched
        self.takes: dict[str, Take] = {}
        for scene in story:
            self.takes[scene.name] = self._take(scene)

    @property
    def witness(self) -> Path:
        """Which lines called the watched functions."""
        return self._nursery.witness

    def actions(self) -> set[str]:
        """The steps that were taken in the story."""
        return {action for take in self.takes.values() for action in take.result["actions"]}

    def methods(self) -> set[str]:
        """The mutating calls that were made in the story."""
        return {method for take in self.takes.values() for method, _path in take.calls}

    def rerun_mends(self, name: str, disturbance: Disturbance) -> None:
        """Disturbs each call of a scene in turn; AssertionError says what a second run did not put right."""
        take = self.takes[name]
        for number, (method, path) in enumerate(take.calls):
            earlier = list(take.calls[:number]).count((method, path))
            for kind in disturbance.kinds:
                if kind == "operation_error" and not self.cloud.starts_operation(method):
                    continue
                self.cloud.put_back(take.before)
                # The same call may come several times: those before the one meant meet a fault that does nothing.
                passing = [Fault(method, "delay", path, times=earlier, seconds=0)] if earlier else []
                fault = Fault(method, kind, path, times=disturbance.times, seconds=SECONDS, retry_after=1)
                self.cloud.fault([*passing, fault])
                where = f"{name}, call {number + 1} of {len(take.calls)}, {method} {path}, {kind}"
                self._disturbed(take, disturbance, where)
                self.cloud.forgive()
                self._mended(take, where)

    def _disturbed(self, take: Take, disturbance: Disturbance, where: str) -> None:
        """The run that meets the fault."""
        if disturbance.outcome == KILLED:
            self._kill_while_held(take, where)
            return
        ended = self._run(take.scene)
        assert "Traceback" not in ended.errors, f"{where}: {ended.errors}"
        if disturbance.outcome != EITHER:
            assert ended.failed == (disturbance.outcome == FAILS), f"{where}: {ended}"
        if not ended.failed:
            # A step whose reply was lost may be taken once more, or be taken back first.
            missing = set(take.result["actions"]) - set(ended.result["actions"])
            assert (ended.result["changed"], missing) == (True, set()), f"{where}: {ended.result}"

    def _kill_while_held(self, take: Take, where: str) -> None:
        process = self._nursery.begin(take.scene.module, self._options(take.scene))
        try:
            wait.poll(self.cloud.held, bool, timeout=SECONDS, pause=0.002)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            ended = self._nursery.end()
        assert ended.status == -signal.SIGKILL, f"{where}: {ended}"

    def _mended(self, take: Take, where: str) -> None:
        """The runs after it: one completes, and the next has nothing to do."""
        second = self._run(take.scene)
        if second.failed and PATIENCE in second.result["msg"]:
            self.cloud.advance(60)
            second = self._run(take.scene)
        assert not second.failed, f"{where}: the second run: {second}"
        self.cloud.calm()
        different = difference(take.after, self._state())
        assert not different, f"{where}\n{different}"
        self.cloud.writes()
        third = self._run(take.scene)
        assert not third.failed, f"{where}: the third run: {third}"
        assert (third.result["changed"], self.cloud.writes()) == (False, []), f"{where}: the third run"

    def _take(self, scene: Scene) -> Take:
        if scene.before:
            scene.before(self)
        before = self.cloud.keep()
        ended = self._run(scene, self._watched)
        assert not ended.failed, f"{scene.name}: {ended}"
        self.cloud.calm()
        take = Take(scene, before, ended.result, self.cloud.writes(), self._state())
        again = self._run(scene)
        assert (again.failed, again.result.get("changed"), self.cloud.writes()) == (False, False, []), (
            f"{scene.name}: {again}"
        )
        return take

    def cut_short(self, scene: Scene, method: str) -> None:
        """Runs a scene up to a call, which fails."""
        self.cloud.fault([Fault(method, "error", times=ALWAYS)])
        assert self._run(scene).failed
        self.cloud.calm()

    def _run(self, scene: Scene, watched: Sequence[str] = ()) -> Ended:
        return self._nursery.run(scene.module, self._options(scene), watched=watched)

    def _options(self, scene: Scene) -> dict[str, Any]:
        text = json.dumps({**self.cloud.options(), **scene.options})
        for word, meaning in self.cloud.places().items():
            text = text.replace(word, meaning)
        options: dict[str, Any] = json.loads(text)
        return options

    def _state(self) -> str:
        """Everything, without what differs from run to run."""
        return canonical({**self.cloud.state(), "temporary files": self._nursery.leftovers()})
