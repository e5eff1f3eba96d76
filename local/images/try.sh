# Runs a command in a new container of an image as the cluster does: user 65532, a read-only root, an empty /tmp; and
# without any network but its own loopback, for the caller gives it a network namespace.
#   bash -c "$(cat try.sh)" try STORE REFERENCE FOLDER PORT COMMAND...
# FOLDER, when not empty, is at /mnt. With a PORT the command must go on and listen there; then it is ended.
set -eu
store=$1 reference=$2 folder=$3 port=$4
shift 4
buildah="buildah --root=$store --runroot=/run/buildah --storage-driver=overlay"
ip link set lo up
container=$($buildah from --pull-never "$reference")
root=$($buildah mount "$container")
mkdir -p "$root/tmp" "$root/proc" "$root/dev" "$root/mnt"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 none "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
[ -z "$folder" ] || mount --bind "$folder" "$root/mnt"
set -- /usr/sbin/chroot --groups= --userspec=65532:65532 "$root" "$@"
variables=$($buildah inspect --type=image --format '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' "$reference")
while IFS= read -r variable; do
  [ -z "$variable" ] || set -- "$variable" "$@"
done <<END
$variables
END
listens() {
  for _ in $(seq 600); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    kill -0 "$1" 2>/dev/null || { echo "it ended before it listened on port $port"; return 1; }
    sleep 0.1
  done
  echo "it does not listen on port $port"
  return 1
}
code=0
if [ -z "$port" ]; then
  setpriv --no-new-privs env -i "$@" || code=$?
else
  setpriv --no-new-privs env -i "$@" &
  listens $! || code=$?
  kill $! 2>/dev/null || true
  wait $! || true
fi
umount -R "$root"
$buildah umount "$container" >/dev/null
$buildah rm "$container" >/dev/null
exit $code
