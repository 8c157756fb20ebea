# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of a service account as Google has them: their public halves."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...resource import CloudError, NotFoundError
from .. import key_material, names
from ..api import Api

Json = dict[str, Any]

SHOWN = {"publicKeyType": "TYPE_X509_PEM_FILE"}
MOST = 10
LOOKS = 5
# As the constraint is called, with "managed" in it or without, or as its message says it.
FORBIDDEN = re.compile(r"disableServiceAccountKey|[Kk]ey (creation|upload) is not allowed")


class AccountKeys:
    """path is the account's, title names the key in messages."""

    def __init__(self, api: Api, path: str, *, email: str, title: str) -> None:
        self._api = api
        self._path = path
        self._email = email
        self._title = title

    def find(self, key_id: str) -> Json | None:
        """A key with its public half, None for one that Google has not, or has no more."""
        return self._api.find(f"{self._path}/keys/{key_id}", SHOWN)

    def id_of(self, public: key_material.Numbers) -> str | None:
        """The id of the key with a public half. It is looked for again and again for some seconds, as what was uploaded
        a moment ago may not show yet; None if it does not."""
        try:
            return self._api.patiently(lambda: self._id_of(public), is_missing, attempts=LOOKS)
        except NotFoundError:
            return None

    def upload(self, private: str, common_name: str) -> str:
        """Makes the public half known to Google, and returns the id it gets. An account that can be read, and yet is
        not found, was made a moment ago."""
        body = {"publicKeyData": key_material.certify(private, common_name)}
        try:
            made = self._api.patiently(lambda: self._api.write("POST", f"{self._path}/keys:upload", body), is_missing)
        except CloudError as error:
            raise self._explained(error) or error from None
        key_id = str(names.short(made["name"]))
        self._api.patiently(lambda: self._api.get(f"{self._path}/keys/{key_id}"), is_missing)
        return key_id

    def delete(self, key_id: str) -> None:
        """Sees to it that a key is no more."""
        try:
            self._api.write("DELETE", f"{self._path}/keys/{key_id}", repeatable=True)
        except NotFoundError:
            return

    def _id_of(self, public: key_material.Numbers) -> str:
        for key in self._listed():
            key_id = str(names.short(key["name"]))
            shown = (self.find(key_id) or {}).get("publicKeyData") or ""
            if key.get("keyOrigin") != "GOOGLE_PROVIDED" and key_material.public_in(shown) == public:
                return key_id
        raise NotFoundError(f"{self._title}: not among the keys that Google knows.")

    def _listed(self) -> Iterator[Json]:
        yield from self._api.get(f"{self._path}/keys", {"keyTypes": "USER_MANAGED"}).get("keys") or ()

    def _explained(self, error: CloudError) -> CloudError | None:
        """A refusal with what can be done about it, None where its own words say that."""
        if FORBIDDEN.search(error.message):
            return CloudError(
                f"{self._title}: a policy of the organization forbids keys of service accounts: {error.message} Do "
                "without one: attach the account to the machine (gcp_instance's service_account), or act as it with "
                "your own credentials (impersonate_service_account). In this collection's playbook, set "
                "gcp_manage_service_account_key to false.",
                **{**error.details, "reason": "keysForbidden"},
            )
        if error.details.get("status") in (400, 429) and len(list(self._listed())) >= MOST:
            return CloudError(
                f"{self._title}: the account has the {MOST} keys that it may have. See which one is not needed any "
                f"more: gcloud iam service-accounts keys list --managed-by=user --iam-account={self._email}",
                **error.details,
            )
        return None


def is_missing(error: CloudError) -> bool:
    """Whether it may be there a moment later."""
    return isinstance(error, NotFoundError)


def is_as_old_as(key: Mapping[str, Any], days: int) -> bool:
    """Whether a key was made so many days ago."""
    return _days_since(key.get("validAfterTime")) >= days


def has_expired(key: Mapping[str, Any]) -> bool:
    """Whether a key is good for nothing any more."""
    return _days_since(key.get("validBeforeTime")) > 0


def _days_since(moment: str | None) -> float:
    if not moment:
        return 0.0
    past = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(moment)
    return past / datetime.timedelta(days=1)
