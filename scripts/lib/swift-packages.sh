# shellcheck shell=bash
# Swift packages: from their usual URLs where those can be reached, else from Debian. Sourced by scripts/setup.

mirrors=$deps/swift-packages

# Every package of this repository that has dependencies, each with its own SwiftPM settings.
package_folders() {
  local folder
  for folder in "$root" "$root/Benchmarks"; do
    if [[ -f $folder/Package.swift ]]; then printf '%s\n' "$folder"; fi
  done
}

usual_urls_reachable() {
  local name url _
  for name in $(swift_package_names); do
    read -r _ url _ <<<"$(pin "swift-package.$name")"
    if ! GIT_TERMINAL_PROMPT=0 timeout 10 git ls-remote --exit-code "$url" HEAD >"$logs/git.log" 2>&1 </dev/null; then
      return 1
    fi
  done
}

mirrors_made() {
  local name version _
  for name in $(swift_package_names); do
    read -r version _ <<<"$(pin "swift-package.$name")"
    [[ -d $mirrors/$name/.git ]] || return 1
    git -C "$mirrors/$name" rev-parse -q --verify "refs/tags/$version" >/dev/null 2>&1 || return 1
  done
}

# A git repository for each package, with one commit and the version as its tag: that is all SwiftPM asks of a URL.
make_mirrors() {
  local archive=$scratch/swiftlang.tar made=$scratch/swift-packages name version folder _
  step "Swift packages, from Debian's source package swiftlang (github.com cannot be reached)"
  fetch_debian_source swiftlang "$(pin swiftlang.version)" "$(pin swiftlang.suite)" "$(pin swiftlang.file)" "$archive"
  rm -rf "$made"
  mkdir -p "$made"
  local wanted=()
  for name in $(swift_package_names); do
    read -r _ _ folder <<<"$(pin "swift-package.$name")"
    wanted+=("swiftlang-*/$folder/*")
  done
  if ! tar -xf "$archive" -C "$made" --strip-components=1 --wildcards "${wanted[@]}" >"$logs/unpack.log" 2>&1; then
    fail "cannot unpack Debian's swiftlang archive ($(guess "$logs/unpack.log" "a damaged file")). Try again with: make setup"
  fi
  rm -f "$archive"
  rm -rf "$mirrors"
  mkdir -p "$mirrors"
  for name in $(swift_package_names); do
    read -r version _ folder <<<"$(pin "swift-package.$name")"
    tag_as_release "$made/$folder" "$version"
    mv "$made/$folder" "$mirrors/$name"
  done
  rm -rf "$made"
  step_done
}

tag_as_release() {
  local date=2024-01-01T00:00:00Z
  rm -rf "$1/.git"
  # Fixed names and dates, no settings of the user's: the same commit each time, as SwiftPM remembers which
  # commit a version of a package was and refuses another.
  if ! (
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_DATE=$date GIT_COMMITTER_DATE=$date
    cd "$1" && git init -q -b main && git add -A -f . &&
      git -c user.name=tarn-setup -c user.email=setup@localhost commit -q \
        -m "${1##*/} $2, from Debian's source package swiftlang" &&
      git tag "$2"
  ) >"$logs/git.log" 2>&1; then
    fail "cannot make a git repository in .deps/swift-packages ($(guess "$logs/git.log" "a broken git")). Try again with: make setup"
  fi
}

# A mirror that the user has set is left alone.
set_mirrors() {
  local folder name url current changed=
  for folder in $(package_folders); do
    for name in $(swift_package_names); do
      read -r _ url _ <<<"$(pin "swift-package.$name")"
      current=$(cd "$folder" && swift package config get-mirror --original "$url" 2>/dev/null || true)
      if [[ $current == "file://$mirrors/$name" || -n $current && $current != file://*/.deps/swift-packages/* ]]; then continue; fi
      if [[ -z $changed ]]; then step "SwiftPM mirrors"; fi
      changed=yes
      if ! (cd "$folder" && swift package config set-mirror --original "$url" --mirror "file://$mirrors/$name") \
        >"$logs/mirrors.log" 2>&1; then
        fail "cannot set SwiftPM's mirrors ($(guess "$logs/mirrors.log" "a broken Swift")). Try again with: make setup"
      fi
    done
  done
  if [[ -n $changed ]]; then step_done; fi
}

install_swift_packages() {
  if ! mirrors_made; then
    if usual_urls_reachable; then return; fi
    make_mirrors
  fi
  set_mirrors
}
