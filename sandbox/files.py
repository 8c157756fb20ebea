# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that appear whole or not at all, with their mode from the first byte, and digests of what they depend on."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError

MARK = ".mlops-sandbox"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside path to write to, which becomes path once all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield scratch
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write(path: Path, content: bytes | str, mode: int = 0o644) -> None:
    """Replaces path in one step; nobody but the owner can open a 0600 file even while it is written."""
    data = content.encode() if isinstance(content, str) else content
    with replacing(path) as scratch:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)


def write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    """Replaces path with the value as JSON."""
    write(path, json.dumps(value, indent=2) + "\n", mode)


def read_json(path: Path) -> Any:
    """The value in path, or None where there is no such file."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def made(folder: Path) -> Path:
    """The folder, made where it was missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def claim(folder: Path) -> None:
    """Marks a directory as the sandbox's own, so that removing it later cannot hit somebody's files."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise SandboxError(f"{folder} holds other files: point SANDBOX_HOME and SANDBOX_CACHE to places of their own")
    made(folder).joinpath(MARK).touch()


def discard(folder: Path) -> None:
    """Removes a directory that was claimed, and no other."""
    if (folder / MARK).exists():
        shutil.rmtree(folder)


def prune(folder: Path, pattern: str, kept: Path) -> None:
    """Removes what earlier recipes left beside the present one's result."""
    for path in folder.glob(pattern):
        if path != kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; others wait here."""
    made(path.parent)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def digest(*parts: str | bytes | Path) -> str:
    """A short hash of the parts; a Path stands for its content, a directory for all its source files."""
    total = hashlib.sha256()
    for part in parts:
        for chunk in _chunks(part):
            total.update(len(chunk).to_bytes(8, "big") + chunk)
    return total.hexdigest()[:16]


def sha256(path: Path) -> str:
    """The file's whole SHA-256."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _chunks(part: str | bytes | Path) -> Iterator[bytes]:
    if isinstance(part, str):
        yield part.encode()
    elif isinstance(part, bytes):
        yield part
    elif part.is_dir():
        for child in sorted(path for path in part.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            yield str(child.relative_to(part)).encode()
            yield child.read_bytes()
    else:
        yield part.read_bytes()
