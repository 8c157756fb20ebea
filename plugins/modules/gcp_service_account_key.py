#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_service_account_key
short_description: Manage a service account's key and the JSON file that it is in
version_added: 0.1.0
description:
  - Makes an RSA key pair of 2048 bits on this machine, and makes its public half known to Google Cloud as a key of the
    service account. The private half never leaves this machine. Its file is written in one stroke, at mode V(0600) from
    its first byte, in the form in which Google Cloud gives keys out.
  - While a key is on its way it is in a file beside O(path) whose name ends in C(.pending). A run that is interrupted
    is picked up from there by the next one, so that no key is lost, made twice, or left behind in Google Cloud.
  - A key that is in its file and known to Google Cloud is left as it is. One that has been deleted there is an error,
    or replaced with O(replace_deleted). A file that holds anything else is never written or removed.
  - Only of an account that is marked as belonging to O(workstation), as M(mlops.workstation.gcp_service_account) marks
    them, is a key made, replaced or removed.
  - Without a change it takes 1 API call.
author:
  - mlops.workstation contributors (@mlops)
options:
  account_id:
    description: The part of the account's email before the @.
    type: str
    required: true
  path:
    description: Where the JSON file is to be.
    type: path
    required: true
  rotate_after:
    description:
      - The age in days from which on a key is replaced. The new key is in its place before the old one is deleted in
        Google Cloud. A key that has expired is replaced too.
      - If unset, a key is kept whatever its age.
    type: int
  replace_deleted:
    description:
      - Whether a key that has been deleted in Google Cloud is replaced. Its file stays, under a name that ends in the
        key's id and C(.deleted).
    type: bool
    default: false
  state:
    description:
      - Whether the key is to be there. With V(absent) the key that the file holds is deleted in Google Cloud, then the
        file.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
  - mlops.workstation.gcp.owned
requirements:
  - cryptography
notes:
  - Whoever can read the file can act as the account. On a machine of Google Cloud no key is needed, as the account can
    be attached to the machine; elsewhere O(impersonate_service_account) may do.
  - The file's C(token_uri) is O(token_endpoint).
seealso:
  - module: mlops.workstation.gcp_service_account
"""

EXAMPLES = r"""
- name: Have a key for programs on this computer, a new one every 90 days
  mlops.workstation.gcp_service_account_key:
    project: my-project
    workstation: mlops-zoom
    account_id: mlops-zoom
    path: ~/.gcp/mlops-zoom.json
    rotate_after: 90

- name: Delete it in Google Cloud and here
  mlops.workstation.gcp_service_account_key:
    project: my-project
    workstation: mlops-zoom
    account_id: mlops-zoom
    path: ~/.gcp/mlops-zoom.json
    state: absent
"""

RETURN = r"""
actions:
  description:
    - The steps that were taken, or would be taken in check mode, in their order.
    - C(finish) ends what a run that was interrupted began.
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
  description: The key as it is now, or as it would be in check mode; empty if there is none. Nothing of it is secret.
  returned: success
  type: dict
  sample:
    path: /home/me/.gcp/mlops-zoom.json
    key_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567
    service_account: mlops-zoom@my-project.iam.gserviceaccount.com
    valid_after: "2026-11-24T13:00:00Z"
    valid_before: "9999-12-31T23:59:59Z"
    mode: "0600"
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.service_account_key import ServiceAccountKey

SPEC = {
    "workstation": {"type": "str", "required": True},
    "account_id": {"type": "str", "required": True},
    "path": {"type": "path", "required": True},
    "rotate_after": {"type": "int"},
    "replace_deleted": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(ServiceAccountKey, SPEC)


if __name__ == "__main__":
    main()
