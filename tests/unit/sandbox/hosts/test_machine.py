# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sandbox finds out about the machine: routes, apt sources, base images, certificate authorities."""

from __future__ import annotations

import base64
import ipaddress
from pathlib import Path

import pytest

from sandbox import apt, image, network
from sandbox.errors import SandboxError

ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t000012C6\t00000000\t0001\t0\t0\t0\t0000FEFF\t0\t0\t0
"""
MIRROR = "http://mirror.example/debian"
SECURITY = "http://mirror.example/debian-security"


def test_routes_are_read_without_the_default_one() -> None:
    assert [str(net) for net in network.routed(ROUTES)] == ["192.0.2.0/24", "198.18.0.0/15"]


@pytest.mark.parametrize(("subnet", "clash"), [("198.18.0.0/16", "198.18.0.0/15"), ("10.99.0.0/16", "None")])
def test_a_clash_names_the_route(subnet: str, clash: str) -> None:
    assert str(network.first_overlap(ipaddress.IPv4Network(subnet), network.routed(ROUTES))) == clash


def listing(uri: str, *suites: str, component: str = "main") -> str:
    """What apt says it would fetch."""
    release = "'{uri}/dists/{suite}/InRelease' name 0 \n"
    index = "'{uri}/dists/{suite}/{component}/binary-amd64/Packages.xz' name 0 \n"
    return "".join((release + index).format(uri=uri, suite=suite, component=component) for suite in suites)


def test_the_machines_mirror_is_found() -> None:
    printed = (
        listing("http://other.example", "nodistro")
        + listing(MIRROR, "bookworm", component="contrib")
        + listing(f"{MIRROR}/", "bookworm", "bookworm-updates")
        + listing(SECURITY, "bookworm-security")
    )
    assert apt.archive_in(printed) == apt.Archive(MIRROR, SECURITY)


def test_a_third_party_with_debians_suite_names_is_passed_over() -> None:
    printed = listing("http://other.example", "bookworm") + listing(MIRROR, "bookworm", "bookworm-updates")
    assert apt.archive_in(printed) == apt.Archive(MIRROR, None)


def test_another_distribution_has_no_debian_mirror() -> None:
    assert apt.archive_in(listing("http://mirror.example/ubuntu", "jammy", "jammy-updates")) is None


def test_sources_of_a_suite() -> None:
    archive = apt.Archive(MIRROR, SECURITY, "/keys.gpg")
    assert archive.sources("trixie").splitlines() == [
        f"deb [signed-by=/keys.gpg] {MIRROR} trixie main",
        f"deb [signed-by=/keys.gpg] {MIRROR} trixie-updates main",
        f"deb [signed-by=/keys.gpg] {SECURITY} trixie-security main",
    ]
    assert archive.sources("bullseye", security=False) == f"deb [signed-by=/keys.gpg] {MIRROR} bullseye main\n"


@pytest.mark.parametrize(
    ("release", "family"),
    [
        ('PRETTY_NAME="Ubuntu 22.04.5 LTS"\nID=ubuntu\nVERSION_ID="22.04"\n', "ubuntu-2204-lts"),
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n', "debian-12"),
    ],
)
def test_a_base_image_is_what_it_says(release: str, family: str) -> None:
    assert image.identify("base", release).family == family


@pytest.mark.parametrize("version", ["11", "13"])
def test_a_look_alike_is_refused(version: str) -> None:
    with pytest.raises(SandboxError, match=rf"base image mine is Debian {version}: .*SANDBOX_BASE_IMAGE"):
        image.identify("mine", f'ID=debian\nVERSION_ID="{version}"\nPRETTY_NAME="Debian {version}"\n')


def test_only_certificates_beyond_the_distributions_are_taken(tmp_path: Path) -> None:
    packaged = tmp_path / "packaged/mozilla"
    packaged.mkdir(parents=True)
    known, extra = certificate(b"known"), certificate(b"extra")
    (packaged / "known.crt").write_text(known)
    bundle = tmp_path / "bundle.crt"
    bundle.write_text(known.replace("\n", "\r\n") + extra)
    assert image.extra_authorities(bundle, packaged) == {"machine-0.crt": extra}


def certificate(content: bytes) -> str:
    """Something in the outer form of a certificate."""
    body = base64.encodebytes(content * 30).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
