# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's error bodies in its three protocols."""

from __future__ import annotations

import json
from uuid import uuid4
from xml.sax.saxutils import escape


class AwsError(Exception):
    """An answer that is an error, with the code that clients tell errors apart by."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self, protocol: str) -> tuple[str, str]:
        """The body and its content type in a service's protocol: ec2, query or json."""
        if protocol == "json":
            return json.dumps({"__type": self.code, "message": self.message}), "application/x-amz-json-1.1"
        error = f"<Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message>"
        request = str(uuid4())
        if protocol == "query":
            side = "Sender" if self.status < 500 else "Receiver"
            inner = f"<Error><Type>{side}</Type>{error}</Error><RequestId>{request}</RequestId>"
            text = f"<ErrorResponse>{inner}</ErrorResponse>"
        else:
            text = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request}</RequestID></Response>"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}', "text/xml;charset=UTF-8"


def missing(parameter: str) -> AwsError:
    """A parameter is required and was not given."""
    return AwsError("MissingParameter", f"The request must contain the parameter {parameter}")


def invalid(parameter: str, value: object, why: str = "") -> AwsError:
    """A parameter's value is none of those that AWS takes."""
    return AwsError("InvalidParameterValue", f"Value ({value}) for parameter {parameter} is invalid. {why}".rstrip())


def no_instance(*ids: str) -> AwsError:
    """No instance has one of these ids, or none yet."""
    if len(ids) == 1:
        return AwsError("InvalidInstanceID.NotFound", f"The instance ID '{ids[0]}' does not exist")
    return AwsError("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(ids)}' do not exist")


def unsupported(what: str) -> AwsError:
    """AWS does this, the sandbox does not; saying so beats pretending."""
    return AwsError("NotImplemented", f"The sandbox does not implement {what}; real AWS does.", 501)
