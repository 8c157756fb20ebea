# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which projects a source lists, how it asks for them, and what becomes of an answer with gaps."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleParserError

from tests.unit.plugins.inventory.google import ZONES, Google, Project, instance

IDS = itertools.count(1)
DISABLED = (403, "accessNotConfigured", "Compute Engine API has not been used in project {} before or it is disabled.")
FORBIDDEN = (403, "forbidden", "Required 'compute.instances.list' permission for 'projects/{}'")


def project(name: str, *machines: str, **more: Any) -> Project:
    """A project with a machine of each of these names, in its first zone."""
    return Project([instance(name, ZONES[0], machine, next(IDS)) for machine in machines], **more)


def failing(name: str, failure: tuple[int, str, str], **more: Any) -> Project:
    status, reason, message = failure
    return Project(failure=(status, reason, message.format(name)), **more)


def lists(google: Google) -> list[str]:
    """The projects whose instances were asked for, in any order."""
    return sorted(path.split("/")[4] for path, _query in google.requests if path.endswith("/aggregated/instances"))


def test_one_project_is_one_request_for_each_page_and_one_token(google: Google, parse: Any) -> None:
    google.projects["p"] = project("p", "c", "a", "b")
    google.page = 500
    found = parse(project="p")
    assert (found.hosts, found.warnings, google.tokens) == (["a", "b", "c"], [], 1)
    ((path, query),) = google.requests
    assert path == "/compute/v1/projects/p/aggregated/instances"
    assert query.pop("fields")
    assert query == {"filter": "labels.workstation:*", "maxResults": "500", "returnPartialSuccess": "true"}
    google.page = 2
    assert parse(project="p").hosts == ["a", "b", "c"]
    assert len(google.requests) == 3


