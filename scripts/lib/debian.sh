# shellcheck shell=bash
# The toolchain and Debian's packages. Sourced by scripts/setup.

check_machine() {
  if [[ $(uname -s) != Linux || ! $arch =~ ^(x86_64|aarch64)$ ]]; then
    fail "Tarn is built on Linux, on x86_64 or aarch64; this is $(uname -s) on $arch."
  fi
}

check_swift() {
  local minimum found
  minimum=$(pin swift.minimum)
  if ! command -v swift >/dev/null; then
    fail "Swift is not installed (or not on PATH). Install Swift $minimum or newer from https://www.swift.org/install/linux and run: make setup"
  fi
  if ! found=$(swift --version 2>"$logs/swift.log"); then
    fail "Swift is installed but does not start: $(head -n 1 "$logs/swift.log"). Install what it needs (swift.org/install/linux) and run: make setup"
  fi
  found=$(grep -o -m 1 'Swift version [0-9.]*' <<<"$found" || true)
  found=${found##* }
  if [[ -n $found && $(printf '%s\n' "$minimum" "$found" | sort -V | head -n 1) != "$minimum" ]]; then
    fail "Swift $found is too old: Tarn needs $minimum or newer, from https://www.swift.org/install/linux"
  fi
}

# has_tool NAME: a file that is there, a command on PATH, pip (a module of Python), or certificate authorities,
# which other systems than Debian keep elsewhere.
has_tool() {
  case $1 in
    /*) [[ -e $1 ]] ;;
    pip) python3 -m pip --version >/dev/null 2>&1 ;;
    authorities) [[ -e /etc/ssl/certs/ca-certificates.crt || -e /etc/pki/tls/certs/ca-bundle.crt ]] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing_packages() {
  local entry
  for entry in $(pin debian.packages); do
    if ! has_tool "${entry#*:}"; then printf '%s\n' "${entry%%:*}"; fi
  done
}

install_debian_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [[ ${#missing[@]} -eq 0 ]]; then return; fi
  if ! command -v apt-get >/dev/null; then
    fail "these are missing, by their Debian names: ${missing[*]}. Install them with your system's package tool and run: make setup"
  fi
  local by_hand="apt-get install --no-install-recommends ${missing[*]}"
  if [[ $EUID -ne 0 ]]; then fail "Debian packages are missing. Type: sudo $by_hand && make setup"; fi

  step "Debian packages ${missing[*]}"
  local apt=(apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2)
  export DEBIAN_FRONTEND=noninteractive
  # The lists may be empty (a fresh container) or old: fetch them only when they turn out to be.
  if ! "${apt[@]}" install "${missing[@]}" >"$logs/apt.log" 2>&1 </dev/null; then
    if ! { "${apt[@]}" update && "${apt[@]}" install "${missing[@]}"; } >"$logs/apt.log" 2>&1 </dev/null; then
      fail "cannot install ${missing[*]} ($(guess "$logs/apt.log")). Type: apt-get update && $by_hand, then: make setup"
    fi
  fi
  mapfile -t missing < <(missing_packages)
  if [[ ${#missing[@]} -gt 0 ]]; then fail "apt-get installed ${missing[*]}, but it is still not found. Look into .deps/log/apt.log"; fi
  step_done
}
