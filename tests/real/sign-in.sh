# Starts a stand-in for Azure with the documents of folder $1, and signs the real `az` in to it; with $2, the stand-in takes
# changes and writes them there. To be sourced: sets az, python and work, a directory that is removed at the end.
#
# Needs AZPREFLIGHT_AZ (the az to run; tests/run.sh --real installs one) and nothing of Azure: az talks to arm_stand_in.py
# on 127.0.0.1, signs in to it as a managed identity, and keeps its settings in that directory.
# shellcheck shell=bash
az=${AZPREFLIGHT_AZ:?set AZPREFLIGHT_AZ to the az to run, or use tests/run.sh --real}
python=$(dirname "$az")/python
work=$(mktemp -d)
stand_in=
trap '[ -z "$stand_in" ] || kill "$stand_in" 2>/dev/null; rm -rf "$work"' EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
"$python" "$here/arm_stand_in.py" "$1" "$work/certificate.pem" "$work/key.pem" "$work/ports" ${2:+"$2"} &
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

