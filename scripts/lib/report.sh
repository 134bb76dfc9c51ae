# Progress lines, logs, and one clear message when a step fails. Sourced, not run.
#
#   step "title" command...    runs the command, its output into a log; says how long it took
#   die "what" ["more"]...     ends with a message

readonly logs="$root/build/logs"
program="scripts/$(basename "$0")"

say() { printf '%s\n' "$*"; }

die() {
  printf '\n%s: %s\n' "$program" "$1" >&2
  shift
  if (($#)); then printf '  %s\n' "$@" >&2; fi
  exit 1
}

# A log's name from a step's title: "build (dev)" is build-dev.log.
log_of() {
  local name
  name=$(printf '%s' "$1" | tr -cs '[:alnum:]' '-')
  printf '%s/%s.log' "$logs" "${name%-}"
}

# Of what a step prints, what shows that it moves: of ninja's "[n/m] …" lines one per tenth of the
# work, of apt's the amount to fetch.
thin_progress() {
  awk '
    /^Need to get/ { print "    " $0; fflush() }
    match($0, /^\[[0-9]+\/[0-9]+\]/) {
      split(substr($0, 2, RLENGTH - 2), part, "/")
      tenth = int(10 * part[1] / part[2])
      if (tenth > shown) { shown = tenth; printf "    %s/%s\n", part[1], part[2]; fflush() }
    }'
}

# Lines of a log that tell why: from the first error on, else its end.
excerpt() {
  local first
  first=$(grep -nEm1 '(^FAILED:|error:|Error |CMake Error|^E: )' "$1" | cut -d: -f1)
  if [[ -n $first ]]; then tail -n "+$first" "$1" | head -n 30; else tail -n 15 "$1"; fi
}

step() {
  local title=$1 log began=$SECONDS
  shift
  log=$(log_of "$title")
  mkdir -p "$logs"
  say "== $title"
  if ! "$@" 2>&1 | tee "$log" | thin_progress; then
    excerpt "$log" | sed 's/^/    /' >&2
    die "failed: $title" "the whole log: $log"
  fi
  if ((SECONDS - began > 1)); then say "    $((SECONDS - began)) s"; fi
}
