# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When two states are the same: without times and fingerprints, whatever the random names in them."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

# What a state does not show of itself, but of the way to it.
HISTORY = re.compile(
    r"(.*Timestamp|.*Time|.*[fF]ingerprint|etag|due|visible|searchable|reads|ResponseMetadata|StateTransitionReason)"
)
YEAR_2000 = 946_684_800
RANDOM = re.compile(
    r"-----BEGIN .+?-----END [A-Z ]+-----"
    r"|[A-Za-z0-9+/]{64,}=*"  # a key
    r"|\b(?:[a-z]+-)?[0-9a-f]{17,}\b"  # an id
    r"|\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b"
    r"|\b(?:ip|ec2)(?:-\d+){4}"
    r"|\b\d{12,}\b"
    r"|\b\d+(?:\.\d+){3}\b(?!/)",  # an address; with a slash it is a range, and those are chosen
    re.DOTALL,
)
PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----\s*", re.DOTALL)


def canonical(state: Any) -> str:
    """A state as text, with every random name in it replaced by the number of its first appearance."""
    names: dict[str, str] = {}
    text = json.dumps(_without_history(state), sort_keys=True, indent=1, default=str)
    return RANDOM.sub(lambda found: names.setdefault(found[0], f"<{len(names) + 1}>"), text)


def difference(wanted: str, found: str) -> str:
    """The lines in which two states differ."""
    return "\n".join(difflib.unified_diff(wanted.splitlines(), found.splitlines(), "wanted", "found", n=6, lineterm=""))


def alike(state: Any) -> Any:
    """A state whose lists are in an order that does not depend on the random names in them."""
    if isinstance(state, dict):
        return {key: alike(value) for key, value in state.items()}
    if not isinstance(state, list):
        return state
    return sorted(map(alike, state), key=lambda item: RANDOM.sub("", json.dumps(_without_history(item), default=str)))


def readable(content: bytes) -> Any:
    """A file's content, with the public half of each private key in its place: so that a file without its counterpart
    in the cloud is told from one with it."""
    text = content.decode()
    try:
        return {name: _in_public(str(value)) for name, value in json.loads(text).items()}
    except ValueError:
        return _in_public(text)


def _without_history(state: Any) -> Any:
    if isinstance(state, dict) and state and all(RANDOM.fullmatch(str(key)) for key in state):
        return alike([_without_history(value) for value in state.values()])  # these names give no order
    if isinstance(state, dict):
        return {key: _without_history(value) for key, value in state.items() if not HISTORY.fullmatch(str(key))}
    if isinstance(state, list):
        return [_without_history(item) for item in state]
    return "a time" if isinstance(state, float) and state > YEAR_2000 else state


def _in_public(text: str) -> str:
    return PRIVATE.sub(lambda found: _public(found[0]), text)


def _public(private: str) -> str:
    """As Google Cloud has public keys, or as SSH has them."""
    key: PrivateKeyTypes
    if "OPENSSH" in private:
        key = load_ssh_private_key(private.encode(), password=None)
    else:
        key = load_pem_private_key(private.encode(), password=None)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return f"private half of {pem}" if "BEGIN PRIVATE" in private else _ssh(key)


def _ssh(key: PrivateKeyTypes) -> str:
    return f"private half of {key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()}"
