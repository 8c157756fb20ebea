# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ids of projects: unique in the whole world, and never given out a second time."""

from __future__ import annotations

import getpass
import hashlib
import hmac
import itertools
import os
import re
import socket
import string
from collections.abc import Iterator
from pathlib import Path

from ...resource import CloudError

PROJECT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
PREFIX = re.compile(r"[a-z][-a-z0-9]{0,22}")
# Words that Google Cloud admits in no id.
RESTRICTED = ("google", "null", "ssl", "undefined")
SUFFIX_LENGTH = 6
ALPHABET = string.digits + string.ascii_lowercase
MACHINE_ID = Path("/etc/machine-id")
APPLICATION = "mlops.workstation project id"


def check_id(project_id: str) -> None:
    """CloudError for an id that Google Cloud would not take."""
    if not PROJECT_ID.fullmatch(project_id) or _is_restricted(project_id):
        raise _unfit(project_id, "be a project's id: 6 to 30", "no hyphen last, ")


def check_prefix(prefix: str) -> None:
    """CloudError for what no id can begin with."""
    if not PREFIX.fullmatch(prefix) or _is_restricted(prefix):
        raise _unfit(prefix, "begin a project's id: 1 to 23", "")


def candidates(prefix: str, workstation: str) -> Iterator[str]:
    """Ids to try, without end. To the world their suffixes look random; to this person on this computer they are the
    same every time, so that a run finds what an earlier one made even where it is too new to be searched for."""
    machine = hashlib.sha256(f"{_machine_id()}\0{socket.gethostname()}".encode()).digest()
    for generation in itertools.count():
        words = (APPLICATION, _login(), prefix, workstation, str(generation))
        digest = hmac.digest(machine, "\0".join(words).encode(), "sha256")
        found = f"{prefix}-{_suffix(int.from_bytes(digest))}"
        if not _is_restricted(found):
            yield found


def is_made_of(project_id: str, prefix: str) -> bool:
    """Whether an id is the prefix and a suffix, on whichever computer it was made."""
    return re.fullmatch(rf"{re.escape(prefix)}-[a-z0-9]{{{SUFFIX_LENGTH}}}", project_id) is not None


def _unfit(text: str, what: str, more: str) -> CloudError:
    return CloudError(
        f"{text!r} cannot {what} lower-case letters, digits and hyphens, a letter first, {more}and none of the words "
        f"{', '.join(RESTRICTED)} in it."
    )


def _is_restricted(text: str) -> bool:
    return any(word in text for word in RESTRICTED)


def _suffix(number: int) -> str:
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(SUFFIX_LENGTH))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a user without a name, as in some containers


def _machine_id() -> str:
    """What tells this computer from others; not to be shown to the world as it is."""
    try:
        return MACHINE_ID.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
