# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys of service accounts, and their files."""

from __future__ import annotations

import base64
import datetime
import functools
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.gcp import key_file, key_material
from plugins.module_utils.gcp.resources import account_keys
from plugins.module_utils.gcp.resources.account_keys import AccountKeys
from plugins.module_utils.gcp.resources.service_account import ServiceAccount
from plugins.module_utils.gcp.resources.service_account_key import ServiceAccountKey
from plugins.module_utils.resource import CloudError
from plugins.module_utils.ssh import files
from tests.unit.plugins.module_utils.gcp.resources.conftest import ROOT, Cloud

ACCOUNT: dict[str, Any] = {
    "account_id": "mlops-zoom",
    "display_name": None,
    "description": None,
    "disabled": None,
    "state": "present",
}
EMAIL = "mlops-zoom@sandbox-project.iam.gserviceaccount.com"
KEYS = f"v1/projects/sandbox-project/serviceAccounts/{EMAIL}/keys"
FAULTS = ["drop_after", "drop_before", "throttle"]

Params = dict[str, Any]


class KilledError(BaseException):
    """The process dies here."""


@pytest.fixture(scope="session")
def pairs() -> list[str]:
    """Private keys; making one takes long enough to do it a few times only."""
    return [key_material.generate() for _number in range(3)]


