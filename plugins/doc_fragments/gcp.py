# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the Google Cloud plugins share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the connection, and of an object with an owner."""

    DOCUMENTATION = r"""
options:
  project:
    description:
      - The id of the Google Cloud project.
      - If unset, the environment variables E(GCP_PROJECT) and E(GOOGLE_CLOUD_PROJECT) are tried, in this order.
    type: str
  auth_kind:
    description:
      - Where the credentials come from.
      - V(accesstoken) takes O(access_token), V(serviceaccount) takes O(service_account_file), V(application) takes
        O(credentials_file), which is that of the application default credentials if unset. V(machineaccount) takes the
        service account of the machine that this runs on, from Google Cloud's metadata server.
      - V(auto) takes the first that is there, options before environment variables, in the order above; a machine's own
        account only on a machine of Google Cloud.
      - Where it is V(auto), the environment variable E(GCP_AUTH_KIND) can name another.
    type: str
    choices: [auto, application, serviceaccount, accesstoken, machineaccount]
    default: auto
  service_account_file:
    description:
      - The path of a service account's JSON key. The token is signed with it on this machine, so that no token is
        asked for over the network.
      - If unset, the environment variable E(GCP_SERVICE_ACCOUNT_FILE) is tried.
    type: path
  credentials_file:
    description:
      - The path of a credentials file of any type that Google's libraries read, such as a person's own.
      - If unset, it is the one named by the environment variable E(GOOGLE_APPLICATION_CREDENTIALS), or else the one
        that C(gcloud auth application-default login) leaves.
    type: path
  access_token:
    description:
      - An OAuth access token, such as C(gcloud auth print-access-token) prints.
      - If unset, the environment variable E(GCP_ACCESS_TOKEN) is tried.
    type: str
  impersonate_service_account:
    description:
      - The email of a service account to act as. The credentials need the role Service Account Token Creator on it.
      - If unset, the environment variable E(GCP_IMPERSONATE_SERVICE_ACCOUNT) is tried.
    type: str
  quota_project:
    description:
      - The id of the project that requests are counted against, and that has to have the APIs enabled, where that is
        not the one that they are about.
      - If unset, the environment variable E(GOOGLE_CLOUD_QUOTA_PROJECT) is tried, and else it is what the application
        default credentials say.
    type: str
  endpoints:
    description:
      - The addresses of the APIs C(cloudbilling), C(cloudresourcemanager), C(compute), C(iam), C(iamcredentials) and
        C(serviceusage), where they are not Google's own. Credentials are sent over HTTPS only, or to this machine.
      - Each is written as for gcloud, Compute Engine's with its version, C(https://compute.googleapis.com/compute/v1/),
        and the others' without one, C(https://iam.googleapis.com/).
      - For one that is unset, the environment variable C(CLOUDSDK_API_ENDPOINT_OVERRIDES_<NAME>) is tried.
    type: dict
  token_endpoint:
    description:
      - The address at which the tokens of a person's application default credentials are renewed.
      - If unset, the environment variable E(CLOUDSDK_AUTH_TOKEN_HOST) is tried, and else it is
        C(https://oauth2.googleapis.com/token).
    type: str
requirements:
  - google-auth >= 2.30
  - requests, for O(auth_kind=machineaccount) alone
"""

    MODULE = r"""
options:
  timeout:
    description:
      - The longest wait for one operation, in seconds. An operation that takes longer goes on in the cloud, and a
        later run picks it up.
    type: int
    default: 600
notes:
  - A mutating request to Compute Engine carries a request id, so that a retry after a lost reply is not carried out
    twice. The other APIs know none; where a reply of theirs is lost, what there is now is read before anything more is
    sent.
"""

    OWNED = r"""
options:
  workstation:
    description:
      - The workstation that the object belongs to. It is marked so when it is made, and an object of the same name
        that is not marked so is never changed or removed.
    type: str
    required: true
"""
