#!/usr/bin/env bash
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

# setup.sh STAMP: makes .venv with the pinned packages and leaves STAMP in it when done. Sees to the few system programs that
# the rest stands on, too. Like its neighbours it is no executable: Ansible runs those where a folder is an inventory.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=${1:?give the name of the stamp file}
python=${PYTHON:-python3}

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# install_or_explain PACKAGE WHAT_IS_MISSING: only root on Debian and its kin gets a package installed unasked.
install_or_explain() {
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        die "$2. Install it (Debian, Ubuntu: sudo apt-get install $1) and run make again."
    fi
    printf '==> %s: installing the package %s\n' "$2" "$1"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1"
}

check_programs() {
    command -v git >/dev/null || install_or_explain git "git is missing"
    command -v ssh-keygen >/dev/null || install_or_explain openssh-client "the SSH client is missing"
    command -v "$python" >/dev/null || install_or_explain python3 "$python is missing"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "$("$python" --version) is too old: 3.11 or newer is needed. Name another one: make PYTHON=python3.12"
}

make_venv() {
    printf '==> Virtual environment .venv (%s)\n' "$("$python" --version)"
    "$python" -m venv --clear .venv && return
    install_or_explain python3-venv "$python cannot make virtual environments"
    "$python" -m venv --clear .venv
}

# uv does it in seconds. Where it is not to be had, or does not know of an index that pip is configured for, pip does it.
install_packages() {
    local uv
    uv=$(grep '^uv==' requirements-dev.txt)
    if .venv/bin/python -m pip install --quiet "$uv" &&
        .venv/bin/uv pip install --quiet --python .venv/bin/python -r requirements-dev.txt; then
        return
    fi
    printf '==> uv could not install them: pip does, which takes a minute or two\n'
    .venv/bin/python -m pip install --quiet -r requirements-dev.txt
}

check_programs
# One at a time: of two makes that start together, the second finds the work done.
mkdir -p .cache
exec 9>.cache/venv.lock
flock 9
[[ ! -e $stamp ]] || exit 0
make_venv
install_packages
.venv/bin/python -m pip check
touch "$stamp"