def test_the_mask_leaves_all_that_a_host_is_made_of(google: Google, parse: Any) -> None:
    google.projects["p"] = project("p", "a")
    found = parse(project="p", user="u", private_key_file="k")
    variables = found.variables("a")
    assert [name for name, value in variables.items() if value in (None, "", [], {}) and name.startswith("gcp_")] == []
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
        ({"folders": ["folders/3", "2", "1"], "project": "r", "projects": ["q"]}, {}, ["p", "q", "r"], 8),
    ],
    ids=["a project and others", "others only", "environment", "label", "a folder", "all of them"],
)
def test_projects_are_named_searched_by_label_or_taken_from_folders(
    google: Google, parse: Any, monkeypatch: Any, options: Any, environment: Any, expected: list[str], extra: int
) -> None:
    google.page, google.folders = 500, {"folders/2": "folders/1", "folders/3": "folders/2", "folders/4": "folders/1"}
    label = {"workstation": "mlops-zoom"}
    google.projects = {
        "p": project("p", "m", parent="folders/1"),
        "q": project("q", "m", parent="folders/3", labels=label),
        "r": project("r", "m"),
        "s": project("s", "m", labels=label),
        "gone": project("gone", "m", parent="folders/1", labels=label, state="DELETE_REQUESTED"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = parse(**options)
    assert lists(google) == expected
    assert len(google.requests) - len(expected) == extra
    assert sorted(found.variables(host)["gcp_project"] for host in found.hosts) == expected


def test_what_is_listed_of_a_folder_or_by_label_comes_in_pages(google: Google, parse: Any) -> None:
    google.folders = {f"folders/{number}": "folders/1" for number in range(2, 7)}
    google.projects = {
        f"p{number}": project(f"p{number}", "m", parent="folders/6", labels={"workstation": "w"}) for number in range(5)
    }
    assert len(parse(folders=["1"]).hosts) == 5
    assert len(parse().hosts) == 5


def test_no_project_anywhere_says_what_to_set(google: Google, parse: Any) -> None:
    with pytest.raises(AnsibleParserError, match="none that these credentials see has the label workstation: set"):
        parse()
    assert (parse(allow_missing=True).hosts, parse(allow_missing=True).warnings) == ([], [])


@pytest.mark.parametrize("folder", ["team", "folders/", "organizations/1", ""])
def test_a_folder_that_is_no_number_is_refused_before_anything_is_asked(
    google: Google, parse: Any, folder: str
) -> None:
    with pytest.raises(AnsibleParserError, match="is not the id of a folder, which is a number"):
        parse(folders=[folder])
    assert google.requests == []


def test_projects_are_asked_at_the_same_time_with_one_token(google: Google, parse: Any) -> None:
    names = [f"p{number}" for number in range(8)]
    google.projects = {name: project(name, "m") for name in names}
    google.together = threading.Barrier(len(names))
    assert len(parse(projects=names).hosts) == len(names)
    assert google.tokens == 1


def test_hosts_have_the_shortest_name_that_tells_them_apart_and_come_in_its_order(google: Google, parse: Any) -> None:
    google.projects = {
        "q": Project(
            [instance("q", ZONES[0], "a", 1), instance("q", ZONES[1], "b", 2), instance("q", ZONES[1], "c", 3)]
        ),
        "p": Project([instance("p", ZONES[0], "a", 4), instance("p", ZONES[0], "b", 5)]),
    }
    expected = [f"a.{ZONES[0]}.p", f"a.{ZONES[0]}.q", f"b.{ZONES[0]}", f"b.{ZONES[1]}", "c"]
    assert parse(projects=["p", "q"]).hosts == parse(projects=["q", "p"]).hosts == expected


def test_an_instance_that_is_answered_twice_is_one_host(google: Google, parse: Any) -> None:
    google.projects = {"p": project("p", "m")}
    google.projects["123456"] = google.projects["p"]
    assert parse(projects=["p", "123456"]).hosts == ["m"]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (
            {"unreachables": [f"zones/{ZONES[1]}", "zones/us-east1-b"]},
            f"p: {ZONES[1]}, us-east1-b could not be reached",
        ),
        (
            {"warnings": {f"zones/{ZONES[1]}": {"warning": {"code": "UNREACHABLE", "message": "m"}}}},
            f"p: {ZONES[1]} could not be reached, so instances there are missing.",
        ),
        (
            {
                "warnings": {
                    f"zones/{ZONES[1]}": {"warning": {"code": "LIST_OVERHEAD_QUOTA_EXCEED", "message": "Much."}}
                }
            },
            f"p, {ZONES[1]}: Much. Instances may be missing.",
        ),
    ],
    ids=["unreachables", "a zone's warning", "another warning"],
)
def test_what_the_api_leaves_out_is_a_warning_or_with_strict_partial_an_error(
    google: Google, parse: Any, broken: Any, expected: str
) -> None:
    google.projects = {"p": project("p", "m", **broken)}
    found = parse(project="p")
    assert found.hosts == ["m"]
    (warning,) = found.warnings
    assert expected in warning
    with pytest.raises(AnsibleParserError, match=f"the answer is incomplete. {expected}"):
        parse(project="p", strict_partial=True)


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ({"q": FORBIDDEN}, ["Required 'compute.instances.list' permission for 'projects/q'. Check that 'q' is"]),
        ({"q": DISABLED}, ["Enable the API first: gcloud services enable compute.googleapis.com --project=q"]),
        ({"q": DISABLED, "r": DISABLED, "s": DISABLED}, ["project=q The same holds for r, s."]),
        ({"q": DISABLED, "r": FORBIDDEN}, ["project=q", "permission for 'projects/r'"]),
    ],
    ids=["forbidden", "disabled", "the same thrice", "two kinds"],
)
def test_one_project_of_several_that_fails_is_a_warning_or_with_strict_partial_an_error(
    google: Google, parse: Any, failures: Any, expected: list[str]
) -> None:
    google.projects = {"p": project("p", "m"), **{name: failing(name, failure) for name, failure in failures.items()}}
    found = parse(projects=list(google.projects))
    assert found.hosts == ["m"]
    assert len(found.warnings) == len(expected)
    assert all(text in warning for text, warning in zip(expected, found.warnings, strict=True))
    with pytest.raises(AnsibleParserError, match="the answer is incomplete"):
        parse(projects=list(google.projects), strict_partial=True)


def test_projects_that_all_fail_are_an_error_that_tells_of_the_worse(google: Google, parse: Any) -> None:
    google.projects = {"q": failing("q", DISABLED), "r": failing("r", FORBIDDEN)}
    with pytest.raises(AnsibleParserError, match="permission for 'projects/r'"):
        parse(projects=["p", "q", "r"])


def test_a_folder_that_may_not_be_read_is_named(google: Google, parse: Any) -> None:
    google.projects = {"p": project("p", "m", parent="folders/1")}
    google.folders, google.closed = {"folders/2": "folders/1"}, {"folders/2"}
    found = parse(folders=["1"])
    assert found.hosts == ["m"]
    assert ["folders/2: What is in this folder may not be listed" in warning for warning in found.warnings] == [True]
    with pytest.raises(AnsibleParserError, match=r"folders/2: .* the role Browser"):
        parse(folders=["2"])


