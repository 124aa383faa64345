import { resolve } from 'node:path'
import type { ConfFinding } from '../../../src/supervisor/embedded/conf/findings.js'
import type { ConfReading } from '../../../src/supervisor/embedded/conf/read.js'
import type { Command } from '../command.js'
import { EXIT_CODES, UsageError } from '../exit-codes.js'

export const supervisordCheck: Command = {
  name: 'supervisord check',
  group: 'service',
  summary: 'Check a conf file for the embedded supervisor, and start nothing',
  arguments: { '<file>': 'The conf file' },
  example: 'supervisord check supervisord.conf',
  isLocal: true,
  run: async ({ positionals: [file = ''], environment }) => {
    const { describeInPlace } = await import('../../../src/supervisor/embedded/conf/findings.js')
    const { programs, findings } = await read(file, environment)
    const refusals = findings.filter(({ verdict }) => verdict === 'refused').length
    const message =
      refusals === 0
        ? describeStarts(file, programs)
        : `${file} is refused: ${refusals} of the lines above must be changed, and nothing is started`
    const data = { accepted: refusals === 0, programs: programs.map(({ name }) => name), findings }
    return {
      answer: { status: 'success', statusCode: 200, message, data },
      text: [...findings.map(finding => describeLine(finding, describeInPlace(finding))), message].join('\n'),
      exitCode: refusals === 0 ? EXIT_CODES.OK.code : EXIT_CODES.FAULT.code,
    }
  },
}

/** Reads the file like the service, but makes no check of this machine. The programs may run on another one. */
async function read (file: string, environment: NodeJS.ProcessEnv): Promise<ConfReading> {
  const { readConf } = await import('../../../src/supervisor/embedded/conf/read.js')
  const { programEnvironment } = await import('../../../src/supervisor/program-environment.js')
  const folder = resolve(environment['CONFIG_DIR'] ?? 'generator_config')
  return await readConf({
    file, environment: { ...programEnvironment(environment), CONFIG_DIR: folder }, machine: null
  }).catch(({ code, message }) => {
    throw new UsageError(`${file} ${code === undefined ? message : `cannot be read (${code})`}`)
  })
}

/** File and line come first, so that editors go there. */
function describeLine ({ file, line, verdict }: ConfFinding, description: string): string {
  return `${file}:${line}: ${verdict}: ${description}`
}

function describeStarts (file: string, programs: ConfReading['programs']): string {
  const [own = [], byApi = []] = [true, false].map(wanted =>
    programs.filter(({ autostart }) => autostart === wanted).map(({ name }) => name)
  )
  return `${file} is accepted. Started with the service, in this order: ${own.join(', ') || 'none'}. ` +
    `Started by the API alone: ${byApi.join(', ') || 'none'}`
}
