#!/usr/bin/env bash
# Builds the enclave's images, makes the EIF of the classic one and runs it. It touches no image, enclave or file but
# its own.
set -euo pipefail

usage () {
  cat <<USAGE
usage: build.sh image [classic|cvm]   Docker image generator-client-enclave:classic (default) or :cvm
       build.sh eif                   deploy/enclave/out/generator-client.eif of the classic image, and its measurements
       build.sh run [--replace]       the EIF as enclave "generator-client" with CID 88; --replace ends the one that runs,
                                      and with it its keys, its API key and its configuration
       build.sh all                   image classic, eif, run

Environment of image: API_KEY_SHA256, the digest of your API key; REQUIRE_ENCRYPTION (true), false for clients that send
private keys in plain bodies. Of run: CPUS (2) and MEMORY (4096, in MiB); DEBUG=1 shows the console to the host, and makes
attestations that prove nothing.
Needs docker, nitro-cli for eif and run, node, and the release: npm ci && npm run release
USAGE
}

name=generator-client
image=generator-client-enclave
# The address of the enclave's vsock. supervisord.conf repeats it.
cid=88
cd "$(dirname "$0")/../.."
out=deploy/enclave/out

fail () { echo "build.sh: $*" >&2; exit 1; }

image () {
  local target=${1-classic}
  case $target in classic | cvm) ;; *) usage >&2; exit 2 ;; esac
  [ -f release/generator-client/SHA256SUMS ] || fail 'release/generator-client is missing: npm ci && npm run release'
  [ -f deploy/enclave/programs/kalypso-generator ] || fail 'deploy/enclave/programs/kalypso-generator is missing: put your generator there'
  docker build --file deploy/enclave/Dockerfile --platform linux/amd64 --target "$target" --tag "$image:$target" \
    --build-arg "REQUIRE_ENCRYPTION=${REQUIRE_ENCRYPTION-true}" --build-arg "API_KEY_SHA256=${API_KEY_SHA256-}" .
  # The previous image has no name any more. The label keeps other images out of this.
  docker image prune --force --filter "label=org.opencontainers.image.title=$image"
}

eif () {
  mkdir -p "$out"
  nitro-cli build-enclave --docker-uri "$image:classic" --output-file "$out/$name.eif" > "$out/measurements.json"
  cat "$out/measurements.json"
}

# enclave_with KEY VALUE: prints the names (or ids) of running enclaves whose KEY is VALUE
enclave_with () {
  nitro-cli describe-enclaves | node -e '
    const [key, value] = process.argv.slice(1)
    const enclaves = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
    for (const one of enclaves) if (String(one[key]) === value) console.log(one.EnclaveName ?? one.EnclaveID)' "$1" "$2"
}

run () {
  local replace=${1-} running occupant
  case $replace in '' | --replace) ;; *) usage >&2; exit 2 ;; esac
  [ -f "$out/$name.eif" ] || fail "$out/$name.eif is missing: build.sh eif"
  running=$(enclave_with EnclaveName "$name")
  if [ -n "$running" ]; then
    [ "$replace" = --replace ] || fail "enclave $name runs already; build.sh run --replace ends it, with its keys and configuration"
    nitro-cli terminate-enclave --enclave-name "$name"
  fi
  occupant=$(enclave_with EnclaveCID "$cid")
  [ -z "$occupant" ] || fail "CID $cid belongs to enclave $occupant, which is not ours: it is left alone"
  nitro-cli run-enclave --enclave-name "$name" --enclave-cid "$cid" --eif-path "$out/$name.eif" \
    --cpu-count "${CPUS-2}" --memory "${MEMORY-4096}" ${DEBUG:+--debug-mode}
}

case ${1-} in
  image | eif | run) "$@" ;;
  all) image classic; eif; run '' ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
