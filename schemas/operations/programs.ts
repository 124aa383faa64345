import { NoBody, success } from '../common.js'
import { OperationAnswers, ProgramSelection, StatusAnswers } from '../process.js'
import { START_ERRORS, STOP_ERRORS, SUPERVISOR_ERRORS } from './errors.js'
import { runningProcess, startingProcess, stoppedProcess, stoppingProcess } from './examples.js'
import type { Operations } from './operation.js'

const selection = { program_name: runningProcess.name }
const change = { method: 'POST', config: { audited: true } } as const
const ofGenerator = { tags: ['Generator'], body: NoBody, response: OperationAnswers } as const
const ofProgram = { tags: ['Programs'], body: ProgramSelection, response: OperationAnswers } as const
const programErrors = ['PROGRAM_NOT_MANAGED'] as const

/** The generator's process, and any program in MANAGED_PROGRAMS: the same four operations each. */
export const programOperations = {
  getGeneratorStatus: {
    method: 'GET',
    url: '/getGeneratorStatus',
    schema: {
      summary: "Tell the state of the generator's process",
      tags: ['Generator'],
      errors: SUPERVISOR_ERRORS,
      response: StatusAnswers,
      examples: statusExamples('Generator'),
    },
  },
  startGenerator: {
    ...change,
    url: '/startGenerator',
    schema: {
      summary: 'Start the generator',
      description: 'Answered when the same process has stayed up for its startsecs, or has failed; past OPERATION_TIMEOUT_MS with a 202.',
      ...ofGenerator,
      errors: START_ERRORS,
      examples: startExamples('Generator', 'started'),
    },
  },
  restartGenerator: {
    ...change,
    url: '/restartGenerator',
    schema: {
      summary: 'Restart the generator',
      description: 'Starts one that is not running. Answered when the same process has stayed up for its startsecs, or has failed; past OPERATION_TIMEOUT_MS with a 202.',
      ...ofGenerator,
      errors: START_ERRORS,
      examples: startExamples('Generator', 'restarted'),
    },
  },
  stopGenerator: {
    ...change,
    url: '/stopGenerator',
    schema: {
      summary: 'Stop the generator',
      description: 'Answered when the process and all its children are gone; past OPERATION_TIMEOUT_MS with a 202.',
      ...ofGenerator,
      errors: STOP_ERRORS,
      examples: stopExamples('Generator'),
    },
  },
  getProgramStatus: {
    method: 'GET',
    url: '/getProgramStatus',
    schema: {
      summary: 'Tell the state of a program',
      description: 'Of one in MANAGED_PROGRAMS.',
      tags: ['Programs'],
      errors: [...SUPERVISOR_ERRORS, ...programErrors],
      querystring: ProgramSelection,
      response: StatusAnswers,
      examples: { query: selection, ...statusExamples('Program') },
    },
  },
  startProgram: {
    ...change,
    url: '/startProgram',
    schema: {
      summary: 'Start a program',
      description: 'Like startGenerator, of one in MANAGED_PROGRAMS.',
      ...ofProgram,
      errors: [...START_ERRORS, ...programErrors],
      examples: { body: selection, ...startExamples('Program', 'started') },
    },
  },
  restartProgram: {
    ...change,
    url: '/restartProgram',
    schema: {
      summary: 'Restart a program',
      description: 'Like restartGenerator, of one in MANAGED_PROGRAMS.',
      ...ofProgram,
      errors: [...START_ERRORS, ...programErrors],
      examples: { body: selection, ...startExamples('Program', 'restarted') },
    },
  },
  stopProgram: {
    ...change,
    url: '/stopProgram',
    schema: {
      summary: 'Stop a program',
      description: 'Like stopGenerator, of one in MANAGED_PROGRAMS.',
      ...ofProgram,
      errors: [...STOP_ERRORS, ...programErrors],
      examples: { body: selection, ...stopExamples('Program') },
    },
  },
} as const satisfies Operations

function statusExamples (subject: string) {
  return { 200: success(`${subject} status fetched`, `${subject} has been started.`, { process: runningProcess }) }
}

function startExamples (subject: string, done: 'started' | 'restarted') {
  return {
    200: success(`${subject} ${done}`, null, { process: runningProcess }),
    202: success(`${subject} is starting.`, null, { process: startingProcess }),
  }
}

function stopExamples (subject: string) {
  return {
    200: success(`${subject} stopped`, null, { process: stoppedProcess }),
    202: success(`${subject} is stopping.`, null, { process: stoppingProcess }),
  }
}
