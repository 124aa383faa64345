import { copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measureInitParams, PRESETS } from '../../../../operator/attestation/index.js'
import { makeEnclaveKey } from '../../../../test/fixtures/hosts/enclave-key.js'
import { placeProgram } from './root.js'
import { run } from './run.js'

export const COMPOSE_FILE = 'deploy/enclave/cvm/docker-compose.yml'
/** Remains of the classic enclave, whose memory is gone with it. */
const GONE = ['id.sec', 'id.pub', 'secp.sec', 'secp.pub', 'generator_config', 'log']
/** An enclave writes below these. Everything else may be links to the files of another root. */
const OWN = ['app', 'etc']

/** Makes the root of a classic enclave one of a current enclave. Returns the enclave's key, and what is measured. */
export async function makeCurrent ({ project, root, compose }: {
  project: string, root: string, compose: Buffer
}): Promise<{ secret: Buffer, publicKey: Buffer, pcrs: Record<string, string> }> {
  const app = join(root, 'app')
  for (const name of GONE) await rm(join(app, name), { recursive: true, force: true })
  await rm(join(root, 'run'), { recursive: true, force: true })
  await placeProgram(join(project, 'deploy/enclave/cvm/start.sh'), join(app, 'start.sh'))
  await copyFile(join(project, 'deploy/enclave/cvm/supervisord.conf'), join(root, 'etc/supervisord.conf'))
  const key = makeEnclaveKey()
  await writeFile(join(app, 'ecdsa.sec'), key.secret)
  await writeFile(join(app, 'ecdsa.pub'), key.publicKey)
  const pcr16 = measureInitParams([{ path: 'docker-compose.yml', contents: compose }])
  return { ...key, pcrs: { ...PRESETS['blue@3.0.0'], 16: pcr16 } }
}

/** Copies the root of an enclave that does not run. */
export async function copyRoot (root: string, target: string): Promise<void> {
  await run('cp', ['--archive', '--link', root, target])
  for (const name of OWN) {
    await rm(join(target, name), { recursive: true })
    await cp(join(root, name), join(target, name), { recursive: true, verbatimSymlinks: true })
  }
}

export async function readCompose (project: string): Promise<Buffer> {
  return await readFile(join(project, COMPOSE_FILE))
}
