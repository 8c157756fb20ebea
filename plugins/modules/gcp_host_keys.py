#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_host_keys
short_description: Read the SSH host keys that a Google Cloud instance publishes
version_added: 0.1.0
description:
  - Reads the public host keys from the instance's guest attributes, where its guest agent writes them at boot, over the
    API's own authenticated connection. They can then be pinned before the first contact.
  - Needs the metadata item C(enable-guest-attributes) to be C(TRUE) before the instance boots.
  - Takes 1 API call where the keys are there already.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: The instance's name.
    type: str
    required: true
  zone:
    description: The instance's zone.
    type: str
    required: true
  wait:
    description: The longest wait for a first boot to publish them, in seconds.
    type: int
    default: 180
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes.read_only
seealso:
  - module: mlops.workstation.ssh_known_host
"""

EXAMPLES = r"""
- name: Read the host keys
  mlops.workstation.gcp_host_keys:
    project: my-project
    zone: northamerica-northeast2-a
    name: mlops-zoom
  register: published

- name: Pin them
  mlops.workstation.ssh_known_host:
    name: compute.4567890123456789012
    keys: "{{ published.host_keys }}"
"""

RETURN = r"""
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
host_keys:
  description: The keys, each as type and base64 text.
  returned: success
  type: list
  elements: str
  sample: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample]
"""

from ..module_utils.gcp.module import ask
from ..module_utils.gcp.resources.host_keys import read

SPEC = {
    "name": {"type": "str", "required": True},
    "zone": {"type": "str", "required": True},
    "wait": {"type": "int", "default": 180},
}


def main() -> None:
    ask(read, SPEC)


if __name__ == "__main__":
    main()
