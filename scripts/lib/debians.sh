#!/usr/bin/env bash
# For tests/stack/runs_debians.py: other releases of Debian, each with its Python and PostgreSQL, in folders below FOLDER.
# Kept, so that only the first run takes long.
#
# usage: debians.sh FOLDER RELEASE...     exits with 77 and a reason where one cannot be made here
set -euo pipefail
readonly folder=$1 mirror=http://deb.debian.org/debian
shift
for release in "$@"; do
  if [[ -e $folder/$release/made ]]; then continue; fi
  rm -rf --one-file-system "${folder:?}/$release"
  mkdir -p "$folder"
  if ! timeout 900 debootstrap --variant=minbase --include=python3,postgresql "$release" "$folder/$release" "$mirror" \
    >"$folder/$release.log" 2>&1; then
    tail -n 5 "$folder/$release.log"
    echo "debootstrap of $release failed (no way to $mirror?)"
    exit 77
  fi
  touch "$folder/$release/made"
done
