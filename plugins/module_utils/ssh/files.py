# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A person's SSH files: read as they are, written whole or not at all, and by nobody else readable."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
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


def write(path: str, text: str, *, permissions: int = 0o600, replace: bool = True) -> None:
    """Replaces the file atomically, at 0600 from its first byte; other permissions come before it takes its place.
    Where it is a symlink, what it points to is replaced; an existing file keeps its owner. Without replace, CloudError
    where there is one."""
    target = Path(os.path.realpath(Path(path).expanduser()))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode("utf-8", "surrogateescape"))
                stream.flush()
                os.fsync(stream.fileno())
                os.fchmod(stream.fileno(), permissions)
            if replace and target.exists():
                os.chown(temporary, target.stat().st_uid, target.stat().st_gid)
            if replace:
                Path(temporary).replace(target)
            else:
                os.link(temporary, target)
        finally:
            Path(temporary).unlink(missing_ok=True)
        _sync(target.parent)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise CloudError(f"Cannot write {path}: {error.strerror}.") from error


@contextlib.contextmanager
def workplace(path: str) -> Iterator[Path]:
    """A folder beside the file that nobody else can look into, for what is to become the file; it goes afterwards, or
    where its process was killed, with the next one. CloudError where none can be made, or the file is there already."""
    target = Path(path).expanduser()
    if os.path.lexists(target):
        raise _taken(path)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear_abandoned(target)
        folder = tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise CloudError(f"Cannot write {path}: {error.strerror}.") from error
    with folder as name, _locked(Path(name)):
        yield Path(name)


def _clear_abandoned(target: Path) -> None:
    """Removes the folders that killed processes left beside a file; nobody holds their locks any more."""
    for folder in target.parent.glob(f".{glob.escape(target.name)}.*/"):
        with _locked(folder) as is_ours:
            if is_ours:
                shutil.rmtree(folder)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """A lock on a folder for a while; False where another process has it, or the file system knows none."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def settle(made: Path, path: str) -> None:
    """Puts a finished file in its place, at 0400, in one stroke. CloudError where one is there already: a private key
    is never overwritten."""
    try:
        with made.open("rb") as stream:
            os.fchmod(stream.fileno(), 0o400)
            os.fsync(stream.fileno())
        os.link(made, Path(path).expanduser())
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise CloudError(f"Cannot write {path}: {error.strerror}.") from error


def _sync(folder: Path) -> None:
    """Makes the names in a folder outlast a loss of power, as a file's content does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _taken(path: str) -> CloudError:
    return CloudError(f"{path} is there already, and a private key is never overwritten. Move it away first.")


def remove(path: str) -> None:
    """Takes away a file that nothing is left in; one that a symlink points to is only emptied."""
    if Path(path).expanduser().is_symlink():
        write(path, "")
        return
    try:
        Path(path).expanduser().unlink(missing_ok=True)
    except OSError as error:
        raise CloudError(f"Cannot remove {path}: {error.strerror}.") from error


def mode(path: str) -> int | None:
    """The permission bits, None if there is no such file."""
    try:
        return Path(path).expanduser().stat().st_mode & 0o777
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CloudError(f"Cannot read {path}: {error.strerror}.") from error
