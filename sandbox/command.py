# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running other programs: captured, with an error that says which one failed and why."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.errors import SandboxError


class CommandError(SandboxError):
    """A program was missing, failed or did not end in time."""


def run(
    argv: Sequence[str | Path],
    *,
    stdin: bytes | None = None,
    timeout: float = 600,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> bytes:
    """The program's standard output; CommandError with the end of its error output when it fails."""
    words = [str(word) for word in argv]
    shown = shlex.join(words[:6]) + (" ..." if len(words) > 6 else "")
    try:
        done = subprocess.run(
            words, input=stdin if stdin is not None else b"", capture_output=True, timeout=timeout, env=environ, cwd=cwd
        )
    except FileNotFoundError as error:
        raise CommandError(f"{words[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{shown} did not end within {timeout:.0f} s") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace").splitlines()[-6:]
        raise CommandError(f"{shown} ended with {done.returncode}: " + " | ".join(said))
    return done.stdout


def installed(program: str) -> bool:
    """Whether the program is on PATH; administrators' programs need not be on a user's PATH."""
    return shutil.which(program) is not None or shutil.which(program, path="/usr/sbin:/sbin") is not None
