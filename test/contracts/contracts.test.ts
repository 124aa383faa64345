import { AbiCoder } from 'ethers/abi'
import { keccak256, SigningKey } from 'ethers/crypto'
import { hashMessage, id } from 'ethers/hash'
import { computeAddress } from 'ethers/transaction'
import { getBytes, hexlify } from 'ethers/utils'
import t from 'tap'
import { startAnvil } from '../anvil.js'
import { compileContracts } from './compile.js'
import { deployContracts } from './deploy.js'

const anvil = await startAnvil()
t.teardown(anvil.stop)
const chain = await deployContracts(anvil.url)
const [account, stranger] = await chain.rpc('eth_accounts') as [string, string]

const enclaveKey = new SigningKey(`0x${'42'.repeat(32)}`)
const publicKey = `0x${enclaveKey.publicKey.slice(4)}`
const ATTESTATION = '0xc0ffee'

/** r | s | v of what signAttestation answers, per the facts on the Kalypso contracts. */
function signAttestation (attestation: string, address: string, key = enclaveKey): string {
  const content = keccak256(AbiCoder.defaultAbiCoder().encode(['bytes', 'address'], [attestation, address]))
  return key.sign(hashMessage(getBytes(content))).serialized
}

function registerKey ({
  key = publicKey, signature, from = account
}: { key?: string, signature: string, from?: string }): Promise<void> {
  return chain.transact(
    [{ contract: 'EntityKeyRegistry', function: 'registerKey', values: [7, key, ATTESTATION, signature] }], from
  )
}

function readKeys (address: string): Promise<unknown[]> {
  return Promise.all([
    chain.read({ contract: 'EntityKeyRegistry', function: 'pub_key(address)', values: [address] }),
    chain.read({ contract: 'EntityKeyRegistry', function: 'pub_key(address,uint256)', values: [address, 7] }),
  ])
}

t.test('the functions have the selectors of the real contracts', async t => {
  const selectors = Object.values(await compileContracts()).flatMap(({ abi }) => abi
    .filter(({ stateMutability }) => stateMutability === 'view')
    .map(({ name, inputs }) => id(
      `${String(name)}(${(inputs as Array<{ type: string }>).map(({ type }) => type).join()})`
    ).slice(0, 10)))
  t.strictSame(selectors.sort(), ['0x40a7ba91', '0x9a7fca8e', '0xbe51f4ef', '0xd4748824', '0xe1a63130'])
})

t.test('a key is registered with a signature of the enclave that holds it', async t => {
  await registerKey({ signature: signAttestation(ATTESTATION, account) })
  t.strictSame(await readKeys(account), [[publicKey], [publicKey]])
})

t.test('and with no other', async t => {
  const good = signAttestation(ATTESTATION, stranger)
  const otherKey = new SigningKey(`0x${'43'.repeat(32)}`)
  t.not(computeAddress(otherKey), computeAddress(enclaveKey))
  const refused = [
    { signature: signAttestation(ATTESTATION, account), from: stranger },
    { signature: signAttestation('0xdecaf0', stranger), from: stranger },
    { signature: signAttestation(ATTESTATION, stranger, otherKey), from: stranger },
    { signature: hexlify(getBytes(good).slice(0, 64)), from: stranger },
    { signature: good, key: `0x04${publicKey.slice(2)}`, from: stranger },
  ]
  for (const attempt of refused) await t.rejects(registerKey(attempt), /revert/)
  t.strictSame(await readKeys(stranger), [['0x'], ['0x']])
})
