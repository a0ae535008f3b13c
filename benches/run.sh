#!/usr/bin/env bash
# Every measurement, one after the other; prints the tables of README.md. Takes a few minutes, most of it building.
#
#   benches/run.sh                   all but the live probes
#   benches/run.sh probe [SECTION…]  the live probes alone: see probe/run.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

target=x86_64-unknown-linux-gnu
built=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR=$built
if [ "${1:-}" = probe ]; then
  shift
  cargo build --release --quiet --bin probe
  exec probe/run.sh "$built/release/probe" "$@"
fi
cargo build --release --quiet
(cd .. && cargo build --release --quiet)
(cd .. && RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static" cargo build --release --quiet --target $target)

"$built/release/lookup"
echo
"$built/release/verify"
echo
"$built/release/engine"
echo
"$built/release/growth" ../docs

# Z3, where a Python has it: AZPREFLIGHT_PYTHON=… pip's z3-solver
if [ -n "${AZPREFLIGHT_PYTHON:-}" ]; then
  cases=$(mktemp)
  "$built/release/engine" cases "$cases"
  "$AZPREFLIGHT_PYTHON" ask_z3.py "$cases"
  rm -f "$cases"
  echo
fi

# The programs as an installation leaves them: a copy lies in the page cache in large pieces, what a linker has just
# written in small ones, and a start touches too little for anything but page faults to count.
installed=$(mktemp -d)
trap 'rm -rf "$installed"' EXIT
install "$built/$target/release/azpreflight" "$installed/static"
install "$built/release/azpreflight" "$installed/dynamic"
"$built/release/process" "$installed/static" "$installed/dynamic"
echo "Straight from the linker:"
"$built/release/process" "$built/$target/release/azpreflight" "$built/release/azpreflight" | sed -n 1,5p
