#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_project
short_description: Manage a Google Cloud project and the billing account linked to it
version_added: 0.1.0
description:
  - Makes a project, changes its name and labels, links a billing account to it, marks it for deletion and has it back
    from there.
  - The owner's mark is the label C(workstation). A project without it is never changed or removed; it is used, with a
    warning, where it is as wanted already.
  - Ids of projects are unique in the whole world and never given out a second time, and a project that does not exist
    is refused in the same words as one that is somebody else's. That an id is taken is only known when a project is to
    be made under it.
  - Without a change it takes 1 API call with O(project_id), and 1 more with O(billing_account). With O(prefix) it takes
    as many on the computer that made the project, and 2 more on others.
  - A person's credentials can make a project anywhere they may; those of a service account only in a O(parent).
author:
  - mlops.workstation contributors (@mlops)
options:
  workstation:
    description:
      - The workstation that the project belongs to. It is the value of its label C(workstation), and so takes
        lower-case letters, digits, hyphens and underscores.
    type: str
    required: true
  project_id:
    description: The project's id. It takes 6 to 30 lower-case letters, digits and hyphens, a letter first.
    type: str
  prefix:
    description:
      - What the id begins with, at most 23 characters, instead of the whole id. A hyphen and six letters and digits are
        added, which look random. They are made of the computer's machine id and host name, the login, O(workstation)
        and this, so that the same person's next run makes the same, even if this one does not live to see the project.
      - The project of an earlier run is found by its label, on any computer.
    type: str
  name:
    description: The name that the console shows, 4 to 30 characters. The API takes the id if it is unset.
    type: str
  parent:
    description:
      - The folder or organization that the project is made in, as C(folders/NUMBER) or C(organizations/NUMBER).
      - A project is not moved. That it is elsewhere is an error.
    type: str
  labels:
    description: Labels to set. Others that are there stay.
    type: dict
  billing_account:
    description:
      - The billing account that pays for the project, as C(012345-6789AB-CDEF01), with or without C(billingAccounts/)
        before it.
      - If unset, billing is left as it is.
    type: str
  undelete:
    description: Whether a project that is marked for deletion is had back. Without it that is an error.
    type: bool
    default: false
  state:
    description:
      - Whether the project is to be there. With V(absent) it is marked for deletion with everything in it; for 30 days
        it can be had back with O(undelete), then it is gone, and its id with it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
notes:
  - The option O(project) has no part in this module.
seealso:
  - module: mlops.workstation.gcp_services
"""

EXAMPLES = r"""
- name: Make a project, or find the one that was made
  mlops.workstation.gcp_project:
    workstation: mlops-zoom
    prefix: mlops-zoom
    name: MLOps Zoomcamp
    billing_account: 012345-6789AB-CDEF01
  register: project

- name: Have a project back that was marked for deletion
  mlops.workstation.gcp_project:
    workstation: mlops-zoom
    project_id: mlops-zoom-k3v9q2
    undelete: true

- name: Mark it for deletion, with everything in it
  mlops.workstation.gcp_project:
    workstation: mlops-zoom
    prefix: mlops-zoom
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [create, link_billing]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description:
    - The project as it is now, or as it would be in check mode; empty if there is none. Its state is C(ACTIVE) or
      C(DELETE_REQUESTED).
    - The billing is only told where O(billing_account) is given.
    - In check mode, the id of a project that is yet to be made with O(prefix) is the first that will be tried.
  returned: success
  type: dict
  sample:
    project_id: mlops-zoom-k3v9q2
    number: "123456789012"
    name: MLOps Zoomcamp
    parent: folders/345678901234
    state: ACTIVE
    labels: {workstation: mlops-zoom}
    billing_account: billingAccounts/012345-6789AB-CDEF01
    billing_enabled: true
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.project import Project

SPEC = {
    "workstation": {"type": "str", "required": True},
    "project_id": {"type": "str"},
    "prefix": {"type": "str"},
    "name": {"type": "str"},
    "parent": {"type": "str"},
    "labels": {"type": "dict"},
    "billing_account": {"type": "str"},
    "undelete": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    either = ["project_id", "prefix"]
    run(Project, SPEC, mutually_exclusive=[either], required_one_of=[either])


if __name__ == "__main__":
    main()
