#!/usr/bin/env bash
# Runs command lines of `az`, each ended by a NUL on standard input, with the real az against a stand-in for Azure, and
# prints the requests that change something, a line of JSON each. There is one subscription, `s-1`.
#
# Needs AZPREFLIGHT_AZ; see sign-in.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requests=$(mktemp)
folder=$(mktemp -d)
mkdir "$folder/any"
echo '{"id": "/subscriptions/s-1/resourceGroups/any/providers/Microsoft.Network/networkSecurityGroups/any"}' \
  >"$folder/any/group.json"
# shellcheck source=tests/real/sign-in.sh
. "$here/sign-in.sh" "$folder" "$requests"
export RESOURCE_GROUP=set-by-the-user

az() { "$az" "$@" </dev/null >/dev/null; }
while IFS= read -r -d '' line; do
  eval "$line" || echo "failed: $line" >&2
done
cat "$requests"
rm -rf "$requests" "$folder"
