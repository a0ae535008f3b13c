#!/usr/bin/env bash
# Writes the environments of examples/ as the real `az` prints them, from the REST bodies in tests/real/arm/.
#
#   tests/real/make-examples.sh [OUTPUT]     OUTPUT is examples/ unless told otherwise
#
# Needs AZPREFLIGHT_AZ; see sign-in.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:-$here/../../examples}
# shellcheck source=tests/real/sign-in.sh
. "$here/sign-in.sh" "$here/arm"

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
