# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The final state of a workstation, whichever way it was made."""

from __future__ import annotations

import pytest
from testinfra.host import Host

from tests.testinfra.conftest import Run, Workstation

# Asks Jupyter with the token, which never leaves the host, and prints the answer's status.
STATUS = """\
import sys, urllib.error, urllib.request
url, token = sys.argv[1:]
request = urllib.request.Request(url)
if token:
    request.add_header("Authorization", "token " + open(token).read())
try:
    print(urllib.request.urlopen(request).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def test_apt_waits_for_the_lock(host: Host, workstation: Workstation) -> None:
    found = host.check_output("apt-config dump DPkg::Lock::Timeout")
    assert found == f'DPkg::Lock::Timeout "{workstation.settings["system_lock_timeout"]}";'


def test_packages_are_up_to_date(host: Host, workstation: Workstation) -> None:
    if workstation.settings["system_upgrade"] == "none":
        pytest.skip("the inventory asks for no upgrade")
    assert "\nInst " not in host.check_output("apt-get --simulate upgrade --with-new-pkgs")


def test_a_new_login_is_in_base(login: Run, workstation: Workstation) -> None:
    assert login('echo "$CONDA_DEFAULT_ENV"') == "base"
    assert login('echo "$PS1"').startswith("(base) ")
    assert login("type -P python") == f"{workstation.path('anaconda_prefix')}/bin/python"


def test_conda_works(login: Run) -> None:
    assert login("conda --version").startswith("conda ")


def test_bashrc_is_what_conda_init_writes(host: Host, workstation: Workstation) -> None:
    conda = f"{workstation.path('anaconda_prefix')}/bin/conda"
    host.run_expect(
        [0],
        "set -e; home=$(mktemp -d); trap 'rm -rf \"$home\"' EXIT; cp ~/.bashrc $home; "
        f"HOME=$home {conda} init bash > /dev/null; cmp ~/.bashrc $home/.bashrc",
    )


def test_a_script_is_not_in_base(host: Host) -> None:
    assert host.check_output("bash -c '. ~/.bashrc; echo \"${CONDA_DEFAULT_ENV-none}\"'") == "none"


def test_no_installer_is_left(host: Host, workstation: Workstation) -> None:
    prefix = workstation.path("anaconda_prefix")
    assert not host.file(f"{prefix}.installing").exists
    assert host.check_output("find %s -maxdepth 2 -name 'Anaconda3-*.sh'", workstation.home) == ""
    stamp = host.file(f"{prefix}/.mlops-workstation-installed")
    assert stamp.content_string.startswith("sha256:")


@pytest.mark.parametrize("path", [".bashrc", ".profile", "anaconda3", "notebooks", ".jupyter"])
def test_the_users_files_are_the_users(host: Host, workstation: Workstation, path: str) -> None:
    assert host.file(f"{workstation.home}/{path}").user == workstation.user


@pytest.mark.parametrize("service", ["docker", "jupyter"])
def test_service_runs_now_and_at_boot(host: Host, service: str) -> None:
    assert host.service(service).is_running
    assert host.service(service).is_enabled


def test_docker_is_installed(host: Host) -> None:
    assert host.package("docker.io").is_installed or host.package("docker-ce").is_installed


def test_docker_runs_without_sudo(host: Host, workstation: Workstation, login: Run) -> None:
    assert "docker" in host.user(workstation.user).groups
    assert host.file("/run/docker.sock").group == "docker"
    login(f"docker run --rm {workstation.settings['docker_proof_image']}")


def test_registry_mirrors_are_configured(login: Run, workstation: Workstation) -> None:
    wanted = workstation.settings["docker_registry_mirrors"]
    found = login("docker info --format '{{len .RegistryConfig.Mirrors}}'")
    assert int(found) >= len(wanted)


def test_compose_command_talks_to_the_engine(login: Run) -> None:
    project = '{"version": "3", "services": {"probe": {"image": "probe"}}}'
    assert "name" in login(f"echo '{project}' | docker-compose --project-name probe --file - ps").lower()


def test_compose_release_is_both_spellings(host: Host, workstation: Workstation, login: Run) -> None:
    if not workstation.released:
        pytest.skip("the inventory asks for the distribution's package")
    binary = f"{workstation.path('compose_directory')}/docker-compose"
    assert host.file(binary).mode == 0o755
    assert host.file(f"{workstation.home}/.docker/cli-plugins/docker-compose").linked_to == binary
    assert login("type -P docker-compose") == binary
    assert login("docker compose version --short") == login("docker-compose version --short")
    assert "NAME" in login("docker compose ls")


def test_compose_directory_is_first_on_path(workstation: Workstation, login: Run) -> None:
    if not workstation.released:
        pytest.skip("the inventory asks for the distribution's package")
    assert login('echo "$PATH"').split(":")[0] == workstation.path("compose_directory")


def test_compose_package_is_installed(host: Host, workstation: Workstation, login: Run) -> None:
    if workstation.released:
        pytest.skip("the inventory asks for the project's binary")
    assert any(host.package(name).is_installed for name in ("docker-compose", "docker-compose-v2"))
    assert login("type -P docker-compose").startswith("/usr/")


def test_token_is_the_users_alone(host: Host, workstation: Workstation) -> None:
    token = host.file(workstation.path("jupyter_token_file"))
    assert (token.user, token.mode) == (workstation.user, 0o600)
    assert token.size >= 32
    # Counted on the host: the token must not show up in a failed assertion.
    assert host.check_output("tr -d '[:graph:]' < %s | wc -c", token.path) == "0"


def test_token_is_nowhere_to_be_seen(host: Host, workstation: Workstation) -> None:
    token = workstation.path("jupyter_token_file")
    with host.sudo():
        assert host.run("journalctl --unit jupyter --no-pager | grep -qFf %s", token).rc == 1
        assert host.run("ps axeww -o args | grep -qFf %s", token).rc == 1


@pytest.mark.parametrize(
    ("path", "authorised", "status"), [("/api", False, 200), ("/api/status", False, 403), ("/api/status", True, 200)]
)
def test_jupyter_answers(host: Host, workstation: Workstation, path: str, authorised: bool, status: int) -> None:
    url = f"http://127.0.0.1:{workstation.settings['jupyter_port']}{path}"
    token = workstation.path("jupyter_token_file") if authorised else ""
    assert host.check_output("python3 -c %s %s %s", STATUS, url, token) == str(status)


def test_jupyter_listens_on_loopback_only(host: Host, workstation: Workstation) -> None:
    port = workstation.settings["jupyter_port"]
    listeners = host.check_output("ss -Hltn %s", f"sport = :{port}").splitlines()
    assert [line.split()[3] for line in listeners] == [f"127.0.0.1:{port}"]


def test_jupyter_reaches_docker(host: Host) -> None:
    process = host.check_output("systemctl show --property=MainPID --value jupyter")
    groups = host.check_output("sed -n 's/^Groups://p' /proc/%s/status", process).split()
    assert str(host.group("docker").gid) in groups


def test_jupyter_offers_a_kernel(login: Run) -> None:
    assert "python3" in login("jupyter kernelspec list")
