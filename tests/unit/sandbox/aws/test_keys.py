# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Key pairs."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from sandbox.config import Config
from tests.unit.sandbox.aws.support import Aws, Json, refused, tags

DER = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """A key of the user's own."""
    return rsa.generate_private_key(65537, 2048)


def line(private: rsa.RSAPrivateKey | Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Its public half as OpenSSH writes it."""
    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def described(aws: Aws, name: str, **more: object) -> Json:
    """A key pair as it is described."""
    return dict(aws.ec2.describe_key_pairs(KeyNames=[name], **more)["KeyPairs"][0])


def test_a_made_rsa_key(aws: Aws, config: Config) -> None:
    made = aws.ec2.create_key_pair(KeyName="k", TagSpecifications=tags("key-pair", a="b"))
    assert made["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    private = load_pem_private_key(made["KeyMaterial"].encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert made["KeyFingerprint"] == hashlib.sha1(der).digest().hex(":")
    shown = described(aws, "k", IncludePublicKey=True)
    assert (shown["PublicKey"], shown["KeyType"]) == (f"{line(private)} k", "rsa")
    assert shown["Tags"] == made["Tags"] == [{"Key": "a", "Value": "b"}]
    assert "KeyMaterial" not in shown
    secret = "".join(made["KeyMaterial"].splitlines()[1:3])
    for file in config.home.iterdir():
        assert secret.encode() not in file.read_bytes().replace(b"\n", b"")


def test_a_made_ed25519_key(aws: Aws) -> None:
    made = aws.ec2.create_key_pair(KeyName="k", KeyType="ed25519")
    private = load_ssh_private_key(made["KeyMaterial"].encode(), None)
    assert isinstance(private, Ed25519PrivateKey)
    blob = base64.b64decode(line(private).split()[1])
    assert made["KeyFingerprint"] == base64.b64encode(hashlib.sha256(blob).digest()).decode()


@pytest.mark.parametrize(("kind", "name"), [("rsa", "ssh-rsa"), ("ed25519", "ssh-ed25519")])
def test_puttys_format(aws: Aws, kind: str, name: str) -> None:
    made = aws.ec2.create_key_pair(KeyName="k", KeyType=kind, KeyFormat="ppk")["KeyMaterial"]
    lines = made.splitlines()
    assert lines[:3] == [f"PuTTY-User-Key-File-2: {name}", "Encryption: none", "Comment: k"]
    count = int(lines[3].removeprefix("Public-Lines: "))
    public = described(aws, "k", IncludePublicKey=True)["PublicKey"].split()[1]
    assert "".join(lines[4 : 4 + count]) == public
    assert len(lines[-1].removeprefix("Private-MAC: ")) == 40


def test_an_imported_rsa_key(aws: Aws, key: rsa.RSAPrivateKey) -> None:
    given = aws.ec2.import_key_pair(KeyName="k", PublicKeyMaterial=f"{line(key)} me@home\n".encode())
    fingerprint = hashlib.md5(key.public_key().public_bytes(*DER)).digest().hex(":")
    shown = described(aws, "k", IncludePublicKey=True)
    assert given["KeyFingerprint"] == shown["KeyFingerprint"] == fingerprint
    assert shown["PublicKey"] == f"{line(key)} k"
    assert "PublicKey" not in described(aws, "k")


def test_an_imported_ed25519_key_has_opensshs_fingerprint(aws: Aws, tmp_path: Path) -> None:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    shown = subprocess.run(["ssh-keygen", "-lf", str(file)], check=True, capture_output=True, text=True).stdout
    given = aws.ec2.import_key_pair(KeyName="k", PublicKeyMaterial=file.with_suffix(".pub").read_bytes())
    assert given["KeyFingerprint"].rstrip("=") == shown.split()[1].removeprefix("SHA256:")


def test_formats_that_can_be_imported(aws: Aws, key: rsa.RSAPrivateKey) -> None:
    blob = line(key).split()[1]
    rfc4716 = f'---- BEGIN SSH2 PUBLIC KEY ----\nComment: "me"\n{blob}\n---- END SSH2 PUBLIC KEY ----\n'
    der = base64.b64encode(key.public_key().public_bytes(*DER))
    for name, material in (("openssh", line(key).encode()), ("rfc4716", rfc4716.encode()), ("der", der)):
        aws.ec2.import_key_pair(KeyName=name, PublicKeyMaterial=material)
    shown = aws.ec2.describe_key_pairs(IncludePublicKey=True)["KeyPairs"]
    assert {found["PublicKey"].split()[1] for found in shown} == {blob}


@pytest.mark.parametrize(
    "material",
    [
        b"nonsense",
        b"ssh-rsa AAAA",
        line(ec.generate_private_key(ec.SECP256R1())).encode(),
        line(rsa.generate_private_key(65537, 1536)).encode(),
    ],
    ids=["nonsense", "broken", "ecdsa", "1536 bits"],
)
def test_what_cannot_be_imported(aws: Aws, material: bytes) -> None:
    code, _ = refused(lambda: aws.ec2.import_key_pair(KeyName="k", PublicKeyMaterial=material))
    assert code == "InvalidKey.Format"


def test_names_are_taken_once(aws: Aws, key: rsa.RSAPrivateKey) -> None:
    aws.ec2.create_key_pair(KeyName="k", KeyType="ed25519")
    expected = ("InvalidKeyPair.Duplicate", "The keypair 'k' already exists.")
    assert refused(lambda: aws.ec2.create_key_pair(KeyName="k")) == expected
    assert refused(lambda: aws.ec2.import_key_pair(KeyName="k", PublicKeyMaterial=line(key).encode())) == expected


def test_found_and_deleted_by_id(aws: Aws) -> None:
    ids = [aws.ec2.create_key_pair(KeyName=name, KeyType="ed25519")["KeyPairId"] for name in ("a", "b")]
    shown = aws.ec2.describe_key_pairs(KeyPairIds=ids[1:])["KeyPairs"]
    assert [found["KeyName"] for found in shown] == ["b"]
    assert aws.ec2.delete_key_pair(KeyPairId=ids[0])["KeyPairId"] == ids[0]
    assert [found["KeyName"] for found in aws.ec2.describe_key_pairs()["KeyPairs"]] == ["b"]
    assert refused(lambda: aws.ec2.describe_key_pairs(KeyPairIds=ids[:1]))[0] == "InvalidKeyPair.NotFound"
    assert "KeyPairId" not in aws.ec2.delete_key_pair(KeyName="a")


def test_unknown_ones(aws: Aws) -> None:
    expected = ("InvalidKeyPair.NotFound", "The key pair 'k' does not exist")
    assert refused(lambda: described(aws, "k")) == expected
