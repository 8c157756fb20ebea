# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Projects found by their label, or by the folder that they are in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..resource import CloudError
from .api import Api
from .transport import Json

PAGE = 500
# There may be up to 30 digits, as in an organization's.
FOLDER = re.compile(r"(?:folders/)?(\d{1,30})")


def labelled(manager: Api, label: str) -> list[str]:
    """The ids of the projects that have a label and that the credentials see. A project that is new may be missing for
    some minutes."""
    query = {"query": f"labels.{label}:*", "pageSize": PAGE, "fields": "nextPageToken,projects(projectId,state)"}
    return list(_active(manager.pages("v3/projects:search", query)))


def children(manager: Api, folder: str) -> tuple[list[str], list[str]]:
    """The ids of the folders and of the projects right in a folder. CloudError that names the folder."""
    query = {"parent": f"folders/{folder}", "pageSize": PAGE}
    try:
        folders = list(manager.pages("v3/folders", {**query, "fields": "nextPageToken,folders/name"}))
        projects = manager.pages("v3/projects", {**query, "fields": "nextPageToken,projects(projectId,state)"})
        below = [folder_id(found["name"]) for page in folders for found in page.get("folders") or ()]
        return below, list(_active(projects))
    except CloudError as error:
        raise CloudError(f"folders/{folder}: {_why(error)}", **error.details) from error


def folder_id(text: str) -> str:
    """A folder's number, with or without folders/ before it; CloudError for anything else."""
    match = FOLDER.fullmatch(text)
    if not match:
        raise CloudError(
            f"folders: {text!r} is not the id of a folder, which is a number. List them with: "
            "gcloud resource-manager folders list --organization=ORGANIZATION"
        )
    return match[1]


def _active(pages: Iterator[Json]) -> Iterator[str]:
    """Of those that are about to be deleted nothing can be listed any more."""
    for page in pages:
        yield from (str(found["projectId"]) for found in page.get("projects") or () if found["state"] == "ACTIVE")


def _why(error: CloudError) -> str:
    if error.details.get("status") == 403 and "service" not in error.details:
        return (
            "What is in this folder may not be listed. Check its id, and that these credentials have the role Browser "
            "(roles/browser) on it."
        )
    return error.message
