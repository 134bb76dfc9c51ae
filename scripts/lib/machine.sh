#!/usr/bin/env bash
# For the tests that boot a systemd (tests/stack/test_machine.py): the Debian package of a build tree, and a minimal Debian of
# this machine's release in a folder, with what the package depends on. Both are kept, so that only the first run takes long.
#
# usage: machine.sh BUILD-TREE FOLDER     exits with 77 and a reason where the folder cannot be made here
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/scripts/lib/report.sh"
source "$root/scripts/lib/deb.sh"

readonly tree=$1 folder=$2
readonly mirror=http://deb.debian.org/debian
why_not=$folder/why-not

# Kept for the test, which says it of itself.
cannot() {
  mkdir -p "$folder"
  printf '%s\n' "$1" | tee "$why_not"
  exit 77
}

# No program is run for long, and nothing there has to survive a power cut.
make_debian() {
  timeout 450 debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$release" "$folder/root" "$mirror" &&
    echo force-unsafe-io >"$folder/root/etc/dpkg/dpkg.cfg.d/unsafe-io" &&
    cp --dereference /etc/resolv.conf "$folder/root/etc/resolv.conf" &&
    timeout 200 chroot "$folder/root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
      apt-get satisfy -q -y --no-install-recommends "$depends" &&
    chroot "$folder/root" apt-get clean
}

rm -f "$why_not"
command -v dpkg-shlibdeps >/dev/null || cannot "dpkg-shlibdeps is not installed"
write_deb "$tree"
deb=$(deb_in "$tree")
if ((EUID != 0)); then cannot "needs root, to make a Debian in a folder"; fi
for program in debootstrap systemd-nspawn; do
  command -v "$program" >/dev/null || cannot "$program is not installed"
done
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
depends=$(dpkg-deb -f "$deb" Depends)
wanted="$release: $depends"
if [[ -e $folder/made-with && $(<"$folder/made-with") == "$wanted" ]]; then exit 0; fi
rm -rf "$folder"
mkdir -p "$folder"
if ! make_debian >"$folder/log" 2>&1; then
  tail -n 5 "$folder/log"
  cannot "debootstrap of $release failed (no way to $mirror?)"
fi
printf '%s\n' "$wanted" >"$folder/made-with"
