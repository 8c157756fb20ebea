# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The container engine, through its command line.

The docker CLI and not the Python SDK: the engine's package brings it anyway, so the sandbox needs no library more,
and import, build, cp, exec and events are one line each in it.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Mapping
from typing import Any

from sandbox.command import CommandError, installed, run


def docker(*arguments: str, stdin: bytes | None = None, timeout: float = 120) -> str:
    """What `docker ARGUMENTS` prints; CommandError when it fails."""
    return run(["docker", *arguments], stdin=stdin, timeout=timeout).decode(errors="replace")


def build(context: bytes, *arguments: str) -> None:
    """Builds an image from a packed context."""
    environ, options = dict(os.environ), list(arguments)
    try:
        docker("buildx", "version")
    except CommandError:
        # Debian's packages come without the plugin. The classic builder does the same, but keeps failed containers.
        environ["DOCKER_BUILDKIT"] = "0"
        options.append("--force-rm")
    run(["docker", "build", *options, "-"], stdin=context, timeout=900, environ=environ)


def packed(contents: Mapping[str, bytes | str], mode: int = 0o644) -> bytes:
    """The files as a tar archive, in the plainest format: the classic builder reads no other."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode = len(data), mode
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def answers() -> bool:
    """Whether an engine is there and lets us in."""
    if not installed("docker"):
        return False
    try:
        docker("info", "--format", "{{.ServerVersion}}", timeout=20)
    except CommandError:
        return False
    return True


def inspect(kind: str, name: str) -> Any:
    """The description of a container, image, network or volume; None where there is none."""
    try:
        return json.loads(docker(kind, "inspect", name))[0]
    except CommandError as error:
        if "no such" in str(error).lower() or "not found" in str(error).lower():
            return None
        raise


def names(kind: str, *labels: str) -> list[str]:
    """The containers (running or not), networks or volumes that carry all the labels."""
    listing = {"container": ["ps", "--all"], "network": ["network", "ls"], "volume": ["volume", "ls"]}[kind]
    field = {"container": "Names", "network": "Name", "volume": "Name"}[kind]
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    return docker(*listing, *filters, "--format", "{{." + field + "}}").split()


def push(container: str, contents: Mapping[str, bytes | str], mode: int = 0o644) -> None:
    """Writes files, given by absolute path, into a container that may run or not."""
    docker("cp", "-", f"{container}:/", stdin=packed(contents, mode))


def pull_file(container: str, path: str) -> bytes | None:
    """A file's content from a container that may run or not; None where it is missing."""
    try:
        archived = run(["docker", "cp", f"{container}:{path}", "-"], timeout=60)
    except CommandError as error:
        if "could not find the file" in str(error).lower() or "no such container:path" in str(error).lower():
            return None
        raise
    with tarfile.open(fileobj=io.BytesIO(archived)) as archive:
        stream = archive.extractfile(archive.getmembers()[0])
        return stream.read() if stream else None
