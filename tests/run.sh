#!/usr/bin/env bash
# Every check of this project. Needs nothing but Rust; run it before each commit.
#
#   tests/run.sh           format, clippy, tests, documentation, drift of generated files
#   tests/run.sh --real    the same, and the tests against real components, which are installed first
#
# AZPREFLIGHT_CORPUS        a folder of recorded answers of Azure; without it the tests that read it are ignored
# AZPREFLIGHT_ORACLE_ROUNDS how many times as many random rule lists go through the decision diagrams (default: 1; --real: 8)
# AZPREFLIGHT_WINDOWS       a program that runs cargo for Windows: lint and tests of that build too, see tests/windows.sh
# AZPREFLIGHT_REAL_CACHE    where --real keeps what it installs (default: target/real)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

real=no
for argument in "$@"; do
  case $argument in
    --real) real=yes ;;
    *) echo "usage: tests/run.sh [--real]" >&2; exit 2 ;;
  esac
done

step() {
  printf '\n== %s\n' "$*"
  "$@"
}

deny=cargo-deny
if [ "$real" = yes ]; then
  step tests/real/install.sh
  cache=${AZPREFLIGHT_REAL_CACHE:-$PWD/target/real}
  export AZPREFLIGHT_REAL=1 AZPREFLIGHT_AZ=$cache/venv/bin/az AZPREFLIGHT_PYTHON=$cache/venv/bin/python
  export AZPREFLIGHT_PARSERS=$cache/parsers/bin/python AZPREFLIGHT_HCL=$cache/hcl
  export AZPREFLIGHT_PROBING=$cache/probing/bin AZPREFLIGHT_AZURITE=$cache/azurite/node_modules/.bin/azurite
  export AZPREFLIGHT_AGENT=$cache/agent/usr/lib/python3/dist-packages AZPREFLIGHT_AGENTS=$cache/agents
  export AZPREFLIGHT_ORACLE_ROUNDS=${AZPREFLIGHT_ORACLE_ROUNDS:-8}
  deny=$cache/venv/bin/cargo-deny
fi

step cargo fmt --check
step cargo clippy --workspace --all-targets -- -D warnings

# Tests that need something this machine may lack are #[ignore]d: those of a corpus by AZPREFLIGHT_CORPUS, those of a
# real component by standing in a module whose name begins with `real_`.
corpus=no
[ -z "${AZPREFLIGHT_CORPUS:-}" ] || corpus=yes
case $real-$corpus in
  yes-yes) step cargo test -- --include-ignored ;;
  no-yes) step cargo test -- --include-ignored --skip real_ ;;
  yes-no)
    step cargo test
    step cargo test --test it -- --ignored real_
    ;;
  no-no) step cargo test ;;
esac

[ -z "${AZPREFLIGHT_WINDOWS:-}" ] || step tests/windows.sh

RUSTDOCFLAGS="-D warnings" step cargo doc --no-deps
if command -v "$deny" >/dev/null; then
  step cargo fetch --locked --quiet # crates of other platforms too: cargo-deny reads them all
  step "$deny" --offline check licenses bans sources
fi
printf '\nall checks passed\n'