@pytest.mark.parametrize(
    ("failure", "warnings"), [(DISABLED, 0), ((404, "notFound", "The resource 'projects/{}'"), 0), (FORBIDDEN, 1)]
)
def test_with_allow_missing_what_is_not_set_up_yet_is_passed_over_in_silence(
    google: Google, parse: Any, failure: Any, warnings: int
) -> None:
    google.projects = {"p": project("p", "m"), "q": failing("q", failure)}
    alone, other = parse(project="q", allow_missing=True), parse(projects=["p", "q"], allow_missing=True)
    assert (alone.hosts, len(alone.warnings)) == ([], warnings)
    assert (other.hosts, len(other.warnings)) == (["m"], warnings)


def test_an_api_that_does_not_know_partial_success_is_asked_without(google: Google, parse: Any) -> None:
    google.projects, google.partial_success = {"p": project("p", "m")}, False
    assert parse(project="p").hosts == ["m"]
    assert ["returnPartialSuccess" in query for _path, query in google.requests] == [True, False]


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, Any]:
    """The options of a source whose answers are kept in files."""
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}


def test_a_warm_cache_asks_for_nothing_not_even_a_token(google: Google, parse: Any, kept: Any) -> None:
    google.projects = {"p": project("p", "m", labels={"workstation": "w"})}
    first = parse(**kept)
    asked, tokens = len(google.requests), google.tokens
    second = parse(**kept, host_key_checking="accept-new")
    assert (len(google.requests), google.tokens) == (asked, tokens) == (2, 1)
    assert second.hosts == first.hosts == ["m"]
    assert "accept-new" in second.variables("m")["ansible_ssh_common_args"]
    assert parse(**kept, refresh=True).hosts == ["m"]
    assert len(google.requests) == 2 * asked


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ({"project": "q"}, {}),
        ({"projects": ["q"]}, {}),
        ({"folders": ["1"]}, {}),
        ({"filter": "name:*"}, {}),
        ({"impersonate_service_account": None}, {"GCP_PROJECT": "q"}),
        ({}, {"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM": "https://iam.example/"}),
    ],
)
def test_another_question_is_not_answered_from_the_cache(
    google: Google, parse: Any, kept: Any, monkeypatch: Any, options: Any, environment: Any
) -> None:
    google.projects = {name: project(name, "m", parent="folders/1", labels={"workstation": "w"}) for name in ("p", "q")}
    parse(**kept)
    asked = len(google.requests)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    parse(**kept, **options)
    assert len(google.requests) > asked
    assert len({path.name for path in Path(kept["cache_connection"]).iterdir()}) == 2


def test_a_cached_answer_with_gaps_tells_of_them_each_time_and_does_for_no_strict_run(
    google: Google, parse: Any, kept: Any
) -> None:
    google.projects = {"p": project("p", "m", unreachables=["zones/us-east1-b"])}
    assert len(parse(**kept, project="p").warnings) == 1
    again = parse(**kept, project="p")
    assert (again.hosts, len(again.warnings), len(google.requests)) == (["m"], 1, 1)
    with pytest.raises(AnsibleParserError, match="us-east1-b could not be reached"):
        parse(**kept, project="p", strict_partial=True)
    assert len(google.requests) == 2
    google.projects["p"].unreachables = []
    assert parse(**kept, project="p", strict_partial=True).warnings == []
    assert parse(**kept, project="p").warnings == []
    assert len(google.requests) == 3


def test_no_token_is_written_to_the_cache(google: Google, parse: Any, kept: Any) -> None:
    google.projects = {"p": project("p", "m")}
    parse(**kept, project="p", access_token="token-1")
    for file in Path(kept["cache_connection"]).iterdir():
        assert "token-1" not in file.name + file.read_text(encoding="utf-8")


def test_composed_variables_and_groups_see_the_host_and_each_other(google: Google, parse: Any) -> None:
    google.projects = {"p": project("p", "m", "n")}
    found = parse(
        project="p",
        compose={"region_and_name": "gcp_region ~ '/' ~ gcp_name"},
        groups={"ms": "region_and_name.endswith('/m')"},
        keyed_groups=[{"key": "gcp_project", "prefix": "project"}, {"key": "region_and_name", "separator": ""}],
    )
    groups = found.groups()
    assert (groups["ms"], groups["project_p"]) == (["m"], ["m", "n"])
    assert groups["northamerica_northeast2_m"] == ["m"]
