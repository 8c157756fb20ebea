# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A proxy of this machine alone that answers as Google does, for clients whose addresses are fixed."""

from __future__ import annotations

import contextlib
import datetime
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SECONDS = 30.0
CHUNK = 65536
SERVED = ".googleapis.com"


@contextlib.contextmanager
def googleapis(folder: Path, root: str) -> Iterator[dict[str, str]]:
    """The environment of a client that is to find https://*.googleapis.com at a root, and nothing else anywhere."""
    authority = make_certificates(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    with Proxy(context, root) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        yield {"HTTPS_PROXY": address, "REQUESTS_CA_BUNDLE": str(authority), "NO_PROXY": "127.0.0.1"}
        proxy.shutdown()
        thread.join(SECONDS)


class Proxy(socketserver.ThreadingTCPServer):
    """Takes CONNECT for the hosts that it has a certificate for."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, root: str) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.context = context
        self.target = ("127.0.0.1", int(urlsplit(root).port or 0))


class Tunnel(socketserver.StreamRequestHandler):
    """One connection: its TLS ends here, and what is in it goes on to the sandbox as it is."""

    server: Proxy
    rbufsize = 0

    def handle(self) -> None:
        request = self.rfile.readline(CHUNK).split()
        while self.rfile.readline(CHUNK) not in (b"\r\n", b""):
            pass
        if len(request) != 3 or request[0] != b"CONNECT" or not request[1].decode().endswith(f"{SERVED}:443"):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            contextlib.suppress(ConnectionError, ssl.SSLError),
            self.server.context.wrap_socket(self.connection, server_side=True) as client,
            socket.create_connection(self.server.target, SECONDS) as sandbox,
        ):
            back = threading.Thread(target=pump, args=(sandbox, client), daemon=True)
            back.start()
            pump(client, sandbox)
            back.join(SECONDS)


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Passes on what comes until it ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def make_certificates(folder: Path) -> Path:
    """An authority's certificate, whose path is returned, and server.pem with a key and certificate of the hosts."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Readers' authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"*{SERVED}")])
    authority = _builder(issuer, issuer, authority_key.public_key(), ca=True)
    names = x509.SubjectAlternativeName([x509.DNSName(f"*{SERVED}")])
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    server = _builder(issuer, subject, key.public_key(), ca=False).add_extension(names, False).add_extension(own, False)
    signed = [made.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM) for made in (authority, server)]
    (folder / "authority.pem").write_bytes(signed[0])
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + signed[1])
    return folder / "authority.pem"


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only", "crl_sign"), False
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
