# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH key pairs in files. OpenSSH's own tools make and read them: whoever logs in to a machine has those, and they know
every format that ssh does. A private key reaches them through a file or their input, never through their arguments."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from ..resource import CloudError
from . import files

# What AWS imports; ssh-keygen's own default of 3072 is not among its lengths.
RSA_BITS = "4096"
TYPES = {"ssh-rsa": "rsa", "ssh-ed25519": "ed25519"}


def public_path(path: str) -> str:
    """Where the public half of a private key lies."""
    return f"{path}.pub"


def generate(path: str, *, kind: str, comment: str, pem: bool) -> None:
    """Makes a key pair without a passphrase: the private half at 0400, and never over another file. pem is the older
    format of RSA keys, in which AWS gives them out too."""
    with files.workplace(path) as folder:
        key = folder / "key"
        size = ["-b", RSA_BITS] if kind == "rsa" else []
        form = ["-m", "PEM"] if pem else []
        _run(["ssh-keygen", "-q", "-t", kind, *size, *form, "-N", "", "-C", comment, "-f", str(key)], check=True)
        public = files.read(f"{key}.pub")
        files.settle(key, path)
    files.write(public_path(path), public, permissions=0o644)


def derive(private: str) -> str | None:
    """The public half as in a .pub file; None where the private one has a passphrase or is damaged."""
    made = _run(["ssh-keygen", "-y", "-P", "", "-f", "/dev/stdin"], private)
    return made.stdout.strip() if made.returncode == 0 else None


def is_in_agent(path: str) -> bool:
    """Whether the SSH agent can sign with the private half."""
    return _run(["ssh-add", "-T", public_path(path)]).returncode == 0


def type_of(public: str) -> str:
    """rsa, ed25519, or OpenSSH's own name for another."""
    kind = public.split()[0]
    return TYPES.get(kind, kind)


def same(one: str, other: str) -> bool:
    """Whether two public keys differ in their comments at most."""
    return one.split()[:2] == other.split()[:2]


def _run(command: Sequence[str], private: str = "", *, check: bool = False) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, input=private, capture_output=True, text=True, errors="replace", check=check)
    except FileNotFoundError as error:
        raise CloudError(f"There is no {command[0]} on this machine: install OpenSSH's client.") from error
    except subprocess.CalledProcessError as error:
        raise CloudError(f"{command[0]} failed: {error.stderr.strip()}.") from error
