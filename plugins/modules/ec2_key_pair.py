#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_key_pair
short_description: Manage an EC2 key pair and the file of its private key
version_added: 0.1.0
description:
  - Makes a key pair on this machine, writes its private half at mode 0400, and imports the public half into EC2. The
    private key never crosses the network, and a crash in between loses nothing.
  - Notices when EC2 has the key pair and the private key here is missing or another one. Public keys are compared, as
    the fingerprints that AWS shows depend on where a key was made.
  - A private key that is there is never overwritten or removed.
  - Without a change it takes 1 API call.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: The key pair's name in EC2.
    type: str
    required: true
  path:
    description: The file of the private key. The public half lies beside it, in a file of this name and C(.pub).
    type: path
    required: true
  type:
    description: The type of a key pair that is yet to be made. The file of an RSA key is in PEM format.
    type: str
    choices: [rsa, ed25519]
    default: rsa
  source:
    description:
      - Where a key pair is made that is not in EC2 yet. V(local) makes it here, or takes the file that is there.
      - V(aws) lets EC2 make it. The private key is sent once, and the key pair is removed again if it cannot be kept.
    type: str
    choices: [local, aws]
    default: local
  on_mismatch:
    description:
      - What to do where EC2 has the key pair, and the private key here is missing or another one.
      - V(fail) says so. V(replace) removes the key pair from EC2 and makes or imports another. Instances that were made
        with the old one do not come to know the new one.
    type: str
    choices: [fail, replace]
    default: fail
  state:
    description: Whether the key pair is to be in EC2. V(absent) leaves the files alone.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.aws
  - mlops.workstation.aws.module
  - mlops.workstation.attributes
  - mlops.workstation.aws.owned
seealso:
  - module: mlops.workstation.ec2_instance
  - module: mlops.workstation.ssh_key_pair
"""

EXAMPLES = r"""
- name: A key pair for the workstation
  mlops.workstation.ec2_key_pair:
    region: ca-central-1
    workstation: mlops-zoom-aws
    name: mlops-zoom-aws
    path: ~/.ssh/mlops-zoom-aws.pem

- name: Another one, as the file was lost
  mlops.workstation.ec2_key_pair:
    region: ca-central-1
    workstation: mlops-zoom-aws
    name: mlops-zoom-aws
    path: ~/.ssh/mlops-zoom-aws.pem
    on_mismatch: replace
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [generate, import]
api_calls:
  description: How many API requests were sent, retries included, those for credentials not.
  returned: always
  type: int
  sample: 1
resource:
  description:
    - The key pair as it is now, or as it would be in check mode; empty if there is none.
    - What is known only once it is made is null in check mode.
  returned: success
  type: dict
  sample:
    name: mlops-zoom-aws
    key_pair_id: key-0123456789abcdef0
    type: rsa
    fingerprint: "1f:51:ae:28:bf:89:e9:d8:1f:25:5d:37:2d:7d:b8:ca"
    public_key: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQDExample mlops-zoom-aws
    path: /home/me/.ssh/mlops-zoom-aws.pem
    mode: "0400"
    tags: {workstation: mlops-zoom-aws}
"""

from ..module_utils.aws.module import run
from ..module_utils.aws.resources.key_pair import Ec2KeyPair

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "path": {"type": "path", "required": True},
    "type": {"type": "str", "choices": ["rsa", "ed25519"], "default": "rsa"},
    "source": {"type": "str", "choices": ["local", "aws"], "default": "local"},
    "on_mismatch": {"type": "str", "choices": ["fail", "replace"], "default": "fail"},
    "tags": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(Ec2KeyPair, SPEC)


if __name__ == "__main__":
    main()
