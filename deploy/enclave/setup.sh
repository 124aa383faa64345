#!/usr/bin/env bash
# Entry point of the classic Oyster enclave. It sets up network and keys, then starts supervisord, which runs
# everything else. It never prints the content of a key file, because the host reads the console in debug mode.
set -euo pipefail

usage () {
  cat <<USAGE
usage: setup.sh [PART]

Without PART all three, in this order:
  network  loopback address, default route, outgoing TCP to the transparent proxy, names from the DNS proxy
  keys     identity and secp256k1 key pairs in /app, where they do not exist yet
  start    becomes supervisord, with /etc/supervisord.conf
USAGE
}

app=/app
# This user runs the service.
operator=node
transparent_proxy=127.0.0.1:1200

say () { echo "setup.sh: $*"; }
fail () { say "$*" >&2; exit 1; }

network () {
  ip address replace 127.0.0.1/8 dev lo
  ip link set lo up
  ip route replace default dev lo src 127.0.0.1
  # Uses the legacy tables, because Oyster's kernels have them and some lack nf_tables.
  local rule=(OUTPUT -p tcp ! -d 127.0.0.0/8 -j DNAT --to-destination "$transparent_proxy")
  iptables-legacy -t nat -C "${rule[@]}" 2>/dev/null || iptables-legacy -t nat -A "${rule[@]}"
  echo '127.0.0.1 localhost' > /etc/hosts
  echo 'nameserver 127.0.0.1' > /etc/resolv.conf
  say "network is up: outgoing TCP goes to $transparent_proxy"
}

# key_pair NAME KEYGEN BYTES: makes $app/NAME.sec of BYTES bytes and $app/NAME.pub
key_pair () {
  local secret=$app/$1.sec public=$app/$1.pub
  if [ -e "$secret" ]; then
    say "$secret is kept"
  else
    # The output of a key generator may hold a key, so it does not reach the console.
    "$app/$2" --secret "$secret" --public "$public" > /dev/null 2>&1 || fail "$2 has made no $secret"
    say "$secret and $public are new"
  fi
  chmod 600 "$secret"
  [ "$(stat -c %s "$secret")" = "$3" ] || fail "$secret has not the $3 bytes of its kind: remove it and $public to get a new pair"
  [ -s "$public" ] || fail "$public is missing: remove $secret to get a new pair"
  chmod 644 "$public"
}

keys () {
  umask 077
  key_pair id keygen-ed25519 64
  key_pair secp keygen-secp256k1 32
  chown "$operator" "$app/secp.sec"
}

start () {
  umask 022
  # The image sets it to an empty text by default.
  [ -n "${API_KEY_SHA256-}" ] || unset API_KEY_SHA256
  install -d -m 700 -o "$operator" "$app/generator_config"
  install -d "$app/log"
  # supervisord.conf resolves ./app/supervisord of the original's environment line from this folder.
  cd /
  exec "$app/supervisord" -c /etc/supervisord.conf
}

case ${1-all} in
  all) network; keys; start ;;
  network | keys | start) "$1" ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
