#!/bin/sh
# Runs a command in a root folder without writing to it, in namespaces that end with the command.
#   enter.sh ROOT MOUNTPOINT BIND... -- COMMAND...        BIND is SOURCE:TARGET, absolute paths
# Called under `unshare --mount --pid --fork`, so every mount below is gone when the command is.
set -eu
root=$1 base=$2
shift 2
mount -t tmpfs -o mode=0755 none "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay -o "lowerdir=$root,upperdir=$base/upper,workdir=$base/work" overlay "$base/root"
base=$base/root
mount -t proc proc "$base/proc"
mount --rbind /sys "$base/sys"
mount --rbind /dev "$base/dev"
mount -t tmpfs none "$base/run"
while [ "$1" != -- ]; do
  mkdir -p "$base${1#*:}"
  mount --rbind "${1%%:*}" "$base${1#*:}"
  shift
done
shift
rm -f "$base/etc/resolv.conf"
cp -L /etc/resolv.conf "$base/etc/resolv.conf"
# buildah looks for netavark before every container, also on the host's network where nothing calls it.
mkdir -p "$base/usr/libexec/podman"
ln -sf /bin/false "$base/usr/libexec/podman/netavark"
exec chroot "$base" "$@"
