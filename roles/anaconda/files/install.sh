#!/bin/sh
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Runs the installer in $WORK and stamps its success. The lock tells a later run that this one still goes on, even where
# the connection that started it is gone.
set -eu
exec 9> "$WORK/begun"
flock --nonblock 9
# The installer refuses a prefix that exists. What is not empty stays, and the installer says so.
[ ! -d "$PREFIX" ] || rmdir --ignore-fail-on-non-empty "$PREFIX"
bash "$WORK/$INSTALLER" -b -p "$PREFIX"
printf '%s %s\n' "$CHECKSUM" "$INSTALLER" > "$WORK/stamp"
mv "$WORK/stamp" "$PREFIX/$STAMP"
