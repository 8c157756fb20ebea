# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RSA key pairs for service accounts. They are made here, so that the private half never crosses the wire."""

from __future__ import annotations

import base64
import datetime
import importlib.util
from typing import TYPE_CHECKING

from ..resource import CloudError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BITS = 2048
# A clock that is a little fast makes no certificate that is not valid yet.
SKEW = datetime.timedelta(hours=1)
# As long as Google's own; how old a key may get is a matter of rotation.
FOREVER = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)

# The modulus and the exponent: what makes a public key the same, however it is written.
Numbers = tuple[int, int]


def check_library() -> None:
    """CloudError where the library is missing."""
    if importlib.util.find_spec("cryptography") is None:
        raise CloudError("The Python library cryptography is missing. Install it with: pip install cryptography")


def generate() -> str:
    """A new private key, as key files hold it."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certify(private: str, common_name: str) -> str:
    """The public half in a certificate that is signed with its own key, as the API takes it: PEM in base64."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    key = _load(private)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - SKEW).not_valid_after(FOREVER)
    return base64.b64encode(builder.sign(key, SHA256()).public_bytes(Encoding.PEM)).decode()


def public_of(private: str) -> Numbers | None:
    """The public half of a private key, None where that is damaged. Nothing of it is quoted."""
    try:
        return _numbers(_load(private).public_key())
    except (ValueError, TypeError):
        return None


def public_in(data: str) -> Numbers | None:
    """The public key of a certificate, which the API shows as PEM in base64; None where it shows none."""
    from cryptography import x509

    try:
        key = x509.load_pem_x509_certificate(base64.b64decode(data)).public_key()
    except ValueError:
        return None
    return _numbers(key)


def _numbers(key: object) -> Numbers | None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if not isinstance(key, RSAPublicKey):
        return None
    numbers = key.public_numbers()
    return numbers.n, numbers.e


def _load(private: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # Checking the key's arithmetic takes longer than all else here; that it belongs to its public half is checked.
    key = load_pem_private_key(private.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
