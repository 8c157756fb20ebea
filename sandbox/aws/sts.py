# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Security Token Service: who one is, and credentials for a while that really work here."""

from __future__ import annotations

import datetime

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from sandbox.aws import access_key
from sandbox.aws.cloud import Cloud
from sandbox.aws.errors import unsupported
from sandbox.aws.records import Session

_ACTIONS = ("GetCallerIdentity", "GetSessionToken")


class Sts(TokenResponse):
    """Answers one call of the token service."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self.cloud = cloud

    def call_action(self) -> TYPE_RESPONSE:
        """What is known to work: moto's other credentials would be refused at the next call."""
        if self._get_action() not in _ACTIONS:
            raise unsupported(f"sts.{self._get_action()}")
        answer: TYPE_RESPONSE = super().call_action()
        return answer

    def get_session_token(self) -> ActionResult:
        """A key, a secret and a token that are of use until they expire."""
        expires = self.cloud.now() + self._get_param("DurationSeconds", 43200)
        key, session = access_key.temporary(self.cloud.key.account), access_key.token()
        self.cloud.records.sessions[key.id] = Session(key, session, expires)
        until = datetime.datetime.fromtimestamp(expires, datetime.UTC).replace(tzinfo=None)
        shown = {"AccessKeyId": key.id, "SecretAccessKey": key.secret, "SessionToken": session, "Expiration": until}
        return ActionResult({"Credentials": shown})
