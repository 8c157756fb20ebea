# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in for the real thing in a sandbox that is up, and how to use the real one; `make demo` ends with it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.config import Config

Offer = Mapping[str, Mapping[str, Any]]


class StandIn(NamedTuple):
    """One substitution: the real thing, what takes its place here, and the way to the real one."""

    real: str
    here: str
    how: str


ACCOUNTS = {
    "gcp": "ansible-playbook playbooks/gcp.yml with the credentials of an account (README.md)",
    "aws": "ansible-playbook -i inventories/aws playbooks/aws.yml with the credentials of an account (README.md)",
}


def clouds(offer: Offer) -> dict[str, StandIn]:
    """What stands in for each cloud."""
    google, amazon = offer["gcp"]["endpoints"]["compute"], offer["aws"]["endpoint_url"]
    schemas = f"local APIs, {google} and others, held to Google's published schemas"
    return {
        "gcp": StandIn("Google Cloud", schemas, ACCOUNTS["gcp"]),
        "aws": StandIn(
            "AWS", f"a local API, {amazon}, which is moto's with its departures from EC2 mended", ACCOUNTS["aws"]
        ),
    }


def stand_ins(offer: Offer, upstream_anaconda: bool = False, cloud: str | None = None) -> list[StandIn]:
    """List the substitutions of the sandbox that made this offer, in the demo of one cloud or in all."""
    mirror, account = offer["mirror"], ACCOUNTS[cloud or "gcp"]
    here = f"a container with systemd and sshd, image family {offer['gcp']['image_family']}"
    found = [made for name, made in clouds(offer).items() if cloud in (None, name)]
    found.append(StandIn("the virtual machine", here, account))
    if "anaconda" in mirror and not upstream_anaconda:
        version = mirror["anaconda"]["version"]
        here = f"a test-sized installer ({version}) with the vendor's command line and a real Python and Jupyter"
        found.append(StandIn("Anaconda", here, "make demo ANACONDA=upstream"))
    if "compose" in mirror:
        version = mirror["compose"]["version"]
        found.append(StandIn("Docker Compose's release", f"the distribution's build of Compose {version}", account))
    if "registry" in mirror:
        found.append(StandIn("the public image registry", f"{mirror['registry']} with hello-world", account))
    return found


def read_offer() -> Offer | None:
    """Return what the sandbox of the environment's SANDBOX_* variables offers; None where none is up."""
    path = Config.from_environment(os.environ).home / "offer.json"
    if not path.exists():
        return None
    offer: Offer = json.loads(path.read_text(encoding="utf-8"))
    return offer


def main() -> int:
    """Print the substitutions of a demo; the arguments are make's CLOUD and ANACONDA."""
    cloud, anaconda = sys.argv[1:]
    offer = read_offer()
    if offer is None:
        print("error: no sandbox is up: make demo brings it up", file=sys.stderr)
        return 1
    print("\n==> What was a stand-in in this demo, and how to use the real one")
    for real, here, how in stand_ins(offer, upstream_anaconda=anaconda == "upstream", cloud=cloud):
        print(f"  {real}\n    here: {here}\n    real: {how}")
    again = "make demo" if cloud == "gcp" else f"make demo CLOUD={cloud}"
    print(f"\n`{again}` again changes nothing; `make demo-down` removes every trace.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
