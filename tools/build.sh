#!/usr/bin/env bash
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

# Builds the collection's artifact into dist/, then checks what is in it and that an installed copy works.
set -euo pipefail
cd "$(dirname "$0")/.."

# Parts of a checkout that a user of the collection has no use for, as paths in the archive; a dot-file anywhere counts.
unwanted='^(tests|sandbox|molecule|bench|tools|collections|dist|inventories/sandbox[^/]*)(/|$)|^(Makefile|ansible\.cfg|pyproject\.toml)$'
unwanted+='|^requirements.*\.in$|^requirements-dev\.txt$|(^|/)\.|__pycache__'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

check_contents() {
    local listing=$scratch/listing found part
    tar -tzf "$1" | sed 's|/$||' | sort >"$listing"
    if found=$(grep -E "$unwanted" "$listing"); then
        die "$1 holds what galaxy.yml's build_ignore should keep out:"$'\n'"$found"
    fi
    # Everything that ships is known to git, or about to be: a stray file never slips in.
    git ls-files --cached --others --exclude-standard | sort >"$scratch/known"
    found=$(tar -tzf "$1" | grep -v '/$' | sort | comm -23 - "$scratch/known" | grep -vxE 'MANIFEST.json|FILES.json') &&
        die "$1 holds files that git ignores:"$'\n'"$found"
    for part in README.md COPYING meta/runtime.yml; do
        grep -qx "$part" "$listing" || die "$1 has no $part"
    done
    for part in plugins/modules roles playbooks; do
        [[ ! -d $part ]] || grep -q "^$part/." "$listing" || die "$1 has nothing of $part/"
    done
}

# From an empty folder, so that neither the checkout nor its ansible.cfg can lend the installed copy anything.
check_installed_copy() {
    local artifact=$PWD/$1 installed=$scratch/collections
    cd "$scratch"
    unset ANSIBLE_CONFIG
    export ANSIBLE_COLLECTIONS_PATH=$installed ANSIBLE_HOME=$scratch/home
    ansible-galaxy collection install --offline -p "$installed" "$artifact" >/dev/null
    for kind in module inventory; do
        ansible-doc -t "$kind" --list --json mlops.workstation >"$scratch/$kind.json"
        python -c 'import json, sys; print("\n".join(json.load(sys.stdin)))' <"$scratch/$kind.json" >"$scratch/names"
        while read -r name; do
            ansible-doc -t "$kind" "$name" </dev/null >/dev/null || die "ansible-doc -t $kind $name fails in an installed copy"
            printf '    %s\n' "$name ($kind)"
        done < <(grep . "$scratch/names")
    done
}

rm -rf dist
ansible-galaxy collection build --output-path dist >/dev/null
artifact=$(echo dist/*.tar.gz)
check_contents "$artifact"
printf '%s: %s files. Documented in an installed copy:\n' "$artifact" "$(tar -tzf "$artifact" | grep -vc '/$')"
check_installed_copy "$artifact"
