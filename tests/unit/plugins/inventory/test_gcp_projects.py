# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which projects a source lists, how it asks for them, and what becomes of an answer with gaps."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleParserError

from sandbox.gcp.resourcemanager.records import ORGANIZATION
from tests.unit.plugins.inventory.google import ZONES, Google

FORBIDDEN: dict[str, Any] = {"closed": True}
DISABLED: dict[str, Any] = {"enabled": False}
UNPAID: dict[str, Any] = {"paid": False}
LIST = "compute.instances.aggregatedList"


def test_one_project_is_one_request_for_each_page_and_one_token(google: Google, parse: Any) -> None:
    google.project("p", "c", "a", "b")
    found = parse(project="p")
    assert (found.hosts, found.warnings, google.tokens()) == (["a", "b", "c"], [], 1)
    (request,) = google.requests()
    assert request["path"] == "/compute/v1/projects/p/aggregated/instances"
    assert request["query"].pop("fields")
    query = {"filter": ["labels.workstation:*"], "maxResults": ["500"], "returnPartialSuccess": ["true"]}
    assert request["query"] == query
    for number in range(1000):
        google.machine("p", ZONES[number % 2], f"m{number}")
    assert len(parse(project="p").hosts) == 1003
    assert len(google.requests()) == 1 + 3


def test_the_mask_leaves_all_that_a_host_is_made_of(google: Google, parse: Any) -> None:
    google.project("p", "a")
    found = parse(project="p", user="u", private_key_file="k")
    variables = found.variables("a")
    assert [name for name, value in variables.items() if name.startswith("gcp_") and not value] == []
    assert (variables["gcp_project"], variables["gcp_tags"]) == ("p", ["http-server", "https-server"])
    assert (variables["gcp_external_ip"], variables["ansible_host"]) == ("198.51.100.7", "198.51.100.7")
    group = found.inventory.groups["workstation"].get_vars()
    assert (group["ansible_user"], group["ansible_ssh_private_key_file"]) == ("u", "k")


@pytest.mark.parametrize(
    ("options", "environment", "expected", "extra"),
    [
        ({"project": "p", "projects": ["q", "p"]}, {}, ["p", "q"], 0),
        ({"projects": ["p", "q", "r"]}, {"GCP_PROJECT": "s"}, ["p", "q", "r"], 0),
        ({}, {"GOOGLE_CLOUD_PROJECT": "s"}, ["s"], 0),
        ({}, {}, ["q", "s"], 1),
        ({"folders": ["1"]}, {"GCP_PROJECT": "s"}, ["p", "q"], 8),
        ({"folders": ["folders/3", "2", 1], "project": "r", "projects": ["q"]}, {}, ["p", "q", "r"], 8),
    ],
    ids=["a project and others", "others only", "environment", "label", "a folder", "all of them"],
)
def test_projects_are_named_searched_by_label_or_taken_from_folders(
    google: Google, parse: Any, monkeypatch: Any, options: Any, environment: Any, expected: list[str], extra: int
) -> None:
    for folder, parent in (("1", ORGANIZATION), ("2", "folders/1"), ("3", "folders/2"), ("4", "folders/1")):
        google.folder(folder, parent)
    google.project("p", "m", parent="folders/1")
    google.project("q", "m", parent="folders/3", label="mlops-zoom")
    google.project("r", "m")
    google.project("s", "m", label="mlops-zoom")
    google.project("t", "m", label="mlops-zoom", closed=True)
    google.project("gone", "m", parent="folders/1", label="mlops-zoom", state="DELETE_REQUESTED")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = parse(**options)
    assert google.listed() == expected
    assert len(google.requests()) - len(expected) == extra
    assert sorted(found.variables(host)["gcp_project"] for host in found.hosts) == expected


def test_what_is_listed_of_a_folder_or_by_label_comes_in_pages(google: Google, parse: Any) -> None:
    google.folder("1", ORGANIZATION)
    for number in range(101):
        google.folder(f"2{number}", "folders/1")
        google.project(f"p{number}", f"m{number}", parent="folders/1", label="w")
    asked = [len(parse().hosts), len(google.requests()), len(parse(folders=["1"]).hosts)]
    assert asked == [101, 2 + 101, 101]


def test_no_project_anywhere_says_what_to_set(google: Google, parse: Any) -> None:
    with pytest.raises(AnsibleParserError, match="none that these credentials see has the label workstation: set"):
        parse()
    found = parse(allow_missing=True)
    assert (found.hosts, found.warnings) == ([], [])


