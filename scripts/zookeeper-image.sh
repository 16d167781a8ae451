#!/bin/sh
# Builds a ZooKeeper image from Debian's packages, for machines where no registry can be reached.
#
#   usage: scripts/zookeeper-image.sh [image]        default: burrow-zookeeper:debian
#
# The image is used like the official one: zoo.cfg in /conf, data in /data, JVMFLAGS and ZOO_MY_ID in the
# environment. Needs Docker, debootstrap and root, and a Debian mirror (DEBIAN_MIRROR, default debootstrap's).
set -eu

image=${1:-burrow-zookeeper:debian}
suite=bookworm
base=${image%%:*}:base

fail() {
	echo "zookeeper-image: $*" >&2
	exit 1
}

command -v docker >/dev/null || fail "docker is not installed"
docker version >/dev/null 2>&1 || fail "the Docker daemon does not answer"
command -v debootstrap >/dev/null || fail "debootstrap is not installed; scripts/setup.sh installs it"
root=
if [ "$(id -u)" -ne 0 ]; then
	sudo -n true 2>/dev/null || fail "debootstrap needs root: run this with sudo once"
	root="sudo -n"
fi

work=$(mktemp -d)
trap '$root rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

echo "zookeeper-image: installing a minimal Debian ($suite)" >&2
$root debootstrap --variant=minbase "$suite" "$work/root" ${DEBIAN_MIRROR:-} >"$work/log" 2>&1 ||
	{ tail -n 20 "$work/log" >&2; fail "debootstrap failed"; }
$root tar -C "$work/root" --one-file-system -c . | docker import - "$base" >/dev/null

mkdir "$work/context"
cat >"$work/context/docker-entrypoint.sh" <<'EOF'
#!/bin/sh
set -e
[ -f /data/myid ] || echo "${ZOO_MY_ID:-1}" >/data/myid
exec java $JVMFLAGS -cp /conf:/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar \
	org.apache.zookeeper.server.quorum.QuorumPeerMain /conf/zoo.cfg
EOF
cat >"$work/context/Dockerfile" <<EOF
FROM $base
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends default-jre-headless libzookeeper-java \\
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \\
 && useradd --system zookeeper && mkdir -p /conf /data && chown zookeeper /conf /data
COPY --chown=root:root docker-entrypoint.sh /
RUN chmod 755 /docker-entrypoint.sh
USER zookeeper
VOLUME /data
EXPOSE 2181 2888 3888
ENTRYPOINT ["/docker-entrypoint.sh"]
EOF

echo "zookeeper-image: installing Java and ZooKeeper into $image" >&2
docker build --network host -t "$image" "$work/context" >"$work/log" 2>&1 ||
	{ tail -n 20 "$work/log" >&2; fail "docker build failed"; }
docker rmi "$base" >/dev/null 2>&1 || true
echo "$image"
