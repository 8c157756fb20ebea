# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian packages, fetched and verified by apt without touching the machine's own apt state."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sandbox import files
from sandbox.command import CommandError, installed, run
from sandbox.docker import docker
from sandbox.errors import SandboxError

_KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp")
KEYRING = next((path for path in _KEYRINGS if Path(path).exists()), _KEYRINGS[0])
_SUITES = ("bullseye", "bookworm", "trixie", "forky", "oldstable", "stable", "testing", "sid")
# Fetches nothing, understands every format of sources, and unlike `apt-get indextargets` needs no earlier update.
_LISTING = ("apt-get", "update", "--print-uris")
_INDEX = re.compile(r"^'(?P<uri>[^']+?)/+dists/(?P<suite>[^/']+)/main/binary-[^/']+/Packages", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Archive:
    """A mirror of Debian: where it is and which keys sign it."""

    uri: str
    security_uri: str | None
    keyring: str = KEYRING

    def sources(self, suite: str, *, security: bool = True) -> str:
        """The suite as apt source lines."""
        signed = f"[signed-by={self.keyring}]"
        lines = [f"deb {signed} {self.uri} {suite} main"]
        if security and self.security_uri:
            lines.append(f"deb {signed} {self.uri} {suite}-updates main")
            lines.append(f"deb {signed} {self.security_uri} {suite}-security main")
        return "\n".join(lines) + "\n"


def debian_archive(cache: Path, image: str = "debian:12") -> Archive:
    """The mirror that the machine itself uses, or on another distribution the one that Debian's image uses."""
    found = archive_in(_listing())
    if found is None:
        try:
            return _archive_of_image(cache, image)
        except CommandError as error:
            raise SandboxError(
                "this machine's apt sources name no Debian mirror and no image registry has Debian's image "
                f"({error}): add a Debian mirror to the apt sources, or let the engine reach an image registry"
            ) from error
    return found


def archive_in(listing: str) -> Archive | None:
    """Finds Debian's own archive in what `apt-get update --print-uris` prints."""
    entries = [(match["suite"], match["uri"]) for match in _INDEX.finditer(listing)]
    mains = [entry for entry in entries if entry[0] in _SUITES]
    # A third party may name its suites like Debian's; only Debian's mirrors also carry the updates.
    mains.sort(key=lambda entry: (f"{entry[0]}-updates", entry[1]) not in entries)
    security = [uri for suite, uri in entries if suite.endswith("-security")]
    return Archive(mains[0][1], security[0] if security else None) if mains else None


def download(cache: Path, suite: str, packages: Sequence[str], *, security: bool = True) -> list[Path]:
    """The packages' .deb files, kept in the cache, so that a second call is instant."""
    place = _place(cache, suite, packages)
    if not place.is_dir():
        archive = debian_archive(cache)
        with tempfile.TemporaryDirectory(dir=files.made(place.parent)) as scratch:
            options = _private_root(Path(scratch), archive.sources(suite, security=security))
            debs = Path(scratch, "debs")
            debs.mkdir()
            run(["apt-get", *options, "update", "-q"])
            run(["apt-get", *options, "download", "-q", *packages], cwd=debs)
            debs.rename(place)
    return sorted(place.glob("*.deb"))


def cached(cache: Path, suite: str, packages: Sequence[str]) -> bool:
    """Whether download would be instant."""
    return _place(cache, suite, packages).is_dir()


def unpack(debs: Sequence[Path], into: Path) -> None:
    """Extracts packages without installing them."""
    into.mkdir(parents=True, exist_ok=True)
    for deb in debs:
        run(["dpkg-deb", "--extract", deb, into])


def version_of(deb: Path) -> str:
    """The package's version, without epoch."""
    return run(["dpkg-deb", "--field", deb, "Version"]).decode().strip().rpartition(":")[2]


def ensure_program(program: str, package: str) -> None:
    """Installs a package on the machine itself where its program is missing."""
    if installed(program):
        return
    if os.geteuid() != 0:
        raise SandboxError(f"{program} is missing: install the package {package}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    try:
        run(install, environ=environ)
    except CommandError:
        # A machine whose package lists were never fetched, or are old.
        run(["apt-get", "update", "-q"], environ=environ)
        run(install, environ=environ)


def _place(cache: Path, suite: str, packages: Sequence[str]) -> Path:
    return cache / "debs" / f"{suite}-{files.digest(*packages)}"


def _listing() -> str:
    if not shutil.which("apt-get"):
        raise SandboxError("the sandbox builds its hosts with apt: run it on Debian or Ubuntu")
    return run(_LISTING).decode()


def _archive_of_image(cache: Path, image: str) -> Archive:
    """Debian's image names a mirror and holds its keys; the machine needs neither of its own."""
    found = archive_in(docker("run", "--rm", image, *_LISTING, timeout=300))
    if found is None:
        raise SandboxError(f"the image {image} names no Debian mirror in its apt sources")
    keyring = cache / "debian-archive-keyring.gpg"
    cache.mkdir(parents=True, exist_ok=True)
    container = docker("create", image).strip()
    try:
        docker("cp", "--follow-link", f"{container}:{found.keyring}", str(keyring))
    finally:
        docker("rm", container)
    return dataclasses.replace(found, keyring=str(keyring))


def _private_root(root: Path, sources: str) -> list[str]:
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (root / folder).mkdir(parents=True)
    (root / "status").touch()
    (root / "sources.list").write_text(sources)
    settings = {
        "Dir::State": root / "state",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        "Dir::Etc::sourcelist": root / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Acquire::Languages": "none",
        # The oldest suite is no longer renewed; its signatures still hold.
        "Acquire::Check-Valid-Until": "false",
        "APT::Sandbox::User": "root",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
