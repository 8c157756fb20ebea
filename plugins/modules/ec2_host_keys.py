#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_host_keys
short_description: Read the SSH host keys that an EC2 instance prints on its console
version_added: 0.1.0
description:
  - Reads the public host keys that cloud-init prints on the console at an instance's first boot, over the API's own
    authenticated connection. They can then be pinned before the first contact.
  - Types on Nitro, such as C(t3), show their console as it comes. Others, such as C(t2), show it some minutes after the
    boot. Once an instance was stopped or rebooted, its console does not have the keys any more.
  - Takes 1 API call where the keys are there already, and 2 on types before Nitro.
author:
  - mlops.workstation contributors (@mlops)
options:
  instance_id:
    description: The instance's id.
    type: str
    required: true
  wait:
    description: The longest wait for a first boot to print them and for AWS to show them, in seconds.
    type: int
    default: 600
extends_documentation_fragment:
  - mlops.workstation.aws
  - mlops.workstation.aws.module
  - mlops.workstation.attributes.read_only
seealso:
  - module: mlops.workstation.ec2_instance
  - module: mlops.workstation.ssh_known_host
"""

EXAMPLES = r"""
- name: Read the host keys
  mlops.workstation.ec2_host_keys:
    region: ca-central-1
    instance_id: i-0123456789abcdef0
  register: printed

- name: Pin them
  mlops.workstation.ssh_known_host:
    name: i-0123456789abcdef0
    keys: "{{ printed.host_keys }}"
"""

RETURN = r"""
api_calls:
  description: How many API requests were sent, retries included, those for credentials not.
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

from ..module_utils.aws.module import ask
from ..module_utils.aws.resources.host_keys import read

SPEC = {
    "instance_id": {"type": "str", "required": True},
    "wait": {"type": "int", "default": 600},
}


def main() -> None:
    ask(read, SPEC)


if __name__ == "__main__":
    main()
