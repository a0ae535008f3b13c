#!/usr/bin/env bash
# Live probes beside others, in a network namespace without a way out:
#
#   benches/probe/run.sh PROGRAM [connect] [proxy] [tls] [adaptive] [loss]
#
# PROGRAM is the `probe` of this package. Needs root, ip, nft, openssl; squid and curl for `proxy`, nginx for both that and `tls`,
# prometheus-blackbox-exporter for `tls`, nmap for `adaptive`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "$1")
shift

if [ "${AZPREFLIGHT_NAMESPACE:-}" != yes ]; then
  AZPREFLIGHT_NAMESPACE=yes exec unshare -n "${BASH_SOURCE[0]}" "$program" "$@"
fi

folder=$(mktemp -d)
chmod 755 "$folder"
children=()
leave() {
  [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap leave EXIT

ip link set lo up
sysctl -qw net.core.somaxconn=65535 net.ipv4.tcp_max_syn_backlog=65535 net.ipv4.ip_local_port_range="1024 65535" || true
ulimit -n "$(ulimit -Hn)"
nft -f "$here/rules.nft"
"$program" serve & children+=($!)

# A certificate for the first 300 addresses, and the authority that it is from.
names=$(for n in $(seq 0 299); do printf 'IP:127.20.%d.%d,' $((n / 250)) $((1 + n % 250)); done)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Bench Authority" \
  -keyout "$folder/authority.key" -out "$folder/authority.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=bench" \
  -keyout "$folder/server.key" -out "$folder/server.csr" 2>/dev/null
openssl x509 -req -in "$folder/server.csr" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" -days 30 \
  -extfile <(echo "subjectAltName=${names%,}") -out "$folder/server.pem" 2>/dev/null
export SSL_CERT_FILE=$folder/authority.pem
unset SSL_CERT_DIR http_proxy https_proxy all_proxy no_proxy HTTPS_PROXY ALL_PROXY NO_PROXY

for part in nginx.conf squid.conf; do sed "s|FOLDER|$folder|g" "$here/$part" >"$folder/$part"; done
sed "s|AUTHORITY|$folder/authority.pem|" "$here/blackbox.yml" >"$folder/blackbox.yml"
if command -v nginx >/dev/null; then nginx -c "$folder/nginx.conf" 2>/dev/null & children+=($!); fi
if command -v squid >/dev/null; then
  mkdir "$folder/squid"
  chown proxy "$folder/squid"
  sed -i "s|$folder|$folder/squid|g" "$folder/squid.conf"
  squid -N -f "$folder/squid.conf" 2>/dev/null & children+=($!)
fi
if command -v prometheus-blackbox-exporter >/dev/null; then
  prometheus-blackbox-exporter --config.file="$folder/blackbox.yml" --web.listen-address=127.0.0.1:9115 \
    --log.level=error 2>"$folder/exporter.log" & children+=($!)
  export EXPORTER=$!
fi
for port in 443 8080 8443 3128 9115; do
  for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
done
"$program" duel "$@"
