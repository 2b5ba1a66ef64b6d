# shellcheck shell=bash
# Programs that workers run scripts with: Deno for TypeScript, uv for the packages of Python scripts. Sourced by scripts/setup.

tool_names=(deno uv)

missing_tools() {
  local name
  for name in "${tool_names[@]}"; do
    if ! has_hash "$lib/tools/$name" "$(pin "tool.$name.file.$arch")"; then printf '%s\n' "$name"; fi
  done
}

fetch_tools() {
  local name wheels=()
  for name in $(missing_tools); do
    wheels+=("$name" "$(pin "tool.$name.version")" "$(pin "tool.$name.wheel.$arch")")
  done
  fetch_wheels "${wheels[@]}"
}

install_tools() {
  local name version missing
  missing=$(missing_tools)
  if [[ -z $missing ]]; then return; fi
  step "${missing//$'\n'/ and } for scripts"
  mkdir -p "$lib/tools"
  for name in $missing; do
    version=$(pin "tool.$name.version")
    unpack_wheel "$downloads/$name-$version.whl" "$name-$version.data/scripts/$name" "$(pin "tool.$name.file.$arch")" \
      "$scratch/$name"
    chmod 755 "$scratch/$name"
    mv -f "$scratch/$name" "$lib/tools/$name"
  done
  step_done
}
