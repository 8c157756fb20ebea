#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_key_pair
short_description: Have a key pair for SSH in two files
version_added: 0.1.0
description:
  - Makes a key pair without a passphrase, with C(ssh-keygen), where there is none. Its private half has mode 0400 from
    the moment it is there, and the folder is made at mode 0700 if it is missing.
  - A private key that is there is never overwritten. Its mode is set to 0400, with a warning where others could read
    it, and a public half that is missing is derived from it.
  - A private key with a passphrase is accepted where the SSH agent has it open.
  - No key is ever removed.
author:
  - mlops.workstation contributors (@mlops)
options:
  path:
    description: The file of the private key. The public half lies beside it, in a file of this name and C(.pub).
    type: path
    required: true
  type:
    description: The type of a key pair that is yet to be made.
    type: str
    choices: [rsa, ed25519]
    default: rsa
  comment:
    description: The comment of a key pair that is yet to be made.
    type: str
extends_documentation_fragment:
  - mlops.workstation.attributes
requirements:
  - OpenSSH's client
seealso:
  - module: mlops.workstation.gcp_ssh_key
  - module: mlops.workstation.ec2_key_pair
"""

EXAMPLES = r"""
- name: A key pair for the workstation
  mlops.workstation.ssh_key_pair:
    path: ~/.ssh/mlops-zoom
    comment: mlops-zoom-user
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [generate]
resource:
  description:
    - The key pair as it is now, or as it would be in check mode.
    - The public key is null in the check mode of a key pair that is yet to be made.
  returned: success
  type: dict
  sample:
    path: /home/me/.ssh/mlops-zoom
    type: rsa
    public_key: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQDExample mlops-zoom-user
    mode: "0400"
"""

from ..module_utils.ssh.module import run
from ..module_utils.ssh.resources.key_pair import KeyPair

SPEC = {
    "path": {"type": "path", "required": True},
    "type": {"type": "str", "choices": ["rsa", "ed25519"], "default": "rsa"},
    "comment": {"type": "str"},
}


def main() -> None:
    run(KeyPair, SPEC)


if __name__ == "__main__":
    main()
