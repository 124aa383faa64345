import { AbiCoder, computeAddress, getBytes, keccak256, verifyMessage } from 'ethers'
import t from 'tap'
import { numberedAddress, setup } from '../fixtures/configuration.js'
import { startService } from '../service-process.js'

const ADDRESS = '0xBEf74FB32CCeB599EFdE2fa3B2285A9462D207d1'

/** The SDK puts the 65 bytes together in this way for the contracts. */
function assemble ({ r, s, v }: { r: string, s: string, v: number }): string {
  return `0x${r.split('x')[1]}${s.split('x')[1]}${v.toString(16)}`
}

t.test('r|s|v recovers to the enclave\'s address', async t => {
  const service = await startService(t, { folder: t.testdir() })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  await service.call('POST', '/api/generatorConfigSetup', setup)
  const { body: { data: keys } } = await service.call(
    'POST', '/api/fetchGeneratorPublicKeys', { generator_address: numberedAddress(1) }
  )
  t.equal(computeAddress(keys.generator_ecies_public_key).toLowerCase(), keys.generator_public_key)

  const recover = (signature: string, types: string[], values: unknown[]) =>
    verifyMessage(getBytes(keccak256(AbiCoder.defaultAbiCoder().encode(types, values))), signature).toLowerCase()
  // Some r or s of so many begins with a zero byte, which must not be lost.
  let leadingZeros = 0
  for (let count = 0; count < 400; count++) {
    const address = count === 0 ? ADDRESS : numberedAddress(count)
    const { body: { data } } = await service.call('POST', '/api/signAddress', { address })
    const signature = assemble(data)
    if (signature.length !== 132 || recover(
      signature, ['address'], [address]
    ) !== keys.generator_public_key) t.fail(address)
    if (data.r.startsWith('0x00') || data.s.startsWith('0x00')) leadingZeros += 1
  }
  t.comment(`${leadingZeros} signatures with a leading zero byte`)
  for (const attestation of ['0x8444a101', `0x${'ab'.repeat(5000)}`]) {
    const { body: { data } } = await service.call('POST', '/api/signAttestation', { attestation, address: ADDRESS })
    t.equal(assemble(data).length, 132)
    t.equal(recover(assemble(data), ['bytes', 'address'], [attestation, ADDRESS]), keys.generator_public_key)
  }
})
