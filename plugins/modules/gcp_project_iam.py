#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_project_iam
short_description: Manage the roles of a member in a Google Cloud project
version_added: 0.1.0
description:
  - Gives roles in a project to a person, a group or a service account, or takes them away, all in one write.
  - The policy is shared by the whole project. Only this member's roles without a condition are managed; other members,
    bindings with a condition and audit configurations stay as they are. The write carries the etag of what was read,
    and is made anew from a fresh reading where somebody else wrote meanwhile.
  - A service account that was made a moment ago, which IAM may not know yet, is waited for.
  - Without a change it takes 1 API call, with one it takes 2.
author:
  - mlops.workstation contributors (@mlops)
options:
  member:
    description:
      - Who has the roles, as IAM writes it, for example V(user:name@example.com), V(group:team@example.com) or
        V(serviceAccount:name@project.iam.gserviceaccount.com).
    type: str
    required: true
  roles:
    description: The roles' names, for example V(roles/viewer).
    type: list
    elements: str
    required: true
  mode:
    description:
      - V(add) gives the roles, V(remove) takes them away.
      - V(exact) gives them and takes every other role without a condition away from this member.
    type: str
    choices: [add, remove, exact]
    default: add
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
seealso:
  - module: mlops.workstation.gcp_service_account
"""

EXAMPLES = r"""
- name: Let the service account read the project and use its storage and BigQuery
  mlops.workstation.gcp_project_iam:
    project: my-project
    member: serviceAccount:mlops-zoom@my-project.iam.gserviceaccount.com
    roles:
      - roles/viewer
      - roles/storage.admin
      - roles/storage.objectAdmin
      - roles/bigquery.admin

- name: Leave it with nothing but reading
  mlops.workstation.gcp_project_iam:
    project: my-project
    member: serviceAccount:mlops-zoom@my-project.iam.gserviceaccount.com
    roles: [roles/viewer]
    mode: exact
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [set_roles]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description: The member's roles without a condition as they are now, or as they would be in check mode.
  returned: success
  type: dict
  sample:
    project: my-project
    member: serviceAccount:mlops-zoom@my-project.iam.gserviceaccount.com
    roles: [roles/bigquery.admin, roles/storage.admin, roles/storage.objectAdmin, roles/viewer]
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.project_iam import ProjectIam

SPEC = {
    "member": {"type": "str", "required": True},
    "roles": {"type": "list", "elements": "str", "required": True},
    "mode": {"type": "str", "choices": ["add", "remove", "exact"], "default": "add"},
}


def main() -> None:
    run(ProjectIam, SPEC)


if __name__ == "__main__":
    main()
