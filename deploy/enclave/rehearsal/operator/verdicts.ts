import { strict as assert } from 'node:assert'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createOperator, type Operator, type Outcome } from '../../../../test/fixtures/hosts/operator.js'
import type { Rehearsal } from '../rehearsal.js'

const NOT_TRUSTED = 9
const LONGEST_REASON = 110

/** An operator with the command line of the release, and an empty home. The end of the rehearsal ends its tunnels. */
export async function newOperator ({ folder, project, nsm, signal, defer, name }: Rehearsal & {
  name: string
}): Promise<Operator> {
  const own = join(folder, `operator-${name}`)
  await mkdir(own)
  const operator = await createOperator({
    folder: own, main: join(project, 'release/generator-client/cli/main.mjs'), root: nsm.root, signal
  })
  defer(operator.close)
  return operator
}

/** Verifies a classic enclave. Saves what is expected if it is right. */
export async function verifyClassic ({ operator, host, pcrs, source }: {
  operator: Operator, host: string, pcrs: Record<0 | 1 | 2, string>, source?: string
}): Promise<Outcome> {
  const expected = ([0, 1, 2] as const).flatMap(index => [`--pcr${index}`, pcrs[index]])
  const target = ['--url', `http://${host}:5000`, ...source === undefined ? [] : [source]]
  return await operator.cli('enclave', 'verify', ...target, '--classic', ...expected, '--save')
}

/** Checks that a command has refused with the exit code of it and the reason. Returns both. */
export function expectRefusal ({ code, stdout, stderr }: Outcome, reason: RegExp): string {
  assert.match(stderr, reason)
  assert.deepEqual({ code, stdout }, { code: NOT_TRUSTED, stdout: '' })
  const [first = ''] = stderr.split('\n')
  return `exit ${code}: ${first.length > LONGEST_REASON ? `${first.slice(0, LONGEST_REASON)}…` : first}`
}
