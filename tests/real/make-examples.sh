#!/usr/bin/env bash
# Writes the environments of examples/ as the real `az` prints them, from the REST bodies in tests/real/arm/.
#
#   tests/real/make-examples.sh [OUTPUT]     OUTPUT is examples/ unless told otherwise
#
# Needs AZPREFLIGHT_AZ (the az to run; tests/run.sh --real installs one) and nothing of Azure: az talks to
# arm_stand_in.py on 127.0.0.1, signs in to it as a managed identity, and keeps its settings in a directory that is
# removed at the end.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:-$here/../../examples}
az=${AZPREFLIGHT_AZ:?set AZPREFLIGHT_AZ to the az to run, or use tests/run.sh --real}
python=$(dirname "$az")/python
work=$(mktemp -d)
stand_in=
trap '[ -z "$stand_in" ] || kill "$stand_in" 2>/dev/null; rm -rf "$work"' EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
"$python" "$here/arm_stand_in.py" "$here/arm" "$work/certificate.pem" "$work/key.pem" "$work/ports" &
stand_in=$!
for _ in $(seq 100); do [ -e "$work/ports" ] && break; sleep 0.1; done
read -r plain secure <"$work/ports"

export AZURE_CONFIG_DIR=$work/azure AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_INSTANCE_DISCOVERY=false
export AZURE_CORE_NO_COLOR=true AZURE_CORE_ONLY_SHOW_ERRORS=true AZURE_CORE_CHECK_FOR_UPDATES=false
export REQUESTS_CA_BUNDLE=$work/certificate.pem NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
export IDENTITY_ENDPOINT=http://127.0.0.1:$plain/msi/token IDENTITY_HEADER=stand-in
export PYTHONWARNINGS=ignore
"$az" cloud register -n StandIn --endpoint-resource-manager "https://127.0.0.1:$secure" >/dev/null
"$az" cloud set -n StandIn >/dev/null
"$az" login --identity >/dev/null

export_one() { # OUTPUT-FILE ARGUMENTS
  mkdir -p "$(dirname "$2")"
  eval "set -- \"\$1\" \"\$2\" $3"
  local az=$1 file=$2
  shift 2
  "$az" "$@" -o json >"$file" </dev/null || { echo "failed: az $*" >&2; return 1; }
}
export -f export_one
"$python" "$here/az_exports.py" "$here/arm" >"$work/list"
cut -f1 "$work/list" | cut -d/ -f1 | sort -u | while read -r environment; do rm -rf "${output:?}/$environment"; done
# an az that refreshes its sign-in while another reads it can lose; one at a time is exact, two halve the time
while IFS=$'\t' read -r file arguments; do
  printf '%s\0%s\0%s\0' "$az" "$output/$file" "$arguments"
done <"$work/list" | xargs -0 -n 3 -P "${AZPREFLIGHT_AZ_JOBS:-2}" bash -c 'export_one "$@"' _
