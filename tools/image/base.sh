#!/usr/bin/env bash
# Makes a Debian 12 base with Python 3.11 for PYTHON_IMAGE, where no registry can be reached:
#   tools/image/base.sh [name]       needs root, buildah and debootstrap
# CANDOR_IMAGE_ROOT: where buildah keeps its images. CANDOR_DEBIAN_MIRROR: where packages come from.
set -euo pipefail
name="${1:-localhost/debian-python:3.11}"
store=(--storage-driver vfs ${CANDOR_IMAGE_ROOT:+--root "$CANDOR_IMAGE_ROOT" --runroot "$CANDOR_IMAGE_ROOT/run"})
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

debootstrap --variant=minbase --include=python3.11,python3-venv,ca-certificates \
    bookworm "$work/root" ${CANDOR_DEBIAN_MIRROR:+"$CANDOR_DEBIAN_MIRROR"} >"$work/log" 2>&1 ||
    { tail "$work/log" >&2; exit 1; }
rm -rf "$work/root"/var/cache/apt/* "$work/root"/var/lib/apt/lists/* "$work/root"/var/log/* \
    "$work/root"/usr/share/{doc,man,info,locale}/* "$work/root"/var/cache/debconf/*-old
container="$(buildah "${store[@]}" from scratch)"
buildah "${store[@]}" add -q "$container" "$work/root" / >/dev/null
buildah "${store[@]}" config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --cmd python3 "$container"
buildah "${store[@]}" commit -q --rm "$container" "$name" >/dev/null
echo "$name"
