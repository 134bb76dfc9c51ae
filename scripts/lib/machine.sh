#!/usr/bin/env bash
# For the tests that boot a systemd (tests/stack/test_machine.py): the Debian package of a build tree, and a minimal Debian of
# this machine's release in a folder, with what the package depends on. Both are kept, so that only the first run takes long.
#
# usage: machine.sh BUILD-TREE FOLDER [RELEASE]     exits with 77 and a reason where the folder cannot be made here
#
# With another RELEASE, whose libraries have other names: the package is built in a folder of that release as well
# (FOLDER/builder), without optimisation. That takes many minutes, so it wants TIERWATCH_NIGHT (scripts/test --all).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/scripts/lib/report.sh"
source "$root/scripts/lib/packages.sh"
source "$root/scripts/lib/deb.sh"

tree=$(realpath "$1")
folder=$(realpath -m "$2")
readonly mirror=http://deb.debian.org/debian
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
readonly release=${3:-$own} builder=$folder/builder
why_not=$folder/why-not

# Kept for the test, which says it of itself.
cannot() {
  mkdir -p "$folder"
  printf '%s\n' "$1" | tee "$why_not"
  exit 77
}

# bare_debian FOLDER [PACKAGE,...]: no program is run for long, and nothing there has to survive a power cut.
bare_debian() {
  timeout 450 debootstrap --variant=minbase ${2:+--include="$2"} "$release" "$1" "$mirror" &&
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io" &&
    cp --dereference /etc/resolv.conf "$1/etc/resolv.conf"
}

in_debian() {
  chroot "$1" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "${@:2}"
}

# What the package is built with; starts no service.
make_builder() {
  local packages
  mapfile -t packages < <(packages_in build package | grep -v '^lintian$')
  bare_debian "$builder" &&
    printf '#!/bin/sh\nexit 101\n' >"$builder/usr/sbin/policy-rc.d" &&
    chmod 755 "$builder/usr/sbin/policy-rc.d" &&
    in_debian "$builder" apt-get install -q -y --no-install-recommends "${packages[@]}" &&
    in_debian "$builder" apt-get clean &&
    printf '%s\n' "${packages[*]}" >"$builder/made-with"
}

# What differs, and so is newer than what was compiled of it.
copy_what_changed() {
  local file
  mkdir -p "$builder/src/tests"
  cd "$root"
  find . \( -path ./build -o -path ./.git -o -path ./tests \) -prune -o -type f -print0 |
    while IFS= read -r -d '' file; do
      cmp -s "$file" "$builder/src/$file" || cp --parents "$file" "$builder/src" || return
    done
}

build_there() {
  copy_what_changed || return
  rm -f "$builder"/build/tierwatch_*.deb
  in_debian "$builder" cmake -G Ninja -S /src -B /build -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON \
    -DCMAKE_CXX_FLAGS=-ffile-prefix-map=/src=. -DCMAKE_CXX_FLAGS_RELEASE="-O0 -DNDEBUG" -DTIERWATCH_UNIT_TESTS=OFF -DTIERWATCH_STACK_TESTS=OFF &&
    in_debian "$builder" nice -n 10 ninja -C /build tierwatch &&
    in_debian "$builder" sh -c "cd /build && umask 022 && SOURCE_DATE_EPOCH=$(source_epoch) cpack -G DEB"
}

# Sets `deb`.
package_of_another_release() {
  if [[ ! -e $builder/made-with ]]; then
    rm -rf "$builder"
    make_builder >"$folder/builder.log" 2>&1 || cannot "debootstrap of $release failed (no way to $mirror?)"
  fi
  if ! build_there >"$folder/build.log" 2>&1; then
    excerpt "$folder/build.log"
    die "cannot be built on $release" "the whole log: $folder/build.log"
  fi
  deb=$(deb_in "$builder/build")
}

make_debian() {
  bare_debian "$folder/root" systemd,systemd-sysv,dbus &&
    timeout 200 chroot "$folder/root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
      apt-get satisfy -q -y --no-install-recommends "$depends" &&
    chroot "$folder/root" apt-get clean
}

rm -f "$why_not"
command -v dpkg-shlibdeps >/dev/null || cannot "dpkg-shlibdeps is not installed"
if [[ $release == "$own" ]]; then
  if (($# > 2)); then cannot "this machine's Debian is $release: it is booted anyway"; fi
  write_deb "$tree"
  deb=$(deb_in "$tree")
elif [[ ! ${TIERWATCH_NIGHT-} ]]; then
  cannot "a package that is built in a folder of $release takes long: scripts/test --all"
fi
if ((EUID != 0)); then cannot "needs root, to make a Debian in a folder"; fi
for program in debootstrap systemd-nspawn; do
  command -v "$program" >/dev/null || cannot "$program is not installed"
done
mkdir -p "$folder"
if [[ $release != "$own" ]]; then package_of_another_release; fi
depends=$(dpkg-deb -f "$deb" Depends)
wanted="$release: $depends"
if [[ -e $folder/made-with && $(<"$folder/made-with") == "$wanted" ]]; then exit 0; fi
rm -rf "$folder/root" "$folder/made-with"
if ! make_debian >"$folder/log" 2>&1; then
  tail -n 5 "$folder/log"
  cannot "debootstrap of $release failed (no way to $mirror?)"
fi
printf '%s\n' "$wanted" >"$folder/made-with"
