# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clouds' own command lines, where they are on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

SECONDS = 120.0


def ask(client: str, *argv: str, environment: Mapping[str, str]) -> Any:
    """What a client answers, which is JSON. It is not the project's to install: without it the test is skipped."""
    path = shutil.which(client)
    if path is None:
        pytest.skip(f"{client}: not run, it is not on this machine")
    done = subprocess.run(
        [path, *argv],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
