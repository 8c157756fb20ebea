#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_instance
short_description: Manage a virtual machine on Google Cloud
version_added: 0.1.0
description:
  - Makes, changes, starts, stops, suspends and removes a Compute Engine instance with one boot disk and one network
    interface.
  - What an option does not say is neither compared nor sent, so that what others set stays as it is.
  - Before an instance is made, its zones, machine type, image and network are looked up, in check mode too.
  - Without a change it takes 1 API call, and 2 where O(address) is a name. That there is nothing to remove takes 2.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description: The instance's name.
    type: str
    required: true
  zone:
    description: The zone, for example V(northamerica-northeast2-a). This or O(zones) is needed.
    type: str
  zones:
    description:
      - The zones to make the instance in, tried in this order. The next one is tried where a zone is out of stock, and
        only then; one that does not offer O(machine_type) is passed over.
      - An instance that exists is told by its name and O(workstation), so that it is found in whichever zone it is. One
        in a zone that is not listed is an error, rather than made a second time.
      - They must be of one region where O(address) is given.
    type: list
    elements: str
  machine_type:
    description:
      - The machine type, for example V(n2-standard-2). Needed to make an instance.
      - It can be changed only while the instance is stopped; see O(allow_stop).
    type: str
  image_family:
    description:
      - The image family whose newest image the boot disk is made from. This or O(image) is needed to make an instance.
      - It is used at creation alone.
    type: str
  image:
    description:
      - The image that the boot disk is made from, by its name in O(image_project), or as a path with a project of its
        own, C(projects/my-project/global/images/my-image).
      - It is used at creation alone.
    type: str
  image_project:
    description: The project that publishes the image or the image family.
    type: str
    default: ubuntu-os-cloud
  boot_disk_size:
    description:
      - The size of the boot disk in GiB; the image's own size if unset. The disk is removed with the instance.
      - A larger size grows the disk, while the instance runs too. Ubuntu and Debian grow the file system at the next
        boot. A smaller size is an error.
    type: int
  boot_disk_type:
    description: The type of the boot disk, for example V(pd-balanced). It is used at creation alone.
    type: str
  network:
    description:
      - The VPC network, by its name, or as a path in another project. V(default) if this and O(subnetwork) are unset.
      - It cannot be changed afterwards.
    type: str
  subnetwork:
    description:
      - The subnetwork in the zone's region, by its name, or as a path in another project. A network in custom mode
        needs one.
      - It cannot be changed afterwards.
    type: str
  address:
    description:
      - The static external address to attach, by the name it has in the zone's region, or as an IPv4 address.
      - If it replaces another address, the instance cannot be reached for a moment; where it cannot be had after all,
        the instance gets a static address back that it had, or else an ephemeral one. To keep the number that the
        instance has, reserve the address with O(mlops.workstation.gcp_address#module:promote_from).
      - If unset, an instance is made with an ephemeral address, and an existing one keeps what it has.
    type: str
  tags:
    description: The network tags.
    type: list
    elements: str
  tags_mode:
    description: Whether other tags are removed (V(exact)) or stay (V(merge)).
    type: str
    choices: [exact, merge]
    default: exact
  labels:
    description: The labels.
    type: dict
  labels_mode:
    description:
      - Whether other labels stay (V(merge)) or are removed (V(exact)). Those that Google Cloud's services set, which
        begin with C(goog-), stay in any case.
    type: str
    choices: [merge, exact]
    default: merge
  metadata:
    description:
      - The metadata items. A truth value becomes V(TRUE) or V(FALSE).
      - Everybody who may log in to the instance can read its metadata, so it is no place for secrets.
    type: dict
  metadata_mode:
    description: Whether other items stay (V(merge)) or are removed (V(exact)).
    type: str
    choices: [merge, exact]
    default: merge
  spot:
    description:
      - Whether it is a Spot instance, which costs less, and which Google Cloud stops when it wants its place.
      - It cannot be changed afterwards.
    type: bool
  shielded:
    description:
      - The options of a shielded VM.
      - If unset, an instance is made with a vTPM and integrity monitoring, where its image allows that.
      - They can be changed only while the instance is stopped; see O(allow_stop).
    type: dict
    suboptions:
      secure_boot:
        description:
          - Whether nothing but signed code boots. Drivers that are built on the machine are kept out too. False at
            creation if unset.
        type: bool
      vtpm:
        description: Whether the instance has a virtual Trusted Platform Module. True at creation if unset.
        type: bool
      integrity_monitoring:
        description: Whether each boot is compared with the first. True at creation if unset.
        type: bool
  deletion_protection:
    description:
      - Whether nobody can delete the instance. O(state=absent) is refused while it is on, unless this is V(false).
    type: bool
  service_account:
    description:
      - The service account that programs on the instance act as. Without it, an instance is made with none.
      - It can be changed only while the instance is stopped; see O(allow_stop).
    type: dict
    suboptions:
      email:
        description: The account's full address.
        type: str
        required: true
      scopes:
        description:
          - The access scopes, in full or without C(https://www.googleapis.com/auth/). What the account may do is better
            narrowed by its roles.
        type: list
        elements: str
        default: [cloud-platform]
  allow_stop:
    description:
      - Whether a running instance may be stopped, and started again, for a change that needs it.
      - If the run dies between the two, a later one with O(state=started) starts it again. One with O(state=present)
        leaves it stopped, as it cannot know that it was not you who stopped it.
    type: bool
    default: false
  state:
    description:
      - V(present) leaves an existing instance on or off as it is, and makes a new one running.
      - V(started), V(stopped) and V(suspended) also see to that. A suspended instance is resumed by V(started).
      - V(absent) removes the instance with its boot disk, and a boot disk of the same O(workstation) that an earlier
        instance of that name left.
    type: str
    choices: [present, started, stopped, suspended, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.gcp
  - mlops.workstation.gcp.module
  - mlops.workstation.attributes
  - mlops.workstation.gcp.owned
seealso:
  - module: mlops.workstation.gcp_address
  - module: mlops.workstation.gcp_firewall
  - module: mlops.workstation.gcp_instance_info
  - module: mlops.workstation.gcp_ssh_key
  - plugin: mlops.workstation.gcp
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: A workstation with a static address
  mlops.workstation.gcp_instance:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom
    zone: northamerica-northeast2-a
    machine_type: n2-standard-2
    image_family: ubuntu-2204-lts
    boot_disk_size: 30
    address: ml-zoom-ip
    tags: [http-server, https-server]
    state: started

- name: A Spot machine of its own service account, in the first zone that has room
  mlops.workstation.gcp_instance:
    project: my-project
    workstation: trainer
    name: trainer
    zones: [us-central1-a, us-central1-b, us-central1-f]
    machine_type: n2-standard-16
    image_family: ubuntu-2204-lts
    spot: true
    service_account:
      email: trainer@my-project.iam.gserviceaccount.com

- name: Make it larger, with a stop and a start if it runs
  mlops.workstation.gcp_instance:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom
    zone: northamerica-northeast2-a
    machine_type: n2-standard-8
    boot_disk_size: 100
    allow_stop: true
    state: started

- name: Stop it for the night
  mlops.workstation.gcp_instance:
    project: my-project
    workstation: mlops-zoom
    name: mlops-zoom
    zone: northamerica-northeast2-a
    state: stopped
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [stop, set_machine_type, start]
api_calls:
  description: How many API requests were sent, retries included, tokens not.
  returned: always
  type: int
  sample: 1
resource:
  description:
    - The instance as it is now, or as it would be in check mode; empty if there is none.
    - What only Google Cloud can know is null in check mode. The image and the type of the boot disk are known in the
      check mode of a creation only.
    - C(ssh) tells whether the keys of the project's metadata let anybody in, as far as the instance's own metadata
      decides it. C(ok) if so, C(blocked) if it takes its own keys only, C(oslogin) if OS Login decides instead.
  returned: success
  type: dict
  sample:
    name: mlops-zoom
    zone: northamerica-northeast2-a
    id: "4567890123456789012"
    status: RUNNING
    machine_type: n2-standard-2
    image: null
    boot_disk_size: 30
    boot_disk_type: null
    network: default
    subnetwork: default
    labels: {workstation: mlops-zoom}
    tags: [http-server, https-server]
    metadata: {enable-guest-attributes: "TRUE"}
    address: ml-zoom-ip
    external_ip: 192.0.2.10
    internal_ip: 10.188.0.2
    spot: false
    shielded: {secure_boot: false, vtpm: true, integrity_monitoring: true}
    deletion_protection: false
    service_account: null
    ssh: ok
"""

from ..module_utils.gcp.module import run
from ..module_utils.gcp.resources.instance import Instance

SHIELDED = {option: {"type": "bool"} for option in ("secure_boot", "vtpm", "integrity_monitoring")}
SERVICE_ACCOUNT = {
    "email": {"type": "str", "required": True},
    "scopes": {"type": "list", "elements": "str", "default": ["cloud-platform"]},
}

SPEC = {
    "workstation": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "zone": {"type": "str"},
    "zones": {"type": "list", "elements": "str"},
    "machine_type": {"type": "str"},
    "image_family": {"type": "str"},
    "image": {"type": "str"},
    "image_project": {"type": "str", "default": "ubuntu-os-cloud"},
    "boot_disk_size": {"type": "int"},
    "boot_disk_type": {"type": "str"},
    "network": {"type": "str"},
    "subnetwork": {"type": "str"},
    "address": {"type": "str"},
    "tags": {"type": "list", "elements": "str"},
    "tags_mode": {"type": "str", "choices": ["exact", "merge"], "default": "exact"},
    "labels": {"type": "dict"},
    "labels_mode": {"type": "str", "choices": ["merge", "exact"], "default": "merge"},
    "metadata": {"type": "dict"},
    "metadata_mode": {"type": "str", "choices": ["merge", "exact"], "default": "merge"},
    "spot": {"type": "bool"},
    "shielded": {"type": "dict", "options": SHIELDED},
    "deletion_protection": {"type": "bool"},
    "service_account": {"type": "dict", "options": SERVICE_ACCOUNT},
    "allow_stop": {"type": "bool", "default": False},
    "state": {
        "type": "str",
        "choices": ["present", "started", "stopped", "suspended", "absent"],
        "default": "present",
    },
}


def main() -> None:
    places, images = ["zone", "zones"], ["image", "image_family"]
    run(Instance, SPEC, mutually_exclusive=[places, images], required_one_of=[places])


if __name__ == "__main__":
    main()
