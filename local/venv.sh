#!/usr/bin/env bash
# Makes the host's Python environment once for each requirements.txt and prints its folder. Several clones share it, so
# the project itself is not installed into it: it is found through PYTHONPATH.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
uv_version=0.13.8
cache=${MLOPS_CACHE:-$HOME/.cache/mlops}
export UV_CACHE_DIR=$cache/uv PIP_CACHE_DIR=$cache/pip
venv=$cache/venv/$(cat "$root/requirements.txt" "$root/local/venv.sh" | sha256sum | cut -c1-12)
if [ ! -e "$venv/.complete" ]; then
  mkdir -p "$(dirname "$venv")"
  exec 9>"$venv.lock" && flock 9
fi
if [ ! -e "$venv/.complete" ]; then
  python=$(command -v python3) || { echo "python3 is missing: apt-get install python3 python3-venv" >&2; exit 1; }
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 is $("$python" -V); 3.11 or newer is needed" >&2; exit 1; }
  "$python" -c 'import ensurepip, venv' 2>/dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends python3-venv; } >&2
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "uv==$uv_version" >&2
  # Compiled once, for every process of every shell: some shells do not let Python write what it compiles.
  VIRTUAL_ENV=$venv "$venv/bin/uv" pip sync --quiet --compile-bytecode --require-hashes "$root/requirements.txt" >&2
  touch "$venv/.complete"
fi
echo "$venv"
