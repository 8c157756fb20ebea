#!/bin/sh
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Prints what is at $PREFIX, the megabytes free on its filesystem, and its stamp if it has one, each on a line:
#   absent      nothing, or an empty directory
#   unwritable  nothing, and the user may not make it
#   busy        an installation is under way
#   unfinished  what an installation that this role began left behind
#   ready       a finished Anaconda, whoever installed it
#   foreign     anything else: never touched
set -u

leftovers() {
    for left in install_tmp preconda.tar.bz2 postconda.tar.bz2 .messages.txt; do
        [ -e "$PREFIX/$left" ] && return 0
    done
    return 1
}

# The installer makes conda-meta/history empty at its beginning and fills it at its end.
finished() {
    ! leftovers && [ -s "$PREFIX/conda-meta/history" ] && "$PREFIX/bin/conda" --version > /dev/null 2>&1
}

parent=$PREFIX
while [ ! -d "$parent" ]; do
    parent=$(dirname "$parent")
done

if [ -e "$WORK/begun" ] && ! flock --nonblock "$WORK/begun" true; then
    echo busy
elif [ ! -e "$PREFIX" ] || { [ -d "$PREFIX" ] && [ -z "$(ls -A "$PREFIX")" ]; }; then
    if [ -w "$parent" ]; then echo absent; else echo unwritable; fi
elif finished; then
    echo ready
elif [ -e "$WORK/begun" ]; then
    echo unfinished
else
    echo foreign
fi
df --output=avail --block-size=1M "$parent" | tail -n 1 | tr -d ' '
cat "$PREFIX/$STAMP" 2> /dev/null || :
