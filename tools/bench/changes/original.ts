import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { setUp } from '../../../src/config/changes.js'
import { print } from '../../../src/config/pair/files.js'
import { freePort } from '../../demo/free-port.js'
import { SETUP } from '../setup.js'

const SECRET = '11'.repeat(32)
const START_MS = 10_000

/**
 * Runs the original service, as somebody has built it by hand: RUST_ORIGINAL is its path. It writes beside its working
 * folder, and reads `secp.sec` there if it was built to. Its configuration is put there, because its setup asks a node.
 */
export async function runOriginal (
  path: string
): Promise<{ url: string, headers: Record<string, string>, end: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-bench-'))
  const [cwd, data] = [join(folder, 'run'), join(folder, 'generator_config')]
  for (const made of [cwd, data]) await mkdir(made)
  await writeFile(join(cwd, 'secp.sec'), Buffer.from(SECRET, 'hex'))
  const texts = print(setUp(SETUP, SECRET))
  for (const [file, text] of Object.entries(texts)) {
    await writeFile(join(data, file), text.replace('"params_path"', '"zkbob_market_id": 1, "params_path"'))
  }
  const port = await freePort()
  const child = spawn(path, [], {
    cwd, env: { ...process.env, PORT: String(port), RUST_LOG: 'off' }, stdio: ['ignore', 'ignore', 'inherit']
  })
  const url = `http://127.0.0.1:${port}`
  const { data: key } = await (await answerOf(`${url}/api/generateApiKey`)).json() as { data: string }
  return {
    url,
    headers: { 'api-key': key },
    end: async () => {
      child.kill()
      await once(child, 'exit')
      await rm(folder, { recursive: true })
    },
  }
}

async function answerOf (url: string): Promise<Response> {
  for (const begun = performance.now(); ;) {
    try {
      return await fetch(url, { method: 'POST' })
    } catch (error) {
      if (performance.now() - begun > START_MS) throw error
      await setTimeout(50)
    }
  }
}