@pytest.mark.parametrize("folder", ["team", "folders/", "organizations/1", ""])
def test_a_folder_that_is_no_number_is_refused_before_anything_is_asked(
    google: Google, parse: Any, folder: str
) -> None:
    with pytest.raises(AnsibleParserError, match="is not the id of a folder, which is a number"):
        parse(folders=[folder])
    assert google.requests() == []


def test_projects_are_asked_at_the_same_time_with_one_token(google: Google, parse: Any) -> None:
    names = [f"p{number}" for number in range(8)]
    for name in names:
        google.project(name, f"m-{name}")
    google.together = threading.Barrier(len(names))
    assert parse(projects=names).hosts == [f"m-{name}" for name in names]
    assert google.tokens() == 1


def test_hosts_have_the_shortest_name_that_tells_them_apart_and_come_in_its_order(google: Google, parse: Any) -> None:
    google.project("q", "a")
    google.project("p", "a", "b")
    google.machine("q", ZONES[1], "b")
    google.machine("q", ZONES[1], "c")
    expected = [f"a.{ZONES[0]}.p", f"a.{ZONES[0]}.q", f"b.{ZONES[0]}", f"b.{ZONES[1]}", "c"]
    assert parse(projects=["p", "q"]).hosts == parse(projects=["q", "p"]).hosts == expected


def test_a_zone_out_of_reach_is_a_warning_or_with_strict_partial_an_error(google: Google, parse: Any) -> None:
    google.project("p", "m")
    google.project("q", "n")
    google.machine("p", ZONES[1], "o")
    google.settings(unreachable_zones=[ZONES[1]])
    found = parse(projects=["p", "q"])
    assert found.hosts == ["m", "n"]
    gaps = [f"{name}: {ZONES[1]} could not be reached, so instances there are missing." for name in ("p", "q")]
    assert [warning.partition(": ")[2] for warning in found.warnings] == gaps
    with pytest.raises(AnsibleParserError, match=f"the answer is incomplete. {' '.join(gaps)}"):
        parse(projects=["p", "q"], strict_partial=True)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"q": FORBIDDEN}, ["Required 'compute.instances.list' permission for 'projects/q"]),
        ({"q": DISABLED}, ["Enable the API first: gcloud services enable compute.googleapis.com"]),
        ({"q": UNPAID}, ["Link a billing account first"]),
        ({"q": DISABLED, "r": DISABLED, "s": DISABLED}, ["compute.googleapis.com .* The same holds for r, s."]),
        ({"q": DISABLED, "r": FORBIDDEN}, ["Enable the API", "permission for 'projects/r"]),
    ],
    ids=["forbidden", "disabled", "unpaid", "the same thrice", "two kinds"],
)
def test_one_project_of_several_that_fails_is_a_warning_or_with_strict_partial_an_error(
    google: Google, parse: Any, broken: Any, expected: list[str]
) -> None:
    google.project("p", "m")
    for name, how in broken.items():
        google.project(name, "n", **how)
    found = parse(projects=["p", *broken])
    assert found.hosts == ["m"]
    assert len(found.warnings) == len(expected)
    for text, warning in zip(expected, found.warnings, strict=True):
        assert re.search(text, warning)
    with pytest.raises(AnsibleParserError, match="the answer is incomplete"):
        parse(projects=["p", *broken], strict_partial=True)


def test_projects_that_all_fail_are_an_error_that_tells_of_the_worse(google: Google, parse: Any) -> None:
    google.project("q", **DISABLED)
    google.project("r", **FORBIDDEN)
    with pytest.raises(AnsibleParserError, match="permission for 'projects/r"):
        parse(projects=["q", "r"])


def test_a_folder_that_may_not_be_read_is_named(google: Google, parse: Any) -> None:
    google.folder("1", ORGANIZATION)
    google.folder("2", "organizations/1")
    google.project("p", "m", parent="folders/1")
    found = parse(folders=["1", "2"])
    assert found.hosts == ["m"]
    assert ["folders/2: What is in this folder may not be listed" in warning for warning in found.warnings] == [True]
    with pytest.raises(AnsibleParserError, match=r"folders/2: .* the role Browser"):
        parse(folders=["2"])


