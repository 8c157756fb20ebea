# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Anaconda stand-in: its installer's command line, and its conda."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox.anaconda import build, conda

MD5 = "0" * 32


@pytest.fixture(name="installer")
def make_installer(tmp_path: Path) -> Path:
    """An installer whose payload is broken, as after a bad download."""
    path = tmp_path / "installer.sh"
    path.write_bytes(build._header(MD5) + b"this is no archive")
    return path


@pytest.fixture(name="home")
def make_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of its own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(conda, "CONDARC", home / ".condarc")
    return home


def run(installer: Path, *options: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the installer as a role does."""
    return subprocess.run(["bash", installer, *options], input=answer, capture_output=True, text=True, check=False)


def test_the_header_knows_its_own_length() -> None:
    header = build._header(MD5)
    assert f"HEADER_BYTES={len(header):<8d}\n".encode() in header
    assert b"@" not in header.replace(b'"$@"', b"").replace(b"$@", b"")


def test_help_ends_with_2(installer: Path) -> None:
    done = run(installer, "-h")
    assert done.returncode == 2
    assert "-p PREFIX" in done.stdout


def test_an_existing_prefix_is_refused(installer: Path, tmp_path: Path) -> None:
    done = run(installer, "-b", "-p", str(tmp_path))
    assert done.returncode == 1
    assert f"File or directory already exists: '{tmp_path}'" in done.stderr


def test_a_prefix_with_spaces_is_refused(installer: Path, tmp_path: Path) -> None:
    assert run(installer, "-b", "-p", str(tmp_path / "my conda")).returncode == 1


@pytest.mark.parametrize("answer", ["no\n", "\n", ""])
def test_a_licence_not_accepted_aborts_with_2(installer: Path, home: Path, answer: str) -> None:
    assert run(installer, answer=answer).returncode == 2
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("force", ["-f", "-u"])
def test_a_broken_payload_is_warned_of_and_leaves_its_traces(installer: Path, tmp_path: Path, force: str) -> None:
    prefix = tmp_path / "prefix"
    prefix.mkdir()
    done = run(installer, "-b", force, "-p", str(prefix))
    assert done.returncode == 1
    assert "WARNING: md5sum mismatch of tar archive" in done.stderr
    assert [path.name for path in prefix.iterdir()] == ["install_tmp"]


def test_init_adds_the_block_once_and_takes_it_away(home: Path) -> None:
    bashrc = home / ".bashrc"
    bashrc.write_text("alias ll='ls -l'\n")
    conda.main(["init", "bash"])
    once = bashrc.read_text()
    assert once == f"alias ll='ls -l'\n\n{conda.BLOCK.format(prefix=conda.PREFIX)}"
    conda.main(["init"])
    assert bashrc.read_text() == once
    conda.main(["init", "--reverse"])
    assert bashrc.read_text() == "alias ll='ls -l'\n\n"


def test_init_renews_a_block_of_another_prefix_in_place(home: Path) -> None:
    bashrc = home / ".bashrc"
    bashrc.write_text(f"before\n{conda.BLOCK.format(prefix='/opt/old')}after\n")
    conda.main(["init"])
    assert bashrc.read_text() == f"before\n{conda.BLOCK.format(prefix=conda.PREFIX)}after\n"


def test_a_dry_run_of_init_writes_nothing(home: Path) -> None:
    conda.main(["init", "--dry-run"])
    assert not (home / ".bashrc").exists()


@pytest.mark.parametrize(("value", "expected"), [("false", False), ("true", True)])
def test_auto_activation_can_be_set(home: Path, value: str, expected: bool) -> None:
    (home / ".condarc").write_text("channels:\n  - defaults\nauto_activate_base: true\n")
    conda.main(["config", "--set", "auto_activate_base", value])
    assert conda.auto_activate() is expected
    assert (home / ".condarc").read_text() == f"channels:\n  - defaults\nauto_activate_base: {value}\n"


def test_activation_is_undone_by_deactivation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    conda.main(["shell.posix", "activate", "base"])
    activate = capsys.readouterr().out
    monkeypatch.setenv("CONDA_PREFIX", str(conda.PREFIX))
    monkeypatch.setenv("CONDA_SHLVL", "1")
    monkeypatch.setenv("PATH", f"{conda.PREFIX}/bin:/usr/bin:/bin")
    conda.main(["shell.posix", "deactivate"])
    deactivate = capsys.readouterr().out
    lines = (
        *("PATH=/usr/bin:/bin", "PS1='$ '", activate, 'echo "$PS1$CONDA_DEFAULT_ENV"'),
        *(deactivate, 'echo "$PS1$PATH${CONDA_PREFIX-}"'),
    )
    script = "\n".join(lines)
    shown = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == ["(base) $ base", "$ /usr/bin:/bin"]


@pytest.mark.parametrize("command", ["install numpy", "create -n x", "config --add channels x", "init zsh"])
def test_what_it_cannot_do_fails_and_says_so(command: str) -> None:
    with pytest.raises(SystemExit, match=f"conda {command}: .*stand-in for conda"):
        conda.main(command.split())


def test_an_unknown_environment_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="Could not find conda environment: other"):
        conda.main(["shell.posix", "activate", "other"])
    assert capsys.readouterr().out == ""
