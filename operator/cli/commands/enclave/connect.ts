import { once } from 'node:events'
import { Option } from 'commander'
import { isLoopback } from '../../../channel/loopback.js'
import type { Command } from '../../command.js'
import { UsageError } from '../../exit-codes.js'
import { describeEnclave, factsOf } from '../../show/enclave.js'

const LISTEN = '127.0.0.1:5000'

export const connect: Command = {
  name: 'connect',
  group: 'enclave',
  summary: 'Open a tunnel from this machine into the verified enclave, for curl, SDKs and Postman',
  options: [new Option('--listen <address>', `Loopback address and port of the tunnel. Default: ${LISTEN}`)],
  example: 'connect --listen 127.0.0.1:5001',
  activity: 'Verifying the enclave',
  run: async ({ channel, settings, options: { listen = LISTEN }, printer }) => {
    if (channel === null) {
      throw new UsageError(
        "The profile does not say what the attestation of this service must show: 'generator-client enclave verify --save' writes it"
      )
    }
    const { openTunnel } = await import('../../../channel/tunnel.js')
    const address = parseListen(listen)
    const end = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
    const enclave = await channel.enclave()
    const tunnel = await openTunnel({
      channel,
      ...address,
      onRefusal: ({ message, code }, count) => printer.printNote(`Refused connections: ${count}. ${message} (${code})`),
    })
    const message = `${tunnel.url} leads into the verified enclave. The tunnel adds no API key, and Ctrl-C ends it`
    const data = { url: tunnel.url, ...factsOf(enclave, settings.url) }
    const answer = { status: 'success', statusCode: 200, message, data }
    printer.printOutcome({ answer, text: `${message}\n${describeEnclave(enclave, settings.url)}` })
    await end
    await tunnel.close()
    return null
  },
}

/** Reads host and port. Throws a UsageError. */
function parseListen (text: string): { host: string, port: number } {
  const [, host = '', port] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (!isLoopback(host) || Number(port) > 65_535) {
    throw new UsageError(`--listen takes a loopback address with a port, such as ${LISTEN}, and not ${text}`)
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}
