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
const STARTED = 'Answers when the same process has stayed up for its startsecs, or has failed. Answers 202 after OPERATION_TIMEOUT_MS.'
const MANAGED = 'MANAGED_PROGRAMS must list the program.'

export const programOperations = {
  getGeneratorStatus: {
    method: 'GET',
    url: '/getGeneratorStatus',
    schema: {
      summary: "Get the generator's status",
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
      description: STARTED,
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
      description: `Starts a stopped one too. ${STARTED}`,
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
      description: 'Answers when the process and all its children are gone. Answers 202 after OPERATION_TIMEOUT_MS.',
      ...ofGenerator,
      errors: STOP_ERRORS,
      examples: stopExamples('Generator'),
    },
  },
  getProgramStatus: {
    method: 'GET',
    url: '/getProgramStatus',
    schema: {
      summary: "Get a program's status",
      description: MANAGED,
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
      description: `Works like startGenerator. ${MANAGED}`,
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
      description: `Works like restartGenerator. ${MANAGED}`,
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
      description: `Works like stopGenerator. ${MANAGED}`,
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
