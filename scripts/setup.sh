#!/bin/sh
# Installs what the tests and the demonstration need beside Go, git and make: a C compiler (for the race
# detector), ZooKeeper, and the peers of the interoperability tests (kazoo, Curator, a Java compiler).
# Where it may not install, it says what to install and fails. It does nothing if all is there.
#
#   usage: scripts/setup.sh [browser | spelling]        with a headless Chromium, which only make page needs; or nothing
#                                                       but aspell, and Go, for make docs
#
# ZOOKEEPER_VIA, ZOOKEEPER_IMAGE and ZOOKEEPER_HOME mean what they mean to the tests (internal/realzk/doc.go).
# ZOOKEEPER_SERVERS is not enough: the tests also take an ensemble apart, which must be their own.
set -eu
cd "$(dirname "$0")/.."

debian_jar=/usr/share/java/zookeeper.jar
official_image=zookeeper:3.8
debian_image=burrow-zookeeper:debian
via=${ZOOKEEPER_VIA:-}

say() { echo "setup: $*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# What there is.

have_compiler() {
	printf '#include <stdlib.h>\nint main(void) { return 0; }\n' |
		"$(go env CC)" -x c -fsyntax-only - >/dev/null 2>&1
}

have_java() { have "${JAVA_HOME:+$JAVA_HOME/bin/}${1:-java}"; }

have_installed_zookeeper() {
	have_java || return 1
	if [ -n "${ZOOKEEPER_HOME:-}" ]; then
		ls "$ZOOKEEPER_HOME"/lib/zookeeper-*.jar >/dev/null 2>&1
	else
		[ -e "$debian_jar" ]
	fi
}

have_tls() {
	have_installed_zookeeper || return 1
	[ -n "${ZOOKEEPER_HOME:-}" ] || [ -e /usr/share/java/netty-codec.jar ]
}

have_docker() { have docker && docker version >/dev/null 2>&1; }

have_image() {
	for image in ${ZOOKEEPER_IMAGE:-$official_image $debian_image}; do
		docker image inspect "$image" >/dev/null 2>&1 && return 0
	done
	return 1
}

have_kazoo() {
	for python in /usr/bin/python3 python3; do # Debian's knows Debian's packages; another may come first in PATH
		"$python" -c 'import kazoo' 2>/dev/null && return 0
	done
	return 1
}

have_curator() { [ -e /usr/share/java/curator-recipes.jar ]; }

have_javac() { have_java javac; }

have_speller() { have aspell && aspell dump dicts 2>/dev/null | grep -qx en; }

have_browser() { have chromium || have chromium-browser || have google-chrome; }

# What it takes to get the rest.

become_root=
may_install() {
	have apt-get || return 1
	[ "$(id -u)" -eq 0 ] && return 0
	have sudo && sudo -n true 2>/dev/null && become_root="sudo -n"
}

install() {
	say "installing $*"
	# Minimal images leave out the manual pages, and Java's alternatives then have nowhere to link theirs.
	$become_root mkdir -p /usr/share/man/man1 &&
		$become_root apt-get update -q >&2 &&
		$become_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -q -y --no-install-recommends "$@" >&2
}

# An image is at hand, or is pulled, or built: it is what the tests ask for first.
image_or_get_one() {
	have_docker || return 1
	have_image && return 0
	wanted=${ZOOKEEPER_IMAGE:-$official_image}
	say "pulling $wanted"
	docker pull -q "$wanted" >&2 && return 0
	[ -z "${ZOOKEEPER_IMAGE:-}" ] || return 1
	say "no registry can be reached; building $debian_image from Debian's packages, once"
	have debootstrap || { may_install && install debootstrap; } || return 1
	scripts/zookeeper-image.sh "$debian_image" >/dev/null
}

packages=
lacking=
lack() { # what, packages
	lacking="$lacking
  - $1"
	packages="$packages $2"
}

have go || { say "Go is not installed: https://go.dev/dl"; exit 1; }
finish() {
	[ -n "$packages" ] || exit 0
	if ! may_install; then
		say "this is missing, and may not be installed from here:$lacking"
		say "on Debian or Ubuntu: sudo apt-get update && sudo apt-get install --no-install-recommends$packages"
		exit 1
	fi
	# shellcheck disable=SC2086 # one argument per package
	install $packages || { say "could not install:$packages"; exit 1; }
	exit 0
}

if [ "${1:-}" = spelling ]; then
	have_speller || lack "aspell, with its English words" "aspell aspell-en"
	finish
fi

have_compiler || lack "a C compiler and its headers, for the race detector" "gcc libc6-dev"

case $via in
docker) image_or_get_one || { say "ZOOKEEPER_VIA=docker, but Docker does not answer or has no image (see above)"; exit 1; } ;;
installed) have_installed_zookeeper || lack "Java, and ZooKeeper (ZOOKEEPER_HOME: an unpacked release)" "default-jre-headless libzookeeper-java" ;;
"" | servers)
	image_or_get_one || have_installed_zookeeper ||
		lack "a ZooKeeper: Docker, or Java and ZOOKEEPER_HOME (an unpacked release)" "default-jre-headless libzookeeper-java"
	;;
*) say "ZOOKEEPER_VIA=$via: want servers, docker or installed"; exit 1 ;;
esac

# The tests with TLS take an installed ZooKeeper in any case: an image may lack the jars that it takes.
have_tls || lack "a ZooKeeper that can serve TLS: Java, and ZOOKEEPER_HOME (an unpacked release)" \
	"default-jre-headless libzookeeper-java libnetty-java"
have_kazoo || lack "kazoo, for python3" "python3-kazoo"
have_curator || lack "Curator's jars in /usr/share/java" "libcurator-recipes-java"
have_javac || lack "a Java compiler" "default-jdk-headless"

case ${1:-} in
"") ;;
browser) have_browser || lack "Chromium, and a font for it" "chromium fonts-dejavu-core" ;;
*) say "unknown argument: $1"; exit 1 ;;
esac

finish
