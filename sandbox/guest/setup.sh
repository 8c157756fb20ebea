#!/bin/sh
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Runs once, inside the base image: turns a minimal system into what a cloud's image has. Arguments: its packages.
set -eu
here=$(dirname "$0")
export DEBIAN_FRONTEND=noninteractive

# Container images forbid services to start and throw documentation away; a machine's image does neither.
rm -f /usr/sbin/policy-rc.d /etc/apt/apt.conf.d/docker-* /etc/dpkg/dpkg.cfg.d/excludes
if ! dpkg-query --show "$@" > /dev/null 2>&1; then
    apt-get update -q
    apt-get install -y -q --no-install-recommends "$@"
    apt-get clean
    rm -rf /var/lib/apt/lists/*
fi

install -m 0755 "$here/sbinit" /usr/sbin/sbinit
install -m 0755 "$here/agent.py" /usr/sbin/sandbox-agent
install -m 0644 "$here/sandbox-agent.service" "$here/sandbox-startup-script.service" /etc/systemd/system/
install -m 0644 -D "$here/sshd.conf" /etc/ssh/sshd_config.d/50-cloud.conf
systemctl enable sandbox-agent.service sandbox-startup-script.service ssh.service

# Background package runs would hold dpkg's lock at a time of their own choosing; the network is the engine's.
systemctl mask apt-daily.timer apt-daily-upgrade.timer systemd-networkd.service systemd-resolved.service

# The machine's extra certificate authorities: hosts behind the same inspecting proxy trust what the machine trusts.
if [ -d "$here/ca" ]; then
    cp "$here"/ca/*.crt /usr/local/share/ca-certificates/
    update-ca-certificates
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' > /etc/pip.conf
fi

# Each host makes its own.
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id /.dockerenv
install -d -m 0700 /etc/sandbox
