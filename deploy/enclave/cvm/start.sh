#!/usr/bin/env bash
# Entry point of the container in a current Oyster enclave. It takes over the enclave's secret, then becomes
# supervisord.
set -euo pipefail

usage () {
  cat <<USAGE
usage: start.sh

Copies /app/ecdsa.sec, the enclave's secp256k1 secret that docker-compose.yml mounts, to where only the service reads it,
and becomes supervisord, with /etc/supervisord.conf.
USAGE
}

fail () { echo "start.sh: $*" >&2; exit 1; }

case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

secret=/app/ecdsa.sec
operator=node
# Docker creates a folder for a mount whose source is missing.
[ -f "$secret" ] || fail "$secret is no file: mount the enclave's secp256k1 secret there"
[ "$(stat -c %s "$secret")" = 32 ] || fail "$secret has not the 32 bytes of a secp256k1 secret"
install -m 600 -o "$operator" "$secret" /app/secp.sec
install -d -m 700 -o "$operator" /app/generator_config
install -d /app/log
# The image sets it to an empty text by default.
[ -n "${API_KEY_SHA256-}" ] || unset API_KEY_SHA256
exec /app/supervisord -c /etc/supervisord.conf
