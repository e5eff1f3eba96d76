#!/bin/sh
# Run by mmdebstrap on the finished root ($1): leaves nothing of this machine in it, and apt keeps no caches in images.
set -eu
cat > "$1/etc/apt/apt.conf.d/90-image" <<'APT'
APT::Install-Recommends "false";
APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT
rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin "$1"/var/log/* "$1"/etc/hostname
: > "$1/etc/resolv.conf"
