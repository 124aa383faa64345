#!/usr/local/bin/node
/** Stands in for Oyster's keygen-ed25519. It makes a true key pair: 64 bytes (seed and public key) and 32 bytes. */
const { generateKeyPairSync } = require('node:crypto')
const { writeFileSync } = require('node:fs')
const { parseArgs } = require('node:util')

const { secret, public: publicPath } = parseArgs({
  options: { secret: { type: 'string' }, public: { type: 'string' } },
}).values
const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
const publicKey = Buffer.from(x, 'base64url')
writeFileSync(secret, Buffer.concat([Buffer.from(d, 'base64url'), publicKey]))
writeFileSync(publicPath, publicKey)
console.log(`private key: ${secret}, public key: ${publicPath}`)
