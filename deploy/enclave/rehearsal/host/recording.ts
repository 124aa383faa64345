import { strict as assert } from 'node:assert'
import type { Host } from '../../../../test/fixtures/hosts/host.js'
import type { Place } from '../../../../test/fixtures/hosts/places.js'
import { replayTo } from '../../../../test/fixtures/hosts/replay.js'
import { type Canary, findLeaks } from '../../../../test/leaks/canary.js'
import type { Enclave } from '../machine/boot.js'

/** Sends everything that the host has recorded to the enclave again. Nothing of it is carried out. */
export async function checkReplay ({ host, place, enclave }: {
  host: Host, place: Place, enclave: Enclave
}): Promise<string> {
  const before = audits(enclave)
  const { connections, answers } = await replayTo(place, host.recording)
  assert.ok(connections > 10, `${connections} connections were recorded`)
  assert.equal(answers.includes('HTTP/1.1'), false)
  assert.equal(audits(enclave), before)
  return `${connections} connections sent again: no answer, and no change`
}

/** Searches everything that the host has seen for secrets, in any encoding. */
export function checkRecording ({ host, secrets }: { host: Host, secrets: Canary[] }): string {
  const seen = host.recording.bytes()
  assert.ok(seen.length > 10_000, `${seen.length} bytes were recorded`)
  assert.deepEqual(findLeaks(seen, secrets), [])
  return `${seen.length} bytes, none with one of ${secrets.map(({ name }) => name).join(', ')}`
}

function audits ({ console: lines }: Enclave): number {
  return lines.filter(line => line.includes('"audit"')).length
}
