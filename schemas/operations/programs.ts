import type { TObject } from '@sinclair/typebox'
import { NoBody, success } from '../common.js'
import { OperationAnswers, ProgramSelection, StatusAnswers } from '../process.js'
import { START_ERRORS, STOP_ERRORS, SUPERVISOR_ERRORS } from './errors.js'
import { runningProcess, startingProcess, stoppedProcess, stoppingProcess } from './examples.js'
import type { Examples, Operations } from './operation.js'

interface Subject<Body> {
  name: 'Generator' | 'Program'
  tags: readonly [string]
  body: Body
  errors: readonly 'PROGRAM_NOT_MANAGED'[]
  examples: Examples
}

const selection = { program_name: runningProcess.name }
const generator: Subject<typeof NoBody> = {
  name: 'Generator', tags: ['Generator'], body: NoBody, errors: [], examples: {}
}
const program: Subject<typeof ProgramSelection> = {
  name: 'Program',
  tags: ['Programs'],
  body: ProgramSelection,
  errors: ['PROGRAM_NOT_MANAGED'],
  examples: { body: selection },
}
const STARTED = 'Answers when the same process has stayed up for its startsecs, or has failed. Answers 202 after OPERATION_TIMEOUT_MS.'
const STOPPED = 'Answers when the process and all its children are gone. Answers 202 after OPERATION_TIMEOUT_MS.'
const MANAGED = 'MANAGED_PROGRAMS must list the program.'

export const programOperations = {
  getGeneratorStatus: {
    method: 'GET',
    schema: {
      summary: "Get the generator's status",
      tags: generator.tags,
      errors: SUPERVISOR_ERRORS,
      response: StatusAnswers,
      examples: statusExamples('Generator'),
    },
  },
  startGenerator: change(generator, 'started', 'Start the generator', STARTED),
  restartGenerator: change(generator, 'restarted', 'Restart the generator', `Starts a stopped one too. ${STARTED}`),
  stopGenerator: change(generator, 'stopped', 'Stop the generator', STOPPED),
  getProgramStatus: {
    method: 'GET',
    schema: {
      summary: "Get a program's status",
      description: MANAGED,
      tags: program.tags,
      errors: [...SUPERVISOR_ERRORS, ...program.errors],
      querystring: ProgramSelection,
      response: StatusAnswers,
      examples: { query: selection, ...statusExamples('Program') },
    },
  },
  startProgram: change(program, 'started', 'Start a program', `Works like startGenerator. ${MANAGED}`),
  restartProgram: change(program, 'restarted', 'Restart a program', `Works like restartGenerator. ${MANAGED}`),
  stopProgram: change(program, 'stopped', 'Stop a program', `Works like stopGenerator. ${MANAGED}`),
} as const satisfies Operations

function change<Body extends TObject> (
  subject: Subject<Body>, done: 'started' | 'restarted' | 'stopped', summary: string, description: string
) {
  const { name, tags, body, errors, examples } = subject
  const isStop = done === 'stopped'
  return {
    method: 'POST',
    config: { audited: true },
    schema: {
      summary,
      description,
      tags,
      body,
      response: OperationAnswers,
      errors: [...isStop ? STOP_ERRORS : START_ERRORS, ...errors],
      examples: {
        ...examples,
        200: success(`${name} ${done}`, null, { process: isStop ? stoppedProcess : runningProcess }),
        202: isStop
          ? success(`${name} is stopping.`, null, { process: stoppingProcess })
          : success(`${name} is starting.`, null, { process: startingProcess }),
      },
    },
  } as const
}

function statusExamples (name: Subject<TObject>['name']) {
  return { 200: success(`${name} status fetched`, `${name} has been started.`, { process: runningProcess }) }
}
