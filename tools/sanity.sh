#!/usr/bin/env bash
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

# `ansible-test sanity` over the files that ship. It wants them under a real path .../ansible_collections/mlops/workstation,
# so the artifact is built and unpacked there. What it caches stays in this checkout and makes the next run quick.
set -euo pipefail
cd "$(dirname "$0")/.."

state=$PWD/.cache/sanity
tree=$state/ansible_collections/mlops/workstation
reports=$PWD/.cache/reports

unpack_artifact() {
    rm -rf "$tree" "$state"/*.tar.gz
    mkdir -p "$tree"
    ansible-galaxy collection build --output-path "$state" >/dev/null
    tar -xzf "$state"/*.tar.gz -C "$tree"
    rm "$tree/MANIFEST.json" "$tree/FILES.json"
    cp galaxy.yml "$tree"
    mkdir "$tree/tests"
    cp tests/config.yml "$tree/tests"
    git init --quiet "$tree" # or ansible-test asks this checkout's git, which ignores the whole folder
}

# ansible-test gives each of its virtual environments a pip through a script that it downloads from its developers' own
# server, which a closed network refuses. The same script, made of the pip that the package index serves, stands in for it.
provide_pip_bootstrap() {
    local version script wheels
    version=$(python - <<'EOF'
import sys
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

print(get_venv_packages(SimpleNamespace(version="%d.%d" % sys.version_info[:2]))["pip"])
EOF
    )
    script=$HOME/.ansible/test/cache/get_pip_${version//./_}.py
    wheels=$state/pip-$version
    compgen -G "$wheels/*.whl" >/dev/null || python -m pip download --quiet --no-deps --dest "$wheels" "pip==$version"
    mkdir -p "$(dirname "$script")"
    cat >"$script" <<EOF
import runpy
import sys

sys.path.insert(0, "$wheels/pip-$version-py3-none-any.whl")
asked = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install", "--upgrade", "--force-reinstall", *asked]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
EOF
}

# What ansible-test itself keeps at home goes to this checkout; settings of pip and its cache stay the user's. Nothing but
# HOME would do: ansible-test hands no other variable on to pip.
move_home() {
    mkdir -p "$state/home/.config" "$state/home/.cache"
    ln -sfn "${XDG_CONFIG_HOME:-$HOME/.config}/pip" "$state/home/.config/pip"
    ln -sfn "${XDG_CACHE_HOME:-$HOME/.cache}/pip" "$state/home/.cache/pip"
    export HOME=$state/home
}

mkdir -p "$reports"
unpack_artifact
move_home
provide_pip_bootstrap
cd "$tree"
# One Python, the virtual environment's: a `python3.x` on the PATH may be a mere pointer to an interpreter that is not there.
ansible-test sanity --color no --python "$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "$@" 2>&1 |
    tee "$reports/sanity.log"
