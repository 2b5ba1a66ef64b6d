# shellcheck shell=bash
# Downloads, each checked against its pin before it is given its final name. Sourced by scripts/setup.

# fetch_wheels PROJECT VERSION PIN [PROJECT VERSION PIN]...: all those not yet in $downloads, in one call of pip.
# Each lies afterwards in $downloads as PROJECT-VERSION.whl.
fetch_wheels() {
  local wanted=() requirements=() project version pin
  if [[ $# -eq 0 ]]; then return; fi
  while [[ $# -gt 0 ]]; do
    project=$1 version=$2 pin=$3
    shift 3
    if ! has_hash "$downloads/$project-$version.whl" "$pin"; then
      wanted+=("$project" "$version" "$pin")
      requirements+=("$project==$version")
    fi
  done
  if [[ ${#wanted[@]} -eq 0 ]]; then return; fi
  step "${#requirements[@]} files from the Python package index"

  local into=$scratch/wheels platform platforms=()
  for platform in manylinux_2_28 manylinux_2_27 manylinux_2_26 manylinux_2_17 manylinux2014; do
    platforms+=(--platform "${platform}_$arch")
  done
  rm -rf "$into"
  mkdir -p "$into"
  # Any Python will do: the wheel's version of Python is named, not taken from the Python that runs pip.
  if ! python3 -m pip download --no-deps --only-binary=:all: --python-version 3.11 --implementation cp \
    "${platforms[@]}" --retries 2 --no-input --disable-pip-version-check --dest "$into" \
    "${requirements[@]}" >"$logs/pip.log" 2>&1 </dev/null; then
    fail "cannot fetch ${requirements[0]/==/ } from the Python package index ($(guess "$logs/pip.log")). Check the connection and run: make setup"
  fi

  set -- "${wanted[@]}"
  while [[ $# -gt 0 ]]; do
    local found=("$into/${1//-/_}-$2"-*.whl)
    if [[ ! -f ${found[0]} ]]; then fail "pip gave no wheel for $1 $2 (see .deps/log/pip.log). Try again with: make setup"; fi
    require_hash "${found[0]}" "$3"
    shift 3
  done
  set -- "${wanted[@]}"
  while [[ $# -gt 0 ]]; do
    mv -f "$into/${1//-/_}-$2"-*.whl "$downloads/$1-$2.whl"
    shift 3
  done
  step_done
}

# unpack_wheel WHEEL MEMBER PIN FILE: takes one member out of a wheel and checks it.
unpack_wheel() {
  local out=$4.part
  if ! python3 -c 'import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as member, open(sys.argv[3], "wb") as out:
    shutil.copyfileobj(member, out)' "$1" "$2" "$out" 2>"$logs/unpack.log"; then
    fail "cannot take ${2##*/} out of ${1##*/} ($(guess "$logs/unpack.log" "a damaged file")). Try again with: make setup"
  fi
  require_hash "$out" "$3"
  mv -f "$out" "$4"
}

# fetch_sdist PROJECT VERSION PIN: the source archive, by the index that pip is set to. pip itself would build it.
fetch_sdist() {
  local file=$downloads/$1-$2.tar.gz
  if has_hash "$file" "$3"; then return; fi
  if ! python3 "$root/scripts/lib/fetch-sdist.py" "$1" "$1-$2.tar.gz" "$scratch/$1-$2.tar.gz" \
    >"$logs/sdist.log" 2>&1 </dev/null; then
    fail "cannot fetch the source archive of $1 $2 from the Python package index ($(guess "$logs/sdist.log")). Check the connection and run: make setup"
  fi
  require_hash "$scratch/$1-$2.tar.gz" "$3"
  mv -f "$scratch/$1-$2.tar.gz" "$file"
}

# The archives that this machine's apt takes its own release from, for one of them has Debian's other suites too.
# Needs neither root nor lists that apt has fetched before.
debian_archives() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  apt-get -o "Dir::State::lists=$1" --print-uris update 2>/dev/null |
    sed -nE "s,^'(.*)/dists/(stable|$codename)/InRelease'.*,\1,p" | awk '!seen[$0]++' || true
}

# fetch_debian_source PACKAGE VERSION SUITE PIN FILE: the upstream archive of a Debian source package of another
# suite, by an apt root of our own: nothing of the machine's own apt settings is changed.
fetch_debian_source() {
  local package=$1 version=$2 suite=$3 pin=$4 file=$5 apt=$scratch/apt archive fetched=
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  if ! command -v apt-get >/dev/null || [[ ! -f $keyring ]]; then
    fail "github.com cannot be reached, and Debian's source packages, which would do instead, need apt-get and its keyring. Check the connection and run: make setup"
  fi

  rm -rf "$apt"
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/source"
  local settings=(-qq
    -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State=$apt/state" -o "Dir::State::lists=$apt/state/lists" -o "Dir::Cache=$apt/cache"
    -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=2 -o APT::Update::Error-Mode=any)
  : >"$logs/apt-source.log"
  for archive in $(debian_archives "$apt/state/lists"); do
    printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "$archive" "$suite" >"$apt/sources.list"
    if (cd "$apt/source" && apt-get "${settings[@]}" update &&
      apt-get "${settings[@]}" --download-only --tar-only source "$package") >>"$logs/apt-source.log" 2>&1 </dev/null; then
      fetched=yes
      break
    fi
  done
  if [[ -z $fetched ]]; then
    fail "cannot fetch Swift packages: neither github.com nor Debian's archive can be reached ($(guess "$logs/apt-source.log")). Check the connection and run: make setup"
  fi
  local found=("$apt/source/${package}_$version".orig.tar.*)
  if [[ ! -f ${found[0]} ]]; then fail "Debian $suite no longer has $package $version; versions.lock names it. Use a machine that reaches github.com, or report this."; fi
  require_hash "${found[0]}" "$pin"
  mv -f "${found[0]}" "$file"
  rm -rf "$apt"
}
