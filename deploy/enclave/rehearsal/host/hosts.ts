import { strict as assert } from 'node:assert'
import { type Behaviour, BEHAVIOURS } from '../../../../test/fixtures/hosts/behaviours.js'
import type { Host } from '../../../../test/fixtures/hosts/host.js'
import type { Operator } from '../../../../test/fixtures/hosts/operator.js'
import { expectRefusal } from '../operator/verdicts.js'
import type { Rehearsal } from '../rehearsal.js'

/** Has the host try everything between the operator and the enclave. The operator's profile says what to expect. */
export async function playHosts ({ host, operator, step }: Pick<Rehearsal, 'step'> & {
  host: Host, operator: Operator
}): Promise<void> {
  // The tunnel knows the enclave from before.
  const tunnel = await operator.connect()
  for (const behaviour of Object.values<Behaviour>(BEHAVIOURS)) {
    await step(`A host that ${behaviour.does}`, async () => {
      host.behave(behaviour)
      const outcome = behaviour.refusal === null
        ? await expectTrust(operator)
        : await expectDistrust(operator, behaviour, behaviour.refusal)
      if (behaviour.serve !== BEHAVIOURS.honest.serve) await expectNothingThrough(operator, tunnel.url)
      assert.equal(host.recording.understood().length, 0, 'the host has read something')
      return outcome
    })
  }
  host.behave(BEHAVIOURS.honest)
  await step('The tunnel of before, and an honest host', async () => {
    assert.equal((await ask(operator, tunnel.url)).status, 'success')
    await tunnel.close()
    return 'goes on'
  })
}

async function expectTrust (operator: Operator): Promise<string> {
  for (const command of [['status'], ['enclave', 'verify']]) {
    const { code, stderr } = await operator.cli(...command)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, command.join(' '))
  }
  return 'status and enclave verify succeed'
}

async function expectDistrust (operator: Operator, { isInDocument }: Behaviour, reason: RegExp): Promise<string> {
  const outcome = expectRefusal(await operator.cli('status'), reason)
  expectRefusal(await operator.cli('connect', '--listen', '127.0.0.1:0'), reason)
  if (isInDocument === true) expectRefusal(await operator.cli('enclave', 'verify'), reason)
  return outcome
}

/** An open tunnel answers by itself, and passes nothing on. */
async function expectNothingThrough (operator: Operator, url: string): Promise<void> {
  const { statusCode, code } = await ask(operator, url)
  assert.deepEqual({ statusCode, code }, { statusCode: 502, code: 'ENCLAVE_NOT_VERIFIED' })
}

async function ask (operator: Operator, url: string): Promise<{ status: string, statusCode?: number, code?: string }> {
  const { api_key: key } = await operator.profile()
  const { stdout } = await operator.run('curl', '-s', `${url}/api/getGeneratorStatus`, '-H', `api-key: ${key}`)
  return JSON.parse(stdout)
}
