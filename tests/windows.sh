#!/usr/bin/env bash
# Lint and tests of the Windows build, on Linux, under Wine.
#
#   tests/windows.sh          lint, the library's tests, and those of a registry filled as a VM's would be
#   tests/windows.sh --all    the same, and all tests of the program, which take a quarter of an hour there
#
# AZPREFLIGHT_WINDOWS names a program that runs cargo for Windows: `RUNNER clippy --all-targets`, `RUNNER test --lib`. It
# chooses the target, builds the standard library for it where rustup's is not there, and has tests run under Wine.
#
# AZPREFLIGHT_REAL_CACHE where things are built (default: target/real)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runner=${AZPREFLIGHT_WINDOWS:?names the program that runs cargo for Windows}
cache=${AZPREFLIGHT_REAL_CACHE:-$PWD/target/real}

step() {
  printf '\n== windows: %s\n' "$*"
  "$runner" "$@"
}

wanted=(gcc-mingw-w64-x86-64-win32 wine wine64)
missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" -eq 0 ] || { echo "as root, first: apt-get install --no-install-recommends ${missing[*]}" >&2; exit 1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

export CARGO_TARGET_DIR=$PWD/target/windows AZPREFLIGHT_WIN_DIR=${AZPREFLIGHT_WIN_DIR:-$cache/windows}
mkdir -p "$AZPREFLIGHT_WIN_DIR"
# What follows `--` reaches the compiler with whatever the runner adds, so cargo itself makes warnings fatal.
CARGO_UNSTABLE_WARNINGS=true CARGO_BUILD_WARNINGS=deny step clippy --all-targets
# Wine is slow at many things at once; the corpus and real components are read on Linux.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-2}
if [ "${1:-}" = --all ]; then
  step test --lib --bins --tests --no-fail-fast
else
  step test --lib --bins --no-fail-fast
  step test --test it windows_live
fi
