# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The installer's own helper, run with the Python that it brings: steps that need more than sh and tar."""

from __future__ import annotations

import os
import sys
import tarfile
from pathlib import Path

PLACEHOLDER = b"/sandbox-prefix-placeholder"


def unpack(archive: str, prefix: Path) -> None:
    """Unpacks one of the two archives around the installation, and removes it."""
    path = prefix / archive
    with tarfile.open(path) as stream:
        stream.extractall(prefix)
    path.unlink()


def relocate(prefix: Path) -> None:
    """Writes the prefix into the files that name it."""
    for path in [prefix / "pyvenv.cfg", prefix / "etc/profile.d/conda.sh", *(prefix / "bin").iterdir()]:
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if PLACEHOLDER in content:
            path.write_bytes(content.replace(PLACEHOLDER, os.fsencode(prefix)))


if __name__ == "__main__":
    if sys.argv[1] == "unpack":
        unpack(sys.argv[2], Path(sys.argv[3]))
    else:
        relocate(Path(sys.argv[2]))
