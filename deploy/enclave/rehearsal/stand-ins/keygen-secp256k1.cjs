#!/usr/local/bin/node
/**
 * Stands in for Oyster's keygen-secp256k1. It makes a true key pair: 32 bytes, and the point's 64 bytes without the
 * leading 04.
 */
const { createECDH } = require('node:crypto')
const { writeFileSync } = require('node:fs')
const { parseArgs } = require('node:util')

const { secret, public: publicPath } = parseArgs({
  options: { secret: { type: 'string' }, public: { type: 'string' } },
}).values
const pair = createECDH('secp256k1')
pair.generateKeys()
// getPrivateKey leaves leading zeros out.
writeFileSync(secret, Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32))
writeFileSync(publicPath, pair.getPublicKey().subarray(1))
console.log(`private key: ${secret}, public key: ${publicPath}`)
