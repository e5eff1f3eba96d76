#!/bin/bash
# PID 1 of the node. It runs in new mount, PID, network, IPC and UTS namespaces: everything it mounts, starts and routes
# is gone with it. Arguments: node root folder, instance folder, images folder, toolchain folder, node name, and the
# programs of the toolchain that it gets.
set -euo pipefail
lower=$1 instance=$2 images=$3 toolchain=$4 name=$5
shift 5
root=$instance/root
state=$instance/state

hostname "$name"
mount --make-rprivate /
rm -rf "$instance/upper" "$instance/work"
mkdir -p "$root" "$instance/upper" "$instance/work" "$instance/logs" "$state"/{etcd,containerd,kubelet,volumes}
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$instance/upper,workdir=$instance/work" "$root"

mkdir -p "$root"/{etc/kubernetes,etc/cni/net.d,images,var/lib/etcd,var/lib/containerd,var/lib/kubelet,opt/volumes,var/log/node,host}
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind "$state/etcd" "$root/var/lib/etcd"
mount --bind "$state/containerd" "$root/var/lib/containerd"
mount --bind "$state/kubelet" "$root/var/lib/kubelet"
mount --bind "$state/volumes" "$root/opt/volumes"
mount --bind "$instance/logs" "$root/var/log/node"
mount --bind "$instance/etc" "$root/etc/kubernetes"
mount --bind "$images" "$root/images"
# A node whose containers are only pretended has no pod network.
[ ! -e "$instance/etc/pods.conflist" ] || cp "$instance/etc/pods.conflist" "$root/etc/cni/net.d/"
for program in "$@"; do
  touch "$root/usr/local/bin/$program"
  mount --bind "$toolchain/$program" "$root/usr/local/bin/$program"
done
for program in kubelet kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubectl; do
  ln -sf kubernetes "$root/usr/local/bin/$program"
done

cd "$root"
pivot_root . host
umount -l /host
# Volumes that the kubelet mounts must be seen by the containers, and the other way round.
mount --make-rshared /
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1
# The host moves the other end of the veth pair in, then writes this file.
until [ -e /etc/kubernetes/network-ready ]; do sleep 0.05; done

# A program that ends is started again, as a service manager would; its log says so.
keep() {
  local program=$1; shift
  while :; do
    "$@" >>"/var/log/node/$program.log" 2>&1 || :
    echo "node: $program ended and is started again" >>"/var/log/node/$program.log"
    sleep 1
  done
}
while read -r program argv; do
  eval "keep $program $argv &"
done < /etc/kubernetes/programs
wait
