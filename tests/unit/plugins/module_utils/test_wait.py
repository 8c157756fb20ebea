# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

import pytest

from plugins.module_utils.wait import backoff, poll


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_poll_returns_the_first_value_that_is_done() -> None:
    clock, values = Clock(), iter([1, 2, 3, 4])
    found = poll(lambda: next(values), lambda n: n == 3, timeout=10, pause=1, clock=clock, sleep=clock.sleep)
    assert found == 3
    assert clock.slept == [1, 1]


def test_poll_does_not_pause_after_a_read_that_waited_itself() -> None:
    clock, values = Clock(), iter([False, True])

    def read() -> bool:
        clock.now += 5
        return next(values)

    poll(read, bool, timeout=60, pause=1, clock=clock, sleep=clock.sleep)
    assert clock.slept == [0]


def test_poll_gives_up_at_the_deadline_and_not_after_it() -> None:
    clock = Clock()
    with pytest.raises(TimeoutError, match=r"2\.5 seconds"):
        poll(lambda: None, bool, timeout=2.5, pause=1, clock=clock, sleep=clock.sleep)
    assert clock.now == 2.5


def test_backoff_doubles_up_to_a_ceiling() -> None:
    assert list(backoff(6, base=1, ceiling=6, jitter=max)) == [1, 2, 4, 6, 6]
    assert list(backoff(3, base=1, jitter=min)) == [0.5, 1]
    assert list(backoff(1)) == []
