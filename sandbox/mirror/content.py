# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the mirror serves: the Anaconda stand-in, Debian's Compose, a registry's storage, and its two servers."""

from __future__ import annotations

import dataclasses
import platform
import shutil
import tempfile
from pathlib import Path

from sandbox import apt, files
from sandbox.anaconda import build
from sandbox.mirror import hello
from sandbox.progress import Progress

_HERE = Path(__file__).parent
_SERVERS = ("docker-registry", "busybox-static")
_SERVERS_SUITE = "bookworm"
# The first release of Debian with version 2 as a binary of its own.
_COMPOSE = ("docker-compose",)
_COMPOSE_SUITE = "trixie"


@dataclasses.dataclass(frozen=True)
class Content:
    """A directory to be served, complete."""

    folder: Path
    installer: Path
    compose: Path
    anaconda_version: str
    compose_version: str


def ensure_installer(cache: Path, progress: Progress) -> Path:
    """The Anaconda stand-in, built where it is missing."""
    return build.ensure(cache, progress)


def ensure_packages(cache: Path, progress: Progress) -> tuple[list[Path], list[Path]]:
    """The packages with the registry and with Compose, fetched where they are missing."""
    if not apt.cached(cache, _SERVERS_SUITE, _SERVERS) or not apt.cached(cache, _COMPOSE_SUITE, _COMPOSE):
        with progress.step("mirror: fetching a registry and Compose"):
            return _packages(cache)
    return _packages(cache)


def ensure(cache: Path, installer: Path, packages: tuple[list[Path], list[Path]]) -> Content:
    """Puts everything in place under a name that changes with any part of it."""
    servers, compose = packages
    version = apt.version_of(compose[0])
    folder = cache / f"mirror-{files.digest(_HERE, installer.name, *(deb.name for deb in (*servers, *compose)))}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            _fill(Path(scratch), installer, packages, version)
            Path(scratch, "content").rename(folder)
        files.prune(cache, "mirror-*", folder)
    return Content(
        folder,
        installer=folder / "files/anaconda" / _installer_name(),
        compose=folder / f"files/compose/v{version}" / _compose_name(),
        anaconda_version=build.VERSION,
        compose_version=version,
    )


def _packages(cache: Path) -> tuple[list[Path], list[Path]]:
    return apt.download(cache, _SERVERS_SUITE, _SERVERS), apt.download(cache, _COMPOSE_SUITE, _COMPOSE)


def _fill(scratch: Path, installer: Path, packages: tuple[list[Path], list[Path]], version: str) -> None:
    for debs in packages:
        apt.unpack(debs, scratch / "debian")
    content = scratch / "content"
    anaconda = files.made(content / "files/anaconda")
    compose = files.made(content / f"files/compose/v{version}")
    # The same file under a second name: the installer stays in the cache for other sandboxes.
    (anaconda / _installer_name()).hardlink_to(installer)
    shutil.move(next(scratch.glob("debian/usr/libexec/docker/cli-plugins/docker-compose")), compose / _compose_name())
    shutil.move(scratch / "debian/usr/bin/docker-registry", content / "docker-registry")
    hello.lay_out(content / "registry", next(scratch.glob("debian/**/bin/busybox")))
    for name in ("serve.py", "registry.yml"):
        shutil.copy(_HERE / name, content)


def _installer_name() -> str:
    return f"Anaconda3-{build.VERSION}-Linux-{platform.machine()}.sh"


def _compose_name() -> str:
    return f"docker-compose-linux-{platform.machine()}"
