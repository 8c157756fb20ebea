#!/bin/sh
# Anaconda3 @VERSION@ (@ARCH@): the stand-in of the mlops.workstation sandbox. NOT Anaconda's own installer.
# It keeps the contract of the vendor's command line, and brings a real Python @PYTHON@ with a real Jupyter Notebook.
#
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

# The loader and these variables would mix the caller's Python into the new one.
unset LD_LIBRARY_PATH PYTHONHOME PYTHONPATH

THIS="$0"
PREFIX="${HOME:-/opt}/anaconda3"
HEADER_BYTES=@HEADER_BYTES@
PAYLOAD_MD5=@PAYLOAD_MD5@
BATCH=0
FORCE=0
KEEP_PKGS=0
TEST=0

say() { printf '%s\n' "$@"; }
fail() {
    printf 'ERROR: %s\n' "$*" >&2
    exit 1
}

usage() {
    say "usage: $THIS [options]

Installs Anaconda3 @VERSION@ (the sandbox's stand-in)

-b           run in batch mode: no questions, licence terms accepted, shell files untouched
-f           no error if the prefix already exists
-h           print this help and exit
-k           keep the package archives
-p PREFIX    where to install, default $PREFIX; no spaces
-s           skip the packages' own scripts (here there are none)
-t           test the installed packages
-u           update an existing installation"
}

while getopts ":bfhikp:stu" option; do
    case "$option" in
        b) BATCH=1 ;;
        i) BATCH=0 ;;
        f | u) FORCE=1 ;;
        k) KEEP_PKGS=1 ;;
        p) PREFIX="$OPTARG" ;;
        t) TEST=1 ;;
        s) ;;
        h) usage; exit 2 ;;
        :) fail "option -$OPTARG needs a value, please try -h" ;;
        # The vendor's installer of that time passes over what it does not know, and so does this one.
        *) ;;
    esac
done

if [ "$BATCH" = 0 ]; then
    say "Welcome to Anaconda3 @VERSION@, the sandbox's stand-in." \
        "It holds free software only, each package under its own licence." \
        "" "Do you accept the licence terms? [yes|no]"
    printf '[no] >>> '
    read -r answer
    case "$answer" in
        yes | YES | Yes) ;;
        *) say "The licence agreement wasn't approved, aborting installation."; exit 2 ;;
    esac
    say "Anaconda3 will now be installed into this location: $PREFIX" "Press ENTER to confirm, or name another location."
    printf '[%s] >>> ' "$PREFIX"
    read -r answer
    PREFIX="${answer:-$PREFIX}"
fi

case "$PREFIX" in
    *\ *) fail "Cannot install into directories with spaces: '$PREFIX'" ;;
esac
if [ "$FORCE" = 0 ] && [ -e "$PREFIX" ]; then
    say "ERROR: File or directory already exists: '$PREFIX'" \
        "If you want to update an existing installation, use the -u option." >&2
    exit 1
fi
mkdir -p "$PREFIX" || fail "Could not create directory: '$PREFIX'"
PREFIX=$(cd "$PREFIX" && pwd) || fail "Could not enter directory: '$PREFIX'"
say "PREFIX=$PREFIX"

payload() { tail -c "+$((HEADER_BYTES + 1))" "$THIS"; }
found=$(payload | md5sum | cut -c1-32)
if [ "$found" != "$PAYLOAD_MD5" ]; then
    say "WARNING: md5sum mismatch of tar archive" "expected: $PAYLOAD_MD5" "     got: $found" >&2
fi

# From here on an interruption leaves traces that only a finished installation clears away.
INSTALL_TMP="$PREFIX/install_tmp"
mkdir -p "$INSTALL_TMP" || fail "Could not create directory: '$INSTALL_TMP'"
say "Unpacking payload ..."
payload | tar -xf - --no-same-owner -C "$PREFIX" || fail "Could not unpack the payload into '$PREFIX'"
tar -xzf "$PREFIX/pkgs/python.tar.gz" --no-same-owner -C "$INSTALL_TMP" || fail "Could not unpack Python"
helper() { "$INSTALL_TMP/libexec/python/bin/python3.9" -I -B "$PREFIX/pkgs/finish.py" "$@" "$PREFIX"; }

helper unpack preconda.tar.bz2 || fail "executing the pre-conda step failed"
for package in python notebook; do
    say "Installing $package ..."
    tar -xzf "$PREFIX/pkgs/$package.tar.gz" --no-same-owner -C "$PREFIX" || fail "Could not unpack $package"
done
helper relocate || fail "Could not write the prefix into the programs"
helper unpack postconda.tar.bz2 || fail "executing the post-conda step failed"

rm -rf "$INSTALL_TMP"
[ "$KEEP_PKGS" = 1 ] || rm -rf "$PREFIX/pkgs"
# As the vendor's does: the user's list of environments. A home that cannot be written is no failure.
if mkdir -p "$HOME/.conda" 2> /dev/null && ! grep -qxF "$PREFIX" "$HOME/.conda/environments.txt" 2> /dev/null; then
    say "$PREFIX" >> "$HOME/.conda/environments.txt"
fi
say "installation finished."

if [ "$TEST" = 1 ]; then
    say "Running the package test ..."
    "$PREFIX/bin/python" -c 'import notebook, ipykernel, ssl, sqlite3' || fail "the installed packages cannot be imported"
fi
if [ "$BATCH" = 0 ]; then
    say "Do you wish the installer to initialize Anaconda3 by running conda init? [yes|no]"
    printf '[no] >>> '
    read -r answer
    [ "$answer" = yes ] && "$PREFIX/bin/conda" init bash
fi
exit 0
