#!/usr/bin/python3
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The guest agent of a sandbox host: does what a cloud's agent does with the instance's metadata.

Runs inside the host with the distribution's own Python, at each boot and whenever the sandbox pushed new metadata or
rules. Standard library only.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

METADATA = Path("/etc/sandbox/metadata.json")
RULES = Path("/etc/sandbox/rules.nft")
STATE = Path("/var/lib/sandbox")
ATTRIBUTES = STATE / "guest-attributes.json"
MANAGED_USERS = STATE / "users.json"
SUDOERS = Path("/etc/sudoers.d/google_sudoers")
SUDO_GROUP = "google-sudoers"
# The groups a new user joins where they exist. Google's agent also names docker, which no image has at first boot.
GROUPS = ("adm", "dip", "plugdev", "video")
MARK = "# Added by the guest agent"
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


def parse_ssh_keys(text: str, now: datetime.datetime) -> dict[str, list[str]]:
    """Users and their keys from `user:type blob comment` lines, without expired keys and without other lines."""
    users: dict[str, list[str]] = {}
    for line in text.splitlines():
        user, colon, key = line.strip().partition(":")
        if colon and _USER.fullmatch(user) and len(key.split()) >= 2 and not expired(key, now):
            users.setdefault(user, []).append(key.strip())
    return users


def expired(key: str, now: datetime.datetime) -> bool:
    """Whether the key carries Google's expiry note and its time has come; an unreadable note counts as expired."""
    _, note, rest = key.partition(" google-ssh ")
    if not note:
        return False
    try:
        expiry = datetime.datetime.strptime(json.loads(rest)["expireOn"], "%Y-%m-%dT%H:%M:%S%z")
    except (ValueError, KeyError, TypeError):
        return True
    return expiry <= now


def authorized_keys(existing: str, keys: list[str]) -> str:
    """The file's new content: what the user added by hand stays, what we added before is replaced."""
    kept: list[str] = []
    lines = iter(existing.splitlines())
    for line in lines:
        if line == MARK:
            next(lines, None)
        else:
            kept.append(line)
    ours = [line for key in keys for line in (MARK, key)]
    return "".join(f"{line}\n" for line in (*kept, *ours))


def boot() -> None:
    """At each boot, before sshd: nothing answers before the firewall stands."""
    firewall()
    run("ssh-keygen", "-A")
    users()
    publish()


def apply() -> None:
    """New metadata on a running host."""
    users()
    publish()


def firewall() -> None:
    """Loads the rules that the sandbox pushed; in one transaction, so there is no moment without."""
    if RULES.exists():
        run("nft", "-f", str(RULES))


def users() -> None:
    """Makes the metadata's users, gives them sudo and their keys; takes both from users no longer named."""
    # Not datetime.UTC: hosts may have a Python older than 3.11.
    now = datetime.datetime.now(datetime.timezone.utc)
    wanted = parse_ssh_keys(metadata().get("ssh-keys", ""), now)
    managed = json.loads(MANAGED_USERS.read_text()) if MANAGED_USERS.exists() else []
    run("groupadd", "--force", "--system", SUDO_GROUP)
    write(SUDOERS, f"%{SUDO_GROUP} ALL=(ALL:ALL) NOPASSWD:ALL\n", 0o440)
    for user, keys in wanted.items():
        # A name that the system refuses must not lock out the others.
        with contextlib.suppress(KeyError):
            add_user(user)
            set_keys(user, keys)
    for user in set(managed) - set(wanted):
        with contextlib.suppress(KeyError):
            set_keys(user, [])
            run("gpasswd", "--delete", user, SUDO_GROUP, check=False)
    write(MANAGED_USERS, json.dumps(sorted(wanted)), 0o600)


def add_user(user: str) -> None:
    """A login with a home of its own, unless it is there."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        run("useradd", "--create-home", "--shell", "/bin/bash", user, check=False)
        for group in GROUPS:
            run("gpasswd", "--add", user, group, check=False)
    run("gpasswd", "--add", user, SUDO_GROUP, check=False)


def set_keys(user: str, keys: list[str]) -> None:
    """Writes authorized_keys where its content changes."""
    account = pwd.getpwnam(user)
    folder = Path(account.pw_dir, ".ssh")
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "authorized_keys"
    existing = path.read_text() if path.exists() else ""
    content = authorized_keys(existing, keys)
    if content != existing:
        write(path, content, 0o600)
    for owned in (folder, path):
        if owned.exists():
            shutil.chown(owned, account.pw_uid, account.pw_gid)


def publish() -> None:
    """Tells the host's keys to the outside where the instance allows guest attributes, and withdraws them where not."""
    if metadata().get("enable-guest-attributes", "").upper() != "TRUE":
        ATTRIBUTES.unlink(missing_ok=True)
        return
    keys = [path.read_text().split() for path in sorted(Path("/etc/ssh").glob("ssh_host_*_key.pub"))]
    write(ATTRIBUTES, json.dumps({"hostkeys": {words[0]: words[1] for words in keys}}), 0o644)


def startup_script() -> None:
    """Runs the instance's own script, at each boot, as the clouds do."""
    text = metadata().get("startup-script")
    if text:
        script = STATE / "startup-script"
        write(script, text if text.startswith("#!") else f"#!/bin/bash\n{text}", 0o700)
        sys.exit(subprocess.run([str(script)], cwd="/").returncode)


def wait_for_ssh() -> None:
    """Returns once sshd greets; asked from inside, because the firewall may close its port to everyone else."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 22), 1) as connection:
            if connection.recv(4) == b"SSH-":
                return
        time.sleep(0.05)
    sys.exit("sshd does not answer on port 22")


def metadata() -> Mapping[str, str]:
    """What the sandbox pushed."""
    values: dict[str, str] = json.loads(METADATA.read_text()) if METADATA.exists() else {}
    return values


def write(path: Path, content: str, mode: int) -> None:
    """Replaces a file in one step, with its mode from the first byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as stream:
        stream.write(content)
    scratch.rename(path)


def run(*command: str, check: bool = True) -> None:
    """Runs a program of the host; with check, its failure ends the agent."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        complaint = f"{' '.join(command)}: {done.stderr.strip()}"
        if check:
            sys.exit(complaint)
        print(complaint, file=sys.stderr)


COMMANDS: dict[str, Callable[[], None]] = {
    "boot": boot,
    "apply": apply,
    "firewall": firewall,
    "startup-script": startup_script,
    "wait-for-ssh": wait_for_ssh,
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(COMMANDS)}")
    COMMANDS[sys.argv[1]]()
