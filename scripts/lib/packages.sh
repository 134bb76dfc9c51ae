# Debian packages: install those of packages.txt that are missing. Sourced, not run.

readonly package_list="$root/scripts/packages.txt"
readonly policy=/usr/sbin/policy-rc.d
readonly policy_mark='written by tierwatch scripts/run or scripts/test; safe to remove'

# packages_in SECTION...: the names in those sections.
packages_in() {
  awk -v wanted=" $* " '
    /^[[:space:]]*(#|$)/ { next }
    /^\[/ { section = substr($1, 2, length($1) - 2); next }
    index(wanted, " " section " ") { print $1 }' "$package_list"
}

# Of the names given, those that are not installed.
missing_of() {
  local have
  have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p') || true
  comm -23 <(printf '%s\n' "$@" | sort) <(printf '%s\n' "$have" | sort)
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Debian starts a service when its package is installed, unless policy-rc.d forbids it. A policy
# that an administrator wrote is left alone.
forbid_starting_services() {
  if [[ -e $policy ]] && ! grep -qF "$policy_mark" "$policy"; then return; fi
  printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

allow_starting_services() {
  if grep -qsF "$policy_mark" "$policy"; then as_root rm -f "$policy"; fi
}

# Units that are started at boot.
enabled_units() {
  find /etc/systemd/system -path '*.wants/*.service' -type l -printf '%f\n' 2>/dev/null | sort -u
}

# The servers are wanted for tests, not at the next boot: disables what was enabled meanwhile.
# (deb-systemd-helper does it where systemd itself is not installed.)
disable_new_units() {
  local units disable=(systemctl disable --quiet)
  mapfile -t units < <(comm -13 "$1" <(enabled_units))
  ((${#units[@]})) || return 0
  command -v systemctl >/dev/null || disable=(
    env DPKG_MAINTSCRIPT_PACKAGE=tierwatch deb-systemd-helper disable)
  as_root "${disable[@]}" "${units[@]}" >/dev/null 2>&1 ||
    say "    could not disable at boot: ${units[*]}"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
    apt-get install -q -y --no-install-recommends "$@"
}

# need_packages SECTION...: returns with all of them installed, or does not return.
need_packages() {
  local wanted missing before
  mapfile -t wanted < <(packages_in "$@")
  if ! command -v dpkg-query >/dev/null; then
    say "== not a Debian system: hoping that these are installed: ${wanted[*]}"
    return
  fi
  mapfile -t missing < <(missing_of "${wanted[@]}")
  if ((${#missing[@]} == 0)); then return; fi
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "packages are missing, and neither root nor sudo is here" \
      "as root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "== packages to install: ${missing[*]}"
  before=$(mktemp)
  enabled_units >"$before"
  trap 'allow_starting_services; rm -f "$before"' EXIT
  forbid_starting_services
  step "install packages" apt_install "${missing[@]}"
  disable_new_units "$before"
  allow_starting_services
  rm -f "$before"
  trap - EXIT
}
