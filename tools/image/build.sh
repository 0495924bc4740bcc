#!/usr/bin/env bash
# Builds the image with buildah, without a daemon:  tools/image/build.sh <name> [buildah options]
# How pip reaches an index is taken from this host's settings (its configuration file, PIP_INDEX_URL
# and the like, its certificates) and handed over as secrets: they leave no trace in the image.
# CANDOR_IMAGE_ROOT: where buildah keeps its images; the default is buildah's own.
set -euo pipefail
cd "$(dirname "$0")/../.."
name="$1"
shift
store=(--storage-driver "${CANDOR_STORAGE_DRIVER:-vfs}"
    ${CANDOR_IMAGE_ROOT:+--root "$CANDOR_IMAGE_ROOT" --runroot "$CANDOR_IMAGE_ROOT/run"})
secrets="$(mktemp -d)"
trap 'rm -rf "$secrets"' EXIT

for file in "${PIP_CONFIG_FILE:-}" "${XDG_CONFIG_HOME:-$HOME/.config}/pip/pip.conf" /etc/pip.conf; do
    if [ -f "$file" ]; then cp "$file" "$secrets/pip.conf"; break; fi
done
{
    echo
    echo "[global]"
    echo "cert = /etc/ssl/certs/ca-certificates.crt"
    for variable in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_PROXY PIP_DEFAULT_TIMEOUT; do
        key="${variable#PIP_}"
        key="${key,,}"
        if [ -n "${!variable:-}" ]; then echo "${key//_/-} = ${!variable}"; fi
    done
} >"$secrets/environment.conf"
# One section of a name: what the environment says is put first in what the file says.
python3 - "$secrets" <<'PYTHON'
import configparser, pathlib, sys
folder = pathlib.Path(sys.argv[1])
merged = configparser.RawConfigParser(strict=False)
merged.read([folder / "pip.conf", folder / "environment.conf"])
with (folder / "pipconf").open("w") as file:
    merged.write(file)
PYTHON
ca="${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}"

exec_options=(--isolation chroot --format docker --layers=false --file Dockerfile
    --secret "id=pipconf,src=$secrets/pipconf"
    --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)")
if [ -f "$ca" ]; then exec_options+=(--secret "id=ca,src=$ca"); fi
buildah "${store[@]}" build "${exec_options[@]}" "$@" --tag "$name" .
