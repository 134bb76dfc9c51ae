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
# work, of apt's the amount to fetch and every 50th package.
# (Not in awk: Debian's mawk reads pipes in large blocks.)
thin_progress() {
  local line shown=0 unpacked=0 set_up=0
  while IFS= read -r line; do
    case $line in
      "Need to get "*) say "    $line" ;;
      "Unpacking "*) ((++unpacked % 50)) || say "    unpacked: $unpacked packages" ;;
      "Setting up "*) ((++set_up % 50)) || say "    set up: $set_up packages" ;;
      *)
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        ((10 * BASH_REMATCH[1] / BASH_REMATCH[2] > shown)) || continue
        shown=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
        say "    ${BASH_REMATCH[1]}/${BASH_REMATCH[2]}"
        ;;
    esac
  done
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
