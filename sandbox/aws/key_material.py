# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Key pairs as EC2 makes and names them: private keys in its two formats, and fingerprints, which differ by origin."""

from __future__ import annotations

import base64
import hashlib
import hmac
import textwrap

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_ssh_public_key,
)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey

_RSA_BITS = (1024, 2048, 4096)
_RFC4716 = b"---- BEGIN SSH2 PUBLIC KEY ----"


def generate(kind: str) -> PrivateKey:
    """A new key: rsa (2048 bits) or ed25519."""
    return Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, 2048)


def kind_of(key: PublicKey) -> str:
    """The key's type as EC2 names it."""
    return "rsa" if isinstance(key, RSAPublicKey) else "ed25519"


def parse(material: bytes) -> PublicKey:
    """A public key in OpenSSH's format, that of RFC 4716, or DER in base64; ValueError for what EC2 does not take."""
    if material.startswith(_RFC4716):
        material = _from_rfc4716(material)
    opensshs = material.startswith((b"ssh-", b"ecdsa-"))
    key = load_ssh_public_key(material) if opensshs else load_der_public_key(base64.b64decode(material, validate=True))
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, RSAPublicKey) and key.key_size in _RSA_BITS):
        return key
    raise ValueError("EC2 takes RSA keys of 1024, 2048 or 4096 bits, and ED25519 keys")


def openssh(key: PublicKey) -> str:
    """The key as a line without a comment."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def created_fingerprint(key: PrivateKey) -> str:
    """Of a key made by EC2: SHA-1 of the private key for RSA."""
    if isinstance(key, Ed25519PrivateKey):
        return imported_fingerprint(key.public_key())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return hashlib.sha1(der).digest().hex(":")


def imported_fingerprint(key: PublicKey) -> str:
    """Of an imported key: MD5 of the public key for RSA, and OpenSSH's own for ED25519."""
    if isinstance(key, Ed25519PublicKey):
        blob = base64.b64decode(openssh(key).split()[1])
        return base64.b64encode(hashlib.sha256(blob).digest()).decode()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.md5(der).digest().hex(":")


def private_text(key: PrivateKey, style: str, name: str) -> str:
    """The private key for its owner: pem, or ppk for PuTTY."""
    if style == "ppk":
        return _ppk(key, name)
    format_ = PrivateFormat.TraditionalOpenSSL if isinstance(key, RSAPrivateKey) else PrivateFormat.OpenSSH
    return key.private_bytes(Encoding.PEM, format_, NoEncryption()).decode()


def _ppk(key: PrivateKey, comment: str) -> str:
    """PuTTY's format, version 2, without a passphrase."""
    kind, public = openssh(key.public_key()).split()
    blob, private = base64.b64decode(public), _ppk_private(key)
    fields = (kind.encode(), b"none", comment.encode(), blob, private)
    secret = hashlib.sha1(b"putty-private-key-file-mac-key").digest()
    mac = hmac.new(secret, b"".join(map(_string, fields)), hashlib.sha1).hexdigest()
    head = f"PuTTY-User-Key-File-2: {kind}\nEncryption: none\nComment: {comment}\n"
    return f"{head}{_lines('Public', blob)}{_lines('Private', private)}Private-MAC: {mac}\n"


def _ppk_private(key: PrivateKey) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return _string(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    numbers = key.private_numbers()
    return b"".join(_mpint(value) for value in (numbers.d, numbers.p, numbers.q, numbers.iqmp))


def _lines(label: str, blob: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(blob).decode(), 64)
    return f"{label}-Lines: {len(lines)}\n" + "".join(f"{line}\n" for line in lines)


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _mpint(value: int) -> bytes:
    return _string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _from_rfc4716(material: bytes) -> bytes:
    lines = [line for line in material.decode().splitlines()[1:-1] if ":" not in line]
    blob = base64.b64decode("".join(lines))
    # A key's blob begins with the name of its kind, and its length.
    kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
    return kind + b" " + base64.b64encode(blob)
