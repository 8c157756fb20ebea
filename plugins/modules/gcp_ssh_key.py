#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_ssh_key
short_description: Manage an SSH public key in the metadata of a Google Cloud project
version_added: 0.1.0
description:
  - Adds a login's public key to the project's metadata, from where the guests of every instance take it, or removes
    it.
  - The list is shared by the whole project. Exactly the entry of O(user) and O(public_key) is added, changed or
    removed; every other entry, and all other metadata, stay as they are. A key's comment does not matter.
  - Warns where the project has OS Login on, so that its instances take no keys from metadata. Whether an instance is
    set so itself is told by RV(mlops.workstation.gcp_instance#module:resource.ssh).
  - Without a change it takes 1 API call.
author:
  - mlops.workstation contributors (@mlops)
options:
  user:
    description: The login's name. The guest makes the account.
    type: str
    required: true
  public_key:
    description: The content of the C(.pub) file, one line. A private key is refused.
    type: str
  public_key_file:
    description:
      - The path of the C(.pub) file, instead of its content.
      - In check mode the file may not exist yet, so that a run which makes the key pair can be predicted.
    type: path
  expire_on:
    description:
      - When the key stops letting anybody in, as a time with its zone, for example V(2030-12-04T20:12:00Z).
      - An entry of the same key that expires at another time, or never, is replaced. So is one that expires, if this is
        unset.
    type: str
  state:
    description: Whether the key is to be in the list.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
"""

EXAMPLES = r"""
- name: Let mlops-zoom-user log in to the project's instances
  mlops.workstation.gcp_ssh_key:
    project: my-project
    user: mlops-zoom-user
    public_key_file: ~/.ssh/mlops-zoom.pub

- name: Let a guest log in until the end of the year
  mlops.workstation.gcp_ssh_key:
    project: my-project
    user: guest
    public_key: "{{ guest_public_key }}"
    expire_on: "2030-12-31T23:59:59Z"
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [create]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description:
    - The login, its entry in the metadata, and when that expires, in UTC; empty if it is not there.
  returned: success
  type: dict
  sample:
    user: mlops-zoom-user
    entry: mlops-zoom-user:ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample mlops-zoom-user
    expire_on: null
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.ssh_key import SshKey

SPEC = {
    "user": {"type": "str", "required": True},
    "public_key": {"type": "str", "no_log": False},
    "public_key_file": {"type": "path", "no_log": False},
    "expire_on": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    alternatives = ["public_key", "public_key_file"]
    run(SshKey, SPEC, mutually_exclusive=[alternatives], required_one_of=[alternatives])


if __name__ == "__main__":
    main()