@pytest.mark.parametrize(("broken", "warnings"), [(DISABLED, 0), (UNPAID, 0), (FORBIDDEN, 1)])
def test_with_allow_missing_what_is_not_set_up_yet_is_passed_over_in_silence(
    google: Google, parse: Any, broken: Any, warnings: int
) -> None:
    google.project("p", "m")
    google.project("q", "n", **broken)
    alone, other = parse(project="q", allow_missing=True), parse(projects=["p", "q"], allow_missing=True)
    assert (alone.hosts, len(alone.warnings)) == ([], warnings)
    assert (other.hosts, len(other.warnings)) == (["m"], warnings)


def test_an_api_that_does_not_know_partial_success_is_asked_without(google: Google, parse: Any) -> None:
    google.project("p", "m")
    message = 'Invalid JSON payload received. Unknown name "returnPartialSuccess": Cannot bind query parameter.'
    google.fault(method=LIST, kind="error", status=400, message=message)
    assert parse(project="p").hosts == ["m"]
    assert ["returnPartialSuccess" in request["query"] for request in google.requests()] == [True, False]


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, Any]:
    """The options of a source whose answers are kept in files."""
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}


def test_a_warm_cache_asks_for_nothing_not_even_a_token(google: Google, parse: Any, kept: Any) -> None:
    google.project("p", "m", label="w")
    first = parse(**kept)
    assert (len(google.requests()), google.tokens()) == (2, 1)
    second = parse(**kept, host_key_checking="accept-new")
    assert (len(google.requests()), google.tokens()) == (2, 1)
    assert second.hosts == first.hosts == ["m"]
    assert "accept-new" in second.variables("m")["ansible_ssh_common_args"]
    assert parse(**kept, refresh=True).hosts == ["m"]
    assert len(google.requests()) == 4


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ({"project": "q"}, {}),
        ({"projects": ["q"]}, {}),
        ({"folders": ["1"]}, {}),
        ({"filter": "name:*"}, {}),
        ({"allow_missing": True}, {}),
        ({}, {"GCP_PROJECT": "q"}),
        ({}, {"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM": "https://iam.example/"}),
    ],
)
def test_another_question_is_not_answered_from_the_cache(
    google: Google, parse: Any, kept: Any, monkeypatch: Any, options: Any, environment: Any
) -> None:
    google.folder("1", ORGANIZATION)
    for name in ("p", "q"):
        google.project(name, "m", parent="folders/1", label="w")
    parse(**kept)
    asked = len(google.requests())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    parse(**kept, **options)
    assert len(google.requests()) > asked
    assert len(list(Path(kept["cache_connection"]).iterdir())) == 2


def test_a_cached_answer_with_gaps_tells_of_them_each_time_and_does_for_no_strict_run(
    google: Google, parse: Any, kept: Any
) -> None:
    google.project("p", "m")
    google.settings(unreachable_zones=[ZONES[1]])
    assert len(parse(**kept, project="p").warnings) == 1
    again = parse(**kept, project="p")
    assert (again.hosts, len(again.warnings), len(google.requests())) == (["m"], 1, 1)
    with pytest.raises(AnsibleParserError, match=f"{ZONES[1]} could not be reached"):
        parse(**kept, project="p", strict_partial=True)
    assert len(google.requests()) == 2
    google.settings(unreachable_zones=[])
    assert parse(**kept, project="p", strict_partial=True).warnings == []
    assert parse(**kept, project="p").warnings == []
    assert len(google.requests()) == 3


def test_no_token_reaches_the_cache(google: Google, parse: Any, kept: Any) -> None:
    google.project("p", "m")
    token = "ya29.secret"
    with pytest.raises(AnsibleParserError):
        parse(**kept, project="p", access_token=token)
    parse(**kept, project="p")
    asked = len(google.requests())
    assert parse(**kept, project="p", access_token=token).hosts == ["m"]
    assert len(google.requests()) == asked
    for file in Path(kept["cache_connection"]).iterdir():
        assert token not in file.name + file.read_text(encoding="utf-8")


def test_composed_variables_and_groups_see_the_host_and_each_other(google: Google, parse: Any) -> None:
    google.project("p", "m", "n")
    found = parse(
        project="p",
        compose={"region_and_name": "gcp_region ~ '/' ~ gcp_name"},
        groups={"ms": "region_and_name.endswith('/m')"},
        keyed_groups=[{"key": "gcp_project", "prefix": "project"}, {"key": "region_and_name", "separator": ""}],
    )
    groups = found.groups()
    assert (groups["ms"], groups["project_p"]) == (["m"], ["m", "n"])
    assert groups["northamerica_northeast2_m"] == ["m"]
