#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_service_account
short_description: Manage a service account of a Google Cloud project
version_added: 0.1.0
description:
  - Makes, changes, disables and removes a service account. The API C(iam.googleapis.com) has to be enabled in the
    project.
  - A new account is only there for everybody after a while. The module returns once it was found three times in a row.
  - The owner's mark stands at the end of the account's description, as service accounts have no labels.
  - An account that was removed can be had back for 30 days by its unique id. One made anew under its name is another
    account, without the roles and keys of the first.
  - Without a change it takes 1 API call.
author:
  - mlops.workstation contributors (@mlops)
options:
  account_id:
    description:
      - The part of the account's email before the @. It takes 6 to 30 lower-case letters, digits and hyphens, a letter
        first and no hyphen last.
    type: str
    required: true
  display_name:
    description: The name that the console shows, at most 100 bytes.
    type: str
  description:
    description: What the account is for. The owner's mark is added to it; together they take at most 256 bytes.
    type: str
  disabled:
    description: Whether the account is kept without anybody being able to act as it.
    type: bool
  state:
    description: Whether the account is to be there.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
  - mlops.workstation.gcp.owned
seealso:
  - module: mlops.workstation.gcp_project_iam
  - module: mlops.workstation.gcp_service_account_key
"""

EXAMPLES = r"""
- name: Make an account for the workstation's programs
  mlops.workstation.gcp_service_account:
    project: my-project
    workstation: mlops-zoom
    account_id: mlops-zoom
    display_name: MLOps Zoomcamp
  register: account

- name: Remove it again
  mlops.workstation.gcp_service_account:
    project: my-project
    workstation: mlops-zoom
    account_id: mlops-zoom
    state: absent
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
  description: The account as it is now, or as it would be in check mode; empty if there is none.
  returned: success
  type: dict
  sample:
    account_id: mlops-zoom
    email: mlops-zoom@my-project.iam.gserviceaccount.com
    unique_id: "103456789012345678901"
    name: projects/my-project/serviceAccounts/mlops-zoom@my-project.iam.gserviceaccount.com
    display_name: MLOps Zoomcamp
    description: ""
    disabled: false
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.service_account import ServiceAccount

SPEC = {
    "workstation": {"type": "str", "required": True},
    "account_id": {"type": "str", "required": True},
    "display_name": {"type": "str"},
    "description": {"type": "str"},
    "disabled": {"type": "bool"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(ServiceAccount, SPEC)


if __name__ == "__main__":
    main()
