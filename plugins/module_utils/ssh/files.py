# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A person's SSH files: read as they are, written whole or not at all, and by nobody else readable."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..resource import CloudError


def read(path: str) -> str:
    """The text with its own line endings, "" if there is no such file."""
    try:
        return Path(path).expanduser().read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise CloudError(f"Cannot read {path}: {error.strerror}.") from error


def write(path: str, text: str) -> None:
    """Replaces the file atomically, at 0600 from its first byte. Where it is a symlink, what it points to is replaced;
    an existing file keeps its owner."""
    target = Path(os.path.realpath(Path(path).expanduser()))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode("utf-8", "surrogateescape"))
                stream.flush()
                os.fsync(stream.fileno())
            if target.exists():
                os.chown(temporary, target.stat().st_uid, target.stat().st_gid)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CloudError(f"Cannot write {path}: {error.strerror}.") from error


def remove(path: str) -> None:
    """Takes away a file that nothing is left in; one that a symlink points to is only emptied."""
    if Path(path).expanduser().is_symlink():
        write(path, "")
    else:
        Path(path).expanduser().unlink(missing_ok=True)


def mode(path: str) -> int | None:
    """The permission bits, None if there is no such file."""
    try:
        return Path(path).expanduser().stat().st_mode & 0o777
    except FileNotFoundError:
        return None
