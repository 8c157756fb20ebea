# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting: the only loops that look at a clock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


def poll(
    read: Callable[[], T],
    done: Callable[[T], bool],
    *,
    timeout: float,
    pause: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Reads until done says so, pausing in between; TimeoutError after timeout seconds.

    A read that itself waits on the server is not held up by the pause unless it comes back at once.
    """
    deadline = clock() + timeout
    while True:
        began = clock()
        value = read()
        if done(value):
            return value
        now = clock()
        if now >= deadline:
            raise TimeoutError(f"not done after {timeout:g} seconds")
        sleep(max(0.0, min(pause - (now - began), deadline - now)))


def backoff(
    attempts: int,
    *,
    base: float = 0.5,
    ceiling: float = 30.0,
    jitter: Callable[[float, float], float] = random.uniform,
) -> Iterator[float]:
    """The pauses between attempts, in seconds: doubling, capped, each drawn from its upper half so that many
    clients that failed together do not come back together."""
    for attempt in range(attempts - 1):
        span = min(ceiling, base * 2**attempt)
        yield jitter(span / 2, span)
