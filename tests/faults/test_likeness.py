# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The matrix is worth what its comparison of states sees."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.faults.likeness import alike, canonical, readable

MACHINE = {"id": "4567890123456789012", "address": "198.18.0.16", "labels": {"team": "data"}}


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({**MACHINE, "id": "9876543210987654321", "address": "198.18.0.99"}, True),
        ({**MACHINE, "creationTimestamp": "2026-12-04T20:12:00Z", "etag": "abc", "enabled": 1_800_000_000.5}, False),
        ({**MACHINE, "labels": {"team": "other"}}, False),
        ({**MACHINE, "address": "4567890123456789012"}, False),
        ({"id": MACHINE["id"], "labels": MACHINE["labels"]}, False),
    ],
)
def test_random_names_are_alike_and_nothing_else(other: dict[str, Any], same: bool) -> None:
    assert (canonical([MACHINE]) == canonical([other])) is same


def test_times_and_fingerprints_tell_nothing() -> None:
    late = {"creationTimestamp": "2026-12-04T20:12:00Z", "labelFingerprint": "x", "at": 1_800_000_000.5}
    early = {"creationTimestamp": "2026-12-03T08:00:00Z", "labelFingerprint": "y", "at": 1_700_000_000.0}
    assert canonical(late) == canonical(early)
    assert canonical({"at": 0.0}) != canonical({"at": 1_800_000_000.0})


def test_a_second_object_is_seen_whatever_its_name() -> None:
    assert canonical({"i-0123456789abcdef0": MACHINE}) != canonical(
        {"i-0123456789abcdef0": MACHINE, "i-0123456789abcdef1": MACHINE}
    )


def test_maps_and_lists_by_random_names_have_no_order() -> None:
    key, other = {"id": "a" * 40, "kind": "user"}, {"id": "b" * 40, "kind": "system"}
    swapped = {"a" * 40: {**other, "id": "a" * 40}, "b" * 40: {**key, "id": "b" * 40}}
    assert canonical({"a" * 40: key, "b" * 40: other}) == canonical(swapped)
    assert alike([{"id": "i-0123456789abcdef0", "n": 1}, {"id": "i-0123456789abcdef1", "n": 2}]) == alike(
        [{"id": "i-0123456789abcdef1", "n": 2}, {"id": "i-0123456789abcdef0", "n": 1}]
    )


def test_a_private_key_reads_as_its_public_half() -> None:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    shown = readable(json.dumps({"private_key": private.decode()}).encode())
    assert shown == {"private_key": f"private half of {public}"}
    pair = {"file": shown, "cloud": public}
    assert canonical(pair).count("<1>") == 2, "file and cloud are not seen to belong together"


def test_an_ssh_key_reads_as_its_public_half() -> None:
    made = ed25519.Ed25519PrivateKey.generate()
    private = made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = made.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert readable(private) == f"private half of {public}"
