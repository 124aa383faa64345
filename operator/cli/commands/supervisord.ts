import { resolve } from 'node:path'
import { type ConfFinding, describeInPlace } from '../../../src/supervisor/embedded/conf/findings.js'
import { type ConfReading, readConf } from '../../../src/supervisor/embedded/conf/read.js'
import { programEnvironment } from '../../../src/supervisor/program-environment.js'
import type { Command } from '../command.js'
import { EXIT_CODES, UsageError } from '../exit-codes.js'

export const supervisordCheck: Command = {
  usage: 'FILE',
  summary: 'tells whether the embedded supervisor takes a conf file, and starts nothing',
  arity: [1, 1],
  isLocal: true,
  run: async ({ positionals: [file = ''], environment }) => {
    const { programs, findings } = await read(file, environment)
    const refusals = findings.filter(({ verdict }) => verdict === 'refused').length
    const message = refusals === 0 ? describeStarts(file, programs) : `${file} is refused: ${refusals} of the lines above must be changed, and nothing is started`
    const data = { accepted: refusals === 0, programs: programs.map(({ name }) => name), findings }
    return {
      answer: { status: 'success', statusCode: 200, message, data },
      text: [...findings.map(describeLine), message].join('\n'),
      exitCode: refusals === 0 ? EXIT_CODES.OK.code : EXIT_CODES.FAULT.code,
    }
  },
}

/** As the service reads it, but for what depends on the machine: the programs are to run on another one. */
async function read (file: string, environment: NodeJS.ProcessEnv): Promise<ConfReading> {
  const folder = resolve(environment['CONFIG_DIR'] ?? 'generator_config')
  return await readConf({ file, environment: { ...programEnvironment(environment), CONFIG_DIR: folder }, machine: null }).catch(({ code, message }) => {
    throw new UsageError(`${file} ${code === undefined ? message : `cannot be read (${code})`}`)
  })
}

/** File and line come first, so that editors go there. */
function describeLine (finding: ConfFinding): string {
  return `${finding.file}:${finding.line}: ${finding.verdict}: ${describeInPlace(finding)}`
}

function describeStarts (file: string, programs: ConfReading['programs']): string {
  const [own = [], byApi = []] = [true, false].map((wanted) => programs.filter(({ autostart }) => autostart === wanted).map(({ name }) => name))
  return `${file} is accepted. Started with the service, in this order: ${own.join(', ') || 'none'}. Started by the API alone: ${byApi.join(', ') || 'none'}`
}
