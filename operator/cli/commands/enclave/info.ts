import type { Command } from '../../command.js'
import { describeFields } from '../../show/describe.js'
import { factsOf } from '../../show/enclave.js'

export const info: Command = {
  name: 'info',
  group: 'enclave',
  summary: 'Show version and start of the service, and how this call has reached it',
  example: 'info',
  run: async ({ client, channel, settings }) => {
    const answer = await client.getServiceInfo()
    const { version, started_at: start, boot_id: boot, attested_address: address, spki_sha256: hash } = answer.data
    const curl = channel === null ? null : factsOf(await channel.enclave(), settings.url).curl
    const text = describeFields({
      Version: version,
      Started: start,
      'Boot id': boot,
      Channel: channel !== null ? 'TLS that ends in the verified enclave' : CHANNELS[answer.data.channel],
      'Attested address': address,
      'TLS key, SHA-256': hash,
      Features: answer.data.features.join(', '),
      'With curl alone': curl,
    })
    return { answer: { ...answer, data: { ...answer.data, curl } }, text }
  },
}

const CHANNELS = {
  plain: 'plain HTTP: the host can read and change it',
  tls: 'TLS, and this command has not verified where it ends',
}
