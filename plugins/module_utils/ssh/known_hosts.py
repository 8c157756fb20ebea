# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: the keys of one name among many others. Text in, text out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable

from ..resource import CloudError

NAME = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9._:\[\]-]*")
KIND = re.compile(r"[a-z0-9@.-]+")
# str.splitlines() would also split where ssh does not.
LINES = re.compile(r"[^\n]*\n|[^\n]+")


def parse_key(text: str) -> tuple[str, str]:
    """Type and base64 blob of "ssh-ed25519 AAAA..."; a comment is dropped. CloudError for anything else."""
    words = text.split()
    if len(words) < 2 or not KIND.fullmatch(words[0]) or not is_blob(words[0], words[1]):
        raise CloudError(f"{text[:60]!r} is not a host key of the form 'ssh-ed25519 AAAA...'.")
    return words[0], words[1]


def is_blob(kind: str, blob: str) -> bool:
    """Whether the base64 text begins with the key type that stands before it, as RFC 4253 section 6.6 has it."""
    try:
        raw = base64.b64decode(blob, validate=True)
    except binascii.Error:
        return False
    return raw[:4] == len(kind).to_bytes(4, "big") and raw[4 : 4 + len(kind)] == kind.encode()


def fingerprint(blob: str) -> str:
    """What ssh shows of a key: SHA256:..., as in ssh-keygen -l."""
    digest = hashlib.sha256(base64.b64decode(blob)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def keys_of(text: str, name: str) -> dict[str, str]:
    """The keys that a file has for a name, type to blob; lines with a marker such as @revoked are not its keys."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        words = line.split()
        if len(words) >= 3 and not line.startswith(("#", "@")) and _is_for(words[0], name):
            found[words[1]] = words[2]
    return found


def replace(text: str, name: str, keys: Iterable[tuple[str, str]]) -> str:
    """The file with exactly these keys for a name. Lines that are for it alone are taken out, a line that it shares
    with other names keeps those; all others stay byte for byte."""
    lines = [kept for line in LINES.findall(text) if (kept := _without(line, name))]
    body = "".join(lines)
    wanted = [f"{name} {kind} {blob}\n" for kind, blob in sorted(keys)]
    if wanted and body and not body.endswith("\n"):
        body += "\n"
    return body + "".join(wanted)


def _without(line: str, name: str) -> str:
    """A line without a name; empty where nothing is left."""
    words = line.split(None, 1)
    if len(words) < 2 or line.startswith(("#", "@")) or not _is_for(words[0], name):
        return line
    others = [host for host in words[0].split(",") if not _is_for(host, name)]
    return f"{','.join(others)} {words[1]}" if others else ""


def _is_for(hosts: str, name: str) -> bool:
    return any(host == name or _is_hash_of(host, name) for host in hosts.split(","))


def _is_hash_of(host: str, name: str) -> bool:
    """Whether |1|salt|hash stands for the name, as HashKnownHosts writes it."""
    parts = host.split("|")
    if len(parts) != 4 or parts[1] != "1":
        return False
    try:
        salt, digest = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except binascii.Error:
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), digest)
