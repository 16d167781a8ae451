#!/bin/sh
# Finds Prometheus and promtool, and prints the directory that they are in. Where they are not installed, Debian's
# package is unpacked into .tools: installing it would start a server. Needs apt-get and dpkg-deb then, not root, unless
# the package lists are missing.
#
#   usage: PATH="$(scripts/prometheus.sh):$PATH"
set -eu
cd "$(dirname "$0")/.."

say() { echo "prometheus: $*" >&2; }

if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
	dirname "$(command -v promtool)"
	exit 0
fi
tools=$PWD/.tools/prometheus
if [ ! -x "$tools/usr/bin/promtool" ]; then
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
		say "install Prometheus, with promtool; this is not Debian, so it is not done here"
		exit 1
	}
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM HUP
	chmod 755 "$work"
	say "unpacking Debian's prometheus into .tools"
	apt-cache show prometheus >/dev/null 2>&1 || apt-get update -q >&2
	(cd "$work" && apt-get download -q prometheus >&2) || {
		say "cannot download the package prometheus"
		exit 1
	}
	dpkg-deb -x "$work"/prometheus_*.deb "$work/unpacked"
	mkdir -p .tools
	rm -rf "$tools"
	mv "$work/unpacked" "$tools"
fi
echo "$tools/usr/bin"
