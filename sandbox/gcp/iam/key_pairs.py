# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RSA key pairs and X.509 certificates, as the keys of service accounts need them."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import functools

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

FOREVER = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
SMALLEST = 1024


def generate(bits: int) -> rsa.RSAPrivateKey:
    """A new private key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@functools.cache
def of_google() -> rsa.RSAPrivateKey:
    """What stands for the keys that never leave Google; making one takes long enough to do it once."""
    return generate(2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """A private key as key files hold it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPublicKey) -> str:
    """A public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certify(pem: str, common_name: str) -> str:
    """The certificate, as PEM, that Google shows for a public key that came without one."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(load_rsa(pem))
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime.now(datetime.UTC))
        .not_valid_after(FOREVER)
    )
    return builder.sign(of_google(), SHA256()).public_bytes(Encoding.PEM).decode()


def load_rsa(pem: str) -> rsa.RSAPublicKey:
    """A public key from its PEM form."""
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    return key


@dataclasses.dataclass(frozen=True)
class Certificate:
    """An X.509 certificate and its public key, both as PEM; the key's size, and how long the certificate is valid."""

    pem: str
    public_key: str
    bits: int
    begin: datetime.datetime
    end: datetime.datetime


def read_certificate(encoded: str) -> Certificate:
    """The certificate in base64 of its PEM form; ValueError where it is none, or of a key that Google does not take."""
    try:
        pem = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise ValueError("it is not base64") from error
    certificate = x509.load_pem_x509_certificate(pem)
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST:
        raise ValueError(f"its key is not an RSA key of at least {SMALLEST} bits")
    if certificate.not_valid_after_utc <= datetime.datetime.now(datetime.UTC):
        raise ValueError("it has expired")
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Certificate(pem.decode(), public_pem(key), key.key_size, begin, end)
