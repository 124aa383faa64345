import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createChannel, openTunnel } from '../../../operator/channel/index.js'
import { createEnclaveKey } from '../../../src/enclave/enclave-key.js'
import { playDay } from '../../../tools/demo/day.js'
import { createNarrator } from '../../../tools/demo/narration/narrator.js'
import { setStage } from '../../../tools/demo/stage.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { makeDocument, POLICY } from '../../operator/channel/document.js'

t.test('the whole day through the tunnel', async t => {
  const undo: (() => Promise<void>)[] = []
  t.teardown(async () => { for (const one of undo.reverse()) await one() })
  const { signal } = new AbortController()
  const stage = await setStage({ defer: one => { undo.push(one) }, signal })
  const secret = await readFile(join(stage.folder, 'generator_config/secp.sec'))
  const { publicKey } = createEnclaveKey({ secret })
  const attestationUrl = await startHttpServer(t, (_request, response) => { response.end(makeDocument(publicKey)) })
  const channel = createChannel({ url: stage.url, attestationUrl, policy: POLICY })
  undo.push(channel.close)
  const tunnel = await openTunnel({ channel, host: '127.0.0.1', port: 0 })
  undo.push(tunnel.close)
  let told = ''
  const output = { write: (text: string) => { told += text; return true } }
  const narrator = createNarrator({ output, isTerminal: false, hasColour: false })
  t.match(await playDay({ stage: { ...stage, url: tunnel.url }, narrator, signal, keep: false }), /^[0-9a-f]{64}$/)
  t.match(told, '✓')
  t.notMatch(told, '✗')
})