@pytest.fixture(autouse=True)
def _quick_pairs(pairs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Deals out those, one after the other."""
    monkeypatch.setattr(key_material, "generate", functools.partial(next, itertools.cycle(pairs)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "mlops-zoom.json"


@pytest.fixture
def asked(path: Path) -> Params:
    """The options of a key."""
    return {
        "account_id": "mlops-zoom",
        "path": str(path),
        "rotate_after": None,
        "replace_deleted": False,
        "state": "present",
    }


@pytest.fixture
def owner(cloud: Cloud) -> Cloud:
    """With a service account of the workstation's own."""
    cloud.run(ServiceAccount, ACCOUNT)
    return cloud


def known(cloud: Cloud) -> list[str]:
    """The ids of the keys that Google knows, its own apart."""
    found = cloud.session().api("iam").get(KEYS, {"keyTypes": "USER_MANAGED"})
    return [key["name"].rpartition("/")[2] for key in found.get("keys", ())]


def forget(cloud: Cloud, key_id: str) -> None:
    cloud.session().api("iam").write("DELETE", f"{KEYS}/{key_id}")


def secrets_in(folder: Path) -> list[str]:
    """The files that hold a private key; nobody else can read any of them."""
    found = [entry for entry in folder.rglob("*") if entry.is_file() and "PRIVATE KEY" in entry.read_text()]
    assert all(entry.stat().st_mode & 0o077 == 0 for entry in found)
    return sorted(entry.name for entry in found)


def is_whole(cloud: Cloud, path: Path) -> bool:
    """Whether there is one key, whose one file is the private half of what Google knows."""
    content = json.loads(path.read_text())
    [key_id] = known(cloud)
    shown = cloud.session().api("iam").get(f"{KEYS}/{key_id}", {"publicKeyType": "TYPE_X509_PEM_FILE"})
    public = key_material.public_of(content["private_key"])
    assert secrets_in(path.parent) == [path.name]
    return content["private_key_id"] == key_id and key_material.public_in(shown["publicKeyData"]) == public


def make_old(owner: Cloud, asked: Params) -> str:
    """Makes a key as if it had been made 400 days ago, and returns its id."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(key_material, "SKEW", datetime.timedelta(days=400))
        return str(owner.run(ServiceAccountKey, asked)["resource"]["key_id"])


def test_make_keep_remove(owner: Cloud, asked: Params, path: Path) -> None:
    made = owner.predicted(ServiceAccountKey, asked)
    assert made["actions"] == ["create"]
    assert (made["resource"]["mode"], made["resource"]["service_account"]) == ("0600", EMAIL)
    assert made["resource"]["valid_before"] == "9999-12-31T23:59:59Z"
    assert is_whole(owner, path)
    kept = owner.run(ServiceAccountKey, asked)
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    removed = owner.predicted(ServiceAccountKey, {**asked, "state": "absent"})
    assert (removed["actions"], removed["resource"]) == (["delete"], {})
    assert (known(owner), secrets_in(path.parent)) == ([], [])
    nothing = owner.run(ServiceAccountKey, {**asked, "state": "absent"})
    assert (nothing["changed"], nothing["api_calls"]) == (False, 0)


def test_the_file_is_as_google_writes_it_and_good_for_authentication(owner: Cloud, asked: Params, path: Path) -> None:
    owner.run(ServiceAccountKey, asked)
    content = json.loads(path.read_text())
    assert list(content) == [
        "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
        "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain",
    ]  # fmt: skip
    assert content["token_uri"] == "https://oauth2.googleapis.com/token"
    assert content["client_x509_cert_url"].endswith("/x509/mlops-zoom%40sandbox-project.iam.gserviceaccount.com")
    role = {"role": "roles/viewer", "members": [f"serviceAccount:{EMAIL}"]}
    policy = owner.session().api("cloudresourcemanager")
    bindings = policy.read("v3/projects/sandbox-project:getIamPolicy", {})["bindings"]
    policy.write("POST", "v3/projects/sandbox-project:setIamPolicy", {"policy": {"bindings": [*bindings, role]}})
    as_account = Cloud(owner.application, {"service_account_file": str(path)})
    assert as_account.session().get("")["name"] == "sandbox-project"


def test_its_token_endpoint_is_the_one_that_is_set(owner: Cloud, asked: Params, path: Path) -> None:
    session = owner.session(token_endpoint=f"{ROOT}token")
    key = ServiceAccountKey(session, {**asked, "workstation": "mlops-zoom"})
    key.apply(key.plan(key.read())[0])
    assert json.loads(path.read_text())["token_uri"] == f"{ROOT}token"


def test_nothing_of_the_private_half_is_told_or_sent(owner: Cloud, asked: Params, path: Path) -> None:
    results = [owner.run(ServiceAccountKey, asked, check_mode=True), owner.run(ServiceAccountKey, asked)]
    lines = json.loads(path.read_text())["private_key"].splitlines()[1:-1]
    told = json.dumps([results, owner.log()]) + repr(key_file.read(str(path), EMAIL))
    assert not [line for line in lines if line in told]
    [upload] = [entry for entry in owner.log() if entry["method"] == "iam.projects.serviceAccounts.keys.upload"]
    assert base64.b64decode(upload["body"]["publicKeyData"]).startswith(b"-----BEGIN CERTIFICATE-----")


def test_a_key_that_was_deleted_is_told_and_replaced_only_if_asked(owner: Cloud, asked: Params, path: Path) -> None:
    dead = owner.run(ServiceAccountKey, asked)["resource"]["key_id"]
    before = path.read_text()
    forget(owner, dead)
    with pytest.raises(CloudError, match=f"the key {dead} has been deleted in Google Cloud.*replace_deleted") as caught:
        owner.run(ServiceAccountKey, asked)
    assert caught.value.details["reason"] == "keyDeleted"
    assert path.read_text() == before
    replaced = owner.predicted(ServiceAccountKey, {**asked, "replace_deleted": True})
    assert replaced["actions"] == ["replace"]
    assert replaced["resource"]["key_id"] == known(owner)[0]
    kept = path.with_name(f"{path.name}.{dead}.deleted")
    assert kept.read_text() == before
    kept.unlink()
    assert is_whole(owner, path)


def test_a_key_is_rotated_by_its_age(owner: Cloud, asked: Params, path: Path) -> None:
    old = make_old(owner, asked)
    assert owner.run(ServiceAccountKey, asked)["changed"] is False
    kept = owner.run(ServiceAccountKey, {**asked, "rotate_after": 401})
    assert (kept["changed"], kept["api_calls"]) == (False, 1)
    rotated = owner.predicted(ServiceAccountKey, {**asked, "rotate_after": 399})
    assert rotated["actions"] == ["rotate"]
    assert rotated["diff"]["before"]["key_id"] == old
    assert old not in known(owner)
    assert is_whole(owner, path)


def test_a_key_that_has_expired_or_is_disabled_is_told(owner: Cloud, asked: Params, path: Path) -> None:
    key_id = owner.run(ServiceAccountKey, asked)["resource"]["key_id"]
    owner.session().api("iam").write("POST", f"{KEYS}/{key_id}:disable", {})
    assert "disabled in Google Cloud" in owner.run(ServiceAccountKey, asked)["warnings"][0]
    session = owner.session()
    key = ServiceAccountKey(session, {**asked, "workstation": "mlops-zoom"})
    key.read()
    key._known = {"validBeforeTime": "2020-01-01T00:00:00Z"}
    assert "it has expired" in key.warnings()[0]


def test_permissions_that_let_others_read_are_mended(owner: Cloud, asked: Params, path: Path) -> None:
    owner.run(ServiceAccountKey, asked)
    path.chmod(0o644)
    mended = owner.predicted(ServiceAccountKey, asked)
    assert (mended["actions"], mended["diff"]["after"]) == (["set_mode"], {"mode": "0600"})
    assert "could be read by other users" in mended["warnings"][0]
    path.chmod(0o400)
    assert owner.run(ServiceAccountKey, asked)["changed"] is False


def foreign(content: dict[str, Any]) -> str:
    return json.dumps({**content, "client_email": "other@p.iam.gserviceaccount.com"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (foreign, "holds a key of other@p.iam.gserviceaccount.com, not of mlops-zoom@"),
        (lambda content: "my notes", "is not the key of a service account"),
        (lambda content: "", "is not the key of a service account"),
        (lambda content: json.dumps({"type": "authorized_user"}), "is not the key of a service account"),
        (lambda content: json.dumps({**content, "private_key": "-----BEGIN"}), "holds a key that is damaged"),
        (lambda content: json.dumps({**content, "private_key_id": None}), "holds a key that is damaged"),
        (lambda content: json.dumps({**content, "private_key": key_material.generate()}), "its private half is not"),
    ],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_is_not_this_key_is_never_overwritten_or_removed(
    owner: Cloud, asked: Params, path: Path, change: Callable[[dict[str, Any]], str], message: str, state: str
) -> None:
    owner.run(ServiceAccountKey, asked)
    path.write_text(change(json.loads(path.read_text())))
    before, keys = path.read_text(), known(owner)
    with pytest.raises(CloudError, match=message):
        owner.run(ServiceAccountKey, {**asked, "state": state, "replace_deleted": True, "rotate_after": 1})
    assert (path.read_text(), known(owner)) == (before, keys)


def test_a_folder_in_the_files_place_is_an_error(owner: Cloud, asked: Params, path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(CloudError, match="Cannot read"):
        owner.run(ServiceAccountKey, asked)


def test_a_file_in_its_folders_place_is_an_error(owner: Cloud, asked: Params, path: Path) -> None:
    path.parent.write_text("mine")
    with pytest.raises(CloudError, match="Not a directory"):
        owner.run(ServiceAccountKey, asked)
    assert known(owner) == []


def test_what_a_symlink_points_to_is_the_file(owner: Cloud, asked: Params, path: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "key.json"
    path.parent.mkdir()
    path.symlink_to(target)
    owner.run(ServiceAccountKey, asked)
    assert is_whole(owner, target)
    assert owner.run(ServiceAccountKey, asked)["changed"] is False
    owner.run(ServiceAccountKey, {**asked, "state": "absent"})
    assert (known(owner), target.exists(), path.is_symlink()) == ([], False, True)


def test_a_file_that_appears_meanwhile_is_not_overwritten(owner: Cloud, asked: Params, path: Path) -> None:
    key = ServiceAccountKey(owner.session(), {**asked, "workstation": "mlops-zoom"})
    steps = key.plan(key.read())
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(CloudError, match="is there already"):
        key.apply(steps[0])
    assert path.read_text() == "mine"


def test_an_account_that_is_not_ours_gets_no_key(cloud: Cloud, asked: Params, path: Path) -> None:
    theirs = {**asked, "account_id": "mlops-zoom-user"}
    with pytest.raises(CloudError, match=r"not marked.*gcloud iam service-accounts update mlops-zoom-user@"):
        cloud.run(ServiceAccountKey, theirs)
    assert not path.exists()


def test_an_account_that_is_yet_to_be_made_is_predicted_and_an_error_for_real(
    cloud: Cloud, asked: Params, path: Path
) -> None:
    assert cloud.run(ServiceAccountKey, asked, check_mode=True)["actions"] == ["create"]
    with pytest.raises(CloudError, match=r"no such service account.*gcp_service_account"):
        cloud.run(ServiceAccountKey, asked)
    assert not path.parent.exists()


def test_the_file_of_an_account_that_is_gone_goes_too(owner: Cloud, asked: Params, path: Path) -> None:
    owner.run(ServiceAccountKey, asked)
    owner.run(ServiceAccount, {**ACCOUNT, "state": "absent"})
    assert owner.run(ServiceAccountKey, {**asked, "state": "absent"})["actions"] == ["delete"]
    assert secrets_in(path.parent) == []


@pytest.mark.parametrize("constraint", ["iam.disableServiceAccountKeyUpload"])
def test_a_policy_that_forbids_keys_is_explained(owner: Cloud, asked: Params, constraint: str) -> None:
    owner.settings(org_policies={constraint: ["*"]})
    with pytest.raises(CloudError, match=r"policy of the organization forbids keys.*attach the account.*impersonate"):
        owner.run(ServiceAccountKey, asked)


def test_an_account_that_has_all_its_keys_is_explained(owner: Cloud, asked: Params) -> None:
    for _key in range(account_keys.MOST):
        owner.session().api("iam").write("POST", KEYS, {})
    with pytest.raises(CloudError, match=rf"has the 10 keys.*keys list --managed-by=user --iam-account={EMAIL}"):
        owner.run(ServiceAccountKey, asked)


@pytest.mark.parametrize("kind", FAULTS)
def test_one_key_is_made_although_the_reply_is_lost(owner: Cloud, asked: Params, path: Path, kind: str) -> None:
    owner.fault(method="iam.projects.serviceAccounts.keys.upload", kind=kind)
    assert owner.run(ServiceAccountKey, asked)["actions"] == ["create"]
    assert is_whole(owner, path)


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("method", ["upload", "delete"])
def test_one_key_is_left_although_a_reply_is_lost_while_it_is_rotated(
    owner: Cloud, asked: Params, path: Path, kind: str, method: str
) -> None:
    make_old(owner, asked)
    owner.fault(method=f"iam.projects.serviceAccounts.keys.{method}", kind=kind)
    assert owner.run(ServiceAccountKey, {**asked, "rotate_after": 90})["actions"] == ["rotate"]
    assert is_whole(owner, path)


@pytest.mark.parametrize("kind", FAULTS)
def test_no_key_is_left_although_the_reply_is_lost(owner: Cloud, asked: Params, path: Path, kind: str) -> None:
    owner.run(ServiceAccountKey, asked)
    owner.fault(method="iam.projects.serviceAccounts.keys.delete", kind=kind)
    assert owner.run(ServiceAccountKey, {**asked, "state": "absent"})["actions"] == ["delete"]
    assert (known(owner), secrets_in(path.parent)) == ([], [])


DOORS = {
    "keep": (key_file, "keep"),
    "upload": (AccountKeys, "upload"),
    "put_by": (key_file, "put_by"),
    "place": (key_file, "place"),
    "delete": (AccountKeys, "delete"),
    "remove": (files, "remove"),
}


def die(monkeypatch: pytest.MonkeyPatch, door: str, when: str) -> None:
    """Lets the process die before or after it goes through a door, once."""
    where, name = DOORS[door]
    through = getattr(where, name)

    def dying(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(where, name, through)
        if when == "after":
            through(*arguments, **options)
        raise KilledError

    monkeypatch.setattr(where, name, dying)


WAYS = {
    "create": ["keep", "upload", "place", "remove"],
    "rotate": ["keep", "upload", "place", "delete", "remove"],
    "replace": ["keep", "upload", "put_by", "place", "remove"],
    "absent": ["delete", "remove"],
}
POINTS = [(way, door, when) for way, doors in WAYS.items() for door in doors for when in ("before", "after")]


def on_the_way(way: str, owner: Cloud, asked: Params) -> Params:
    """Brings things to where the way begins, and returns what is asked for then."""
    if way == "create":
        return asked
    made = make_old(owner, asked)
    if way == "absent":
        return {**asked, "state": "absent"}
    if way == "rotate":
        return {**asked, "rotate_after": 90}
    forget(owner, made)
    return {**asked, "replace_deleted": True}


@pytest.mark.parametrize(("way", "door", "when"), POINTS)
def test_what_a_run_that_was_killed_began_is_ended_by_the_next(
    owner: Cloud, asked: Params, path: Path, monkeypatch: pytest.MonkeyPatch, way: str, door: str, when: str
) -> None:
    wanted = on_the_way(way, owner, asked)
    die(monkeypatch, door, when)
    with pytest.raises(KilledError):
        owner.run(ServiceAccountKey, wanted)
    owner.run(ServiceAccountKey, wanted)
    for kept in path.parent.glob("*.deleted"):
        kept.unlink()
    if way == "absent":
        assert (known(owner), secrets_in(path.parent)) == ([], [])
    else:
        assert is_whole(owner, path)
    assert owner.run(ServiceAccountKey, wanted)["changed"] is False


@pytest.mark.parametrize(("door", "when"), [(door, when) for door in WAYS["rotate"] for when in ("before", "after")])
def test_a_key_can_be_removed_after_a_run_that_was_killed(
    owner: Cloud, asked: Params, path: Path, monkeypatch: pytest.MonkeyPatch, door: str, when: str
) -> None:
    wanted = on_the_way("rotate", owner, asked)
    die(monkeypatch, door, when)
    with pytest.raises(KilledError):
        owner.run(ServiceAccountKey, wanted)
    owner.run(ServiceAccountKey, {**asked, "state": "absent"})
    assert (known(owner), secrets_in(path.parent)) == ([], [])


@pytest.mark.parametrize(("door", "when"), [("upload", "before"), ("upload", "after"), ("place", "after")])
def test_what_ends_an_interrupted_run_is_predicted(
    owner: Cloud, asked: Params, path: Path, monkeypatch: pytest.MonkeyPatch, door: str, when: str
) -> None:
    die(monkeypatch, door, when)
    with pytest.raises(KilledError):
        owner.run(ServiceAccountKey, asked)
    assert secrets_in(path.parent) == sorted({f"{path.name}.pending", *([path.name] if door == "place" else [])})
    ended = owner.predicted(ServiceAccountKey, asked)
    assert ended["actions"] == (["finish"] if door == "place" else ["create"])


def test_a_key_that_was_deleted_before_its_run_could_end_does_not_come_back(
    owner: Cloud, asked: Params, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(monkeypatch, "remove", "before")
    with pytest.raises(KilledError):
        owner.run(ServiceAccountKey, asked)
    [dead] = known(owner)
    forget(owner, dead)
    private = json.loads(path.read_text())["private_key"]
    replaced = owner.predicted(ServiceAccountKey, {**asked, "replace_deleted": True})
    assert replaced["actions"] == ["finish", "replace"]
    assert json.loads(path.read_text())["private_key"] != private
    path.with_name(f"{path.name}.{dead}.deleted").unlink()
    assert is_whole(owner, path)


def test_a_key_that_came_since_is_not_replaced_by_one_that_was_on_its_way(
    owner: Cloud, asked: Params, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(monkeypatch, "upload", "after")
    with pytest.raises(KilledError):
        owner.run(ServiceAccountKey, asked)
    theirs = owner.session().api("iam").write("POST", KEYS, {})
    path.write_bytes(base64.b64decode(theirs["privateKeyData"]))
    path.chmod(0o600)
    before = path.read_text()
    with pytest.raises(CloudError, match=r"another key has come to its place since"):
        owner.run(ServiceAccountKey, asked)
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("account_id", "x", "6 to 30 lower-case letters"), ("rotate_after", 0, "a number of days, 1 or more")],
)
def test_bad_input_is_refused_before_anything_is_sent(
    cloud: Cloud, asked: Params, option: str, value: Any, message: str
) -> None:
    with pytest.raises(CloudError, match=message):
        cloud.run(ServiceAccountKey, {**asked, option: value})
    assert cloud.log() == []


def test_a_missing_library_is_named(asked: Params, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CloudError, match="pip install cryptography"):
        cloud.run(ServiceAccountKey, asked)
